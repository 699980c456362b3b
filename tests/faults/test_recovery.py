"""Standbys, failovers, restores and full disks: what was acknowledged is there, and the count is believed."""
import json
import os
import shutil
import subprocess
import tempfile
import time

import cluster
import rig
from helpers import in_background, is_unavailable, letters, pair, preloaded, published, signs_again, timed


class Pair:
    """A primary of the test's own, a standby of it, a Redis, and a worker that knows both hosts."""

    def __init__(self, stack, name, synchronous):
        cluster.allow_replication(stack)
        self.stack = stack
        self.slug = stack.petition(name).slug
        self.redis = cluster.OwnRedis(stack)
        self.primary = cluster.Cluster(stack, f"{name}.a", stack.sockets, standby=False)
        self.standby = cluster.Cluster(stack, f"{name}.b", self.primary.sockets, standby=True)
        if synchronous:
            self.primary.psql("ALTER SYSTEM SET synchronous_standby_names = '*'")
            self.primary.psql("SELECT pg_reload_conf()")
            rig.wait_until(lambda: self.primary.psql("SELECT sync_state FROM pg_stat_replication") == "sync", 10, "it is synchronous")
        hosts = f"{self.primary.sockets},{self.standby.sockets}"
        self.worker = rig.Worker(stack, name, slot=5, redis=self.redis.address,
                                 database=f"host={hosts} dbname=countersign user=countersign_worker")
        self.worker.knows(self.slug)

    def sign(self, tag, count):
        for number in range(count):
            answer = self.worker.sign(self.slug, f"{tag}{number}@example.org")
            assert answer.status == 202, answer

    def rows(self, where):
        return int(where.psql("SELECT count(*) FROM countersign.signature s JOIN countersign.petition p ON p.id = s.petition_id "
                              f"WHERE p.slug = '{self.slug}' AND s.state = 1"))

    def told(self):
        return json.loads(self.worker.count(self.slug).body)["count"]

    def audit(self, where):
        """The command line, with this pair's services."""
        changes = {"COUNTERSIGN_OPERATOR_DATABASE": where.conninfo("countersign_operator"), "COUNTERSIGN_REDIS": self.redis.address}
        done = subprocess.run([os.path.join(rig.BUILD, "countersign"), "--config", self.stack.config, "audit", self.slug],
                              env=dict(os.environ, **changes), capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, (done.stdout, done.stderr)


def test_D8_failover_to_a_synchronous_standby(stack):
    pair = Pair(stack, "failover", synchronous=True)
    pair.sign("before", 20)
    rig.wait_until(lambda: published(pair.redis.run, pair.slug) == 20, 5, "it is published")
    pair.primary.kill()
    started = time.monotonic()
    is_unavailable(pair.worker.sign(pair.slug, "between@example.org", timeout=20))
    pair.standby.promote()
    signs_again(pair.worker, pair.slug, 15)
    failover_s = time.monotonic() - started
    pair.sign("after", 5)
    assert pair.rows(pair.standby) == 26  # and nobody of those who were acknowledged is missing
    # The old primary comes back, read-only, and is first in the list of hosts.
    with open(os.path.join(pair.primary.data, "standby.signal"), "w", encoding="ascii"):
        pass
    pair.primary.start()
    pair.standby.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'countersign_worker'")
    signs_again(pair.worker, pair.slug, 15)
    assert pair.rows(pair.standby) == 27
    rig.wait_until(lambda: published(pair.redis.run, pair.slug) == 27 and pair.told() == 27, 8, "the count is believed")
    pair.audit(pair.standby)
    return {"failover_s": round(failover_s, 2)}


def test_D9_a_standby_promoted_without_the_last_commits_is_believed(stack):
    pair = Pair(stack, "behind", synchronous=False)
    pair.sign("both", 6)
    rig.wait_until(lambda: pair.rows(pair.standby) == 6, 10, "the standby has them")
    pair.standby.close()
    pair.sign("lost", 4)
    rig.wait_until(lambda: published(pair.redis.run, pair.slug) == 10 and pair.told() == 10, 8, "ten are told")
    pair.primary.kill()
    pair.standby.start()
    pair.standby.promote()
    signs_again(pair.worker, pair.slug, 15)
    # The number goes back to what there is, in spite of the greater one in Redis, and those who are missing may sign again.
    rig.wait_until(lambda: pair.told() == 7 and published(pair.redis.run, pair.slug) == 7, 8, "the smaller number is believed")
    pair.sign("lost", 4)
    assert pair.rows(pair.standby) == 11
    rig.wait_until(lambda: pair.told() == 11, 8, "and goes on from there")
    pair.audit(pair.standby)


def test_D10_without_its_synchronous_standby_nothing_is_acknowledged(stack):
    pair = Pair(stack, "alone", synchronous=True)
    pair.sign("before", 3)
    pair.standby.close()
    # An operator ends the backend that waits: its row is there, on the primary alone. The batch is sent again, is known,
    # and must not be taken for a success before the standby has it.
    box = in_background(lambda: pair.worker.sign(pair.slug, "ended@example.org", timeout=20))
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name LIKE '%committer'"
    pid = rig.wait_until(lambda: pair.primary.psql(waiting).split(), 5, "a commit waits for the standby")[0]
    pair.primary.psql(f"SELECT pg_terminate_backend({pid})")
    box["thread"].join(20)
    is_unavailable(box["value"])
    rig.wait_until(lambda: pair.worker.is_ready(), 10, "the circuit is closed")
    answer, seconds = timed(lambda: pair.worker.sign(pair.slug, "waits@example.org", timeout=20))
    is_unavailable(answer)
    assert seconds < 9, seconds
    is_unavailable(pair.worker.sign(pair.slug, "waits@example.org", timeout=20))
    pair.standby.start()
    signs_again(pair.worker, pair.slug, 15)
    for name in ("waits", "ended"):
        assert pair.worker.sign(pair.slug, f"{name}@example.org").status == 202
    assert pair.rows(pair.primary) == 6
    rig.wait_until(lambda: pair.rows(pair.standby) == 6, 10, "the standby has all")
    pair.audit(pair.primary)
    return {"given_up_s": round(seconds, 2)}


def test_D20_a_restored_dump_has_the_newer_number(stack):
    petition = stack.petition("restore")
    slug = petition.slug
    redis = cluster.OwnRedis(stack)
    worker = rig.Worker(stack, "before", slot=5, redis=redis.address)
    worker.knows(slug)
    for number in range(4):
        assert worker.sign(slug, f"dumped{number}@example.org").status == 202
    dump = os.path.join(stack.run, "dump.sql")
    subprocess.run(["pg_dump", "-h", stack.sockets, "-U", "postgres", "-d", "countersign", "-f", dump], check=True)
    with open(dump, "rb") as file:
        assert b"@example.org" not in file.read()
    for number in range(3):
        assert worker.sign(slug, f"late{number}@example.org").status == 202
    rig.wait_until(lambda: published(redis.run, slug) == 7, 8, "seven are told")
    worker.end()
    letters = int(stack.psql("SELECT count(*) FROM countersign.letter"))
    stack.psql("CREATE DATABASE restored OWNER countersign_owner", database="postgres")
    try:
        subprocess.run(["psql", "-h", stack.sockets, "-U", "postgres", "-d", "restored", "-qX", "-v", "ON_ERROR_STOP=1", "-f", dump],
                       check=True, stdout=subprocess.DEVNULL)
        before = int(stack.psql("SELECT number FROM countersign.instance"))
        restored = rig.Worker(stack, "restored", slot=5, redis=redis.address,
                              database=f"host={stack.sockets} dbname=restored user=countersign_worker")
        restored.knows(slug)
        rig.wait_until(lambda: published(redis.run, slug) == 4, 8, "four are told, although seven were")
        assert json.loads(restored.count(slug).body)["count"] == 4
        assert int(stack.psql("SELECT number FROM countersign.instance", database="restored")) == before + 1
        assert int(stack.psql("SELECT count(*) FROM countersign.letter", database="restored")) <= letters
        assert restored.sign(slug, "late0@example.org").status == 202
        rig.wait_until(lambda: published(redis.run, slug) == 5, 8, "and it goes on")
        restored.end()
    finally:
        stack.psql("DROP DATABASE restored WITH (FORCE)", database="postgres")


def test_D21_a_replica_is_never_taken_for_the_primary(stack):
    cluster.allow_replication(stack)
    slug = stack.petition("replica").slug
    replica = cluster.Cluster(stack, "replica", stack.sockets, standby=True)
    redis = cluster.OwnRedis(stack)
    worker = rig.Worker(stack, "replica", ready=False, slot=5, redis=redis.address, database=replica.conninfo())
    answer = rig.wait_until(lambda: worker.operators("/readyz"), 10, "the listener of operators")
    assert answer.status == 503, answer
    is_unavailable(worker.sign(slug, "replica@example.org"))
    # Not even when the configuration asks for it.
    stubborn = rig.Worker(stack, "stubborn", ready=False, slot=5, redis=redis.address,
                          database=replica.conninfo() + " target_session_attrs=any")
    answer = rig.wait_until(lambda: stubborn.operators("/readyz"), 10, "the listener of operators")
    assert answer.status == 503, answer
    is_unavailable(stubborn.sign(slug, "replica@example.org"))
    replica.promote()
    worker.wait_ready(15)


def test_D14_a_full_disk(stack):
    """The data lies on a small disk that fills up; the log has room, as PostgreSQL advises."""
    if os.geteuid() != 0:
        return "left out: needs root for a tmpfs"
    small = Small(stack)
    slug = stack.petition("full").slug
    redis = cluster.OwnRedis(stack)
    primary = cluster.Cluster(stack, "full", stack.sockets, standby=False, folder=small.folder,
                              wal=tempfile.mkdtemp(prefix="wal.", dir=stack.run))
    worker = rig.Worker(stack, "full", slot=5, redis=redis.address, database=primary.conninfo())
    worker.knows(slug)
    accepted = []

    def sign_until_refused(tag, most):
        for number in range(most):
            email = f"{tag}{number}@example.org"
            answer = worker.sign(slug, email, timeout=20)
            if answer.status != 202:
                return answer
            accepted.append(email)
        return None
    assert sign_until_refused("before", 5) is None
    small.fill()
    boxes = []
    refused = None
    for turn in range(30):
        boxes = [in_background(lambda t=turn, n=n: (f"t{t}x{n}", worker.sign(slug, f"t{t}x{n}@example.org", timeout=20))) for n in range(64)]
        for box in boxes:
            box["thread"].join(20)
            name, answer = box["value"]
            if answer.status == 202:
                accepted.append(f"{name}@example.org")
            else:
                refused = answer
        if refused:
            break
    assert refused, "the disk did not fill"
    is_unavailable(refused)
    rig.wait_until(lambda: "53100" in worker.log() or "No space" in worker.log(), 5, "the log says why")
    small.empty()
    again_s = signs_again(worker, slug, 20)
    number = int(primary.psql("SELECT count(*) FROM countersign.signature s JOIN countersign.petition p ON p.id = s.petition_id "
                              f"WHERE p.slug = '{slug}' AND s.state = 1"))
    assert number == len(accepted) + 1, (number, len(accepted))
    worker.end()
    primary.close()
    return {"accepted": len(accepted), "again_s": round(again_s, 2)}


def test_D15_a_disk_that_fails_to_sync(stack):
    """PostgreSQL panics, since it cannot know what the disk has; who was acknowledged is there when it has recovered."""
    folder = tempfile.mkdtemp(prefix="u.", dir=stack.run)
    os.chmod(folder, 0o777)
    # A copy: a clone under /root is closed to who runs PostgreSQL.
    library, mark = shutil.copy(preloaded("unsynced"), folder), os.path.join(folder, "mark")
    os.chmod(library, 0o755)
    cluster.allow_replication(stack)
    slug = stack.petition("unsynced").slug
    redis = cluster.OwnRedis(stack)
    primary = cluster.Cluster(stack, "unsynced", stack.sockets, standby=False, environment={"LD_PRELOAD": library, "FAULTS_UNSYNCED": mark})
    primary.psql("ALTER SYSTEM SET fsync = on")
    primary.psql("SELECT pg_reload_conf()")
    worker = rig.Worker(stack, "unsynced", slot=5, redis=redis.address, database=primary.conninfo())
    worker.knows(slug)
    accepted = set()

    def sign(email):
        answer = worker.sign(slug, email, timeout=20)
        if answer.status == 202:
            accepted.add(email)
        else:
            is_unavailable(answer)
        return answer.status == 202
    for turn in range(2):
        for number in range(5):
            rig.wait_until(lambda t=turn, n=number: sign(f"t{t}x{n}@example.org"), 15, "it signs")
        with open(mark, "w", encoding="ascii"):
            pass
        sign(f"panic{turn}@example.org")
        rig.wait_until(lambda: not os.path.exists(mark), 10, "the disk has failed")
    rig.wait_until(lambda: sign("last@example.org"), 15, "it signs again")
    with open(os.path.join(stack.run, "log", "unsynced.log"), encoding="utf-8") as file:
        assert file.read().count("PANIC") == 2
    for turn in range(2):
        assert sign(f"panic{turn}@example.org")
    assert primary.psql("SELECT count(*) FROM countersign.signature s JOIN countersign.petition p ON p.id = s.petition_id "
                        f"WHERE p.slug = '{slug}' AND s.state = 1") == str(len(accepted)) == "13"
    rig.wait_until(lambda: published(redis.run, slug) == 13, 8, "the number is that of the table")


class Small:
    """A disk of 160 MB."""

    def __init__(self, stack):
        self.folder = tempfile.mkdtemp(prefix="small.", dir=stack.run)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", self.folder], check=True)
        self.ballast = os.path.join(self.folder, "ballast")
        stack.extra.append(self)

    def fill(self):
        # Without a buffer: one that is not empty would be written once more at the end, and fail there.
        with open(self.ballast, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 65536)
            except OSError:
                pass

    def empty(self):
        if os.path.exists(self.ballast):
            os.unlink(self.ballast)

    def close(self):
        subprocess.run(["umount", "-l", self.folder], check=False)
