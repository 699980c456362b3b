"""The live number: what it says, how it is cached, and that it is the table's."""
import email.utils
import json
import os
import re
import signal
import threading
import time

from cases import expects_errors
from client import compose, wait_until
from stack import API, JSON, WORKERS
from test_http import problem

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def get(stack, slug, headers=()):
    answer = stack.get(f"{API}/{slug}/count", headers)
    assert answer.status == 200, answer
    return answer


def test_what_the_count_says(stack):
    slug = stack.petition(goal=1500)
    answer = get(stack, slug)
    value = answer.json()
    assert set(value) == {"petition", "count", "goal", "state", "as_of", "exact", "poll_after"}, value
    assert value["petition"] == slug and value["count"] == 0 and value["goal"] == 1500 and value["state"] == "open"
    assert value["exact"] is True and TIME.fullmatch(value["as_of"]) and value["poll_after"] == 5
    assert answer.get("Content-Type") == "application/json; charset=utf-8"
    assert re.fullmatch(r"public, max-age=1, stale-while-revalidate=\d+, stale-if-error=\d+", answer.get("Cache-Control")), answer
    assert answer.get("Access-Control-Allow-Origin") == "*" and answer.get("Access-Control-Allow-Credentials") is None
    assert answer.get("Set-Cookie") is None and answer.get("Date")


def test_no_goal_is_null(stack):
    slug = stack.petition(goal=None)
    assert get(stack, slug).json()["goal"] is None
    assert stack.get(f"{API}/{slug}").json()["goal"] is None


def test_the_count_moves_by_what_counts(stack):
    slug = stack.petition()
    people = [stack.signed(slug) for _ in range(3)]
    stack.expect_count(slug, 0)
    tokens = [stack.token(slug, address) for address in people]
    for number, token in enumerate(tokens, 1):
        assert stack.confirm(token).status == 200
        stack.expect_count(slug, number)
    assert stack.withdraw(tokens[0]).status == 200
    stack.expect_count(slug, 2)
    row = stack.export(slug, "confirmed")[0]
    done = stack.cli("invalidate", slug, "--ids", "-", "--reason", "a test", input=f"{row['id']}\n")
    assert done.returncode == 0, done.stderr
    stack.expect_count(slug, 1, 6)


def test_the_etag_stands_for_what_counts(stack):
    slug = stack.petition(confirmation="none", goal=10)
    first = get(stack, slug)
    tag = first.get("ETag")
    time.sleep(1.2)
    assert get(stack, slug).get("ETag") == tag, "an unchanged number has a new tag"
    assert stack.get(f"{API}/{slug}/count", [("If-None-Match", tag)]).status == 304
    stack.signed(slug)
    changed = wait_until(lambda: (answer := stack.get(f"{API}/{slug}/count", [("If-None-Match", tag)])).status == 200 and answer, 3)
    assert changed.json()["count"] == 1 and changed.get("ETag") != tag
    assert changed.json()["as_of"] > first.json()["as_of"]
    tag = changed.get("ETag")
    stack.move(slug, "closed")
    closed = wait_until(lambda: (answer := get(stack, slug)).json()["state"] == "closed" and answer, 4)
    assert closed.get("ETag") != tag and closed.json()["count"] == 1


def test_the_tag_is_the_same_from_both_workers(stack):
    slug = stack.petition(confirmation="none")
    stack.signed(slug)
    stack.expect_count(slug, 1)

    def tags():
        answers = [stack.worker_get(f"{API}/{slug}/count", number) for number in WORKERS]
        return {(answer.headers["ETag"], json.loads(answer.body)["as_of"]) for answer in answers}

    wait_until(lambda: len(tags()) == 1, 3, "both workers say the same")


def test_a_worker_answers_304_itself(stack):
    slug = stack.petition()
    tag = stack.worker_get(f"{API}/{slug}/count").headers["ETag"]
    answer = stack.worker_get(f"{API}/{slug}/count", HTTP_IF_NONE_MATCH=f'"x", {tag}')
    assert answer.status == 304 and answer.body == b"" and answer.headers["ETag"] == tag, answer


def test_as_of_is_when_it_last_changed(stack):
    slug = stack.petition(confirmation="none")
    opened = stack.get(f"{API}/{slug}").json()["opened_at"]
    assert get(stack, slug).json()["as_of"] == opened
    person = stack.person()
    assert stack.post(f"{API}/{slug}/signatures", person).status == 202
    stack.expect_count(slug, 1)
    time.sleep(1.1)
    before = get(stack, slug).json()
    # The same again moves nothing.
    assert stack.post(f"{API}/{slug}/signatures", person).status == 202
    time.sleep(2.2)
    assert get(stack, slug).json() == before


def test_polls_are_answered_by_nginx(stack):
    slug = stack.petition()
    get(stack, slug)
    before = stack.metric("countersign_requests_total", '{class="2xx"}')
    started = time.monotonic()
    with stack.connect() as connection:
        for _ in range(400):
            connection.send(compose("GET", f"{API}/{slug}/count"))
            assert connection.read_answer().status == 200
    took = time.monotonic() - started
    asked = stack.metric("countersign_requests_total", '{class="2xx"}') - before
    assert asked <= took + 3, f"{asked} requests of 400 reached a worker in {took:.1f} s"


def test_nobody_is_told_a_number_that_is_older_than_it_says(stack):
    # max-age=1 and stale-while-revalidate=1: two seconds, also for who asks once and not again.
    slug = stack.petition()
    made = email.utils.parsedate_to_datetime(get(stack, slug).get("Date")).timestamp()
    while time.time() < made + 2.05:
        time.sleep(made + 2.06 - time.time())
    answer = get(stack, slug)
    assert email.utils.parsedate_to_datetime(answer.get("Date")).timestamp() >= made + 2, answer
    assert answer.get("X-Accel-Expires") is None, answer


def test_the_last_signature_of_a_burst_is_polled_within_3_seconds(stack):
    slug = stack.petition(confirmation="none")
    signed, lock = [], threading.Lock()

    def work():
        with stack.connect() as connection:
            for _ in range(75):
                headers = [JSON, ("X-Forwarded-For", stack.caller())]
                connection.send(compose("POST", f"{API}/{slug}/signatures", headers, json.dumps(stack.person()).encode()))
                assert connection.read_answer().status == 202
                with lock:
                    signed.append(time.monotonic())

    for _ in range(2):
        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        numbers = [stack.count(slug)]
        while any(thread.is_alive() for thread in threads):
            numbers.append(stack.count(slug))
            time.sleep(0.1)
        stack.expect_count(slug, len(signed), 3)
        assert numbers == sorted(numbers), f"the number went back: {numbers}"
        assert max(numbers) <= len(signed)
    assert stack.tally(slug) == len(signed) == 900


def test_the_three_numbers_of_the_command_line_are_equal(stack):
    slug = stack.petition(confirmation="none")
    for _ in range(3):
        stack.signed(slug)
    stack.expect_count(slug, 3)
    done = stack.cli("--json", "count", slug)
    assert done.returncode == 0, done.stderr
    assert "3" in done.stdout, done.stdout
    assert stack.cli("audit", slug).returncode == 0
    assert stack.cli("audit", "no-such-petition").returncode == 1


def test_a_difference_is_found_and_repaired_by_nobody(stack):
    slug = stack.petition(confirmation="none")
    stack.signed(slug)
    stack.rows("UPDATE countersign.tally t SET n = n + 1 FROM countersign.petition p WHERE p.id = t.petition_id AND p.slug = %s", slug)
    try:
        done = stack.cli("audit", slug)
        assert done.returncode == 1 and slug in done.stdout + done.stderr, done
        assert stack.tally(slug) == 2
    finally:
        stack.rows("UPDATE countersign.tally t SET n = n - 1 FROM countersign.petition p WHERE p.id = t.petition_id AND p.slug = %s", slug)


def test_an_emptied_redis_fills_itself_and_the_number_stands(stack):
    slug = stack.petition(confirmation="none")
    for _ in range(4):
        stack.signed(slug)
    stack.expect_count(slug, 4)
    stack.redis("FLUSHALL")
    numbers = []
    end = time.monotonic() + 3
    while time.monotonic() < end:
        numbers.append(stack.count(slug))
        time.sleep(0.1)
    assert set(numbers) == {4}, numbers
    wait_until(lambda: stack.redis("EXISTS", f"cs:count:{{{slug}}}") == "1", 15, "the count is published again")


@expects_errors("")
def test_without_postgres_the_last_number_is_told_as_such(stack):
    slug = stack.petition(confirmation="none")
    stack.signed(slug)
    stack.expect_count(slug, 1)
    before = get(stack, slug).json()
    pid = stack.pid("postgres")
    # Stopped, not dead: nobody starts it again, and no connection is refused.
    processes = [pid] + [int(child) for child in open(f"/proc/{pid}/task/{pid}/children", encoding="ascii").read().split()]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        stale = wait_until(lambda: (value := get(stack, slug).json())["exact"] is False and value, 15, "exact is false")
        assert (stale["count"], stale["as_of"]) == (1, before["as_of"]), stale
        problem_answer = stack.sign(slug)
        problem(problem_answer, 503, "unavailable")
        assert re.fullmatch("[1-9][0-9]*", problem_answer.get("Retry-After")), problem_answer
        assert stack.get(f"{API}/{slug}").status == 200
        for number in WORKERS:
            assert stack.operators("/readyz", number).status == 503
            assert stack.operators("/healthz", number).status == 200
    finally:
        for process in reversed(processes):
            os.kill(process, signal.SIGCONT)
    wait_until(lambda: get(stack, slug).json()["exact"] is True, 15, "exact is true again")
    wait_until(lambda: stack.sign(slug).status == 202, 15, "signing goes on")
    for number in WORKERS:
        wait_until(lambda n=number: stack.operators("/readyz", n).status == 200, 10)


def test_head_and_options_are_open_to_all(stack):
    origin = [("Origin", "https://anywhere.example")]
    answer = stack.http("OPTIONS", f"{API}/demo/count", None, [*origin, ("Access-Control-Request-Method", "GET")])
    assert answer.status == 204 and answer.get("Access-Control-Allow-Origin") == "*", answer
    answer = stack.http("HEAD", f"{API}/demo/count", None, origin)
    assert answer.status == 200 and answer.get("Access-Control-Allow-Origin") == "*", answer
    assert {"ETag", "Date", "Retry-After"} <= set(answer.get("Access-Control-Expose-Headers").split(", ")), answer
    answer = stack.get(f"{API}/no-such-petition/count", origin)
    assert answer.status == 404 and "Retry-After" in answer.get("Access-Control-Expose-Headers"), answer
