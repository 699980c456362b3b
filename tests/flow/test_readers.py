"""Readers of letters to the list: what they change by the link in theirs, the list as its organiser takes it away and brings it
back, and the pace of a sending as the command line asks for it. Countries as in test_mailings.py."""
import csv
import io
import os
import re
import signal
import time

from cli import DONE, NO, WRONG, cli, in_terminal
from client import wait_until
from mail import Mailer, Sink, clear
from test_http import problem
from test_mailings import COLUMNS, FORM, ends, file_of, key_of, letter_of, put, rows_of, send, status, subscribe

MAILING_KEY = "keys/mailing/organization.key"


def exported(stack, country, code=DONE):
    """The lines of one country."""
    done = cli(stack, "subscribers", "export", "--key", os.path.join(stack.run, MAILING_KEY), code=code)
    return [row for row in csv.DictReader(io.StringIO(done.stdout)) if row["country"] == country]


def test_a_reader_changes_how_often_and_about_what_by_the_link_in_the_letter(stack):
    clear(stack)
    slug, other = stack.petition(tags=["buses"]), stack.petition(tags=["trains"])
    subscribe(stack, "TK", 1, given_name="")
    name = put(stack, slug)
    with Sink() as sink, Mailer(stack, sink.port):
        send(stack, name, "TK")
        ends(stack, name)
    (letter,) = sink.letters
    token = key_of(letter)
    assert re.search(rf"Change your subscription settings or unsubscribe here:\s+http://[^/]+/u/{token}\s", letter.text), letter.text

    def change(**more):
        answer = stack.post("/api/v1/subscriptions", {"token": token, **more})
        assert answer.status == 200 and answer.json()["petition"] == slug, answer
        told = answer.json()["subscription"]
        assert {"buses", "trains"} <= set(told.pop("choices"))
        return told

    assert change() == {"state": "on", "frequency": "every", "topics": None}, "who only looks changes nothing"
    wanted = {"frequency": "weekly", "topics": ["trains"]}
    assert change(**wanted) == {"state": "on", **wanted}
    assert [(row["frequency"], row["topics"]) for row in exported(stack, "TK")] == [("weekly", "trains")]
    # A letter about what they do not want is not theirs, nor a second one within the week.
    with Sink() as sink, Mailer(stack, sink.port):
        for topic, sent in (("buses", {}), ("trains", {"sent": 1}), ("trains", {})):
            send(stack, name := put(stack, other), f"TK;topic={topic}")
            assert ends(stack, name) == {"state": "done", **sent}
    # Nobody is told of anybody: another key, one that is cut, a wrong topic.
    problem(stack.post("/api/v1/subscriptions", {"token": "A" + token[1:] if token[0] != "A" else "B" + token[1:]}), 404, "invalid_token")
    problem(stack.post("/api/v1/subscriptions", {"token": token[:-1]}), 404, "invalid_token")
    problem(stack.post("/api/v1/subscriptions", {"token": token, "topics": ["nobody's topic"]}), 422, "invalid_fields")
    for path in ("me", "erasures", "confirmations", "disavowals"):
        problem(stack.post(f"/api/v1/{path}", {"token": token}), 404, "invalid_token")
    assert change(frequency="never") == {"state": "off", "frequency": None, "topics": None}
    assert change(frequency="every") == {"state": "off", "frequency": None, "topics": None}, "off is for good"
    assert exported(stack, "TK") == []
    assert stack.http("POST", f"/u/{token}", b"List-Unsubscribe=One-Click", FORM).status == 200, "as before"


def test_the_list_is_taken_away_with_its_key_and_comes_back(stack):
    rows = rows_of(stack, "NU", 3)
    rows[0].update(given_name="=HYPERLINK(1)", family_name="d'Or, \"Ada\"", language="fr", topics=" buses | two words||", frequency="monthly")
    rows[1].update(email=f"+{rows[1]['email']}", frequency="every")
    told = cli(stack, "subscribers", "import", "-", input=file_of(rows, [*COLUMNS, "frequency"])).stdout
    assert told.startswith("3 new"), told
    found = {row["email"]: row for row in exported(stack, "NU")}
    assert set(found) == {rows[0]["email"], "'" + rows[1]["email"], rows[2]["email"]}
    first = found[rows[0]["email"]]
    assert first == {"email": rows[0]["email"], "given_name": "'=HYPERLINK(1)", "family_name": "d'Or, \"Ada\"", "country": "NU", "region": "",
                     "language": "fr", "topics": "buses|two words", "frequency": "monthly", "consented_at": "2026-01-02T03:04:05.000Z",
                     "consent_source": "a stall", "consent_text": rows[0]["consent_text"]}, first  # fmt: skip
    # What was exported is known as it is; where it is new it is the same.
    again = file_of(found.values(), list(first))
    assert cli(stack, "subscribers", "import", "-", input=again).stdout.startswith("0 new, 3 known")
    stack.rows("DELETE FROM countersign.subscriber WHERE country = 'NU'")
    assert cli(stack, "subscribers", "import", "-", input=again).stdout.startswith("3 new")
    assert {row["email"]: row for row in exported(stack, "NU")} == found
    # Who ticked the box: by the petition, with the words that stood there.
    slug = stack.petition()
    signer = stack.signed(slug, subscribe=True, country="NU")
    assert stack.confirm(stack.token(slug, signer)).status == 200
    (row,) = [row for row in exported(stack, "NU") if row["email"] == signer]
    assert row["consent_source"].endswith(f"/p/{slug}") and row["consent_text"].startswith("An organisation: Yes, I would like news"), row
    # With another key nothing is opened, and no address is told.
    wrong = cli(stack, "subscribers", "export", "--key", os.path.join(stack.run, "keys/organization.key"), code=NO)
    assert wrong.stdout.count("\n") == 1 and "@" not in wrong.stdout + wrong.stderr and "could not be opened" in wrong.stderr
    cli(stack, "subscribers", "export", "--key", os.path.join(stack.run, "countersign.conf"), code=WRONG)


def test_a_letter_goes_out_at_the_readers_own_time(stack):
    clear(stack)
    (early,) = subscribe(stack, "KI", 1)  # 14 hours ahead of UTC
    subscribe(stack, "AS", 1)  # 11 behind
    name = put(stack, stack.petition())
    with Sink() as sink, Mailer(stack, sink.port):
        send(stack, name, "KI;country=AS", "--at", time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "--local")
        wait_until(lambda: status(stack, name) == {"state": "sending", "sent": 1, "owed": 1}, 20, "where it is that time already it has gone")
        due = stack.value("SELECT extract(epoch FROM q.due_at - now()) FROM countersign.mailing_queue q JOIN countersign.mailing m"
                          " ON m.id = q.mailing_id WHERE m.name = %s", name)  # fmt: skip
        assert 10.9 < due / 3600 <= 11, due
        cli(stack, "letter", "cancel", name)
    assert [letter.to for letter in sink.letters] == [early]


def test_a_sender_warms_up_and_holds_up_no_other_letter(stack):
    clear(stack)
    slug = stack.petition()
    subscribe(stack, "CK", 3)
    slow, fast = put(stack, slug), put(stack, slug)
    with Sink() as sink, Mailer(stack, sink.port):
        send(stack, slow, "CK", "--warm-up", "1440")
        wait_until(lambda: status(stack, slow) == {"state": "sending", "sent": 1, "owed": 2}, 20, "one in the first minute")
        send(stack, fast, "CK")
        assert ends(stack, fast)["sent"] == 3
        assert status(stack, slow) == {"state": "sending", "sent": 1, "owed": 2}
        cli(stack, "letter", "cancel", slow)


def of_domains(stack, country, **counts):
    """New subscribers, so many at each domain."""
    rows = rows_of(stack, country, sum(counts.values()))
    domains = [domain for domain, count in counts.items() for _ in range(count)]
    for row, domain in zip(rows, domains):
        row["email"] = row["email"].split("@")[0] + f"@{domain}.example"
    assert cli(stack, "subscribers", "import", "-", input=file_of(rows)).stdout.startswith(f"{len(rows)} new")


def domains_of(letters):
    return sorted(letter.to.split("@")[1].split(".")[0] for letter in letters)


def test_a_domain_gets_so_many_letters_a_minute_from_all_mailers_and_nobody_else_waits_for_it(stack):
    clear(stack)
    slug = stack.petition()
    others = {f"rare{number}": 1 for number in range(8)}
    of_domains(stack, "PM", paced=150, **others)  # two mailers have 64 in hand
    name = put(stack, slug)
    with Sink() as sink, Mailer(stack, sink.port, MAIL_LIST_PER_MINUTE="1") as one, Mailer(stack, sink.port, MAIL_LIST_PER_MINUTE="1") as two:
        send(stack, name, "PM")
        wait_until(lambda: status(stack, name) == {"state": "sending", "sent": 9, "owed": 149}, 20, "one to each domain")
        signer = "signer@paced.example"
        assert stack.sign(slug, email=signer).status == 202
        wait_until(lambda: len(sink.letters) == 10, 20, "what somebody waits for goes")
        assert domains_of(sink.letters[:9]) == sorted(["paced", *others]) and sink.letters[9].to == signer
        claimed = sum(mailer.metric("countersign_mailer_claimed_total") for mailer in (one, two))
        assert claimed == 158 + 9 + 1, f"each is looked at once, whatever waits: {claimed}"
        cli(stack, "letter", "cancel", name)
    assert len(sink.letters) == 10 and status(stack, name) == {"state": "cancelled", "sent": 9, "cancelled": 149}


def test_a_domain_that_is_slow_keeps_its_own_letters_waiting_and_no_others(stack):
    clear(stack)
    others = {f"quick{number}": 1 for number in range(8)}
    of_domains(stack, "BQ", tarpit=150, **others)
    name = put(stack, stack.petition())
    hangs = lambda step, address, sink: "hang" if step == "RCPT" and address.endswith("@tarpit.example") else None  # noqa: E731
    with Sink(hangs) as sink, Mailer(stack, sink.port, MAIL_PER_DOMAIN="1", MAIL_LEASE_S="300") as mailer:
        send(stack, name, "BQ")
        try:
            wait_until(lambda: len(sink.letters) == 8, 10, "all others have theirs")
        finally:
            mailer.end(signal.SIGKILL)  # what hangs would take its time to end
            cli(stack, "letter", "cancel", name)
        assert domains_of(sink.letters) == sorted(others)


def test_who_sends_from_a_terminal_sees_how_far_it_is(stack):
    clear(stack)
    subscribe(stack, "FK", 20)
    slug = stack.petition()
    name, later = put(stack, slug), put(stack, slug)
    with Sink() as sink, Mailer(stack, sink.port):
        shown, code = in_terminal(stack, "letter", "send", name, "--audience", "country=FK", "--rate", "600")
    assert code == 0 and "sending" in shown and f"\r{'#' * 40} 20 of 20, done" in shown, shown
    assert shown.index("sending") < shown.index("20 of 20") < shown.index("20  sent"), shown
    assert "#" not in in_terminal(stack, "letter", "send", later, "--at", "2126-01-01 09:00 UTC")[0], "what is for later is not waited for"
    cli(stack, "letter", "cancel", later)


def test_a_topic_is_one_of_a_petition_or_of_a_reader(stack):
    clear(stack)
    name = put(stack, stack.petition(tags=["ferries"]))
    subscribe(stack, "BS", 1, topics="a topic from elsewhere")
    told = send(stack, name, "BS;topic=Ferries", code=WRONG).stderr
    assert "topic Ferries" in told, told
    send(stack, name, "BS;topic=ferries;topic=a topic from elsewhere", "--at", "2126-01-01 09:00 UTC")
    cli(stack, "letter", "cancel", name)


def test_a_zone_lies_where_people_mean_it_to(stack):
    slug = stack.petition()
    for zone, utc in (("UTC+2", "07:00"), ("gmt-01:30", "10:30"), ("Etc/GMT+2", "11:00"), ("+02:00", "07:00")):
        name = put(stack, slug)
        send(stack, name, "BQ", "--at", f"2126-01-01 09:00 {zone}")
        assert letter_of(stack, name)["send_at"] == f"2126-01-01T{utc}:00+00:00", zone
        cli(stack, "letter", "cancel", name)


def test_one_letters_status_reads_the_key_of_its_petition_alone(stack):
    slug = stack.petition()
    name = put(stack, slug)
    logged = {"log_statement": "all", "log_error_verbosity": "default"}
    for setting, value in logged.items():
        stack.superuser(f"ALTER ROLE countersign_operator SET {setting} = '{value}'")
    try:
        before = len(stack.logs()["postgres.log"])
        assert letter_of(stack, name)["referred"] == 0
    finally:
        stack.superuser("ALTER ROLE countersign_operator RESET ALL")
    said = stack.logs()["postgres.log"][before:].decode()
    (asked,) = re.findall(r"execute petition_keys.*\n(?:\t.*\n)*.*parameters: (.*)", said)
    assert asked == f"$1 = '{slug}'", asked


def test_what_came_of_handing_it_on_is_told_and_that_nobody_can_sign(stack):
    slug = stack.petition()
    name = put(stack, slug)
    assert letter_of(stack, name)["referred"] == 0 and "handed on" not in cli(stack, "letter", "status", name).stdout
    friend = stack.signed(slug, source="whatsapp", referrer=name)
    assert stack.confirm(stack.token(slug, friend)).status == 200
    assert letter_of(stack, name)["referred"] == 1
    assert "1  signed by a link that was handed on" in cli(stack, "letter", "status", name).stdout
    send(stack, name, "BL", "--at", "2126-01-01 09:00 UTC")
    assert "takes no signatures" not in cli(stack, "letter", "status", name).stdout
    cli(stack, "petition", "close", slug)
    assert "nobody is written to while the petition takes no signatures" in cli(stack, "letter", "status", name).stdout
    cli(stack, "letter", "cancel", name)
