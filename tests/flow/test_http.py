"""H: HTTP as bytes, through nginx to a worker."""
import json
import os
import resource
import socket
import time
import zlib

from cases import Failures, each
from client import Closed, compose, wait_until
from stack import API, JSON

LIMIT = 16384
HOST = b"Host: localhost\r\n"


def problem(answer, status, code=None):
    """An RFC 9457 answer with this status and code, and nothing strange about it."""
    assert answer.status == status, answer
    assert answer.get("Content-Type") == "application/problem+json", answer
    value = answer.json()
    assert value["status"] == status and value["title"] and value["type"].endswith(value["code"].replace("_", "-")), value
    assert code in (None, value["code"]), value
    return value


def head(target, *lines):
    """A POST of JSON, up to the end of its headers."""
    return b"\r\n".join([f"POST {target} HTTP/1.1".encode(), b"Host: localhost", b"Content-Type: application/json", *lines]) + b"\r\n\r\n"


def body_of(stack, **fields):
    return json.dumps(stack.person(**fields)).encode()


def chunks(data, size=100, extension=b""):
    cut = [data[i : i + size] for i in range(0, len(data), size)]
    return b"".join(b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in cut) + b"0\r\n\r\n"


def refused(stack, data, status=400):
    answer = stack.raw(data)
    problem(answer, status)


def test_H1_nul_in_a_header(stack):
    refused(stack, b"GET /api/v1/petitions HTTP/1.1\r\n" + HOST + b"X: a\0b\r\n\r\n")


@each([("cr", b"X: a\rb"), ("fold", b"X: a\r\n b"), ("fold-tab", b"X: a\r\n\tb"), ("space", b"X : a"), ("tab", b"X\t: a")])
def test_H2_lines_that_are_no_headers(stack, case):
    refused(stack, b"GET /api/v1/petitions HTTP/1.1\r\n" + HOST + case + b"\r\n\r\n")


def test_H3_length_and_chunks_together(stack):
    slug = stack.petition()
    data = body_of(stack)
    lines = [b"Content-Length: %d" % len(data), b"Transfer-Encoding: chunked"]
    for both in (lines, lines[::-1]):
        refused(stack, head(f"{API}/{slug}/signatures", *both) + chunks(data))
    assert stack.stored(slug) == 0


def test_H4_two_lengths(stack):
    slug = stack.petition()
    data = body_of(stack)
    for second in (len(data), len(data) + 1, 0):
        lines = [b"Content-Length: %d" % len(data), b"Content-Length: %d" % second]
        refused(stack, head(f"{API}/{slug}/signatures", *lines) + data)
    assert stack.stored(slug) == 0


@each([("negative", b"-1"), ("plus", b"+5"), ("digits", b"1" * 23), ("hex", b"0x10"), ("list", b"5, 5"), ("empty", b"")])
def test_H5_lengths_that_are_none(stack, case):
    refused(stack, head(f"{API}/demo/signatures", b"Content-Length: " + case))


@each([("gzip", b"gzip"), ("xchunked", b"xchunked"), ("both", b"gzip, chunked"), ("identity", b"identity, chunked")])
def test_H6_transfer_encodings_that_nobody_knows(stack, case):
    refused(stack, head(f"{API}/demo/signatures", b"Transfer-Encoding: " + case), 501)


def test_H7_chunks_in_http_1_0_and_a_size_over_64_bits(stack):
    data = head(f"{API}/demo/signatures", b"Transfer-Encoding: chunked")
    refused(stack, data.replace(b"HTTP/1.1", b"HTTP/1.0") + chunks(b"{}"))
    answer = stack.raw(data + b"f" * 17 + b"\r\n{}\r\n0\r\n\r\n")
    assert answer.status in (400, 413), answer


def test_H8_chunks_with_extensions_are_a_signature_like_any_other(stack):
    slug = stack.petition(confirmation="none")
    for size, extension in ((1, b""), (7, b";a=b"), (1000, b';q="x;y"')):
        data = head(f"{API}/{slug}/signatures", b"Transfer-Encoding: chunked") + chunks(body_of(stack), size, extension)
        answer = stack.raw(data)
        assert answer.status == 202, answer
    assert stack.states(slug) == [0, 3, 0, 0]


def test_H9_chunks_over_the_limit(stack):
    slug = stack.petition()
    data = body_of(stack) + b" " * LIMIT
    answer = stack.raw(head(f"{API}/{slug}/signatures", b"Transfer-Encoding: chunked") + chunks(data, 4096))
    problem(answer, 413, "body_too_large")
    with stack.connect() as connection:
        # The answer comes although the body never ends.
        connection.send(head(f"{API}/{slug}/signatures", b"Transfer-Encoding: chunked"))
        connection.send(b"10000\r\n" + b" " * (LIMIT + 1))
        problem(connection.read_answer(), 413, "body_too_large")
    assert stack.stored(slug) == 0


def test_H10_one_byte_over_the_limit(stack):
    slug = stack.petition()
    answer = stack.post(f"{API}/{slug}/signatures", body_of(stack).ljust(LIMIT + 1))
    problem(answer, 413, "body_too_large")
    assert stack.stored(slug) == 0


def test_H11_exactly_at_the_limit(stack):
    slug = stack.petition()
    target = f"{API}/{slug}/signatures"
    assert stack.post(target, body_of(stack).ljust(LIMIT)).status == 202
    answer = stack.raw(head(target, b"Transfer-Encoding: chunked") + chunks(body_of(stack).ljust(LIMIT), 5000))
    assert answer.status == 202, answer
    assert stack.stored(slug) == 2


@each([("none", None), ("length-0", b""), ("blank", b" \r\n\t ")])
def test_H12_an_empty_body(stack, case):
    for target in WRITES:
        problem(stack.post(target, case, [JSON]), 400, "empty_body")
        if not case:
            problem(stack.raw(compose("POST", target, [], case or b"")), 400, "empty_body")


def test_H13_a_body_on_get_is_read_and_ignored(stack):
    with stack.connect() as connection:
        for _ in range(3):
            connection.send(compose("GET", f"{API}/demo", [("X-Forwarded-For", "10.200.0.1")], b'{"a":1}' * 500))
            assert connection.read_answer().json()["slug"] == "demo"
            connection.send(compose("GET", f"{API}/demo/count", [], b"GET / HTTP/1.1\r\n\r\n"))
            assert connection.read_answer().json()["petition"] == "demo"


def test_H14_no_host_and_two_hosts(stack):
    refused(stack, b"GET /api/v1/petitions HTTP/1.1\r\n\r\n")
    refused(stack, b"GET /api/v1/petitions HTTP/1.1\r\n" + HOST + HOST + b"\r\n")
    refused(stack, b"GET /api/v1/petitions HTTP/1.1\r\n" + HOST + b"Host: evil.example\r\n\r\n")


def test_H15_another_host_is_not_served(stack):
    for data in (
        compose("GET", f"{API}/demo", host="evil.example"),
        compose("GET", f"http://evil.example{API}/demo"),
        compose("POST", f"{API}/demo/signatures", [JSON], body_of(stack), host="evil.example"),
        compose("GET", f"{API}/demo", host="localhost.evil.example"),
        compose("GET", f"{API}/demo", host=""),
    ):
        answer = stack.raw(data)
        assert answer.status in (400, 404, 421), answer
        assert b"evil.example" not in answer.raw_head + answer.body
    answer = stack.raw(compose("GET", f"http://localhost{API}/demo"))
    assert answer.status == 200, answer


def test_H15_the_host_is_in_no_answer(stack):
    answer = stack.get(f"{API}/nothing", host=f"localhost:{stack.port}")
    assert answer.json()["type"] == f"http://127.0.0.1:{stack.port}/problems/not-found"


def test_H16_http_0_9(stack):
    with stack.connect() as connection:
        connection.send(b"GET /api/v1/petitions\r\n")
        answer = connection.take_rest()
        assert b'"code":"bad_request"' in answer and b"HTTP/" not in answer, answer


def test_H17_bare_line_feeds_do_not_desynchronise(stack):
    slug = stack.petition(confirmation="none")
    data = body_of(stack)
    post = f"POST {API}/{slug}/signatures HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: {len(data)}\n\n"
    get = f"GET {API}/{slug} HTTP/1.1\nHost: localhost\n\n"
    with stack.connect() as connection:
        connection.send((get + post).encode() + data + get.encode())
        assert [connection.read_answer().status for _ in range(3)] == [200, 202, 200]
    assert stack.stored(slug) == 1


READS = ("", "/demo", "/demo/count", "/demo/breakdown", "/demo/series", "/demo/signatures/recent")
WRITES = (f"{API}/demo/signatures", f"{API}/demo/confirmation-requests", f"{API}/demo/page-requests", f"{API}/demo/corrections",
          "/api/v1/confirmations", "/api/v1/withdrawals", "/api/v1/disavowals", "/api/v1/erasures", "/api/v1/me")  # fmt: skip


@each([(word, word) for word in ("FOO", "PUT", "DELETE", "PATCH", "PROPFIND", "get")])
def test_H18_unknown_methods(stack, case):
    failures = Failures()
    for target in [API + path for path in READS] + list(WRITES):
        with failures.of(target):
            answer = stack.http(case, target)
            if case == "get" and answer.status == 400:
                continue  # nginx takes a method in lower case for no request at all
            problem(answer, 405, "method_not_allowed")
            allow = answer.get("Allow").replace(" ", "").split(",")
            assert ("POST" in allow) == (target in WRITES) and ("GET" in allow) == (target not in WRITES), allow
    failures.done()


def test_H18_a_link_of_a_letter_is_read_and_posted(stack):
    for method in ("PUT", "OPTIONS", "TRACE"):
        answer = stack.http(method, "/u/" + "A" * 46)
        problem(answer, 405, "method_not_allowed")
        assert answer.get("Allow") == "GET, HEAD, POST", (method, answer)


def test_H18_post_where_only_reading_is_possible(stack):
    for path in READS:
        problem(stack.post(API + path, {}), 405, "method_not_allowed")


def test_H19_head_is_get_without_a_body(stack):
    slug = stack.petition()
    for path in ("", f"/{slug}", f"/{slug}/breakdown", f"/{slug}/series", f"/{slug}/signatures/recent", f"/{slug}/count"):
        with stack.connect() as connection:
            connection.send(compose("HEAD", API + path) + compose("GET", API + path))
            first = connection.read_answer("HEAD")
            second = connection.read_answer()
            assert first.status == second.status == 200, (path, first, second)
            for name in ("Content-Type", "ETag", "Cache-Control"):
                assert first.get(name) == second.get(name), (path, name)


def test_H20_reading_changes_nothing(stack):
    slug = stack.petition()
    address = stack.signed(slug)
    token = stack.token(slug, address)
    before = stack.states(slug), len(stack.letters(slug))
    for method in ("GET", "HEAD"):
        for target in WRITES:
            for query in ("", f"?token={token}", f"?email={address}"):
                answer = stack.http(method, target.replace("demo", slug) + query)
                assert answer.status == 405 and answer.get("Allow") == "POST, OPTIONS", answer
    assert (stack.states(slug), len(stack.letters(slug))) == before


def test_H21_preflight(stack):
    ours, theirs = "https://partner.example", "https://other.example"
    slug = stack.petition(allowed_origins=[ours])
    ask = [("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type")]
    answer = stack.http("OPTIONS", f"{API}/{slug}/signatures", None, [("Origin", ours), *ask])
    assert answer.status == 204 and answer.body == b"", answer
    assert answer.get("Access-Control-Allow-Origin") == ours
    assert "POST" in answer.get("Access-Control-Allow-Methods")
    assert "content-type" in answer.get("Access-Control-Allow-Headers").lower()
    assert "Origin" in answer.get("Vary")
    assert answer.get("Access-Control-Allow-Credentials") is None
    for origin in (theirs, "null", ours + ".evil.example", ours + "/", ours.upper()):
        answer = stack.http("OPTIONS", f"{API}/{slug}/signatures", None, [("Origin", origin), *ask])
        assert answer.status == 204 and answer.get("Access-Control-Allow-Origin") is None, answer
        assert answer.get("Access-Control-Allow-Methods") is None, answer


def test_B2_a_page_of_another_origin_can_read_that_its_petition_is_over(stack):
    ours = [("Origin", "https://partner.example"), ("Sec-Fetch-Site", "cross-site")]
    for state, code in (("closed", "petition_closed"), ("withdrawn", "petition_withdrawn")):
        slug = stack.petition(state=state, allowed_origins=[ours[0][1]])
        path = f"{API}/{slug}/signatures"
        asked = stack.http("OPTIONS", path, None, [*ours, ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type")])
        assert asked.status == 204 and asked.get("Access-Control-Allow-Origin") == ours[0][1], asked
        answer = stack.post(path, stack.person(), ours)
        assert answer.status == 410 and answer.code() == code and answer.get("Access-Control-Allow-Origin") == ours[0][1], answer


def test_H22_trace_and_connect(stack):
    for method in ("TRACE", "CONNECT"):
        answer = stack.http(method, f"{API}/demo", headers=[("X-Echo", stack.mark)])
        assert answer.status == 405 and answer.get("Allow"), answer
        assert stack.mark.encode() not in answer.body


def test_H23_long_addresses_and_headers(stack):
    refused(stack, b"GET /api/v1/" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414)
    start = b"GET /api/v1/petitions HTTP/1.1\r\n" + HOST
    refused(stack, start + b"X: " + b"a" * 40000 + b"\r\n\r\n")
    refused(stack, start + b"".join(b"X%d: a\r\n" % i for i in range(5000)) + b"\r\n")


@each([("nul", "%00"), ("nul-after", "open%00"), ("raw", "\xe9"), ("ff", "%ff"), ("cut", "%"), ("half", "%4"), ("no-hex", "%zz")])
def test_H24_bytes_in_the_query(stack, case):
    problem(stack.get(f"{API}?state={case}"), 400, "bad_query")
    problem(stack.get(f"{API}?state=open&lang={case}"), 400, "bad_query")
    problem(stack.get(f"{API}/demo?lang=en{case}"), 400, "bad_query")
    answer = stack.get(f"{API}?state=open{case}")
    problem(answer, 400, "bad_query")


def test_H24_nul_and_high_bytes_in_the_path(stack):
    for path in ("%00", "demo%00", "demo%00/count", "d\xe9mo", "%ff", "demo\xff/count"):
        answer = stack.get(f"{API}/{path}")
        assert answer.status in (400, 404), answer
        problem(answer, answer.status)


ODD_PATHS = [
    "/api/v1/petitions/%2564emo", "/api/v1/petitions/%44emo/count", "/api/v1/%2e/petitions/demo", "/api/v1/x/../petitions/demo",
    "/api/v1/petitions/x/%2e%2e/demo", "/api/v1/petitions/x/../demo/count", "/api/v1//petitions/demo", "/api//v1/petitions/demo",
    "//api/v1/petitions/demo", "/api/v1/petitions//demo", "/api/v1/petitions/demo//count", "/api/v1/petitions/demo;a=b",
    "/api/v1/petitions/demo;/count", "/api/v1/petitions/DEMO", "/api/v1/petitions/Demo/count", "/API/v1/petitions/demo",
    "/api/V1/petitions/demo", "/api/v1/Petitions/demo", "/api/v1/petitions/demo/Count", "/api/v1/petitions/./demo",
    "/api/v1/petitions/demo/.", "/api/v1/petitions/demo/..", "/api/v1/petitions/demo%2fcount", "/api/v1/petitions/demo%252fcount",
    "/api/v1/petitions/demo/count%20", "/api/v1/petitions/demo+", "/api/v1/petitions/demo\\count", "/api/v1/petitions/demo/count%0a",
]  # fmt: skip


@each([(path, path) for path in ODD_PATHS])
def test_H25_odd_paths(stack, case):
    # A dot segment that nginx resolves to the list itself is a path that it never passes on as such.
    problem(stack.get(case), 404, "not_found")


def test_H25_a_path_is_decoded_once(stack):
    for odd, plain in (("%64emo", "demo"), ("d%65mo/%63ount", "demo/count"), ("demo/referrals/a%2Db", "demo/referrals/a-b")):
        answer = stack.get(f"{API}/{odd}")
        assert answer.status == 200 and answer.json() == stack.get(f"{API}/{plain}").json(), answer
    assert stack.get("/%61pi/v1/%70etitions/demo/count").status == 200
    slug = stack.petition(confirmation="none")
    assert stack.post(f"{API}/%70{slug[1:]}/signatures", body_of(stack)).status == 202
    stack.expect_count(slug, 1)


@each([(path, path) for path in (
    "/api", "/api/", "/api/v1", "/api/v1/", "/api/v1/petitions/", "/api/v1/petitions/demo/", "/api/v1/petitions/demo/count/",
    "/api/v1/petitions/demo/signatures/", "/api/v1/petitions/demo/nothing", "/api/v1/petitions/demo/signatures/recent/1",
    "/api/v1/confirmations/", "/api/v1/nothing", "/api/v2/petitions", "/api/v1/petitionsx", "/healthz", "/readyz", "/metrics",
    "/.git/config", "/index.php", "/u", "/nothing",
)])  # fmt: skip
def test_H26_unknown_paths(stack, case):
    problem(stack.get(case), 404, "not_found")
    problem(stack.post(case, {}), 404, "not_found")


@each([(query, query) for query in (
    "state=open&state=closed", "state=open&state=open", "state[]=open", "state=", "state", "=open", "page=1&page=2", "a=1",
    "state=draft", "state=withdrawn", "state=Open", "page=0", "page=-1", "page=+1", "page=1.0", "page=1e1", "page=x", "page=",
    "page=99999999999999999999", "per_page=0", "per_page=101", "per_page=1000000", "per_page[]=1", "state=open;page=1", "lang=",
    "lang=en_US%00", "state=open&", "&state=open", "State=open", "%73tate=open", "state=open#x", "lang=" + "a" * 36,
)])  # fmt: skip
def test_H27_queries_that_are_wrong(stack, case):
    if case == "state=open#x":
        # A fragment never belongs in a request; nginx cuts it off.
        assert stack.get(f"{API}?{case}").status in (200, 400)
        return
    problem(stack.get(f"{API}?{case}"), 400, "bad_query")


@each([(f"{path}?{query}", (path, query)) for path, query in (
    ("/demo", "lang=en&lang=es"), ("/demo", "language=en"), ("/demo", "x"), ("/demo/count", "x=1"), ("/demo/count", "lang=en"),
    ("/demo/breakdown", "by=city"), ("/demo/breakdown", "by="), ("/demo/breakdown", "by=country&by=region"), ("/demo/breakdown", "by=Country"),
    ("/demo/series", "step=minute"), ("/demo/series", "step=hour&step=day"), ("/demo/series", "from=yesterday"),
    ("/demo/series", "from=2026-13-01T00:00:00Z"), ("/demo/series", "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"),
    ("/demo/series", "to=1234567890"), ("/demo/signatures/recent", "limit=0"),
    ("/demo/signatures/recent", "limit=101"), ("/demo/signatures/recent", "limit=-1"), ("/demo/signatures/recent", "limit=ten"),
    ("/demo/signatures/recent", "limit=1&limit=2"), ("/demo/signatures/recent", "page=2"),
)])  # fmt: skip
def test_H27_queries_of_the_other_reads(stack, case):
    path, query = case
    problem(stack.get(f"{API}{path}?{query}"), 400, "bad_query")


BAD_TYPES = [
    "text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
    "application/jsonx", "application/json+x", "application/ld+json", "text/json", "json", "application", "*/*", "",
    "application/json, text/plain", "text/plain, application/json", "text/plain; application/json", "application/json; a=b",
    "application /json", "application/problem+json", "application/csp-report",
]  # fmt: skip


@each([(kind or "empty", kind) for kind in BAD_TYPES])
def test_H28_other_content_types(stack, case):
    targets = [target for target in WRITES]
    for target in targets:
        problem(stack.post(target, b"{}", [("Content-Type", case)]), 415, "unsupported_media_type")


def test_H28_no_content_type(stack):
    slug = stack.petition()
    data = body_of(stack)
    answer = stack.raw(compose("POST", f"{API}/{slug}/signatures", [], data))
    problem(answer, 415, "unsupported_media_type")
    # Of two the first counts, never the one that suits.
    answer = stack.raw(compose("POST", f"{API}/{slug}/signatures", [("Content-Type", "text/plain"), JSON], data))
    assert answer.status in (400, 415), answer
    assert stack.stored(slug) == 0


@each([(charset, charset) for charset in ("utf-16", "utf-16le", "iso-8859-1", "utf-7", "utf8", "", '"utf-16"', "utf-8, utf-16")])
def test_H29_other_charsets(stack, case):
    answer = stack.post(f"{API}/demo/signatures", b"{}", [("Content-Type", f"application/json; charset={case}")])
    problem(answer, 415, "unsupported_media_type")


@each([(kind, kind) for kind in (
    "application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8", 'application/json; charset="utf-8"',
    "Application/JSON", "application/json ;  charset=utf-8 ", "application/json;",
)])  # fmt: skip
def test_H29_spellings_of_json_in_utf_8(stack, case):
    slug = stack.shared("H29")
    assert stack.post(f"{API}/{slug}/signatures", body_of(stack), [("Content-Type", case)]).status == 202


def test_H30_encoded_bodies_are_not_opened(stack):
    slug = stack.petition()
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = bomb.compress(body_of(stack) + b" " * 5000000) + bomb.flush()
    for encoding, data in (("gzip", packed), ("deflate", packed), ("br", packed), ("GZIP", packed), ("gzip, gzip", packed), ("x", body_of(stack))):
        answer = stack.post(f"{API}/{slug}/signatures", data, [("Content-Encoding", encoding)])
        problem(answer, 415, "unsupported_media_type")
    assert stack.stored(slug) == 0
    assert stack.post(f"{API}/{slug}/signatures", body_of(stack), [("Content-Encoding", "identity")]).status == 202


def test_H31_json_is_what_there_is(stack):
    for accept in ("text/html", "text/*", "image/png", "*/*;q=0", "", "application/json;q=0"):
        for path in READS:
            answer = stack.get(API + path, [("Accept", accept)])
            assert answer.status in (200, 406), answer
            assert "json" in answer.get("Content-Type"), answer
        answer = stack.get(f"{API}/nothing", [("Accept", accept)])
        problem(answer, 404, "not_found")


def test_H32_expect_100_continue(stack):
    slug = stack.petition()
    data = body_of(stack)
    with stack.connect() as connection:
        lines = [b"Content-Length: %d" % len(data), b"Expect: 100-continue"]
        connection.send(head(f"{API}/{slug}/signatures", *lines))
        assert connection.read_answer().status == 100
        connection.send(data)
        assert connection.read_answer().status == 202


def quick(stack, count=50, seconds=3):
    """So many requests of somebody else are answered in this time."""
    started = time.monotonic()
    for _ in range(count):
        assert stack.get(f"{API}/demo").status == 200
    took = time.monotonic() - started
    assert took < seconds, f"{count} requests took {took:.1f} s"


def test_H33_H34_slow_headers_and_slow_bodies_hold_no_worker_and_are_cut_off(stack):
    slow_head = [stack.connect() for _ in range(100)]
    slow_body = [stack.connect() for _ in range(100)]
    for connection in slow_head:
        connection.send(b"POST /api/v1/petitions/demo/signatures HTTP/1.1\r\nHost: local")
    for number, connection in enumerate(slow_body):
        connection.send(head(f"{API}/demo/signatures", b"X-Forwarded-For: 10.201.0.%d" % number, b"Content-Length: 99") + b"{")
    started = time.monotonic()
    quick(stack)
    assert stack.metric("countersign_fastcgi_connections") <= 2 * 66, "slow bodies reached the workers"
    trickles = [slow_head[0], slow_body[0]]
    while time.monotonic() - started < 8:
        time.sleep(2)
        for connection in trickles:
            connection.send(b"a" if connection in slow_head else b" ")
    for connection in slow_head[1:4] + slow_body[1:4]:
        connection.socket.settimeout(15 - (time.monotonic() - started))
        try:
            assert connection.read_answer().status in (400, 408)
        except Closed:
            pass
    assert time.monotonic() - started < 14
    for connection in slow_head + slow_body:
        connection.close()


def test_H35_slow_readers_hold_no_worker(stack):
    slug = stack.petition(letter="A long letter. " * 3300)
    slow = []
    for number in range(60):
        connection = stack.connect()
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.send(compose("GET", f"{API}/{slug}", [("X-Forwarded-For", f"10.202.0.{number}")]))
        slow.append(connection)
    quick(stack)
    for connection in slow:
        connection.close()


def test_H36_who_does_not_wait_for_the_answer_has_signed(stack):
    slug = stack.petition(confirmation="none")
    people = [body_of(stack) for _ in range(40)]
    for data in people:
        with stack.connect() as connection:
            connection.send(compose("POST", f"{API}/{slug}/signatures", stack.headers([JSON], None), data))
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    wait_until(lambda: stack.stored(slug) == len(people), 5, "what was sent is stored")
    for data in people:
        assert stack.post(f"{API}/{slug}/signatures", data).status == 202
    assert stack.states(slug) == [0, len(people), 0, 0]


def test_H37_idle_connections_cost_the_workers_nothing(stack):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    many = 10000 if most == resource.RLIM_INFINITY or most >= 20000 else 1000
    before = stack.metric("countersign_fastcgi_connections")
    idle = [stack.connect() for _ in range(many)]
    quick(stack)
    assert stack.metric("countersign_fastcgi_connections") - before <= 4 * max(2, os.cpu_count())  # of each process of nginx
    for connection in idle[:300]:
        connection.send(compose("GET", f"{API}/demo/count"))
    for connection in idle[:300]:
        assert connection.read_answer().status == 200
    quick(stack)
    # One for each who asks at the same moment, at most; nginx keeps some of them.
    assert stack.metric("countersign_fastcgi_connections") - before <= 300 + 4
    for connection in idle:
        connection.close()


def test_H38_pipelined_requests_are_answered_in_their_order(stack):
    slug = stack.petition(confirmation="none")
    targets = ["", "/demo", f"/{slug}", "/demo/count", "/nothing", "/demo/breakdown"]
    data = b""
    for target in targets:
        data += compose("GET", API + target)
        data += compose("POST", f"{API}/{slug}/signatures", stack.headers([JSON], None), body_of(stack))
    with stack.connect() as connection:
        connection.send(data)
        answers = [connection.read_answer() for _ in range(2 * len(targets))]
    assert [answer.status for answer in answers] == [200, 202, 200, 202, 200, 202, 200, 202, 404, 202, 200, 202]
    assert answers[2].json()["slug"] == "demo" and answers[4].json()["slug"] == slug
    assert stack.states(slug) == [0, len(targets), 0, 0]


def test_H39_conditions_on_the_count(stack):
    path = f"{API}/demo/count"
    first = stack.get(path, [("Accept-Encoding", "gzip")])
    tag = first.get("ETag")
    assert tag.startswith('"') and tag.endswith('"') and first.get("Content-Encoding") is None, first
    for listed in (tag, f'"x", {tag}', "*", f"W/{tag}"):
        again = stack.get(path, [("If-None-Match", listed)])
        assert again.status == 304 and again.body == b"" and again.get("ETag") == tag, (listed, again)
    for other in ('"other"', tag.strip('"'), '""', 'W/"other"'):
        assert stack.get(path, [("If-None-Match", other)]).status == 200, other
    failed = stack.get(path, [("If-Match", '"other"')])
    assert failed.status == 412 and failed.code() == "precondition_failed", failed
    for name, value in (("Range", "bytes=0-3"), ("Range", "bytes=5-"), ("If-Modified-Since", "Fri, 01 Jan 2038 00:00:00 GMT")):
        answer = stack.get(path, [(name, value)])
        assert answer.status == 200 and answer.json()["petition"] == "demo", answer
