"""PostgreSQL away, slow, silent, full or wrong, between a worker and its answer."""
import json
import os
import random
import signal
import time

import checker
import cluster
import rig
from helpers import (
    ALL_GOOD, config_with, database_through, in_background, is_unavailable, letters, only_accepted, rows, Session, signs_again, timed,
)

# What "at once" may take on a machine that does other things.
SOON_S = 1.5


def through(stack, name="database", **settings):
    """A worker behind a proxy, and a petition that it knows."""
    between, database = database_through(stack, name)
    worker = rig.Worker(stack, name, slot=5, database=database, **settings)
    slug = stack.petition(name).slug
    worker.knows(slug)
    return between, worker, slug


def test_D1_away_at_the_start(stack):
    slug, over = stack.petition("start").slug, stack.petition("over").slug
    stack.cli("petition", "withdraw", over)
    assert stack.psql("SELECT 1") == "1"
    rig.wait_until(lambda: stack.redis("get", f"cs:count:{{{slug}}}"), 5, "it is published")
    rig.wait_until(lambda: "withdrawn" in stack.redis("get", f"cs:count:{{{over}}}"), 5, "and so is what became of the other")
    between, database = database_through(stack, "start")
    between.refuse = True
    worker = rig.Worker(stack, "start", ready=False, database=database)
    rig.wait_until(lambda: worker.operators("/healthz").status == 200, 10, "the worker runs")
    answer = worker.operators("/readyz")
    assert answer.status == 503 and b"database" in answer.body, answer
    is_unavailable(worker.sign(slug, "early@example.org"))
    assert worker.log().count('"reader_database_away"') == 1, worker.log()
    answer = worker.count(slug)
    told = json.loads(answer.body)
    assert answer.status == 200 and told["count"] == 0 and told["exact"] is False and told["as_of"], answer
    assert worker.count(over).status == 410
    between.refuse = False
    ready_s = worker.wait_ready(10)
    assert worker.sign(slug, "early@example.org").status == 202
    assert rows(stack, slug) == 1
    return {"ready_s": round(ready_s, 2)}


def test_D2_away_under_load_is_answered_fast_and_recovers_by_itself(stack):
    slug = stack.petition("away").slug
    betweens, workers = [], []
    for number in (1, 2):
        between, database = database_through(stack, f"away{number}")
        betweens.append(between)
        workers.append(rig.Worker(stack, f"away{number}", slot=4 + number, database=database))
    front = rig.Front(stack, workers)
    for worker in workers:
        worker.knows(slug)
    load = checker.Load(stack, front.petition(slug), "-c", 32, "-r", 200)
    time.sleep(0.5)
    before = sum(between.accepted for between in betweens)
    for between in betweens:
        between.refuse = True
        between.cut_all()
    time.sleep(3)
    tries = sum(between.accepted for between in betweens) - before
    for between in betweens:
        between.refuse = False
    healed = time.monotonic()
    rig.wait_until(lambda: all(worker.is_ready() for worker in workers), 10, "both are ready")
    ready_s = time.monotonic() - healed
    time.sleep(1)
    told = checker.check(stack, front.petition(slug), load)
    result = load.result
    assert not any(result[name] for name in ALL_GOOD), checker.summary(result)
    assert set(result["status"]) == {"202", "503"}, checker.summary(result)
    assert result["shed_p50_ms"] < 100 and result["shed_p99_ms"] < 2500, checker.summary(result)
    assert ready_s < 5, ready_s
    # Two workers with two connections each; no stampede of tries.
    assert tries < 200, tries
    told.update(ready_s=round(ready_s, 2), tries=tries, shed_p50_ms=result["shed_p50_ms"], shed_p99_ms=result["shed_p99_ms"])
    return told


def test_D3_a_fast_restart_in_mid_transaction(stack):
    petition = stack.petition("restart")
    load = checker.Load(stack, petition, "-c", 24, "-r", 200)
    time.sleep(0.5)
    before = stack.kill("postgres", signal.SIGINT)
    back_s = stack.back("postgres", before, 5)
    up_s = back_s + stack.all_up(20)
    told = checker.check(stack, petition, load)
    assert set(load.result["status"]) <= {"202", "503"} and not any(load.result[name] for name in ALL_GOOD), checker.summary(load.result)
    told["up_s"] = round(up_s, 2)
    return told


def test_D4_crash_recovery_after_a_backend_dies(stack):
    petition = stack.petition("backend")
    load = checker.Load(stack, petition, "-c", 24, "-r", 200)
    time.sleep(0.5)
    pid = stack.psql("SELECT pid FROM pg_stat_activity WHERE application_name LIKE '%committer' LIMIT 1")
    os.kill(int(pid), signal.SIGKILL)
    time.sleep(0.2)
    up_s = stack.all_up(20)
    time.sleep(0.5)
    told = checker.check(stack, petition, load)
    assert set(load.result["status"]) <= {"202", "503"} and not any(load.result[name] for name in ALL_GOOD), checker.summary(load.result)
    told["up_s"] = round(up_s, 2)
    return told


def test_D5_cut_between_the_commit_and_its_answer(stack):
    between, worker, slug = through(stack, "lost")
    for number in range(12):
        between.cut_answers = 1
        answer, seconds = timed(lambda n=number: worker.sign(slug, f"lost{n}@example.org"))
        assert answer.status == 202, answer
        assert rows(stack, slug) == letters(stack, slug) == number + 1
    assert between.cuts == 12
    # In mid-request nothing has happened yet, and it is sent again as well.
    for number in range(6):
        between.cut_requests = 1
        assert worker.sign(slug, f"half{number}@example.org").status == 202
    assert rows(stack, slug) == letters(stack, slug) == 18
    # Twice in a row.
    between.cut_answers = 2
    answer = worker.sign(slug, "twice@example.org")
    assert answer.status in (202, 503)
    between.heal()
    signs_again(worker, slug)
    assert worker.sign(slug, "twice@example.org").status == 202
    assert stack.psql("SELECT count(*) - count(DISTINCT email_hash) FROM countersign.signature") == "0"
    stack.cli("audit", slug)
    return {"last_s": round(seconds, 3)}


def test_D5_cut_at_every_kind_of_place_under_load(stack):
    slug = stack.petition("cuts").slug
    between, database = database_through(stack, "cuts")
    worker = rig.Worker(stack, "cuts", slot=5, database=database)
    front = rig.Front(stack, [worker])
    worker.knows(slug)
    load = checker.Load(stack, front.petition(slug), "-c", 24, "-r", 150, "-x", 5)
    random_ = random.Random(5)
    end = time.monotonic() + 4
    while time.monotonic() < end:
        what = random_.randrange(5)
        if what == 0:
            between.cut_answers = 1
        elif what == 1:
            between.cut_requests = 1
        elif what == 2:
            between.cut_all()
        elif what == 3:
            between.half_close()
        else:
            between.cut_at = random_.randrange(1, 3000)
            between.cut_all()
            time.sleep(0.1)
            between.cut_at = None
        time.sleep(random_.uniform(0.05, 0.3))
    between.heal()
    rig.wait_until(worker.is_ready, 10, "ready")
    told = checker.check(stack, front.petition(slug), load)
    assert set(load.result["status"]) <= {"202", "503"} and not any(load.result[name] for name in ALL_GOOD), checker.summary(load.result)
    told.update(cuts=between.cuts, answers=load.result["status"])
    return told


def test_D6_a_black_hole_ends_at_the_deadline(stack):
    between, worker, slug = through(stack, "hole")
    assert worker.sign(slug, "before@example.org").status == 202
    between.hole = True
    answer, seconds = timed(lambda: worker.sign(slug, "in@example.org", timeout=20))
    is_unavailable(answer)
    assert seconds < 8, seconds
    # Now the circuit is open: the next one is turned away at once.
    answer, fast = timed(lambda: worker.sign(slug, "next@example.org", timeout=20))
    is_unavailable(answer)
    assert fast < SOON_S, fast
    # The number is told all the same.
    assert worker.count(slug).status == 200
    between.hole = False
    again_s = signs_again(worker, slug)
    for email in ("in@example.org", "next@example.org"):
        assert worker.sign(slug, email).status == 202
    stack.cli("audit", slug)
    return {"deadline_s": round(seconds, 2), "next_s": round(fast, 3), "again_s": round(again_s, 2)}


def test_D7_a_slow_network_that_loses_things(stack):
    slug = stack.petition("slow").slug
    between, database = database_through(stack, "slow")
    worker = rig.Worker(stack, "slow", slot=5, database=database)
    front = rig.Front(stack, [worker])
    worker.knows(slug)
    between.delay = 0.1
    load = checker.Load(stack, front.petition(slug), "-c", 32, "-r", 100)
    for _ in range(8):
        time.sleep(0.5)
        between.cut_answers = 1
    between.heal()
    rig.wait_until(worker.is_ready, 10, "ready")
    told = checker.check(stack, front.petition(slug), load)
    assert load.result["max_ms"] < 6000, checker.summary(load.result)
    told.update(p50_ms=load.result["p50_ms"], p99_ms=load.result["p99_ms"], answers=load.result["status"])
    return told


def test_D11_too_many_connections(stack):
    between, worker, slug = through(stack, "connections")
    stack.psql("ALTER ROLE countersign_worker CONNECTION LIMIT 0")
    try:
        between.cut_all()
        rig.wait_until(lambda: worker.sign(slug, "full@example.org").status == 503, 5, "no connection is left")
        rig.wait_until(lambda: '"53300"' in worker.log() or "too many connections" in worker.log(), 5, "the log says why")
        is_unavailable(worker.sign(slug, "full@example.org"))
    finally:
        stack.psql("ALTER ROLE countersign_worker CONNECTION LIMIT -1")
    again_s = signs_again(worker, slug)
    return {"again_s": round(again_s, 2)}


def test_D12_a_lock_that_is_held(stack):
    _, worker, slug = through(stack, "lock")
    assert worker.sign(slug, "first@example.org").status == 202
    session = Session(stack)
    # For less than the time that a lock is waited for: nobody notices.
    session.execute("BEGIN; SELECT n FROM countersign.tally WHERE slot = 5 FOR UPDATE")
    box = in_background(lambda: worker.sign(slug, "second@example.org"))
    time.sleep(0.3)
    session.execute("COMMIT")
    box["thread"].join(10)
    assert box["value"].status == 202, box
    # For longer than two tries: 503 inside the deadline, and nothing is left half done.
    other = stack.petition("lock-other").slug
    worker.knows(other)
    session.execute("BEGIN; SELECT n FROM countersign.tally WHERE slot = 5 AND petition_id = "
                    f"(SELECT id FROM countersign.petition WHERE slug = '{slug}') FOR UPDATE")
    answer, seconds = timed(lambda: worker.sign(slug, "third@example.org", timeout=20))
    is_unavailable(answer)
    assert seconds < 8, seconds
    assert worker.sign(other, "fourth@example.org").status == 202, "other petitions go on"
    assert '"database_busy"' in worker.log() and '"database_away"' not in worker.log() and worker.is_ready()
    # Three batches in a row, with none between that is written, are an outage.
    for number in range(3):
        assert worker.is_ready()
        is_unavailable(worker.sign(slug, f"third{number}@example.org", timeout=20))
    assert '"database_away"' in worker.log()
    session.execute("COMMIT")
    signs_again(worker, slug)
    assert worker.sign(slug, "third@example.org").status == 202
    stack.cli("audit", slug)
    return {"given_up_s": round(seconds, 2)}


def test_D12_a_conflict_that_passes_is_tried_again(stack):
    """57014 by an operator's pg_cancel_backend, once: the batch is sent again."""
    between, worker, slug = through(stack, "cancel")
    del between
    assert worker.sign(slug, "first@example.org").status == 202
    session, other = Session(stack), Session(stack)
    session.execute("BEGIN; SELECT n FROM countersign.tally WHERE slot = 5 FOR UPDATE")
    box = in_background(lambda: worker.sign(slug, "second@example.org"))
    # A lock is waited for a second, twice: no program is started meanwhile, which may take as long on a busy machine.
    cancel = ("SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
              " WHERE wait_event_type = 'Lock' AND application_name LIKE '%committer'")
    rig.wait_until(lambda: other.execute(cancel), 5, "it waits")
    session.execute("COMMIT")
    box["thread"].join(10)
    assert box["value"].status == 202, box
    assert rows(stack, slug) == 2 and worker.metric("countersign_batch_retries_total") >= 1
    stack.cli("audit", slug)


def test_D13_a_row_that_is_refused_takes_no_other_with_it(stack):
    _, worker, slug = through(stack, "check")
    person = json.dumps({"email": "bad@example.org", "given_name": "Ada", "family_name": "Example", "country": "AQ"}).encode()
    stack.psql("ALTER TABLE countersign.signature ADD CONSTRAINT no_penguins CHECK (country <> 'AQ') NOT VALID")
    try:
        # Behind a lock several requests become one batch.
        assert worker.sign(slug, "good@example.org").status == 202
        session = Session(stack)
        session.execute("BEGIN; SELECT n FROM countersign.tally WHERE slot = 5 FOR UPDATE")
        boxes = [in_background(lambda n=n: worker.sign(slug, f"good{n}@example.org")) for n in range(3)]
        time.sleep(0.1)
        bad = in_background(lambda: worker.ask("POST", f"/api/v1/petitions/{slug}/signatures", person))
        boxes += [in_background(lambda n=n: worker.sign(slug, f"fine{n}@example.org")) for n in range(3)]
        time.sleep(0.3)
        session.execute("COMMIT")
        for box in (*boxes, bad):
            box["thread"].join(10)
        assert [box["value"].status for box in boxes] == [202] * 6, boxes
        assert bad["value"].status == 500 and json.loads(bad["value"].body)["code"] == "internal_error", bad
        assert "row_refused" in worker.log() and "23514" in worker.log()
    finally:
        stack.psql("ALTER TABLE countersign.signature DROP CONSTRAINT no_penguins")
    assert worker.ask("POST", f"/api/v1/petitions/{slug}/signatures", person).status == 202
    assert rows(stack, slug) == 8
    stack.cli("audit", slug)


def test_D16_a_long_transaction_of_staff_disturbs_nobody(stack):
    petition = stack.petition("staff")
    load = checker.Load(stack, petition, "-c", 16, "-r", 200)
    session = Session(stack, user="countersign_operator")
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM countersign.signer")
    time.sleep(2)
    session.execute("SELECT count(*) FROM countersign.signer; COMMIT")
    told = checker.check(stack, petition, load)
    only_accepted(load)
    # The worker's own role cannot stay in a transaction for long.
    assert stack.psql("SHOW idle_in_transaction_session_timeout", user="countersign_worker") == "5s"
    return told


def test_D17_an_exclusive_lock_of_a_migration(stack):
    petition = stack.petition("migration")
    load = checker.Load(stack, petition, "-c", 24, "-r", 100)
    time.sleep(0.3)
    session = Session(stack, user="countersign_owner")
    session.execute("BEGIN; LOCK TABLE countersign.signature IN ACCESS EXCLUSIVE MODE")
    time.sleep(3)
    session.execute("COMMIT")
    stack.all_up(10)
    told = checker.check(stack, petition, load)
    assert set(load.result["status"]) <= {"202", "503"} and not any(load.result[name] for name in ALL_GOOD), checker.summary(load.result)
    told["answers"] = load.result["status"]
    return told


def test_D18_plans_and_statements_that_are_gone(stack):
    """Changed columns (0A000) and a server that knows no prepared statement of ours (26000)."""
    between, worker, slug = through(stack, "plans")
    del between
    assert worker.sign(slug, "before@example.org").status == 202
    stack.psql("ALTER TABLE countersign.petition ALTER COLUMN organization_url TYPE varchar(400)")
    try:
        assert worker.sign(slug, "changed@example.org").status == 202
        assert worker.ask(uri=f"/api/v1/petitions/{slug}/series?step=hour").status == 200
        other = stack.petition("plans-other").slug
        worker.knows(other)
    finally:
        stack.psql("ALTER TABLE countersign.petition ALTER COLUMN organization_url TYPE text")
    assert worker.sign(slug, "back@example.org").status == 202
    assert rows(stack, slug) == 3
    stack.cli("audit", slug)


# Each answers with what takes it back.
NEWER = ("INSERT INTO countersign.schema_version (version, name, works_from)"
         " SELECT 9999, 'from_the_future', max(version) + 1 FROM countersign.schema_version"
         " RETURNING 'DELETE FROM countersign.schema_version WHERE version = 9999'")  # fmt: skip
OLDER = ("DELETE FROM countersign.schema_version WHERE version = (SELECT max(version) FROM countersign.schema_version)"
         " RETURNING format('INSERT INTO countersign.schema_version VALUES (%s, %L, %L, %s)', version, name, applied_at, works_from)")  # fmt: skip


def test_D19_nothing_starts_on_another_version_of_the_schema(stack):
    for change, advice in ((NEWER, "install the newer"), (OLDER, "run countersign migrate")):
        back = stack.psql(change)
        try:
            worker = rig.Worker(stack, "schema", ready=False)
            assert worker.process.wait(10) == 2
            told = worker.log().splitlines()
            assert len(told) == 1 and '"schema_mismatch"' in told[0] and advice in told[0], worker.log()
        finally:
            stack.psql(back)


def test_D19_nothing_starts_on_another_encoding(stack):
    """In SQL_ASCII the schema could stand; LATIN1 does not even take its statements."""
    for encoding in ("SQL_ASCII", "LATIN1"):
        stack.psql(f"CREATE DATABASE narrow OWNER countersign_owner ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
        try:
            database = f"host={stack.sockets} dbname=narrow user=countersign_"
            path, _ = config_with(stack, owner_database=database + "owner")
            done = stack.cli("migrate", config=path, expect=2)
            assert "ENCODING 'UTF8'" in done.stderr and done.stderr.count("\n") == 1, done
            worker = rig.Worker(stack, "narrow", ready=False, database=database + "worker")
            assert worker.process.wait(10) == 2
            told = worker.log().splitlines()
            assert len(told) == 1 and "ENCODING 'UTF8'" in told[0], worker.log()
        finally:
            stack.psql("DROP DATABASE narrow WITH (FORCE)")


def test_D21_nothing_starts_as_another_role(stack):
    """Another program's role may read petitions, and would be refused with the first signature."""
    database = f"host={stack.sockets} dbname=countersign user=countersign_operator"
    worker = rig.Worker(stack, "role", ready=False, database=database)
    assert worker.process.wait(10) == 2
    assert '"role_refused"' in worker.log() and "countersign_worker" in worker.log(), worker.log()


def test_D21_another_role_is_not_ready(stack):
    """PostgreSQL came later, as in D1."""
    between, database = database_through(stack, "role")
    between.refuse = True
    worker = rig.Worker(stack, "role", ready=False, database=database.replace("countersign_worker", "countersign_operator"))
    rig.wait_until(lambda: worker.operators("/healthz").status == 200, 10, "the worker runs")
    between.refuse = False
    rig.wait_until(lambda: worker.operators("/readyz").body.startswith(b"role"), 10, "it has seen what it may")
    assert worker.operators("/readyz").status == 503


def test_D19_another_version_of_the_schema_that_comes_later(stack):
    """The worker was there first, as in D1: it waits for the schema that it knows."""
    slug = stack.petition("schema").slug
    between, database = database_through(stack, "schema")
    between.refuse = True
    worker = rig.Worker(stack, "schema", ready=False, database=database)
    rig.wait_until(lambda: worker.operators("/healthz").status == 200, 10, "the worker runs")
    back = stack.psql(NEWER)
    try:
        between.refuse = False
        rig.wait_until(lambda: b"schema" in worker.operators("/readyz").body, 10, "it has seen the schema")
        assert '"schema_mismatch"' in worker.log() and "install the newer" in worker.log(), worker.log()
        is_unavailable(worker.sign(slug, "future@example.org"))
    finally:
        stack.psql(back)
    worker.wait_ready(10)
    worker.knows(slug)
    assert worker.sign(slug, "future@example.org").status == 202


def test_D19_D20_another_version_of_the_schema_under_a_worker_that_runs(stack):
    """PostgreSQL comes back with another database: nothing is written to it, as nothing is at a start."""
    slug = stack.petition("exchanged").slug
    worker = rig.Worker(stack, "exchanged")
    worker.knows(slug)
    assert worker.sign(slug, "before@example.org").status == 202
    back = stack.psql(NEWER)
    try:
        stack.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'countersignd.5 %'")
        rig.wait_until(lambda: worker.operators("/readyz").body.startswith(b"schema"), 10, "it has seen the schema")
        is_unavailable(worker.sign(slug, "between@example.org"))
    finally:
        stack.psql(back)
    worker.wait_ready(10)
    assert worker.sign(slug, "between@example.org").status == 202
    assert rows(stack, slug) == 2


def test_O12_O13_an_old_worker_starts_on_a_newer_schema_that_it_works_with(stack):
    slug = stack.petition("rolling").slug
    stack.psql("INSERT INTO countersign.schema_version (version, name, works_from)"
               " SELECT 9999, 'from_the_future', max(version) FROM countersign.schema_version")  # fmt: skip
    try:
        worker = rig.Worker(stack, "rolling")
        worker.knows(slug)
        assert worker.sign(slug, "rolling@example.org").status == 202
        assert '"schema_mismatch"' not in worker.log()
    finally:
        stack.psql("DELETE FROM countersign.schema_version WHERE version = 9999")


def test_a_command_does_not_wait_for_what_it_needs_not_know(stack):
    """Its change is stored; whether the workers know of it is not answered. It ends before it would give up on a statement."""
    between, database = database_through(stack, "silent")
    between.statement, between.hold = b"\0catalog_behind", "answer"
    path, _ = config_with(stack, operator_database=database.replace("countersign_worker", "countersign_operator"))
    slug = stack.petition("silent").slug
    stack.cli("petition", "close", slug, config=path, timeout=20)
    assert between.held.is_set()


def test_L6_the_count_is_told_while_all_signings_wait(stack):
    redis = cluster.OwnRedis(stack)  # nobody else tells this one the number
    between, worker, slug = through(stack, "waiting", redis=redis.address)
    assert worker.sign(slug, "first@example.org").status == 202
    rig.wait_until(lambda: json.loads(worker.count(slug).body)["count"] == 1, 5, "it counts")
    between.hole = True
    boxes = [in_background(lambda n=n: worker.sign(slug, f"waits{n}@example.org", timeout=20)) for n in range(40)]
    time.sleep(0.2)
    slowest = 0
    for _ in range(10):
        answer, seconds = timed(lambda: worker.count(slug))
        assert answer.status == 200 and json.loads(answer.body)["count"] == 1, answer
        slowest = max(slowest, seconds)
    assert slowest < SOON_S, slowest
    for box in boxes:
        box["thread"].join(20)
        assert box["value"].status == 503, box
    # Whoever asks later is told that the number may trail.
    rig.wait_until(lambda: json.loads(worker.count(slug).body)["exact"] is False, 10, "it is not exact any more")
    between.hole = False
    signs_again(worker, slug)
    rig.wait_until(lambda: json.loads(worker.count(slug).body)["exact"] is True, 10, "it is exact again")
    return {"slowest_s": round(slowest, 3)}
