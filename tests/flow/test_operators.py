"""What operators see: health, metrics, logs, and a worker that is told to end or to read its files again."""
import contextlib
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time

import fastcgi
from cli import NO, cli, run
from client import wait_until
from stack import API, BUILD, IS_SANITIZED, WORKERS


def test_health(stack):
    for number in WORKERS:
        for path in ("/healthz", "/readyz"):
            answer = stack.operators(path, number)
            assert answer.status == 200, answer
            assert stack.operators(path, number, "HEAD").status == 200


def test_the_command_line_asks_whether_a_program_is_ready(stack):
    """As a container's health check does."""
    done = stack.cli("ready")
    assert (done.returncode, done.stdout) == (0, "ready\n"), done
    done = stack.cli("ready", f"{stack.sockets}/operators.2.sock")
    assert (done.returncode, done.stdout) == (0, "ready\n"), done
    done = stack.cli("ready", f"{stack.sockets}/nobody.sock")
    assert done.returncode == 3 and "nobody.sock: no answer" in done.stderr, done
    command = ["env", "COUNTERSIGN_OPERATORS_LISTEN=127.0.0.1:1", os.path.join(BUILD, "countersign"), "--config",
               os.path.join(stack.run, "countersign.conf"), "ready"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3 and "127.0.0.1:1: no answer" in done.stderr, done


@contextlib.contextmanager
def numbered_worker(stack, number):
    """One of many that were started from one configuration: whoever comes finds the lowest number that is free."""
    environment = dict(os.environ, COUNTERSIGN_SOCKET=f"{stack.sockets}/many.*.sock",
                       COUNTERSIGN_OPERATORS_LISTEN=f"unix:{stack.sockets}/many.{number}.operators.sock")  # fmt: skip
    command = [os.path.join(BUILD, "countersignd"), "--config", os.path.join(stack.run, "countersign.conf")]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    path = f"{stack.sockets}/many.{number}.sock"
    try:
        wait_until(lambda: answers(path), 15, f"worker {number} serves")
        yield process, path
    finally:
        process.terminate()
        process.wait(20)


def answers(path):
    try:
        return fastcgi.ask(path, fastcgi.parameters("GET", f"{API}/demo")).status == 200
    except OSError:
        return False


def test_P1_workers_of_one_configuration_share_no_number(stack):
    with numbered_worker(stack, 1) as (first, path), numbered_worker(stack, 2):
        first.kill()
        first.wait()
        assert os.path.exists(path) and not answers(path)
        with numbered_worker(stack, 1), numbered_worker(stack, 3) as (_, third):
            assert answers(path) and answers(third)
        assert not os.path.exists(third)


def test_nothing_else_is_there(stack):
    for path in ("/", "/nothing", "/metrics/", "/metrics/../healthz", "/api/v1/petitions", "//metrics"):
        assert stack.operators(path).status == 404, path
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "FOO"):
        answer = stack.operators("/metrics", 1, method)
        assert answer.status == 405, (method, answer)


def test_it_is_not_public(stack):
    for path in ("/healthz", "/readyz", "/metrics", "/api/metrics", "/api/v1/metrics"):
        assert stack.get(path).status == 404, path
    for number in WORKERS:
        mode = os.stat(os.path.join(stack.sockets, f"operators.{number}.sock")).st_mode & 0o777
        assert mode & 0o007 == 0, oct(mode)


def test_metrics_are_what_prometheus_likes(stack):
    stack.sign("demo", family_name="X")
    stack.get(f"{API}/nothing")
    for number in WORKERS:
        answer = stack.operators("/metrics", number)
        assert answer.status == 200 and answer.get("Content-Type").startswith("text/plain; version=0.0.4"), answer
        done = subprocess.run(["promtool", "check", "metrics"], input=answer.body, capture_output=True, check=False)
        assert done.returncode == 0 and not done.stderr.strip(), done.stderr.decode()


def test_metrics_count_what_happens(stack):
    slug = stack.petition()
    names = ("countersign_signings_total", "countersign_confirmations_total", "countersign_withdrawals_total", "countersign_confirmation_requests_total")
    before = [stack.metric(name) for name in names]
    address = stack.signed(slug)
    stack.resend(slug, address)
    token = stack.token(slug, address)
    stack.confirm(token)
    stack.withdraw(token)
    assert [stack.metric(name) for name in names] == [value + 1 for value in before]
    assert stack.metric("countersign_database_up") == stack.metric("countersign_redis_up") == len(WORKERS)


# What one write leaves behind at each of its stages.
STAGES = ("prepare_seconds", "queue_seconds", "limits_seconds", "batch_rows", "commit_seconds", "reply_seconds", "write_seconds", "publish_seconds")


def test_metrics_tell_each_stage_of_a_signature(stack):
    slug = stack.petition(confirmation="none")
    names = [f"countersign_{stage}_count" for stage in STAGES]
    before = [stack.metric(name) for name in names]
    stack.signed(slug)
    stack.expect_count(slug, 1)
    wait_until(lambda: all(stack.metric(name) > value for name, value in zip(names, before)), 10, "each stage has seen it")
    assert time.time() - 60 < stack.metric("countersign_published_timestamp_seconds", number=1) < time.time() + 60
    assert stack.metric("countersign_counts_told_total") > 0
    assert stack.metric("countersign_queue_limit", number=1) == 4096
    for number in WORKERS:
        opened, most = (stack.metric(f"process_{name}_fds", number=number) for name in ("open", "max"))
        assert 10 < opened < most, (opened, most)


def test_metrics_tell_who_is_turned_away_and_why(stack):
    slug = stack.petition()
    closed = stack.petition(state="closed")

    def refused(of, code):
        return stack.metric("countersign_refused_total", f'{{of="{of}",code="{code}"}}')

    cases = [
        ("sign", "invalid_fields", lambda: stack.sign(slug, email="no"), 422),
        ("sign", "invalid_json", lambda: stack.post(f"{API}/{slug}/signatures", b"{"), 400),
        ("sign", "petition_closed", lambda: stack.sign(closed), 410),
        ("write", "invalid_token", lambda: stack.confirm("x" * 46), 404),
        ("read", "not_found", lambda: stack.get(f"{API}/no-such-thing"), 404),
    ]
    for of, code, ask, status in cases:
        before = refused(of, code)
        answer = ask()
        assert answer.status == status, answer
        assert refused(of, code) == before + 1, (of, code)
    caller, before = "203.0.113.200", stack.metric("countersign_limited_total", '{limit="tokens"}')
    answers = [stack.confirm("x" * 46, caller=caller).status for _ in range(62)]
    assert answers[-1] == 429, answers
    assert stack.metric("countersign_limited_total", '{limit="tokens"}') == before + answers.count(429)


def test_metrics_and_labels_name_nobody(stack):
    slug = stack.petition()
    stack.signed(slug)
    for number in WORKERS:
        text = stack.operators("/metrics", number).body.decode()
        for word in (stack.mark, slug, "example.org", "10."):
            found = [line for line in text.splitlines() if word in line and not re.search(r" [0-9.e+-]+$", line)]
            assert not found, found
        assert stack.mark not in text and slug not in text


def test_logs_are_lines_of_json_with_level_and_time(stack):
    stack.sign("demo", family_name="X")
    for name, text in stack.logs().items():
        if name.startswith("countersignd"):
            for line in text.decode().splitlines():
                entry = json.loads(line)
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", entry["time"]), line
                assert entry["event"], line


def test_callers_are_in_no_log(stack):
    caller = "203.0.113.77"
    for _ in range(3):
        stack.sign("demo", caller=caller, family_name="X")
        stack.sign("demo", caller="2001:db8:dead:beef::1", email="no")
    stack.get("/nothing", caller=caller)
    stack.raw(b"GET /\x01 HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.77\r\n\r\n")
    time.sleep(1.2)
    for name, text in stack.logs().items():
        assert caller.encode() not in text and b"dead:beef" not in text, name


def test_doctor_finds_all_in_order(stack):
    done = stack.cli("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert stack.mark not in done.stdout + done.stderr


def test_hangup_reads_the_configuration_again(stack):
    slug = stack.petition()
    path = os.path.join(stack.run, "countersign.conf")
    with open(path, encoding="utf-8") as file:
        before = file.read()
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write("poll_after_s = 17\nlimit_petition_per_hour = 3600000\nredis_timeout_ms = 99\n")
        pids = [stack.pid(f"countersignd.{number}") for number in WORKERS]
        for pid in pids:
            os.kill(pid, signal.SIGHUP)
        for number in WORKERS:
            wait_until(lambda n=number: json.loads(stack.worker_get(f"{API}/{slug}/count", n).body)["poll_after"] == 17, 5)
        # What counts from the next start on is told, and nothing else.
        log = stack.logs()["countersignd.1.log"].decode()
        assert re.findall(r'"restart_wanted","name":"([a-z_]+)"', log) == ["redis_timeout_ms"], log[-2000:]
        # A file that is wrong is told of, and changes nothing.
        with open(path, "a", encoding="utf-8") as file:
            file.write("no_such_name = 1\n")
        for pid in pids:
            os.kill(pid, signal.SIGHUP)
        time.sleep(0.5)
        assert json.loads(stack.worker_get(f"{API}/{slug}/count").body)["poll_after"] == 17
        assert stack.sign(slug).status == 202
        log = stack.logs()["countersignd.1.log"].decode()
        assert "no_such_name" in log, log[-2000:]
        assert [stack.pid(f"countersignd.{number}") for number in WORKERS] == pids
    finally:
        with open(path, "w", encoding="utf-8") as file:
            file.write(before)
        for number in WORKERS:
            os.kill(stack.pid(f"countersignd.{number}"), signal.SIGHUP)
        for number in WORKERS:
            wait_until(lambda n=number: json.loads(stack.worker_get(f"{API}/{slug}/count", n).body)["poll_after"] == 5, 5)


test_hangup_reads_the_configuration_again.expected_errors = ("",)


def test_hangup_reads_the_public_keys_again(stack):
    path = os.path.join(stack.run, "keys", "public.keys")
    with open(path, encoding="ascii") as file:
        before = file.read()

    def hang_up(keys, event):
        with open(path, "w", encoding="ascii") as file:
            file.write(keys)
        seen = [stack.logs()[f"countersignd.{number}.log"].count(event) for number in WORKERS]
        for number, times in zip(WORKERS, seen):
            os.kill(stack.pid(f"countersignd.{number}"), signal.SIGHUP)
            wait_until(lambda n=number, t=times: stack.logs()[f"countersignd.{n}.log"].count(event) > t, 5)

    with tempfile.TemporaryDirectory() as folder:
        run("keygen", "--out", folder)
        with open(f"{folder}/organization.pub", encoding="ascii") as file:
            public = file.read()
        export = ["--key", f"{folder}/organization.key", "--format", "jsonl"]
        try:
            hang_up(before + public, b'"reloaded"')
            slug = stack.petition(confirmation="none")
            first = stack.signed(slug)
            # A file that is wrong is told of, and those of before stay.
            hang_up(before + "none\n", b'"reload_refused","what":"public_keys_file"')
            second = stack.signed(slug)
            opened = cli(stack, "export", slug, *export).stdout
            assert first in opened and second in opened, opened
        finally:
            hang_up(before, b'"reloaded"')
        slug = stack.petition(confirmation="none")
        stack.signed(slug)
        assert cli(stack, "export", slug, *export, code=NO).stdout == ""


test_hangup_reads_the_public_keys_again.expected_errors = ("reload_refused",)


def test_P8_P9_a_worker_that_is_asked_to_end_costs_nobody_an_error(stack):
    slug = stack.petition(confirmation="none")
    idle = [fastcgi.Peer(stack.worker_socket(1)) for _ in range(20)]
    for peer in idle[:10]:
        peer.send(b"\1")
    with signing(stack, slug) as (signed, failures):
        wait_until(lambda: signed, 10, "some sign")
        pid = stack.pid("countersignd.1")
        started = time.monotonic()
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"), 30, "the worker ends")
        took = time.monotonic() - started
        wait_until(lambda: stack.pid("countersignd.1") != pid and is_ready(stack, 1), 30, "it is started again")
        after = len(signed)
        wait_until(lambda: len(signed) > after + 20 or failures, 30, "they go on")
    for peer in idle:
        peer.close()
    assert not failures, failures[:3]
    # Who is half open is not waited for (that would be request_timeout_ms, 5 s). Sanitizers end slowly.
    assert took < (15 if IS_SANITIZED else 4), f"{took:.1f} s"
    assert stack.tally(slug) == len(signed)


@contextlib.contextmanager
def signing(stack, slug):
    """Four who sign all the time, whatever happens in between."""
    signed, failures, done = [], [], threading.Event()

    def work():
        while not done.is_set():
            answer = stack.sign(slug)
            (signed if answer.status == 202 else failures).append(answer)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield signed, failures
    finally:
        done.set()
        for thread in threads:
            thread.join()


def is_ready(stack, number):
    try:
        return stack.operators("/readyz", number).status == 200
    except OSError:
        return False


test_P8_P9_a_worker_that_is_asked_to_end_costs_nobody_an_error.restarts = True
