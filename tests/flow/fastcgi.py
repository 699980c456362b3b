"""FastCGI records by hand, to say to a worker what nginx never would."""
import socket
import struct

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES, GET_VALUES_RESULT, UNKNOWN = range(1, 12)
RESPONDER = 1
KEEP = 1
REQUEST_COMPLETE, CANT_MPX_CONN, OVERLOADED, UNKNOWN_ROLE = range(4)


def record(kind, content=b"", number=1, version=1, padding=0, length=None):
    size = len(content) if length is None else length
    return struct.pack(">BBHHBB", version, kind, number, size, padding, 0) + content + b"\0" * padding


def begin(number=1, role=RESPONDER, flags=KEEP):
    return record(BEGIN, struct.pack(">HB5x", role, flags), number)


def size(n, wide=False):
    return bytes([n]) if n < 128 and not wide else struct.pack(">I", n | 0x80000000)


def pair(name, value):
    name = name.encode("latin-1") if isinstance(name, str) else name
    value = value.encode("latin-1") if isinstance(value, str) else value
    return size(len(name)) + size(len(value)) + name + value


def pairs(items):
    items = items.items() if isinstance(items, dict) else items
    return b"".join(pair(name, value) for name, value in items)


def parameters(method="GET", uri="/api/v1/petitions", body=None, **more):
    """What nginx would send. A value of None leaves the parameter out."""
    path, _, query = uri.partition("?")
    del path
    values = {
        "REQUEST_METHOD": method,
        "REQUEST_URI": uri,
        "QUERY_STRING": query,
        "CONTENT_TYPE": "application/json" if body is not None else "",
        "CONTENT_LENGTH": str(len(body)) if body is not None else "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
    }
    values.update(more)
    return {name: value for name, value in values.items() if value is not None}


def stream(kind, data, number=1, piece=65535):
    """A stream in records, ended by an empty one."""
    cut = [data[i : i + piece] for i in range(0, len(data), piece)]
    return b"".join(record(kind, part, number) for part in cut) + record(kind, b"", number)


def request(values, body=b"", number=1, flags=KEEP):
    return begin(number, flags=flags) + stream(PARAMS, pairs(values), number) + stream(STDIN, body or b"", number)


class Peer:
    """A connection to a worker's socket."""

    def __init__(self, path, timeout=10):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def take(self, count):
        data = b""
        while len(data) < count:
            try:
                piece = self.socket.recv(count - len(data))
            except ConnectionResetError:
                piece = b""
            if not piece:
                raise EOFError(data)
            data += piece
        return data

    def read_record(self):
        """(kind, number, content); EOFError: closed."""
        version, kind, number, length, padding, _ = struct.unpack(">BBHHBB", self.take(8))
        assert version == 1
        content = self.take(length)
        self.take(padding)
        return kind, number, content

    def read_answer(self, number=1):
        """Until END_REQUEST of the number: its output and its protocol status. Other numbers' ends are noted."""
        out, self.ends = b"", {}
        while True:
            kind, of, content = self.read_record()
            if kind == STDOUT and of == number:
                out += content
            elif kind == END:
                self.ends[of] = content[4]
                if of == number:
                    return FcgiAnswer(out, content[4])

    def is_closed(self, seconds=3):
        """Whether the worker closes within the time."""
        self.socket.settimeout(seconds)
        try:
            while self.socket.recv(4096):
                pass
            return True
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False


class FcgiAnswer:
    def __init__(self, out, protocol_status):
        self.raw, self.protocol_status = out, protocol_status
        head, _, self.body = out.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.headers = dict(line.split(": ", 1) for line in lines if ": " in line)
        self.status = int(self.headers.get("Status", "0").split()[0])

    def __repr__(self):
        return f"<{self.protocol_status} {self.raw[:300]!r}>"


def ask(path, values, body=b"", timeout=10):
    with Peer(path, timeout) as peer:
        peer.send(request(values, body, flags=0))
        return peer.read_answer()
