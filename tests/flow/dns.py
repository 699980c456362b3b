"""A name server for one test: answers from a table, in UDP on 127.0.0.1."""
import socket
import struct
import threading

TYPES = {"A": 1, "MX": 15, "TXT": 16, "AAAA": 28}


def encode_name(name):
    parts = [part.encode() for part in name.split(".") if part]
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def encode_data(kind, value):
    if kind == "TXT":
        pieces = value if isinstance(value, list) else [value]
        return b"".join(bytes([len(piece)]) + piece.encode() for piece in pieces)
    if kind == "MX":
        return struct.pack("!H", 10) + encode_name(value)
    return socket.inet_aton(value)


class NameServer:
    """`records`: {(name, type): [value, ...]}; a name that is in none of the keys does not exist. `silent`: no answer."""

    def __init__(self, records, silent=False):
        self.records, self.silent, self.asked = records, silent, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.socket.sendto(b"", self.socket.getsockname())
        self.thread.join()
        self.socket.close()

    def serve(self):
        while True:
            query, peer = self.socket.recvfrom(4096)
            if not query:
                return
            if not self.silent:
                self.socket.sendto(self.answer(query), peer)

    def answer(self, query):
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        name, kind = ".".join(labels), struct.unpack("!H", query[at + 1:at + 3])[0]
        self.asked.append(name)
        question = query[12:at + 5]
        word = next((word for word, number in TYPES.items() if number == kind), "")
        values = self.records.get((name, word), [])
        exists = any(name == other or other.endswith("." + name) for other, _ in self.records)
        answers = b"".join(self.record(word, kind, value) for value in values)
        flags = 0x8580 | (0 if exists else 3)
        return query[:2] + struct.pack("!HHHHH", flags, 1, len(values), 0, 0) + question + answers

    def record(self, word, kind, value):
        data = encode_data(word, value)
        return b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data
