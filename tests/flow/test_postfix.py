"""Letters through a real relay: Debian's postfix, which asks for TLS and a login, and hands on to a sink."""
import json
import os
import re
import smtplib
import ssl

import postfix
from cases import expects_errors
from client import wait_until
from mail import Mailer, Sink, clear, hurry, seed, states
from stack import BUILD, TOP
from test_incoming import PLAIN, SETTINGS, marks, unsubscribe_to, unsubscribed
from test_mail import SENT, arrives, people, remember, settled

LOGIN = ("mailer@relay.example", "p\u00e4ss word")


def through(stack, relay, **settings):
    """A mailer that sends through it."""
    password = f"{stack.run}/relay.password"
    with open(password, "w", encoding="utf-8") as file:
        file.write(LOGIN[1] + "\n")
    return Mailer(stack, relay.port, **dict(dict(SMTP_TLS="starttls", SMTP_CA_FILE=relay.chain, SMTP_USER=LOGIN[0],
                                                SMTP_PASSWORD_FILE=password, SMTP_TIMEOUT_MS="10000", MAIL_LEASE_S="60"), **settings))  # fmt: skip


def relayed(test):
    """Skips loudly where there can be no postfix."""

    def run(stack):
        why = postfix.missing()
        if why:
            print(f"SKIPPED {test.__name__}: {why}", flush=True)
        else:
            clear(stack)
            test(stack)

    run.__name__ = test.__name__
    run.__dict__.update(test.__dict__)
    return run


def without_trace(data):
    """What a relay adds on the way."""
    return re.sub(rb"\A(?:(?:Received|Return-Path|Delivered-To):[^\n]*\n(?:[ \t][^\n]*\n)*)+", b"", data)


@relayed
def test_a_letter_arrives_as_it_was_written(stack):
    slug = stack.petition(title="Für längere Öffnungszeiten – überall")
    address = stack.signed(slug, locale="de")
    # The same letter, first to somebody who keeps a copy and says "later".
    with Sink(lambda step, to, sink: "451 4.3.0 later" if step == "END" else None) as copy, Mailer(stack, copy.port) as mailer:
        wait_until(lambda: mailer.fate("later") == 1, 8, "it is put off")
    hurry(stack)
    with Sink() as sink, postfix.Postfix(sink.port, LOGIN) as relay, through(stack, relay) as mailer:
        arrives(sink, 1, 20)
        settled(stack, slug)
        remember(stack, sink)
        letter, written = sink.letters[0], copy.letters[0]
        assert letter.to == address and letter.sender == written.sender and mailer.fate("sent") == 1
        assert b"with ESMTPSA" in letter.data, "by TLS and a login"
        assert without_trace(letter.data) == written.data
        assert stack.confirm(letter.token).status == 200


@relayed
def test_hundreds_of_letters_arrive_once_each(stack):
    slug = stack.petition()
    addresses = seed(stack, slug, people(stack, 300))
    with Sink() as sink, postfix.Postfix(sink.port, LOGIN) as relay, through(stack, relay, SMTP_CONNECTIONS="8", MAIL_PER_DOMAIN="8"):
        arrives(sink, 300, 60)
        settled(stack, slug)
        remember(stack, sink)
        assert sorted(letter.to for letter in sink.letters) == sorted(addresses)
        assert len(set(sink.ids())) == 300 and relay.waiting() == 0


@relayed
def test_M2_M3_what_the_relay_says_of_a_recipient_is_the_letters_fate(stack):
    slug = stack.petition()
    names = {name: stack.signed(slug, email=f"{name}.{stack.mark}@example.org") for name in ("grey", "nobody", "policy", "fine")}
    asked = []

    def policy(address):
        first = address not in asked
        asked.append(address)
        return {"grey": "450 4.2.0 greylisted" if first else None, "nobody": "550 5.1.1 no such user",
                "policy": "550 5.7.1 we do not like you"}.get(address.split(".")[0])  # fmt: skip

    with Sink() as sink, postfix.Postfix(sink.port, LOGIN, policy) as relay, through(stack, relay) as mailer:
        wait_until(lambda: mailer.fate("later") == 1 and mailer.fate("refused") == 1, 15, "the first answers")
        hurry(stack)
        settled(stack, slug, 15)
        arrives(sink, 2)
        remember(stack, sink)
        assert {letter.to for letter in sink.letters} == {names["grey"], names["fine"]}
        assert asked.count(names["grey"]) == 2 and asked.count(names["nobody"]) == asked.count(names["policy"]) == 1
        assert sorted(states(stack, slug)) == SENT * 2 + [(2, False, None, None)] * 2
        marked = stack.rows("SELECT l.kind FROM countersign.mail_suppressed m JOIN countersign.letter l USING (mailbox)"
                            " JOIN countersign.petition p ON p.id = l.petition_id WHERE p.slug = %s", slug)  # fmt: skip
        assert len(marked) == 1, "nobody's mailbox and no other"


@relayed
@expects_errors("mail_stopped")
def test_M8_a_relay_that_refuses_our_return_addresses_loses_no_letter(stack):
    slug = stack.petition()
    stack.signed(slug)
    owned = "smtpd_sender_restrictions = reject_sender_login_mismatch\nsmtpd_sender_login_maps = static:somebody@else.example\n"
    with Sink() as sink, postfix.Postfix(sink.port, LOGIN, more=(owned, "")) as relay, through(stack, relay) as mailer:
        wait_until(lambda: mailer.metric('countersign_mailer_server{state="sender"}') == 1, 10, "the alarm")
        wait_until(lambda: states(stack, slug)[0][:3] == (0, True, 0), 5, "the letter is as it was")
        assert not sink.letters and "Sender address rejected: not owned by user" in relay.log()


@relayed
def test_M11_the_report_that_postfix_makes_names_the_letter(stack):
    slug = stack.petition()
    away = stack.signed(slug)
    script = lambda step, to, sink: "550 5.1.1 unknown user" if step == "RCPT" and to == away else None  # noqa: E731
    with Sink(script) as sink, postfix.Postfix(sink.port, LOGIN) as relay, through(stack, relay):
        settled(stack, slug, 15)
        assert states(stack, slug) == SENT, "the relay has taken it"
        arrives(sink, 1, 20)  # what comes back to the sender
        report = sink.letters[0]
        sender = next(to for step, to in sink.steps if step == "MAIL" and to)
        assert report.to == sender and re.fullmatch(r"bounce\+[a-z2-7]+@sender\.example", sender), sender
        assert report.message.get_content_type() == "multipart/report"
        read = stack.cli("--json", "mail", "receive", "--recipient", report.to, input=report.data, text=False)
        assert read.returncode == 0, read.stderr
        key = sender.split("@")[0].removeprefix("bounce+")
        assert {"kind": "hard_bounce", "letter": key, "status": "5.1.1"}.items() <= json.loads(read.stdout).items(), read.stdout


RETURNS = "bounces.example.org"  # as in src/mail/README.md


def as_told(stack):
    """What main.cf and master.cf get by src/mail/README.md, with the programs and the user of the stack, and where the
    configuration of the pipe has to lie."""
    with open(os.path.join(TOP, "src/mail/README.md"), encoding="utf-8") as file:
        master, main = re.search(r"\n    # master.cf\n(.*?)\n    # main.cf[^\n]*\n(.*?)\n\n", file.read(), re.S).groups()
    config = os.path.join(stack.run, "pipe.conf")
    for told, here in (("/usr/local/bin/countersign", f"{BUILD}/countersign"), ("/etc/countersign/receive.conf", config),
                       ("user=countersign-mail", "user=postgres")):  # fmt: skip
        assert told in master
        master = master.replace(told, here)
    lines = lambda text: re.sub(r"^    ", "", text, flags=re.M) + "\n"  # noqa: E731
    return (lines(main), lines(master)), config


def write_config(stack, path):
    with open(os.path.join(stack.run, "countersign.conf"), encoding="utf-8") as file:
        lines = [line for line in file if line.split(" = ")[0] in SETTINGS]
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.writelines(lines)
    os.rename(path + ".new", path)  # postfix tries each second


def mail_in(relay, message, to):
    """Somebody out there writes; they have no login here."""
    with smtplib.SMTP("127.0.0.1", relay.port, timeout=20) as server:
        server.starttls(context=ssl.create_default_context(cafile=relay.chain))
        server.sendmail("somebody@mail.example", [to], message)


@relayed
def test_M11_postfix_pipes_what_comes_back_and_it_acts(stack):
    slug = stack.petition(confirmation="none")
    away, tired = (stack.signed(slug, email=f"{name}.{stack.mark}@example.org") for name in ("away", "tired"))
    script = lambda step, to, sink: "550 5.1.1 unknown user" if step == "RCPT" and to == away else None  # noqa: E731
    more, config = as_told(stack)
    with Sink(script) as sink, postfix.Postfix(sink.port, LOGIN, more=more) as relay:
        with through(stack, relay, MAIL_RETURN_DOMAIN=RETURNS):
            settled(stack, slug, 15)
        assert states(stack, slug) == SENT * 2 and stack.tally(slug) == 2, "the relay has taken both"
        remember(stack, sink)
        wait_until(lambda: re.search(r"to=<bounce\+.*status=deferred", relay.log()), 20, "without a configuration it waits")
        assert not marks(stack) and stack.tally(slug) == 2
        write_config(stack, config)
        # The report that postfix made of what the next server said, through the pipe: whose letter it is counts no more.
        wait_until(lambda: marks(stack) == ["bounced"] and stack.tally(slug) == 1, 90, "the bounce acts")
        arrives(sink, 1, 20)
        letter = sink.letters[0]
        assert letter.to == tired and letter.sender.endswith("@" + RETURNS)
        mail_in(relay, PLAIN.format(to=unsubscribe_to(letter)), unsubscribe_to(letter))
        wait_until(lambda: unsubscribed(stack, slug) == 1, 20, "the wish acts")
        # Anybody can write there: it goes no further, and nothing of it is kept.
        mail_in(relay, PLAIN.format(to=f"postmaster@{RETURNS}"), f"postmaster@{RETURNS}")
        wait_until(lambda: relay.waiting() == 0, 20, "nothing waits")
        assert relay.log().count("relay=countersign") >= 4 and len(sink.letters) == 1
        assert stack.tally(slug) == 1 and marks(stack) == ["bounced"]


@relayed
@expects_errors("mail_stopped")
def test_M8_a_login_that_postfix_does_not_take_stops_the_queue(stack):
    slug = stack.petition()
    stack.signed(slug)
    with Sink() as sink, postfix.Postfix(sink.port, ("somebody", "else")) as relay, through(stack, relay) as mailer:
        wait_until(lambda: mailer.metric('countersign_mailer_server{state="login"}') == 1, 10, "the alarm")
        assert not sink.letters and mailer.logged("mail_stopped")
        wait_until(lambda: states(stack, slug)[0][:3] == (0, True, 0), 3, "the letter is as it was")
