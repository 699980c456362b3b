"""`countersign doctor` finds what was planted, and that alone; a stack that is right gives no finding."""
import contextlib
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile

from cases import Failures, each
from cli import DONE, NO, WRONG, cli
from client import Connection, compose, wait_until
from mail import Sink
from stack import BUILD, TOP, free_port
from test_cli_host import Database

IS_ROOT = os.geteuid() == 0
AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if IS_ROOT else []
# A clone under /root is closed to postgres; the stack gives its programs the same.
IS_CLOSED = IS_ROOT and subprocess.run([*AS_POSTGRES, "test", "-r", os.path.join(TOP, "Makefile")], check=False).returncode != 0
AS_WORKER = [*AS_POSTGRES, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"] if IS_CLOSED else AS_POSTGRES


class Right:
    """All that the stack lacks to be right: public keys beside no secret one, nginx' files to change, a mail server."""

    def __init__(self, stack):
        self.stack = stack
        self.folder = tempfile.mkdtemp(prefix="countersign-right.", dir="/tmp")
        shutil.copy(os.path.join(stack.run, "keys/public.keys"), self.folder)
        shutil.copytree(os.path.join(stack.run, "nginx"), os.path.join(self.folder, "nginx"), ignore=shutil.ignore_patterns("cache*", "temp"))
        self.change("host/server.conf", "127.0.0.1 localhost", "127.0.0.1 localhost sign.example.org")
        self.config = os.path.join(self.folder, "countersign.conf")
        shutil.copy(os.path.join(stack.run, "countersign.conf"), self.config)
        self.sink = Sink()
        self.environment = {"COUNTERSIGN_PUBLIC_KEYS_FILE": os.path.join(self.folder, "public.keys"),
                            "COUNTERSIGN_SMTP_SERVER": f"127.0.0.1:{self.sink.port}",
                            "COUNTERSIGN_OPERATORS_LISTEN": f"unix:{stack.sockets}/operators.1.sock"}  # fmt: skip

    def path(self, name):
        return os.path.join(self.folder, "nginx", "" if name == "nginx.conf" else "countersign", name)

    def change(self, name, old, new):
        """Of a copy, not of what a link leads to."""
        with open(self.path(name), encoding="utf-8") as file:
            text = file.read()
        assert old in text, (name, old)
        os.remove(self.path(name))
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))

    def findings(self, *words, free="0", **environment):
        """What it says beside ok, as a sorted list of names."""
        words = ["doctor", "--free", free, "--nginx", self.path("nginx.conf"), *words]
        environment = {**self.environment, **environment}
        command = [os.path.join(BUILD, "countersign"), "--config", self.config, *words, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env={**self.stack.environment, **environment})
        checks = json.loads(done.stdout)["checks"]
        self.levels = levels = {check["level"] for check in checks}
        assert done.returncode == (NO if "no" in levels else DONE), (done.returncode, levels, done.stderr)
        return sorted({check["what"] for check in checks if check["level"] != "ok"})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sink.close()
        shutil.rmtree(self.folder)


def expect(right, wrong, name, *words, **how):
    with wrong.of(name if isinstance(name, str) else tuple(name)):
        names = [name] if isinstance(name, str) else sorted(name)
        found = right.findings(*words, **how)
        assert found == names, f"{names} was planted, {found} found"


def test_a_stack_that_is_right_gives_no_finding(stack):
    with Right(stack) as right:
        assert not right.findings(), right.findings()
    listed = cli(stack, "doctor", "--list").stdout.splitlines()
    assert len(listed) > 25 and all(line.count("|") == 4 for line in listed), listed
    with open(os.path.join(TOP, "deploy/README.md"), encoding="utf-8") as file:
        assert "\n".join(listed) in file.read(), "deploy/README.md has another table than `countersign doctor --list`"


SETTINGS = [
    ("fsync", "fsync", "off"),
    ("full_page_writes", "full_page_writes", "off"),
    ("synchronous_commit", "synchronous_commit", "off"),
    ("autovacuum", "autovacuum", "off"),
    ("log_statement", "log_statement", "all"),
    ("log_min_duration", "log_min_duration_statement", "0"),
    ("log_min_duration", "log_min_duration_sample", "0"),
    ("log_min_duration", "log_transaction_sample_rate", "0.5"),
    ("log_parameters", "log_parameter_max_length_on_error", "-1"),
]  # fmt: skip


@contextlib.contextmanager
def settings_file(stack):
    """Sets what PostgreSQL reads, in its file: ALTER SYSTEM would wait for the disk."""
    path = os.path.join(stack.run, "postgres/countersign.conf")
    with open(path, encoding="utf-8") as file:
        before = file.read()

    def put(line, setting=None, value=None):
        with open(path, "w", encoding="utf-8") as file:
            file.write(before + line + "\n")
        stack.superuser("SELECT pg_reload_conf()")
        if setting:
            wait_until(lambda: stack.superuser(f"SHOW {setting}") == value, 15, f"{setting} is {value}")

    try:
        yield put
    finally:
        put("")


def test_settings_of_postgresql(stack):
    wrong = Failures()
    with Right(stack) as right, settings_file(stack) as put:
        for name, setting, value in SETTINGS:
            put(f"{setting} = {value}", setting, value)
            expect(right, wrong, name)
        put("log_min_duration_statement = 0\nlog_parameter_max_length = 0", "log_parameter_max_length", "0")
        expect(right, wrong, ())
        put("", "log_parameter_max_length", "-1")
        stack.superuser("ALTER ROLE countersign_worker SET synchronous_commit = off")
        try:
            expect(right, wrong, "synchronous_commit")
        finally:
            stack.superuser("ALTER ROLE countersign_worker RESET synchronous_commit")
    wrong.done()


def test_D9_several_hosts_and_nobody_who_is_waited_for(stack):
    wrong = Failures()
    several = f"host={stack.sockets},{stack.sockets} dbname=countersign user=countersign_worker"
    with Right(stack) as right, settings_file(stack) as put:
        expect(right, wrong, "standby", COUNTERSIGN_DATABASE=several)
        # Nobody connects by that name, so nobody but doctor, who writes nothing, may wait for it.
        put("synchronous_standby_names = 'b'\nsynchronous_commit = local", "synchronous_commit", "local")
        expect(right, wrong, "standby", COUNTERSIGN_DATABASE=several)
        expect(right, wrong, (), COUNTERSIGN_DATABASE=several + " options='-c synchronous_commit=on'")
    wrong.done()


def test_roles_and_schema(stack):
    wrong = Failures()
    with Right(stack) as right:
        where = f"host={stack.sockets} dbname=countersign user="
        expect(right, wrong, "database", COUNTERSIGN_DATABASE=where + "postgres")
        expect(right, wrong, "database", COUNTERSIGN_DATABASE=where + "countersign_operator")
        stack.rows("GRANT SELECT ON countersign.signature TO countersign_worker")
        try:
            expect(right, wrong, "roles")
        finally:
            stack.rows("REVOKE SELECT ON countersign.signature FROM countersign_worker")
        with Database(stack) as database:
            database.cli("migrate")
            expect(right, wrong, (), **database.environment)
            for name in ("database", "mailer_database"):  # the one that was forgotten
                name_there = f"COUNTERSIGN_{name.upper()}"
                expect(right, wrong, name, **{name_there: database.environment[name_there]})
            newest = database.run("SELECT max(version) FROM countersign.schema_version")
            database.run(f"INSERT INTO countersign.schema_version (version, name, works_from) VALUES (9000, 'future', {int(newest) + 1})")
            expect(right, wrong, "schema", **database.environment)
            database.run(f"DELETE FROM countersign.schema_version WHERE version IN (9000, {newest})")
            expect(right, wrong, "schema", **database.environment)
    wrong.done()


def test_T2_clocks_that_differ(stack):
    library, source = os.path.join(TOP, "build/faults/clock.so"), os.path.join(TOP, "tests/faults/clock.c")
    os.makedirs(os.path.dirname(library), exist_ok=True)
    own = f"{library}.{os.getpid()}"
    subprocess.run([os.environ.get("CC", "cc"), "-std=c17", "-D_GNU_SOURCE", "-O2", "-shared", "-fPIC", "-o", own, source], check=True)
    try:
        with Right(stack) as right:
            path = os.path.join(right.folder, "clock")
            with open(path, "w", encoding="ascii") as file:
                file.write("30")
            found = right.findings(LD_PRELOAD=own, FAULTS_CLOCK=path)
            assert found == ["PostgreSQL's clock", "Redis' clock"], found
    finally:
        os.remove(own)


if os.path.basename(BUILD) in ("asan", "tsan"):
    del test_T2_clocks_that_differ  # a sanitizer wants to be preloaded first


@contextlib.contextmanager
def redis(stack, acl=lambda text: text, **options):
    """A Redis of its own by TCP, right but for these options; its environment."""
    port, folder = free_port(), tempfile.mkdtemp(prefix="countersign-redis.", dir="/tmp")
    with open(os.path.join(stack.run, "keys/redis.password"), encoding="ascii") as file:
        digest = hashlib.sha256(file.read().strip().encode()).hexdigest()
    with open(os.path.join(TOP, "deploy/redis/users.acl"), encoding="ascii") as file:
        users = acl(file.read().replace("WORKER_PASSWORD_SHA256", digest))
    with open(os.path.join(folder, "users.acl"), "w", encoding="ascii") as file:
        file.write("".join(line + "\n" for line in users.splitlines() if line.startswith("user")))
    options = {"bind": "127.0.0.1", "maxmemory": "64mb", "maxmemory-policy": "volatile-ttl", "appendonly": "no", **options}
    if options.get("unixsocket"):
        options["unixsocket"] = os.path.join(folder, "redis.sock")
    command = ["redis-server", "--port", str(port), "--dir", folder, "--aclfile", os.path.join(folder, "users.acl"), "--save", ""]
    command += [word for name, value in options.items() for word in (f"--{name}", value)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: answers(port), 15, "Redis answers")
            yield {"COUNTERSIGN_REDIS": f"unix:{options['unixsocket']}" if "unixsocket" in options else f"redis://127.0.0.1:{port}"}
        finally:
            process.kill()
    shutil.rmtree(folder)


def answers(port):
    return subprocess.run(["redis-cli", "-p", str(port), "ping"], capture_output=True, check=False).stdout != b""


def test_redis(stack):
    wrong = Failures()

    def opened(text):
        return text.replace("user default off", "user default on nopass ~* &* +@all")

    def unlimited(text):
        return text.replace("~cs:*", "~*").replace("-@all", "+@all")

    plants = [((), {}), ("redis_open", {"acl": opened, "protected-mode": "no"}), ("redis_rights", {"acl": unlimited}),
              ("redis_policy", {"maxmemory-policy": "allkeys-lru"}), ("redis_persistence", {"appendonly": "yes"}),
              ("redis_memory", {"maxmemory": "0"}), ((), {"unixsocket": "yes"}),
              # Its workers come by the socket, and everybody else by what Debian lets it listen at.
              ("redis_open", {"unixsocket": "yes", "unixsocketperm": "700", "acl": opened})]  # fmt: skip
    if subprocess.run(["hostname", "-I"], capture_output=True, check=False).stdout.strip():
        plants += [("redis_reachable", {"bind": "0.0.0.0", "protected-mode": "no", **how}) for how in ({}, {"unixsocket": "yes"})]
    with Right(stack) as right:
        for name, options in plants:
            with redis(stack, **options) as environment:
                expect(right, wrong, name, **environment)
    wrong.done()


def test_files(stack):
    wrong = Failures()
    with Right(stack) as right:
        for mode, name in ((0o644, "config_open"), (0o620, "config_writable")):
            os.chmod(right.config, mode)
            expect(right, wrong, name)
        os.chmod(right.config, 0o600)
        for mode, names in ((0o777, "config_writable"), (0o1777, ()), (0o700, ())):
            os.chmod(right.folder, mode)
            expect(right, wrong, names)
        expect(right, wrong, "config_password", COUNTERSIGN_OWNER_DATABASE="host=x user=countersign_owner password = secret")
        expect(right, wrong, "config_password", COUNTERSIGN_OWNER_DATABASE="host=x user=countersign_owner password=secret")
        expect(right, wrong, "secret keys", COUNTERSIGN_PUBLIC_KEYS_FILE=os.path.join(stack.run, "keys/public.keys"))
        made = os.path.join(right.folder, "made")  # as keygen makes it, and nobody took it away
        os.mkdir(made)
        shutil.copy(os.path.join(stack.run, "keys/recovery/organization.key"), made)
        expect(right, wrong, "secret keys")
        shutil.copy(os.path.join(stack.run, "keys/mailing/organization.key"), made)  # which has to be somewhere
        expect(right, wrong, ())
        shutil.rmtree(made)
        for name in (".hidden", "[a]*?"):
            os.mkdir(os.path.join(right.folder, name))
            shutil.copy(os.path.join(stack.run, "keys/recovery/organization.key"), os.path.join(right.folder, name, ".key"))
            expect(right, wrong, "secret keys")
            shutil.rmtree(os.path.join(right.folder, name))
        index = os.path.join(right.folder, "index")
        shutil.copy(os.path.join(stack.run, "keys/index.keys"), index)
        os.chmod(index, 0o644)
        expect(right, wrong, "index_key_file", COUNTERSIGN_INDEX_KEY_FILE=index)
        os.chmod(index, 0o600)
        expect(right, wrong, (), COUNTERSIGN_INDEX_KEY_FILE=index)
        pathlib.Path(index).write_text(pathlib.Path(index).read_text("ascii").replace("1 ", "2 ", 1), "ascii")  # in place of the first
        expect(right, wrong, "index_key_file", COUNTERSIGN_INDEX_KEY_FILE=index)
        expect(right, wrong, "site_https", COUNTERSIGN_BASE_URL="http://sign.example.org")
        expect(right, wrong, (), COUNTERSIGN_BASE_URL="https://sign.example.org")
        right.change("host/server.conf", "localhost sign.example.org", "localhost sign.example.org localhost.example.org 127.example.org")
        for host in ("localhost.example.org", "127.example.org"):
            expect(right, wrong, "site_https", COUNTERSIGN_BASE_URL=f"http://{host}")
        expect(right, wrong, "disk", free="100")
        for address in ("0.0.0.0", "[::]"):  # and the program that is asked is told apart
            expect(right, wrong, "operators_open", f"{stack.sockets}/operators.1.sock", COUNTERSIGN_OPERATORS_LISTEN=f"{address}:9101")
        # Letters never leave this host without TLS: a configuration that says so is none.
        done = cli(stack, "doctor", environment={"COUNTERSIGN_SMTP_SERVER": "mail.example.org:25", "COUNTERSIGN_SMTP_TLS": "none"}, code=WRONG)
        assert "smtp_tls" in done.stderr, done.stderr
    cli(stack, "doctor", "--free", "x", code=WRONG)
    wrong.done()


def test_O14_a_value_that_is_missing(stack):
    """Where workers and mailer have a socket and a listener, no command line alone is served."""
    wrong = Failures()
    for name in ("base_url", "public_keys_file", "mail_from"):
        with Right(stack) as right:
            text = pathlib.Path(right.config).read_text("ascii")
            pathlib.Path(right.config).write_text(re.sub(rf"^{name} =.*\n", "", text, flags=re.M), "ascii")
            right.environment.pop(f"COUNTERSIGN_{name.upper()}", None)
            expect(right, wrong, "configuration")
            assert "no" in right.levels, name
    wrong.done()


def test_secret_keys_where_it_may_not_look(stack):
    """It does not say that there are none. Nothing is closed to root, so somebody else asks."""
    if IS_CLOSED:
        return
    with Right(stack) as right:
        closed = os.path.join(right.folder, "closed")
        os.mkdir(closed, mode=0)
        if IS_ROOT:
            for path in (right.folder, right.config, os.path.join(right.folder, "public.keys")):
                shutil.chown(path, "postgres")
        command = [*AS_POSTGRES, os.path.join(BUILD, "countersign"), "--config", right.config, "doctor"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env={**stack.environment, **right.environment})
        lines = [line for line in done.stdout.splitlines() if "secret keys" in line]
        assert [line.split()[0] for line in lines if closed in line] == ["warn"], done
        assert not any("none in" in line for line in lines), lines


def test_what_the_mailer_reads(stack):
    wrong = Failures()
    with Right(stack) as right:
        pair = os.path.join(right.folder, "mailing.key")
        shutil.copy(os.path.join(stack.run, "keys/mailing/organization.key"), pair)
        expect(right, wrong, (), COUNTERSIGN_MAILING_KEY_FILE=pair)
        os.chmod(pair, 0o644)
        expect(right, wrong, "mailing_key_file", COUNTERSIGN_MAILING_KEY_FILE=pair)
        os.remove(pair)
        for other in ("/nowhere", os.path.join(stack.run, "keys/organization.key"), os.path.join(stack.run, "keys/public.keys")):
            expect(right, wrong, "mailing_key_file", COUNTERSIGN_MAILING_KEY_FILE=other)
        # As while the pair is exchanged: the mailer's is one of them.
        both = os.path.join(right.folder, "both.pub")
        with open(both, "w", encoding="ascii") as file:
            for name in ("keys/mailing/organization.pub", "keys/recovery/organization.pub"):
                file.write(pathlib.Path(stack.run, name).read_text("ascii"))
        expect(right, wrong, "mailing_public_key_file", COUNTERSIGN_MAILING_PUBLIC_KEY_FILE=both)
        expect(right, wrong, "mailer_database_password_file", COUNTERSIGN_MAILER_DATABASE_PASSWORD_FILE="/nowhere")
        expect(right, wrong, "mailer_database",
               COUNTERSIGN_MAILER_DATABASE=f"host={stack.sockets} dbname=countersign user=countersign_worker")
        for folder in ("letters_folder", "pages_folder"):
            expect(right, wrong, folder, **{f"COUNTERSIGN_{folder.upper()}": "/nowhere"})
    wrong.done()


def test_M6_M7_the_mail_server(stack):
    wrong = Failures()
    with Right(stack) as right, Sink(login=("us", "the word")) as closed:
        password = os.path.join(right.folder, "smtp.password")
        with open(password, "w", encoding="ascii") as file:
            file.write("the word\n")
        os.chmod(password, 0o600)
        login = {"COUNTERSIGN_SMTP_USER": "us", "COUNTERSIGN_SMTP_PASSWORD_FILE": password}
        at_closed = {"COUNTERSIGN_SMTP_SERVER": f"127.0.0.1:{closed.port}"}
        expect(right, wrong, (), **at_closed, **login)
        expect(right, wrong, "smtp_server", **at_closed, **login | {"COUNTERSIGN_SMTP_USER": "them"})
        expect(right, wrong, "smtp_server", **login)  # no login is offered
        expect(right, wrong, "smtp_server", COUNTERSIGN_SMTP_TLS="starttls")
        expect(right, wrong, "smtp_server", COUNTERSIGN_SMTP_SERVER=f"127.0.0.1:{free_port()}")
        expect(right, wrong, "smtp_server", COUNTERSIGN_SMTP_SERVER="mail.invalid:25", COUNTERSIGN_SMTP_TLS="starttls")
        # No mailer runs here, so whoever can reach the server is another host.
        expect(right, wrong, "mailing_key_file", COUNTERSIGN_MAILING_KEY_FILE="/nowhere", COUNTERSIGN_SMTP_SERVER=f"127.0.0.1:{free_port()}")
        assert not right.sink.letters and not closed.letters, "it sends nothing"
    wrong.done()


@contextlib.contextmanager
def worker(stack, limit, log=subprocess.DEVNULL, under=(), **more):
    """One more, with this limit; its operators' listener. It ends as it should."""
    listener = os.path.join(stack.sockets, "operators.9.sock")
    environment = dict(stack.environment, COUNTERSIGN_SLOT="9", COUNTERSIGN_SOCKET=os.path.join(stack.sockets, "countersignd.9.sock"),
                       COUNTERSIGN_OPERATORS_LISTEN=f"unix:{listener}", **more)  # fmt: skip
    command = [*AS_WORKER, "prlimit", limit, *under, os.path.join(BUILD, "countersignd"), "--config", os.path.join(stack.run, "countersign.conf")]

    def is_there():
        try:
            with Connection(listener) as connection:
                connection.send(compose("GET", "/healthz", [("Connection", "close")]))
                return connection.read_answer("GET").status == 200
        except OSError:
            return False

    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=log) as process:
        try:
            wait_until(is_there, 25, "the worker is there")
            yield listener
        finally:
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 0, process.returncode


def test_limits_of_running_programs(stack):
    wrong = Failures()
    with Right(stack) as right:
        for name, limit in (("file_limit", "--nofile=256:256"), ("memory_unlocked", "--memlock=0:0")):
            with worker(stack, limit) as listener:
                expect(right, wrong, name, listener)
        expect(right, wrong, "programs", "/nowhere")
    wrong.done()


@each([
    ("everybody is believed", ("nginx_trust", "host/real_ip.conf", "set_real_ip_from 127.0.0.1;", "set_real_ip_from 0.0.0.0/0;")),
    ("everybody of IPv6", ("nginx_trust", "host/real_ip.conf", "set_real_ip_from 127.0.0.1;", "set_real_ip_from ::/0;")),
    ("everybody in two halves", ("nginx_trust", "host/real_ip.conf", "set_real_ip_from 127.0.0.1;",
                                 "set_real_ip_from 0.0.0.0/1; set_real_ip_from 128.0.0.0/1;")),
    ("everybody of IPv6 who has an address", ("nginx_trust", "host/real_ip.conf", "set_real_ip_from 127.0.0.1;", "set_real_ip_from 2000::/3;")),
    ("one's own networks", (None, "host/real_ip.conf", "set_real_ip_from 127.0.0.1;", "set_real_ip_from 10.0.0.0/8; set_real_ip_from fc00::/7;")),
    ("no header", ("nginx_real_ip", "host/real_ip.conf", "real_ip_header X-Forwarded-For;", "")),
    ("what callers say", ("nginx_caller", "fastcgi_params.conf", "$remote_addr", "$http_x_forwarded_for")),
    ("no caller where people sign", ("nginx_caller", "fastcgi_params.conf", "fastcgi_param REMOTE_ADDR $remote_addr;", "")),
    ("no caller where polls go", ("nginx_caller", "count_cache.conf", "fastcgi_param REMOTE_ADDR $remote_addr;", "")),
    ("no parameters", ("nginx_caller", "countersign.conf", "include countersign/fastcgi_params.conf;", "")),
    ("parameters of all", (None, "countersign.conf", "include countersign/fastcgi_params.conf;", "include countersign/fastcgi_params.conf; "
                           "location /api/v1/petitions/x { fastcgi_pass countersign; }")),
    ("other sockets", ("nginx_sockets", "host/upstream.conf", "countersignd.", "worker.")),
    ("one socket too many", ("nginx_sockets", "host/upstream.conf", "keepalive 512;", "keepalive 512; server unix:/nowhere/3.sock;")),
    ("an upstream of somebody else", (None, "host/upstream.conf", "upstream countersign", "upstream x { server unix:/nowhere/x; } upstream countersign")),
    ("large bodies", ("nginx_body", "limits.conf", "client_max_body_size 16k;", "client_max_body_size 10m;")),
    ("any body", ("nginx_body", "limits.conf", "client_max_body_size 16k;", "client_max_body_size 0;")),
    ("no size", ("nginx_body", "limits.conf", "client_max_body_size 16k;", "")),
    ("no keepalive", ("nginx_keepalive", "host/upstream.conf", "keepalive 512;", "")),
    ("connections closed", ("nginx_keepalive", "fastcgi.conf", "fastcgi_keep_conn on;", "")),
    ("no cache", ("nginx_cache", "count_cache.conf", "fastcgi_cache countersign_count;", "fastcgi_cache off;")),
    ("another host", ("nginx_host", "host/server.conf", "server_name 127.0.0.1", "server_name 127.0.0.2")),
    ("another host, and a redirect of this one", ("nginx_host", "host/server.conf", "server_name 127.0.0.1 localhost",
                                                  "server_name 127.0.0.2; } server { server_name 127.0.0.1")),
    ("the usual log", ("nginx_log", "host/server.conf", " countersign buffer=64k flush=1s;", ";")),
    ("a log by another name", ("nginx_log", "host/server.conf", " countersign buffer=64k flush=1s;", " combined;")),
    ("no log, which is one", ("nginx_log", "host/server.conf", "access_log ", "#")),
    ("the query in the log", ("nginx_log", "http.conf", '"path":"$countersign_logged_path"', '"path":"$request_uri"')),
    ("errors as usual", ("nginx_log", "host/server.conf", " alert;", ";")),
    ("a log of a location", ("nginx_log", "count_cache.conf", "access_log off;", "access_log /dev/null;")),
    ("an error log for all", ("nginx_log", "host/server.conf", "error_log ", "#")),
    ("no access log at all", (None, "host/server.conf", "access_log ", "access_log off; #")),
    ("cores", ("nginx_cores", "nginx.conf", "daemon off;", "worker_rlimit_core 500m;")),
    ("no workers", ("nginx", "nginx.conf", "include countersign/countersign.conf;", "")),
    ("no file", ("nginx", "nginx.conf", "include countersign/countersign.conf;", "include countersign/nothing.conf;")),
])  # fmt: skip
def test_nginx(stack, case):
    name, file, old, new = case
    with Right(stack) as right:
        right.change(file, old, new)
        assert right.findings() == ([name] if name else []), (case, right.findings())


def test_nginx_names_many_hosts(stack):
    wrong = Failures()
    with Right(stack) as right:
        right.change("host/server.conf", "sign.example.org", "*.Example.org .example.net")
        for host, names in (("sign.example.org", ()), ("example.org", "nginx_host"), ("example.net", ()), ("a.example.net", ()),
                            ("signexample.org", "nginx_host")):  # fmt: skip
            expect(right, wrong, names, COUNTERSIGN_BASE_URL=f"https://{host}")
    wrong.done()


def make_certificate(path, host, days):
    """`days` from now, which may be past: only the second of these commands takes that. No browser reads the subject."""
    key, names = path + ".key", path + ".names"
    pathlib.Path(names).write_text(f"subjectAltName={host}\n", encoding="ascii")
    asked = subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=sign.example.org",
                            "-keyout", key], check=True, capture_output=True)  # fmt: skip
    subprocess.run(["openssl", "x509", "-req", "-signkey", key, "-days", str(days), "-extfile", names, "-out", path],
                   input=asked.stdout, check=True, capture_output=True)  # fmt: skip


def test_the_certificate_that_nginx_shows(stack):
    wrong = Failures()
    with Right(stack) as right:
        path = os.path.join(right.folder, "fullchain.pem")
        right.change("host/server.conf", "server_name", f"ssl_certificate {path};\nserver_name")
        there = {"COUNTERSIGN_BASE_URL": "https://sign.example.org"}
        expect(right, wrong, "nginx_certificate", **there)  # none
        right.change("http.conf", "map $binary_remote_addr", "ssl_certificate /nowhere/of-others.pem;\nmap $binary_remote_addr")
        for host, days, names in (("DNS:sign.example.org", 60, ()), ("DNS:*.example.org", 60, ()), ("DNS:sign.example.org", 5, "nginx_certificate"),
                                  ("DNS:s*.example.org", 60, "nginx_certificate"), ("IP:127.0.0.1", 60, "nginx_certificate"),
                                  ("DNS:example.org", 60, "nginx_certificate"), ("DNS:sign.example.org", -1, "nginx_certificate")):  # fmt: skip
            make_certificate(path, host, days)
            expect(right, wrong, names, **there)
        make_certificate(path, "IP:127.0.0.1", 60)
        expect(right, wrong, (), COUNTERSIGN_BASE_URL="https://127.0.0.1")
        right.change("host/server.conf", f"ssl_certificate {path};\n", "")
        expect(right, wrong, "nginx_certificate", **there)  # of all servers
        right.change("host/server.conf", "server_name", f"ssl_certificate {path};\nserver_name")
        with open(path, "w", encoding="ascii") as file:
            file.write("no certificate\n")
        expect(right, wrong, "nginx_certificate", **there)
    wrong.done()


def own_address():
    """One by which other hosts know this one, where PostgreSQL's port is free; None: there is none."""
    for word in subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False).stdout.split():
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET6 if ":" in word else socket.AF_INET) as one:
            one.bind((word, 5432))
            return word if ":" not in word else None
    return None


def test_whoever_comes_by_tcp(stack):
    """A real PostgreSQL that listens, on an address that nothing else has, and where it can on one that other hosts know."""
    address, own = f"127.83.{random.randrange(1, 255)}.{random.randrange(1, 255)}", own_address()
    hba = os.path.join(stack.run, "postgres/pg_hba.conf")
    with open(hba, encoding="ascii") as file:
        before = file.read()

    def restart():
        pid = stack.pid("postgres")
        os.kill(pid, signal.SIGINT)
        wait_until(lambda: stack.pid("postgres") != pid and is_up(stack), 60, "PostgreSQL is back")
        for number in (1, 2):
            wait_until(lambda n=number: stack.operators("/readyz", n).status == 200, 30, "the worker is ready")

    def allow(*lines):
        with open(hba, "w", encoding="ascii") as file:
            file.write(before + "".join(f"host {line}\n" for line in lines))
        stack.superuser("SELECT pg_reload_conf()")

    guarded = "all all 127.0.0.0/8 scram-sha-256"
    plants = [["all all 127.0.0.0/8 trust"], ["all postgres 127.0.0.0/8 trust", guarded]]
    if own:
        plants.append([guarded, "all all 0.0.0.0/0 trust"])
    url = f"postgresql://countersign_worker@{address}/countersign"
    stack.superuser(f"ALTER SYSTEM SET listen_addresses = '{address}{',' + own if own else ''}'")
    allow(guarded)
    restart()
    try:
        with Right(stack) as right:
            wait_until(lambda: not right.findings(), 15, "a right stack")
            for lines in plants:
                allow(*lines)
                wait_until(lambda: right.findings() == ["postgres_trust"], 15, f"a finding of {lines}")
            allow(plants[0][0])
            wait_until(lambda: right.findings(COUNTERSIGN_DATABASE=url) == ["postgres_trust"], 15, "one by an address")
            allow(guarded)
            wait_until(lambda: not right.findings(), 15, "a right stack again")
    finally:
        with open(hba, "w", encoding="ascii") as file:
            file.write(before)
        stack.superuser("ALTER SYSTEM RESET listen_addresses")
        restart()
        if stack.database: # of a test before
            stack.database.close()


test_whoever_comes_by_tcp.expected_errors = ("",)


def is_up(stack):
    try:
        return stack.superuser("SELECT 1") == "1"
    except subprocess.CalledProcessError:
        return False
