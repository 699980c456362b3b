"""HTTP as bytes: what is sent is exactly what was written, and answers are read by their own rules."""
import json
import socket
import time


class Answer:
    def __init__(self, status, reason, headers, body, raw_head):
        self.status, self.reason, self.headers, self.body = status, reason, headers, body
        self.raw_head = raw_head

    def get(self, name, default=None):
        """The one value of a header; two are an error."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) <= 1, (name, values)
        return values[0] if values else default

    def json(self):
        return json.loads(self.body)

    def code(self):
        """The `code` of a problem."""
        return self.json()["code"]

    def __repr__(self):
        usual = {"server", "date", "connection", "x-content-type-options", "referrer-policy", "content-length"}
        headers = [f"{name}: {value}" for name, value in self.headers if name.lower() not in usual]
        return f"<{self.status} {headers} {self.body[:400]!r}>"


class Closed(Exception):
    """The peer closed before a whole answer came."""


class Connection:
    """One connection. `address` is (host, port) or the path of a unix socket."""

    def __init__(self, address, timeout=15):
        if isinstance(address, str):
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.settimeout(timeout)
            self.socket.connect(address)
        else:
            self.socket = socket.create_connection(address, timeout=timeout)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.data = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def more(self):
        try:
            piece = self.socket.recv(65536)
        except ConnectionResetError:
            piece = b""
        self.data += piece
        return bool(piece)

    def take(self, size):
        while len(self.data) < size:
            if not self.more():
                raise Closed(self.data)
        piece, self.data = self.data[:size], self.data[size:]
        return piece

    def take_line(self):
        while b"\r\n" not in self.data:
            if not self.more():
                raise Closed(self.data)
        line, _, self.data = self.data.partition(b"\r\n")
        return line

    def take_rest(self):
        while self.more():
            pass
        piece, self.data = self.data, b""
        return piece

    def read_head(self):
        while b"\r\n\r\n" not in self.data:
            if not self.more():
                raise Closed(self.data)
        head, _, self.data = self.data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        version, _, rest = lines[0].partition(" ")
        assert version in ("HTTP/1.1", "HTTP/1.0"), head
        status, _, reason = rest.partition(" ")
        headers = [tuple(line.split(": ", 1)) if ": " in line else (line.rstrip(":"), "") for line in lines[1:]]
        return int(status), reason, headers, head

    def read_chunks(self):
        body = b""
        while True:
            size = int(self.take_line().split(b";")[0], 16)
            if size == 0:
                while self.take_line():
                    pass
                return body
            body += self.take(size)
            assert self.take(2) == b"\r\n"

    def read_answer(self, method="GET"):
        """The next whole answer; an interim one (100) is an answer of its own."""
        status, reason, headers, head = self.read_head()
        low = {key.lower(): value for key, value in headers}
        if method == "HEAD" or status in (204, 304) or status < 200:
            body = b""
        elif low.get("transfer-encoding") == "chunked":
            body = self.read_chunks()
        elif "content-length" in low:
            body = self.take(int(low["content-length"]))
        else:
            body = self.take_rest()
        return Answer(status, reason, headers, body, head)


def compose(method, target, headers=(), body=None, version="HTTP/1.1", host="localhost"):
    """The bytes of a request. A Content-Length is added when there is a body and no framing yet."""
    lines = [f"{method} {target} {version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in headers]
    names = {name.lower() for name, _ in headers}
    if body is not None and not names & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


def wait_until(condition, seconds=5, what="condition", every=0.05):
    """Returns the first true value of the condition."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(every)


def wait_while_it_moves(left, seconds=25, what="things"):
    """Until `left` says 0, however slow the machine is: it fails when the number has not changed for so long."""
    seen, end = None, 0
    while (now := left()) > 0:
        if now != seen:
            seen, end = now, time.monotonic() + seconds
        assert time.monotonic() < end, f"{now} {what} are left, and it has not changed for {seconds} s"
        time.sleep(0.05)
