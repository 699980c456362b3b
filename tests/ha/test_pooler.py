"""PgBouncer, of deploy/ha/pgbouncer.ini, between workers and PostgreSQL: fewer sessions than those who ask."""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import checker
from hosts import AS_OWNER, fill
import rig
from helpers import only_accepted


class Pooler:
    def __init__(self, stack, mode):
        self.folder = tempfile.mkdtemp(prefix="b.", dir=stack.run)
        os.chmod(self.folder, 0o755)
        shutil.chown(self.folder, "postgres", "postgres")
        self.config = os.path.join(self.folder, "pgbouncer.ini")
        fill("ha/pgbouncer.ini", self.config, {
            # One of the three modes has PgBouncer's own defaults: it refuses options.
            "ignore_startup_parameters = options": "" if mode == "session" else "ignore_startup_parameters = options",
            "/var/run/postgresql": stack.sockets, "/var/run/pgbouncer": self.folder, "pool_mode = transaction": f"pool_mode = {mode}",
            "default_pool_size = 8": "default_pool_size = " + ("2" if mode == "transaction" else "8"),
            "listen_addr = 127.0.0.1": "listen_addr =", "auth_type = scram-sha-256": "auth_type = any",
            # Any name may come in this folder of the test's; without a user in the line it would be the asker's.
            "dbname=countersign": "dbname=countersign user=countersign_worker\n"
                                  f"desk = host={stack.sockets} port=5432 dbname=countersign user=countersign_operator",
            "auth_file = /etc/pgbouncer/userlist.txt": f"logfile = {self.folder}/log",
        })
        self.log_path = os.path.join(self.folder, "log")
        stack.extra.append(self)
        self.start()

    def start(self):
        self.process = subprocess.Popen([*AS_OWNER, "pgbouncer", "-q", self.config], cwd="/", stdin=subprocess.DEVNULL)
        rig.wait_until(lambda: os.path.exists(os.path.join(self.folder, ".s.PGSQL.6432")), 10, "pgbouncer listens")

    def conninfo(self):
        return f"host={self.folder} port=6432 dbname=countersign user=countersign_worker"

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)


def through(stack, mode):
    pooler = Pooler(stack, mode)
    workers = [rig.Worker(stack, f"{mode}{number}", slot=4 + number, database=pooler.conninfo()) for number in (1, 2)]
    front = rig.Front(stack, workers)
    petition = stack.petition(mode)
    for worker in workers:
        worker.knows(petition.slug)
    return pooler, workers, front.petition(petition.slug)


def works(stack, mode):
    pooler, workers, petition = through(stack, mode)
    load = checker.Load(stack, petition, "-c", 24, "-r", 150, "-x", 5)
    time.sleep(4)
    # Another petition that changes is noticed, although nobody can be told: by those who come right after, too.
    other = stack.petition(mode)
    desk = os.path.join(pooler.folder, "desk.conf")
    with open(stack.config, encoding="utf-8") as file, open(desk, "w", encoding="utf-8") as out:
        out.write(re.sub("(?m)^operator_database = .*", f"operator_database = host={pooler.folder} port=6432 dbname=desk user=any", file.read()))
    for state, command in (("closed", "close"), ("open", "open")):
        stack.cli("petition", command, other.slug, config=desk)
        assert all(f'"{state}"'.encode() in worker.ask(uri=other.path).body for worker in workers), state
    told = checker.check(stack, petition, load)
    only_accepted(load)
    return pooler, told


def test_D18_sessions_that_change_with_every_transaction(stack):
    pooler, told = works(stack, "transaction")
    # Two sessions for four connections: they did change, and nothing is left in them that has a name.
    with open(pooler.log_path, encoding="utf-8") as file:
        assert "prepared statement" not in file.read()
    return told


def test_D18_sessions_that_stay(stack):
    return works(stack, "session")[1]


def test_D18_sessions_that_change_with_every_statement(stack):
    return works(stack, "statement")[1]


def test_D5_the_pooler_is_killed_under_load(stack):
    pooler, workers, petition = through(stack, "transaction")
    load = checker.Load(stack, petition, "-c", 24, "-r", 150)
    for _ in range(3):
        time.sleep(1)
        pooler.process.send_signal(signal.SIGKILL)
        pooler.process.wait(10)
        for name in os.listdir(pooler.folder):
            if name.startswith(".s.PGSQL"):
                os.unlink(os.path.join(pooler.folder, name))
        pooler.start()
        rig.wait_until(lambda: all(worker.is_ready() for worker in workers), 20, "both are ready")
    told = checker.check(stack, petition, load)
    assert set(load.result["status"]) <= {"202", "503"}, checker.summary(load.result)
    return told


def test_D12_the_bounds_of_the_roles_hold_behind_a_pooler(stack):
    """PgBouncer takes no options of a connection; what a lock is waited for then is the role's."""
    pooler, _, _ = through(stack, "transaction")
    done = subprocess.run(["psql", "-h", pooler.folder, "-p", "6432", "-U", "countersign_worker", "-d", "countersign", "-qAtXc",
                           "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"],
                          capture_output=True, text=True, check=True)
    assert "0" not in done.stdout.strip().split("|"), done.stdout
    return {"lock_and_statement": done.stdout.strip()}
