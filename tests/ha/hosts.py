"""Three hosts with etcd, Patroni and PostgreSQL, Redis and Sentinel, by the very files of deploy/ha, and one for the workers."""
import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "faults"))
import cluster  # noqa: E402
import rig  # noqa: E402
from wires import Switch  # noqa: E402

NAMES = ("a", "b", "c")
ROLES = ("owner", "worker", "mailer", "operator", "office")
PASSWORDS = ("PATRONI", "REPLICATOR", "REWIND", "REPLICA", "SENTINELS", "SENTINEL")
AS_OWNER = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]


def fill(source, to, words):
    """One of deploy's files with its placeholders and folders replaced; longer names first, since some contain others."""
    with open(os.path.join(TOP, "deploy", source), encoding="utf-8") as file:
        text = file.read()
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, words[word])
    with open(to, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(to, 0o600)
    shutil.chown(to, "postgres", "postgres")


class Hosts:
    def __init__(self, run):
        self.folder = tempfile.mkdtemp(prefix="h.", dir=run)
        os.chmod(self.folder, 0o755)
        self.switch = Switch([*NAMES, "web"])
        self.running = []  # (name, program, process)
        self.password = {name: f"{name.lower()}-of-the-test" for name in PASSWORDS}
        self.make_certificates()
        for name in NAMES:
            self.prepare(name)

    # --- files ---

    def path(self, name, *parts):
        return os.path.join(self.folder, name, *parts)

    def make_certificates(self):
        """One authority, one certificate for all three: what verify-ca looks at."""
        ca, key, csr = (os.path.join(self.folder, name) for name in ("ca.crt", "ca.key", "server.csr"))
        quiet = {"check": True, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=ha", "-keyout", key,
                        "-out", ca], **quiet)
        subprocess.run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=postgres", "-keyout",
                        os.path.join(self.folder, "server.key"), "-out", csr], **quiet)
        subprocess.run(["openssl", "x509", "-req", "-days", "2", "-in", csr, "-CA", ca, "-CAkey", key, "-CAcreateserial", "-out",
                        os.path.join(self.folder, "server.crt")], **quiet)
        self.ca = ca

    def words(self, name):
        addresses = {f"ADDRESS_{number}": self.switch.address[one] for number, one in enumerate(NAMES, 1)}
        hashes = {f"{word}_PASSWORD_SHA256": hashlib.sha256(self.password[word].encode()).hexdigest() for word in ("REPLICA", "SENTINEL")}
        folders = {
            "/etc/countersign/ha": self.path(name), "/etc/redis": self.path(name), "/var/lib/redis": self.path(name),
            "/var/run/postgresql": self.path(name), "/var/lib/postgresql/.pgpass.patroni": self.path(name, "pgpass"),
            "/var/lib/postgresql/15/countersign": self.path(name, "data"), "/usr/lib/postgresql/15/bin": cluster.programs(),
        }
        passwords = {f"PASSWORD_{word}": value for word, value in self.password.items()}
        return {"NAME": name, "ADDRESS": self.switch.address[name], **addresses, **hashes, **folders, **passwords}

    def prepare(self, name):
        os.mkdir(self.path(name))
        words = self.words(name)
        for source in ("patroni.yml", "redis.conf", "sentinel.conf"):
            fill("ha/" + source, self.path(name, source), words)
        for source in ("ca.crt", "server.crt", "server.key"):
            shutil.copy(os.path.join(self.folder, source), self.path(name, source))
        os.chmod(self.path(name, "server.key"), 0o600)
        for where, _, files in os.walk(self.path(name)):
            for entry in [where, *(os.path.join(where, file) for file in files)]:
                shutil.chown(entry, "postgres", "postgres")

    def write_redis_users(self, worker_hash):
        for name in NAMES:
            fill("ha/redis.acl", self.path(name, "redis.part"), self.words(name))
            with open(self.path(name, "redis.part"), encoding="utf-8") as file:
                lines = file.read().splitlines()
            with open(os.path.join(TOP, "deploy/redis/users.acl"), encoding="utf-8") as file:
                lines += file.read().replace("WORKER_PASSWORD_SHA256", worker_hash).splitlines()
            with open(self.path(name, "countersign.acl"), "w", encoding="utf-8") as file:
                file.write("\n".join(line for line in lines if line.startswith("user")) + "\n")
            # The first leads at the start; Sentinel writes into the file what comes later.
            if name != NAMES[0]:
                with open(self.path(name, "redis.conf"), "a", encoding="utf-8") as file:
                    file.write(f"replicaof {self.switch.address[NAMES[0]]} 6379\n")

    # --- programs ---

    def start(self, name, program):
        address = self.switch.address[name]
        peers = ",".join(f"{one}=http://{self.switch.address[one]}:2380" for one in NAMES)
        command = {
            # Slower than etcd's own 100 and 1000 ms, since here all share two cores.
            "etcd": ["etcd", "--name", name, "--data-dir", self.path(name, "etcd"), "--listen-peer-urls", f"http://{address}:2380",
                     "--initial-advertise-peer-urls", f"http://{address}:2380", "--initial-cluster", peers,
                     "--listen-client-urls", f"http://{address}:2379", "--advertise-client-urls", f"http://{address}:2379",
                     "--enable-v2=true", "--heartbeat-interval", "250", "--election-timeout", "2500"],
            "patroni": ["patroni", self.path(name, "patroni.yml")],
            "redis": ["redis-server", self.path(name, "redis.conf")],
            "sentinel": ["redis-server", self.path(name, "sentinel.conf"), "--sentinel"],
        }[program]
        with open(self.path(name, program + ".log"), "ab") as log:
            # libpq looks for certificates at home.
            process = subprocess.Popen(self.switch.inside(name, *AS_OWNER, *command), cwd=self.path(name), stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, env=dict(os.environ, HOME=self.path(name)))
        self.running.append((name, program, process))

    def start_all(self, program, names=NAMES):
        for name in names:
            self.start(name, program)

    def process(self, name, program):
        return next(process for one, what, process in reversed(self.running) if (one, what) == (name, program))

    def kill(self, name, program):
        self.process(name, program).kill()
        self.process(name, program).wait(10)

    def power_off(self, name):
        """Everything on that host ends at once."""
        self.end_all(name)
        for one, _, process in self.running:
            if one == name:
                process.wait(10)

    def end_all(self, name):
        for pid in self.switch.pids(name):
            with contextlib.suppress(ProcessLookupError):  # it has ended by its parent's end
                os.kill(pid, signal.SIGKILL)

    def kill_postgres(self, name):
        with open(self.path(name, "data", "postmaster.pid"), encoding="ascii") as file:
            os.kill(int(file.readline()), signal.SIGKILL)

    def log(self, name, program):
        with open(self.path(name, program + ".log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def close(self):
        for name in self.switch.names:
            self.end_all(name)
        for _, _, process in self.running:
            process.wait(10)
        self.switch.close()

    # --- who leads ---

    def etcd_names(self):
        """Who leads, as etcd has agreed on it; None: nobody, or it does not answer."""
        where = f"http://{self.switch.address[NAMES[0]]}:2379/v2/keys/service/countersign/leader?quorum=true"
        done = subprocess.run(self.switch.inside(NAMES[0], "curl", "-sS", "-m", "5", where), capture_output=True, text=True, check=False)
        return json.loads(done.stdout or "{}").get("node", {}).get("value")

    def psql(self, name, sql, database="postgres"):
        done = subprocess.run([*AS_OWNER, "psql", "-h", self.path(name), "-U", "postgres", "-d", database, "-qAtX", "-v", "ON_ERROR_STOP=1",
                               "-c", sql], cwd="/", capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise OSError(done.stderr)
        return done.stdout.strip()

    def leads(self, name):
        try:
            return self.psql(name, "SELECT pg_is_in_recovery()") == "f"
        except OSError:
            return False

    def leader(self, seconds=90, but=()):
        """A leader with a synchronous standby, among those."""
        names = [name for name in NAMES if name not in but]

        def find():
            for name in names:
                if self.leads(name) and self.psql(name, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") != "0":
                    return name
            return None
        return rig.wait_until(find, seconds, f"one of {names} leads with a standby", every=0.5)

    def whole(self, seconds=120):
        """A leader and two standbys that follow it, one of them synchronously."""
        def find():
            name = self.leader(seconds)
            state = self.psql(name, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")
            return name if state == "2" else None
        return rig.wait_until(find, seconds, "a leader and two standbys", every=0.5)

    def standbys(self, leader):
        """(the synchronous one, the other)"""
        words = self.psql(leader, "SELECT application_name FROM pg_stat_replication ORDER BY sync_state = 'sync' DESC").split()
        return words[0], words[1]

    # --- Redis ---

    def redis(self, name, *words, port=6379, user=None, password=None):
        login = ["--user", user] if user else []
        environment = dict(os.environ, REDISCLI_AUTH=password or "")
        done = subprocess.run(self.switch.inside(name, "redis-cli", "-h", self.switch.address[name], "-p", str(port), *login, *words),
                              env=environment, capture_output=True, text=True, timeout=20, check=False)
        return done.stdout.strip()

    def redis_leader(self):
        """Whom most sentinels name, or None."""
        named = [self.redis(name, "sentinel", "get-master-addr-by-name", "countersign", port=26379,
                            password=self.password["SENTINELS"]).split("\n")[0] for name in NAMES]
        best = max(set(named), key=named.count)
        return next((name for name in NAMES if self.switch.address[name] == best and named.count(best) > 1), None)

    def redis_role(self, name):
        return self.redis(name, "role", user="sentinel", password=self.password["SENTINEL"]).split("\n")[0]
