"""F: FastCGI records straight to a worker's socket. In production only nginx can reach it."""
import itertools
import json
import os
import random
import socket
import struct
import subprocess
import sys
import time

import fastcgi as f
from cases import Failures, each
from client import wait_until
from stack import API

READ_LIMIT_S = 1.3
CALLERS = itertools.count()
NOBODY = """
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(3)
try:
    s.connect(sys.argv[1])
except PermissionError:
    print("EACCES"); sys.exit()
try:
    s.sendall(bytes.fromhex(sys.argv[2]))
    print("answer" if s.recv(100) else "closed")
except (BrokenPipeError, ConnectionResetError):
    print("closed")
"""


def body_of(stack):
    return json.dumps(stack.person()).encode()


def caller():
    """Somebody else each time, and always as many bytes."""
    number = next(CALLERS)
    return f"10.{100 + number // 10000 % 100}.{100 + number // 100 % 100}.{100 + number % 100}"


def sign_values(slug, data, **more):
    values = {"REMOTE_ADDR": caller(), **more}
    return f.parameters("POST", f"{API}/{slug}/signatures", data, **values)


def sign_bytes(slug, data, **more):
    return f.request(sign_values(slug, data, **more), data)


def serves(stack, number=1, seconds=1.0):
    """A request of somebody else is answered at once."""
    started = time.monotonic()
    assert stack.worker_get(f"{API}/demo/count", number).status == 200
    took = time.monotonic() - started
    assert took < seconds, f"{took:.2f} s"


def as_nobody(path):
    data = f.request(f.parameters("GET", f"{API}/demo/count")).hex()
    # Debian's nobody; the group is nobody's of ours either.
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-c", NOBODY, path, data]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_F1_other_users_are_not_let_in(stack):
    path = stack.worker_socket()
    mode = os.stat(path).st_mode & 0o777
    assert mode == 0o660, oct(mode)
    if os.geteuid() != 0:
        return  # only root can try to be somebody else
    assert as_nobody(path) == "EACCES"
    before = stack.metric("countersign_fastcgi_refused_total", number=1)
    modes = [(name, os.stat(name).st_mode & 0o7777) for name in (stack.run, stack.sockets, path)]
    try:
        # Even where somebody has opened the file to all.
        for name, _ in modes:
            os.chmod(name, 0o777)
        assert as_nobody(path) == "closed"
    finally:
        for name, old in modes:
            os.chmod(name, old)
    assert stack.metric("countersign_fastcgi_refused_total", number=1) == before + 1


def test_F2_silence_holds_no_thread(stack):
    silent = [f.Peer(stack.worker_socket()) for _ in range(300)]
    serves(stack)
    for peer in silent:
        peer.close()


def test_F3_one_byte_and_silence(stack):
    started = [f.Peer(stack.worker_socket()) for _ in range(50)]
    for peer in started:
        peer.send(b"\1")
    serves(stack)
    for peer in started[:5]:
        assert peer.is_closed(READ_LIMIT_S + 0.5), "a connection with one byte stays open"
    serves(stack)
    for peer in started:
        peer.close()


def test_F4_half_a_request_then_close(stack):
    slug = stack.petition()
    data = sign_bytes(slug, body_of(stack))
    for cut in (4, 8, 12, 16, 24, 200, len(data) // 2, len(data) - 9, len(data) - 8, len(data) - 1):
        with f.Peer(stack.worker_socket()) as peer:
            peer.send(data[:cut])
    serves(stack)
    assert stack.stored(slug) == 0


def test_F5_a_peer_that_does_not_close_after_the_end(stack):
    for _ in range(20):
        peer = f.Peer(stack.worker_socket())
        peer.send(f.request(f.parameters("GET", f"{API}/demo/count"), flags=0))
        assert peer.read_answer().status == 200
        assert peer.is_closed(READ_LIMIT_S)
        peer.close()
    serves(stack)


@each([("http", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), ("tls", bytes.fromhex("16030100c2010000be0303")), ("text", b"hello\n"),
       ("zeros", b"\0" * 64), ("ssh", b"SSH-2.0-x\r\n"), ("json", b'{"email":"x"}'), ("ff", b"\xff" * 16)])  # fmt: skip
def test_F6_what_is_no_fastcgi(stack, case):
    before = stack.metric("countersign_fastcgi_protocol_errors_total", number=1)
    with f.Peer(stack.worker_socket()) as peer:
        peer.send(case)
        assert peer.is_closed(1)
    assert stack.metric("countersign_fastcgi_protocol_errors_total", number=1) == before + 1


GET = f.parameters("GET", f"{API}/demo/count")
ODD = {
    "version-2": f.record(f.BEGIN, struct.pack(">HB5x", 1, 1), version=2) + f.stream(f.PARAMS, f.pairs(GET)) + f.stream(f.STDIN, b""),
    "version-0": f.record(f.BEGIN, struct.pack(">HB5x", 1, 1), version=0),
    "type-0": f.record(0, b"\0" * 8),
    "type-99": f.record(99, b"\0" * 8),
    "type-255": f.begin() + f.record(255, b"\0" * 8),
    "role-authorizer": f.begin(role=2),
    "role-filter": f.begin(role=3),
    "role-4": f.begin(role=4),
    "role-65535": f.begin(role=65535),
    "params-first": f.stream(f.PARAMS, f.pairs(GET)),
    "stdin-first": f.stream(f.STDIN, b"x"),
    "stdin-before-params-end": f.begin() + f.record(f.PARAMS, f.pairs(GET)) + f.record(f.STDIN, b"x"),
    "params-after-end": f.begin() + f.stream(f.PARAMS, f.pairs(GET)) + f.record(f.PARAMS, f.pairs(GET)),
    "begin-short": f.record(f.BEGIN, b"\0\1"),
    "begin-long": f.record(f.BEGIN, b"\0\1\1" + b"\0" * 50),
    "begin-twice": f.begin() + f.begin(),
    "begin-id-0": f.begin(0) + f.stream(f.PARAMS, f.pairs(GET), 0) + f.stream(f.STDIN, b"", 0),
    "end-request": f.begin() + f.record(f.END, b"\0" * 8),
    "stdout": f.begin() + f.record(f.STDOUT, b"x"),
    "abort-first": f.record(f.ABORT),
}


@each(ODD.items())
def test_F7_records_that_make_no_sense(stack, case):
    with f.Peer(stack.worker_socket()) as peer:
        peer.send(case)
        assert peer.is_closed(READ_LIMIT_S + 1)
    serves(stack)


ABSURD = {
    "name-too-long": b"\x7f\x01a",
    "value-too-long": b"\x01\x7fa",
    "name-2-gigabytes": b"\xff\xff\xff\xff\x00",
    "value-2-gigabytes": b"\x01\xff\xff\xff\xffa",
    "both-2-gigabytes": b"\xff\xff\xff\xff\xff\xff\xff\xff",
    "sum-overflows": b"\xff\xff\xff\xff\x80\x00\x00\x01" + b"a" * 100,
    "length-cut": b"\x80\x00",
    "value-length-cut": b"\x01\x80\x00",
    "value-length-missing": b"\x05",
    "one-byte": b"\x80",
    "empty-name": b"\x00\x05abcde",
    "zeros": b"\0" * 5000,
}


@each(ABSURD.items())
def test_F8_absurd_lengths_of_parameters(stack, case):
    for params in (case, f.pairs(GET) + case, case + f.pairs(GET)):
        for piece in (65535, 3):
            with f.Peer(stack.worker_socket()) as peer:
                try:
                    peer.send(f.begin() + f.stream(f.PARAMS, params, piece=piece) + f.stream(f.STDIN, b""))
                    peer.read_answer()
                except (EOFError, BrokenPipeError, ConnectionResetError):
                    pass
            serves(stack)


MANAGEMENT = {
    "names-cut": f.record(f.GET_VALUES, b"\x0fFCGI_MPX", 0),
    "lengths-overflow": f.record(f.GET_VALUES, b"\xff\xff\xff\xff\xff\xff\xff\xff", 0),
    "value-given": f.record(f.GET_VALUES, f.pair("FCGI_MPXS_CONNS", "1" * 100), 0),
    "names-repeated": f.record(f.GET_VALUES, f.pair("FCGI_MPXS_CONNS", "") * 50, 0),
    "names-unknown": f.record(f.GET_VALUES, f.pair("FCGI_NOTHING", ""), 0),
    "empty": f.record(f.GET_VALUES, b"", 0),
    "long": f.record(f.GET_VALUES, f.pair("FCGI_MPXS_CONNS", "") * 3000, 0),
    "result": f.record(f.GET_VALUES_RESULT, f.pair("FCGI_MPXS_CONNS", "1"), 0),
    "unknown-type": f.record(f.UNKNOWN, b"\x07" + b"\0" * 7, 0),
    "begin": f.record(f.BEGIN, struct.pack(">HB5x", 1, 1), 0),
    "stdin": f.record(f.STDIN, b"abc", 0),
}


@each(MANAGEMENT.items())
def test_F10_management_records_that_are_odd(stack, case):
    for data in (case, case * 20, f.begin() + case + f.stream(f.PARAMS, f.pairs(GET)) + case + f.stream(f.STDIN, b"")):
        with f.Peer(stack.worker_socket(), 0.3) as peer:
            try:
                peer.send(data)
                peer.read_answer()
            except (EOFError, BrokenPipeError, ConnectionResetError, TimeoutError):
                pass
        serves(stack)


@each([(f"padding-{padding}", padding) for padding in (0, 1, 7, 255)])
def test_F11_the_worker_says_that_it_does_not_multiplex(stack, case):
    names = ("FCGI_MPXS_CONNS", "FCGI_MAX_CONNS", "FCGI_MAX_REQS")
    with f.Peer(stack.worker_socket()) as peer:
        peer.send(f.record(f.GET_VALUES, f.pairs([(name, "") for name in names]), 0, padding=case))
        kind, number, content = peer.read_record()
        assert (kind, number) == (f.GET_VALUES_RESULT, 0)
        assert f.pair("FCGI_MPXS_CONNS", "0") in content, content
        peer.send(f.request(GET))
        assert peer.read_answer().status == 200


def test_F12_a_second_request_on_the_connection_is_refused(stack):
    slug = stack.petition()
    data = body_of(stack)
    params = f.stream(f.PARAMS, f.pairs(sign_values(slug, data)))
    other = f.begin(2) + f.stream(f.PARAMS, f.pairs(GET), 2) + f.stream(f.STDIN, b"", 2)
    for between in (f.begin(2), other):
        with f.Peer(stack.worker_socket()) as peer:
            peer.send(f.begin() + params + between + f.stream(f.STDIN, data))
            assert peer.read_answer().status == 202
            assert peer.ends.get(2) == f.CANT_MPX_CONN, peer.ends
            peer.send(f.request(GET))
            assert peer.read_answer().status == 200
    assert stack.stored(slug) == 1


def test_F13_given_up_in_the_body(stack):
    slug = stack.petition()
    data = body_of(stack)
    start = f.begin() + f.stream(f.PARAMS, f.pairs(sign_values(slug, data)))
    for part in (b"", data[:10], data):
        with f.Peer(stack.worker_socket()) as peer:
            peer.send(start + (f.record(f.STDIN, part) if part else b"") + f.record(f.ABORT))
            answer = peer.read_answer()
            assert answer.status == 400, answer
    assert stack.stored(slug) == 0


@each([("shorter", -1), ("much-shorter", -50), ("longer", 1), ("much-longer", 5000)])
def test_F14_F15_a_body_of_another_length_than_announced(stack, case):
    slug = stack.shared("F14")
    data = body_of(stack)
    values = sign_values(slug, data, CONTENT_LENGTH=str(len(data)))
    sent = data[:case] if case < 0 else data + b" " * case
    with f.Peer(stack.worker_socket()) as peer:
        peer.send(f.request(values, sent))
        answer = peer.read_answer()
        assert answer.status == 400 and json.loads(answer.body)["code"] == "truncated", answer
        peer.send(f.request(GET))
        assert peer.read_answer().status == 200
    assert stack.stored(slug) == 0


@each([("empty", b""), ("negative", "-1"), ("sign", "+10"), ("space", " 10"), ("hex", "0x10"), ("huge", "99999999999999999999"),
       ("word", "ten"), ("over", "16385")])  # fmt: skip
def test_F16_lengths_that_are_none(stack, case):
    slug = stack.shared("F16-lengths")
    data = body_of(stack)
    answer = stack.ask(sign_values(slug, data, CONTENT_LENGTH=case), data)
    assert answer.status in (400, 413), answer
    assert stack.stored(slug) == 0


@each([(name, name) for name in f.parameters("POST", "/x", b"x")])
def test_F16_parameters_that_are_missing(stack, case):
    slug = stack.petition()
    data = body_of(stack)
    answer = stack.ask(sign_values(slug, data, **{case: None}), data)
    if case == "QUERY_STRING":
        assert answer.status == 202, answer
        return
    expected = {"REMOTE_ADDR": 500, "CONTENT_TYPE": 415}.get(case, 400)
    assert answer.status == expected, answer
    assert stack.stored(slug) == 0
    assert stack.ask({}).status == 400


test_F16_parameters_that_are_missing.expected_errors = ("no_remote_addr",)


def test_F16_a_configuration_without_the_caller_is_logged_once(stack):
    slug = stack.petition()
    data = body_of(stack)
    before = stack.logs()["countersignd.1.log"].count(b"no_remote_addr")
    for _ in range(3):
        assert stack.ask(sign_values(slug, data, REMOTE_ADDR=None), data).status == 500
    after = stack.logs()["countersignd.1.log"].count(b"no_remote_addr")
    assert after >= 1 and after - before <= 1, (before, after)


test_F16_a_configuration_without_the_caller_is_logged_once.expected_errors = ("no_remote_addr",)


def test_F17_too_many_and_too_large_parameters(stack):
    many = f.pairs([(f"X{number}", "v") for number in range(100000)])
    large = f.pairs({**GET, "HTTP_COOKIE": "x" * 60000})
    some = f.pairs({**GET, **{f"X{number}": "v" for number in range(1000)}})
    for params in (many, large, some, f.pairs({**GET, "N" * 5000: "v"})):
        with f.Peer(stack.worker_socket()) as peer:
            try:
                peer.send(f.begin() + f.stream(f.PARAMS, params) + f.stream(f.STDIN, b""))
            except (BrokenPipeError, ConnectionResetError):
                continue
            assert peer.is_closed(READ_LIMIT_S + 1)
        serves(stack)
    answer = stack.ask({**GET, "HTTP_COOKIE": "x" * 30000})
    assert answer.status == 200, answer


def test_F18_of_two_parameters_the_first_counts(stack):
    twice = list(GET.items()) + [("REQUEST_URI", "/nothing"), ("REQUEST_METHOD", "POST")]
    with f.Peer(stack.worker_socket()) as peer:
        peer.send(f.begin() + f.stream(f.PARAMS, f.pairs(twice)) + f.stream(f.STDIN, b""))
        assert peer.read_answer().status == 200
    slug = stack.petition()
    mine, theirs = stack.caller(), stack.caller()
    used = stack.redis("--scan", "--pattern", "cs:limit:*").split()
    data = body_of(stack)
    values = list(sign_values(slug, data, REMOTE_ADDR=mine).items()) + [("REMOTE_ADDR", theirs)]
    with f.Peer(stack.worker_socket()) as peer:
        peer.send(f.begin() + f.stream(f.PARAMS, f.pairs(values)) + f.stream(f.STDIN, data))
        assert peer.read_answer().status == 202
    fresh = set(stack.redis("--scan", "--pattern", "cs:limit:*").split()) - set(used)
    data = body_of(stack)
    stack.ask(sign_values(slug, data, REMOTE_ADDR=mine), data)
    assert fresh and not set(stack.redis("--scan", "--pattern", "cs:limit:*").split()) - set(used) - fresh


def test_F19_names_and_values_that_would_be_read_as_others(stack):
    slug = stack.petition()
    data = body_of(stack)
    values = sign_values(slug, data, CONTENT_TYPE=None)
    for extra in (("CONTENT_TYPE=application/json", ""), ("CONTENT_TYPE=application/json", "x"), ("CONTENT_TYPE\0", "application/json"),
                  ("X\0CONTENT_TYPE", "application/json"), ("content_type", "application/json"), ("XCONTENT_TYPE", "application/json"),
                  ("CONTENT_TYPE", "text/plain\0application/json"), ("", "CONTENT_TYPE=application/json")):  # fmt: skip
        with f.Peer(stack.worker_socket()) as peer:
            peer.send(f.begin() + f.stream(f.PARAMS, f.pairs(list(values.items()) + [extra])) + f.stream(f.STDIN, data))
            answer = peer.read_answer()
            assert answer.status == 415, (extra, answer)
    answer = stack.worker_get(f"{API}/demo/count", QUERY_STRING="x=1\0", REQUEST_URI=f"{API}/demo/count?x=1\0")
    assert answer.status == 400, answer
    assert stack.stored(slug) == 0


def test_F20_a_thousand_idle_connections_pin_nothing(stack):
    idle = [f.Peer(stack.worker_socket()) for _ in range(900)]
    for peer in idle[::10]:
        peer.send(f.request(GET))
    for peer in idle[::10]:
        assert peer.read_answer().status == 200
    for _ in range(20):
        serves(stack)
    for peer in idle:
        peer.close()
    wait_until(lambda: stack.metric("countersign_fastcgi_connections", number=1) < 100, 5, "closed connections are let go")


def test_F21_split_at_every_byte(stack):
    slug = stack.petition()
    data = body_of(stack)
    whole = sign_bytes(slug, data)
    failures = Failures()
    with f.Peer(stack.worker_socket()) as peer:
        for cut in range(1, len(whole)):
            with failures.of(cut):
                whole = sign_bytes(slug, data)
                peer.send(whole[:cut])
                if cut % 8 == 0:
                    time.sleep(0.001)
                peer.send(whole[cut:])
                assert peer.read_answer().status == 202
    failures.done()
    assert stack.stored(slug) == 1
    with f.Peer(stack.worker_socket()) as peer:
        # And all of them at once, a byte a write.
        for byte in sign_bytes(slug, body_of(stack)):
            peer.send(bytes([byte]))
        assert peer.read_answer().status == 202
    assert stack.stored(slug) == 2


def test_F21_streams_in_small_records(stack):
    slug = stack.petition()
    for piece in (1, 2, 7, 100):
        data = body_of(stack)
        params = f.stream(f.PARAMS, f.pairs(sign_values(slug, data)), piece=piece)
        with f.Peer(stack.worker_socket()) as peer:
            peer.send(f.begin() + params + f.stream(f.STDIN, data, piece=piece))
            assert peer.read_answer().status == 202
    assert stack.stored(slug) == 4


def mutate(data, dice):
    data = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        at = dice.randrange(len(data))
        kind = dice.randrange(5)
        if kind == 0:
            data[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            data[at] = dice.choice((0, 1, 127, 128, 255))
        elif kind == 2:
            del data[at : at + dice.randrange(1, 40)]
        elif kind == 3:
            data[at:at] = data[dice.randrange(len(data)) :][: dice.randrange(40)]
        else:
            data[at:at] = bytes(dice.randrange(256) for _ in range(dice.randrange(1, 20)))
        if not data:
            return b"\1"
    return bytes(data)


def test_F22_a_few_thousand_mutations(stack):
    seed = random.randrange(1 << 30)
    dice = random.Random(seed)
    slug = stack.petition()
    sessions = [sign_bytes(slug, body_of(stack)), f.request(GET), f.record(f.GET_VALUES, f.pair("FCGI_MPXS_CONNS", ""), 0) + f.request(GET)]
    for number in range(3000):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(2)
            peer.connect(stack.worker_socket())
            try:
                peer.sendall(mutate(dice.choice(sessions), dice))
                peer.shutdown(socket.SHUT_WR)
                while peer.recv(65536):
                    pass
            except OSError:
                pass
        if number % 500 == 0:
            serves(stack)
    serves(stack)
    # Bytes of an address may have been changed into other good addresses: what is stored is what was acknowledged.
    assert stack.states(slug)[1:] == [0, 0, 0], f"seed {seed}"


test_F22_a_few_thousand_mutations.expected_errors = ("no_remote_addr",)
