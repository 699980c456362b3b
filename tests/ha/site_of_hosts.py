"""A site on those hosts: schema, petitions, two workers on a host of their own, and nginx before them."""
import hashlib
import os
import subprocess
import time

from hosts import Hosts, NAMES, ROLES
import checker
import rig
from helpers import config_with


class Site(rig.Stack):
    """Keys and nginx' files are those of a private stack; what is kept lies on the three hosts."""

    def __init__(self, stack):
        self.run, self.sockets, self.extra, self.serial, self.logs_read = stack.run, stack.sockets, [], 1000, {}
        self.leading = None  # of whom psql asks
        self.hosts = Hosts(stack.run)
        try:
            self.start_hosts()
            self.config = self.write_config(stack)
            self.prepare()
        except BaseException:
            self.close()
            raise

    def start_hosts(self):
        with open(os.path.join(self.run, "keys/redis.password"), "rb") as file:
            self.hosts.write_redis_users(hashlib.sha256(file.read().strip()).hexdigest())
        self.hosts.start_all("etcd")
        self.hosts.start_all("patroni")
        self.hosts.start_all("redis")
        rig.wait_until(lambda: all(self.hosts.redis_role(name) == "slave" for name in NAMES[1:]), 30, "two Redis follow")
        self.hosts.start_all("sentinel")
        self.leading = self.hosts.whole(180)

    def write_config(self, stack):
        addresses = [self.hosts.switch.address[name] for name in NAMES]
        where = f"host={','.join(addresses)} port=5432 dbname=countersign sslmode=verify-ca sslrootcert={self.hosts.ca}"
        password = os.path.join(self.hosts.folder, "password")
        with open(password, "w", encoding="ascii") as file:
            file.write("of-all-roles\n")
        changes = {"redis": f"sentinel://{','.join(f'{one}:26379' for one in addresses)}/countersign",
                   "redis_sentinel_password_file": os.path.join(self.hosts.folder, "sentinels")}
        with open(changes["redis_sentinel_password_file"], "w", encoding="ascii") as file:
            file.write(self.hosts.password["SENTINELS"] + "\n")
        for name, role in (("database", "worker"), ("operator_database", "operator"), ("owner_database", "owner"), ("mailer_database", "mailer")):
            changes[name] = f"{where} user=countersign_{role}"
            changes[name + "_password_file"] = password
        return config_with(stack, **changes)[0]

    def prepare(self):
        for role in ROLES:
            self.hosts.psql(self.leading, f"CREATE ROLE countersign_{role} LOGIN PASSWORD 'of-all-roles'")
        self.hosts.psql(self.leading, "ALTER ROLE countersign_owner CREATEROLE")
        self.hosts.psql(self.leading, "CREATE DATABASE countersign OWNER countersign_owner")
        # A standby that has not heard of the database refuses who asks for it, and libpq then asks nobody else.
        known = "SELECT count(*) FROM pg_database WHERE datname = 'countersign'"
        rig.wait_until(lambda: all(self.hosts.psql(name, known) == "1" for name in NAMES), 30, "all have the database")
        self.cli("migrate")
        workers = [rig.Worker(self, f"site{number}", slot=number, config=self.config, wrap=self.hosts.switch.inside("web")) for number in (1, 2)]
        self.workers, self.front = workers, rig.Front(self, workers)
        self.port = self.front.port

    # --- what the checker and the petitions use of a stack ---

    def cli(self, *words, expect=0, stdin=None, timeout=60, **_):
        command = self.hosts.switch.inside("web", os.path.join(rig.BUILD, "countersign"), "--config", self.config, *words)
        done = subprocess.run(command, capture_output=True, text=True, input=stdin, timeout=timeout, check=False)
        assert expect is None or done.returncode == expect, (words, done.returncode, done.stdout[-600:], done.stderr[-600:])
        return done

    def psql(self, sql, **_):
        return self.hosts.psql(self.leading, sql, "countersign")

    def known(self, path, number):
        self.workers[number - 1].knows(path.rpartition("/")[2])

    # --- what a test does ---

    def load(self, petition, rate=40):
        return checker.Load(self, petition, "-c", 16, "-r", rate, "-x", 3, "-w", 60)

    def signs(self, seconds=60):
        rig.wait_until(lambda: all(worker.is_ready() for worker in self.workers), seconds, "both workers can store")

    def redis_is_one(self, seconds=40):
        """One leads, the others follow, and the workers write to it: one that was cut off believes in itself, and takes what workers that
        reach it write, until a sentinel tells it otherwise."""
        def find():
            leader = self.hosts.redis_leader()
            roles = {name: self.hosts.redis_role(name) for name in NAMES}
            return leader and roles == {name: "master" if name == leader else "slave" for name in NAMES}
        rig.wait_until(find, seconds, "one Redis leads", every=0.3)
        since = time.time()
        rig.wait_until(lambda: all(worker.metric("countersign_published_timestamp_seconds") > since for worker in self.workers), seconds,
                       "the workers write to it", every=0.3)

    def check(self, petition, load, leading=None):
        """After the load: what was acknowledged, and the longest time in which nobody was."""
        self.leading = leading or self.hosts.leader()
        self.signs()
        self.redis_is_one()
        told = checker.check(self, petition, load)
        allowed = {"202", "503", "429"}
        assert set(load.result["status"]) <= allowed, checker.summary(load.result)
        assert not any(load.result[name] for name in ("errors", "refused", "silent")), checker.summary(load.result)
        told.update(answers=load.result["status"], leader=self.leading)
        return told

    def patronictl(self, *words):
        config = self.hosts.path(NAMES[0], "patroni.yml")
        return subprocess.run(self.hosts.switch.inside("web", "patronictl", "-c", config, *words), capture_output=True, text=True,
                              timeout=90, check=False)

    def end_test(self):
        """What a test has started goes; what it has broken is mended."""
        self.extra, started = [], self.extra
        for one in reversed(started):
            if one in (*self.workers, self.front):
                self.extra.insert(0, one)
            else:
                one.close()
        self.hosts.switch.mend()

    def instance(self):
        """Grows with a restored backup, which a failover must not look like."""
        return int(self.psql("SELECT number FROM countersign.instance"))

    def close(self):
        self.drop_extra()
        self.hosts.close()
