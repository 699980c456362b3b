"""Debian's postfix as the relay: a private one, its own folders, ports above 1024, all that it takes goes on to one place."""
import base64
import os
import pwd
import shutil
import signal
import socketserver
import subprocess
import tempfile
import threading

from client import wait_until
from mail import certificate
from stack import free_port

DAEMONS = "/usr/lib/postfix/sbin"
QUEUES = ("incoming", "active", "deferred", "defer", "bounce", "corrupt", "flush", "hold", "maildrop", "private", "public",
          "saved", "trace")  # fmt: skip
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {daemons}
maillog_file_prefixes = {folder}
maillog_file = {folder}/log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example
mydestination =
alias_maps =
alias_database =
mynetworks =
default_transport = smtp:[127.0.0.1]:{onward}
smtp_dns_support_level = disabled
smtputf8_enable = no
minimal_backoff_time = 3s
maximal_backoff_time = 3s
queue_run_delay = 1s
transport_retry_time = 1s
service_throttle_time = 1s
smtpd_tls_cert_file = {chain}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = encrypt
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{accounts}
smtpd_tls_auth_only = yes
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:{policy}, permit_sasl_authenticated, reject_unauth_destination
smtpd_client_connection_count_limit = 50
"""
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def missing():
    """Why there can be none here; None: there can."""
    if not shutil.which("postconf") or not os.path.exists(f"{DAEMONS}/master"):
        return "postfix is not installed (deploy/dev/deps relay)"
    if os.getuid() != 0:
        return "postfix runs as root only"
    try:
        pwd.getpwnam("postfix")
    except KeyError:
        return "there is no user postfix"
    return None


class Lines(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.talk(self)

    def say(self, *lines):
        self.wfile.write("".join(f"{line}\n" for line in lines).encode())

    def lines(self):
        return (line.decode().rstrip("\n") for line in self.rfile)


class Server(socketserver.ThreadingTCPServer):
    """Something that postfix asks: `talk(connection)` answers."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, talk):
        super().__init__(("127.0.0.1", 0), Lines)
        self.talk = talk
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class Postfix:
    """`login`: the one account. `policy(address)` is asked at RCPT, as a greylist is: "450 text", or None. `more`: what
    main.cf and master.cf hold besides."""

    def __init__(self, onward, login, policy=lambda address: None, more=("", "")):
        self.login, self.policy = login, policy
        self.folder = tempfile.mkdtemp(prefix="countersign-postfix.", dir="/tmp")
        os.chmod(self.folder, 0o755)
        self.servers = [Server(self.answer_policy), Server(self.answer_login)]
        self.port = free_port()
        _, self.chain = certificate(self.folder, "relay")
        values = {"folder": self.folder, "daemons": DAEMONS, "onward": onward, "port": self.port, "chain": self.chain,
                  "key": self.chain.replace(".pem", ".key"), "policy": self.servers[0].port, "accounts": self.servers[1].port}
        for name, text, also in (("main.cf", MAIN, more[0]), ("master.cf", MASTER, more[1])):
            with open(os.path.join(self.folder, name), "w", encoding="ascii") as file:
                file.write(text.format(**values) + also)
        self.process = None
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self):
        for name in ("data", *(f"queue/{name}" for name in QUEUES), "queue/pid"):
            path = os.path.join(self.folder, name)
            os.makedirs(path)
            shutil.chown(path, "root" if name == "queue/pid" else "postfix")
        self.process = subprocess.Popen([f"{DAEMONS}/master", "-c", self.folder, "-d"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        wait_until(lambda: "daemon started" in self.log() or self.process.poll() is not None, 20, "postfix starts")
        assert self.process.poll() is None, self.log()

    def log(self):
        try:
            with open(os.path.join(self.folder, "log"), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def waiting(self):
        """How many letters it has not delivered."""
        folders = (os.path.join(self.folder, "queue", name) for name in ("incoming", "active", "deferred", "maildrop"))
        return sum(len(files) for folder in folders for _, _, files in os.walk(folder))

    def answer_policy(self, connection):
        """SMTPD_POLICY_README: names and values, then an empty line."""
        address = None
        for line in connection.lines():
            if line.startswith("recipient="):
                address = line[len("recipient="):]
            if not line:
                connection.say(f"action={self.policy(address) or 'DUNNO'}", "")

    def answer_login(self, connection):
        """Dovecot's protocol between a mail server and who knows the accounts, as far as PLAIN."""
        connection.say("VERSION\t1\t2", "MECH\tPLAIN\tplaintext", "SPID\t1", "CUID\t1", "COOKIE\t00", "DONE")
        for line in connection.lines():
            word, *rest = line.split("\t")
            given = [one for one in rest if one.startswith("resp=")] or (rest[1:] if word == "CONT" else [])
            if word in ("AUTH", "CONT"):
                connection.say(self.judge(rest[0], given[0].removeprefix("resp=")) if given else f"CONT\t{rest[0]}\t")

    def judge(self, number, given):
        _, user, password = base64.b64decode(given).decode().split("\0")
        return f"OK\t{number}\tuser={user}" if (user, password) == self.login else f"FAIL\t{number}"

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
        for server in self.servers:
            server.close()
        if not os.environ.get("FLOW_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, failed, *_):
        if failed:
            print("postfix said:", *self.log().splitlines()[-30:], sep="\n  ", flush=True)
        self.close()
