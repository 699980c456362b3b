"""Letters to the list: who comes from elsewhere, who gets one and who does not, that it adds up whoever dies, and what their
readers can do with them. Each test has a country of its own, so that no test writes to another's subscribers."""
import csv
import io
import json
import os
import re
import signal
import time

from cases import each
from cli import DONE, NO, WRONG, cli, parsed
from client import wait_until
from mail import SOON, Mailer, Sink, clear

COLUMNS = "email given_name family_name country region language topics consented_at consent_source consent_text".split()
PARTS = "owed later in_hand sent refused failed unsubscribed bounced complained signed too_often cancelled".split()
FORM = [("Content-Type", "application/x-www-form-urlencoded")]


def rows_of(stack, country, count, **more):
    made = []
    for number in range(count):
        row = dict(email=stack.address(), given_name=f"Ada {stack.mark}", country=country, consented_at="2026-01-02T03:04:05Z",
                   consent_source="a stall", consent_text='Yes, "do" write to me,\nplease')  # fmt: skip
        made.append(dict(row, **more))
    return made


def file_of(rows, columns=COLUMNS):
    file = io.StringIO()
    writer = csv.DictWriter(file, columns)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def subscribe(stack, country, count, **more):
    """Addresses of so many new subscribers."""
    rows = rows_of(stack, country, count, **more)
    told = json.loads(cli(stack, "--json", "subscribers", "import", "-", input=file_of(rows)).stdout)
    assert told == {"new": count, "known": 0, "refused": 0}, told
    return [row["email"] for row in rows]


def put(stack, slug, name=None, body="Please **sign**.", code=DONE, **head):
    name = name or stack.unique("letter")
    head = {**dict(name=name, petition=slug, language="en", subject="A letter"), **head}
    done = cli(stack, "letter", "put", "-", input=json.dumps(head) + "\n\n" + body, code=code)
    return name if code == DONE else done.stderr


def send(stack, name, country, *more, code=DONE):
    return cli(stack, "letter", "send", name, "--audience", f"country={country}", *more, code=code)


def letter_of(stack, name):
    """All that the command line says of it."""
    (letter,) = parsed(stack, "letter", "status", name)["letters"]
    return letter


def status(stack, name):
    """What is not 0, and the state. It adds up."""
    told = letter_of(stack, name)
    assert told["audience"] == sum(told[part] for part in PARTS), told
    return {"state": told["state"], **{part: told[part] for part in PARTS if told[part]}}


def ends(stack, name, seconds=30):
    wait_until(lambda: status(stack, name)["state"] == "done", seconds, "the letter is done")
    return status(stack, name)


def key_of(letter):
    return re.search(r"/u/([A-Za-z0-9_-]{24})>", re.sub(r"\s+", "", letter.message["List-Unsubscribe"])).group(1)


def test_everybody_gets_one_letter_of_the_shape_that_was_written(stack):
    clear(stack)
    slug = stack.petition(tags=["buses"], asks=["Ask <one>"])
    readers = subscribe(stack, "AQ", 12)
    (stranger,) = subscribe(stack, "AQ", 1, given_name="")
    name = put(stack, slug, subject="{{#if given_name}}{{given_name}}: {{/if}}a letter", tag_line="A tag line", sender="Ines & Co",
               signature="Ines\nfor the neighbours", office="9 Depot Lane", facebook_url="https://facebook.example/x",
               body="Dear {{friend}}, *please*\n\n<script>alert(1)</script>\n\n* one\n* [two](https://example.org/two)")  # fmt: skip
    with Sink() as sink, Mailer(stack, sink.port):
        send(stack, name, "AQ")
        assert ends(stack, name) == {"state": "done", "sent": 13}
    assert sorted(letter.to for letter in sink.letters) == sorted([*readers, stranger])
    assert len(set(sink.ids())) == 13
    letter = next(one for one in sink.letters if one.to == readers[0])
    page = next(part for part in letter.message.walk() if part.get_content_type() == "text/html").get_payload(decode=True).decode()
    for word in (f"Ada {stack.mark}", "A tag line", "Ines & Co", "buses", "ADD YOUR NAME", "Ask <one>", "for the neighbours",
                 "9 Depot Lane", "two", "https://facebook.example/x", f"/p/{slug}?source={name}", "<script>alert(1)</script>"):  # fmt: skip
        assert word in letter.text, (word, letter.text)
        escaped = word.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert escaped in page, (word, page)
    assert "<script" not in page and "src=" not in page and len(page) < 100 * 1024
    assert letter.message["From"] == "Ines & Co <petitions@sender.example>", "whatever mail_from_name is"
    assert letter.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"Ada {stack.mark}" in str(letter.message["Subject"]) and letter.sender.startswith("bounce+")
    other = next(one for one in sink.letters if one.to == stranger)
    assert str(other.message["Subject"]) == "a letter" and "Friend --" in other.text and stack.mark not in other.text


def test_who_should_not_get_it_does_not_and_each_is_told_why(stack):
    clear(stack)
    slug = stack.petition()
    addresses = subscribe(stack, "BV", 8)
    name = put(stack, slug)
    with Sink() as sink, Mailer(stack, sink.port):
        send(stack, name, "BV", "--at", "2126-01-01 09:00 Europe/Madrid")
        assert status(stack, name) == {"state": "sending"}, "not before its time"
        cli(stack, "letter", "pause", name)
        stack.rows("UPDATE countersign.mailing SET send_at = now() WHERE name = %s", name)
        cli(stack, "letter", "resume", name)
        assert ends(stack, name)["sent"] == 8
        keys = {letter.to: key_of(letter) for letter in sink.letters}
        sender = {letter.to: letter.sender for letter in sink.letters}
    assert set(keys) == set(addresses)
    with Sink() as sink:
        # What they do then: one click, a complaint, a bounce, and one signs.
        assert stack.http("POST", f"/u/{keys[addresses[0]]}", b"List-Unsubscribe=One-Click", FORM).status == 200
        assert stack.http("POST", f"/u/{keys[addresses[0]]}", b"List-Unsubscribe=One-Click", FORM).status == 200
        complaint = message_back(sender[addresses[1]], complaint=True)
        assert cli(stack, "mail", "receive", "--recipient", sender[addresses[1]], input=complaint).stdout.split()[0::3][0] == "complaint"
        bounce = message_back(sender[addresses[2]])
        assert "hard_bounce" in cli(stack, "mail", "receive", "--recipient", sender[addresses[2]], input=bounce).stdout
        assert stack.sign(slug, email=addresses[3]).status == 202
        assert stack.confirm(stack.token(slug, addresses[3])).status == 200
        second = put(stack, slug)
        send(stack, second, "BV")
        with Mailer(stack, sink.port):
            assert ends(stack, second) == {"state": "done", "sent": 4}
    assert sorted(letter.to for letter in sink.letters) == sorted(addresses[4:])
    third = put(stack, slug)
    with Sink() as sink:
        # Again before each letter: who is in the audience and says no before theirs is made.
        with Mailer(stack, sink.port, wait=True):
            send(stack, third, "BV", "--rate", "1")
            wait_until(lambda: len(sink.letters) == 1, 20, "one goes in a minute")
            cli(stack, "letter", "pause", third)
        (first,) = [letter.to for letter in sink.letters]
        left = [address for address in addresses[4:] if address != first]
        assert stack.http("POST", f"/u/{keys[left[0]]}", b"List-Unsubscribe=One-Click", FORM).status == 200
        bounce = message_back(sender[left[1]])
        cli(stack, "mail", "receive", "--recipient", sender[left[1]], input=bounce)
        stack.rows("UPDATE countersign.mailing SET rate = NULL WHERE name = %s", third)
        with Mailer(stack, sink.port):
            cli(stack, "letter", "resume", third)
            assert ends(stack, third) == {"state": "done", "sent": 2, "unsubscribed": 1, "bounced": 1}


def test_nobody_writes_to_an_address_that_is_blocked_since(stack):
    clear(stack)
    slug = stack.petition()
    readers = subscribe(stack, "CW", 3)
    signer = stack.signed(slug)
    name = put(stack, slug)
    blocked = os.path.join(stack.run, "blocked.mailer")
    with open(blocked, "w", encoding="ascii") as file:
        file.write(f"{readers[0].upper()}\n{signer}\n")
    with Sink() as sink, Mailer(stack, sink.port, BLOCKED_ADDRESSES_FILE=blocked, MAIL_LIST_PER_MINUTE="100000"):
        send(stack, name, "CW")
        assert ends(stack, name) == {"state": "done", "sent": 2, "failed": 1}
        wait_until(lambda: stack.value("SELECT count(*) FROM countersign.mail_queue") == 0, 20, "nor is anything owed")
    assert sorted(letter.to for letter in sink.letters) == sorted(readers[1:])


def message_back(address, complaint=False):
    """A report as a mail server sends it, about a letter that was sent from `address`."""
    kind = "feedback-report" if complaint else "delivery-status"
    part = "Feedback-Type: abuse\nUser-Agent: x\nVersion: 1\n" if complaint else (
        "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; x@example.org\nAction: failed\nStatus: 5.1.1\n")  # fmt: skip
    return (f"From: mailer-daemon@mx.example\nTo: {address}\nSubject: report\nMIME-Version: 1.0\n"
            f'Content-Type: multipart/report; report-type={kind}; boundary="b"\n\n--b\nContent-Type: text/plain\n\nreport\n'
            f"--b\nContent-Type: message/{kind}\n\n{part}\n--b\nContent-Type: text/rfc822-headers\n\nFrom: x@example.org\n\n--b--\n")  # fmt: skip


def test_P4_mailers_are_killed_and_nobody_is_left_out_and_nobody_gets_it_twice_who_need_not(stack):
    clear(stack)
    slug = stack.petition()
    addresses = subscribe(stack, "CC", 300)
    name = put(stack, slug)
    with Sink() as sink:
        mailers = [Mailer(stack, sink.port, MAIL_LEASE_S="5", SMTP_TIMEOUT_MS="900") for _ in range(2)]
        try:
            send(stack, name, "CC", "--rate", "6000")
            for goal in (60, 120, 180, 240):
                wait_until(lambda goal=goal: len(sink.letters) >= goal, 60, f"{goal} letters")
                mailers[0].end(signal.SIGKILL)
                status(stack, name)  # adds up
                mailers = [mailers[1], Mailer(stack, sink.port, MAIL_LEASE_S="5", SMTP_TIMEOUT_MS="900")]
            assert ends(stack, name, 60)["sent"] == 300
        finally:
            for mailer in mailers:
                mailer.end()
    got = [letter.to for letter in sink.letters]
    assert set(got) == set(addresses), "nobody is left out"
    twice = len(got) - 300
    assert twice <= 4 * 32, f"{twice} letters more than those that a killed mailer had in hand"
    assert len(set(sink.ids())) == 300, "who got it twice got the same message"


def test_P4_the_subject_that_does_best_goes_to_the_rest_once_though_a_mailer_is_killed(stack):
    clear(stack)
    slug = stack.petition()
    subscribe(stack, "SX", 60, given_name="Ada")
    name = put(stack, slug, subject="First, {{friend}}", other_subjects=["Second"])
    assert "Subject: Second" in cli(stack, "letter", "preview", name, "--subject", "2", "--out", "-").stdout
    cli(stack, "letter", "preview", name, "--subject", "3", "--out", "-", code=WRONG)
    soon = dict(MAIL_LEASE_S="5", SMTP_TIMEOUT_MS="900")
    told = lambda: [(one["sent"], one["signed_by_link"], one["chosen"]) for one in letter_of(stack, name)["subjects"]]  # noqa: E731
    with Sink() as sink:
        mailer = Mailer(stack, sink.port, **soon)
        try:
            send(stack, name, "SX", "--trial", "20", "--trial-hours", "720", "--rate", "3000")
            wait_until(lambda: status(stack, name) == {"state": "sending", "sent": 12, "owed": 48}, 30, "a fifth has it, the others wait")
            assert sorted(str(letter.message["Subject"]) for letter in sink.letters) == ["First, Ada"] * 6 + ["Second"] * 6
            assert told() == [(6, 0, None), (6, 0, None)]
            second = next(letter for letter in sink.letters if str(letter.message["Subject"]) == "Second")
            link = re.search(rf"/p/{slug}\?source={name}&link=sign#([A-Za-z0-9_-]+)\s", second.text).group(1)
            stack.tokens_seen.add(link)
            assert stack.post(f"/api/v1/petitions/{slug}/letter-signatures", {"token": link}).status == 200
            stack.rows("UPDATE countersign.mailing_queue q SET due_at = now() FROM countersign.mailing m"
                       " WHERE m.id = q.mailing_id AND m.name = %s AND q.due_at = m.decides_at", name)  # fmt: skip
            stack.rows("UPDATE countersign.mailing SET decides_at = now() WHERE name = %s", name)
            wait_until(lambda: len(sink.letters) >= 25, 30, "the moment has come")
            mailer.end(signal.SIGKILL)
            mailer = Mailer(stack, sink.port, **soon)
            assert ends(stack, name, 60)["sent"] == 60
        finally:
            mailer.end()
    got = {}
    for letter in sink.letters:
        if letter.message["List-Id"].startswith("<news."):  # not who has signed and is thanked
            got.setdefault(letter.to, set()).add(str(letter.message["Subject"]))
    assert len(got) == 60 and all(len(one) == 1 for one in got.values()), "nobody has seen two"
    assert sum(one == {"Second"} for one in got.values()) == 54
    assert told() == [(6, 0, False), (54, 1, True)]
    assert "; in the trial 6 and 1, chosen: Second" in cli(stack, "letter", "status", name).stdout


def test_letters_of_the_outbox_go_first(stack):
    clear(stack)
    slug = stack.petition()
    subscribe(stack, "CX", 120)
    name = put(stack, slug)
    slow = lambda step, address, sink: "250 2.0.0 taken" if step == "END" and not waits(sink) else None  # noqa: E731

    def waits(sink):
        time.sleep(0.05)  # in the server's one loop: twenty letters a second

    with Sink(slow) as sink, Mailer(stack, sink.port):
        send(stack, name, "CX")
        wait_until(lambda: len(sink.letters) >= 10, 30, "the list is on its way")
        signer = stack.signed(slug)
        asked = len(sink.letters)
        wait_until(lambda: any(letter.to == signer for letter in sink.letters), 30, "the confirmation arrives")
        place = [letter.to for letter in sink.letters].index(signer)
        assert place - asked < 60, f"{place - asked} letters to the list went before it, of {120 - asked}"
        assert (told := ends(stack, name))["sent"] == 120, told


FATES = [
    ("later, then taken", ("GS", lambda seen: "450 4.2.1 later" if seen == 1 else None, {"sent": 3})),
    ("nobody lives there", ("HM", lambda seen: "550 5.1.1 nobody", {"refused": 3})),
    ("policy", ("IO", lambda seen: "550 5.7.1 not you", {"failed": 3})),
]


@each(FATES)
def test_M5_what_a_server_says_is_counted(stack, case):
    country, answer, counted = case
    clear(stack)
    slug = stack.petition()
    subscribe(stack, country, 3)
    name = put(stack, slug)
    seen = {}

    def script(step, address, _sink):
        if step != "RCPT":
            return None
        seen[address] = seen.get(address, 0) + 1
        return answer(seen[address])

    with Sink(script) as sink, Mailer(stack, sink.port, **SOON):
        send(stack, name, country)
        assert ends(stack, name, 60) == {"state": "done", **counted}


def test_M5_P4_a_letter_that_comes_again_is_the_same(stack):
    """The answer is lost, as when its mailer is killed, so it goes once more: a second later, and with the first one's date."""
    clear(stack)
    slug = stack.petition()
    subscribe(stack, "YT", 1)
    name = put(stack, slug)

    def script(step, _address, sink):
        if step != "END" or len(sink.letters) > 1:
            return None
        time.sleep(1.1)
        return "cut"

    with Sink(script) as sink, Mailer(stack, sink.port):
        send(stack, name, "YT")
        again = "UPDATE countersign.mailing_queue SET due_at = now() WHERE lease = 0 AND unsure"
        wait_until(lambda: stack.rows(again) or len(sink.letters) == 2, 30, "it comes again")
        assert ends(stack, name) == {"state": "done", "sent": 1}
    assert sink.letters[0].data == sink.letters[1].data


def test_a_letter_is_paused_resumed_and_cancelled(stack):
    clear(stack)
    slug = stack.petition()
    subscribe(stack, "PN", 50)
    name = put(stack, slug)
    with Sink() as sink, Mailer(stack, sink.port) as mailer:
        others = mailer.metric('countersign_mailer_list_waiting{state="paused"}')
        send(stack, name, "PN", "--rate", "60")
        wait_until(lambda: len(sink.letters) >= 2, 20, "some go")
        cli(stack, "letter", "pause", name)
        assert status(stack, name)["state"] == "paused"
        wait_until(lambda: "in_hand" not in status(stack, name), 20, "what was in hand ends")
        gone = status(stack, name)["sent"]
        assert mailer.metric('countersign_mailer_list_letters_total{fate="sent"}') == gone
        wait_until(lambda: mailer.metric('countersign_mailer_list_waiting{state="paused"}') == others + 50 - gone, 20, "the others are told of")
        cli(stack, "letter", "resume", name)
        cli(stack, "letter", "cancel", name)
        wait_until(lambda: "in_hand" not in status(stack, name), 20, "what was in hand ends")
        told = status(stack, name)
        assert told["state"] == "cancelled" and told["sent"] == len(sink.letters) and told["cancelled"] == 50 - told["sent"], told
    cli(stack, "letter", "resume", name, code=NO)
    send(stack, name, "PN", code=NO)
    assert "its words stay" in put(stack, slug, name=name, code=NO)
    cli(stack, "letter", "pause", "nobodys", code=NO)
    cli(stack, "letter", "status", "nobodys", code=NO)


def test_a_letter_can_be_looked_at_before(stack):
    clear(stack)
    slug = stack.petition(tags=["a tag"])
    body, german = "For {{given_name|a neighbour & *friend*}}", {"de": {"subject": "{{given_name|Nachbar}}", "letter": "Für {{given_name|alle}}"}}
    name = put(stack, slug, subject="{{given_name|Neighbour}}", body=body, translations=german)
    shown = cli(stack, "letter", "preview", name, "--given-name", "Maria", "--out", "-").stdout
    assert "Dear Maria," in shown and "ADD YOUR NAME" in shown and "Subject: Maria\n" in shown and "\nFor Maria\n" in shown, shown
    shown = cli(stack, "letter", "preview", name, "--out", "-").stdout
    assert "Subject: Neighbour\n" in shown and "\nFor a neighbour & friend\n" in shown and "For a neighbour &amp; <em>friend" in shown, shown
    shown = cli(stack, "letter", "preview", name, "--language", "de", "--out", "-").stdout
    assert "Subject: Nachbar\n" in shown and "alle\n" in shown, shown
    with Sink() as sink, Mailer(stack, sink.port):
        cli(stack, "letter", "test", name, "--to", "boss@example.org", "--given-name", f"Boss {stack.mark}")
        wait_until(lambda: sink.letters, 20, "it arrives")
        wait_until(lambda: stack.value("SELECT count(*) FROM countersign.mailing_test") == 0, 20, "and is forgotten")
    (letter,) = sink.letters
    assert letter.to == "boss@example.org" and f"Dear Boss {stack.mark}," in letter.text
    assert status(stack, name) == {"state": "draft"}
    assert stack.http("POST", f"/u/{key_of(letter)}", b"List-Unsubscribe=One-Click", FORM).status == 404
    cli(stack, "letter", "test", "nobodys", "--to", "boss@example.org", code=NO)
    cli(stack, "letter", "test", name, "--to", "boss", code=WRONG)


def test_it_is_viewed_in_the_browser_without_the_name(stack):
    clear(stack)
    slug = stack.petition()
    name = put(stack, slug, body="For {{friend}} alone", translations={"de": {"subject": "Ein Brief", "letter": "Auf *Deutsch*"}})
    assert stack.get(f"/letter/{slug}/list/{name}").status == 404, "a draft is nobody's"
    subscribe(stack, "TF", 1)
    with Sink() as sink, Mailer(stack, sink.port):
        send(stack, name, "TF")
        ends(stack, name)
    (letter,) = sink.letters
    path = re.search(rf"http://[^/]+(/letter/{slug}/list/{name}\?lang=en)", letter.text).group(1)
    wait_until(lambda: stack.get(path).status == 200, 5, "the workers know it")
    page = stack.get(path).body.decode()
    assert "For Friend alone" in page and "Friend --" in page and stack.mark not in page and "/u/" not in page and "/letter/" not in page
    assert "Auf <em>Deutsch</em>" in stack.get(f"/letter/{slug}/list/{name}?lang=de-AT").body.decode()
    assert stack.get(f"/letter/{slug}/list/nobodys").status == 404
    assert stack.get(f"/letter/{stack.petition()}/list/{name}").status == 404, "of that petition alone"


def test_a_petition_is_made_a_letter(stack):
    slug = stack.petition(letter="Dear *all*", translations={"de": {"title": "Ein Titel", "letter": "Liebe *alle*"}})
    assert cli(stack, "letter", "from-petition", slug).stdout == f"{slug} draft\n"
    assert "Dear all" in cli(stack, "letter", "preview", slug, "--out", "-").stdout
    assert "Ein Titel" in cli(stack, "letter", "preview", slug, "--language", "de", "--out", "-").stdout
    cli(stack, "letter", "from-petition", slug, "--name", f"{slug}-two")
    cli(stack, "letter", "from-petition", "nobodys", code=NO)


def test_every_refused_row_is_told_without_what_stands_in_it(stack):
    good, known, off, gone, blocked, *bad = rows_of(stack, "UM", 16)
    wrong = [dict(email=f"not {stack.mark}"), dict(consented_at=""), dict(consented_at="2126-01-01T00:00:00Z"), dict(consent_source=""),
             dict(consent_text=""), dict(country="XX"), dict(region="DE-BE"), dict(language="_"), dict(given_name="x" * 500), {},
             dict(consented_at="yesterday")]  # fmt: skip
    for row, change in zip(bad, wrong):
        row.update(change)
    blocked["email"] = "postmaster@example.org"
    good["consented_at"] = "2026-01-02T03:04:05.123456789+16:30"  # PostgreSQL knows no such offset
    subscribed = json.loads(cli(stack, "--json", "subscribers", "import", "-", input=file_of([known, off, gone])).stdout)
    assert subscribed["new"] == 3
    mailbox = "(SELECT mailbox FROM countersign.subscriber ORDER BY on_at DESC, mailbox LIMIT 1)"
    stack.rows(f"SELECT countersign.subscriber_off(ARRAY[{mailbox}], '{{client}}')")
    done = cli(stack, "--json", "subscribers", "import", "-", input=file_of([good, known, off, gone, blocked, *bad]) + 'a,b\n"x"y,z\n', code=NO)
    told = json.loads(done.stdout)
    assert told == {"new": 2, "known": 2, "refused": 14}, (told, done.stderr)
    assert stack.mark not in done.stderr and "@" not in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 14 and all(line.startswith("standard input:") for line in done.stderr.splitlines())
    assert "only they can take that back" in done.stderr
    cli(stack, "subscribers", "import", "-", input="email,nonsense\n", code=WRONG)
    cli(stack, "subscribers", "import", "-", input="", code=WRONG)
    proof = stack.rows("SELECT source, wording FROM countersign.subscriber_import ORDER BY imported_at DESC LIMIT 1")
    assert proof == [("a stall", 'Yes, "do" write to me,\nplease')], proof


def test_a_quote_that_is_not_closed_swallows_no_other_row(stack):
    rows = rows_of(stack, "WF", 9)
    lines = [file_of([row]).split("\n", 1)[1] for row in rows]
    lines[2] = f'"{lines[2]}'
    lines[5] = lines[5].replace("please\"", "please")
    head = ",".join(COLUMNS) + "\n"
    done = cli(stack, "--json", "subscribers", "import", "-", input=head + "".join(lines), code=NO)
    # Each row takes two lines, since a line end stands in what was agreed to; what is left of a wrong one is no row.
    assert json.loads(done.stdout) == {"new": 7, "known": 0, "refused": 4}, done.stderr
    at = [int(line.split(":")[1]) for line in done.stderr.splitlines()]
    assert at == [6, 7, 12, 13], done.stderr
    assert stack.mark not in done.stderr and "@" not in done.stderr, done.stderr


def test_who_is_imported_and_has_signed_is_known_to_have(stack):
    clear(stack)
    slug = stack.petition()
    signer = stack.signed(slug)
    assert stack.confirm(stack.token(slug, signer)).status == 200
    rows = rows_of(stack, "SJ", 2)
    rows[0]["email"] = signer.upper()
    cli(stack, "subscribers", "import", "-", input=file_of(rows))
    name = put(stack, slug)
    with Sink() as sink, Mailer(stack, sink.port):
        send(stack, name, "SJ")
        assert ends(stack, name) == {"state": "done", "sent": 1}
    assert [letter.to for letter in sink.letters] == [rows[1]["email"]]


WRONG_FILES = [
    ('{"name":"x","petition":"p","language":"en","subject":"s","other_subjects":["t"],"translations":{"de":{"subject":"s","letter":"l"}}} text',
     "/translations/de/other_subjects: as many"),
    ('{"name":"x","petition":"p","language":"en","subject":"s","other_subjects":["{{given_name}}"]} text', "/other_subjects/0: is empty"),
    ("", "expected near end"), ("{", ":1: string"), ("not JSON", "expected near 'not'"), ('{"name":"x"}', "/petition"), ('{"name":"x","petition":"p","language":"en","subject":"s"}', "/letter"),
    ('{"name":"X","petition":"p","language":"en","subject":"s"} text', "/name"),
    ('{"name":"x","petition":"p","language":"en","subject":"s","letter":"a"} text', "/letter"),
    ('{"name":"x","petition":"p","language":"en","subject":"{{surname}}"} text', "/subject: "),
    ('{"name":"x","petition":"p","language":"en","subject":"s"} {{#if given_name}} text', "/letter: "),
    ('{"name":"x","petition":"p","language":"en","subject":"{{friend}}"} text', "/subject: is empty"),
    ('{"name":"x","petition":"p","language":"en","subject":"s","facebook_url":"javascript:alert(1)"} text', "/facebook_url"),
    ('{"name":"x","petition":"p","language":"en","subject":"s","translations":{"en":{"subject":"s","letter":"l"}}} text', "/translations/en"),
    ('{"name":"x","petition":"p","language":"en","subject":"s","surprise":1} text', "/surprise"),
]  # fmt: skip


@each([(word, (file, word)) for file, word in WRONG_FILES])
def test_a_wrong_letter_is_told_as_a_whole(stack, case):
    file, word = case
    done = cli(stack, "letter", "put", "-", input=file, code=WRONG)
    assert word in done.stderr, done.stderr


def test_a_letter_that_is_too_large_is_refused_when_it_is_put_and_when_its_petition_has_grown(stack):
    slug = stack.petition()
    many = "\n\n".join(["*a*"] * 2000)
    assert "/letter: " in put(stack, slug, body=many, code=WRONG)
    translations = {"de": {"subject": "s", "letter": many}}
    assert "/translations/de/letter: " in put(stack, slug, translations=translations, code=WRONG)
    assert "/letter: " in put(stack, stack.petition(state="draft"), body=many, code=WRONG)
    # Long by its readers' names alone.
    assert "/letter: " in put(stack, slug, body="{{given_name}} " * 300, code=WRONG)
    assert not [one for one in parsed(stack, "letter", "status")["letters"] if one["petition"] == slug], "none is stored"
    name = put(stack, slug, body="x" * 25000)
    stack.put(stack.petition_json(slug=slug, asks=[f"{n} " + "&" * 300 for n in range(50)]))
    assert "larger than 100 kB" in send(stack, name, "AX", code=WRONG).stderr
    assert status(stack, name) == {"state": "draft"}


WRONG_SENDS = [("--warm-up", "0"), ("--local",), ("--trial", "10"), ("--trial-hours", "1"), ("--trial", "101"), ("--rate", "0"), ("--rate", "x"), ("--audience", "who=me"), ("--audience", ""), ("--audience", " ; "), ("--audience", "topic"), ("--audience", "country=de"), ("--audience", "country=DE;region=BE"), ("--audience", "=DE"), ("--audience", "who=all;who=signed"), ("--audience", "topic=nobodys topic"), ("--at", "2025-12-01 09:00 Europe/Madrid"), ("--at", "infinity"), ("--at", "2126-01-01 09:00"), ("--at", "soon")]


@each([(" ".join(case), case) for case in WRONG_SENDS])
def test_a_wrong_sending_is_told(stack, case):
    name = stack.shared("wrong letter")
    put(stack, name, name=f"{name}-letter")
    told = cli(stack, "letter", "send", f"{name}-letter", *case, code=WRONG).stderr
    assert "PostgreSQL" not in told, told
    assert status(stack, f"{name}-letter") == {"state": "draft"}
    assert put(stack, "nobodys", code=NO)
    draft = stack.petition(state="draft")
    cli(stack, "letter", "send", put(stack, draft), code=NO)
