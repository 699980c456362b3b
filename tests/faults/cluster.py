"""PostgreSQL clusters of a test's own, copied from the stack's: standbys, failovers, full disks."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile

import rig


def programs():
    return subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True).stdout.strip()


def as_owner(*command):
    """PostgreSQL refuses root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else list(command)


def allow_replication(stack):
    """The stack's own file knows no replication; it is written anew at the next start."""
    path = os.path.join(stack.run, "postgres", "pg_hba.conf")
    with open(path, "a", encoding="utf-8") as file:
        file.write("local replication all peer map=countersign\n")
    stack.psql("SELECT pg_reload_conf()")


class Cluster:
    """`source`: the folder of sockets of the one that it is a copy of; `standby`: whether it goes on following it."""

    def __init__(self, stack, name, source, standby, folder=None, wal=None, environment=()):
        self.stack, self.name, self.environment = stack, name, dict(os.environ, **dict(environment))
        base = folder or tempfile.mkdtemp(prefix="c.", dir=stack.run)
        self.data, self.sockets = os.path.join(base, "data"), tempfile.mkdtemp(prefix="s.", dir=stack.run)
        for path in (base, self.sockets):
            os.chmod(path, 0o755)
            if os.geteuid() == 0:
                shutil.chown(path, "postgres", "postgres")
        command = [os.path.join(programs(), "pg_basebackup"), "-h", source, "-U", "postgres", "-D", self.data, "-X", "stream", "-c", "fast",
                   "--no-sync"]
        if standby:
            command.append("-R")
        if wal:
            if os.geteuid() == 0:
                shutil.chown(wal, "postgres", "postgres")
            command.append(f"--waldir={wal}")
        done = subprocess.run(as_owner(*command), cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        with open(os.path.join(self.data, "postgresql.auto.conf"), "a", encoding="utf-8") as file:
            # Processes die here, the machine does not: what is written is there without fsync.
            file.write(f"\nunix_socket_directories = '{self.sockets}'\nfsync = off\n")
        self.process = None
        stack.extra.append(self)
        self.start()

    def start(self):
        log = open(os.path.join(self.stack.run, "log", f"{self.name}.log"), "ab")
        command = [os.path.join(programs(), "postgres"), "-D", self.data, "-c", f"unix_socket_directories={self.sockets}"]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]
        self.process = subprocess.Popen(command, cwd="/", env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        rig.wait_until(self.answers, 30, f"{self.name} answers")

    def answers(self):
        return self.stack.answers_sql(host=self.sockets)

    def psql(self, sql):
        return self.stack.psql(sql, host=self.sockets)

    def conninfo(self, user="countersign_worker"):
        return f"host={self.sockets} dbname=countersign user={user}"

    def promote(self):
        self.psql("SELECT pg_promote()")

    def kill(self):
        """kill -9 of the first process; the others notice."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        rig.wait_until(lambda: not self.left(), 10, "its processes are gone")

    def left(self):
        return [pid for pid in os.listdir("/proc") if pid.isdigit() and lives_in(pid, self.data)]

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)


def lives_in(pid, folder):
    try:
        return os.readlink(f"/proc/{pid}/cwd") == folder
    except OSError:
        return False


class OwnRedis:
    """A Redis of the test's own; the worker may do everything, with any password."""

    def __init__(self, stack, *options):
        self.stack = stack
        self.folder = tempfile.mkdtemp(prefix="r.", dir=stack.run)
        os.chmod(self.folder, 0o755)
        self.socket = os.path.join(self.folder, "redis.sock")
        self.address = "unix:" + self.socket
        self.options = options
        self.process = None
        stack.extra.append(self)
        self.start()

    def start(self):
        command = ["redis-server", "--port", "0", "--unixsocket", self.socket, "--save", "", "--dir", self.folder,
                   "--enable-debug-command", "local", "--enable-protected-configs", "local", *self.options]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        rig.wait_until(lambda: self.run("ping") == "PONG", 10, "redis answers")
        self.run("acl", "setuser", "countersign_worker", "on", "nopass", "~*", "&*", "+@all")

    def run(self, *words):
        done = subprocess.run(["redis-cli", "-s", self.socket, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=30, check=False)
        return done.stdout.strip()

    def session(self):
        """A connection that stays; returns a function that says a line and hears a line."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(5)
        connection.connect(self.socket)

        def say(line):
            connection.sendall(line.encode() + b"\r\n")
            return connection.recv(4096)
        return say

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.kill()
