"""News by e-mail: asked for when signing, proven by the letter's token, changed and ended by it; and letters that are read in
the browser."""
import json
import os
import signal
import subprocess

from cases import each, expects_errors
from client import wait_until
from stack import API, WORKERS
from test_http import problem
from test_own import post

FORM = ("Content-Type", "application/x-www-form-urlencoded")


def person(stack, **more):
    """A slug, an address, and the newest letter about it."""
    confirmation = more.pop("confirmation", "email")
    slug = more.pop("slug", None) or stack.petition(confirmation=confirmation, tags=more.pop("tags", ["a tag"]))
    address = stack.signed(slug, **more)
    return slug, address, stack.letters(slug, address)[-1]


def change(stack, letter, **more):
    return stack.post("/api/v1/subscriptions", {"token": letter["token"], **more})


def news(stack, letter):
    held = post(stack, "me", letter["token"]).json()["subscription"]
    held.pop("choices")
    return held


def on(frequency="every", topics=("a tag",)):
    return {"state": "on", "frequency": frequency, "topics": None if topics is None else list(topics)}


NOTHING = {"frequency": None, "topics": None}


def unsubscribe(stack, letter, *headers):
    answer = stack.http("POST", f"/u/{letter['token']}", b"List-Unsubscribe=One-Click", [FORM, *headers])
    assert answer.status == 200, answer


def opened(stack):
    """All that the database and the mailers' key give away: addresses by what they are sealed as."""
    return {row["address"]: row for row in stack.subscribers()}


def test_the_page_is_told_the_words_and_their_version_is_kept(stack):
    slug = stack.petition(translations={"de": {"title": "Ein Titel", "addressee": "Der Rat", "letter": "Bitte.", "asks": ["Eins"]}})
    wording = stack.get(f"{API}/{slug}/subscribe-wording").json()
    assert sorted(wording) == ["language", "text", "version"]
    assert wording["version"] == 1 and wording["language"] == "en" and wording["text"].startswith("An organisation: Yes, "), wording
    german = stack.get(f"{API}/{slug}/subscribe-wording?lang=de").json()
    assert german["language"] == "de" and german["text"].startswith("An organisation: Ja, "), german
    problem(stack.get(f"{API}/{slug}/subscribe-wording?lang=_"), 400, "bad_query")
    problem(stack.get(f"{API}/nobodys/subscribe-wording"), 404, "not_found")
    stack.signed(slug, subscribe=True, locale="de-AT")
    kept = stack.rows("SELECT b.wording, b.language, b.text_version, b.locale FROM countersign.subscription b"
                      " JOIN countersign.petition p ON p.id = b.petition_id WHERE p.slug = %s", slug)
    assert kept == [(1, "de", 1, "de-AT")], kept


def test_confirming_turns_on_what_was_ticked_and_nothing_else(stack):
    _, address, letter = person(stack, subscribe=True, country="ES", given_name="Ada" + stack.mark)
    assert news(stack, letter) == {"state": "asked", **NOTHING}
    assert address in opened(stack), "asked: sealed to the mailers, for as long as an unconfirmed signature"
    assert stack.confirm(letter["token"]).status == 200
    assert news(stack, letter) == on()
    row = opened(stack)[address]
    assert row["state"] == "on" and row["given_name"] == "Ada" + stack.mark and row["country"] == "ES" and row["token"] == "", row
    other = person(stack)[2]
    stack.confirm(other["token"])
    assert news(stack, other) == {"state": "none", **NOTHING}


def test_without_confirmation_the_letters_token_turns_it_on(stack):
    slug, _, letter = person(stack, confirmation="none", subscribe=True)
    assert stack.tally(slug) == 1 and news(stack, letter)["state"] == "asked"
    answer = change(stack, letter, frequency="weekly")
    assert answer.status == 200 and answer.get("cache-control") == "no-store", answer
    assert answer.json()["status"] == "changed" and answer.json()["petition"] == slug
    assert news(stack, letter) == on("weekly")


def test_settings_are_changed_by_any_letter_to_the_mailbox(stack):
    tag = stack.unique("tag")
    slug, address, letter = person(stack, subscribe=True)
    other = stack.petition(tags=[tag, "<b>"])
    stack.signed(other, email=address)
    second = stack.letters(other, address)[-1]
    stack.confirm(letter["token"])
    assert change(stack, second, frequency="monthly", topics=[tag, "<b>"]).status == 200
    assert news(stack, letter) == on("monthly", [tag, "<b>"])
    for _ in range(2):
        answer = change(stack, letter, topics=None).json()["subscription"]
        assert {tag, "<b>"} <= set(answer.pop("choices")) and answer == on("monthly", None)
    assert change(stack, letter, topics=[]).json()["subscription"]["topics"] == []
    assert change(stack, letter).json()["subscription"]["frequency"] == "monthly"
    for _ in range(2):
        assert change(stack, second, frequency="never").json()["subscription"]["state"] == "off"
    assert address not in opened(stack), "off is shredded"
    assert change(stack, letter, frequency="every").json()["subscription"]["state"] == "off", "nothing is left to turn on"
    stack.confirm(letter["token"])
    assert news(stack, letter)["state"] == "off", "the old letter turns nothing on again"


@each((f"{value}", (value, pointer, code)) for value, pointer, code in [
    ({"frequency": "daily"}, "frequency", "invalid_format"), ({"frequency": 1}, "frequency", "wrong_type"),
    ({"frequency": None}, "frequency", "wrong_type"), ({"topics": "a tag"}, "topics", "wrong_type"),
    ({"topics": [1]}, "topics", "wrong_type"), ({"topics": ["nobody's tag"]}, "topics", "invalid_format"),
    ({"topics": ["a tag"] * 101}, "topics", "too_long"), ({"email": "a@example.org"}, "email", "unknown_field"),
])  # fmt: skip
def test_J5_wrong_settings_are_told(stack, case):
    value, pointer, code = case
    stack.shared("news")
    answer = stack.post("/api/v1/subscriptions", {"token": "A" * 46, **value})
    problem(answer, 422, "invalid_fields")
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(f"/{pointer}", code)], answer.body


def test_I14_I17_any_wrong_token_gets_one_answer(stack):
    _, _, letter = person(stack, subscribe=True)
    erased = person(stack, subscribe=True)[2]
    assert post(stack, "erasures", erased["token"]).status == 200
    token, answers = letter["token"], set()
    for wrong in (token[:-1], token + "A", "A" * 46, "", erased["token"]):
        answer = stack.post("/api/v1/subscriptions", {"token": wrong, "frequency": "every"})
        problem(answer, 404, "invalid_token")
        answers.add(answer.body)
    assert len(answers) == 1 and news(stack, letter)["state"] == "asked"
    problem(stack.post("/api/v1/subscriptions", {"frequency": "every"}), 422, "invalid_fields")
    assert stack.get("/api/v1/subscriptions").status == 405


def test_I11_a_strangers_tick_changes_nothing_and_tells_nothing(stack):
    slug, address, letter = person(stack, subscribe=True)
    stack.confirm(letter["token"])
    before = opened(stack)[address]
    usual = stack.sign(slug)
    answer = stack.sign(slug, email=address, subscribe=True, given_name="Fool", locale="fr")
    assert (answer.status, answer.body) == (usual.status, usual.body)
    other = stack.petition()
    assert stack.signed(other, email=address, subscribe=True, given_name="Fool")
    assert news(stack, letter) == on()
    held = stack.rows("SELECT s.locale, s.sealed FROM countersign.subscriber s JOIN countersign.letter l ON l.mailbox = s.mailbox"
                      " JOIN countersign.petition p ON p.id = l.petition_id WHERE p.slug = %s AND s.state = 'on'", slug)
    assert held and all(row[0] == "" for row in held), held
    assert before["state"] == "on"
    unsubscribe(stack, letter)
    assert stack.sign(other, email=address, subscribe=True).status == 202
    assert stack.value("SELECT count(*) FROM countersign.subscriber s JOIN countersign.letter l ON l.mailbox = s.mailbox"
                       " JOIN countersign.petition p ON p.id = l.petition_id WHERE p.slug = %s AND s.state = 'on'", slug) == 0


def test_a_tick_of_somebody_else_is_not_turned_on_by_ones_own_letter(stack):
    slug, address, letter = person(stack)
    assert stack.sign(slug, email=address, subscribe=True).status == 202
    assert stack.confirm(letter["token"]).status == 200
    assert news(stack, letter)["state"] == "asked"
    assert stack.value("SELECT count(*) FROM countersign.subscriber s JOIN countersign.letter l ON l.mailbox = s.mailbox"
                       " JOIN countersign.petition p ON p.id = l.petition_id WHERE p.slug = %s", slug) == 0


def agrees(stack, letter, address, **more):
    """The box on the own page: a token, the words that were shown, and what the browser has opened."""
    return change(stack, letter, **{"wording": 1, "language": "en", "email": address, "given_name": "Ada" + stack.mark, **more})


def proofs(stack, slug):
    return stack.rows("SELECT b.wording, b.language, b.text_version, b.proven_at IS NOT NULL, b.sealed IS NULL FROM countersign.subscription b"
                      " JOIN countersign.petition p ON p.id = b.petition_id WHERE p.slug = %s ORDER BY b.asked_at", slug)  # fmt: skip


def test_the_own_page_takes_an_opt_in_and_keeps_its_proof(stack):
    slug, address, letter = person(stack)
    assert news(stack, letter) == {"state": "none", **NOTHING}
    assert change(stack, letter, frequency="weekly").json()["subscription"]["state"] == "none", "nothing without the words"
    answer = agrees(stack, letter, address, language="de", locale="de-AT", country="AT", frequency="weekly")
    assert answer.status == 200 and answer.json()["petition"] == slug, answer
    assert news(stack, letter) == on("weekly") and proofs(stack, slug) == [(1, "de", 1, True, True)]
    row = opened(stack)[address]
    assert row["state"] == "on" and row["given_name"] == "Ada" + stack.mark and row["country"] == "AT" and row["token"] == "", row
    assert stack.states(slug) == [1, 0, 0, 0] and stack.tally(slug) == 0, "news are no confirmation"
    # Who is on stays as they are; off and on again is a second proof, and the first one stays.
    assert agrees(stack, letter, address, given_name="Bea").status == 200
    assert opened(stack)[address]["given_name"] == "Ada" + stack.mark and len(proofs(stack, slug)) == 1
    change(stack, letter, frequency="never")
    assert agrees(stack, letter, address, frequency="never").json()["subscription"]["state"] == "off", "none is none"
    assert len(proofs(stack, slug)) == 1 and address not in opened(stack)
    assert agrees(stack, letter, address).json()["subscription"]["state"] == "on"
    assert [proof[1] for proof in proofs(stack, slug)] == ["de", "en"]
    assert post(stack, "erasures", letter["token"]).status == 200
    assert address not in opened(stack) and proofs(stack, slug) == []


def test_an_opt_in_for_somebody_else_is_a_wrong_token(stack):
    slug, _, letter = person(stack)
    other, hushed = stack.address(), f"hush.{stack.mark}@example.org"
    for address in (other, hushed):
        answer = agrees(stack, letter, address, frequency="weekly")
        problem(answer, 404, "invalid_token")
        assert answer.body == change(stack, {"token": "A" * 46}, frequency="weekly").body
    assert proofs(stack, slug) == [] and not {other, hushed} & set(opened(stack))


def test_who_gets_no_letter_gets_no_news(stack):
    slug, address, letter = person(stack)
    stack.rows("INSERT INTO countersign.mail_suppressed (mailbox, why, at) SELECT l.mailbox, 'complained', now() FROM countersign.letter l"
               " JOIN countersign.petition p ON p.id = l.petition_id WHERE p.slug = %s", slug)  # fmt: skip
    answer = agrees(stack, letter, address)
    assert answer.status == 200 and answer.json()["subscription"]["state"] == "none" and address not in opened(stack)


@each((f"{changes}", (changes, pointer, code)) for changes, pointer, code in [
    ({"wording": 2}, "wording", "invalid_format"), ({"wording": 0}, "wording", "out_of_range"), ({"wording": "1"}, "wording", "wrong_type"),
    ({"language": "de-AT"}, "wording", "invalid_format"), ({"language": "xx"}, "wording", "invalid_format"), ({"language": 1}, "language", "wrong_type"),
    ({"email": "nobody"}, "email", "invalid_email"), ({"given_name": None}, "given_name", "required"), ({"country": "XX"}, "country", "unknown_country"),
    ({"comment": "x"}, "comment", "unknown_field"), ({"subscribe": True}, "subscribe", "unknown_field"),
])  # fmt: skip
def test_J5_a_wrong_opt_in_is_told(stack, case):
    changes, pointer, code = case
    stack.shared("news")
    answer = agrees(stack, {"token": "A" * 46}, stack.address(), **changes)
    problem(answer, 422, "invalid_fields")
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(f"/{pointer}", code)], answer.body


def off_why(stack, slug):
    rows = stack.rows("SELECT DISTINCT s.state, s.off_why, s.sealed, s.petitions FROM countersign.subscriber s JOIN countersign.letter l"
                      " ON l.mailbox = s.mailbox JOIN countersign.petition p ON p.id = l.petition_id WHERE p.slug = %s", slug)
    assert len(rows) == 1 and rows[0][0] == "off" and rows[0][2] is None and rows[0][3] == [], rows
    return rows[0][1]


def test_one_click_in_any_letter_ends_the_news_at_once(stack):
    for headers, why in (([], "client"), ([("Sec-Fetch-Site", "same-origin")], "page")):
        slug, address, letter = person(stack, subscribe=True)
        stack.confirm(letter["token"])
        for _ in range(2):
            unsubscribe(stack, letter, *headers)
        assert off_why(stack, slug) == why and address not in opened(stack)
        assert stack.export(slug)[0]["state"] == "confirmed", "the signature stays"


def test_erasing_leaves_a_marker_that_it_is_off(stack):
    slug, address, letter = person(stack, subscribe=True)
    stack.confirm(letter["token"])
    stack.resend(slug, address)
    marker = "SELECT count(*) FROM countersign.subscriber s WHERE s.state = 'off' AND s.off_why = 'erased' AND s.on_at IS NULL"
    before = stack.value(marker)
    assert post(stack, "erasures", letter["token"]).status == 200
    assert stack.value(marker) == before + 1 and address not in opened(stack)
    slug, address, letter = person(stack, subscribe=True)
    stack.confirm(letter["token"])
    done = stack.cli("erase", "--email", "-", input=address + "\n")
    assert done.returncode == 0, done.stderr
    assert stack.value(marker) == before + 2 and address not in opened(stack)
    assert stack.value("SELECT count(*) FROM countersign.subscription b JOIN countersign.petition p ON p.id = b.petition_id"
                       " WHERE p.slug = %s", slug) == 0


def test_an_operator_erases_news_of_who_has_no_signature(stack):
    slug, address, letter = person(stack)
    assert agrees(stack, letter, address).status == 200
    # Never confirmed, so the signature goes after thirty days, as mailers do it. The news were a choice of their own.
    stack.rows("DELETE FROM countersign.signature s USING countersign.petition p WHERE p.id = s.petition_id AND p.slug = %s", slug)
    assert opened(stack)[address]["state"] == "on"
    done = stack.cli("erase", "--email", "-", "--json", input=address + "\n")
    told = json.loads(done.stdout)
    assert done.returncode == 0 and (told["erased"], told["news"], told["petitions"]) == (0, 1, []), done
    assert address not in opened(stack) and proofs(stack, slug) == []
    done = stack.cli("erase", "--email", "-", input=address + "\n")
    assert done.returncode == 1 and "nothing is held" in done.stderr, done
    slug, address, letter = person(stack, subscribe=True)
    done = stack.cli("erase", "--email", "-", slug, input=address + "\n")
    assert done.returncode == 0 and "1 erased" in done.stdout and "news of 1 ended" in done.stdout, done


def test_the_database_and_the_mailers_key_give_subscribers_and_owed_letters_alone(stack):
    word = "news" + stack.mark
    people = {}
    for kind in ("on", "off", "never", "asked"):
        people[kind] = person(stack, email=f"{kind}{word}@example.org", subscribe=kind != "never")
        if kind != "asked":
            stack.confirm(people[kind][2]["token"])
    unsubscribe(stack, people["off"][2])
    # As the mailers leave letters that were sent.
    slugs = [slug for slug, _, _ in people.values()]
    stack.rows("UPDATE countersign.letter l SET sealed = NULL, state = 1, sent_at = now() FROM countersign.petition p"
               " WHERE p.id = l.petition_id AND p.slug = ANY (%s)", slugs)
    found = {address: row["state"] for address, row in opened(stack).items() if word in address}
    assert found == {f"on{word}@example.org": "on", f"asked{word}@example.org": "asked"}, found
    dump = subprocess.run(["pg_dump", "-h", stack.sockets, "-U", "countersign_owner", "countersign"], capture_output=True, check=True).stdout
    assert b"COPY countersign.subscriber " in dump and word.encode() not in dump and word.encode().hex().encode() not in dump


def test_operators_are_told_how_many(stack):
    tag = stack.unique("topic")
    for _ in range(2):
        letter = person(stack, subscribe=True, tags=[tag])[2]
        stack.confirm(letter["token"])
    assert change(stack, letter, topics=[tag, tag]).status == 200, "whoever names a topic twice"
    person(stack, subscribe=True, tags=[tag])
    done = stack.cli("subscribers", "count", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["on"] >= 2 and told["asked"] >= 1 and told["topics"][tag] == 2, told
    assert f"on, {tag}\t2\n" in stack.cli("subscribers", "count").stdout


# ---- reading a letter in the browser ----

KINDS = ("confirm", "thanks", "already", "reminder", "page")


@each((f"{kind} {language}", (kind, language)) for kind in KINDS for language in ("en", "de", "ar"))
def test_a_letter_is_read_in_the_browser_without_anybodys_data(stack, case):
    kind, language = case
    slug = stack.shared("view", title='Buses & "trains" <script>alert(1)</script>', organization={"name": "<b>Us</b>", "url": "https://us.example/", "privacy_url": "https://us.example/p"})
    answer = stack.get(f"/letter/{slug}/{kind}/{language}")
    assert answer.status == 200 and answer.get("content-type") == "text/html; charset=utf-8", answer
    page = answer.body.decode()
    assert f'<html lang="{language}"' in page and "<script" not in page and "<b>Us" not in page
    assert "&lt;script&gt;" in page and f"/p/{slug}" in page or kind not in ("thanks", "already")
    assert "#" not in "".join(part.split('"')[0] for part in page.split('href="')[1:]) and "/u/" not in page, "no link with a secret"
    assert "/letter/" not in page, "it is the view"
    policy = answer.get("content-security-policy")
    assert policy.startswith("default-src 'none'") and "script" not in policy and "frame-ancestors 'none'" in policy, policy
    assert answer.get("x-robots-tag") == "noindex" and "max-age" in answer.get("cache-control")
    assert stack.http("HEAD", f"/letter/{slug}/{kind}/{language}").status == 200


@each((path, path) for path in ["/letter", "/letter/", "/letter/x", "/letter/x/confirm", "/letter/nobodys/confirm/en", "/letter/{slug}/Confirm/en",
       "/letter/{slug}/foot/en", "/letter/{slug}/confirm/", "/letter/{slug}/confirm/e", "/letter/{slug}/confirm/en/", "/letter/{slug}/confirm/en--x",
       "/letter/{slug}/confirm/..", "/letter/{slug}/../../confirm/en", "/letter/{slug}/confirm/%2565n", "/letter/{slug}/confirm/" + "a" * 40])  # fmt: skip
def test_H26_no_such_letter(stack, case):
    slug = stack.shared("view", title='Buses & "trains" <script>alert(1)</script>', organization={"name": "<b>Us</b>", "url": "https://us.example/", "privacy_url": "https://us.example/p"})
    assert stack.get(case.replace("{slug}", slug)).status in (400, 404), case


@expects_errors("letters_unreadable")
def test_a_reload_reads_the_words_anew_and_keeps_the_old_ones_where_they_are_wrong(stack):
    slug, folder = stack.petition(), os.path.join(stack.run, "words")
    config = os.path.join(stack.run, "countersign.conf")
    with open(config, encoding="utf-8") as file:
        before = file.read()
    os.makedirs(os.path.join(folder, "en"))
    words = "Subject: S {{title}}\nPreview: P\n\nOur own words.\n\n[Yes](confirm_url)\n\n---\n\n[No](not_me_url)\n"

    def reload(text, expected):
        with open(os.path.join(folder, "en", "confirm.txt"), "w", encoding="utf-8") as file:
            file.write(text)
        for number in WORKERS:
            os.kill(stack.pid(f"countersignd.{number}"), signal.SIGHUP)
        # The answer may be kept for a minute by a cache, so the workers are asked.
        seen = lambda number: expected in stack.worker_get(f"/letter/{slug}/confirm/en", number).body  # noqa: E731
        wait_until(lambda: all(map(seen, WORKERS)), 10, "both workers have the words")

    try:
        with open(config, "a", encoding="utf-8") as file:
            file.write(f"letters_folder = {folder}\n")
        reload(words, b"Our own words.")
        reload(words.replace("own words", "other words"), b"Our other words.")
        told = lambda: sum(text.count(b"letters_unreadable") for name, text in stack.logs().items() if name.startswith("countersignd"))  # noqa: E731
        reload(words.replace("Our", "{{nonsense}}"), b"Our other words.")
        wait_until(lambda: told() == len(WORKERS), 10, "both say so")
        assert b"Our other words." in stack.worker_get(f"/letter/{slug}/confirm/en").body
    finally:
        with open(config, "w", encoding="utf-8") as file:
            file.write(before)
        for number in WORKERS:
            os.kill(stack.pid(f"countersignd.{number}"), signal.SIGHUP)
    wait_until(lambda: all(b"words." not in stack.worker_get(f"/letter/{slug}/confirm/en", number).body for number in WORKERS), 10, "as before")


def test_H18_a_letter_is_only_read(stack):
    answer = stack.post(f"/letter/{stack.petition()}/confirm/en", {})
    problem(answer, 405, "method_not_allowed")
    assert answer.get("allow") == "GET, HEAD"


def test_the_letters_of_a_draft_are_nobodys_and_of_a_withdrawn_petition_gone(stack):
    slug = stack.petition()
    assert stack.get(f"/letter/{slug}/confirm/en").status == 200
    stack.move(slug, "withdrawn")
    assert stack.get(f"/letter/{slug}/confirm/en").status == 410
