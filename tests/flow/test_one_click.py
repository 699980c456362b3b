"""Signing by the button of a letter to the list: the lines of the threat model of include/core/pass.h, by their numbers."""
import base64
import re

from client import wait_until
from mail import Mailer, Sink, clear
from stack import API
from test_http import problem
from test_mailings import ends, put, send, subscribe

COUNTRIES = iter("MH NR PW TV FO GF GG GI GL GP GU IM JE MF MP MQ MS NC NF NU PF".split())


def letter_to(stack, slug=None, **more):
    """Slug, address and pass of a new subscriber, who has got a letter about a new petition."""
    clear(stack)
    slug = slug or stack.petition(**more)
    country = next(COUNTRIES)
    (address,) = subscribe(stack, country, 1, family_name=f"Made-Up {stack.mark}")
    name = put(stack, slug)
    with Sink() as sink, Mailer(stack, sink.port):
        send(stack, name, country)
        ends(stack, name)
    (letter,) = sink.letters
    link = re.search(rf"/p/{slug}\?source={name}&link=sign#([A-Za-z0-9_-]+)\s", letter.text).group(1)
    stack.tokens_seen.add(link)
    return slug, address, link


def click(stack, slug, link, **more):
    return stack.post(f"{API}/{slug}/letter-signatures", {"token": link, **more})


def is_no_link(answer):
    problem(answer, 404, "invalid_token")


def test_a_click_signs_and_counts_at_once_and_the_mailbox_hears_of_it(stack):
    slug, address, link = letter_to(stack)
    answer = click(stack, slug, link)
    assert answer.status == 200 and answer.json() == {"status": "confirmed", "petition": slug}, answer
    stack.expect_count(slug, 1)
    (thanks,) = stack.letters(slug, address)
    assert thanks["kind"] == 2, thanks
    exported = stack.cli("export", slug, "--key", f"{stack.run}/keys/organization.key").stdout
    assert address in exported and f"Made-Up {stack.mark}" in exported


def test_1_who_follows_the_link_changes_nothing(stack):
    slug, _address, link = letter_to(stack)
    for method in ("GET", "HEAD"):
        assert stack.http(method, f"/p/{slug}?source=x").status == 200
        assert stack.http(method, f"{API}/{slug}/letter-signatures").status == 405
    assert stack.count(slug) == 0
    assert click(stack, slug, link).status == 200, "and the link still works"


def test_2_a_forwarded_letter_tells_initials_alone(stack):
    slug, address, link = letter_to(stack)
    raw = base64.urlsafe_b64decode(link + "=" * (-len(link) % 4))
    assert raw[2 : 2 + raw[1]] == b"AM", raw[:8]
    for word in (address, address.split("@")[0], "Made-Up", stack.mark):
        assert word.encode() not in raw
    answer = click(stack, slug, link)
    assert stack.mark not in answer.body.decode() and address not in answer.body.decode()


def test_3_a_friend_never_signs_as_themselves_by_it_and_the_first_reader_undoes_it(stack):
    slug, address, link = letter_to(stack)
    friend = dict(given_name=f"Eve {stack.mark}", family_name="Friend")
    assert click(stack, slug, link, **friend).status == 200
    exported = stack.cli("export", slug, "--key", f"{stack.run}/keys/organization.key").stdout
    assert address in exported and "Eve" not in exported and "Friend" not in exported, "what the friend types is not taken"
    (thanks,) = stack.letters(slug, address)
    assert stack.post("/api/v1/disavowals", {"token": thanks["token"]}).status == 200
    stack.expect_count(slug, 0)
    is_no_link(click(stack, slug, link))
    stack.expect_count(slug, 0)


def test_4_a_link_works_once(stack):
    slug, _address, link = letter_to(stack)
    assert click(stack, slug, link).status == 200
    is_no_link(click(stack, slug, link))
    stack.expect_count(slug, 1)


def test_5_a_link_is_of_one_petition(stack):
    slug, _address, link = letter_to(stack)
    is_no_link(click(stack, stack.petition(), link))
    assert click(stack, slug, link).status == 200


def test_6_a_link_ends(stack):
    slug, _address, link = letter_to(stack)
    stack.rows("UPDATE countersign.mailing SET ended_at = now() - interval '31 days' WHERE petition_id ="
               " (SELECT id FROM countersign.petition WHERE slug = %s)", slug)  # fmt: skip
    is_no_link(click(stack, slug, link))
    assert stack.count(slug) == 0


def test_2_who_clicks_cannot_have_the_name_shown(stack):
    slug, _address, link = letter_to(stack)
    for shown in (True, False):
        answer = problem(click(stack, slug, link, show_name=shown), 422, "invalid_fields")
        assert answer["errors"][0]["pointer"] == "/show_name", answer
    assert click(stack, slug, link).status == 200
    stack.expect_count(slug, 1)
    assert stack.value("SELECT count(*) FROM countersign.shown h JOIN countersign.petition p ON p.id = h.petition_id WHERE p.slug = %s", slug) == 0


def test_7_a_link_cannot_be_made_up_or_changed(stack):
    slug, _address, link = letter_to(stack)
    raw = bytearray(base64.urlsafe_b64decode(link + "=" * (-len(link) % 4)))
    spelled = lambda data: base64.urlsafe_b64encode(bytes(data)).decode().rstrip("=")  # noqa: E731
    for at in (0, 1, 2, 3, 10, 40, len(raw) - 1):
        changed = bytearray(raw)
        changed[at] ^= 1
        is_no_link(click(stack, slug, spelled(changed)))
    for wrong in ("", "x", link[:-1], link + "A", link + "A" * 600, spelled(raw[:40])):
        is_no_link(click(stack, slug, wrong))
    problem(click(stack, slug, 7), 422, "invalid_fields")
    problem(stack.post(f"{API}/{slug}/letter-signatures", {}), 422, "invalid_fields")
    assert click(stack, slug, link).status == 200


def test_8_the_answer_does_not_tell_who_has_signed(stack):
    slug, address, link = letter_to(stack)
    assert stack.sign(slug, email=address).status == 202
    assert stack.confirm(stack.token(slug, address)).status == 200
    answer = click(stack, slug, link)
    assert answer.status == 200 and answer.json() == {"status": "confirmed", "petition": slug}
    stack.expect_count(slug, 1)


def test_what_the_petition_asks_for_besides_is_asked_for(stack):
    slug, _address, link = letter_to(stack, fields=[{"name": "postal_code", "required": True}])
    problem(click(stack, slug, link), 422, "invalid_fields")
    assert click(stack, slug, link, postal_code="NR1 1AA").status == 200
    stack.expect_count(slug, 1)


def test_a_closed_petition_takes_no_click(stack):
    slug, _address, link = letter_to(stack)
    stack.move(slug, "closed")
    wait_until(lambda: click(stack, slug, link).status == 410, 5, "the workers know it")
    assert stack.tally(slug) == 0
