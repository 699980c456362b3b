"""A private stack for measuring, and further nginx servers beside it that differ in nothing but
where they send requests."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = TOP / "build/countersignd"
FIELDS = [{"name": name, "required": name in ("email", "given_name", "family_name")}
          for name in ("email", "given_name", "family_name", "country", "region", "postal_code",
                       "locality", "comment")]


def wait_until(what, seconds, is_true):
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            raise SystemExit(f"bench: {what} does not come up")
        time.sleep(0.05)


def as_stack_user(command):
    """The stack runs as postgres when root starts it, and its sockets are closed to others."""
    if os.getuid() != 0:
        return command
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups",
            "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"] + command


class Stack:
    """Started by deploy/dev/stack in `run`; everything of it ends with stop()."""

    def __init__(self, run, port, keep=False):
        self.run, self.port = pathlib.Path(run).resolve(), port
        self.children = []
        if not keep:
            self.remove()
        self._stack("start")
        self.sockets = (self.run / "sockets").resolve()

    def _stack(self, command):
        environment = dict(os.environ, RUN=str(self.run), PORT=str(self.port), MAIL="no")
        subprocess.run([TOP / "deploy/dev/stack", command], check=True, env=environment,
                       stdout=subprocess.DEVNULL)

    def remove(self):
        if self.run.exists():
            self._stack("stop")
            shutil.rmtree(self.run)

    def stop(self):
        for child in self.children:
            child.send_signal(signal.SIGTERM)
        for child in self.children:
            child.wait()
        self.children = []
        self._stack("stop")

    def sql(self, statement, user="postgres"):
        result = subprocess.run(
            ["psql", "-h", self.sockets, "-U", user, "-d", "countersign", "-qAtX",
             "-v", "ON_ERROR_STOP=1", "-c", statement],
            check=True, stdout=subprocess.PIPE, text=True)
        return result.stdout.strip()

    def age_log(self, segments=48):
        """A server that has run for a while writes its log into old files again; a new one has to
        make each file first, which is a tenth of its work."""
        self.sql("ALTER SYSTEM SET min_wal_size = '1GB'")
        self.sql("SELECT pg_reload_conf()")
        for _ in range(segments):
            self.sql("SELECT pg_logical_emit_message(false, 'bench', 'age')")
            self.sql("SELECT pg_switch_wal()")
        self.sql("CHECKPOINT")

    def cli(self, *arguments, text=None):
        return subprocess.run(
            [TOP / "build/countersign", "--config", self.run / "countersign.conf", *arguments],
            input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)

    def petition(self, slug, confirmation):
        text = json.dumps({
            "slug": slug, "title": "A bench by the river", "addressee": "The parks department",
            "salutation": "Dear gardeners,", "letter": "Please put a bench by the river.",
            "asks": ["A bench."], "tags": ["parks"], "language": "en", "goal": 100,
            "organization": {"name": "River Walkers", "url": "https://walkers.example/",
                             "privacy_url": "https://walkers.example/privacy"},
            "confirmation": confirmation, "fields": FIELDS})
        for arguments, given in ((["petition", "put", "-"], text), (["petition", "open", slug], None)):
            done = self.cli(*arguments, text=given)
            if done.returncode != 0:
                raise SystemExit(f"bench: {' '.join(arguments)}: {done.stdout}")

    def pid(self, name):
        return int((self.run / "pids" / name).read_text())

    def spawn(self, command, environment=None, log="peer.log"):
        with open(self.run / log, "ab") as output:
            child = subprocess.Popen(as_stack_user([str(word) for word in command]),
                                     env=dict(os.environ, **(environment or {})), cwd=self.run,
                                     stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        self.children.append(child)
        return child.pid

    def end(self, pid):
        """Of one that was spawned."""
        child = next(child for child in self.children if child.pid == pid)
        child.send_signal(signal.SIGTERM)
        child.wait()
        self.children.remove(child)

    def worker(self, number, **settings):
        """One more worker on this stack's PostgreSQL and Redis, with settings of its own."""
        path = self.sockets / f"countersignd.{number}.sock"
        environment = {"COUNTERSIGN_SOCKET": str(path), "COUNTERSIGN_SLOT": str(number),
                       "COUNTERSIGN_OPERATORS_LISTEN": f"unix:{self.sockets}/operators.{number}.sock"}
        environment.update((f"COUNTERSIGN_{name.upper()}", str(value))
                           for name, value in settings.items())
        pid = self.spawn([PROGRAM, "--config", self.run / "countersign.conf"], environment)
        wait_until(f"worker {number}", 20, path.exists)
        return pid, path

    def peer(self, program, number):
        """A program of tests/bench that answers on a socket."""
        path = self.sockets / f"peer.{number}.sock"
        pid = self.spawn([program, path])
        wait_until(program, 10, path.exists)
        return pid, path

    def nginx(self, name, port, upstreams, extra=""):
        """An nginx with the stack's files that asks these sockets; `extra` goes into its server."""
        folder = self.run / f"nginx-{name}"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.run / "nginx", folder, symlinks=True,
                        ignore=shutil.ignore_patterns("cache", "temp", "*.pid"))
        (folder / "temp").mkdir()
        host = folder / "countersign/host"
        for path in (*host.iterdir(), folder / "nginx.conf"):
            text = path.read_text().replace(f"{self.run}/nginx/", f"{folder}/")
            path.write_text(text.replace(f"127.0.0.1:{self.port}", f"127.0.0.1:{port}"))
        upstream = host / "upstream.conf"
        lines = upstream.read_text().splitlines()
        first = next(i for i, line in enumerate(lines) if "server unix:" in line)
        lines = [line for line in lines if "server unix:" not in line]
        lines[first:first] = [f"    server unix:{path} max_fails=0;" for path in upstreams]
        upstream.write_text("\n".join(lines) + "\n")
        server = host / "server.conf"
        server.write_text(server.read_text() + extra)
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", "postgres:", folder], check=True)
        pid = self.spawn(["nginx", "-p", folder, "-e", self.run / "log/nginx.log",
                          "-c", folder / "nginx.conf"], log="log/nginx.log")
        time.sleep(0.3)
        return pid
