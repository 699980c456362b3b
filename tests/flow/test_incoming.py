"""What comes back by mail: real messages through `countersign mail receive`, with the keys of letters that the mailer really
sent."""
import os
import random
import re
import subprocess

from cases import each
from cli import AWAY, DONE, NO, WRONG, cli, parsed, run
from client import wait_until
from mail import Mailer, Sink, clear
from stack import BUILD
from test_http import problem
from test_mail import arrives, remember, settled
from test_own import post

TEMPFAIL = 75
SETTINGS = ("mailer_database", "mailer_database_password_file")

BOUNCE = """Return-Path: <>
From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I am sorry.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {whom}
Action: {action}
Status: {status}

--B--
"""
COMPLAINT = """From: staff@isp.example
To: complaints@sender.example
Subject: FW
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: text/plain

A report.

--B
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: x/1
Version: 1

--B
Content-Type: message/rfc822

"""
PLAIN = "From: somebody@mail.example\nTo: {to}\nSubject: unsubscribe\n\nunsubscribe\n"
AWAY_NOTE = "From: {whom}\nTo: {to}\nSubject: Away\nAuto-Submitted: auto-replied\n\nBack on Monday.\n"


def sent(stack, slug, number=1):
    """Somebody signs, the mailer sends: the letters as they arrived."""
    clear(stack)
    for _ in range(number):
        stack.signed(slug)
    with Sink() as sink, Mailer(stack, sink.port):
        arrives(sink, number)
        settled(stack, slug)
        remember(stack, sink)
        return sink.letters


def spare(stack):
    """One of some letters of thanks that were sent together; nobody has used it yet."""
    letters = stack.__dict__.setdefault("spare_letters", [])
    if not letters:
        letters += sent(stack, stack.shared("incoming", confirmation="none"), 8)
    clear(stack)
    return letters.pop()


def key(letter):
    return letter.sender.split("+")[1].split("@")[0]


def unsubscribe_to(letter):
    """The address in List-Unsubscribe."""
    found = [word for word in letter.message["List-Unsubscribe"].replace("\n", " ").split(",") if "mailto:" in word]
    return found[0].split("mailto:")[1].split(">")[0].split("?")[0]


def bounce(letter, status="5.1.1", action="failed"):
    return BOUNCE.format(to=letter.sender, whom=letter.to, status=status, action=action)


def complaint(letter, kind="abuse"):
    inside = f"Return-Path: <{letter.sender}>\n".encode() + letter.data
    return COMPLAINT.format(kind=kind).encode() + inside + b"\n--B--\n"


def receive(stack, message, *words, code=DONE, **how):
    """kind and effect."""
    message = message if isinstance(message, bytes) else message.encode()
    done = cli(stack, "mail", "receive", *words, input=message, text=False, code=code, **how)
    assert stack.mark.encode() not in done.stdout + done.stderr, done
    if code != DONE:
        return done.stderr.decode()
    kind, _, _, effect = done.stdout.decode().rstrip("\n").split("\t")
    return kind, effect


def marks(stack):
    return sorted(row[0] for row in stack.rows("SELECT why FROM countersign.mail_suppressed"))


def unsubscribed(stack, slug):
    return stack.value("SELECT count(*) FROM countersign.unsubscription u JOIN countersign.petition p ON p.id = u.petition_id"
                       " WHERE p.slug = %s", slug)  # fmt: skip


def nothing_more_goes_to(stack, letter, slug):
    """Whatever its mailbox signs, no letter comes."""
    other = stack.petition()
    again = [stack.sign(slug, email=letter.to), stack.sign(other, email=letter.to), stack.sign(other)]
    assert len({(answer.status, answer.body) for answer in again[1:]}) == 1, "and nobody sees it"
    with Sink() as sink, Mailer(stack, sink.port):
        arrives(sink, 1)
        settled(stack, slug)
        settled(stack, other)
        remember(stack, sink)
        assert letter.to not in [found.to for found in sink.letters]


def test_M11_a_bounce_marks_the_mailbox_and_nothing_else(stack):
    slug = stack.petition()
    letter = sent(stack, slug)[0]
    before = stack.states(slug)
    assert receive(stack, bounce(letter), "--dry-run") == ("hard_bounce", "-") and marks(stack) == []
    assert receive(stack, bounce(letter)) == ("hard_bounce", "done")
    assert receive(stack, bounce(letter)) == ("hard_bounce", "again")
    assert marks(stack) == ["bounced"] and stack.states(slug) == before
    nothing_more_goes_to(stack, letter, slug)


def test_M11_what_is_no_hard_bounce_marks_nothing(stack):
    letter = spare(stack)
    for message, kind in (
        (bounce(letter, "4.2.2", "delayed"), "soft_bounce"), (bounce(letter, "5.2.2"), "soft_bounce"),
        (bounce(letter, "5.7.1"), "soft_bounce"), (bounce(letter, "5.0.0"), "soft_bounce"), (bounce(letter, "2.1.5", "delivered"), "junk"),
        (AWAY_NOTE.format(to=letter.sender, whom=letter.to), "auto_reply"),
        (AWAY_NOTE.format(to=unsubscribe_to(letter), whom=letter.to), "auto_reply"),
        (PLAIN.format(to=letter.sender), "junk"), (complaint(letter, "not-spam"), "junk"),
    ):  # fmt: skip
        assert receive(stack, message, "--pipe") == (kind, "-"), kind
    assert marks(stack) == []


def test_a_complaint_ends_all_letters_and_leaves_the_signature(stack):
    slug = stack.petition(confirmation="none")
    letter = sent(stack, slug)[0]
    assert receive(stack, complaint(letter)) == ("complaint", "done")
    assert receive(stack, complaint(letter)) == ("complaint", "again")
    assert marks(stack) == ["complained"] and stack.tally(slug) == 1
    nothing_more_goes_to(stack, letter, slug)
    assert stack.tally(slug) == 1


@each([("by_mail", lambda letter: PLAIN.format(to=unsubscribe_to(letter))), ("by_a_report", lambda letter: complaint(letter, "opt-out"))])
def test_unsubscribing_is_what_the_link_does(stack, write):
    letter, slug = spare(stack), stack.shared("incoming")
    before = unsubscribed(stack, slug), stack.tally(slug)
    assert receive(stack, write(letter)) == ("unsubscribe", "done")
    assert receive(stack, write(letter)) == ("unsubscribe", "again")
    assert unsubscribed(stack, slug) == before[0] + 1 and marks(stack) == [] and stack.tally(slug) == before[1]
    answer = stack.http("POST", f"/u/{letter.token}", b"", [("Content-Type", "application/x-www-form-urlencoded")])
    assert answer.status == 200 and unsubscribed(stack, slug) == before[0] + 1, "one and the same row"


def test_what_the_header_unsubscribes_by_does_nothing_else(stack):
    letter, slug = spare(stack), stack.shared("incoming")
    found = re.search(r"/u/([a-z2-7]{29})>", re.sub(r"\s+", "", letter.message["List-Unsubscribe"])).group(1)
    assert f"/u/{found}" in letter.text, letter.text
    assert f"/u/{letter.token}" not in letter.text, letter.text
    stack.tokens_seen.add(found)
    before = stack.states(slug), unsubscribed(stack, slug)
    for name in ("confirmations", "withdrawals", "disavowals", "erasures", "me"):
        problem(post(stack, name, found), 404, "invalid_token")
    problem(stack.post("/api/v1/subscriptions", {"token": found}), 404, "invalid_token")
    problem(stack.post("/api/v1/subscriptions", {"token": found, "frequency": "weekly"}), 404, "invalid_token")
    assert (stack.states(slug), unsubscribed(stack, slug)) == before
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    problem(stack.http("POST", f"/u/{found[:-1]}", b"List-Unsubscribe=One-Click", form), 404, "invalid_token")
    for _ in range(2):
        answer = stack.http("POST", f"/u/{found}", b"List-Unsubscribe=One-Click", form)
        assert answer.status == 200 and answer.json() == {"status": "unsubscribed", "petition": slug}, answer
    assert (stack.states(slug), unsubscribed(stack, slug)) == (before[0], before[1] + 1)


def test_M11_without_a_click_the_signature_goes_out_of_the_count(stack):
    slug = stack.petition(confirmation="none", comments="shown")
    letters = sent(stack, slug, 3)
    stack.expect_count(slug, 3)
    assert receive(stack, bounce(letters[0])) == ("hard_bounce", "uncounted")
    stack.expect_count(slug, 2, 8)  # the workers look every two seconds
    assert receive(stack, bounce(letters[0])) == ("hard_bounce", "again") and stack.tally(slug) == 2
    audit = cli(stack, "audit", slug).stdout
    assert audit == f"{slug}: equal, 2; 1 taken out of it as undeliverable\n", audit
    rows = {row["email"]: row for row in stack.export(slug)}
    assert rows[letters[0].to]["state"] == "invalidated"
    assert stack.sign(slug, email=letters[0].to).status == 202 and stack.tally(slug) == 2
    # Somebody asks the person by telephone: the address is right.
    # It can still be seen and erased: whoever was not reached may come by the link of an older letter.
    assert post(stack, "me", letters[0].token).json()["state"] == "invalidated"
    cli(stack, "invalidate", slug, "--ids", "-", "--undo", input=f"{rows[letters[0].to]['id']}\n")
    stack.expect_count(slug, 3)
    assert receive(stack, bounce(letters[0])) == ("hard_bounce", "again") and stack.tally(slug) == 3
    assert cli(stack, "audit", slug).stdout == f"{slug}: equal, 3\n"
    stack.move(slug, "closed")
    assert receive(stack, bounce(letters[1])) == ("hard_bounce", "uncounted")
    stack.expect_count(slug, 2, 8)
    assert cli(stack, "audit", slug).returncode == 0


def test_M3_refused_at_once_is_the_same_and_the_petition_may_say_keep(stack):
    out, keep = stack.petition(confirmation="none"), stack.petition(confirmation="none", undeliverable="keep")
    clear(stack)
    for slug in (out, keep):
        stack.signed(slug)
    with Sink(lambda step, to, sink: "550 5.1.1 nobody here" if step == "RCPT" else None) as sink, Mailer(stack, sink.port):
        settled(stack, out)
        settled(stack, keep)
    assert (stack.tally(out), stack.tally(keep)) == (0, 1) and marks(stack) == ["refused"] * 2
    assert "1 taken out" in cli(stack, "audit", out).stdout and "taken out" not in cli(stack, "audit", keep).stdout


def test_M3_a_mailbox_that_is_known_to_be_dead_counts_on_no_other_petition(stack):
    first, second = stack.petition(confirmation="none"), stack.petition(confirmation="none")
    letter = sent(stack, first)[0]
    receive(stack, bounce(letter))
    stack.signed(second, email=letter.to)
    with Sink() as sink, Mailer(stack, sink.port):
        wait_until(lambda: stack.tally(second) == 0, 10, "it is taken out when its letter would go")
        assert not sink.letters
    assert "1 taken out" in cli(stack, "audit", second).stdout


def test_M11_unknown_and_expired_keys_are_junk(stack):
    slug = stack.petition(confirmation="none")
    letter = sent(stack, slug)[0]
    stranger = type(letter).__new__(type(letter))
    stranger.__dict__.update(letter.__dict__, sender=letter.sender.replace(key(letter), "a" * 29))
    assert receive(stack, bounce(stranger), "--pipe") == ("hard_bounce", "unknown")
    assert receive(stack, PLAIN.format(to=stranger.sender.replace("bounce", "unsubscribe"))) == ("unsubscribe", "unknown")
    stack.rows("UPDATE countersign.letter SET expires_at = now() - interval '1 second' WHERE petition_id ="
               " (SELECT id FROM countersign.petition WHERE slug = %s)", slug)  # fmt: skip
    assert receive(stack, bounce(letter)) == ("hard_bounce", "unknown")
    assert marks(stack) == [] and stack.tally(slug) == 1
    assert receive(stack, PLAIN.format(to=unsubscribe_to(letter))) == ("unsubscribe", "done"), "never told to hurry"
    # What the server says counts before what the message says, and a key inside of what is no report counts nothing.
    assert receive(stack, complaint(letter), "--recipient", "complaints@sender.example") == ("complaint", "done")
    assert receive(stack, PLAIN.format(to="x@y.example") + letter.sender) == ("junk", "-")


def test_F_huge_and_binary_messages_end_well(stack):
    letter = spare(stack)
    noise = random.Random(7).randbytes(3 << 20)
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n" for i in range(20000))
    for junk in (b"", b"\0", noise, b"\n" * (5 << 20), nested.encode(), b"A: " + b"x" * (2 << 20), b"Content-Type: multipart/report\n\n" + noise,
                 b"To: " + b"a:" * 400000, b"Content-Type: message/rfc822\n\nCc: " + b"a:\n " * 250000):
        assert receive(stack, junk, "--pipe", "--recipient", letter.sender)[0] in ("junk", "soft_bounce"), junk[:40]
    # A report in front of what is too long is still one.
    text = bounce(letter).replace("\n--B--\n", "\n--B\nContent-Type: message/rfc822\n\n") + "Subject: x\n\n" + "word " * (1 << 20)
    assert receive(stack, text) == ("hard_bounce", "uncounted")


def test_D12_receiving_at_once_is_receiving_once(stack):
    slug = stack.petition(confirmation="none")
    letters = sent(stack, slug, 2)
    command = [os.path.join(BUILD, "countersign"), "--config", os.path.join(stack.run, "countersign.conf"), "mail", "receive"]
    pipes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(8)]
    for number, pipe in enumerate(pipes):
        pipe.stdin.write(bounce(letters[number % 2]).encode())
        pipe.stdin.flush()
    for pipe in pipes:
        pipe.stdin.close()
    said = [(pipe.wait(30), pipe.stdout.read().decode().rstrip().split("\t")[-1], pipe.stderr.read()) for pipe in pipes]
    assert sorted(said) == [(0, "again", b"")] * 6 + [(0, "uncounted", b"")] * 2, said
    assert stack.tally(slug) == 0 and "2 taken out" in cli(stack, "audit", slug).stdout


def test_D1_a_mail_server_is_told_to_come_again(stack):
    letter = spare(stack)
    gone = {"COUNTERSIGN_MAILER_DATABASE": "host=/nonexistent dbname=countersign user=countersign_mailer"}
    assert "PostgreSQL" in receive(stack, bounce(letter), code=AWAY, environment=gone)
    assert "PostgreSQL" in receive(stack, bounce(letter), "--pipe", code=TEMPFAIL, environment=gone)
    # Junk asks nobody, and waits for nobody.
    assert receive(stack, "nothing", "--pipe", environment=gone) == ("junk", "-")
    wrong = {"COUNTERSIGN_MAILER_DATABASE_PASSWORD_FILE": "/nonexistent"}
    receive(stack, bounce(letter), code=WRONG, environment=wrong)
    receive(stack, bounce(letter), "--pipe", code=TEMPFAIL, environment=wrong)
    for words in (["mail", "receive", "--pipe", "--colour"], ["mail", "receive", "--pipe", "a word"]):
        assert "usage" in run(*words, code=TEMPFAIL, input="").stderr
    run("mail", "receive", "--colour", code=WRONG, input="")
    run("count", "--pipe", code=WRONG)
    assert marks(stack) == []
    assert receive(stack, bounce(letter), "--pipe") == ("hard_bounce", "uncounted")


def test_the_pipe_needs_nothing_but_the_mailers_connection(stack):
    letter = spare(stack)
    with open(os.path.join(stack.run, "countersign.conf"), encoding="utf-8") as file:
        lines = [line for line in file if line.split(" = ")[0] in SETTINGS]
    path = os.path.join(stack.run, "receive.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(lines)
    done = run("--config", path, "mail", "receive", "--pipe", "--json", input=bounce(letter))
    assert f'"letter":"{key(letter)}"' in done.stdout and '"effect":"uncounted"' in done.stdout, done
    assert marks(stack) == ["bounced"]


def test_what_bounced_is_erased_by_its_own_token(stack):
    letter = spare(stack)
    slug = stack.shared("incoming", confirmation="none")
    receive(stack, bounce(letter))
    stored, counted = stack.stored(slug), stack.tally(slug)
    for _ in range(2):
        assert post(stack, "erasures", letter.token).status == 200
    assert (stack.stored(slug), stack.tally(slug)) == (stored - 1, counted), "it did not count any more"
    # Nobody has barred it: it may be signed anew, and counts until its letter would go.
    stack.signed(slug, email=letter.to)
    assert stack.tally(slug) == counted + 1
    with Sink() as sink, Mailer(stack, sink.port):
        wait_until(lambda: stack.tally(slug) == counted, 10, "nobody lives there")
        assert not sink.letters


def test_a_mark_that_was_wrong_is_taken_away(stack):
    letter, other = spare(stack), stack.address()
    receive(stack, bounce(letter))
    assert cli(stack, "mail", "allow", "--email", "-", input=f"{other}\n", code=NO).stdout == "0 allowed\n" and marks(stack) == ["bounced"]
    assert cli(stack, "mail", "allow", "--email", "-", input=f"# by telephone\n{letter.to.upper()}\n{other}\n").stdout == "1 allowed\n"
    assert marks(stack) == []
    cli(stack, "mail", "allow", "--email", "-", input=f"{letter.to}\n", code=NO)
    done = cli(stack, "mail", "allow", "--email", "-", input=f"{stack.mark}\n", code=WRONG)
    assert stack.mark not in done.stdout + done.stderr
    second = stack.petition(confirmation="none")
    stack.signed(second, email=letter.to)
    with Sink() as sink, Mailer(stack, sink.port):
        arrives(sink, 1)
        settled(stack, second)
        remember(stack, sink)
        assert sink.letters[0].to == letter.to and stack.tally(second) == 1


def test_disavowals_are_told_as_numbers(stack):
    slug, other = stack.petition(), stack.petition()
    letters = sent(stack, slug, 3)
    for _ in range(2):
        assert post(stack, "disavowals", letters[0].token).status == 200
    done = cli(stack, "disavowals", slug)
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0] == ["petition", "disavowed", "signatures", "letters", "per", "mille"], done.stdout
    assert lines[1] == [slug, "1", "3", "3", "333"] and lines[2][1:] == lines[1][1:], done.stdout
    of_slug = {row["slug"]: row for row in parsed(stack, "disavowals")["petitions"]}
    row = [of_slug[slug], of_slug[other]]
    assert [(r["slug"], r["disavowed"], r["signatures"], r["letters"]) for r in row] == [(slug, 1, 3, 3), (other, 0, 0, 0)], row
    assert [day["disavowed"] for day in row[0]["days"]] == [1] and row[1]["days"] == []
    assert stack.mark not in done.stdout
    cli(stack, "disavowals", "no-such-petition", code=NO)
