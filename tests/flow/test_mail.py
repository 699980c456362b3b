"""The mailer, against a mail server that plays every trick."""
import random
import signal
import threading
import time

from cases import each, expects_errors
from client import wait_until, wait_while_it_moves
from mail import SOON, Mailer, Sink, certificate, clear, closes_after, hurry, seed, states
from stack import free_port

SENT = [(1, False, None, None)]


def people(stack, number, prefix="m"):
    return [f"{stack.unique(prefix)}.{stack.mark}@example.org" for _ in range(number)]


def arrives(sink, number, seconds=25):
    wait_while_it_moves(lambda: number - len(sink.letters), seconds, f"of {number} letters")


def settled(stack, slug, seconds=25):
    owed = "SELECT count(*) FROM countersign.letter l JOIN countersign.petition p ON p.id = l.petition_id WHERE p.slug = %s AND l.state = 0"
    wait_while_it_moves(lambda: stack.value(owed, slug), seconds, "letters that are owed")


def remember(stack, sink):
    stack.tokens_seen.update(letter.token for letter in sink.letters if letter.token)


def test_a_letter_is_sent_once_and_its_token_confirms(stack):
    clear(stack)
    slug = stack.petition()
    address = stack.signed(slug)
    with Sink() as sink, Mailer(stack, sink.port) as mailer:
        arrives(sink, 1)
        settled(stack, slug)
        letter = sink.letters[0]
        assert letter.to == address and states(stack, slug) == SENT
        # M11: who bounces says which letter, and nothing about whom it went to. M16: our name in EHLO.
        assert letter.sender.startswith("bounce+") and letter.sender.endswith("@sender.example")
        assert stack.mark not in letter.sender and letter.hello == "mailer.example"
        assert stack.mark not in letter.id and letter.token not in letter.id
        remember(stack, sink)
        # M12: on one line that no mail program breaks; and what stands behind the # is the token.
        link = [line for line in letter.text.splitlines() if "/c#" in line]
        assert len(link) == 1 and len(link[0].encode()) < 78 and link[0].startswith("http"), link
        assert stack.confirm(link[0].split("#")[1]).status == 200
        stack.expect_count(slug, 1)
        time.sleep(0.5)
        assert len(sink.letters) == 1 and mailer.fate("sent") == 1


def test_without_confirmation_there_are_thanks_and_already(stack):
    clear(stack)
    slug = stack.petition(confirmation="none")
    address = stack.signed(slug)
    stack.signed(slug, email=address)
    with Sink() as sink, Mailer(stack, sink.port):
        arrives(sink, 2)
        settled(stack, slug)
        remember(stack, sink)
        assert states(stack, slug) == SENT * 2


def test_a_reminder_goes_once_to_who_has_not_confirmed(stack):
    clear(stack)
    slug = stack.petition()
    slow, quick = stack.signed(slug), stack.signed(slug)
    with Sink() as sink, Mailer(stack, sink.port, MAIL_REMINDER_DAYS="3"):
        arrives(sink, 2)
        settled(stack, slug)
        remember(stack, sink)
        tokens = {letter.to: letter.token for letter in sink.letters}
        ids = {letter.to: letter.id for letter in sink.letters}
        assert stack.confirm(tokens[quick]).status == 200
        wait_until(lambda: sorted(row[1] for row in states(stack, slug)) == [False, True], 8, "who confirmed is shredded")
        stack.rows("UPDATE countersign.mail_reminder SET due_at = now()")
        arrives(sink, 3)
        settled(stack, slug)
        wait_until(lambda: states(stack, slug) == SENT * 2, 5, "the reminder is shredded too")
        assert sink.letters[2].to == slow and sink.letters[2].token == tokens[slow] and sink.letters[2].id != ids[slow]


def test_who_never_confirms_is_forgotten_after_some_days_and_the_count_stays(stack):
    clear(stack)
    slug = stack.petition()
    late = stack.signed(slug)
    number = stack.value("SELECT s.id FROM countersign.signature s JOIN countersign.petition p ON p.id = s.petition_id WHERE p.slug = %s", slug)
    counted, _ = stack.signed(slug), stack.signed(slug)
    assert stack.confirm(stack.token(slug, counted)).status == 200
    days = "signed_at = signed_at - interval '%s days', changed_at = changed_at - interval '%s days'"
    here = lambda: stack.value("SELECT count(*) FROM countersign.signature s JOIN countersign.petition p ON p.id = s.petition_id WHERE p.slug = %s", slug)  # noqa: E731
    lap = "UPDATE countersign.mail_place SET signature_not_before = now(), signature_petition = 0, signature_id = 0"
    token = stack.token(slug, late)
    with Sink() as sink, Mailer(stack, sink.port, MAIL_UNCONFIRMED_DAYS="7") as mailer:
        settled(stack, slug)
        remember(stack, sink)
        stack.rows(f"UPDATE countersign.signature SET {days % (6, 6)} WHERE id = {number}")
        stack.rows(lap)
        wait_until(lambda: stack.value("SELECT signature_not_before > now() FROM countersign.mail_place"), 20, "a whole lap")
        assert here() == 3, "not yet"
        stack.rows(f"UPDATE countersign.signature SET {days % (2, 2)} WHERE id = {number}")
        stack.rows(lap)
        wait_until(lambda: here() == 2, 20, "the one is forgotten")
        assert stack.tally(slug) == 1 and mailer.process.poll() is None
    assert stack.confirm(token).status == 404 and stack.tally(slug) == 1


def test_M1_a_server_that_is_away_loses_no_letter(stack):
    clear(stack)
    slug = stack.petition()
    addresses = seed(stack, slug, people(stack, 20))
    port = free_port()
    with Mailer(stack, port, **SOON) as mailer:  # ends after its server
        wait_until(lambda: mailer.metric('countersign_mailer_server{state="down"}') == 1, 8, "the mailer sees it")
        assert mailer.ask("/readyz").status == 503
        answer = stack.sign(slug)
        assert answer.status == 202, answer
        assert not any(row[0] for row in states(stack, slug))
        with Sink(port=port) as sink:
            arrives(sink, 21)
            settled(stack, slug)
            assert sorted(sink.ids()) == sorted(set(sink.ids())), "one letter each"
            assert set(addresses) <= {letter.to for letter in sink.letters}
            assert mailer.fate("refused") == 0 and mailer.ask("/readyz").status == 200
            remember(stack, sink)


def once(step, word):
    """The answer at the first time, nothing special later."""
    seen = []

    def script(at, _address, _sink):
        if at != step or seen:
            return None
        seen.append(at)
        return word

    return script


LATER = [
    ("M2_busy", "CONNECT", "close 421 4.3.2 not now"),
    ("M2_greylisted", "RCPT", "451 4.7.1 come again"),
    ("M2_busy_at_mail", "MAIL", "421 4.3.2 not now"),
    ("M2_at_end", "END", "451 4.3.0 not now"),
    ("M6_hangs_at_connect", "CONNECT", "hang"),
    ("M6_hangs_at_rcpt", "RCPT", "hang"),
    ("M5_cut_at_rcpt", "RCPT", "cut"),
]


@each([(name, (step, word)) for name, step, word in LATER])
def test_M2_M6_later_means_later(stack, case):
    step, word = case
    slug = stack.shared("mail")
    clear(stack, slug)
    stack.signed(slug)
    with Sink(once(step, word)) as sink, Mailer(stack, sink.port, **(SOON if word == "hang" else {})) as mailer:
        wait_until(lambda: hurry(stack) or all(row[0] for row in states(stack, slug)), 20, "no letter is owed", 0.2)
        remember(stack, sink)
        assert states(stack, slug) == SENT and mailer.fate("sent") == 1
        assert len(set(sink.ids())) == 1
        assert stack.value("SELECT count(*) FROM countersign.mail_suppressed") == 0


def test_M3_a_mailbox_that_is_refused_gets_nothing_more_and_nobody_sees_it(stack):
    clear(stack)
    slug, other = stack.petition(), stack.petition()
    address = stack.signed(slug)
    script = lambda step, to, sink: "550 5.1.1 nobody here" if step == "RCPT" and to == address else None  # noqa: E731
    with Sink(script) as sink, Mailer(stack, sink.port) as mailer:
        settled(stack, slug)
        assert states(stack, slug) == [(2, False, None, None)] and mailer.fate("refused") == 1
        tries = len(sink.steps)
        first = stack.sign(other)
        again = [stack.sign(slug, email=address), stack.sign(other, email=address)]
        assert all((a.status, a.body) == (first.status, first.body) for a in again)
        settled(stack, slug)
        settled(stack, other)
        assert len(sink.letters) == 1 and not any(to == address for _, to in sink.steps[tries:])
        remember(stack, sink)


def test_M3_a_policy_of_the_server_marks_no_mailbox(stack):
    slug = stack.shared("mail")
    clear(stack, slug)
    stack.signed(slug)
    with Sink(once("RCPT", "550 5.7.1 we do not relay")) as sink, Mailer(stack, sink.port):
        settled(stack, slug)
        assert states(stack, slug) == [(2, False, None, None)]
        assert stack.value("SELECT count(*) FROM countersign.mail_suppressed") == 0


@each([("M4_452", "452 4.2.2 full"), ("M4_552", "552 5.2.2 full")])
def test_M4_a_full_mailbox_is_tried_again_much_later(stack, word):
    slug = stack.shared("mail")
    clear(stack, slug)
    stack.signed(slug)
    with Sink(once("RCPT", word)) as sink, Mailer(stack, sink.port) as mailer:
        wait_until(lambda: mailer.fate("later") == 1, 8, "it is put off")
        wait_until(lambda: states(stack, slug) == [(0, True, 1, True)], 3, "and kept")
        assert stack.value("SELECT min(due_at) > now() + interval '30 seconds' FROM countersign.mail_queue")
        hurry(stack)
        settled(stack, slug)
        assert states(stack, slug) == SENT
        remember(stack, sink)


@each([("M5_cut", "cut"), ("M6_hang", "hang")])
def test_M5_an_unknown_end_is_sent_once_more_and_never_again(stack, word):
    slug = stack.shared("mail")
    clear(stack, slug)
    stack.signed(slug)
    with Sink(lambda step, to, sink: word if step == "END" else None) as sink, Mailer(stack, sink.port, **SOON) as mailer:
        wait_until(lambda: mailer.fate("unknown") == 1, 8, "the first")
        wait_until(lambda: states(stack, slug) == [(0, True, 1, True)], 3, "owed once more, later")
        hurry(stack)
        wait_until(lambda: mailer.fate("unknown") == 2, 8, "the second")
        settled(stack, slug)
        time.sleep(0.5)
        assert len(sink.letters) == 2 and states(stack, slug) == SENT
        one, two = sink.letters
        assert one.id == two.id and one.token == two.token and one.data == two.data
        remember(stack, sink)
        # M17: whichever of them somebody clicks, and both.
        before = stack.tally(slug)
        assert [stack.confirm(letter.token).status for letter in sink.letters] == [200, 200]
        assert stack.tally(slug) == before + 1


@expects_errors("mail_stopped")
def test_M7_without_tls_nothing_is_sent(stack):
    clear(stack)
    slug = stack.petition()
    stack.signed(slug)
    with Sink() as sink, Mailer(stack, sink.port, SMTP_TLS="starttls") as mailer:
        wait_until(lambda: mailer.metric('countersign_mailer_server{state="insecure"}') == 1, 8, "the alarm")
        time.sleep(1)
        assert not sink.letters and not sink.steps, "not even the address was said"
        assert mailer.logged("mail_stopped") and b"insecure" in mailer.ask("/readyz").body
        wait_until(lambda: states(stack, slug)[0][:3] == (0, True, 0), 3, "the letter is as it was")


def test_M7_a_certificate_of_somebody_else_gets_nothing_and_ours_does(stack):
    clear(stack)
    slug = stack.petition()
    stack.signed(slug)
    context, trusted = certificate(stack.run, "right")
    _, other = certificate(stack.run, "wrong")
    with Sink(tls=context) as sink:
        with Mailer(stack, sink.port, SMTP_TLS="starttls", SMTP_CA_FILE=other) as mailer:
            wait_until(lambda: mailer.metric('countersign_mailer_server{state="insecure"}') == 1, 8, "the alarm")
            assert not sink.letters and not sink.steps
            # The letter is not kept from a mailer that is let in while this one waits.
            with Mailer(stack, sink.port, SMTP_TLS="starttls", SMTP_CA_FILE=trusted):
                arrives(sink, 1)
            settled(stack, slug)
            assert sink.letters[0].secure
            remember(stack, sink)


def test_M8_when_the_login_fails_the_queue_stops_and_no_letter_suffers(stack):
    clear(stack)
    slug = stack.petition()
    stack.signed(slug)
    stack.signed(slug)
    password = f"{stack.run}/smtp.password"
    with open(password, "w", encoding="ascii") as file:
        file.write("wrong\n")
    with Sink(login=("us", "right")) as sink:
        with Mailer(stack, sink.port, SMTP_USER="us", SMTP_PASSWORD_FILE=password) as mailer:
            wait_until(lambda: mailer.metric('countersign_mailer_server{state="login"}') == 1, 8, "the alarm")
            time.sleep(0.5)
            assert mailer.logged("mail_stopped") and not sink.letters
            wait_until(lambda: [row[:3] for row in states(stack, slug)] == [(0, True, 0)] * 2, 3, "as they were")
            # An operator mends it, and says so.
            with open(password, "w", encoding="ascii") as file:
                file.write("right\n")
            mailer.process.send_signal(signal.SIGHUP)
            arrives(sink, 2)
            settled(stack, slug)
            remember(stack, sink)


def test_M10_a_server_that_takes_few_letters_a_connection_gets_them_all(stack):
    clear(stack)
    slug = stack.petition()
    seed(stack, slug, people(stack, 120))
    script, taken = closes_after(25)
    with Sink(script) as sink, Mailer(stack, sink.port, SMTP_CONNECTIONS="2") as mailer:
        arrives(sink, 120)
        settled(stack, slug)
        assert len(sink.ids()) == len(set(sink.ids())) == 120 and max(taken.values()) == 25
        assert mailer.fate("sent") == 120 and mailer.fate("later") == 0
        remember(stack, sink)


def test_P6_two_mailers_send_no_letter_twice(stack):
    clear(stack)
    slug = stack.petition()
    seed(stack, slug, people(stack, 300))
    with Sink() as sink, Mailer(stack, sink.port) as one, Mailer(stack, sink.port) as two:
        arrives(sink, 300)
        settled(stack, slug)
        assert len(sink.ids()) == len(set(sink.ids())) == 300
        assert one.fate("sent") + two.fate("sent") == 300 and min(one.fate("sent"), two.fate("sent")) > 0
        remember(stack, sink)


def test_P4_P5_mailers_that_are_killed_lose_nothing(stack):
    clear(stack)
    slug = stack.petition()
    seed(stack, slug, people(stack, 500))
    dice = random.Random(7)
    with Sink() as sink:
        # What a killed one had claimed is due again when its lease is over.
        leased = {"SMTP_TIMEOUT_MS": "2500", "MAIL_LEASE_S": "10"}
        mailers = [Mailer(stack, sink.port, wait=False, **leased), Mailer(stack, sink.port, wait=False, **leased)]
        for _ in range(8):
            time.sleep(0.15 + dice.random() * 0.3)
            victim = dice.randrange(2)
            mailers[victim].process.kill()
            mailers[victim].process.wait()
            mailers[victim] = Mailer(stack, sink.port, wait=False, **leased)
        settled(stack, slug, 60)
        for mailer in mailers:
            with mailer:  # which ends it, and well
                # One that is started this moment does not listen to a signal yet.
                wait_until(mailer.answers, 25, "the mailer answers")
        remember(stack, sink)
        ids = sink.ids()
        assert len(set(ids)) == 500, "none is lost"
        most = max(ids.count(one) for one in set(ids))
        assert most <= 2, f"one letter came {most} times"
        same = {}
        for letter in sink.letters:
            assert same.setdefault(letter.id, letter.data) == letter.data, "and what came twice is the same"


def test_a_mailer_that_is_asked_to_end_gives_back_what_it_has_not_sent(stack):
    clear(stack)
    slug = stack.petition()
    seed(stack, slug, people(stack, 60))

    def slow(step, _address, _sink):
        if step == "END":
            time.sleep(0.02)

    with Sink(slow) as sink:
        with Mailer(stack, sink.port, SMTP_CONNECTIONS="1") as mailer:
            arrives(sink, 5)
            assert mailer.end() == 0
            sent = len(sink.letters)
            assert sent < 60
        leases = stack.value("SELECT count(*) FROM countersign.mail_queue WHERE lease <> 0 OR due_at > now() + interval '5 seconds' OR tries > 0")
        assert leases == 0, "nothing waits for the end of a lease"
        assert [row[0] for row in states(stack, slug)].count(1) == sent, "and every fate is stored"
        with Mailer(stack, sink.port):
            settled(stack, slug)
        assert len(sink.ids()) == len(set(sink.ids())) == 60
        remember(stack, sink)


def test_M13_a_petition_with_many_letters_starves_none_with_few(stack):
    clear(stack)
    big, small = stack.petition(), stack.petition()
    seed(stack, big, people(stack, 600))
    seed(stack, small, people(stack, 5, "few"))
    goes_on = threading.Event()
    script = lambda step, to, sink: None if step != "END" or goes_on.wait(60) else "cut"  # noqa: E731
    with Sink(script) as sink, Mailer(stack, sink.port, SMTP_TIMEOUT_MS="60000", MAIL_LEASE_S="200") as mailer:
        # Letters are taken in by minute and hash, some at a time; fair are the claims from what was.
        wait_until(lambda: stack.value("SELECT count(*) FROM countersign.mail_queue") == 605, 50, "all are taken in")
        goes_on.set()
        arrives(sink, 605)
        # In the order of their arrival: when they were all there is seen later. What is in hand is of the big one; of what
        # is claimed next half is of the small one.
        before = max(place for place, letter in enumerate(sink.letters) if letter.to.startswith("few"))
        assert before < 2 * 64, f"they waited for {before} others"
        assert mailer.fate("untried") == 0, "a mailer knows the petitions of its first letters"
    remember(stack, sink)


def test_I10_a_mailbox_gets_five_letters_a_day_over_all_petitions(stack):
    clear(stack)
    slugs = [stack.petition() for _ in range(7)]
    address = stack.address()
    for slug in slugs:
        stack.signed(slug, email=address)
    with Sink() as sink, Mailer(stack, sink.port):
        arrives(sink, 5)
        time.sleep(1)
        assert len(sink.letters) == 5
        assert stack.value("SELECT count(*) FROM countersign.mail_queue WHERE due_at > now() + interval '23 hours'") == 2
        stack.rows("UPDATE countersign.mail_quota SET since = since - interval '24 hours'")
        stack.rows("UPDATE countersign.mail_queue SET due_at = due_at - interval '24 hours'")
        arrives(sink, 7)
        remember(stack, sink)
