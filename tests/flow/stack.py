"""A private stack (PostgreSQL, Redis, nginx, two workers), and all that tests do with it.

Everything that tests type as a person's data holds Stack.mark, a word that nobody else writes, so that one search
finds it wherever it must not be."""
import itertools
import json
import os
import random
import shutil
import string
import subprocess
import sys
import tempfile
import time

import psycopg2

import fastcgi
from client import Connection, compose, wait_until

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests"))
from ports import free_port  # noqa: E402

# Where the programs lie: build/, or the folder of a variant (build/asan).
BUILD = os.path.join(TOP, os.environ.get("FLOW_BUILD", "build"))
IS_SANITIZED = os.path.basename(BUILD) in ("asan", "tsan")
TOOLS = os.path.join(TOP, os.environ.get("FLOW_TOOLS", "build/release/flow"))

JSON = ("Content-Type", "application/json")
API = "/api/v1/petitions"
# What people have set for servers and proxies of their own; the stack must not mind.
FOREIGN = {"PGHOST": "/nowhere", "PGPORT": "9", "PGSERVICE": "another", "http_proxy": "http://127.0.0.1:9"}
WORKERS = (1, 2)

ALL_FIELDS = [
    {"name": "email", "required": True},
    {"name": "given_name", "required": True},
    {"name": "family_name", "required": False},
    {"name": "country", "required": False},
    {"name": "region", "required": False},
    {"name": "postal_code", "required": False},
    {"name": "locality", "required": False},
    {"name": "comment", "required": False},
]


class Stack:
    """`mail`: with the mailer and its mailbox to look at, as `make run` has them."""

    def __init__(self, mail=False):
        self.run = tempfile.mkdtemp(prefix="countersign-flow.", dir="/tmp")
        os.chmod(self.run, 0o755)
        self.port = free_port()
        self.mark = "zq" + "".join(random.choices(string.ascii_lowercase, k=8))
        self.numbers = itertools.count(1)
        # Callers of one stack never meet by accident: each request comes from its own /24 and /48.
        self.callers = itertools.count(random.randrange(1 << 16))
        self.tokens_seen = set()
        self.shared_slugs = {}
        self.forms = {}  # a petition without its name -> one that was put so
        self.blocked_domain = "blocked-" + self.mark + ".example"
        blocked = os.path.join(self.run, "blocked")
        with open(blocked, "w", encoding="utf-8") as file:
            file.write(f"# people who asked for it\n@{self.blocked_domain}\nhush.{self.mark}@example.org\n")
        self.environment = dict(
            os.environ,
            RUN=self.run,
            PORT=str(self.port),
            MAIL="/var/mail/somebody" if mail else "no",  # as su, sudo and login set it
            MAIL_PORT=str(free_port()),
            COUNTERSIGN_BLOCKED_ADDRESSES_FILE=blocked,
            COUNTERSIGN_BIN=BUILD,
        )
        self.mailbox = f"http://127.0.0.1:{self.environment['MAIL_PORT']}" if mail else None
        self.database = None
        try:
            self.start()
        except BaseException:
            # What has started must not stay behind.
            self.stop()
            raise

    # ---- life ----

    def command(self, word):
        command = [os.path.join(TOP, "deploy/dev/stack"), word]
        # Not into a pipe: what it starts would hold the pipe open.
        with tempfile.TemporaryFile("w+") as out:
            done = subprocess.run(command, env=dict(self.environment, **FOREIGN), stdout=out, stderr=out, stdin=subprocess.DEVNULL)
            out.seek(0)
            assert done.returncode == 0, out.read()

    def start(self):
        self.command("start")
        self.sockets = os.path.realpath(os.path.join(self.run, "sockets"))
        for number in WORKERS:
            wait_until(lambda n=number: self.operators("/readyz", n).status == 200, 15, "worker is ready")

    def stop(self):
        if self.database:
            self.database.close()
        self.command("stop")
        if not os.environ.get("FLOW_KEEP"):
            shutil.rmtree(self.run, ignore_errors=True)

    def pid(self, service):
        with open(os.path.join(self.run, "pids", service), encoding="ascii") as file:
            return int(file.read())

    def worker_socket(self, number=1):
        return os.path.join(self.sockets, f"countersignd.{number}.sock")

    def logs(self):
        """All that was logged so far, by file."""
        texts = {}
        folder = os.path.join(self.run, "log")
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), "rb") as file:
                texts[name] = file.read()
        return texts

    # ---- HTTP ----

    def connect(self, timeout=15):
        return Connection(("127.0.0.1", self.port), timeout)

    def raw(self, data, method="GET", timeout=15):
        """Sends these bytes, returns the first answer."""
        with self.connect(timeout) as connection:
            connection.send(data)
            return self.checked(connection.read_answer(method))

    def caller(self):
        """An address that no other request comes from."""
        n = next(self.callers)
        return f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"

    def headers(self, headers, caller):
        headers = list(headers.items() if isinstance(headers, dict) else headers)
        if caller is None:
            caller = self.caller()
        if caller and not any(name.lower() == "x-forwarded-for" for name, _ in headers):
            headers.append(("X-Forwarded-For", caller))
        return headers

    def http(self, method, target, body=None, headers=(), caller=None, **how):
        """One request on its own connection. A body that is no bytes is sent as JSON. `caller`: whom nginx shall
        take it for, "" for nobody."""
        headers = self.headers(headers, caller)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None and not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(JSON)
        headers.append(("Connection", "close"))
        return self.raw(compose(method, target, headers, body, **how), method)

    def get(self, target, headers=(), **how):
        return self.http("GET", target, None, headers, **how)

    def post(self, target, body, headers=(), **how):
        return self.http("POST", target, body, headers, **how)

    def checked(self, answer):
        """What holds for every answer that goes wrong: it repeats nothing that was sent."""
        if answer.status >= 400 or answer.status == 202:
            text = answer.raw_head + answer.body
            assert self.mark.encode() not in text, f"repeats what was sent: {answer}"
        return answer

    def operators(self, path, number=1, method="GET"):
        with Connection(os.path.join(self.sockets, f"operators.{number}.sock")) as connection:
            connection.send(compose(method, path, [("Connection", "close")]))
            return connection.read_answer(method)

    def metric(self, name, labels="", number=None):
        """The value, summed over the workers unless one is named."""
        total = 0.0
        for worker in [number] if number else WORKERS:
            for line in self.operators("/metrics", worker).body.decode().splitlines():
                if line.startswith(name + labels + " "):
                    total += float(line.rsplit(" ", 1)[1])
        return total

    # ---- a worker without nginx ----

    def ask(self, values, body=b"", number=1):
        return fastcgi.ask(self.worker_socket(number), values, body)

    def worker_get(self, uri, number=1, **more):
        return self.ask(fastcgi.parameters("GET", uri, **more), number=number)

    # ---- petitions ----

    def unique(self, prefix="x"):
        return f"{prefix}{next(self.numbers)}"

    def petition_json(self, **changes):
        petition = {
            "slug": self.unique("petition-"),
            "title": "A title",
            "addressee": "The council",
            "salutation": "Dear council,",
            "letter": "Please.",
            "asks": ["One", "Two"],
            "tags": ["a tag"],
            "organization": {
                "name": "An organisation",
                "url": "https://organisation.example/",
                "privacy_url": "https://organisation.example/privacy",
            },
            "language": "en",
            "goal": 1000,
            "closes_at": None,
            "confirmation": "email",
            "fields": ALL_FIELDS,
        }
        petition.update(changes)
        return petition

    def put(self, petition):
        """Stores the petition; waits until both workers know it."""
        done = self.cli("petition", "put", "-", input=json.dumps(petition))
        assert done.returncode == 0, done.stderr
        self.settle(petition["slug"])
        return petition["slug"]

    def settle(self, only=None):
        """Waits until both workers have read the catalog as it is now; or this petition, and so all of it, since they read it whole."""
        states = self.rows("SELECT slug, state, text_version FROM countersign.petition WHERE state <> 'draft' AND slug = coalesce(%s, slug)", only)
        for number in WORKERS:
            for slug, state, version in states:
                wait_until(lambda s=(slug, state, version), n=number: self.knows(n, *s), 8, f"worker {number} knows {slug}")

    def knows(self, number, slug, state, version):
        answer = self.worker_get(f"{API}/{slug}", number)
        if state == "withdrawn":
            return answer.status == 410
        if answer.status != 200:
            return False
        petition = json.loads(answer.body)
        return petition["text_version"] == version and (petition["state"] == state or state == "open")

    def petition(self, state="open", **changes):
        """A new petition; its slug."""
        # Drawing a picture is most of what it costs to put one, and half of it is compressing; who wants one asks for image=None.
        petition = self.petition_json(**{"image": "/picture.png", **changes})
        slug, form = petition["slug"], json.dumps({**petition, "slug": None}, sort_keys=True)
        # A command a petition would be a tenth of the whole run: one that is as another but for its name is made as that was.
        if form in self.forms:
            self.put_like(self.forms[form], petition)
        else:
            # And not by a sanitized program, which takes long; the demo of each stack was put by that.
            done = self.cli("petition", "put", "-", input=json.dumps(petition), build=os.path.join(TOP, "build"))
            assert done.returncode == 0, done.stderr
            self.forms[form] = slug
        if state != "draft":
            assert self.value("SELECT state FROM countersign.petition_state(%s, 'open')", slug) == "open"
            self.await_state(slug, "open")
        if state not in ("draft", "open"):
            self.move(slug, state)
        return slug

    def put_like(self, slug, petition):
        """As `petition put` does, with what it has made of the text of another."""
        texts = self.rows("SELECT t.language, t.letter_html, t.excerpt FROM petition_text t JOIN petition p ON p.id = t.petition_id WHERE p.slug = %s AND t.version = 1", slug)
        petition = json.loads(json.dumps(petition))  # what is in it is the caller's
        for language, html, excerpt in texts:
            text = petition if language == petition["language"] else petition["translations"][language]
            text.update(letter_html=html, excerpt=excerpt)
        keys = "(SELECT coalesce(jsonb_agg(encode(k, 'base64')), '[]') FROM unnest(p.public_keys) AS k)"
        put = f"SELECT countersign.petition_put(jsonb_set(%s::jsonb, '{{organization,public_keys}}', {keys}), p.index_key) FROM petition p WHERE p.slug = %s"
        self.rows(put, json.dumps(petition), slug)

    def shared(self, key, **changes):
        """One petition for all cases of a test that need none of their own."""
        if key not in self.shared_slugs:
            self.shared_slugs[key] = self.petition(**changes)
        return self.shared_slugs[key]

    def move(self, slug, state):
        """To open, closed or withdrawn, by the command line; waits until both workers know."""
        word = {"open": "open", "closed": "close", "withdrawn": "withdraw"}[state]
        done = self.cli("petition", word, slug)
        assert done.returncode == 0, done.stderr
        self.await_state(slug, state)

    def await_state(self, slug, state):
        for number in WORKERS:
            wait_until(lambda n=number: self.has_state(n, slug, state), 8, f"worker {number} knows {slug} is {state}")

    def has_state(self, number, slug, state):
        answer = self.worker_get(f"{API}/{slug}", number)
        if state == "withdrawn":
            return answer.status == 410
        return answer.status == 200 and json.loads(answer.body)["state"] == state

    # ---- signing ----

    def address(self):
        return f"{self.unique('p')}.{self.mark}@example.org"

    def person(self, **changes):
        person = {"email": self.address(), "given_name": f"Ada {self.mark}"}
        person.update(changes)
        return {name: value for name, value in person.items() if value is not None}

    def sign(self, slug, headers=(), caller=None, **fields):
        return self.post(f"{API}/{slug}/signatures", self.person(**fields), headers, caller=caller)

    def signed(self, slug, **fields):
        """Signs, must be accepted; the address."""
        person = self.person(**fields)
        answer = self.post(f"{API}/{slug}/signatures", person)
        assert answer.status == 202, answer
        return person["email"]

    def letters(self, slug, address=None):
        """The letters that are owed, oldest first, opened with the mailing key."""
        rows = self.rows(
            "SELECT l.petition_id, p.slug, encode(s.email_hash, 'hex'), l.epoch, encode(k.sealed, 'hex'), l.kind,"
            " encode(l.sealed, 'hex') FROM countersign.letter l"
            " JOIN countersign.petition p ON p.id = l.petition_id"
            " JOIN countersign.signature s ON s.petition_id = l.petition_id AND s.id = l.signature_id"
            " JOIN countersign.epoch_key k ON k.epoch = l.epoch WHERE p.slug = %s ORDER BY l.created_at, l.ctid",
            slug,
        )
        letters = self.open_sealed(rows)
        self.tokens_seen.update(letter["token"] for letter in letters)
        return [letter for letter in letters if address in (None, letter["address"])]

    def subscribers(self):
        """Everybody who is sealed as a subscriber, on or asked, opened with the mailing key."""
        rows = self.rows(
            "SELECT 0, t.state, encode(t.mailbox, 'hex'), t.epoch, encode(k.sealed, 'hex'), 0, encode(t.sealed, 'hex'), t.country"
            " FROM (SELECT s.state, s.mailbox, s.epoch, s.sealed, s.country FROM countersign.subscriber s"
            " UNION ALL SELECT 'asked', b.mailbox, b.epoch, b.sealed, b.country FROM countersign.subscription b) AS t"
            " JOIN countersign.epoch_key k ON k.epoch = t.epoch WHERE t.sealed IS NOT NULL"
        )
        opened = self.open_sealed([row[:7] for row in rows], "subscriber")
        for row, one in zip(rows, opened):
            one.update(state=row[1], country=row[7], given_name=bytes.fromhex(one["given_name"]).decode())
        return opened

    def open_sealed(self, rows, *purpose):
        text = "".join(" ".join(str(cell) for cell in row) + "\n" for row in rows)
        key = os.path.join(self.run, "keys/mailing/organization.key")
        done = subprocess.run([os.path.join(TOOLS, "open_letters"), key, *purpose], input=text, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def token(self, slug, address):
        """The token of the newest letter."""
        return self.letters(slug, address)[-1]["token"]

    def confirm(self, token, **how):
        return self.post("/api/v1/confirmations", {"token": token}, **how)

    def withdraw(self, token, **how):
        return self.post("/api/v1/withdrawals", {"token": token}, **how)

    def resend(self, slug, address, **how):
        return self.post(f"{API}/{slug}/confirmation-requests", {"email": address}, **how)

    def ask_page(self, slug, address, **how):
        return self.post(f"{API}/{slug}/page-requests", {"email": address}, **how)

    def correct(self, slug, token, address, /, **fields):
        """What is held becomes this."""
        how = {name: fields.pop(name) for name in ("headers", "caller") if name in fields}
        return self.post(f"{API}/{slug}/corrections", self.person(**{"email": address, "token": token, "text_version": 1, **fields}), **how)

    # ---- counting ----

    def count(self, slug):
        """As the public is told, through nginx."""
        answer = self.get(f"{API}/{slug}/count")
        assert answer.status == 200, answer
        return answer.json()["count"]

    def tally(self, slug):
        """As PostgreSQL has it this moment."""
        return self.value(
            "SELECT coalesce(sum(t.n), 0)::bigint FROM countersign.tally t"
            " JOIN countersign.petition p ON p.id = t.petition_id WHERE p.slug = %s",
            slug,
        )

    def expect_count(self, slug, count, seconds=3):
        """The public number becomes this one in time."""
        wait_until(lambda: self.count(slug) == count, seconds, f"the count of {slug} is {count}")

    def states(self, slug):
        """How many signatures are pending, confirmed, withdrawn, invalidated."""
        rows = self.rows(
            "SELECT s.state, count(*) FROM countersign.signature s JOIN countersign.petition p"
            " ON p.id = s.petition_id WHERE p.slug = %s GROUP BY 1",
            slug,
        )
        numbers = dict(rows)
        return [numbers.get(state, 0) for state in range(4)]

    def state_of(self, slug, number):
        return self.value(
            "SELECT s.state FROM countersign.signature s JOIN countersign.petition p ON p.id = s.petition_id"
            " WHERE p.slug = %s AND s.id = %s",
            slug, number,
        )  # fmt: skip

    def stored(self, slug):
        return sum(self.states(slug))

    # ---- behind the scenes ----

    def rows(self, statement, *values):
        """As the owner of the database."""
        if not self.database or self.database.closed:
            self.database = psycopg2.connect(host=self.sockets, dbname="countersign", user="countersign_owner",
                                             options="-c search_path=countersign")  # fmt: skip
            self.database.autocommit = True
        with self.database.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def superuser(self, statement):
        command = ["psql", "-h", self.sockets, "-U", "postgres", "-d", "countersign", "-qAtXc", statement]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def value(self, statement, *values):
        return self.rows(statement, *values)[0][0]

    def redis(self, *words):
        command = ["redis-cli", "-s", os.path.join(self.sockets, "redis.sock"), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def cli(self, *words, input=None, text=True, build=BUILD):
        """The command line, with the configuration of the stack."""
        command = [os.path.join(build, "countersign"), "--config", os.path.join(self.run, "countersign.conf"), *words]
        return subprocess.run(command, input=input, capture_output=True, text=text, timeout=60)

    def export(self, slug, state="all"):
        """What the organisation reads with its key."""
        key = os.path.join(self.run, "keys/organization.key")
        done = self.cli("export", slug, "--key", key, "--format", "jsonl", "--state", state)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def now(self):
        return time.monotonic()
