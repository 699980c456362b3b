"""The things that are broken here: a private stack, further workers beside its own, an nginx in front of them, and
proxies behind them."""
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests", "flow"))
import client  # noqa: E402
import fastcgi  # noqa: E402

sys.path.insert(0, os.path.join(TOP, "tests"))
from ports import free_port  # noqa: E402

os.environ["PATH"] += ":/usr/sbin:/sbin"
LOAD = os.path.join(TOP, "build", "faults", "load")
# Where the programs lie: build/, or the folder of a variant (FAULTS_BUILD=build/asan).
BUILD = os.path.join(TOP, os.environ.get("FAULTS_BUILD", "build"))
WORKER = os.path.join(BUILD, "countersignd")
SERVICES = ("postgres", "redis", "countersignd.1", "countersignd.2", "nginx")


def build_load():
    """The load generator is a few files, and this is their Makefile."""
    sources = sorted(glob.glob(os.path.join(HERE, "load*.[ch]")))
    if os.path.exists(LOAD) and os.path.getmtime(LOAD) > max(map(os.path.getmtime, sources)):
        return
    os.makedirs(os.path.dirname(LOAD), exist_ok=True)
    command = [os.environ.get("CC", "cc"), "-std=c17", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-o", LOAD + ".new"]
    subprocess.run(command + [source for source in sources if source.endswith(".c")], check=True)
    os.rename(LOAD + ".new", LOAD)


def wait_until(condition, seconds=10, what="condition", every=0.02):
    """Returns the first true value of the condition; an OSError is a false one."""
    end = time.monotonic() + seconds
    while True:
        try:
            value = condition()
        except OSError:
            value = None
        if value:
            return value
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(every)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def children(pid):
    out = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True, check=False).stdout
    return [int(word) for word in out.split()]


def http(address, method, path, body=None, headers=(), timeout=15):
    with client.Connection(address, timeout) as connection:
        more = [("Content-Type", "application/json")] if body is not None else []
        connection.send(client.compose(method, path, [*more, *headers, ("Connection", "close")], body))
        return connection.read_answer(method)


def person(email):
    return json.dumps({"email": email, "given_name": "Ada", "family_name": "Example"}).encode()


class Petition:
    """What is asked of a petition, through one nginx."""

    def __init__(self, port, slug):
        self.port, self.slug = port, slug
        self.path = f"/api/v1/petitions/{slug}"

    def sign(self, email, **options):
        return http(("127.0.0.1", self.port), "POST", self.path + "/signatures", person(email), **options)

    def count(self):
        return http(("127.0.0.1", self.port), "GET", self.path + "/count")


class Stack:
    """deploy/dev/stack in a folder of its own."""

    def __init__(self, run=None):
        self.run = run or tempfile.mkdtemp(prefix="countersign-faults.", dir="/tmp")
        os.chmod(self.run, 0o755)
        self.port = free_port()
        self.config = os.path.join(self.run, "countersign.conf")
        self.sockets = os.path.join(self.run, "sockets")
        self.extra = []  # what close() ends: workers, nginxes, proxies
        self.serial = 0
        self.logs_read = {}
        try:
            self.start()
        except Exception:
            self.close()
            raise

    def control(self, command, timeout=120):
        environment = dict(os.environ, RUN=self.run, PORT=str(self.port), MAIL="no", COUNTERSIGN_BIN=BUILD)
        # Not into a pipe: what it starts would hold the pipe open.
        with tempfile.TemporaryFile("w+") as out:
            done = subprocess.run([os.path.join(TOP, "deploy/dev/stack"), command], env=environment,
                                  stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=timeout, check=False)
            out.seek(0)
            assert done.returncode == 0, out.read()[-2000:]

    def start(self):
        self.control("start")

    def close(self):
        self.drop_extra()
        self.control("stop")
        shutil.rmtree(self.run, ignore_errors=True)

    def drop_extra(self):
        while self.extra:
            self.extra.pop().close()

    # --- its parts ---

    def pid(self, name):
        with open(os.path.join(self.run, "pids", name), encoding="ascii") as file:
            return int(file.read())

    def log(self, name):
        with open(os.path.join(self.run, "log", name), encoding="utf-8", errors="replace") as file:
            return file.read()

    def cli(self, *words, config=None, expect=0, stdin=None, timeout=60):
        done = subprocess.run(
            [os.path.join(BUILD, "countersign"), "--config", config or self.config, *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, input=stdin, timeout=timeout, check=False)
        assert expect is None or done.returncode == expect, (words, done.returncode, done.stdout[-600:], done.stderr[-600:])
        return done

    def psql(self, sql, database="countersign", host=None, user="postgres"):
        done = subprocess.run(
            ["psql", "-h", host or self.sockets, "-U", user, "-d", database, "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", sql],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def answers_sql(self, host=None):
        return subprocess.run(["psql", "-h", host or self.sockets, "-U", "postgres", "-d", "countersign", "-qAtXc", "SELECT 1"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=False).returncode == 0

    def redis(self, *words, expect_error=False):
        done = subprocess.run(["redis-cli", "-s", os.path.join(self.sockets, "redis.sock"), *map(str, words)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        assert expect_error or done.returncode == 0, done.stdout
        return done.stdout.strip()

    def operators(self, path, number=1):
        return http(os.path.join(self.sockets, f"operators.{number}.sock"), "GET", path, timeout=5)

    def get(self, path, **options):
        return http(("127.0.0.1", self.port), "GET", path, **options)

    @staticmethod
    def petition_text(slug, confirmation="none"):
        """What `petition put` takes."""
        return json.dumps({
            "slug": slug, "title": "A title", "addressee": "To whom", "salutation": "Dear", "letter": "Words.",
            "asks": ["One thing."], "tags": [], "language": "en", "confirmation": confirmation,
            "image": "/picture.png",  # none is drawn then
            "organization": {"name": "Some", "url": "https://some.example/", "privacy_url": "https://some.example/p"},
            "fields": [{"name": "email", "required": True}, {"name": "given_name", "required": True},
                       {"name": "family_name", "required": True}, {"name": "country", "required": False}],
        })

    def petition(self, name="faults", count=0, confirmation="none", state="open"):
        """A new, open petition with a slug of its own (`count`: that many, SLUG-0 and so on). Returns its Petition."""
        self.serial += 1
        slug = f"{name}-{self.serial}"
        first, last = (f"{slug}-0", f"{slug}-{count - 1}") if count else (slug, slug)
        text = self.petition_text(first, confirmation)
        self.cli("petition", "put", "-", stdin=text)
        # All others as the first: two commands a petition would take longer than what is done with them.
        self.psql(f"SELECT countersign.petition_put(jsonb_set($text${text}$text$, '{{slug}}', to_jsonb('{slug}-' || i)), index_key)"
                  f" FROM generate_series(1, {count - 1}) AS i, countersign.petition WHERE slug = '{first}';"
                  f"SELECT countersign.petition_state(slug, '{state}') FROM countersign.petition"
                  f" WHERE '{state}' <> 'draft' AND (slug = '{first}' OR slug ~ '^{slug}-[0-9]+$')")
        petition, last = Petition(self.port, slug), Petition(self.port, last)
        if state == "open":
            for number in (1, 2):
                self.known(last.path, number)
        return petition

    def known(self, path, number):
        """Waits until the stack's worker knows the petition."""
        socket_path = os.path.join(self.sockets, f"countersignd.{number}.sock")
        wait_until(lambda: fastcgi.ask(socket_path, fastcgi.parameters(uri=path)).status == 200, 10, f"worker {number} knows {path}")

    def all_up(self, seconds=10):
        """Waits until every service runs and both workers can store; returns how long that took."""
        started = time.monotonic()
        wait_until(lambda: all(is_alive(self.pid(name)) for name in SERVICES), seconds, "all services run")
        # It recovers when one of its processes was killed, which the workers may not have noticed yet.
        wait_until(self.answers_sql, seconds, "PostgreSQL answers")
        for number in (1, 2):
            wait_until(lambda n=number: self.operators("/readyz", n).status == 200, seconds, f"worker {number} is ready")
        wait_until(lambda: self.get("/api/v1/petitions/demo/count").status == 200, seconds, "nginx answers")
        return time.monotonic() - started

    def kill(self, name, number=signal.SIGKILL):
        """Kills and returns the pid that was."""
        pid = self.pid(name)
        os.kill(pid, number)
        return pid

    def back(self, name, before, seconds=2.0):
        """How long until the supervisor has a new process, and its pid file says so."""
        started = time.monotonic()
        slack = 3.0  # for a machine that does other things
        wait_until(lambda: self.pid(name) != before and is_alive(self.pid(name)), seconds + slack, f"{name} is back")
        return time.monotonic() - started

    # --- invariants after every test ---

    def check_logs(self):
        """No address, name or token in what was logged since the last time."""
        folder = os.path.join(self.run, "log")
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                file.seek(self.logs_read.get(name, 0) if os.path.getsize(path) >= self.logs_read.get(name, 0) else 0)
                for line in file:
                    assert b"@example.org" not in line and b'"Ada' not in line, (name, line[:300])
                self.logs_read[name] = file.tell()

    def demo_count(self, number):
        """As this worker answers."""
        path = os.path.join(self.sockets, f"countersignd.{number}.sock")
        return fastcgi.ask(path, fastcgi.parameters(uri="/api/v1/petitions/demo/count"))

    def check_after(self):
        self.drop_extra()
        self.all_up(20)
        for number in (1, 2):
            answer = self.demo_count(number)
            assert answer.status == 200, answer
        self.cli("audit")
        self.check_logs()


class Worker:
    """A worker of one's own beside the stack's."""

    def __init__(self, stack, name, program=WORKER, slot=5, config=None, wrap=(), ready=True, stderr=None, **settings):
        self.stack, self.name = stack, name
        self.folder = tempfile.mkdtemp(prefix="w.", dir=stack.run)
        os.chmod(self.folder, 0o755)
        self.socket = os.path.join(self.folder, "countersignd.sock")
        self.operators_socket = os.path.join(self.folder, "operators.sock")
        self.config = config or stack.config
        self.environment = dict(
            os.environ, COUNTERSIGN_SOCKET=self.socket, COUNTERSIGN_SLOT=str(slot),
            COUNTERSIGN_OPERATORS_LISTEN="unix:" + self.operators_socket)
        for key, value in settings.items():
            self.environment["COUNTERSIGN_" + key.upper()] = str(value)
        self.command = [*wrap, program, "--config", self.config]
        self.log_path = os.path.join(stack.run, "log", f"{name}.{os.path.basename(self.folder)}.log")
        self.stderr = stderr
        stack.extra.append(self)
        self.start()
        if ready:
            self.wait_ready()

    def start(self):
        if self.stderr is None:
            with open(self.log_path, "ab") as log:
                self.process = subprocess.Popen(self.command, env=self.environment, stdin=subprocess.DEVNULL, stderr=log)
        else:
            self.process = subprocess.Popen(self.command, env=self.environment, stdin=subprocess.DEVNULL, stderr=self.stderr)
        self.pid = self.process.pid

    def operators(self, path):
        return http(self.operators_socket, "GET", path, timeout=5)

    def is_ready(self):
        return self.operators("/readyz").status == 200

    def wait_ready(self, seconds=15):
        def ready():
            assert self.process.poll() is None, f"the worker ended: {self.log()[-800:]}"
            return self.is_ready()
        started = time.monotonic()
        wait_until(ready, seconds, f"worker {self.name} is ready")
        return time.monotonic() - started

    def metric(self, name):
        for line in self.operators("/metrics").body.decode().splitlines():
            if line.startswith(name + " "):
                return float(line.rpartition(" ")[2])
        raise AssertionError(f"no metric {name}")

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def ask(self, method="GET", uri="/api/v1/petitions", body=None, address="10.9.9.9", timeout=12, **more):
        return fastcgi.ask(self.socket, fastcgi.parameters(method, uri, body, REMOTE_ADDR=address, **more), body or b"", timeout)

    def sign(self, slug, email, **more):
        return self.ask("POST", f"/api/v1/petitions/{slug}/signatures", person(email), **more)

    def count(self, slug):
        return self.ask(uri=f"/api/v1/petitions/{slug}/count")

    def knows(self, slug, seconds=10):
        wait_until(lambda: self.ask(uri=f"/api/v1/petitions/{slug}").status == 200, seconds, f"{self.name} knows {slug}")

    def signal(self, number):
        os.kill(self.pid, number)

    def end(self, seconds=15):
        """SIGTERM; returns (exit code, seconds)."""
        started = time.monotonic()
        self.process.terminate()
        return self.process.wait(seconds), time.monotonic() - started

    def usage(self):
        """(descriptors, resident kB)"""
        with open(f"/proc/{self.pid}/status", encoding="ascii", errors="replace") as file:
            kb = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
        return len(os.listdir(f"/proc/{self.pid}/fd")), kb

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait(10)


class Front:
    """An nginx of one's own before workers of one's own."""

    def __init__(self, stack, workers):
        self.stack, self.workers = stack, workers
        self.port = free_port()
        self.run = tempfile.mkdtemp(prefix="f.", dir=stack.run)
        os.chmod(self.run, 0o755)
        for folder in ("log", "nginx/temp", "nginx/countersign"):
            os.makedirs(os.path.join(self.run, folder))
        script = "set -euo pipefail; . $here/stack-files; write_nginx_files"
        environment = dict(os.environ, RUN=self.run, PORT=str(self.port), MAIL_PORT="1", top=TOP,
                           here=os.path.join(TOP, "deploy/dev"), sockets=self.run)
        subprocess.run(["bash", "-c", script], cwd=self.run, env=environment, check=True)
        self.write_upstream()
        user = ["-g", "user root;"] if os.geteuid() == 0 else []
        self.command = ["nginx", "-p", os.path.join(self.run, "nginx"), "-e", os.path.join(self.run, "log/nginx.log"),
                        "-c", os.path.join(self.run, "nginx/nginx.conf"), *user]
        self.process = subprocess.Popen(self.command, cwd=self.run)
        stack.extra.append(self)
        wait_until(lambda: http(("127.0.0.1", self.port), "GET", "/").status, 10, "nginx answers")

    def write_upstream(self):
        with open(os.path.join(TOP, "nginx/host/upstream.conf"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        out = []
        for line in lines:
            if line.strip().startswith("server "):
                if "countersignd.1" in line:
                    out += [f"    server unix:{worker.socket} max_fails=0;" for worker in self.workers]
            else:
                out.append(line)
        with open(os.path.join(self.run, "nginx/countersign/host/upstream.conf"), "w", encoding="utf-8") as file:
            file.write("\n".join(out) + "\n")

    def petition(self, slug):
        return Petition(self.port, slug)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
