"""Links of letters to the list that were opened: what is counted, and what is not."""
import json

import fastcgi
from cli import cli
from client import wait_until
from mail import Mailer, Sink, clear
from stack import API
from test_doctor import worker
from test_http import problem
from test_mailings import ends, letter_of, put, send, subscribe


def told(stack, name):
    return letter_of(stack, name)["opened"]


def test_openings_are_counted_by_letter_and_link_and_tell_nobody(stack):
    clear(stack)
    slug = stack.petition()
    subscribe(stack, "VA", 10)
    name = put(stack, slug)
    with Sink() as sink, Mailer(stack, sink.port):
        send(stack, name, "VA")
        ends(stack, name)
    links = {line for letter in sink.letters for line in letter.text.split() if f"source={name}&link=" in line}
    assert {link.partition("&link=")[2].partition("#")[0] for link in links} >= {"sign", "share"}, links
    assert f"source%3Dwhatsapp%26referrer%3D{name}%26link%3Dwhatsapp" in sink.letters[0].text
    assert len({link for link in links if "#" not in link}) < 10, "but for what stands behind the # all have the same"
    assert told(stack, name) == {}

    path = f"{API}/{slug}/letter-openings"
    same = {"status": "accepted", "petition": slug}
    for letter, link in ((name, "sign"), (name, "share"), (name, "sign"), (name, "whatsapp"), ("no-such-letter", "sign")):
        answer = stack.post(path, {"letter": letter, "link": link})
        assert answer.status == 200 and answer.json() == same, answer
    other = stack.petition()
    assert stack.post(f"{API}/{other}/letter-openings", {"letter": name, "link": "sign"}).status == 200
    # nginx may pass it to another worker, when one dies.
    body = json.dumps({"letter": name, "link": "sign"}).encode()
    for number in (1, 2, 1):
        values = fastcgi.parameters("POST", path, body, REQUEST_ID="ab" * 16)
        assert fastcgi.ask(stack.worker_socket(number), values, body).status == 200
    wait_until(lambda: told(stack, name) == {"sign": 3, "share": 1, "whatsapp": 1}, 5, "what came is counted, once")
    assert f"3  opened its link `sign`" in cli(stack, "letter", "status", name).stdout

    for method in ("GET", "HEAD"):
        assert stack.http(method, f"/p/{slug}?source={name}&link=sign").status == 200
        assert stack.http(method, path).status == 405
    for body in ({"letter": name, "link": "nonsense"}, {"letter": name}, {"letter": 1, "link": "sign"}, {"letter": name, "link": "sign", "x": 1}):
        problem(stack.post(path, body), 422, "invalid_fields")
    with worker(stack, "--nofile=512:512", COUNTERSIGN_COUNT_LETTER_LINKS="0") as listener:
        body = json.dumps({"letter": name, "link": "sign"}).encode()
        socket = listener.replace("operators.9", "countersignd.9")
        wait_until(lambda: fastcgi.ask(socket, fastcgi.parameters("POST", path, body), body).status == 200, 20, "it answers, and does not count")
    caller = "198.51.100.77"
    answers = [stack.post(path, {"letter": "none", "link": "sign"}, caller=caller).status for _ in range(70)]
    assert answers[:60] == [200] * 60 and 429 in answers[60:], answers
    assert stack.post("/api/v1/confirmations", {"token": "x"}, caller=caller).status == 404, "who shares an address with many readers confirms"
    assert told(stack, name) == {"sign": 3, "share": 1, "whatsapp": 1}, "who only looks is not counted"


def test_openings_of_a_letter_that_few_have_got_are_not_told(stack):
    slug = stack.petition()
    name = put(stack, slug)
    assert told(stack, name) is None
    assert "opened" not in cli(stack, "letter", "status", name).stdout
