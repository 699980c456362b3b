"""A rendered nginx with two stand-in workers, and raw requests to it."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests"))
from ports import free_port  # noqa: E402


class Answer:
    def __init__(self, data):
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.raw = data
        self.status = int(lines[0].split()[1]) if lines[0].startswith("HTTP/") else 0
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            self.headers.setdefault(name.lower(), value)

    def json(self):
        body = self.body
        if self.headers.get("transfer-encoding") == "chunked":
            body = unchunk(body)
        return json.loads(body)


def unchunk(body):
    whole = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        whole += rest[:length]
        body = rest[length + 2 :]
        if length == 0:
            break
    return whole


class Stack:
    def __init__(self):
        self.run = tempfile.mkdtemp(prefix="countersign-nginx.", dir="/tmp")
        self.port = free_port()
        self.sockets = os.path.join(self.run, "sockets")
        for folder in ("sockets", "log", "nginx/temp", "nginx/countersign"):
            os.makedirs(os.path.join(self.run, folder))
        self.workers = [self.start_worker(1), self.start_worker(2)]
        self.write_files()
        self.nginx = subprocess.Popen(self.command(), cwd=self.run)
        self.wait()

    def command(self, *more):
        # As root nginx would give its processes to a user who may not look into this folder.
        user = ["-g", "user root;"] if os.geteuid() == 0 else []
        conf = os.path.join(self.run, "nginx/nginx.conf")
        log = os.path.join(self.run, "log/nginx.log")
        prefix = os.path.join(self.run, "nginx")
        return ["nginx", "-p", prefix, "-e", log, "-c", conf, *user, *more]

    def write_files(self):
        environment = dict(
            os.environ,
            RUN=self.run,
            PORT=str(self.port),
            top=TOP,
            here=os.path.join(TOP, "deploy/dev"),
            sockets=self.sockets,
        )
        script = "set -euo pipefail; . $here/stack-files; write_nginx_files"
        subprocess.run(["bash", "-c", script], cwd=self.run, env=environment, check=True)

    def start_worker(self, number):
        path = os.path.join(self.sockets, f"countersignd.{number}.sock")
        worker = os.path.join(TOP, "tests/nginx/worker.py")
        process = subprocess.Popen(["/usr/bin/python3", worker, path])
        for _ in range(600):
            with socket.socket(socket.AF_UNIX) as probe:
                if probe.connect_ex(path) == 0:
                    return process
            time.sleep(0.05)
        raise SystemExit("a worker does not start")

    def wait(self):
        for _ in range(200):
            try:
                if self.get("/api/v1/ready").status == 202:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise SystemExit("nginx or the workers do not start")

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=15)
        return connection

    def raw(self, data):
        """Sends the bytes, reads until nginx closes or is silent for a second."""
        with self.connect() as connection:
            connection.sendall(data)
            connection.settimeout(1)
            answer = b""
            try:
                while piece := connection.recv(65536):
                    answer += piece
            except TimeoutError:
                pass
            except ConnectionResetError:
                pass
            return Answer(answer)

    def request(self, method, path, headers=(), body=b""):
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        return self.raw("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    def get(self, path, *headers):
        return self.request("GET", path, headers)

    def post(self, path, body, *headers):
        return self.request("POST", path, headers, body)

    def stop(self):
        self.nginx.send_signal(signal.SIGTERM)
        self.nginx.wait(10)
        for worker in self.workers:
            worker.kill()
            worker.wait()
        shutil.rmtree(self.run, ignore_errors=True)
