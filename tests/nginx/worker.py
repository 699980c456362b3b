#!/usr/bin/python3
"""A stand-in for a worker: worker.py SOCKET. Speaks FastCGI, remembers nothing.

It answers by the path's end:
  count            the time in milliseconds, with the headers of the real count
  params           what it was told, as JSON
  error            a problem of its own
  die              ends the process
  anything else    202 with the length of the body
"""
import hashlib
import json
import os
import socket
import struct
import sys
import threading
import time

BEGIN, PARAMS, STDIN, STDOUT, END = 1, 4, 5, 6, 3


def read_exactly(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def read_record(connection):
    _, kind, number, length, padding, _ = struct.unpack(">BBHHBB", read_exactly(connection, 8))
    content = read_exactly(connection, length)
    read_exactly(connection, padding)
    return kind, number, content


def parse_params(data):
    params, at = [], 0

    def size():
        nonlocal at
        if data[at] < 128:
            at += 1
            return data[at - 1]
        at += 4
        return struct.unpack(">I", data[at - 4 : at])[0] & 0x7FFFFFFF

    while at < len(data):
        name_size, value_size = size(), size()
        name = data[at : at + name_size].decode("latin-1")
        value = data[at + name_size : at + name_size + value_size].decode("latin-1")
        at += name_size + value_size
        params.append([name, value])
    return params


def read_request(connection):
    params, body = b"", b""
    while True:
        kind, number, content = read_record(connection)
        if kind == BEGIN:
            keep = content[2] & 1
        elif kind == PARAMS:
            params += content
        elif kind == STDIN:
            if not content:
                return number, keep, parse_params(params), body
            body += content


def count_answer():
    now_ms = time.time_ns() // 1000000
    body = json.dumps({"count": now_ms, "pad": "x" * 300}).encode()
    tag = hashlib.sha256(body).hexdigest()[:16]
    return (
        "200 OK",
        [
            ("Content-Type", "application/json; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "public, max-age=1, stale-while-revalidate=2, stale-if-error=600"),
            ("Access-Control-Allow-Origin", "*"),
            ("ETag", f'"{tag}"'),
            ("Date", time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(now_ms // 1000))),
        ],
        body,
    )


def answer(params, body):
    told = dict(reversed(params))
    path = told.get("REQUEST_URI", "").split("?")[0]
    if path.endswith("/count"):
        return count_answer()
    if path.endswith("/params"):
        return "200 OK", [("Content-Type", "application/json")], json.dumps(params).encode()
    if path.endswith("/error"):
        headers = [("Content-Type", "application/problem+json"), ("Retry-After", "7")]
        return "503 Service Unavailable", headers, b'{"code":"mine"}'
    if path.endswith("/die"):
        os._exit(1)
    size = json.dumps({"length": told.get("CONTENT_LENGTH"), "read": len(body)}).encode()
    return "202 Accepted", [("Content-Type", "application/json")], size


def serve(connection):
    try:
        while True:
            number, keep, params, body = read_request(connection)
            status, headers, text = answer(params, body)
            head = f"Status: {status}\r\n" + "".join(f"{n}: {v}\r\n" for n, v in headers) + "\r\n"
            data = head.encode() + text
            records = b""
            for at in range(0, len(data), 65535):
                piece = data[at : at + 65535]
                records += struct.pack(">BBHHBB", 1, STDOUT, number, len(piece), 0, 0) + piece
            records += struct.pack(">BBHHBB", 1, STDOUT, number, 0, 0, 0)
            records += struct.pack(">BBHHBBIBBBB", 1, END, number, 8, 0, 0, 0, 0, 0, 0, 0)
            connection.sendall(records)
            if not keep:
                break
    except (EOFError, OSError):
        pass
    connection.close()


def main():
    path = sys.argv[1]
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(1024)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


main()
