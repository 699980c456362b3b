"""Processes that die, stop, start again, run out of something or are disturbed."""
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time

import checker
import client
import fastcgi
import rig
from helpers import (
    accepted_at_once, ALL_GOOD, config_with, database_through, in_background, letters, only_accepted, pair, preloaded, rows, Session, write_config,
)


def die_while_held(stack, where):
    """kill -9 of a worker whose statement is on its way there or whose answer is on its way back."""
    between, database = database_through(stack, where)
    slug = stack.petition("died").slug
    worker = rig.Worker(stack, "dies", slot=5, database=database)
    other = rig.Worker(stack, "lives", slot=6)
    worker.knows(slug)
    other.knows(slug)
    between.hold = where
    box = in_background(lambda: worker.sign(slug, "one@example.org", REQUEST_ID="ab" * 16))
    assert between.held.wait(5), "nothing was sent"
    if where == "answer":
        rig.wait_until(lambda: rows(stack, slug) == 1, 5, "the row is committed")
    worker.signal(signal.SIGKILL)
    box["thread"].join(5)
    assert isinstance(box.get("error"), EOFError), box
    # What nginx does: the same request, with the same id, to the next worker.
    assert other.sign(slug, "one@example.org", REQUEST_ID="ab" * 16).status == 202
    assert rows(stack, slug) == 1 and letters(stack, slug) == 1
    # And what a person does who tries again: another request.
    assert other.sign(slug, "one@example.org", REQUEST_ID="cd" * 16).status == 202
    assert rows(stack, slug) == 1
    stack.cli("audit", slug)


def test_P1_a_worker_dies_before_its_statement_arrives(stack):
    die_while_held(stack, "request")


def test_P2_a_worker_dies_after_the_commit_and_before_the_answer(stack):
    die_while_held(stack, "answer")


def test_P3_a_worker_dies_while_it_holds_locks(stack):
    slug = stack.petition("locks").slug
    dying, other = rig.Worker(stack, "dies", slot=5), rig.Worker(stack, "lives", slot=6)
    for worker in (dying, other):
        worker.knows(slug)
    assert dying.sign(slug, "first@example.org").status == 202
    locker = Session(stack)
    locker.execute("BEGIN; SELECT n FROM countersign.tally WHERE slot = 5 FOR UPDATE;")
    # It holds the new row of the signature and waits for the tally.
    in_background(lambda: dying.sign(slug, "second@example.org"))
    rig.wait_until(lambda: stack.psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") != "0", 5, "a lock is waited for")
    dying.signal(signal.SIGKILL)
    started = time.monotonic()
    answer = other.sign(slug, "second@example.org")
    locker.close()
    if answer.status == 503:
        answer = other.sign(slug, "second@example.org")
    assert answer.status == 202, answer
    assert rows(stack, slug) == 2
    stack.cli("audit", slug)
    return {"held_s": round(time.monotonic() - started, 2)}


def test_P8_a_worker_that_is_asked_to_end_costs_no_caller_an_error(stack):
    workers, front = pair(stack)
    petition = front.petition(stack.petition("ended").slug)
    for worker in workers:
        worker.knows(petition.slug)
    load = checker.Load(stack, petition, "-c", 32, "-r", 400)
    took = []
    for turn in range(6):
        time.sleep(0.3)
        worker = workers[turn % 2]
        code, seconds = worker.end()
        assert code == 0, (code, worker.log()[-500:])
        took.append(seconds)
        worker.start()
        worker.wait_ready()
    told = checker.check(stack, petition, load)
    only_accepted(load)
    assert max(took) < 5, took
    told["ended_s"] = round(max(took), 2)
    return told


def test_P9_idle_and_half_open_connections_do_not_delay_the_end(stack):
    worker = rig.Worker(stack, "idle")
    whole = fastcgi.request(fastcgi.parameters())
    peers = [fastcgi.Peer(worker.socket) for _ in range(60)]
    for i, peer in enumerate(peers):
        if i % 3 == 1:
            peer.send(whole[: len(whole) // 2])
        elif i % 3 == 2:
            peer.send(whole)
            peer.read_answer()  # kept alive, idle
    code, seconds = worker.end()
    for peer in peers:
        peer.close()
    assert code == 0 and seconds < 2, (code, seconds)
    return {"ended_s": round(seconds, 2)}


def test_P9_a_worker_is_asked_for_its_metrics_while_it_ends(stack):
    between, database = database_through(stack, "ends")
    worker = rig.Worker(stack, "asked", database=database)
    between.hole = True  # its last look at PostgreSQL takes until a time-out
    worker.process.terminate()
    while worker.process.poll() is None:
        try:
            worker.operators("/metrics")
        except (OSError, client.Closed):
            pass  # it listens no more
    assert worker.process.returncode == 0, (worker.process.returncode, worker.log()[-500:])


def test_P10_reloads_of_nginx_cost_no_caller_an_error(stack):
    workers, front = pair(stack)
    petition = front.petition(stack.petition("reload").slug)
    for worker in workers:
        worker.knows(petition.slug)
    fresh = checker.Load(stack, petition, "-c", 12, "-r", 150, "-k", prefix="f")
    kept = checker.Load(stack, petition, "-c", 12, "-r", 150, prefix="k")
    for _ in range(5):
        time.sleep(0.4)
        before = set(rig.children(front.process.pid))
        front.reload()
        rig.wait_until(lambda old=before: set(rig.children(front.process.pid)) - old, 10, "new processes of nginx")
    time.sleep(0.3)
    told = checker.check(stack, petition, fresh, kept)
    only_accepted(fresh)
    # On a connection that is kept, a request may meet the server's close; HTTP says that it is tried again.
    result = kept.result
    assert set(result["status"]) == {"202"} and not any(result[name] for name in ("errors", "refused", "silent")), checker.summary(result)
    told["met_a_close"] = result["stale"]
    return told


def test_P10_a_worker_reloads_its_configuration_and_keeps_the_old_one_when_the_new_is_wrong(stack):
    slug = stack.petition("hangup").slug
    path, lines = config_with(stack, limit_signing_burst="3", limit_signing_per_hour="1")
    worker = rig.Worker(stack, "hangup", config=path)
    worker.knows(slug)
    assert accepted_at_once(worker, slug, "a", "10.20.0.1") == 3
    write_config(path, lines, {"limit_signing_burst": "5", "limit_signing_per_hour": "1"})
    worker.signal(signal.SIGHUP)
    rig.wait_until(lambda: '"reloaded"' in worker.log(), 5, "it says that it has reloaded")
    rig.wait_until(lambda: accepted_at_once(worker, slug, f"b{time.monotonic_ns()}x", f"10.21.{time.monotonic_ns() % 250}.1") == 5, 5,
                   "the new limit holds")
    write_config(path, lines, {"limit_signing_burst": "many", "limit_signing_per_hour": "1"})
    worker.signal(signal.SIGHUP)
    rig.wait_until(lambda: '"reload_refused"' in worker.log(), 5, "it says that it refuses")
    refusal = next(line for line in worker.log().splitlines() if "reload_refused" in line)
    assert "limit_signing_burst" in refusal and f"{path}:" in refusal, refusal
    assert accepted_at_once(worker, slug, "c", "10.22.0.1") == 5
    assert worker.is_ready()
    assert worker.end()[0] == 0


def test_P11_a_worker_that_aborts_is_back_and_leaves_no_core(stack):
    petition = stack.petition("abort")
    load = checker.Load(stack, petition, "-c", 16, "-r", 200)
    time.sleep(0.3)
    seconds = stack.back("countersignd.1", stack.kill("countersignd.1", signal.SIGABRT))
    time.sleep(0.3)
    checker.check(stack, petition, load)
    only_accepted(load)
    cores = [name for name in os.listdir(stack.run) if name.startswith("core")]
    assert not cores, cores
    return {"back_s": round(seconds, 2)}


def test_P12_a_worker_that_stands_still_for_a_while_loses_nothing(stack):
    workers, front = pair(stack)
    petition = front.petition(stack.petition("still").slug)
    for worker in workers:
        worker.knows(petition.slug)
    load = checker.Load(stack, petition, "-c", 48, "-r", 200)
    time.sleep(0.5)
    workers[0].signal(signal.SIGSTOP)
    time.sleep(2)
    workers[0].signal(signal.SIGCONT)
    time.sleep(0.3)
    told = checker.check(stack, petition, load)
    assert not any(load.result[name] for name in ALL_GOOD), checker.summary(load.result)
    told["answers"] = load.result["status"]
    return told


def test_P12_a_worker_in_an_endless_loop_ends_itself(stack):
    slug = stack.petition("endless").slug
    worker = rig.Worker(stack, "loops", slot=5, io_threads=2, wrap=("env", f"LD_PRELOAD={preloaded('loop')}", "WATCHDOG_USEC=2000000"))
    other = rig.Worker(stack, "lives", slot=6)
    for one in (worker, other):
        one.knows(slug)
    box = in_background(lambda: worker.sign(slug, "endless@example.org", REQUEST_ID="ab" * 16))
    # The other thread goes on, and does not hide that this one hangs.
    assert worker.sign(slug, "next@example.org").status == 202
    assert worker.process.wait(10) == 3
    box["thread"].join(5)
    assert isinstance(box.get("error"), EOFError), box
    assert '"event":"hangs","thread":"io"' in worker.log()
    # What nginx does.
    assert other.sign(slug, "endless@example.org", REQUEST_ID="ab" * 16).status == 202
    stack.cli("audit", slug)


def test_P13_a_crash_loop_backs_off_and_nginx_says_so_in_json(stack):
    folder = tempfile.mkdtemp(prefix="loop.", dir=stack.run)
    for name in ("pids", "supervisors"):
        os.mkdir(os.path.join(folder, name))
    marks = os.path.join(folder, "starts")
    loop = subprocess.Popen([os.path.join(rig.TOP, "deploy/dev/supervise"), "looping", "TERM", "1", "sh", "-c", f"echo x >>{marks}; exit 1"],
                            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    workers, front = pair(stack)
    slug = stack.petition("loop").slug
    for worker in workers:
        worker.knows(slug)
    petition = front.petition(slug)
    assert petition.count().status == 200
    for worker in workers:
        worker.signal(signal.SIGKILL)
        worker.process.wait()
    for number in range(5):
        answer = petition.sign(f"loop{number}@example.org")
        assert answer.status == 503 and answer.get("Content-Type").startswith("application/problem+json"), answer
        assert int(answer.get("Retry-After")) >= 1 and answer.code() == "unavailable", answer
    # The number is still told, from the cache.
    rig.wait_until(lambda: time.sleep(0.3) or petition.count().status == 200, 5, "the cached number")
    time.sleep(1.5)
    loop.terminate()
    loop.wait(5)
    with open(marks, encoding="ascii") as file:
        starts = len(file.readlines())
    assert 2 <= starts <= 12, starts
    return {"starts": starts}


def test_what_is_supervised_holds_nothing_open_of_who_started_it(stack):
    folder = tempfile.mkdtemp(prefix="held.", dir=stack.run)
    for name in ("pids", "supervisors"):
        os.mkdir(os.path.join(folder, name))
    read, write = os.pipe()
    sleeper = subprocess.Popen([os.path.join(rig.TOP, "deploy/dev/supervise"), "sleeper", "TERM", "1", "sleep", "600"],
                               cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=[write])
    os.close(write)
    rig.wait_until(lambda: os.path.exists(os.path.join(folder, "pids", "sleeper")), 10, "the program runs")
    # The end of the pipe is told when nobody holds it any more.
    ended = select.select([read], [], [], 10)[0]
    sleeper.terminate()
    sleeper.wait(10)
    os.close(read)
    assert ended, "the supervisor or its program holds the pipe"


def test_a_log_is_json_with_levels_after_a_kill_too(stack):
    folder = tempfile.mkdtemp(prefix="killed.", dir=stack.run)
    for name in ("pids", "supervisors"):
        os.mkdir(os.path.join(folder, name))
    pid_file, log = (pathlib.Path(folder, *path) for path in (("pids", "sleeper"), ("log",)))
    with open(log, "wb") as stderr:
        sleeper = subprocess.Popen([os.path.join(rig.TOP, "deploy/dev/supervise"), "sleeper", "TERM", "1", "sleep", "600"],
                                   cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr)
    rig.wait_until(pid_file.exists, 10, "the program runs")
    first = pid_file.read_text(encoding="ascii")
    os.kill(int(first), signal.SIGKILL)
    rig.wait_until(lambda: pid_file.read_text(encoding="ascii") != first, 10, "it runs again")
    sleeper.terminate()
    sleeper.wait(10)
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [line["level"] for line in lines] == ["warning"], lines


def test_root_stops_what_somebody_else_has_started(stack):
    """And takes nothing away from them."""
    if os.geteuid() != 0:
        return "left out: needs root"
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        for name in ("pids", "supervisors"):
            os.mkdir(os.path.join(folder, name))
        # A copy: a clone under /root is closed to others.
        supervise = shutil.copy(os.path.join(rig.TOP, "deploy/dev/supervise"), folder)
        for name in ("", "pids", "supervisors"):
            shutil.chown(os.path.join(folder, name), "daemon", "daemon")
        sleeper = subprocess.Popen(["setpriv", "--reuid=daemon", "--regid=daemon", "--init-groups", supervise, "nginx", "TERM", "1", "sleep", "600"],
                                   cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            rig.wait_until(lambda: os.path.exists(os.path.join(folder, "pids", "nginx")), 10, "the program runs")
            subprocess.run([os.path.join(rig.TOP, "deploy/dev/stack"), "stop"], env=dict(os.environ, RUN=folder), timeout=60, check=True)
            assert sleeper.wait(1) == 0 and pathlib.Path(folder).owner() == "daemon"
        finally:
            sleeper.kill()
    return None


def test_D14_a_pid_file_is_true_again_on_a_full_disk(stack):
    if os.geteuid() != 0:
        return "left out: needs root for a tmpfs"
    folder = tempfile.mkdtemp(prefix="full.", dir=stack.run)
    file = os.path.join(folder, "pids", "sleeper")

    def pid():
        with open(file, encoding="ascii") as opened:
            return int(opened.read() or 0)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=True)
    try:
        for name in ("pids", "supervisors"):
            os.mkdir(os.path.join(folder, name))
        sleeper = subprocess.Popen([os.path.join(rig.TOP, "deploy/dev/supervise"), "sleeper", "TERM", "1", "sleep", "600"],
                                   cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        rig.wait_until(lambda: os.path.exists(file) and pid(), 10, "the program runs")
        subprocess.run(["dd", "if=/dev/zero", "of=" + os.path.join(folder, "fill")], stderr=subprocess.DEVNULL, check=False)
        before = pid()
        os.kill(before, signal.SIGKILL)
        rig.wait_until(lambda: pid() not in (0, before) and os.path.exists(f"/proc/{pid()}"), 5, "the pid of the next one")
        said = subprocess.run(["bash", "-c", 'echo "[$(cat "$0")]"', file], capture_output=True, text=True, check=True).stdout
        assert said == f"[{pid()}]\n", "a shell would look for another name in /proc"
        sleeper.terminate()
        sleeper.wait(10)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
    return None


def test_the_stack_starts_whatever_has_become_of_the_demo(stack):
    stack.cli("petition", "withdraw", "demo")
    try:
        stack.control("start")
    finally:
        stack.psql("UPDATE countersign.petition SET state = 'open' WHERE slug = 'demo'")  # which no command does
    stack.all_up()
    rig.wait_until(lambda: [stack.demo_count(number).status for number in (1, 2)] == [200, 200], 5, "the workers have heard of it")


def test_P13_what_outlives_its_supervisor_is_in_nobodys_way(stack):
    def pid(folder, name):
        with open(os.path.join(stack.run, folder, name), encoding="ascii") as file:
            return int(file.read())

    slug = stack.petition("orphans").slug
    before = {name: pid("pids", name) for name in ("nginx", "countersignd.1", "redis")}
    for name, number in before.items():
        os.kill(pid("supervisors", name), signal.SIGKILL)
        if name != "redis":
            # nginx's workers live on and hold the port.
            os.kill(number, signal.SIGKILL)
    stack.control("start")
    for name, number in before.items():
        assert pid("pids", name) != number and os.path.exists(f"/proc/{pid('pids', name)}"), name
    assert rig.http(("127.0.0.1", stack.port), "GET", f"/api/v1/petitions/{slug}/count").status == 200


def test_P14_no_core_is_ever_written(stack):
    worker = rig.Worker(stack, "core")
    with open(f"/proc/{worker.pid}/limits", encoding="ascii") as file:
        line = next(line for line in file if line.startswith("Max core file size"))
    assert line.split()[4:6] == ["0", "0"], line
    worker.signal(signal.SIGSEGV)
    worker.process.wait(5)
    assert not [name for name in os.listdir(".") if name.startswith("core")]


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        words = file.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


# What is lost once in a thousand requests would show; FAULTS_REQUESTS=1000000 takes a quarter of an hour.
REQUESTS = int(os.environ.get("FAULTS_REQUESTS", "40000"))


def test_P15_descriptors_and_memory_are_flat_over_many_requests(stack):
    worker = rig.Worker(stack, "flat", slot=5)
    front = rig.Front(stack, [worker])
    petition = front.petition(stack.petition("flat").slug)
    worker.knows(petition.slug)

    def counted():
        """Descriptors but for nginx's connections, and memory; None: nginx closed some meanwhile."""
        connections = worker.metric("countersign_fastcgi_connections")
        descriptors, kb = worker.usage()
        return (descriptors - int(connections), kb) if worker.metric("countersign_fastcgi_connections") == connections else None

    def own():
        return rig.wait_until(counted, 10, "a count that nobody disturbs")

    def rounds(signings, prefix, seconds):
        checker.Load(stack, petition, "-c", 32, "-n", signings, prefix=prefix).wait()
        subprocess.run(["wrk", "-t", "1", "-c", "32", "-d", f"{seconds}s", f"http://127.0.0.1:{front.port}{petition.path}"],
                       check=True, stdout=subprocess.DEVNULL)
    rounds(4000, "warm", 1)
    before = own()
    served = requests_served(worker)
    turn = 0
    while requests_served(worker) - served < REQUESTS:
        turn += 1
        rounds(4000, f"turn{turn}", 2)
    after = own()
    assert after[0] - before[0] <= 4, (before, after)
    # A sanitizer keeps what was freed.
    assert "san" in rig.BUILD or after[1] - before[1] <= 8192, (before, after)
    stack.cli("audit", petition.slug)
    return {"descriptors": (before[0], after[0]), "kB": (before[1], after[1]), "requests": int(requests_served(worker) - served)}


def requests_served(worker):
    return sum(float(line.rpartition(" ")[2]) for line in worker.operators("/metrics").body.decode().splitlines()
               if line.startswith("countersign_requests_total"))


def test_P16_running_out_of_descriptors_is_survived(stack):
    worker = rig.Worker(stack, "few", wrap=("prlimit", "--nofile=40:40"))
    slug = stack.petition("few").slug
    worker.knows(slug)
    peers = []
    for _ in range(60):
        peers.append(fastcgi.Peer(worker.socket))
    rig.wait_until(lambda: True, 1)
    before = cpu_s(worker.pid)
    time.sleep(1.0)
    spent = cpu_s(worker.pid) - before
    assert worker.process.poll() is None
    for peer in peers:
        peer.close()
    rig.wait_until(lambda: worker.sign(slug, "after@example.org").status == 202, 10, "it signs again")
    assert worker.metric("countersign_fastcgi_emfile_total") > 0
    assert spent < 0.5, f"{spent} s of CPU in a second"
    return {"cpu_s": round(spent, 2)}


def test_P18_interrupted_system_calls_cost_no_request(stack):
    """A stop and a continue interrupt what waits, handlers or not; SIGHUP comes on top."""
    workers, front = pair(stack)
    petition = front.petition(stack.petition("interrupted").slug)
    for worker in workers:
        worker.knows(petition.slug)
    load = checker.Load(stack, petition, "-c", 16, "-r", 200)
    end = time.monotonic() + 3
    storms = 0
    while time.monotonic() < end:
        for worker in workers:
            worker.signal(signal.SIGSTOP)
            worker.signal(signal.SIGCONT)
            if storms % 20 == 0:
                worker.signal(signal.SIGHUP)
        storms += 1
        time.sleep(0.001)
    told = checker.check(stack, petition, load)
    only_accepted(load)
    told["storms"] = storms
    return told


def test_O12_two_processes_in_one_slot_and_two_versions_at_once(stack):
    """Both die at random while they write; sums stay equal."""
    other = os.path.join(stack.run, "countersignd.other")
    shutil.copy(rig.WORKER, other)
    workers = [rig.Worker(stack, f"shared{n}", slot=7, program=program) for n, program in enumerate((rig.WORKER, other))]
    front = rig.Front(stack, workers)
    petition = front.petition(stack.petition("shared").slug)
    for worker in workers:
        worker.knows(petition.slug)
    load = checker.Load(stack, petition, "-c", 24, "-r", 300, "-x", 10)
    for turn in range(6):
        time.sleep(0.35)
        worker = workers[turn % 2]
        worker.signal(signal.SIGKILL)
        worker.process.wait()
        worker.start()
        worker.wait_ready()
    told = checker.check(stack, petition, load)
    only_accepted(load)
    slots = stack.psql("SELECT count(*) FROM countersign.tally t JOIN countersign.petition p ON p.id = t.petition_id "
                       f"WHERE p.slug = '{petition.slug}'")
    assert slots == "1", slots
    return told
