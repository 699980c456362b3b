"""How fast one mailer sends: letters that wait, and a mail server that takes and forgets them. Both sides share the cores."""
import http.client
import json
import socket
import subprocess
import time

import processes
from cases import Case
from stack import PROGRAM, TOP, wait_until

TOOLS = TOP / "build/release"
MAILER = PROGRAM.parent / "countersign-mailer"
PETITIONS, DOMAINS, A_SECOND = 5, 50, 2000
SETTINGS = {"SMTP_TLS": "none", "SMTP_CONNECTIONS": "16", "MAIL_PER_DOMAIN": "16", "MAIL_REMINDER_DAYS": "3",
            "SMTP_TIMEOUT_MS": "10000", "MAIL_LEASE_S": "60"}


class Operators(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=5)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Letters(Case):
    """A round: so many letters are signed for, then a mailer starts; measured until every fate is stored."""

    def start(self, port):
        self.sink = f"127.0.0.1:{port}"
        self.stack.spawn([TOOLS / "bench/mail_sink", port])
        self.socket = self.stack.sockets / "operators.bench.sock"
        for number in range(PETITIONS):
            self.stack.petition(f"letters-{number}", "email")

    def seed(self, tag, count):
        config = self.stack.run / "countersign.conf"
        for number in range(PETITIONS):
            lines = "".join(json.dumps({"email": f"p{i}.{number}.{tag}@d{i % DOMAINS}.example.org", "given_name": "Ada Maria",
                                        "family_name": "Example", "locale": "en"}) + "\n"
                            for i in range(count // PETITIONS))
            subprocess.run([TOOLS / "flow/seed", config, f"letters-{number}"], input=lines, text=True, check=True,
                           stdout=subprocess.DEVNULL)

    def ask(self, path):
        connection = Operators(self.socket)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        except OSError:
            return ""
        finally:
            connection.close()

    def is_done(self, count):
        values = dict(line.rsplit(" ", 1) for line in self.ask("/metrics").splitlines() if line and line[0] != "#")
        return (float(values.get('countersign_mailer_letters_total{fate="sent"}', 0)) >= count
                and float(values["countersign_mailer_in_hand"]) == 0)

    def measure(self, tag, seconds, connections):
        count = round(A_SECOND * seconds) // PETITIONS * PETITIONS
        self.seed(tag, count)
        environment = {f"COUNTERSIGN_{name}": value for name, value in SETTINGS.items()}
        environment.update(COUNTERSIGN_SMTP_SERVER=self.sink, COUNTERSIGN_OPERATORS_LISTEN=f"unix:{self.socket}")
        self.mailer = self.stack.spawn([MAILER, "--config", self.stack.run / "countersign.conf"], environment, "mailer.log")
        wait_until("the mailer", 20, lambda: self.ask("/healthz"))
        before, started = self._cpu(), time.monotonic()
        wait_until("the last letter", 60 + 10 * seconds, lambda: self.is_done(count))
        took, after = time.monotonic() - started, self._cpu()
        self.stack.end(self.mailer)
        result = {"requests": count, "us": round(took * 1e6), "status": 0, "broken": 0, "p50": 0, "p99": 0,
                  "cpu_us": {name: (after[name] - before[name]) / count for name in before},
                  "rate": count / took, "good": count / took, "machine_load": processes.load()}
        self.rounds.append(result)
        return result
