"""What a mail server says at each step, and what the mailer makes of it."""
import itertools
import os
import signal

from cases import each, expects_errors
from client import wait_until
from mail import SOON, Mailer, Sink, certificate, clear, closes_after, hurry, seed, states
from stack import free_port
from test_mail import SENT, arrives, once, people, remember, settled


def suppressed(stack):
    return stack.value("SELECT count(*) FROM countersign.mail_suppressed")


def by_step(rows):
    return each([(f"{step}_{word.split()[0]}_{word.split()[-1]}", (step, word)) for step, word in rows])


def login(stack, word="right"):
    path = f"{stack.run}/steps.password"
    with open(path, "w", encoding="ascii") as file:
        file.write(word + "\n")
    return {"SMTP_USER": "us", "SMTP_PASSWORD_FILE": path}


def in_haste(stack, slug, seconds=15):
    """No letter is owed, however long it should wait."""
    wait_until(lambda: hurry(stack) or all(row[0] for row in states(stack, slug)), seconds, "no letter is owed", 0.2)


# test_mail.py has the rows for 421 at connecting and at MAIL, and some at RCPT and the end.
FOR_ALL = [
    ("CONNECT", "close 554 5.3.2 closed"),
    ("CONNECT", "cut"),
    ("CONNECT", "drip 220 slow"),
    ("EHLO", "close 421 4.3.2 busy"),
    ("EHLO", "hang"),
    ("EHLO", "drip 250 slow"),
    ("AUTH", "454 4.7.0 busy"),
    ("AUTH", "hang"),
    ("MAIL", "450 4.1.8 later"),
    ("MAIL", "hang"),
    ("MAIL", "cut"),
    ("MAIL", "drip 250 slow"),
]


@by_step(FOR_ALL)
def test_M2_M6_a_server_that_will_not_now_is_asked_again(stack, case):
    step, word = case
    slug = stack.shared("steps")
    clear(stack, slug)
    stack.signed(slug)
    account = ("us", "right") if step == "AUTH" else None
    settings = {**(login(stack) if account else {}), **(SOON if word.split()[0] in ("hang", "drip") else {})}
    with Sink(once(step, word), login=account) as sink, Mailer(stack, sink.port, **settings) as mailer:
        in_haste(stack, slug)
        remember(stack, sink)
        assert states(stack, slug) == SENT and len(sink.ids()) == 1
        assert mailer.fate("untried") >= 1 and mailer.fate("later") == 0, "it is not the letter's fault"


FOR_ONE = [
    ("RCPT", "421 4.3.2 busy"),
    ("RCPT", "450 4.2.0 greylisted"),
    ("RCPT", "drip 250 slow"),
    ("DATA", "421 4.3.2 busy"),
    ("DATA", "451 4.3.0 later"),
    ("DATA", "hang"),
    ("DATA", "cut"),
    ("DATA", "drip 354 slow"),
    ("END", "421 4.3.2 busy"),
    ("END", "452 4.3.1 disk"),
]
GIVEN_UP = [("RCPT", "554 5.1.2 nowhere"), ("RCPT", "501 5.1.3 odd"), ("DATA", "554 5.5.1 none"), ("END", "554 5.6.0 spam"),
            ("END", "550 5.7.1 policy"),
            # Ours has asked the mailbox' own, which anybody may run: it is about that mailbox.
            ("RCPT", "554 5.7.1 <a@example.org>: undeliverable: host mx.example.org[192.0.2.1] said: 554 5.7.1 <a@example.org>: Relay access denied")]  # fmt: skip


def one_each(stack, rows):
    """A letter a row, each to a domain of its own; the script that answers each at its first time."""
    slug = stack.shared("steps")
    clear(stack, slug)
    left = {stack.signed(slug, email=f"p.{stack.mark}@{stack.unique('d')}.example.org"): row for row in rows}

    def script(at, address, _sink):
        if at == left.get(address, (None,))[0]:
            return left.pop(address)[1]
        return None

    return slug, script, left


def test_M2_M6_what_passes_is_tried_again(stack):
    slug, script, left = one_each(stack, FOR_ONE)
    addresses = list(left)
    with Sink(script) as sink, Mailer(stack, sink.port, **SOON) as mailer:
        in_haste(stack, slug, 60)
        remember(stack, sink)
        assert states(stack, slug) == SENT * len(FOR_ONE) and not left and not suppressed(stack)
        assert mailer.fate("refused") == mailer.fate("impossible") == 0
        tries = [to for step, to in sink.steps if step == "RCPT"]
        assert all(tries.count(address) >= 2 for address in addresses), "each is asked about once more at least"
        # 421 before the end is the letter's affair on a new connection only; a kept one was closed, and another is opened at
        # once. Any other row puts its letter off. A machine that is busy adds time-outs, so there may be more, never fewer.
        put_off = mailer.fate("later") + mailer.fate("unknown")
        assert put_off >= sum(step == "END" or not word.startswith("421") for step, word in FOR_ONE), put_off
        assert mailer.fate("sent") + mailer.fate("unknown") // 2 >= len(FOR_ONE), "taken, or its end was unknown twice"
        same = {letter.to: (letter.id, letter.data) for letter in sink.letters}
        assert sorted(same) == sorted(addresses) and all((letter.id, letter.data) == same[letter.to] for letter in sink.letters)


def test_M3_what_is_said_for_good_but_not_about_the_mailbox_marks_nobody(stack):
    slug, script, left = one_each(stack, GIVEN_UP)
    with Sink(script) as sink, Mailer(stack, sink.port) as mailer:
        settled(stack, slug)
        remember(stack, sink)
        assert states(stack, slug) == [(2, False, None, None)] * len(GIVEN_UP) and not left and not suppressed(stack)
        assert mailer.fate("impossible") == len(GIVEN_UP) and mailer.fate("sent") == 0


def test_M6_an_answer_to_the_end_that_drips_is_an_unknown_end(stack):
    slug = stack.shared("steps")
    clear(stack, slug)
    stack.signed(slug)
    with Sink(once("END", "drip 250 2.0.0 taken at last")) as sink, Mailer(stack, sink.port, **SOON) as mailer:
        wait_until(lambda: mailer.fate("unknown") == 1, 10, "no more than so long is waited")
        in_haste(stack, slug)
        remember(stack, sink)
        assert len(sink.letters) == 2 and sink.letters[0].data == sink.letters[1].data


def test_who_knows_no_ehlo_is_greeted_the_old_way(stack):
    slug = stack.shared("steps")
    clear(stack, slug)
    stack.signed(slug)
    with Sink(lambda step, to, sink: "502 5.5.1 what" if step == "EHLO" else None) as sink, Mailer(stack, sink.port):
        settled(stack, slug)
        remember(stack, sink)
        assert states(stack, slug) == SENT and sink.letters[0].hello == "mailer.example"


STOPS = [("STARTTLS", "454 4.7.0 busy", "insecure"), ("STARTTLS", "502 5.5.1 none", "insecure"),
         ("AUTH", "535 5.7.8 wrong", "login"), ("AUTH", "504 5.5.4 none", "login"), ("MAIL", "530 5.7.0 login", "login"),
         ("RCPT", "550 relay not permitted", "sender"), ("RCPT", "554 5.7.1 <a@example.org>: Relay access denied", "sender"),
         ("RCPT", "553 5.7.1 <bounce+a@example.org>: Sender address rejected: not owned by user us", "sender"),
         ("RCPT", "550-Verification failed for <bounce+a@example.org>\r\n550 Sender verify failed", "sender"),
         ("MAIL", "550 5.7.1 sender", "sender"), ("MAIL", "553 5.1.8 sender", "sender")]  # fmt: skip


@each([(f"{step}_{word[:3]}_{word.split()[-1]}", (step, word, state)) for step, word, state in STOPS])
@expects_errors("mail_stopped")
def test_M7_M8_what_is_said_to_everybody_stops_the_queue_and_no_letter_suffers(stack, case):
    step, word, state = case
    slug = stack.shared("steps")
    clear(stack, slug)
    for _ in range(3):
        stack.signed(slug)
    context, trusted = certificate(stack.run, "steps")
    secured = {"SMTP_TLS": "starttls", "SMTP_CA_FILE": trusted} if step == "STARTTLS" else {}
    account = ("us", "right") if step == "AUTH" else None
    script = lambda at, to, sink: word if at == step else None  # noqa: E731
    with Sink(script, tls=context if secured else None, login=account) as sink:
        with Mailer(stack, sink.port, **secured, **(login(stack) if account else {})) as mailer:
            wait_until(lambda: mailer.metric(f'countersign_mailer_server{{state="{state}"}}') == 1, 10, "the alarm")
            wait_until(lambda: mailer.logged("mail_stopped") and state.encode() in mailer.ask("/readyz").body, 10, "it says so")
            wait_until(lambda: [row[:3] for row in states(stack, slug)] == [(0, True, 0)] * 3, 5, "as they were")
            assert not sink.letters and not suppressed(stack)


@expects_errors("mail_stopped")
def test_M8_a_letter_that_alone_stops_the_queue_is_not_the_first_of_the_next_try(stack):
    clear(stack)
    slug = stack.petition()
    stack.signed(slug)
    script = lambda step, to, sink: "554 5.7.1 relay access denied" if step == "RCPT" else None  # noqa: E731
    with Sink(script) as sink, Mailer(stack, sink.port, MAIL_RETRY_S="60") as mailer:
        wait_until(lambda: mailer.metric('countersign_mailer_server{state="sender"}') == 1, 10, "the alarm")
        wait_until(lambda: states(stack, slug) == [(0, True, 0, True)], 5, "it waits, and who comes now does not")


@each([("takes_all", None), ("takes_nobodys", "554 5.7.1 relay access denied")])
@expects_errors("mail_stopped")
def test_M8_a_server_that_offers_no_login_gets_no_letter_of_who_has_one(stack, word):
    slug = stack.shared("steps")
    clear(stack, slug)
    for _ in range(3):
        stack.signed(slug)
    with Sink(lambda step, to, sink: word if step == "RCPT" else None) as sink, Mailer(stack, sink.port, **login(stack)) as mailer:
        wait_until(lambda: mailer.metric('countersign_mailer_server{state="login"}') == 1, 10, "the alarm")
        wait_until(lambda: [row[:3] for row in states(stack, slug)] == [(0, True, 0)] * 3, 5, "as they were")
        assert not sink.letters and mailer.logged("the server offers no login")


def test_M10_a_hundred_letters_a_connection_and_thousands_that_wait(stack):
    clear(stack)
    slug = stack.petition()
    seed(stack, slug, people(stack, 2000))
    script, taken = closes_after(100)
    with Sink(script) as sink, Mailer(stack, sink.port, SMTP_CONNECTIONS="8", MAIL_PER_DOMAIN="8") as mailer:
        arrives(sink, 2000)
        settled(stack, slug)
        remember(stack, sink)
        assert len(sink.ids()) == len(set(sink.ids())) == 2000 and max(taken.values()) == 100
        assert mailer.fate("sent") == 2000 and mailer.fate("later") == mailer.fate("unknown") == 0


@each([(word[:3], word) for word in ("452 4.5.3 too many", "550 5.5.3 too many")])
def test_M10_who_takes_no_more_on_a_connection_and_leaves_it_open_gets_another(stack, word):
    clear(stack)
    slug = stack.petition()
    seed(stack, slug, people(stack, 60))
    script, taken = closes_after(10, word)
    with Sink(script) as sink, Mailer(stack, sink.port, SMTP_CONNECTIONS="2") as mailer:
        arrives(sink, 60)
        settled(stack, slug)
        remember(stack, sink)
        assert len(sink.ids()) == len(set(sink.ids())) == 60 and max(taken.values()) == 10 and sink.connections <= 8
        assert mailer.fate("untried") == 0 and not mailer.logged("mail_server_away")


def test_M10_who_takes_two_connections_and_no_more_gets_all_letters_over_them(stack):
    clear(stack)
    slug = stack.petition()
    seed(stack, slug, people(stack, 200))
    number = itertools.count(1)

    def script(step, _address, _sink):
        return "close 421 4.7.0 too many connections" if step == "CONNECT" and next(number) > 2 else None

    with Sink(script) as sink, Mailer(stack, sink.port, SMTP_CONNECTIONS="8", MAIL_PER_DOMAIN="8") as mailer:
        arrives(sink, 200)
        settled(stack, slug)
        remember(stack, sink)
        assert len(sink.ids()) == len(set(sink.ids())) == 200 and sink.connections <= 12
        assert not mailer.logged("mail_server_away")


def test_M2_a_domain_that_asks_for_later_gets_time_and_the_others_go_on(stack):
    clear(stack)
    slug = stack.petition()
    slow, quick = stack.unique("slow"), stack.unique("quick")
    for domain in (slow, quick):
        seed(stack, slug, [f"{stack.unique('d')}.{stack.mark}@{domain}.example.org" for _ in range(60)])
    script = lambda step, to, sink: "451 4.7.1 come again" if step == "RCPT" and slow in to else None  # noqa: E731
    with Sink(script) as sink, Mailer(stack, sink.port, MAIL_PER_DOMAIN="2", MAIL_RETRY_S="600") as mailer:
        arrives(sink, 60)
        owed = "SELECT due_at > now() + interval '5 minutes', lease FROM countersign.mail_queue"
        wait_until(lambda: stack.rows(owed) == [(True, 0)] * 60, 25, "all of its letters wait")
        remember(stack, sink)
        asked = [to for step, to in sink.steps if step == "RCPT" and slow in to]
        # Three times in a row is the end of patience; one more may be on its way.
        assert 3 <= len(asked) <= 4, asked
        assert all(quick in letter.to for letter in sink.letters) and len(set(sink.ids())) == 60


def test_M2_a_domain_with_a_greylist_gets_all_its_letters_at_the_second_try(stack):
    clear(stack)
    slug = stack.petition()
    seed(stack, slug, people(stack, 10))
    seen = set()

    def script(step, address, _sink):
        first = step == "RCPT" and address not in seen
        seen.add(address)
        return "451 4.7.1 greylisted" if first else None

    # All are sent away at once, which is not ten times in a row: that would be a pause of two minutes.
    with Sink(script) as sink, Mailer(stack, sink.port, SMTP_CONNECTIONS="10", MAIL_PER_DOMAIN="10") as mailer:
        arrives(sink, 10)
        settled(stack, slug)
        remember(stack, sink)
        assert mailer.fate("later") == mailer.fate("sent") == 10


def test_M14_without_its_words_a_mailer_does_not_start(stack):
    folder = os.path.join(stack.run, "letters-of-ours", "en")
    os.makedirs(folder)
    with open(os.path.join(folder, "confirm.txt"), "w", encoding="utf-8") as file:
        file.write("Subject: Hi {{title}}\nPreview: Hi\n\n{{nonsense}}\n[Yes](confirm_url)\n\n---\n\n[No](not_me_url)\n")
    cases = (("LETTERS_FOLDER", os.path.dirname(folder), "en/confirm.txt:4: there is no placeholder"),
             ("SHIPPED_LETTERS_FOLDER", folder, "layout.html: missing"),
             ("MAILING_KEY_FILE", "/nonexistent.key", "check its path"))  # fmt: skip
    for name, value, expected in cases:
        mailer = Mailer(stack, free_port(), wait=False, **{name: value})
        assert mailer.process.wait(10) != 0
        assert mailer.logged("setup_wrong") and mailer.logged(expected), expected


FUTURE = "INSERT INTO countersign.schema_version (version, name, works_from) SELECT 9999, 'from_the_future', max(version) + %s FROM countersign.schema_version"


def test_O12_an_old_mailer_works_on_a_newer_schema_that_allows_it(stack):
    clear(stack)
    slug = stack.petition()
    stack.signed(slug)
    stack.rows(FUTURE, 0)
    try:
        with Sink() as sink, Mailer(stack, sink.port) as mailer:
            settled(stack, slug)
            remember(stack, sink)
            assert states(stack, slug) == SENT and not mailer.logged("schema_differs")
    finally:
        stack.rows("DELETE FROM countersign.schema_version WHERE version = 9999")


def test_D19_a_mailer_does_not_start_on_another_schema(stack):
    stack.rows(FUTURE, 1)
    try:
        mailer = Mailer(stack, free_port(), wait=False)
        assert mailer.process.wait(10) == 2
        assert mailer.logged("schema_differs") and mailer.logged("install the newer")
    finally:
        stack.rows("DELETE FROM countersign.schema_version WHERE version = 9999")


def test_O13_a_mailer_touches_no_schema_that_it_does_not_know(stack):
    clear(stack)
    slug = stack.petition()
    with Sink() as sink, Mailer(stack, sink.port) as mailer:
        # One that meets such a schema at its first look, which /healthz does not wait for, ends.
        wait_until(lambda: mailer.ask("/readyz").status == 200, 25, "it has looked")
        stack.rows(FUTURE, 1)
        try:
            mailer.process.send_signal(signal.SIGHUP)  # connects anew, as after PostgreSQL was away
            wait_until(lambda: mailer.logged("schema_differs"), 10, "it says so")
            stack.signed(slug)
            assert mailer.ask("/readyz").status == 503 and b"schema" in mailer.ask("/readyz").body
            assert not sink.letters and states(stack, slug) == [(0, True, None, None)]
            stack.rows("DELETE FROM countersign.schema_version WHERE version = 9999")
            settled(stack, slug)
            remember(stack, sink)
            assert mailer.ask("/readyz").status == 200
        finally:
            stack.rows("DELETE FROM countersign.schema_version WHERE version = 9999")


# The second is asked for where the catalog has changed, behind another statement that it does.
REFUSED = ("EXECUTE ON FUNCTION countersign.mail_take(integer)", "SELECT ON countersign.mailing_text")


@expects_errors("database_failed")
def test_O13_what_postgresql_will_not_do_is_told_once(stack):
    clear(stack)
    slug = stack.petition()
    with Sink() as sink, Mailer(stack, sink.port) as mailer:
        for times, right in enumerate(REFUSED, 1):
            tried = mailer.metric('countersign_database_errors_total{status="fault"}') + 2
            stack.rows(f"REVOKE {right} FROM countersign_mailer")
            try:
                stack.petition()
                wait_until(lambda n=tried: mailer.metric('countersign_database_errors_total{status="fault"}') > n, 20, "it tries again")
                assert mailer.logged("database_failed") == times
            finally:
                stack.rows(f"GRANT {right} TO countersign_mailer")
        stack.signed(slug)
        settled(stack, slug)
        remember(stack, sink)
