"""A mail server that does what a test says at every step, and mailers of the stack."""
import asyncio
import email
import functools
import json
import logging
import os
import re
import signal
import ssl
import subprocess
import threading
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

from client import Connection, compose, wait_until
from stack import BUILD, TOOLS, free_port

logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # what is wrong is the test's to say
warnings.filterwarnings("ignore", module="aiosmtpd")
TOKEN = re.compile(r"#([A-Za-z0-9_-]{46})")


class Letter:
    def __init__(self, session, envelope):
        self.connection = session.number
        self.hello = session.host_name
        self.sender, self.to, self.data = envelope.mail_from, envelope.rcpt_tos[0], envelope.content
        self.secure = session.ssl is not None

    # Read when somebody looks, since reading takes longer than taking a letter in.

    @functools.cached_property
    def message(self):
        return email.message_from_bytes(self.data)

    @property
    def id(self):
        return self.message["Message-ID"]

    @functools.cached_property
    def text(self):
        texts = [part.get_payload(decode=True) for part in self.message.walk() if part.get_content_type() == "text/plain"]
        return (texts[-1] if texts else self.data).decode()

    @property
    def token(self):
        found = TOKEN.search(self.text)
        return found.group(1) if found else None


class Sink:
    """Letters that it has, whatever it answered, are in `letters`. `script(step, address, sink)` is asked at CONNECT, EHLO,
    STARTTLS, AUTH, MAIL, RCPT, DATA and END (all of the letter is here): None goes on, "421 text" is the answer, and "cut",
    "hang" and "close 421 text" are what they say; "drip 250 text" comes a byte at a time."""

    def __init__(self, script=None, port=None, tls=None, login=None):
        self.script = script or (lambda step, address, sink: None)
        self.port = port or free_port()
        self.tls, self.login = tls, login
        self.letters, self.steps, self.connections = [], [], 0
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        assert self.ready.wait(10)

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.set_exception_handler(lambda loop, context: None)
        self.server = self.loop.run_until_complete(self.loop.create_server(self.protocol, "127.0.0.1", self.port))
        self.ready.set()
        self.loop.run_forever()

    def protocol(self):
        how = {"hostname": "sink", "enable_SMTPUTF8": False, "timeout": 20}
        if self.tls:
            how.update(tls_context=self.tls, require_starttls=True)
        if self.login:
            how.update(authenticator=self.authenticate, auth_required=True, auth_require_tls=bool(self.tls))
        return Session(Handler(self), self, **how)

    def authenticate(self, _server, _session, _envelope, _mechanism, data):
        return AuthResult(success=(data.login.decode(), data.password.decode()) == self.login, handled=False)

    def ids(self, to=None):
        return [letter.id for letter in self.letters if to in (None, letter.to)]

    def close(self):
        async def end():
            self.server.close()
            for task in asyncio.all_tasks():
                if task is not asyncio.current_task():
                    task.cancel()
            await asyncio.sleep(0)
            self.loop.stop()

        if self.thread.is_alive():
            asyncio.run_coroutine_threadsafe(end(), self.loop)
            self.thread.join(5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Session(SMTP):
    def __init__(self, handler, sink, **how):
        super().__init__(handler, loop=sink.loop, **how)
        self.sink = sink

    def _create_session(self):
        session = super()._create_session()
        self.sink.connections += 1
        session.number = self.sink.connections
        return session

    async def _handle_client(self):
        word = self.sink.script("CONNECT", None, self.sink)
        if word:
            await act(self, word)
            return
        await super()._handle_client()

    async def ask(self, step, go_on, argument):
        to = self.envelope.rcpt_tos if self.envelope else []
        word = self.sink.script(step, to[0] if to else None, self.sink)
        if word is None:
            await go_on(argument)
        else:
            await self.push(await act(self, word))

    async def smtp_EHLO(self, argument):
        await self.ask("EHLO", super().smtp_EHLO, argument)

    async def smtp_STARTTLS(self, argument):
        await self.ask("STARTTLS", super().smtp_STARTTLS, argument)

    async def smtp_AUTH(self, argument):
        await self.ask("AUTH", super().smtp_AUTH, argument)

    async def smtp_DATA(self, argument):
        await self.ask("DATA", super().smtp_DATA, argument)


DRIP_S = 0.2  # a byte: slower than the slowest that a mailer waits for


async def act(server, word):
    """What the server says, if it says anything; else the connection is over."""
    if word.startswith("drip "):
        for byte in word[5:].encode() + b"\r\n":
            server.transport.write(bytes([byte]))
            await asyncio.sleep(DRIP_S)
        await asyncio.sleep(60)
    if word == "cut":
        server.transport.abort()
        await asyncio.sleep(60)
    if word == "hang":
        await asyncio.sleep(60)
    if word.startswith("close "):
        await server.push(word[6:])
        server.transport.close()
        await asyncio.sleep(60)
    return word


class Handler:
    def __init__(self, sink):
        self.sink = sink

    async def step(self, name, address, server):
        self.sink.session = server.session.number  # for the script
        self.sink.steps.append((name, address))
        word = self.sink.script(name, address, self.sink)
        return await act(server, word) if word else None

    async def handle_MAIL(self, server, _session, envelope, address, options):
        word = await self.step("MAIL", address, server)
        if word:
            return word
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 fine"

    async def handle_RCPT(self, server, _session, envelope, address, options):
        word = await self.step("RCPT", address, server)
        if word:
            return word
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server, session, envelope):
        self.sink.letters.append(Letter(session, envelope))
        return await self.step("END", envelope.rcpt_tos[0], server) or "250 2.0.0 taken"


def certificate(folder, name):
    """A server's context and the file that trusts it."""
    key, chain = os.path.join(folder, f"{name}.key"), os.path.join(folder, f"{name}.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", chain, "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context, chain


def closes_after(most, word="close 421 4.7.0 enough for one connection"):
    """A script that takes no more on a connection after so many letters, and how many each has taken."""
    taken = {}

    def script(step, _address, sink):
        if step == "END":
            taken[sink.session] = taken.get(sink.session, 0) + 1
        return word if step == "MAIL" and taken.get(sink.session, 0) >= most else None

    return script, taken


SOON = {"SMTP_TIMEOUT_MS": "900", "MAIL_LEASE_S": "5"}


class Mailer:
    """A mailer of the stack. Names of the configuration in capitals say what is special about it, `**SOON` that silence is a
    part of the test: the time-out of the others is one that a busy machine does not meet by itself."""

    count = 0

    def __init__(self, stack, port, wait=True, under=(), **settings):
        Mailer.count += 1
        self.stack = stack
        self.socket = os.path.join(stack.sockets, f"mailer.{Mailer.count}.sock")
        self.log = os.path.join(stack.run, "log", f"mailer.{os.getpid()}.{Mailer.count}.log")
        settings = dict(dict(SMTP_SERVER=f"127.0.0.1:{port}", SMTP_TLS="none", MAIL_RETRY_S="1", MAIL_LEASE_S="40",
                             SMTP_TIMEOUT_MS="12000", MAIL_REMINDER_DAYS="0", SMTP_HELLO="mailer.example",
                             MAIL_FROM="petitions@sender.example", SMTP_CONNECTIONS="4"), **settings)  # fmt: skip
        environment = dict(os.environ, COUNTERSIGN_OPERATORS_LISTEN=f"unix:{self.socket}")
        environment.update({f"COUNTERSIGN_{name}": value for name, value in settings.items()})
        command = [*under, os.path.join(BUILD, "countersign-mailer"), "--config", os.path.join(stack.run, "countersign.conf")]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, env=environment, stderr=log, stdin=subprocess.DEVNULL)
        if wait:
            try:
                wait_until(self.answers, 25, "the mailer answers")
            except BaseException:
                self.process.kill()
                raise

    def answers(self):
        try:
            return self.ask("/healthz")
        except OSError:
            return None

    def ask(self, path):
        with Connection(self.socket) as connection:
            connection.send(compose("GET", path, [("Connection", "close")]))
            return connection.read_answer("GET")

    def metric(self, line):
        for row in self.ask("/metrics").body.decode().splitlines():
            if row.startswith(line + " "):
                return float(row.rsplit(" ", 1)[1])
        raise AssertionError(f"no metric {line}")

    def fate(self, fate):
        return self.metric(f'countersign_mailer_letters_total{{fate="{fate}"}}')

    def logged(self, word):
        with open(self.log, encoding="utf-8") as file:
            return file.read().count(word)

    def end(self, number=signal.SIGTERM, seconds=20):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(seconds)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            with open(self.log, encoding="utf-8") as file:
                print("the mailer's last words:", *file.readlines()[-12:], sep="\n", flush=True)
        if self.process.poll() is None and self.end() != 0:
            raise AssertionError(f"the mailer ended badly: {self.process.returncode}")


def clear(stack, slug=None):
    """What other tests have left behind is owed no more; of this petition nothing is there."""
    if slug:
        stack.rows("DELETE FROM countersign.letter WHERE petition_id = (SELECT id FROM countersign.petition WHERE slug = %s)", slug)
    stack.rows("UPDATE countersign.letter SET state = 2, sealed = NULL, expires_at = now() + interval '1 day' WHERE sealed IS NOT NULL")
    for table in ("mail_queue", "mail_reminder", "mail_quota", "mail_suppressed"):
        stack.rows(f"DELETE FROM countersign.{table}")


def seed(stack, slug, addresses, **more):
    """Signs as a worker would, many at once; nothing of `more` is checked."""
    person = {"given_name": f"Ada {stack.mark}", **more}
    lines = "".join(json.dumps({"email": address, **person}) + "\n" for address in addresses)
    done = subprocess.run([os.path.join(TOOLS, "seed"), os.path.join(stack.run, "countersign.conf"), slug], input=lines,
                          capture_output=True, text=True, timeout=60)  # fmt: skip
    assert done.returncode == 0, done.stderr
    stack.tokens_seen.update(done.stdout.split())
    return addresses


def states(stack, slug):
    """state, whether there is an envelope, tries, whether it waits: of each letter, oldest first."""
    return stack.rows(
        "SELECT l.state, l.sealed IS NOT NULL, q.tries, q.lease = 0 AND q.due_at > now() FROM countersign.letter l"
        " JOIN countersign.petition p ON p.id = l.petition_id LEFT JOIN countersign.mail_queue q USING (token_bucket, token_hash)"
        " WHERE p.slug = %s ORDER BY l.created_at, l.token_hash", slug)  # fmt: skip


def hurry(stack):
    """What waits is due now, and its lease over."""
    stack.rows("UPDATE countersign.mail_queue SET due_at = now() - interval '1 second' WHERE lease = 0")


