"""What the holder of a letter's token sees and does: /me, /erasures, /disavowals."""
import base64

from client import wait_until
from test_http import problem


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
    assert sorted(held) == ["bound", "confirmed_at", "petition", "sealed", "shown", "signed_at", "state", "text_version"]
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
        for wrong in (token[:-1], token + "A", "A" * len(token), "", token + letter["own_key"]):
            answer = post(stack, path, wrong)
            problem(answer, 404, "invalid_token")
            answers.append(answer.body)
        problem(stack.post(f"/api/v1/{path}", {"token": 5}), 422, "invalid_fields")
        assert stack.get(f"/api/v1/{path}").status == 405
    assert len(set(answers)) == 1


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


def test_an_invalidated_signature_is_nobodys(stack):
    slug, _, letter = person(stack)
    row = stack.export(slug)[0]["id"]
    stack.cli("invalidate", slug, "--ids", "-", "--reason", "a test", input=f"{row}\n")
    for path in ("me", "erasures", "disavowals"):
        problem(post(stack, path, letter["token"]), 404, "invalid_token")
    assert len(stack.export(slug)) == 1


def test_the_pages_are_there_and_framed_by_nobody(stack):
    for path in ("/me", "/not-me"):
        answer = stack.get(path)
        assert answer.status == 200 and "frame-ancestors 'none'" in answer.get("content-security-policy"), answer


def test_unsubscribing_is_one_click_and_does_nothing_else(stack):
    slug, _, letter = person(stack)
    stack.confirm(letter["token"])
    before = stack.stored(slug)
    page = stack.get(f"/u/{letter['token']}")
    assert page.status == 200 and b"<h1>" in page.body and stack.get(f"/u/{letter['token']}").body == page.body
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
