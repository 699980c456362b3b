"""The page as it is served: files, headers, and that it needs nothing of anybody else."""
import re

from cases import each
from stack import API

POLICY = {
    "default-src": "'none'", "script-src": "'self'", "connect-src": "'self'", "base-uri": "'none'", "form-action": "'self'",
    "frame-ancestors": "'none'", "require-trusted-types-for": "'script'", "trusted-types": "'none'",
}  # fmt: skip
PAGES = ("/", "/p/demo", "/c", "/problems/", "/problems/invalid-fields")


@each([(path, path) for path in PAGES])
def test_pages_are_served_with_strict_headers(stack, case):
    answer = stack.get(case, [("Accept", "text/html")])
    assert answer.status == 200 and answer.get("Content-Type").startswith("text/html; charset=utf-8"), answer
    policy = dict(part.strip().split(" ", 1) for part in answer.get("Content-Security-Policy").split(";"))
    for name, value in POLICY.items():
        assert policy[name] == value, (name, policy)
    assert "unsafe" not in answer.get("Content-Security-Policy")
    assert answer.get("X-Content-Type-Options") == "nosniff"
    assert answer.get("Referrer-Policy") == "no-referrer"
    assert answer.get("Cross-Origin-Opener-Policy") == "same-origin"
    assert answer.get("Cross-Origin-Resource-Policy") == "same-origin"
    assert "geolocation=()" in answer.get("Permissions-Policy")
    assert answer.get("X-Frame-Options") == "DENY"
    # TLS is not spoken here: the header would be a lie.
    assert answer.get("Strict-Transport-Security") is None
    assert answer.get("Server") == "nginx" and answer.get("X-Powered-By") is None


@each([(path, path) for path in PAGES])
def test_all_that_a_page_names_is_there_and_our_own(stack, case):
    page = stack.get(case, [("Accept", "text/html")]).body.decode()
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert not re.search(r"<script(?![^>]*\b(src=|type=\"application/ld\+json\"))|\son\w+=|javascript:|style=", page)
    names = re.findall(r'\b(?:src|href)="([^"#][^"]*)"', page)
    assert names
    own = f"http://127.0.0.1:{stack.port}/"
    people = ("https://line-nine.example/",)  # who asks, behind a link
    for name in names:
        if name == "data:,":  # no icon
            continue
        if name.startswith(people):
            assert re.search(f'<a [^>]*rel="noopener noreferrer"[^>]* href="{name}', page), name
            continue
        name = "/" + name[len(own):] if name.startswith(own) else name
        name = f"{case}{name}" if name.startswith("?") else name
        assert name.startswith("/") and not name.startswith("//"), name
        answer = stack.get(name, [("Accept", "*/*")])
        assert answer.status == 200, (name, answer)
        expected = {"js": "javascript", "css": "text/css"}.get(name.rsplit(".", 1)[-1], "")
        assert expected in answer.get("Content-Type"), (name, answer)


def test_conditions_and_compression(stack):
    answer = stack.get("/assets/style.css", [("Accept-Encoding", "gzip")])
    assert answer.status == 200 and answer.get("ETag") and answer.get("Cache-Control") == "no-cache", answer
    again = stack.get("/assets/style.css", [("If-None-Match", answer.get("ETag"))])
    assert again.status == 304 and again.body == b""


@each([(path, path) for path in ("/p/", "/p/Demo", "/p/demo/", "/p/demo/x", "/assets/", "/assets/../index.html.bak", "/index.html.bak",
                                 "/.well-known/x", "/c/token", "/404.html", "/away.html", "/.problem/not-found", "/assets/%2e%2e/%2e%2e/countersign.conf")])  # fmt: skip
def test_what_is_not_there(stack, case):
    answer = stack.get(case, [("Accept", "text/html")])
    assert answer.status in (400, 404), answer
    answer = stack.get(case)
    assert answer.status in (400, 404) and answer.get("Content-Type") == "application/problem+json", answer


def test_a_person_gets_a_page_for_404_and_a_program_json(stack):
    assert stack.get("/nothing", [("Accept", "text/html,*/*")]).get("Content-Type").startswith("text/html")
    assert stack.get("/nothing", [("Accept", "application/json")]).json()["code"] == "not_found"
    assert stack.get(f"{API}/nothing", [("Accept", "text/html")]).json()["code"] == "not_found"


@each([(method, method) for method in ("POST", "PUT", "DELETE", "PATCH", "FOO")])
def test_pages_are_only_read(stack, case):
    for path in ("/", "/p/demo", "/assets/style.css"):
        answer = stack.http(case, path, b"x")
        assert answer.status == 405 and answer.get("Allow") == "GET, HEAD", (path, answer)


def test_every_problem_has_its_line_on_the_page_of_problems(stack):
    page = stack.get("/problems/").body.decode()
    for answer in (stack.get(f"{API}/nothing"), stack.post(f"{API}/demo/signatures", {}), stack.confirm("x"), stack.http("PUT", f"{API}/demo"),
                   stack.get(f"{API}?x=1"), stack.post(f"{API}/demo/signatures", b"{"), stack.post(f"{API}/demo/signatures", b"x" * 17000)):  # fmt: skip
        name = answer.json()["type"].rsplit("/", 1)[-1]
        assert f'id="{name}"' in page, name
        assert stack.get(f"/problems/{name}").status == 200
