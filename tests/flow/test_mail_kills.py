"""Mailers that die, and mailers that must not meet, in one letter: each moment is waited for, none is met by chance."""
import threading

import psycopg2

from cases import each
from client import wait_until
from mail import Mailer, Sink, clear, seed
from test_mail import SENT, arrives, people, remember, settled, states

# The least that a lease may be, and what one letter may take at the longest (link/smtp.h).
TIMEOUT_MS, LEASE_S = 900, 8
LONGEST_S = (3 * TIMEOUT_MS + 2000) / 1000
STRICT = {"SMTP_TIMEOUT_MS": str(TIMEOUT_MS), "MAIL_LEASE_S": str(LEASE_S)}


def lease_is_over(stack):
    stack.rows("UPDATE countersign.mail_queue SET due_at = now() WHERE lease <> 0")


class Victims:
    """A script by which the server kills the mailer that talks to it, whenever it comes to this step, so many times."""

    def __init__(self, step, times):
        self.step, self.times = step, times
        self.alive, self.dead = threading.Event(), []

    def script(self, step, _address, _sink):
        if step != self.step or len(self.dead) == self.times:
            return None
        assert self.alive.wait(20)
        self.mailer.process.kill()
        self.mailer.process.wait()
        self.alive.clear()
        self.dead.append(self.mailer)
        return "cut"

    def run(self, stack, port):
        """One after the other, each until it is dead; the last one lives."""
        for number in range(self.times):
            self.mailer = Mailer(stack, port, wait=False)
            self.alive.set()
            wait_until(lambda n=number: len(self.dead) > n, 30, "it dies")
            lease_is_over(stack)
        return Mailer(stack, port, wait=False)


# Who dies on the way leaves nothing. Who dies when all of the letter is with the server may have sent it, and cannot say
# so: the next one sends it again. So of n such deaths in one letter come n letters more, and none is lost; fewer would be
# letters that nobody has got.
DEATHS = [("CONNECT", 1, 1), ("RCPT", 2, 1), ("DATA", 2, 1), ("END", 1, 2), ("END", 2, 3)]


@each([(f"{step}_{times}_times", (step, times, copies)) for step, times, copies in DEATHS])
def test_P4_P5_M17_a_letter_in_which_mailers_die_comes_and_what_comes_again_is_the_same(stack, case):
    step, times, copies = case
    slug = stack.shared("kills")
    clear(stack, slug)
    stack.signed(slug)
    victims = Victims(step, times)
    with Sink(victims.script) as sink:
        with victims.run(stack, sink.port):
            settled(stack, slug)
        remember(stack, sink)
        assert states(stack, slug) == SENT and len(sink.letters) == copies, len(sink.letters)
        assert len({(letter.id, letter.token, letter.data, letter.sender, letter.to) for letter in sink.letters}) == 1
        before = stack.tally(slug)
        assert {stack.confirm(letter.token).status for letter in sink.letters} == {200}
        assert stack.tally(slug) == before + 1


def test_P4_killed_between_the_servers_yes_and_its_fate(stack):
    slug = stack.shared("kills")
    clear(stack, slug)
    stack.signed(slug)
    holder = psycopg2.connect(host=stack.sockets, dbname="countersign", user="countersign_owner")
    hold = holder.cursor()
    with Sink() as sink:
        gate = threading.Event()
        sink.script = lambda step, to, at: gate.wait(20) and None if step == "END" else None
        mailer = Mailer(stack, sink.port)
        wait_until(lambda: sink.letters, 25, "the letter is there")
        # Its fate cannot be stored: another session has the row.
        hold.execute("SELECT FROM countersign.mail_queue FOR UPDATE")
        gate.set()
        wait_until(lambda: mailer.fate("sent") == 1, 25, "the mailer knows that it was sent")
        mailer.process.kill()
        mailer.process.wait()
        stack.superuser("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'countersign-mailer'")
        holder.rollback()
        holder.close()
        assert [row[:2] for row in states(stack, slug)] == [(0, True)], "nobody has told the database"
        lease_is_over(stack)
        with Mailer(stack, sink.port):
            settled(stack, slug)
        remember(stack, sink)
        assert len(sink.letters) == 2 and sink.letters[0].data == sink.letters[1].data and states(stack, slug) == SENT


def test_P6_no_letter_is_begun_that_could_outlive_its_lease(stack):
    """Ten letters one after the other, with a server that takes its time: together they take longer than one lease. Each
    begins with as much left of its own as the longest letter may take."""
    clear(stack)
    slug = stack.petition()
    seed(stack, slug, people(stack, 10))
    left = []
    watcher = psycopg2.connect(host=stack.sockets, dbname="countersign", user="countersign_owner")
    watcher.autocommit = True
    look = watcher.cursor()
    paused = threading.Event()

    def script(step, _address, _sink):
        if step == "MAIL":
            look.execute("SELECT extract(epoch FROM min(due_at) - now()) FROM countersign.mail_queue WHERE lease <> 0")
            left.append(float(look.fetchone()[0]))
        if step == "END":
            paused.wait(0.5)

    with Sink(script) as sink, Mailer(stack, sink.port, SMTP_CONNECTIONS="1", **STRICT):
        arrives(sink, 10)
        settled(stack, slug)
        remember(stack, sink)
        assert len(sink.ids()) == len(set(sink.ids())) == 10
    watcher.close()
    assert min(left) > LONGEST_S - 0.5, f"one began with {min(left):.1f} s left"


HOSTILE = {
    "given_name": "Eve\r\nBcc: victim@example.net\r\n\r\n<b>x</b> {mark}",
    "family_name": "=?utf-8?q?=0D=0ABcc=3A_x=40example.net?=\n.\n {mark}",
    "locale": "en\r\nX-Evil: 1",
}


def test_Q10_Q11_nothing_that_somebody_typed_becomes_a_header_or_a_command(stack):
    """What no form and no petition file would take is in the envelope and in the petition all the same."""
    clear(stack)
    slug = stack.petition()
    evil = "Buses\r\nBcc: victim@example.net\r\n\r\n.\r\nMAIL FROM:<x@example.net> <script>alert(1)</script>"
    seed(stack, slug, people(stack, 1), **{name: text.format(mark=stack.mark) for name, text in HOSTILE.items()})
    stack.rows("UPDATE countersign.petition_text t SET title = %s, addressee = %s FROM countersign.petition p WHERE p.id = t.petition_id AND p.slug = %s",
               evil, evil, slug)  # fmt: skip
    with Sink() as sink, Mailer(stack, sink.port):
        arrives(sink, 1)
        settled(stack, slug)
        remember(stack, sink)
    assert len(sink.letters) == 1 and len([step for step, _ in sink.steps if step == "RCPT"]) == 1
    letter = sink.letters[0]
    names = sorted(name.lower() for name in letter.message.keys())
    assert names == sorted(["date", "from", "to", "subject", "message-id", "auto-submitted", "content-language", "feedback-id", "list-id",
                            "mime-version", "content-type"]), names  # fmt: skip
    assert letter.message["to"] == letter.to and not letter.message.defects
    html = [part for part in letter.message.walk() if part.get_content_type() == "text/html"][0].get_payload(decode=True).decode()
    assert "<script" not in html and "&lt;script&gt;" in html and "<b>x" not in html
    assert "\n.\n" not in letter.text.replace("\r", "") and "Eve Bcc: victim@example.net <b>x</b>" in " ".join(letter.text.split())
