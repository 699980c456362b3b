"""What holds after every test, whatever it did."""
import json
import os

import fastcgi
from client import wait_until
from stack import API, WORKERS

# What a person typed must not be in any of these; neither may an address of a caller.
EXPECTED_ERRORS = "expected_errors"


class Watch:
    """Remembers how far it has looked."""

    def __init__(self, stack):
        self.stack = stack
        self.read = {}
        self.pids = self.find_pids()

    def find_pids(self):
        return {number: self.stack.pid(f"countersignd.{number}") for number in WORKERS}

    def check(self, test):
        if getattr(test, "restarts", False):
            self.pids = self.find_pids()
        self.check_answers()
        self.check_tally()
        self.check_logs(getattr(test, EXPECTED_ERRORS, ()))

    def check_answers(self):
        """The workers live, are the same as before, and answer the next request."""
        for number in WORKERS:
            answer = fastcgi.ask(self.stack.worker_socket(number), fastcgi.parameters("GET", f"{API}/demo/count"))
            assert answer.status == 200, f"worker {number} does not answer: {answer}"
            pid = self.stack.pid(f"countersignd.{number}")
            assert pid == self.pids[number], f"worker {number} was started again"

    def check_tally(self):
        wrong = self.stack.rows("SELECT slug, in_table, erased, tally, places, hours FROM countersign.audit(NULL) WHERE NOT equal")
        assert not wrong, f"tally and table: {wrong}"
        wrong = self.stack.rows("SELECT name, audience FROM countersign.mailing_status(NULL) WHERE audience <> owed + later + in_hand + sent"
                                " + refused + failed + unsubscribed + bounced + complained + signed + too_often + cancelled")
        assert not wrong, f"letters to the list do not add up: {wrong}"

    def check_audit(self):
        """After a group; a command a test would be a tenth of the whole run."""
        done = self.stack.cli("audit")
        assert done.returncode == 0, f"audit: {done.stdout}{done.stderr}"

    def check_logs(self, expected):
        words = [self.stack.mark.encode()] + [token.encode() for token in self.stack.tokens_seen]
        for name, text in self.stack.logs().items():
            start = self.read.get(name, 0)
            start = start if start <= len(text) else 0
            new = text[start:]
            self.read[name] = len(text)
            for word in words:
                assert word not in new, f"log/{name} holds what somebody typed: {near(new, word)}"
            if name.startswith("countersignd"):
                check_lines(name, new, expected)

    def last_check(self):
        """nginx writes its log once a second."""
        wait_until(lambda: self.settled(), 3, "nginx has written its log")
        self.check_logs(("",))

    def settled(self):
        path = os.path.join(self.stack.run, "log/nginx.access.log")
        return not os.path.exists(path) or os.path.getsize(path) >= 0


def near(text, word):
    at = text.find(word)
    return text[max(0, at - 200) : at + 200]


def check_lines(name, text, expected):
    """Each line is JSON, and errors are only those that the test is about."""
    for line in text.decode().splitlines():
        entry = json.loads(line)
        if entry.get("level") == "error":
            assert entry["event"] in expected or "" in expected, f"log/{name}: {line}"
