"""B: what a browser sends for a page of another site. Rows that need a browser are in tests/browser."""
import json

from cases import each
from client import compose, wait_until
from stack import ALL_FIELDS, API, JSON, WORKERS
from test_http import problem

PARTNER = "https://partner.example"


def own(stack):
    return f"http://127.0.0.1:{stack.port}"


def signs(stack, slug, headers):
    """The status, and whether anything was stored."""
    before = stack.stored(slug)
    answer = stack.post(f"{API}/{slug}/signatures", stack.person(), headers)
    assert stack.stored(slug) - before == (1 if answer.status == 202 else 0)
    return answer


def test_B1_a_form_of_another_site_cannot_sign(stack):
    slug = stack.petition()
    data = json.dumps(stack.person()).encode()
    cross = [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")]
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        for headers in (cross, [], [("Origin", own(stack))]):
            answer = stack.post(f"{API}/{slug}/signatures", data, [("Content-Type", kind), *headers])
            problem(answer, 415, "unsupported_media_type")
            answer = stack.post("/api/v1/confirmations", b'{"token":"x"}', [("Content-Type", kind), *headers])
            problem(answer, 415, "unsupported_media_type")
    assert stack.stored(slug) == 0


@each([("null", "null"), ("other", "https://evil.example"), ("suffix", "{own}.evil.example"), ("http-suffix", "http://127.0.0.1.evil.example"),
       ("prefix", "https://evil-partner.example"), ("subdomain", "https://a.partner.example"), ("scheme", "http://partner.example"),
       ("port", "https://partner.example:444"), ("default-port", "https://partner.example:443"), ("slash", "https://partner.example/"),
       ("path", "https://partner.example/x"), ("case", "https://Partner.example"), ("user", "https://x@partner.example"),
       ("dot", "https://partner.example."), ("space", "https://partner.example https://evil.example"), ("comma", "https://partner.example, https://evil.example"),
       ("star", "*"), ("empty-host", "https://"), ("file", "file://"), ("wrong-port", "http://127.0.0.1:1"), ("no-port", "http://127.0.0.1"),
       ("https-own", "https://127.0.0.1:{port}")])  # fmt: skip
def test_B2_B3_B5_origins_that_may_not(stack, case):
    slug = stack.shared("B2", allowed_origins=[PARTNER])
    origin = case.format(own=own(stack), port=stack.port)
    for site in ([], [("Sec-Fetch-Site", "cross-site")], [("Sec-Fetch-Site", "same-origin")]):
        answer = signs(stack, slug, [("Origin", origin), *site])
        problem(answer, 403, "origin_not_allowed")
        assert answer.get("Access-Control-Allow-Origin") is None, answer
    for target in ("/api/v1/confirmations", "/api/v1/withdrawals", f"{API}/{slug}/confirmation-requests", f"{API}/{slug}/page-requests",
                   f"{API}/{slug}/corrections"):  # fmt: skip
        body = {"email": stack.address()} if "requests" in target else {"token": "x"}
        problem(stack.post(target, body, [("Origin", origin)]), 403, "origin_not_allowed")


def test_B2_B3_who_may(stack):
    slug = stack.petition(allowed_origins=[PARTNER, "http://localhost:3000"])
    for headers in (
        [],
        [("Sec-Fetch-Site", "same-origin")],
        [("Sec-Fetch-Site", "none")],
        [("Origin", own(stack))],
        [("Origin", own(stack)), ("Sec-Fetch-Site", "same-origin")],
        [("Origin", f"http://localhost:{stack.port}")],
        [("Origin", PARTNER), ("Sec-Fetch-Site", "cross-site")],
        [("Origin", "http://localhost:3000"), ("Sec-Fetch-Site", "same-site")],
    ):
        answer = signs(stack, slug, headers)
        assert answer.status == 202, (headers, answer)
        origin = dict(headers).get("Origin")
        assert answer.get("Access-Control-Allow-Origin") == origin, (headers, answer)
        assert answer.get("Access-Control-Allow-Credentials") is None
        assert "Origin" in answer.get("Vary")


@each([(site, site) for site in ("cross-site", "same-site", "Same-Origin", "same-origin, none", "x", "null")])
def test_B3_without_an_origin_the_site_must_be_our_own(stack, case):
    slug = stack.shared("B3")
    problem(signs(stack, slug, [("Sec-Fetch-Site", case)]), 403, "origin_not_allowed")
    problem(stack.post("/api/v1/confirmations", {"token": "x"}, [("Sec-Fetch-Site", case)]), 403, "origin_not_allowed")


def test_B2_a_partner_of_one_petition_is_no_partner_of_another(stack):
    first, second = stack.petition(allowed_origins=[PARTNER]), stack.petition()
    assert signs(stack, first, [("Origin", PARTNER)]).status == 202
    problem(signs(stack, second, [("Origin", PARTNER)]), 403, "origin_not_allowed")
    # Tokens are for our own pages only.
    token = stack.letters(first)[0]["token"]
    problem(stack.confirm(token, headers=[("Origin", PARTNER)]), 403, "origin_not_allowed")
    assert stack.confirm(token, headers=[("Origin", own(stack))]).status == 200


def test_B4_of_two_origins_none_is_believed_that_is_not_first(stack):
    slug = stack.petition(allowed_origins=[PARTNER])
    data = json.dumps(stack.person()).encode()
    answer = stack.raw(compose("POST", f"{API}/{slug}/signatures", [JSON, ("Origin", "https://evil.example"), ("Origin", PARTNER)], data))
    assert answer.status in (400, 403), answer
    assert stack.stored(slug) == 0


def test_B6_only_the_count_is_open_to_all(stack):
    anywhere = [("Origin", "https://anywhere.example")]
    answer = stack.get(f"{API}/demo/count", anywhere)
    assert answer.get("Access-Control-Allow-Origin") == "*"
    assert answer.get("Access-Control-Allow-Credentials") is None
    assert answer.get("Cross-Origin-Resource-Policy") == "cross-origin"
    for path in ("", "/demo", "/demo/breakdown", "/demo/series", "/demo/signatures/recent"):
        answer = stack.get(API + path, anywhere)
        assert answer.status == 200 and answer.get("Access-Control-Allow-Origin") is None, answer
        assert answer.get("Cross-Origin-Resource-Policy") == "same-origin", answer


def test_B6_a_partner_reads_what_it_needs_for_its_form(stack):
    slug = stack.petition(allowed_origins=[PARTNER])
    answer = stack.get(f"{API}/{slug}", [("Origin", PARTNER)])
    assert answer.get("Access-Control-Allow-Origin") == PARTNER and "Origin" in ", ".join(
        value for name, value in answer.headers if name.lower() == "vary"
    )
    answer = stack.post(f"{API}/{slug}/signatures", {}, [("Origin", PARTNER)])
    problem(answer, 422)
    assert answer.get("Access-Control-Allow-Origin") == PARTNER, "an error that the partner's page cannot read"


def test_B7_nothing_can_be_framed(stack):
    # The count is a number that all may read, and no page.
    for path in ("/", "/p/demo", "/c", "/problems/not-found", f"{API}/demo", "/nothing"):
        answer = stack.get(path, [("Accept", "text/html")])
        assert "frame-ancestors 'none'" in answer.get("Content-Security-Policy", ""), (path, answer)


def test_B12_only_the_count_may_be_kept(stack):
    slug = stack.petition()
    address = stack.signed(slug)
    answers = [stack.sign(slug), stack.sign(slug, email="bad"), stack.confirm("x"), stack.withdraw("x"), stack.resend(slug, address),
               stack.confirm(stack.token(slug, address)), stack.get(f"{API}/nothing"), stack.http("PUT", f"{API}/demo"), stack.post(f"{API}/demo/signatures", b"x" * 20000),
               stack.http("OPTIONS", f"{API}/demo/signatures")]  # fmt: skip
    for answer in answers[:-1]:
        assert answer.get("Cache-Control") == "no-store", answer
    for path in ("", "/demo", "/demo/breakdown", "/demo/series", "/demo/signatures/recent"):
        assert stack.get(API + path).get("Cache-Control") == "no-store", path
    assert "public" in stack.get(f"{API}/demo/count").get("Cache-Control")
    for path in (f"{API}/no-such-petition/count", f"{API}/demo/count?x=1"):
        assert stack.get(path).get("Cache-Control") == "no-store", path


def test_B13_a_page_that_was_open_for_a_week(stack):
    put = stack.petition_json()
    slug = stack.petition(**put)
    assert stack.sign(slug, text_version=1).status == 202
    stack.put({**put, "letter": "Another letter."})
    answer = stack.sign(slug, text_version=1)
    problem(answer, 409, "petition_changed")
    assert stack.stored(slug) == 1
    # A field that has gone meanwhile is told as such, and nobody signs another text than was read.
    stack.put({**put, "letter": "Another letter.", "fields": ALL_FIELDS[:2]})
    for number in WORKERS:
        wait_until(lambda n=number: len(json.loads(stack.worker_get(f"{API}/{slug}", n).body)["fields"]) == 2, 5)
    answer = stack.sign(slug, text_version=2, family_name="X")
    problem(answer, 422, "invalid_fields")
    assert stack.sign(slug, text_version=2).status == 202


def test_B14_cookies_do_nothing(stack):
    slug = stack.petition()
    for cookie in ("session=1", "a=b; c=d", "x" * 4000, "\xff\xfe"):
        answer = signs(stack, slug, [("Cookie", cookie)])
        assert answer.status == 202 and answer.get("Set-Cookie") is None, answer
    for path in ("/", "/p/demo", f"{API}/demo", f"{API}/demo/count"):
        assert stack.get(path, [("Cookie", "a=b")]).get("Set-Cookie") is None, path
