"""I11, I12: nobody learns who has signed - not from an answer, its size, its headers, its time, nor from the database."""
import json
import re
import statistics
import subprocess
import time

from cases import each
from client import compose
from stack import API, BUILD, JSON

ROUNDS, MANY_ROUNDS = 60, 400


def person_in(stack, slug, state):
    """An address that is in this state before it is used again."""
    if state == "blocked":
        return f"{stack.unique('b')}.{stack.mark}@{stack.blocked_domain}"
    if state == "role":
        return f"noreply@{stack.unique('r')}{stack.mark}.example"
    address = stack.address()
    if state == "new":
        return address
    assert stack.sign(slug, email=address).status == 202
    if state == "over-limit":
        for _ in range(5):
            assert stack.sign(slug, email=address).status == 202
    if state in ("confirmed", "withdrawn", "invalidated"):
        token = stack.token(slug, address)
        assert (stack.withdraw if state == "withdrawn" else stack.confirm)(token).status == 200
    if state == "invalidated":
        row = next(row for row in stack.export(slug) if row["email"] == address)
        assert stack.cli("invalidate", slug, "--ids", "-", "--reason", "a test", input=f"{row['id']}\n").returncode == 0
    return address


STATES = ("new", "pending", "confirmed", "withdrawn", "invalidated", "over-limit", "blocked", "role")


def without_date(answer):
    head = re.sub(rb"\r\nDate: [^\r]*", b"", answer.raw_head)
    return answer.status, head, answer.body


@each([("email", "email"), ("none", "none")])
def test_I11_signing_is_answered_byte_by_byte_the_same(stack, case):
    slug = stack.petition(confirmation=case)
    seen = {}
    for state in STATES if case == "email" else ("new", "confirmed", "withdrawn", "blocked", "role"):
        address = person_in(stack, slug, state)
        seen.setdefault(without_date(stack.sign(slug, email=address)), []).append(state)
    assert len(seen) == 1, seen
    (status, head, body), _ = seen.popitem()
    assert status == 202 and json.loads(body) == {"status": "accepted", "confirmation": case}
    assert b"Cache-Control: no-store" in head


def test_I12_asking_for_the_letter_again_is_answered_the_same(stack):
    slug = stack.petition()
    usual = without_date(stack.sign(slug))
    for state in STATES:
        address = person_in(stack, slug, state)
        assert without_date(stack.resend(slug, address)) == usual, state
    assert without_date(stack.resend(slug, stack.address())) == usual


def test_I12_tokens_tell_of_nobody(stack):
    slug = stack.petition()
    seen = set()
    for state in ("pending", "withdrawn", "invalidated"):
        address = person_in(stack, slug, state)
        token = stack.token(slug, address)
        wrong = token[:-2] + ("AA" if token[-2:] != "AA" else "BA")
        seen.add(without_date(stack.confirm(wrong)))
        seen.add(without_date(stack.withdraw(wrong)))
        if state != "pending":
            seen.add(without_date(stack.confirm(token)))
    seen.add(without_date(stack.confirm("unknown")))
    assert len(seen) == 1 and seen.pop()[0] == 404


def timed(connection, data):
    started = time.perf_counter()
    connection.send(data)
    answer = connection.read_answer()
    assert answer.status in (202, 404), answer
    return time.perf_counter() - started


def distance(first, second):
    """The chance that one of the first took longer than one of the second: 0.5 when nothing can be told."""
    wins = sum((a > b) + (a == b) / 2 for a in first for b in second)
    return wins / (len(first) * len(second))


def compare_times(stack, requests):
    """`requests`: for each kind a list of bytes. They are sent in turns, so that what else goes on meets all alike."""
    times = {kind: [] for kind in requests}
    with stack.connect() as connection:
        for round_ in range(min(len(one) for one in requests.values())):
            for kind in requests:
                times[kind].append(timed(connection, requests[kind][round_]))
    return times


def assert_alike(stack, make):
    """No kind of request can be told from the others by its time: neither its middle nor its order."""
    for attempt in range(3):
        times = compare_times(stack, make())
        middles = {kind: statistics.median(values) for kind, values in times.items()}
        least, most = min(middles.values()), max(middles.values())
        told = max(abs(distance(a, b) - 0.5) for a in times.values() for b in times.values())
        if most - least < max(0.6 * least, 0.002) and told < 0.2:
            return
        assert attempt < 2, ({kind: f"{middle * 1000:.2f} ms" for kind, middle in middles.items()}, told)


def test_I11_signing_takes_as_long_for_everybody(stack):
    slug = stack.petition()

    def make():
        requests = {}
        for state in ("new", "pending", "confirmed", "blocked"):
            # Of those who are there already one after the other comes again, so that no row is hot.
            requests[state] = []
            for _ in range(ROUNDS):
                person = stack.person(email=person_for_time(stack, slug, state))
                headers = [JSON, ("X-Forwarded-For", stack.caller())]
                requests[state].append(compose("POST", f"{API}/{slug}/signatures", headers, json.dumps(person).encode()))
        confirm_all(stack, slug)
        return requests

    assert_alike(stack, make)


def person_for_time(stack, slug, state):
    if state in ("new", "blocked"):
        return person_in(stack, slug, state)
    address = f"{state}{stack.unique()}.{stack.mark}@example.org"
    assert stack.sign(slug, email=address).status == 202
    return address


def confirm_all(stack, slug):
    for letter in stack.letters(slug):
        if letter["address"].startswith("confirmed") and letter["kind"] == 1:
            assert stack.confirm(letter["token"]).status == 200


def t_value(first, second):
    """Welch's t, of all but the slowest twentieth: what else the machine did in them tells nothing."""
    a, b = (sorted(values)[: len(values) * 19 // 20] for values in (first, second))
    return (statistics.mean(a) - statistics.mean(b)) / (statistics.variance(a) / len(a) + statistics.variance(b) / len(b)) ** 0.5


def test_I11_hundreds_of_tries_tell_nothing(stack):
    slug = stack.petition()
    for attempt in range(3):
        requests = {"new": [], "pending": []}
        for state, made in requests.items():
            for _ in range(MANY_ROUNDS):
                person = stack.person(email=person_for_time(stack, slug, state))
                headers = [JSON, ("X-Forwarded-For", stack.caller())]
                made.append(compose("POST", f"{API}/{slug}/signatures", headers, json.dumps(person).encode()))
        times = compare_times(stack, requests)
        told = t_value(times["pending"], times["new"])
        if abs(told) < 4.5:
            return
        assert attempt < 2, (told, {kind: f"{statistics.median(values) * 1000:.3f} ms" for kind, values in times.items()})


def test_I12_a_wrong_token_takes_as_long_as_any_other(stack):
    slug = stack.petition()
    for _ in range(ROUNDS):
        stack.signed(slug)
    tokens = [letter["token"] for letter in stack.letters(slug)]
    for token in tokens:
        assert stack.withdraw(token).status == 200

    def make():
        kinds = {
            "unknown": lambda n: "A" * 45 + "Aa"[n % 2],
            "cut": lambda n: tokens[n][:20],
            "over": lambda n: tokens[n],
            "almost": lambda n: tokens[n][:-2] + ("AA" if tokens[n][-2:] != "AA" else "BA"),
        }
        requests = {}
        for kind, token in kinds.items():
            requests[kind] = []
            for number in range(ROUNDS):
                headers = [JSON, ("X-Forwarded-For", stack.caller())]
                data = json.dumps({"token": token(number)}).encode()
                requests[kind].append(compose("POST", "/api/v1/confirmations", headers, data))
        return requests

    assert_alike(stack, make)


def test_nothing_public_moves_when_an_unconfirmed_person_signs(stack):
    slug = stack.petition()

    def public():
        time.sleep(1.1)
        paths = ("", "/count", "/breakdown", "/series", "/signatures/recent")
        return [(answer.body, answer.get("ETag")) for answer in (stack.get(f"{API}/{slug}{path}") for path in paths)]

    before = public()
    address = stack.signed(slug, show_name=True, country="ES", comment="Here")
    stack.resend(slug, address)
    assert public() == before


def test_a_dump_holds_neither_name_nor_address_nor_token(stack):
    slug = stack.petition(confirmation="none")
    # Other tests have people who chose to be shown, in the clear: this word is nobody else's.
    word = "dump" + stack.mark
    address = stack.signed(slug, email=f"{word}@example.org", given_name=word, family_name=word, locality=word, comment=word,
                           postal_code="SW1A 1AA", source="mail", referrer="friend", locale="en-GB")  # fmt: skip
    pending = stack.petition()
    stack.signed(pending, email=f"{word}2@example.org", given_name=word)
    tokens = [letter["token"] for letter in stack.letters(slug) + stack.letters(pending)]
    dump = subprocess.run(["pg_dump", "-h", stack.sockets, "-U", "countersign_owner", "countersign"], capture_output=True, check=True).stdout
    assert b"COPY countersign.signature" in dump
    words = [word, address, "SW1A 1AA", *tokens]
    for word in words:
        for form in (word.encode(), word.encode().hex().encode(), word.upper().encode()):
            assert form not in dump, word
    redis = subprocess.run(["redis-cli", "-s", f"{stack.sockets}/redis.sock", "--scan"], capture_output=True, check=True).stdout
    assert stack.mark.encode() not in redis and b"10." not in redis
    for key in redis.split():
        assert key.startswith(b"cs:"), key
        # -2: it has just ended.
        assert stack.redis("pttl", key.decode()) != "-1", f"{key} has no time to live"


def test_sealed_rows_of_ordinary_people_are_of_one_size(stack):
    slug = stack.petition()
    stack.signed(slug, given_name="A")
    stack.signed(slug, given_name="A" * 60, family_name="B" * 60, locality="C" * 40)
    for table in ("signature", "letter"):
        sizes = stack.rows(
            f"SELECT DISTINCT octet_length(t.sealed) FROM countersign.{table} t JOIN countersign.petition p"
            " ON p.id = t.petition_id WHERE p.slug = %s", slug)  # fmt: skip
        assert len(sizes) == 1, (table, sizes)


def test_the_role_of_the_worker_can_read_nobody(stack):
    for table in ("signature", "letter", "letter_quota", "epoch_key", "shown", "tally"):
        done = subprocess.run(["psql", "-h", stack.sockets, "-U", "countersign_worker", "-d", "countersign", "-qAtc", f"SELECT 1 FROM countersign.{table} LIMIT 1"],
                              capture_output=True, text=True, check=False)  # fmt: skip
        assert "permission denied" in done.stderr, (table, done)


def test_the_worker_cannot_open_what_it_sealed(stack):
    done = subprocess.run(["nm", f"{BUILD}/countersignd"], capture_output=True, text=True, check=True).stdout
    for name in ("unseal_row", "unseal_epoch", "keypair_read", "crypto_box_seal_open", "xchacha20poly1305_ietf_decrypt"):
        assert name not in done, name
