"""The form in a frame, and what other sites load: who may, and what they get."""
import json
import os
import re
import signal

from cases import each
from client import wait_until
from stack import WORKERS
from test_http import problem

PARTNERS = ["https://partner.example", "http://localhost:3000"]


def policy(answer):
    return dict(part.strip().partition(" ")[::2] for part in answer.get("Content-Security-Policy").split(";"))


def test_only_pages_of_the_petitions_origins_may_frame_its_form(stack):
    slug, other = stack.petition(allowed_origins=PARTNERS), stack.petition()
    answer = stack.get(f"/embed/{slug}")
    assert answer.status == 200 and answer.get("Content-Type") == "text/html; charset=utf-8", answer
    assert policy(answer)["frame-ancestors"] == "'self' https://partner.example http://localhost:3000", answer
    assert policy(stack.get(f"/embed/{other}"))["frame-ancestors"] == "'self'"
    assert policy(answer)["script-src"] == "'self'" and policy(answer)["default-src"] == "'none'"
    assert policy(answer)["require-trusted-types-for"] == "'script'" and "unsafe" not in answer.get("Content-Security-Policy")
    assert answer.get("X-Robots-Tag") == "noindex" and answer.get("X-Frame-Options") is None
    assert stack.http("HEAD", f"/embed/{slug}").status == 200


def test_the_longest_list_of_origins_fits_and_is_whole(stack):
    origins = [f"https://{n:02}.{'x' * 60}.{'y' * 60}.{'z' * 60}.example:10000" for n in range(50)]
    answer = stack.get(f"/embed/{stack.petition(allowed_origins=origins)}")
    assert answer.status == 200 and policy(answer)["frame-ancestors"].split() == ["'self'", *origins]


def test_Q7_a_hostile_title_is_text_in_the_frame_too(stack):
    page = stack.get(f"/embed/{stack.petition(title='</title><script>alert(1)</script>')}").body.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page
    assert not re.search(r"<script(?![^>]*src=)|\son[a-z]+=|style=", page)


@each((path, path) for path in ["/embed/", "/embed/nobodys", "/embed/Demo", "/embed/demo/", "/embed/demo/x", "/embed/%2564emo", "/embed/-a"])
def test_H26_no_such_frame(stack, case):
    answer = stack.get(case, [("Accept", "text/html")])
    assert answer.status in (400, 404), answer
    assert "frame-ancestors 'none'" in answer.get("Content-Security-Policy"), answer


def test_the_frame_of_a_draft_is_nobodys_and_of_a_withdrawn_petition_says_so(stack):
    assert stack.get(f"/embed/{stack.petition(state='draft')}").status == 404
    # The widget in it asks for the petition, and tells what became of it.
    assert stack.get(f"/embed/{stack.petition(state='withdrawn')}").status == 200
    assert stack.get(f"/embed/{stack.petition(state='closed')}").status == 200


def test_H18_a_frame_is_only_read(stack):
    problem(stack.post(f"/embed/{stack.petition()}", {}), 405, "method_not_allowed")


def test_a_change_of_origins_is_in_force_soon(stack):
    put = stack.petition_json(allowed_origins=PARTNERS)
    slug = stack.petition(**put)
    answer = stack.get(f"/embed/{slug}?source=x")
    assert "partner.example" in answer.get("Content-Security-Policy")
    assert answer.get("Cache-Control").startswith("public, max-age=1, stale-while-revalidate=1,"), answer
    stack.put({**put, "allowed_origins": []})
    wait_until(lambda: policy(stack.get(f"/embed/{slug}?source=y"))["frame-ancestors"] == "'self'", 30, "the copy is renewed")


def test_the_frame_is_served_while_no_worker_answers(stack):
    slug = stack.petition(allowed_origins=PARTNERS)
    before = stack.get(f"/embed/{slug}")
    for number in WORKERS:
        os.kill(stack.pid(f"countersignd.{number}"), signal.SIGSTOP)
    try:
        answer = stack.get(f"/embed/{slug}?lang=es")
    finally:
        for number in WORKERS:
            os.kill(stack.pid(f"countersignd.{number}"), signal.SIGCONT)
    assert answer.status == 200 and answer.body == before.body and policy(answer) == policy(before)


@each((path, path) for path in ["/widget.js", "/embed.js", "/assets/poller.js", "/assets/number.js", "/lang/en.json", "/words/en.json"])
def test_B6_what_a_widget_loads_is_open_to_all(stack, case):
    answer = stack.get(case, [("Origin", "https://anywhere.example")])
    assert answer.status == 200 and answer.get("Access-Control-Allow-Origin") == "*", answer
    assert answer.get("Cross-Origin-Resource-Policy") == "cross-origin"
    assert answer.get("Access-Control-Allow-Credentials") is None
    kind = answer.get("Content-Type")
    assert "javascript" in kind if case.endswith(".js") else json.loads(answer.body), answer


def test_B6_pages_and_styles_are_not(stack):
    for path in ("/", "/p/demo", "/embed", "/dashboard", "/assets/style.css"):
        answer = stack.get(path, [("Accept", "text/html"), ("Origin", "https://anywhere.example")])
        assert answer.status == 200 and answer.get("Access-Control-Allow-Origin") is None, (path, answer)
        assert answer.get("Cross-Origin-Resource-Policy") == "same-origin"
