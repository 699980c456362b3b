"""What the holder of a letter's token sees and does: /me, corrections, /erasures, /disavowals; asking for the link."""
import base64
import concurrent.futures
import json

from client import wait_until
from mail import Mailer, Sink
from stack import ALL_FIELDS, API
from test_http import problem
from test_json import pointers
from test_secrecy import JSON, ROUNDS, STATES, assert_alike, compose, person_for_time, person_in, without_date


def post(stack, path, token):
    return stack.post(f"/api/v1/{path}", {"token": token})


def person(stack, **more):
    """A slug, an address, and the newest letter about it."""
    slug = stack.petition(**more)
    address = stack.signed(slug)
    return slug, address, stack.letters(slug, address)[-1]


def test_what_is_held_is_shown_sealed(stack):
    slug, address, letter = person(stack)
    answer = post(stack, "me", letter["token"])
    assert answer.status == 200 and answer.get("cache-control") == "no-store", answer
    held = answer.json()
    assert sorted(held) == ["bound", "confirmed_at", "erasure", "petition", "sealed", "shown", "signed_at", "state", "subscription",
                            "text_version"]  # fmt: skip
    assert held["petition"] == slug and held["state"] == "pending" and held["confirmed_at"] is None
    assert address.encode() not in answer.body and stack.mark.encode() not in answer.body
    stack.confirm(letter["token"])
    held = post(stack, "me", letter["token"]).json()
    assert held["state"] == "confirmed" and held["confirmed_at"]
    stack.withdraw(letter["token"])
    assert post(stack, "me", letter["token"]).json()["state"] == "withdrawn"


def test_looking_changes_nothing(stack):
    slug, _, letter = person(stack)
    before = stack.stored(slug)
    for _ in range(3):
        post(stack, "me", letter["token"])
    assert stack.stored(slug) == before


def test_I14_I17_any_wrong_token_gets_one_answer(stack):
    _, _, letter = person(stack)
    token = letter["token"]
    answers = []
    for path in ("me", "erasures", "disavowals"):
        for wrong in (token[:-1], token + "A", "A" * len(token), "", token + letter["own_key"][:-1], token + letter["own_key"] + "A"):
            answer = post(stack, path, wrong)
            problem(answer, 404, "invalid_token")
            answers.append(answer.body)
        problem(stack.post(f"/api/v1/{path}", {"token": 5}), 422, "invalid_fields")
        assert stack.get(f"/api/v1/{path}").status == 405
    assert len(set(answers)) == 1


# As it stands behind the # of a letter's link: whoever copies that need not know where the token ends.
def test_the_whole_of_a_link_is_taken_for_its_token(stack):
    slug = stack.petition()
    address = stack.signed(slug)
    letter = stack.letters(slug, address)[-1]
    link = letter["token"] + letter["own_key"]
    for action, word in (("confirmations", "confirmed"), ("withdrawals", "withdrawn")):
        answer = post(stack, action, link)
        assert (answer.status, answer.json()) == (200, {"status": word, "petition": slug}), answer
    assert post(stack, "me", link).body == post(stack, "me", letter["token"]).body
    answer = stack.http("POST", f"/u/{link}", b"List-Unsubscribe=One-Click", [("Content-Type", "application/x-www-form-urlencoded")])
    assert answer.status == 200, answer
    assert post(stack, "erasures", link).status == 200 and stack.export(slug) == []


def test_the_own_key_is_of_the_address_and_opens_no_other_row(stack):
    slug, address, letter = person(stack)
    stack.resend(slug, address)
    again = wait_until(lambda: stack.letters(slug, address)[1:], what="another letter")[0]
    assert again["own_key"] == letter["own_key"] and again["token"] != letter["token"]
    other = stack.signed(slug)
    assert stack.letters(slug, other)[-1]["own_key"] != letter["own_key"]
    key = base64.urlsafe_b64decode(letter["own_key"] + "=")
    assert len(key) == 32
    # Not in the database, in no form that it is sent in.
    dump = str(stack.rows("SELECT s::text FROM countersign.signature s"))
    assert key.hex() not in dump and letter["own_key"] not in dump


def test_erasing_keeps_the_number_and_nothing_else(stack):
    slug, address, letter = person(stack)
    stack.confirm(letter["token"])
    stack.expect_count(slug, 1)
    answer = post(stack, "erasures", letter["token"])
    assert answer.status == 200 and answer.json() == {"status": "erased", "petition": slug}, answer
    assert stack.export(slug) == [] and stack.tally(slug) == 1
    assert stack.cli("audit", slug).returncode == 0
    assert post(stack, "erasures", letter["token"]).json() == answer.json()
    problem(post(stack, "me", letter["token"]), 404, "invalid_token")
    problem(stack.confirm(letter["token"]), 404, "invalid_token")
    left = stack.rows("SELECT l.sealed, l.mailbox FROM countersign.letter l JOIN countersign.petition p"
                      " ON p.id = l.petition_id WHERE p.slug = %s", slug)
    assert all(row == (None, "\\x") or (row[0] is None and bytes(row[1]) == b"") for row in left), left
    stack.signed(slug, email=address)
    assert len(stack.export(slug)) == 1


def test_erasing_lowers_the_number_where_the_petition_says_so(stack):
    slug, _, letter = person(stack, erasure="lower_number")
    assert post(stack, "me", letter["token"]).json()["erasure"] == "lower_number"
    assert post(stack, "me", person(stack)[2]["token"]).json()["erasure"] == "keep_number"
    stack.confirm(letter["token"])
    stack.expect_count(slug, 1)
    for _ in range(2):
        assert post(stack, "erasures", letter["token"]).json() == {"status": "erased", "petition": slug}
        assert stack.tally(slug) == 0 and stack.export(slug) == []
    stack.expect_count(slug, 0)
    assert stack.cli("audit", slug).returncode == 0


def test_erasing_what_never_counted_moves_no_number(stack):
    slug, _, letter = person(stack)
    assert post(stack, "erasures", letter["token"]).status == 200
    assert stack.tally(slug) == 0 and stack.export(slug) == []
    assert stack.cli("audit", slug).returncode == 0


def test_this_was_not_me_takes_the_signature_out_and_ends_the_letters(stack):
    for confirmation in ("email", "none"):
        slug, address, letter = person(stack, confirmation=confirmation)
        stack.confirm(letter["token"])
        assert stack.tally(slug) == 1
        for _ in range(2):
            answer = post(stack, "disavowals", letter["token"])
            assert answer.status == 200 and answer.json() == {"status": "disavowed", "petition": slug}, answer
        assert stack.tally(slug) == 0 and stack.export(slug)[0]["state"] == "withdrawn"
        letters = len(stack.letters(slug, address))
        accepted = stack.sign(slug, email=address)
        assert accepted.status == 202
        assert stack.resend(slug, address).status == 202
        assert len(stack.letters(slug, address)) == letters, "no more letters"
        assert stack.tally(slug) == 0 and stack.export(slug)[0]["state"] == "withdrawn"
        assert stack.value("SELECT count(*) FROM countersign.disavowal d JOIN countersign.petition p"
                           " ON p.id = d.petition_id WHERE p.slug = %s", slug) == 1
        assert stack.cli("audit", slug).returncode == 0
        # Erasing takes no objection back: what a stranger signs then counts as little as before, and no letter goes.
        assert post(stack, "erasures", letter["token"]).status == 200 and stack.stored(slug) == 0
        for _ in range(2):
            assert (again := stack.sign(slug, email=address)).status == 202 and again.body == accepted.body
        assert stack.states(slug) == [1, 0, 0, 0] and stack.tally(slug) == 0
        with Sink() as sink, Mailer(stack, sink.port):
            owed = "SELECT count(*) FROM countersign.letter l JOIN countersign.petition p ON p.id = l.petition_id WHERE p.slug = %s AND l.sealed IS NOT NULL"
            wait_until(lambda: stack.value(owed, slug) == 0, 10, "its letter is given up")
            assert not [to for _, to in sink.steps if to == address]


def test_an_invalidated_signature_is_seen_and_erased_and_signing_again_does_not_count(stack):
    for confirmation in ("email", "none"):
        slug, address, letter = person(stack, confirmation=confirmation)
        row = stack.export(slug)[0]["id"]
        stack.cli("invalidate", slug, "--ids", "-", "--reason", "a test", input=f"{row}\n")
        for path in ("disavowals", "withdrawals", "confirmations"):
            problem(post(stack, path, letter["token"]), 404, "invalid_token")
        assert post(stack, "me", letter["token"]).json()["state"] == "invalidated"
        stack.ask_page(slug, address)
        assert stack.letters(slug, address)[-1]["kind"] == 5, "the link to it can be asked for"
        for _ in range(2):
            assert post(stack, "erasures", letter["token"]).status == 200
        assert stack.stored(slug) == 0
        # Nobody counts after all by erasing themselves first.
        stack.signed(slug, email=address)
        assert stack.states(slug) == [1, 0, 0, 0] and stack.tally(slug) == 0
        assert stack.value("SELECT count(*) FROM countersign.disavowal d JOIN countersign.petition p ON p.id = d.petition_id"
                           " WHERE p.slug = %s AND d.why = 'barred'", slug) == 1  # fmt: skip
        assert stack.value("SELECT sum(disavowed)::integer FROM countersign.disavowals(%s)", slug) == 0, "nobody has said so"


def test_the_pages_are_there_and_framed_by_nobody(stack):
    for path in ("/me", "/not-me"):
        answer = stack.get(path)
        assert answer.status == 200 and "frame-ancestors 'none'" in answer.get("content-security-policy"), answer


def test_unsubscribing_is_one_click_and_does_nothing_else(stack):
    slug, _, letter = person(stack)
    stack.confirm(letter["token"])
    before = stack.stored(slug)
    page = stack.get(f"/u/{letter['token']}")
    assert page.status == 200 and b"<h1" in page.body and stack.get(f"/u/{letter['token']}").body == page.body
    count = "SELECT count(*) FROM countersign.unsubscription u JOIN countersign.petition p ON p.id = u.petition_id WHERE p.slug = %s"
    assert stack.value(count, slug) == 0
    for _ in range(2):
        answer = stack.http("POST", f"/u/{letter['token']}", b"List-Unsubscribe=One-Click",
                            [("Content-Type", "application/x-www-form-urlencoded")])
        assert answer.status == 200 and answer.json() == {"status": "unsubscribed", "petition": slug}, answer
    assert stack.value(count, slug) == 1 and stack.stored(slug) == before
    problem(stack.http("POST", "/u/" + "A" * 46, b""), 404, "invalid_token")
    assert stack.http("PUT", "/u/" + "A" * 46, b"").status == 405
    assert letter["token"].encode() not in b"".join(stack.logs().values())


# ---- the link by address ----


def pages(stack, slug, address):
    return [letter for letter in stack.letters(slug, address) if letter["kind"] == 5]


def test_the_link_is_sent_to_who_has_signed_and_opens_what_is_held(stack):
    slug, address, letter = person(stack)
    for state in ("pending", "confirmed", "withdrawn"):
        before = stack.stored(slug), stack.states(slug), stack.tally(slug)
        assert stack.ask_page(slug, address).status == 202
        assert (stack.stored(slug), stack.states(slug), stack.tally(slug)) == before
        page = pages(stack, slug, address)[-1]
        held = post(stack, "me", page["token"])
        assert held.status == 200 and held.json()["state"] == state, held
        assert page["own_key"] == letter["own_key"] and page["token"] != letter["token"]
        problem(stack.confirm(page["token"]), 404, "invalid_token")
        {"pending": stack.confirm, "confirmed": stack.withdraw, "withdrawn": lambda token: None}[state](letter["token"])
    assert stack.correct(slug, page["token"], address).status == 200
    assert stack.withdraw(page["token"]).status == 200
    assert post(stack, "erasures", page["token"]).status == 200
    assert stack.ask_page(slug, address).status == 202 and pages(stack, slug, address) == []


def test_I12_asking_for_the_page_is_answered_byte_by_byte_the_same(stack):
    for confirmation in ("email", "none"):
        slug = stack.petition(confirmation=confirmation)
        usual = without_date(stack.sign(slug))
        seen = {}
        for state in STATES:
            if confirmation == "none" and state in ("pending", "over-limit"):
                continue
            address = person_in(stack, slug, state)
            seen.setdefault(without_date(stack.ask_page(slug, address)), []).append(state)
        seen.setdefault(without_date(stack.ask_page(slug, stack.address())), []).append("unknown")
        assert list(seen) == [usual], seen


def test_I12_asking_for_the_page_takes_as_long_for_everybody(stack):
    slug = stack.petition()

    def make():
        requests = {}
        for state in ("new", "pending", "blocked"):
            requests[state] = []
            for _ in range(ROUNDS):
                # Of those who have signed each has a row of their own.
                address = stack.address() if state == "new" else person_for_time(stack, slug, state)
                headers = [JSON, ("X-Forwarded-For", stack.caller())]
                requests[state].append(compose("POST", f"{API}/{slug}/page-requests", headers, json.dumps({"email": address}).encode()))
        return requests

    assert_alike(stack, make)


def test_a_mailbox_gets_five_letters_a_day_however_many_pages_are_asked_for(stack):
    slug, address, _ = person(stack)
    for _ in range(9):
        assert stack.ask_page(slug, address).status == 202
    assert len(stack.letters(slug, address)) == 5


def test_who_has_said_this_was_not_me_gets_no_page(stack):
    slug, address, letter = person(stack)
    assert post(stack, "disavowals", letter["token"]).status == 200
    assert stack.ask_page(slug, address).status == 202 and pages(stack, slug, address) == []


def test_who_wants_no_more_letters_gets_those_that_they_ask_for(stack):
    slug, address, letter = person(stack)
    assert stack.http("POST", f"/u/{letter['token']}", b"").status == 200
    assert stack.ask_page(slug, address).status == 202 and len(pages(stack, slug, address)) == 1


def test_the_page_can_be_asked_for_when_the_petition_is_over(stack):
    slug, address, letter = person(stack)
    for number, state in enumerate(("closed", "withdrawn"), 1):
        stack.move(slug, state)
        assert stack.ask_page(slug, address).status == 202
        assert len(pages(stack, slug, address)) == number
        assert post(stack, "me", pages(stack, slug, address)[-1]["token"]).status == 200
    problem(stack.ask_page("no-such-petition", address), 404, "not_found")
    problem(stack.get(f"{API}/{slug}/page-requests"), 405, "method_not_allowed")
    problem(stack.ask_page(slug, "nobody"), 422, "invalid_fields")
    problem(stack.post(f"{API}/{slug}/page-requests", {"email": address, "x": 1}), 422, "invalid_fields")


# ---- correcting ----


def the_row(stack, slug):
    (row,) = stack.export(slug)
    return row


def places(stack, slug):
    return {part["key"]: part["count"] for part in stack.get(f"{API}/{slug}/breakdown?by=country").json()["parts"]}


def recent(stack, slug):
    return [(p["name"], p["place"], p["comment"]) for p in stack.get(f"{API}/{slug}/signatures/recent").json()["signatures"]]


def test_a_correction_takes_the_place_of_what_was_typed(stack):
    slug = stack.petition(disclosure_threshold=1)
    address = stack.signed(slug, family_name="Old", country="DE", comment="Old", source="mail.1", locale="de")
    letter = stack.letters(slug, address)[-1]
    stack.confirm(letter["token"])
    stack.expect_count(slug, 1)
    assert places(stack, slug) == {"DE": 1}
    before = the_row(stack, slug)
    answer = stack.correct(slug, letter["token"], address, given_name="Zoë 😀", family_name="New", country="US", region="US-CA",
                           postal_code="1", locality="Town", subscribe=True, source="mail.1", locale="de")  # fmt: skip
    assert answer.status == 200 and answer.json() == {"status": "corrected", "petition": slug}, answer
    assert answer.get("cache-control") == "no-store"
    after = the_row(stack, slug)
    changed = {"given_name": "Zoë 😀", "family_name": "New", "country": "US", "region": "US-CA", "postal_code": "1", "locality": "Town",
               "comment": None, "subscribe": True}  # fmt: skip
    assert after == {**before, **changed}, after
    assert places(stack, slug) == {"US": 1} and stack.count(slug) == 1
    assert stack.cli("audit", slug).returncode == 0


def test_D5_a_correction_twice_is_one(stack):
    slug, address, letter = person(stack)
    for _ in range(2):
        assert stack.correct(slug, letter["token"], address, given_name="Twice", country="FR").status == 200
    stack.confirm(letter["token"])
    assert stack.correct(slug, letter["token"], address, given_name="Twice", country="FR").status == 200
    assert the_row(stack, slug)["given_name"] == "Twice" and stack.cli("audit", slug).returncode == 0


def test_what_is_shown_follows_the_tick(stack):
    slug = stack.petition(confirmation="none", comments="shown")
    name = f"Ada {stack.mark}"
    address = stack.signed(slug, comment="Because", locality="Here", show_name=True)
    token = stack.token(slug, address)
    wait_until(lambda: recent(stack, slug) == [(name, "Here", "Because")], what="shown")
    assert stack.correct(slug, token, address, comment="Because", locality="Here").status == 200
    wait_until(lambda: recent(stack, slug) == [], what="shown no more")
    assert post(stack, "me", token).json()["shown"] is False
    assert stack.rows("SELECT FROM countersign.shown WHERE name = %s", name) == []
    assert stack.correct(slug, token, address, comment="Better", locality="There", show_name=True).status == 200
    wait_until(lambda: recent(stack, slug) == [(name, "There", "Better")], what="shown again")
    assert post(stack, "me", token).json()["shown"] is True


def test_a_changed_comment_waits_for_review_again(stack):
    slug = stack.petition(confirmation="none", comments="after_review")
    address = stack.signed(slug, comment="Fine", show_name=True)
    token, row = stack.token(slug, address), the_row(stack, slug)["id"]
    assert stack.cli("recent", slug, "--show", str(row)).returncode == 0
    wait_until(lambda: [c for _, _, c in recent(stack, slug)] == ["Fine"], what="the approved comment")
    assert stack.correct(slug, token, address, comment="Fine", family_name="New", show_name=True).status == 200
    wait_until(lambda: [(n.endswith("New"), c) for n, _, c in recent(stack, slug)] == [(True, "Fine")], what="it is still approved")
    assert stack.correct(slug, token, address, comment="Foul", show_name=True).status == 200
    wait_until(lambda: [bool(c) for _, _, c in recent(stack, slug)] == [False], what="the changed one waits")
    assert stack.cli("recent", slug, "--hide", str(row)).returncode == 0
    for show in (False, True):
        assert stack.correct(slug, token, address, comment="Other", show_name=show).status == 200
    assert recent(stack, slug) == [], "what an operator has hidden stays hidden"


def test_what_was_changed_after_it_was_read_is_not_approved(stack):
    slug = stack.petition(confirmation="none", comments="after_review")
    address = stack.signed(slug, comment="Fine", show_name=True)
    token = stack.token(slug, address)

    def listed():
        row = json.loads(stack.cli("--json", "recent", slug).stdout)["signatures"][0]
        assert stack.cli("recent", slug).stdout.split("\t")[0] == row["show"]
        return row["show"]

    def approve(what):
        done = stack.cli("recent", slug, "--show", what)
        assert done.returncode == (0 if done.stdout.startswith("1 shown") else 1), done
        return done.returncode == 0

    first = listed()
    assert ":" not in first, "of what was never changed the number says all"
    assert stack.correct(slug, token, address, comment="Foul", show_name=True).status == 200
    assert not approve(first) and not any(c for _, _, c in recent(stack, slug)), "somebody has read other words"
    second = listed()
    assert second.startswith(first + ":")
    assert stack.correct(slug, token, address, comment="Fouler", show_name=True).status == 200
    assert not approve(second) and not approve(first)
    assert approve(listed())
    wait_until(lambda: [c for _, _, c in recent(stack, slug)] == ["Fouler"], what="the words that were read")
    assert stack.cli("recent", slug, "--hide", first).returncode == 0, "hidden is whatever is there"


def test_a_correction_keeps_to_the_rules_of_signing(stack):
    slug = stack.petition(fields=[*ALL_FIELDS[:2], {"name": "postal_code", "required": True}])
    address = stack.signed(slug, postal_code="1")
    token = stack.token(slug, address)
    before = the_row(stack, slug)
    for fields, wrong in [({}, {"/postal_code": "required"}),
                          ({"postal_code": "x" * 21}, {"/postal_code": "too_long"}),
                          ({"postal_code": "1", "given_name": "http://x.example"}, {"/given_name": "contains_url"}),
                          ({"postal_code": "1", "given_name": "a\u202eb"}, {"/given_name": "invalid_characters"}),
                          ({"postal_code": "1", "country": "DE"}, {"/country": "unknown_field"}),
                          ({"postal_code": "1", "text_version": None}, {"/text_version": "required"}),
                          ({"postal_code": "1", "text_version": 0}, {"/text_version": "out_of_range"}),
                          ({"postal_code": "1", "token": 5}, {"/token": "wrong_type"}),
                          ({"postal_code": "1", "token": None, "x": 1}, {"/token": "required", "/x": "unknown_field"})]:  # fmt: skip
        answer = stack.correct(slug, token, address, **fields)
        problem(answer, 422, "invalid_fields")
        assert pointers(answer) == wrong, (fields, pointers(answer))
    problem(stack.post(f"{API}/{slug}/corrections", b"{"), 400, "invalid_json")
    problem(stack.http("POST", f"{API}/{slug}/corrections", b"{}", [("Content-Type", "text/plain")]), 415, "unsupported_media_type")
    problem(stack.correct(slug, token, address, postal_code="1", headers=[("Origin", "https://elsewhere.example")]), 403, "origin_not_allowed")
    problem(stack.get(f"{API}/{slug}/corrections"), 405, "method_not_allowed")
    assert the_row(stack, slug) == before
    assert stack.correct(slug, token, address, postal_code="2").status == 200


def test_E_U_Q_what_may_be_signed_may_be_corrected_to(stack):
    """The same parser, the same cases; what is read back by the organisation is what was sent."""
    slug = stack.petition()
    address = stack.signed(slug)
    token = stack.token(slug, address)
    texts = ["O'Brien", "'; DROP TABLE signature;--", "<script>alert(1)</script>", "=1+1", "Ж 中 😀", "{{7*7}}", "%s%n", "e\u0301"]
    for text in texts:
        answer = stack.correct(slug, token, address, given_name=f"Ada {stack.mark}", family_name=text, comment=text)
        assert answer.status == 200, (text, answer)
        row = the_row(stack, slug)
        assert (row["family_name"], row["comment"]) == (text, text)


def test_I14_I17_a_correction_with_any_wrong_token_gets_one_answer(stack):
    slug, address, letter = person(stack)
    other = stack.petition()
    stack.signed(other, email=address)
    token, foreign = letter["token"], stack.token(other, address)
    neighbour = stack.signed(slug)
    wrongs = [(slug, token[:-1], address), (slug, "", address), (slug, "A" * 46, address), (slug, token + letter["own_key"][:-1], address),
              (slug, foreign, address), (other, token, address), (slug, token, stack.address()), (slug, token, neighbour),
              (slug, stack.token(slug, neighbour), address)]  # fmt: skip
    before = stack.export(slug)
    seen = {without_date(stack.correct(*wrong)) for wrong in wrongs}
    seen.add(without_date(post(stack, "me", "A" * 46)))
    assert len(seen) == 1 and seen.pop()[0] == 404
    # Who has the token has signed a version: another one is told, as where one signs.
    problem(stack.correct(slug, token, address, text_version=2), 409, "petition_changed")
    assert stack.export(slug) == before
    row = next(row["id"] for row in stack.export(slug) if row["email"] == address)
    stack.cli("invalidate", slug, "--ids", "-", "--reason", "a test", input=f"{row}\n")
    problem(stack.correct(slug, token, address), 404, "invalid_token")
    problem(stack.correct("no-such-petition", token, address), 404, "not_found")


def test_the_version_that_was_signed_stays(stack):
    petition = stack.petition_json()
    slug = stack.put(petition)
    stack.move(slug, "open")
    address = stack.signed(slug)
    petition["title"] = "Another title"
    stack.put(petition)
    token = stack.token(slug, address)
    assert stack.correct(slug, token, address, text_version=1, given_name="New").status == 200
    assert the_row(stack, slug)["text_version"] == 1 and the_row(stack, slug)["given_name"] == "New"
    problem(stack.correct(slug, token, address, text_version=2), 409, "petition_changed")


def test_a_closed_petition_takes_corrections(stack):
    slug, address, letter = person(stack)
    stack.move(slug, "closed")
    assert stack.correct(slug, letter["token"], address, given_name="New").status == 200
    assert the_row(stack, slug)["given_name"] == "New"
    stack.move(slug, "withdrawn")
    problem(stack.correct(slug, letter["token"], address), 410, "petition_withdrawn")


def test_corrections_have_the_limit_of_tokens(stack):
    slug, address, letter = person(stack)
    caller = stack.caller()
    asked = (stack.correct(slug, "A" * 46, address, caller=caller) for _ in range(300))  # some are free again meanwhile
    last = next(answer for answer in asked if answer.status != 404)
    assert last.status == 429 and last.get("ratelimit-policy").startswith('"tokens"')
    assert stack.correct(slug, letter["token"], address).status == 200, "others are not held to it"


def test_D12_corrections_at_once_leave_one_of_them_whole(stack):
    slug, address, letter = person(stack)
    stack.confirm(letter["token"])
    sent = [{"given_name": f"Ada{n} {stack.mark}", "country": country} for n, country in enumerate(["DE", "FR", "ES", "IT"] * 4)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda fields: stack.correct(slug, letter["token"], address, **fields), sent))
    assert {answer.status for answer in answers} == {200}
    row = the_row(stack, slug)
    assert {"given_name": row["given_name"], "country": row["country"]} in sent
    assert stack.cli("audit", slug).returncode == 0 and stack.tally(slug) == 1
