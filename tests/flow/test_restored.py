"""`countersign restored`: letters that were owed before a restore. The whole drill is tests/backup."""
import json

from client import wait_until
from mail import Mailer, Sink, clear, states


def set_back(stack):
    """As if the database were found in another cluster, and somebody had looked."""
    stack.rows("UPDATE countersign.instance SET system_identifier = system_identifier + 1")
    stack.rows("SELECT countersign.generation()")


def restored(stack, *words, **how):
    done = stack.cli("restored", "--json", *words, **how)
    return done.returncode, json.loads(done.stdout)


def test_D20_nothing_was_restored_and_nothing_is_held(stack):
    clear(stack)
    assert restored(stack)[1]["held"] == 0
    assert stack.cli("restored").stdout == "0 held\n"


def test_D20_what_was_owed_goes_when_somebody_says_so(stack):
    clear(stack)
    slug = stack.petition()
    gone, owed = stack.signed(slug), stack.signed(slug)
    keys = {letter["address"]: letter for letter in stack.letters(slug)}
    set_back(stack)
    with Sink() as sink, Mailer(stack, sink.port):
        fresh = stack.signed(slug)
        wait_until(lambda: [one.to for one in sink.letters] == [fresh], 25, "what is new goes")
        assert restored(stack)[0] == 1
        # The return address of a letter has its key; another letter's tells the form.
        sender = return_address(stack, slug, keys[gone], sink.letters[0].sender)
        status, told = restored(stack, "--sent", "-", input=f"from=<{sender}>, from=<{sink.letters[0].sender}>\n")
        assert (status, told["sent"], told["unknown"], told["held"]) == (1, 1, 0, 1), told
        assert restored(stack, "--send")[1] == {"number": told["number"], "sent": 0, "unknown": 0, "released": 1, "held": 0}
        wait_until(lambda: [one.to for one in sink.letters] == [fresh, owed], 25, "the other follows")
    assert stack.confirm(keys[gone]["token"]).status == 200


def return_address(stack, slug, letter, other):
    import base64
    import hashlib

    raw = base64.urlsafe_b64decode(letter["token"] + "A=")  # with the moment in the upper half of the last byte
    key = base64.b32encode(raw[:2] + bytes([raw[34] >> 4]) + hashlib.sha256(raw[:34]).digest()[:15]).decode().lower().rstrip("=")
    return f"bounce+{key}@{other.partition('@')[2]}"


def test_D20_what_is_given_up_is_shredded(stack):
    clear(stack)
    slug = stack.petition()
    stack.signed(slug)
    assert restored(stack, "--unseen")[1]["held"] == 1, "a restore that PostgreSQL does not show"
    status, told = restored(stack, "--give-up")
    assert (status, told["released"], told["held"]) == (0, 1, 0)
    assert states(stack, slug) == [(2, False, None, None)]


def test_D20_wrong_use_is_told(stack):
    assert stack.cli("restored", "--send", "--give-up").returncode == 2
    done = stack.cli("restored", "--sent", "/nowhere/mail.log")
    assert done.returncode == 2 and "/nowhere/mail.log" in done.stderr
