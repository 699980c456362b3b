"""Redis away, empty, slow, full, demoted, busy or wrong: signing goes on, the count heals."""
import json
import os
import signal
import subprocess
import tempfile
import threading
import time

import checker
import cluster
import proxy
import rig
from helpers import accepted_at_once, config_with, database_through, in_background, only_accepted, published, timed

SOON_S = 1.5


def own(stack, name="redis", *options, **settings):
    """A worker with a Redis of its own, and a petition that it knows."""
    redis = cluster.OwnRedis(stack, *options)
    worker = rig.Worker(stack, name, slot=5, redis=redis.address, **settings)
    slug = stack.petition(name).slug
    worker.knows(slug)
    return redis, worker, slug


def is_up(worker):
    return worker.metric("countersign_redis_up") == 1


def goes_on(worker, slug, what):
    """Signs while Redis is broken; the slowest of some in seconds."""
    slowest = 0
    for number in range(5):
        answer, seconds = timed(lambda n=number: worker.sign(slug, f"{what}{n}@example.org"))
        assert answer.status == 202, answer
        slowest = max(slowest, seconds)
    assert slowest < SOON_S, slowest
    return slowest


def heals(redis, worker, slug, number):
    rig.wait_until(lambda: is_up(worker), 10, "Redis is used again")
    rig.wait_until(lambda: published(redis, slug) == number, 10, f"Redis has {number}")


def test_R1_down_at_the_start_and_then_there(stack):
    redis = cluster.OwnRedis(stack)
    redis.kill()
    slug = stack.petition("nothere").slug
    worker = rig.Worker(stack, "nothere", slot=5, redis=redis.address)
    assert b"redis" in worker.operators("/readyz").body
    worker.knows(slug)
    goes_on(worker, slug, "down")
    rig.wait_until(lambda: b'"count":5' in worker.count(slug).body.replace(b" ", b""), 5, "the number from PostgreSQL")
    redis.start()
    heals(redis.run, worker, slug, 5)


def test_R1_R2_down_under_load_and_back_empty(stack):
    petition = stack.petition("down")
    load = checker.Load(stack, petition, "-c", 24, "-r", 200)
    for _ in range(3):
        time.sleep(0.5)
        stack.back("redis", stack.kill("redis"))
    rig.wait_until(lambda: published(lambda *words: stack.redis(*words, expect_error=True), petition.slug), 10,
                   "the number is published again")
    told = checker.check(stack, petition, load)
    only_accepted(load)
    return told


def test_R2_back_and_empty_while_postgresql_is_away(stack):
    """Who has shown the number tells it, so that nobody who starts meanwhile shows an older one, or none."""
    redis = cluster.OwnRedis(stack)
    between, database = database_through(stack, "bothaway")
    worker = rig.Worker(stack, "bothaway", slot=5, redis=redis.address, database=database)
    slug = stack.petition("bothaway").slug
    worker.knows(slug)
    goes_on(worker, slug, "before")
    heals(redis.run, worker, slug, 5)

    def is_told_without_postgresql():
        between.refuse = True
        between.cut_all()
        redis.kill()
        rig.wait_until(lambda: not is_up(worker), 5, "it is missed")
        redis.start()
        try:
            rig.wait_until(lambda: published(redis.run, slug) == 5, 6, "Redis has it")
            return True
        except AssertionError:
            return False
        finally:
            between.refuse = False
            worker.wait_ready(10)
    # On a busy machine Redis may come too late: what was read longer ago than 5 s may trail, and is kept.
    assert any(is_told_without_postgresql() for _ in range(3))


def test_R3_R4_flushed_over_and_over_while_people_sign_and_look(stack):
    petition = stack.petition("flush")
    load = checker.Load(stack, petition, "-c", 24, "-r", 200)
    seen, over = [], threading.Event()

    def look():
        while not over.is_set():
            answer = petition.count()
            seen.append(answer.json()["count"] if answer.status == 200 else -1)
            time.sleep(0.05)
    looker = threading.Thread(target=look, daemon=True)
    looker.start()
    for number in range(12):
        time.sleep(0.2)
        stack.redis(*(("flushall",) if number % 2 else ("script", "flush")))
    told = checker.check(stack, petition, load)
    over.set()
    looker.join(5)
    only_accepted(load)
    assert seen == sorted(seen) and seen[0] >= 0, "a number went back"
    assert all("202" in line for line in load.result["status"])
    told["looks"] = len(seen)
    return told


def test_R4_a_script_that_is_gone_is_sent_once(stack):
    redis, worker, slug = own(stack, "script")
    goes_on(worker, slug, "first")
    redis.run("script", "flush")
    redis.run("config", "resetstat")
    goes_on(worker, slug, "second")
    stats = redis.run("info", "commandstats")
    evals = next((line for line in stats.splitlines() if line.startswith("cmdstat_eval:")), "cmdstat_eval:calls=0,")
    assert int(evals.split("calls=")[1].split(",")[0]) <= 2, stats  # one a script
    assert is_up(worker)


def test_R5_R12_a_redis_that_hangs_costs_one_time_out(stack):
    redis, worker, slug = own(stack, "hang")
    goes_on(worker, slug, "before")
    redis.process.send_signal(signal.SIGSTOP)
    slowest = goes_on(worker, slug, "during")
    _, fast = timed(lambda: worker.sign(slug, "open@example.org"))
    assert not is_up(worker) and fast < SOON_S
    redis.process.send_signal(signal.SIGCONT)
    heals(redis.run, worker, slug, 11)
    in_background(lambda: redis.run("debug", "sleep", "1.5"))
    time.sleep(0.1)
    goes_on(worker, slug, "asleep")
    heals(redis.run, worker, slug, 16)
    return {"slowest_s": round(slowest, 3)}


def test_R6_an_answer_that_comes_too_late_is_nobodys(stack):
    """Each address may sign twice. Answers that arrive late must never be taken for those of another batch."""
    redis = cluster.OwnRedis(stack)
    folder = tempfile.mkdtemp(prefix="p.", dir=stack.run)
    between = proxy.Proxy(os.path.join(folder, "redis.sock"), redis.socket)
    stack.extra.append(between)
    # Patient, so that a busy machine is not taken for a Redis that is away.
    path, _ = config_with(stack, limit_signing_burst="2", limit_signing_per_hour="1", redis_timeout_ms="1000")
    worker = rig.Worker(stack, "late", slot=5, config=path, redis=f"unix:{between.path}")
    slug = stack.petition("late").slug
    worker.knows(slug)
    assert accepted_at_once(worker, slug, "early", "10.30.0.1", 4) == 2
    for turn in range(4):
        # 10.30.0.1 is refused, and its late answer must not fall on the next caller.
        between.delay = 1.2
        worker.sign(slug, f"refused{turn}@example.org", address="10.30.0.1")
        assert worker.sign(slug, f"free{turn}@example.org", address=f"10.31.{turn}.1").status == 202
        between.heal()
        rig.wait_until(lambda: is_up(worker), 10, "Redis is used again")
        assert worker.sign(slug, f"free2{turn}@example.org", address=f"10.32.{turn}.1").status == 202
        assert worker.sign(slug, f"again{turn}@example.org", address="10.30.0.1").status == 429
    stack.cli("audit", slug)


def test_R7_out_of_memory(stack):
    redis, worker, slug = own(stack, "oom")
    goes_on(worker, slug, "before")
    redis.run("config", "set", "maxmemory-policy", "noeviction")
    redis.run("config", "set", "maxmemory", "1")
    goes_on(worker, slug, "full")
    rig.wait_until(lambda: '"code":"OOM"' in worker.log(), 5, "the log says OOM")
    redis.run("config", "set", "maxmemory", "0")
    heals(redis.run, worker, slug, 10)
    goes_on(worker, slug, "after")
    for key in redis.run("keys", "*").split():
        assert key.startswith("cs:") and int(redis.run("pttl", key)) > 0, key


def test_R8_R13_keys_that_are_evicted_or_of_a_wrong_type(stack):
    redis, worker, slug = own(stack, "keys")
    goes_on(worker, slug, "before")
    heals(redis.run, worker, slug, 5)
    count = f"cs:count:{{{slug}}}"
    redis.run("del", count)
    heals(redis.run, worker, slug, 5)
    redis.run("del", count)
    assert "redis_key_replaced" not in worker.log()
    redis.run("rpush", count, "not", "a", "number")
    heals(redis.run, worker, slug, 5)
    rig.wait_until(lambda: "redis_key_replaced" in worker.log(), 5, "the log says that somebody else wrote there")
    for key in redis.run("keys", "cs:limit:*").split():
        redis.run("del", key)
        redis.run("rpush", key, "x")
    goes_on(worker, slug, "listed")
    for key in redis.run("keys", "cs:limit:*").split():
        redis.run("set", key, "tomorrow")
    goes_on(worker, slug, "worded")
    assert is_up(worker)
    heals(redis.run, worker, slug, 15)


def test_a_number_that_somebody_made_up_is_put_right(stack):
    """Greater in version, so that no worker would write over it, and as plausible as can be."""
    redis, worker, slug = own(stack, "madeup")
    goes_on(worker, slug, "before")
    heals(redis.run, worker, slug, 5)
    count = f"cs:count:{{{slug}}}"
    words = redis.run("get", count).split()
    number = int(words[2])

    def shown():
        return json.loads(worker.count(slug).body)["count"]
    redis.run("set", count, " ".join([words[0], str(int(words[1]) + 1000), str(number + 1000), *words[3:]]))
    rig.wait_until(lambda: shown() == number + 1000, 5, "it is believed")
    rig.wait_until(lambda: published(redis.run, slug) == number, 30, "PostgreSQL does not know it")
    rig.wait_until(lambda: shown() == number, 5, "it is shown no more")
    for version in (words[1], "9999999"):
        redis.run("set", count, " ".join([words[0], version, str(number + 1000), "9999999999999", *words[4:]]))
        rig.wait_until(lambda: published(redis.run, slug) == number, 5, "nothing was read in a year to come")
        rig.wait_until(lambda: shown() == number, 5, "nor is that shown")


def test_R12_publishing_slowly_holds_nothing_up(stack):
    """Telling Redis of all petitions lasts longer than a number is exact, and than a thread may stand still."""
    redis, folder = cluster.OwnRedis(stack), tempfile.mkdtemp(prefix="r.", dir=stack.run)
    os.chmod(folder, 0o755)
    between = proxy.Proxy(os.path.join(folder, "redis.sock"), redis.socket)
    stack.extra.append(between)
    first = stack.petition("slowly", count=12).slug
    slugs = [f"{first}-{number}" for number in range(12)]
    worker = rig.Worker(stack, "slowly", slot=5, redis=f"unix:{between.path}", redis_timeout_ms="1000",
                        wrap=("env", "WATCHDOG_USEC=2000000"))
    worker.knows(slugs[-1])
    rig.wait_until(lambda: published(redis.run, slugs[-1]) == 0, 10, "Redis is used")
    between.delay = 0.3
    redis.run("flushall")

    def all_are_told():
        assert b'"exact":true' in worker.count(slugs[0]).body, "PostgreSQL was not read for long"
        return all(published(redis.run, slug) == 0 for slug in slugs)
    rig.wait_until(all_are_told, 60, "each has its turn")
    assert is_up(worker) and worker.process.poll() is None


def test_R9_demoted_to_a_replica(stack):
    redis, worker, slug = own(stack, "demoted")
    redis.run("replicaof", "127.0.0.1", "1")
    goes_on(worker, slug, "readonly")
    rig.wait_until(lambda: '"code":"READONLY"' in worker.log() or '"code":"MASTERDOWN"' in worker.log(), 5, "the log says why")
    redis.run("replicaof", "no", "one")
    heals(redis.run, worker, slug, 5)


def test_R10_busy_with_a_script(stack):
    redis, worker, slug = own(stack, "busy")
    redis.run("config", "set", "busy-reply-threshold", "50")
    in_background(lambda: redis.run("eval", "while true do end", "0"))
    rig.wait_until(lambda: "BUSY" in redis.run("get", "x"), 5, "it is busy")
    goes_on(worker, slug, "busy")
    assert not is_up(worker)
    redis.run("script", "kill")
    heals(redis.run, worker, slug, 5)


def test_R10_not_allowed_any_more(stack):
    redis, worker, slug = own(stack, "noperm")
    redis.run("acl", "setuser", "countersign_worker", "-evalsha", "-eval")
    goes_on(worker, slug, "noperm")
    rig.wait_until(lambda: '"code":"NOPERM"' in worker.log(), 5, "the log says NOPERM")
    # It answers each probe, and refuses what comes after it. The log says so after 0, 1, 2, 4 seconds and so on.
    time.sleep(6)
    assert worker.log().count('"redis_away"') <= 4, worker.log()
    redis.run("acl", "setuser", "countersign_worker", "+evalsha", "+eval")
    heals(redis.run, worker, slug, 5)


def test_R10_a_wrong_password(stack):
    redis = cluster.OwnRedis(stack)
    redis.run("acl", "setuser", "countersign_worker", "resetpass", ">another")
    slug = stack.petition("password").slug
    worker = rig.Worker(stack, "password", slot=5, redis=redis.address)
    worker.knows(slug)
    goes_on(worker, slug, "password")
    rig.wait_until(lambda: '"code":"WRONGPASS"' in worker.log(), 5, "the log says WRONGPASS")
    redis.run("acl", "setuser", "countersign_worker", "nopass")
    heals(redis.run, worker, slug, 5)


def test_R10_saving_fails(stack):
    redis, worker, slug = own(stack, "misconf")
    goes_on(worker, slug, "before")
    missing = os.path.join(redis.folder, "gone")
    os.mkdir(missing)
    redis.run("config", "set", "dir", missing)
    os.rmdir(missing)
    redis.run("config", "set", "save", "3600 1")
    redis.run("bgsave")
    rig.wait_until(lambda: "rdb_last_bgsave_status:err" in redis.run("info", "persistence"), 5, "saving has failed")
    goes_on(worker, slug, "misconf")
    rig.wait_until(lambda: '"code":"MISCONF"' in worker.log(), 5, "the log says MISCONF")
    redis.run("config", "set", "stop-writes-on-bgsave-error", "no")
    heals(redis.run, worker, slug, 10)


def test_R14_a_clock_that_jumped_locks_nobody_out(stack):
    redis = cluster.OwnRedis(stack)
    path, _ = config_with(stack, limit_signing_burst="2", limit_signing_per_hour="1800")
    worker = rig.Worker(stack, "clock", slot=5, config=path, redis=redis.address)
    slug = stack.petition("clock").slug
    worker.knows(slug)
    assert worker.sign(slug, "first@example.org").status == 202
    in_ten_years = int((time.time() + 315360000) * 1e6)
    for key in redis.run("keys", "cs:limit:*").split():
        redis.run("set", key, in_ten_years, "px", 10**12)
    answer = worker.sign(slug, "second@example.org")
    assert answer.status == 429 and int(answer.headers["Retry-After"]) <= 5, answer
    rig.wait_until(lambda: worker.sign(slug, "second@example.org").status == 202, 10, "let in again")


def test_R15_there_is_no_tls_to_redis(stack):
    path, _ = config_with(stack, redis="rediss://localhost:6379")
    done = subprocess.run([rig.WORKER, "--config", path], capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == 2 and "redis" in done.stderr and "TLS" in done.stderr and len(done.stderr.splitlines()) == 1, done


def test_R16_an_older_publisher_is_refused(stack):
    """Two workers, one of which is held up between reading PostgreSQL and writing Redis."""
    redis = cluster.OwnRedis(stack)
    folder = tempfile.mkdtemp(prefix="p.", dir=stack.run)
    between = proxy.Proxy(os.path.join(folder, "redis.sock"), redis.socket)
    stack.extra.append(between)
    slug = stack.petition("older").slug
    late = rig.Worker(stack, "late", slot=5, redis=f"unix:{between.path}", redis_timeout_ms="2900")
    prompt = rig.Worker(stack, "prompt", slot=6, redis=redis.address)
    for worker in (late, prompt):
        worker.knows(slug)
    between.delay = 0.5
    assert late.sign(slug, "late@example.org", timeout=20).status == 202
    for number in range(5):
        assert prompt.sign(slug, f"prompt{number}@example.org").status == 202
    rig.wait_until(lambda: published(redis.run, slug) == 6, 8, "all are published")
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        assert published(redis.run, slug) == 6
        time.sleep(0.02)
    # And by hand: the same version again, an older one, an older generation.
    words = redis.run("get", f"cs:count:{{{slug}}}").split()
    with open(os.path.join(rig.TOP, "sql/lua/publish.lua"), encoding="utf-8") as file:
        script = file.read()

    def publish(generation, version, count):
        return redis.run("eval", script, 1, f"cs:count:{{{slug}}}", generation, version, count, words[4], words[3], 60000, *words[5:])
    assert publish(words[0], int(words[1]) - 1, 1) == "0" and publish(int(words[0]) - 1, 999999, 1) == "0"
    assert published(redis.run, slug) == 6


def test_R17_no_connection_is_left(stack):
    redis, worker, slug = own(stack, "clients")
    admin = redis.session()
    admin("config set maxclients 1")
    admin("client kill type normal skipme yes")
    goes_on(worker, slug, "clients")
    time.sleep(1.2)
    goes_on(worker, slug, "still")
    rig.wait_until(lambda: '"code":"maxclients"' in worker.log(), 5, "the log says why")
    admin("config set maxclients 1000")
    heals(redis.run, worker, slug, 10)
