"""What nginx answers, and what it lets through to a worker."""
import email.utils
import json
import os
import signal
import threading
import time

COUNT = "/api/v1/petitions/demo/count"
HOST = b"Host: localhost\r\n"


def problem(answer, status, code):
    assert answer.status == status, answer.raw[:300]
    assert answer.headers["content-type"] == "application/problem+json", answer.headers
    value = answer.json()
    assert value["code"] == code and value["status"] == status, value
    assert value["type"].startswith("http://127.0.0.1:") and value["title"], value


FOREIGN = "https://elsewhere.example"


# By the page that asks, whatever its origin: a widget has to learn what is wrong and how long to wait.
def readable(answer):
    assert answer.headers["access-control-allow-origin"] == FOREIGN, answer.headers
    assert "Retry-After" in answer.headers["access-control-expose-headers"], answer.headers
    assert "access-control-allow-credentials" not in answer.headers


def refused(stack, data, status=400, code="bad_request"):
    problem(stack.raw(data), status, code)


def test_H1_nul_in_a_header(stack):
    refused(stack, b"GET /api/v1/x HTTP/1.1\r\n" + HOST + b"X: a\0b\r\n\r\n")


def test_H2_cr_in_a_value_folding_and_a_space_before_the_colon(stack):
    for line in (b"X: a\rb\r\n", b"X : a\r\n"):
        answer = stack.raw(b"GET /api/v1/params HTTP/1.1\r\n" + HOST + line + b"\r\n")
        assert answer.status == 400 or b"X" not in answer.body, answer.raw


def test_H3_length_and_chunks_together(stack):
    head = b"POST /api/v1/x HTTP/1.1\r\n" + HOST
    refused(stack, head + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")


def test_H4_two_lengths(stack):
    for second in (b"3", b"4"):
        head = b"POST /api/v1/x HTTP/1.1\r\n" + HOST
        refused(stack, head + b"Content-Length: 3\r\nContent-Length: " + second + b"\r\n\r\nabcd")


def test_H5_lengths_that_are_none(stack):
    for length in (b"-1", b"+5", b"1" * 23):
        refused(stack, b"POST /api/v1/x HTTP/1.1\r\n" + HOST + b"Content-Length: " + length + b"\r\n\r\n")


def test_H6_transfer_encodings_that_are_not_known(stack):
    for encoding in (b"gzip", b"xchunked", b"gzip, chunked"):
        head = b"POST /api/v1/x HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: " + encoding
        refused(stack, head + b"\r\n\r\n", 501, "not_implemented")


def test_H7_chunks_in_http_1_0_and_too_large_a_size(stack):
    refused(stack, b"POST /api/v1/x HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    head = b"POST /api/v1/x HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    assert stack.raw(head + b"fffffffffffffffff\r\n").status in (400, 413)


def test_H8_chunks_with_extensions_reach_the_worker_with_their_length(stack):
    head = b"POST /api/v1/x HTTP/1.1\r\nConnection: close\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    answer = stack.raw(head + b"3;a=b\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert answer.status == 202 and answer.json() == {"length": "5", "read": 5}, answer.raw


def chunked(stack, size):
    head = b"POST /api/v1/x HTTP/1.1\r\nConnection: close\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    return stack.raw(head + f"{size:x}\r\n".encode() + b"x" * size + b"\r\n0\r\n\r\n")


def test_H9_chunks_over_the_limit(stack):
    problem(chunked(stack, 16385), 413, "body_too_large")


def test_H10_a_byte_over_the_limit(stack):
    answer = stack.post("/api/v1/x", b"x" * 16385, f"Origin: {FOREIGN}")
    problem(answer, 413, "body_too_large")
    readable(answer)


def test_H11_exactly_at_the_limit(stack):
    assert stack.post("/api/v1/x", b"x" * 16384).json() == {"length": "16384", "read": 16384}
    assert chunked(stack, 16384).json() == {"length": "16384", "read": 16384}


def test_H13_a_body_on_get_is_passed_on_with_its_length(stack):
    assert stack.request("GET", "/api/v1/x", (), b"abc").json() == {"length": "3", "read": 3}


def test_H14_no_host_and_two_hosts(stack):
    refused(stack, b"GET /api/v1/x HTTP/1.1\r\n\r\n")
    refused(stack, b"GET /api/v1/x HTTP/1.1\r\n" + HOST + HOST + b"\r\n")


def test_H15_another_host(stack):
    for head in (b"GET / HTTP/1.1\r\nHost: evil.example", b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost"):
        refused(stack, head + b"\r\n\r\n", 421, "misdirected_request")


def test_H16_http_0_9(stack):
    assert b'"code":"bad_request"' in stack.raw(b"GET /api/v1/x\r\n").raw


def test_H17_bare_line_feeds_do_not_desynchronise(stack):
    answer = stack.raw(b"GET /api/v1/a HTTP/1.1\nHost: localhost\n\nGET /api/v1/b HTTP/1.1\nHost: localhost\n\n")
    assert answer.raw.count(b"HTTP/1.1 202") == 2, answer.raw


def test_H18_methods_of_pages(stack):
    for path in ("/", "/p/demo", "/assets/api.js"):
        answer = stack.post(path, b"x")
        problem(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == "GET, HEAD"


def test_H19_head_on_the_count_spoils_nothing(stack):
    path = "/api/v1/petitions/head/count"
    head = stack.request("HEAD", path)
    assert head.status == 200 and head.body == b""
    assert stack.get(path).json()["count"] >= 1


def test_H22_trace_and_connect(stack):
    reads = ["petitions", "petitions/demo", "petitions/demo/count", "petitions/demo/signatures/recent", "petitions/signatures"]
    writes = ["petitions/demo/signatures", "petitions/demo/corrections", "petitions/demo/page-requests",
              "petitions/demo/confirmation-requests?x", "confirmations", "withdrawals", "disavowals", "erasures", "me", "subscriptions"]  # fmt: skip
    for method in ("TRACE", "CONNECT"):
        for path in reads + writes:
            answer = stack.request(method, f"/api/v1/{path}")
            problem(answer, 405, "method_not_allowed")
            assert answer.headers["allow"] == ("POST, OPTIONS" if path in writes else "GET, HEAD, OPTIONS"), path
        assert stack.request(method, "/u/x").headers["allow"] == "GET, HEAD, POST"


def test_H39_a_condition_that_fails_is_told_in_json_and_ranges_are_ignored(stack):
    for path in (COUNT, "/", "/assets/api.js"):
        problem(stack.get(path, 'If-Match: "other"'), 412, "precondition_failed")
        for part in ("bytes=0-3", "bytes=9999999-", "bytes=-1"):
            assert stack.get(path, f"Range: {part}").status == 200, (path, part)


def test_a_version_that_is_not_spoken_is_told_in_json(stack):
    refused(stack, b"GET /api/v1/x HTTP/2.0\r\n" + HOST + b"\r\n", 505, "version_not_supported")


def test_what_is_compressed_says_that_it_varies(stack):
    for path in ("/", "/widget.js", "/lang/en.json"):
        for encoding in ("gzip", "identity"):
            answer = stack.get(path, f"Accept-Encoding: {encoding}")
            assert "Accept-Encoding" in answer.headers["vary"], (path, encoding, answer.headers)


def test_H23_long_addresses_and_headers(stack):
    refused(stack, b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414, "uri_too_long")
    head = b"GET /api/v1/x HTTP/1.1\r\n" + HOST
    refused(stack, head + b"X: " + b"a" * 40000 + b"\r\n\r\n")
    refused(stack, head + b"".join(b"X%d: a\r\n" % i for i in range(5000)) + b"\r\n")


def test_H24_nul_in_the_path_and_high_bytes(stack):
    refused(stack, b"GET /api/%00 HTTP/1.1\r\n" + HOST + b"\r\n")
    answer = stack.get("/api/v1/params?a=%00b\xff")
    assert dict(answer.json())["QUERY_STRING"] == "a=%00b\xff"


def test_H25_the_worker_is_given_the_path_as_it_was_sent(stack):
    answer = stack.get("/api//v1/%2e%2e/v1/params")
    assert dict(answer.json())["REQUEST_URI"] == "/api//v1/%2e%2e/v1/params"
    for path in ("//api/v1/x", "/API/v1/x", "/p/Demo", "/p/demo;x", "/%2e%2e/%2e%2e/etc/passwd"):
        assert stack.get(path).status in (400, 404), path


def test_H26_unknown_paths(stack):
    for path in ("/nothing", "/p/demo/", "/p/", "/assets/", "/.problem/not-found"):
        problem(stack.get(path), 404, "not_found")
    page = stack.get("/nothing", "Accept: text/html")
    assert page.status == 404 and page.headers["content-type"].startswith("text/html")


def test_H33_slow_headers_are_cut_off(stack):
    with stack.connect() as connection:
        connection.sendall(b"GET /api/v1/x HTTP/1.1\r\n")
        started, closed = time.monotonic(), False
        connection.settimeout(2)
        while time.monotonic() - started < 14 and not closed:
            try:
                connection.sendall(b"X")
                closed = connection.recv(4096) == b""
            except TimeoutError:
                pass
            except OSError:
                closed = True
        assert closed


def test_H34_slow_bodies_hold_no_worker(stack):
    slow = [stack.connect() for _ in range(100)]
    for connection in slow:
        connection.sendall(b"POST /api/v1/x HTTP/1.1\r\n" + HOST + b"Content-Length: 9\r\n\r\na")
    started = time.monotonic()
    assert stack.get("/api/v1/x").status == 202 and time.monotonic() - started < 1
    for connection in slow:
        connection.close()


def test_H37_idle_connections_cost_no_worker(stack):
    idle = [stack.connect() for _ in range(400)]
    assert stack.get("/api/v1/x").status == 202
    for connection in idle:
        connection.close()


def test_H38_pipelined_requests_are_each_answered(stack):
    one = b"GET /api/v1/x HTTP/1.1\r\n" + HOST + b"\r\n"
    assert stack.raw(one * 20).raw.count(b"HTTP/1.1 202") == 20


def test_H39_conditions_and_ranges_on_the_count(stack):
    path = "/api/v1/petitions/conditions/count"
    first = stack.get(path, "Accept-Encoding: gzip")
    tag = first.headers["etag"]
    assert tag.startswith('"') and "content-encoding" not in first.headers
    again = stack.get(path, f"If-None-Match: {tag}")
    assert again.status == 304 and again.body == b"" and again.headers["etag"] == tag
    assert stack.get(path, 'If-None-Match: "other"').status == 200
    assert stack.get(path, "Range: bytes=0-3").status == 200
    assert stack.get(path, "If-Modified-Since: Mon, 01 Jan 2035 00:00:00 GMT").status == 200


def test_B6_the_count_is_open_to_all(stack):
    answer = stack.get(COUNT, "Origin: https://elsewhere.example")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "access-control-allow-credentials" not in answer.headers


def test_B7_pages_cannot_be_framed_and_load_only_their_own(stack):
    for path in ("/", "/p/demo", "/c", "/problems/not-found", "/assets/petition.js"):
        headers = stack.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["server"] == "nginx"


def test_I1_only_the_trusted_proxy_names_the_caller(stack):
    def caller(*headers):
        return dict(stack.get("/api/v1/params", *headers).json())["REMOTE_ADDR"]

    assert caller("X-Real-IP: 1.2.3.4", "Forwarded: for=1.2.3.4", "CF-Connecting-IP: 1.2.3.4") == "127.0.0.1"
    assert caller("X-Forwarded-For: 192.0.2.9") == "192.0.2.9"
    # The proxy appends; what the client had put before it does not count.
    assert caller("X-Forwarded-For: 203.0.113.1, 192.0.2.9") == "192.0.2.9"
    assert caller("X-Forwarded-For: 2001:db8::7") == "2001:db8::7"


def test_headers_of_the_client_never_become_parameters(stack):
    names = [name for name, _ in stack.get("/api/v1/params", "Proxy: x", "X-Y: z", "Cookie: a=b").json()]
    assert len(names) == 13 == len(set(names)), names


def test_I5_250_at_once_from_one_address_reach_the_worker(stack):
    statuses = []

    def send():
        statuses.append(stack.post("/api/v1/x", b"x", "X-Forwarded-For: 192.0.2.50").status)

    threads = [threading.Thread(target=send) for _ in range(250)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [202] * 250, set(statuses)


def test_L8_one_address_cannot_hold_all_connections(stack):
    held = [stack.connect() for _ in range(520)]
    for connection in held:
        head = b"POST /api/v1/x HTTP/1.1\r\nX-Forwarded-For: 192.0.2.77\r\n" + HOST
        connection.sendall(head + b"Content-Length: 9\r\n\r\na")
    time.sleep(0.5)
    answer = stack.get("/api/v1/x", "X-Forwarded-For: 192.0.2.77", f"Origin: {FOREIGN}")
    problem(answer, 429, "too_many_requests")
    wait = answer.headers["retry-after"]
    assert int(wait) >= 1
    assert answer.headers["ratelimit-policy"] == '"requests";q=1000;w=10' and answer.headers["ratelimit"] == f'"requests";r=0;t={wait}'
    readable(answer)
    assert stack.get("/api/v1/x", "X-Forwarded-For: 192.0.2.78").status == 202
    for connection in held:
        connection.close()


def test_L3_the_count_asks_a_worker_once_a_second(stack):
    path = "/api/v1/petitions/busy/count"
    end = time.monotonic() + 3
    asked, told = 0, set()
    while time.monotonic() < end:
        told.add(stack.get(path).json()["count"])
        asked += 1
    assert len(told) <= 5 and asked > 50, (told, asked)


def test_the_first_poll_after_a_quiet_time_is_told_the_present(stack):
    path = "/api/v1/petitions/quiet/count"
    first = stack.get(path).json()["count"]
    time.sleep(4.5)
    assert stack.get(path).json()["count"] > first


def test_an_answer_of_the_worker_passes_untouched(stack):
    answer = stack.get("/api/v1/error")
    assert answer.status == 503 and answer.headers["retry-after"] == "7"
    assert answer.json() == {"code": "mine"}


def test_P1_a_worker_that_dies_costs_the_caller_nothing(stack):
    stack.workers[0].kill()
    stack.workers[0].wait()
    assert all(stack.post("/api/v1/x", b"x").status == 202 for _ in range(50))
    stack.workers[0] = stack.start_worker(1)
    stack.workers[1].kill()
    stack.workers[1].wait()
    assert all(stack.post("/api/v1/x", b"x").status == 202 for _ in range(50))
    stack.workers[1] = stack.start_worker(2)


def dated(answer):
    return email.utils.parsedate_to_datetime(answer.headers["date"]).timestamp()


def test_L7_without_workers_json_and_the_last_number(stack):
    fresh, asked = stack.get(COUNT), time.monotonic()
    assert dated(fresh) == fresh.json()["count"] // 1000, fresh
    for worker in stack.workers:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    waits = set()
    for _ in range(20):
        answer = stack.post("/api/v1/x", b"x", f"Origin: {FOREIGN}")
        problem(answer, 503, "unavailable")
        readable(answer)
        waits.add(answer.headers["retry-after"])
    time.sleep(3.5)
    stale, elapsed = stack.get(COUNT), time.monotonic() - asked
    same = stack.get(COUNT, f"If-None-Match: {stale.headers['etag']}")
    stack.workers = [stack.start_worker(1), stack.start_worker(2)]
    stack.wait()
    assert len(waits) > 1 and waits <= {"1", "2", "3", "4", "5"}, waits
    assert stale.status == 200 and same.status == 304
    # Date is when the number was made, of a copy and of a 304 too. So whoever polls knows how old it is whatever its own
    # clock says: by as much as Date has fallen behind the time between two answers.
    assert dated(stale) == dated(same) == stale.json()["count"] // 1000, stale
    assert elapsed - (dated(stale) - dated(fresh)) > 1, (elapsed, stale)


def test_P10_a_reload_costs_no_answer(stack):
    failures = []
    done = threading.Event()

    def load():
        while not done.is_set():
            answer = stack.get("/api/v1/x")
            if answer.status != 202:
                failures.append(answer.raw)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        stack.nginx.send_signal(signal.SIGHUP)
        time.sleep(0.4)
    done.set()
    for thread in threads:
        thread.join()
    assert not failures, failures[:3]


def test_the_log_holds_no_address_no_query_and_no_token(stack):
    token = "b" * 46
    stack.get("/api/v1/x?secret=1", "X-Forwarded-For: 192.0.2.123")
    stack.post(f"/u/{token}", b"x")
    stack.get(f"/c/{token}")
    stack.get(f"/api/v1/Ada%40{token}")
    # What nginx would have to say about requests that fail stands in its error log.
    for line in (f"POST /u/{token} HTTP/9.9", f"POST //u/{token} HTTP/1.1", f"PUT /u/{token} HTTP/1.1", f"POST /u/{token}/../{token} HTTP/1.1"):
        stack.raw(f"{line}\r\nHost: localhost\r\nConnection: close\r\nBad Header\r\n\r\n".encode())
    for worker in stack.workers:
        worker.kill()
        worker.wait()
    assert stack.post(f"/u/{token}", b"x").status == 503
    stack.workers = [stack.start_worker(1), stack.start_worker(2)]
    stack.wait()
    time.sleep(1.3)
    text = ""
    for name in os.listdir(os.path.join(stack.run, "log")):
        with open(os.path.join(stack.run, "log", name), encoding="utf-8") as file:
            text += file.read()
    assert '"path":"/api/v1/x"' in text
    for word in (token, "secret", "192.0.2.", "Ada"):
        assert word not in text, word
    for line in text.splitlines():
        if line.startswith("{"):
            json.loads(line)
