"""I and T9: who is who, what is too much, and tokens that are tried again or made up."""
import contextlib
import json
import os
import random
import re
import string
import subprocess
import threading
import time

import fastcgi
from cases import each
from client import compose, wait_until
from stack import API, BUILD, JSON, TOP
from test_http import problem

BURST, PER_HOUR, TOKENS, LETTERS = 250, 1000, 60, 5


def sign_many(stack, slug, count, callers, headers=()):
    """Signs `count` times from these callers in turn, on one connection each thread; statuses in no order."""
    statuses, lock = [], threading.Lock()
    addresses = [stack.person() for _ in range(count)]

    def work(mine):
        with stack.connect() as connection:
            for number, person in mine:
                caller = callers[number % len(callers)]
                lines = [JSON, ("X-Forwarded-For", caller), *headers]
                connection.send(compose("POST", f"{API}/{slug}/signatures", lines, json.dumps(person).encode()))
                answer = stack.checked(connection.read_answer())
                with lock:
                    statuses.append(answer)

    shares = [list(enumerate(addresses))[n::8] for n in range(8)]
    threads = [threading.Thread(target=work, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(statuses) == count
    return statuses


def passed(answers):
    return sum(answer.status == 202 for answer in answers)


def limited(answer, name, burst):
    """A 429 as the contract has it."""
    problem(answer, 429, "too_many_requests")
    wait = answer.get("Retry-After")
    assert re.fullmatch("[1-9][0-9]*", wait), answer
    assert answer.get("RateLimit") == f'"{name}";r=0;t={wait}', answer
    policy = re.fullmatch(f'"{name}";q={burst};w=([1-9][0-9]*)', answer.get("RateLimit-Policy"))
    assert policy, answer
    assert answer.get("Cache-Control") == "no-store"
    return int(wait)


FORGED = ("X-Real-IP", "Forwarded", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP", "X-Cluster-Client-IP", "REMOTE_ADDR", "X-Original-For")


def test_I1_what_a_client_says_of_itself_does_not_count(stack):
    slug = stack.petition()
    caller = stack.caller()
    answers = sign_many(stack, slug, BURST, [caller])
    assert passed(answers) == BURST
    for name in FORGED:
        value = f"for={stack.caller()}" if name == "Forwarded" else stack.caller()
        limited(stack.sign(slug, [("X-Forwarded-For", caller), (name, value)]), "signing", BURST)
    # Only the last hop was written by the trusted proxy.
    limited(stack.sign(slug, [("X-Forwarded-For", f"{stack.caller()}, {caller}")]), "signing", BURST)
    assert stack.sign(slug, [("X-Forwarded-For", f"{caller}, {stack.caller()}")]).status == 202
    assert stack.stored(slug) == BURST + 1


def test_I2_only_the_listed_proxy_is_believed(stack):
    slug = stack.petition()
    caller = stack.caller()
    assert passed(sign_many(stack, slug, BURST, [caller])) == BURST
    # The same caller behind a proxy that nobody has listed: its word about others is not taken.
    answer = stack.sign(slug, [("X-Forwarded-For", f"127.0.0.1, {stack.caller()}, {caller}")])
    limited(answer, "signing", BURST)
    for nonsense in ("unknown", "_hidden", "999.1.1.1", "localhost", ""):
        assert stack.sign(slug, [("X-Forwarded-For", nonsense)]).status == 202, nonsense


def test_I3_ipv4_in_ipv6_is_the_same_caller(stack):
    slug = stack.petition()
    caller = stack.caller()
    assert passed(sign_many(stack, slug, BURST, [caller, f"::ffff:{caller}"])) == BURST
    for spelling in (caller, f"::ffff:{caller}", f"::FFFF:{caller}", f"0:0:0:0:0:ffff:{caller}"):
        limited(stack.sign(slug, [("X-Forwarded-For", spelling)]), "signing", BURST)


def prefix(stack):
    """A /48 that nobody else has."""
    number = next(stack.callers)
    return f"2001:db8:{number & 0xFFFF:x}"


def test_I4_addresses_of_one_64_are_one_caller(stack):
    slug = stack.petition()
    net = prefix(stack)
    callers = [f"{net}:77:{number:x}:1:2:3" for number in range(1, 601)]
    answers = sign_many(stack, slug, BURST + 20, callers)
    assert passed(answers) == BURST, passed(answers)
    # Another /64 of the same /48 goes on.
    assert passed(sign_many(stack, slug, 20, [f"{net}:7700::1"])) == 20


@each([("56", (4, 0)), ("48", (16, 8))])
def test_I4_a_56_has_four_times_and_a_48_sixteen_times_as_much(stack, case):
    times, shift = case
    for _ in range(3):
        slug, net = stack.petition(), prefix(stack)
        callers = [f"{net}:{number << shift:x}::1" for number in range(200)]
        alone, started = stack.metric("countersign_limits_local_total"), time.monotonic()
        answers = sign_many(stack, slug, times * BURST + 100, callers)
        # What is given back meanwhile passes as well.
        given_back = int((time.monotonic() - started) * times * PER_HOUR / 3600) + 1
        # On a busy machine Redis may have been too slow once (R5): then each worker had limits of its own.
        if stack.metric("countersign_limits_local_total") == alone:
            break
    assert times * BURST <= passed(answers) <= times * BURST + given_back, (passed(answers), given_back)


def test_I5_two_hundred_people_behind_one_address(stack):
    slug = stack.petition(confirmation="none")
    answers = sign_many(stack, slug, 200, [stack.caller()])
    assert passed(answers) == 200
    assert stack.states(slug) == [0, 200, 0, 0]


def test_I6_T9_over_the_limit_nothing_is_stored_and_all_are_told_the_same(stack):
    slug = stack.petition(confirmation="none")
    caller = stack.caller()
    known = stack.person()
    assert stack.post(f"{API}/{slug}/signatures", known, caller=caller).status == 202
    sign_many(stack, slug, BURST - 1, [caller])
    answers = [stack.sign(slug, caller=caller), stack.post(f"{API}/{slug}/signatures", known, caller=caller),
               stack.sign("demo", caller=caller, family_name="X"), stack.resend(slug, known["email"], caller=caller)]  # fmt: skip
    waits = [limited(answer, "signing", BURST) for answer in answers]
    assert len({answer.body for answer in answers}) == 1
    assert all(1 <= wait <= 3600 // PER_HOUR + 1 for wait in waits), waits
    assert stack.stored(slug) == BURST
    time.sleep(max(waits) + 0.1)
    assert stack.sign(slug, caller=caller).status == 202, "Retry-After was too short"
    assert stack.stored(slug) == BURST + 1


def test_I7_exactly_so_many_pass_in_parallel(stack):
    slug = stack.petition(confirmation="none")
    for extra in (0, 1, 40):
        caller = stack.caller()
        started = time.monotonic()
        answers = sign_many(stack, slug, BURST + extra, [caller])
        given_back = int((time.monotonic() - started) * PER_HOUR / 3600) + 1
        assert BURST <= passed(answers) <= BURST + min(extra, given_back), (extra, passed(answers))
        assert passed(answers) + sum(answer.status == 429 for answer in answers) == BURST + extra


@contextlib.contextmanager
def worker_with_another_clock(stack, seconds):
    """A third worker, whose wall clock is so much ahead; the path of its socket."""
    library, offset = os.path.join(stack.run, "clock.so"), os.path.join(stack.run, "clock")
    source = os.path.join(TOP, "tests/faults/clock.c")
    subprocess.run([os.environ.get("CC", "cc"), "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", library, source], check=True)
    with open(offset, "w", encoding="ascii") as file:
        file.write(str(seconds))
    path = os.path.join(stack.sockets, "third.sock")
    operators = f"unix:{stack.sockets}/third.operators.sock"
    environment = dict(os.environ, LD_PRELOAD=library, FAULTS_CLOCK=offset, COUNTERSIGN_SOCKET=path, COUNTERSIGN_SLOT="3",
                       COUNTERSIGN_OPERATORS_LISTEN=operators, ASAN_OPTIONS="verify_asan_link_order=0")  # fmt: skip
    command = [os.path.join(BUILD, "countersignd"), "--config", os.path.join(stack.run, "countersign.conf")]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: os.path.exists(path) and knows(path), 15, "the third worker serves")
        yield path
    finally:
        process.terminate()
        assert process.wait(10) == 0


def knows(path):
    try:
        return fastcgi.ask(path, fastcgi.parameters("GET", f"{API}/demo")).status == 200
    except OSError:
        return False


def test_I8_workers_whose_clocks_differ_decide_the_same(stack):
    slug = stack.petition()
    for seconds in (5, -3600):
        with worker_with_another_clock(stack, seconds) as third:
            wait_until(lambda p=third: fastcgi.ask(p, fastcgi.parameters("GET", f"{API}/{slug}")).status == 200, 5)
            caller, statuses = stack.caller(), []
            started = time.monotonic()
            for number in range(BURST + 20):
                data = json.dumps(stack.person()).encode()
                values = fastcgi.parameters("POST", f"{API}/{slug}/signatures", data, REMOTE_ADDR=caller)
                statuses.append(fastcgi.ask((third, stack.worker_socket(1))[number % 2], values, data).status)
            given_back = int((time.monotonic() - started) * PER_HOUR / 3600) + 1
            assert BURST <= statuses.count(202) <= BURST + given_back, (seconds, statuses.count(202))
            assert statuses[:BURST] == [202] * BURST, seconds


def test_I10_a_mailbox_gets_no_more_letters_than_the_limit(stack):
    first, second = stack.petition(), stack.petition(confirmation="none")
    victim = stack.address()
    bodies = set()
    for number in range(100):
        slug = (first, second)[number % 2]
        answer = stack.sign(slug, email=victim) if number % 3 else stack.resend(slug, victim)
        assert answer.status == 202
        bodies.add((slug, answer.body))
    assert len(bodies) == 2
    owed = [len(stack.letters(slug, victim)) for slug in (first, second)]
    # The first letter about each petition is owed without asking: only the mailer holds it to the limit.
    assert sum(count - 1 for count in owed) == LETTERS - 1, owed
    assert stack.stored(first) == stack.stored(second) == 1


def test_I10_of_one_petition_alone_too(stack):
    slug = stack.petition()
    victim = stack.address()
    for _ in range(20):
        assert stack.sign(slug, email=victim).status == 202
    assert len(stack.letters(slug, victim)) == LETTERS


# ---- tokens ----


def bad(answer):
    problem(answer, 404, "invalid_token")
    return answer.body


def pending(stack, slug):
    address = stack.signed(slug)
    return address, stack.token(slug, address)


def test_I13_guessing(stack):
    slug = stack.petition()
    pending(stack, slug)
    caller = stack.caller()
    letters = string.ascii_letters + string.digits + "-_"
    answers = []
    for number in range(TOKENS + 5):
        guess = "".join(random.choices(letters, k=46))
        answers.append((stack.confirm if number % 2 else stack.withdraw)(guess, caller=caller))
    assert [answer.status for answer in answers[:TOKENS]] == [404] * TOKENS
    assert len({answer.body for answer in answers[:TOKENS]}) == 1
    assert [answer.status for answer in answers[TOKENS + 1 :]] == [429] * 4, [answer.status for answer in answers]
    wait = limited(answers[-1], "tokens", TOKENS)
    assert wait <= 5
    # Neither a good token nor a signature of the same caller's neighbour suffers.
    assert stack.sign(slug, caller=caller).status == 202
    assert stack.states(slug)[1:] == [0, 0, 0]


def test_I13_a_good_token_waits_its_turn_too(stack):
    slug = stack.petition()
    _, token = pending(stack, slug)
    caller = stack.caller()
    for _ in range(TOKENS + 1):
        stack.confirm("x", caller=caller)
    wait = limited(stack.confirm(token, caller=caller), "tokens", TOKENS)
    assert stack.states(slug) == [1, 0, 0, 0]
    time.sleep(wait + 0.1)
    assert stack.confirm(token, caller=caller).status == 200


def test_one_click_of_a_providers_users_is_many_from_one_address(stack):
    """RFC 8058: the mail provider posts it, and nobody sees that it was refused."""
    slug = stack.petition()
    _, token = pending(stack, slug)
    lines = [("X-Forwarded-For", stack.caller()), ("Content-Type", "application/x-www-form-urlencoded")]
    seen = []
    with stack.connect() as connection:
        while len(seen) < 20 * TOKENS and (not seen or seen[-1].status != 429):
            to = token if len(seen) == 2 * TOKENS else "A" * 46
            connection.send(compose("POST", f"/u/{to}", lines, b"List-Unsubscribe=One-Click"))
            seen.append(stack.checked(connection.read_answer()))
    assert len(seen) > 10 * TOKENS and [answer.status for answer in seen[: 2 * TOKENS + 1]] == [404] * 2 * TOKENS + [200]
    limited(seen[-1], "unsubscribing", 10 * TOKENS)


def test_I14_tokens_that_are_almost_right(stack):
    slug = stack.petition()
    _, token = pending(stack, slug)
    flipped = token.swapcase()
    last = token[:-1] + ("A" if token[-1] != "A" else "B")
    tries = ["", token[:-1], token[1:], token + "A", token + "=", token + "==", token.upper(), token.lower(), flipped, last, " " + token, token + "\n",
             "%2D".join(token.split("-")) if "-" in token else "%41" + token[1:], token.replace("-", "+").replace("_", "/") + "=", token * 2,
             token[:23] + "\u200b" + token[23:], token + "é", "null", "x" * 10000, "0" * 46, "\u0661" * 46]  # fmt: skip
    bodies = {bad(action(attempt)) for attempt in tries if attempt != token for action in (stack.confirm, stack.withdraw)}
    assert len(bodies) == 1
    assert stack.states(slug) == [1, 0, 0, 0]
    answer = stack.confirm(token)
    assert (answer.status, answer.json()) == (200, {"status": "confirmed", "petition": slug})


def test_I15_a_token_moves_only_its_own_petition(stack):
    one, two = stack.petition(), stack.petition()
    address = stack.signed(one)
    assert stack.sign(two, email=address).status == 202
    answer = stack.confirm(stack.token(one, address))
    assert answer.json()["petition"] == one
    assert stack.states(one) == [0, 1, 0, 0] and stack.states(two) == [1, 0, 0, 0]
    # A token names its petition by itself: a caller cannot say another.
    assert stack.post("/api/v1/confirmations", {"token": stack.token(two, address), "petition": one}).status == 422
    assert stack.states(two) == [1, 0, 0, 0]


def at_once(count, action):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(action())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_I16_one_token_fifty_times_at_once(stack):
    slug = stack.petition()
    _, token = pending(stack, slug)
    answers = at_once(50, lambda: stack.confirm(token))
    assert {(answer.status, answer.body) for answer in answers} == {(200, b'{"status":"confirmed","petition":"%s"}' % slug.encode())}, answers
    assert stack.tally(slug) == 1
    answers = at_once(50, lambda: stack.withdraw(token))
    assert {(answer.status, answer.body) for answer in answers} == {(200, b'{"status":"withdrawn","petition":"%s"}' % slug.encode())}, answers
    assert stack.tally(slug) == 0 and stack.states(slug) == [0, 0, 1, 0]


def ids_of(stack, slug):
    return [row["id"] for row in stack.export(slug)]


def test_I17_tokens_that_are_over_are_all_the_same(stack):
    unknown = bad(stack.confirm("A" * 46))
    slug = stack.petition()
    # Expired.
    address, token = pending(stack, slug)
    stack.rows("UPDATE countersign.letter l SET expires_at = now() - interval '1 second' FROM countersign.petition p"
               " WHERE p.id = l.petition_id AND p.slug = %s", slug)  # fmt: skip
    assert bad(stack.confirm(token)) == bad(stack.withdraw(token)) == unknown
    # Withdrawn.
    address, token = pending(stack, slug)
    assert stack.withdraw(token).status == 200
    assert bad(stack.confirm(token)) == unknown
    # Invalidated.
    address, token = pending(stack, slug)
    assert stack.confirm(token).status == 200
    row = next(row for row in stack.export(slug) if row["email"] == address)
    done = stack.cli("invalidate", slug, "--ids", "-", "--reason", "a test", input=f"{row['id']}\n")
    assert done.returncode == 0, done.stderr
    assert bad(stack.confirm(token)) == bad(stack.withdraw(token)) == unknown
    assert stack.states(slug) == [1, 0, 1, 1]


def test_I18_a_request_of_yesterday_again(stack):
    slug = stack.petition()
    person = stack.person()
    assert stack.post(f"{API}/{slug}/signatures", person).status == 202
    stack.rows("UPDATE countersign.signature s SET signed_at = signed_at - interval '1 day', changed_at = changed_at - interval '1 day'"
               " FROM countersign.petition p WHERE p.id = s.petition_id AND p.slug = %s", slug)  # fmt: skip
    assert stack.post(f"{API}/{slug}/signatures", person).status == 202
    assert stack.stored(slug) == 1


def test_I20_a_petition_that_closes_before_the_click(stack):
    slug = stack.petition()
    people = [pending(stack, slug) for _ in range(3)]
    stack.rows("UPDATE countersign.petition SET confirm_grace = interval '3 seconds' WHERE slug = %s", slug)
    stack.move(slug, "closed")
    closed = stack.value("SELECT closed_at FROM countersign.petition WHERE slug = %s", slug)
    problem(stack.sign(slug), 410, "petition_closed")
    assert stack.confirm(people[0][1]).status == 200
    # To the second: a moment before the end of the grace, and a moment after it.
    left = 3 - float(stack.value("SELECT extract(epoch FROM clock_timestamp() - %s)", closed))
    if left > 0.5:
        time.sleep(left - 0.4)
        assert stack.confirm(people[1][1]).status == 200
    time.sleep(max(0, 3.1 - float(stack.value("SELECT extract(epoch FROM clock_timestamp() - %s)", closed))))
    bad(stack.confirm(people[2][1]))
    # Who confirmed in time is not told otherwise while that can be known; taking a name back stays possible.
    assert stack.withdraw(people[0][1]).status == 200
    assert stack.withdraw(people[2][1]).status == 200


def test_I20_a_date_of_closing_that_has_passed(stack):
    slug = stack.petition()
    _, token = pending(stack, slug)
    stack.rows("UPDATE countersign.petition SET closes_at = now() + interval '1 second', confirm_grace = interval '2 seconds' WHERE slug = %s", slug)
    time.sleep(1.5)
    problem(stack.sign(slug), 410, "petition_closed")
    assert stack.get(f"{API}/{slug}").json()["state"] == "closed"
    time.sleep(2)
    bad(stack.confirm(token))


PUBLIC = ("", "/count", "/breakdown", "/series", "/signatures/recent")


def test_I21_unknown_and_draft_are_equal(stack):
    draft = stack.petition(state="draft")
    for path in PUBLIC:
        answers = [stack.get(f"{API}/{slug}{path}") for slug in (draft, "no-such-petition", "0")]
        assert {answer.status for answer in answers} == {404}, answers
        assert len({answer.body for answer in answers}) == 1
        assert len({tuple(name for name, _ in answer.headers) for answer in answers}) == 1
    for path in ("/signatures", "/confirmation-requests"):
        answers = [stack.post(f"{API}/{slug}{path}", stack.person()) for slug in (draft, "no-such-petition", "0")]
        assert {(answer.status, answer.body) for answer in answers} == {(404, answers[0].body)}, answers
    assert stack.stored(draft) == 0


@each([("confirmations", "/api/v1/confirmations"), ("withdrawals", "/api/v1/withdrawals")])
def test_a_token_that_is_no_string(stack, case):
    for value in (1, None, True, [], {}, ["x"]):
        problem(stack.post(case, {"token": value}), 422, "invalid_fields")
    problem(stack.post(case, {}), 422, "invalid_fields")


def test_I10_workers_sweep_what_mailboxes_were_granted_yesterday(stack):
    stack.rows("INSERT INTO letter_quota (mailbox, since, n, granted) SELECT decode(md5('sweep' || i), 'hex'),"
               " now() - i * interval '1 hour', 1, 1 FROM generate_series(20, 28) i")  # fmt: skip
    left = "SELECT count(*), count(*) FILTER (WHERE since > now() - interval '24 hours') FROM letter_quota"
    fresh = stack.rows(left)[0][1]
    assert fresh >= 4
    wait_until(lambda: stack.rows(left)[0] == (fresh, fresh), 15, "what is older than a day is gone, the rest is not")
