"""What is exchanged while people sign: keys, passwords, certificates, schema and programs. Not one request may fail."""
import http.client
import os
import shutil
import ssl
import subprocess
import tempfile
import threading
import time

import checker
import cluster
import rig
from helpers import config_with, only_accepted, rows


def one_after_the_other(workers, program=None):
    """As an upgrade does it: one ends, is started again, and takes requests before the next one ends."""
    for worker in workers:
        code, _ = worker.end()
        assert code == 0, worker.log()[-500:]
        if program:
            worker.command[0] = program
        worker.start()
        worker.wait_ready()


def begin(stack, name, **changes):
    """A configuration and two workers of the test's own, and a load on a petition of theirs."""
    path, _ = config_with(stack, **changes)
    workers = [rig.Worker(stack, f"{name}{number}", slot=4 + number, config=path) for number in (1, 2)]
    front = rig.Front(stack, workers)
    petition = front.petition(stack.petition(name).slug)
    for worker in workers:
        worker.knows(petition.slug)
    return path, workers, front, petition


def end(stack, petition, load):
    told = checker.check(stack, petition, load)
    only_accepted(load)
    told.update(p50_ms=load.result["p50_ms"], p99_ms=load.result["p99_ms"])
    return told


def key_pair(stack):
    """(folder, the public key's file) of a new organisation."""
    folder = tempfile.mkdtemp(prefix="k.", dir=stack.run)
    stack.cli("keygen", "--out", folder)
    return folder, os.path.join(folder, "organization.pub")


def test_O8_index_keys_are_joined_by_a_new_one(stack):
    keys = os.path.join(stack.run, "keys", "rolling.index")
    shutil.copy(os.path.join(stack.run, "keys", "index.keys"), keys)
    path, workers, _, petition = begin(stack, "index", index_key_file=keys)
    load = checker.Load(stack, petition, "-c", 16, "-r", 150, "-x", 10)
    time.sleep(0.7)
    with open(keys, "ab") as file:
        file.write(b"9 " + subprocess.run(["base64", "-w0"], input=os.urandom(32), stdout=subprocess.PIPE, check=True).stdout + b"\n")
    one_after_the_other(workers)
    # New petitions are keyed by the new one, and those who signed the old one are still known.
    newer = petition.slug + "-newer"
    stack.cli("petition", "put", "-", config=path, stdin=stack.petition_text(newer))
    stack.cli("petition", "open", newer, config=path)
    assert stack.psql(f"SELECT index_key FROM countersign.petition WHERE slug = '{newer}'") == "9"
    for worker in workers:
        worker.knows(newer)
        assert worker.sign(newer, "twice@example.org").status == 202
    assert rows(stack, newer) == 1
    told = end(stack, petition, load)
    # The other workers of the stack do not have that key.
    stack.cli("petition", "close", newer)
    return told


def seal_to_another_too(stack, name, setting, original):
    """A new key joins the file that `setting` names, a copy of `original`, while people sign. (petition, folder of the new pair, what is told)"""
    public = os.path.join(stack.run, "keys", f"rolling.{name}")
    shutil.copy(os.path.join(stack.run, "keys", original), public)
    _, workers, _, petition = begin(stack, name, **{setting: public})
    load = checker.Load(stack, petition, "-c", 16, "-r", 150)
    time.sleep(0.7)
    folder, new = key_pair(stack)
    with open(public, "a", encoding="ascii") as file, open(new, encoding="ascii") as more:
        file.write(more.read())
    one_after_the_other(workers)
    time.sleep(0.5)
    return petition, folder, end(stack, petition, load)


def test_O8_the_organisations_key_is_exchanged(stack):
    # The recovery key stays, as one would keep it; both open what comes from now on, and the old one what came before.
    petition, folder, told = seal_to_another_too(stack, "seals", "public_keys_file", "public.keys")
    out = stack.cli("export", petition.slug, "--key", os.path.join(folder, "organization.key"), "--format", "jsonl", expect=None)
    opened = len(out.stdout.splitlines())
    assert 0 < opened < told["acknowledged"], (opened, told)
    told["opened_by_the_new_key"] = opened
    return told


def test_O8_the_mailers_key_is_exchanged(stack):
    # Both for a while, so that the mailer may take the new one whenever it likes.
    petition, _, told = seal_to_another_too(stack, "mailing", "mailing_public_key_file", "mailing/organization.pub")
    sealed_to = stack.psql("SELECT DISTINCT (SELECT count(*) FROM countersign.epoch_key k WHERE k.epoch = l.epoch) FROM countersign.letter l"
                           f" JOIN countersign.petition p ON p.id = l.petition_id WHERE p.slug = '{petition.slug}' ORDER BY 1")
    assert sealed_to.split() == ["1", "2"], sealed_to
    return told


def test_O8_passwords_of_the_database_are_exchanged(stack):
    """PostgreSQL knows one password a role: who is connected stays so, and each worker that is restarted brings the new one."""
    cluster.allow_replication(stack)
    own = cluster.Cluster(stack, "password", stack.sockets, standby=False)
    own.psql("ALTER ROLE countersign_worker PASSWORD 'the-first'")
    hba = os.path.join(own.data, "pg_hba.conf")
    with open(hba, encoding="utf-8") as file:
        others = file.read()
    with open(hba, "w", encoding="utf-8") as file:
        file.write("local countersign countersign_worker scram-sha-256\n" + others)
    own.psql("SELECT pg_reload_conf()")
    secret = os.path.join(stack.run, "keys", "rolling.password")

    def write_password(word):
        with open(secret + ".new", "w", encoding="ascii") as file:
            file.write(word + "\n")
        os.rename(secret + ".new", secret)
    write_password("the-first")
    redis = cluster.OwnRedis(stack)
    workers = [rig.Worker(stack, f"password{number}", slot=4 + number, database=own.conninfo(), database_password_file=secret,
                          redis=redis.address) for number in (1, 2)]
    slug = stack_petition_in(stack, own, "password")
    for worker in workers:
        worker.knows(slug)
    front = rig.Front(stack, workers)
    load = checker.Load(stack, front.petition(slug), "-c", 16, "-r", 150)
    time.sleep(0.7)
    own.psql("ALTER ROLE countersign_worker PASSWORD 'the-second'")
    time.sleep(0.5)
    write_password("the-second")
    one_after_the_other(workers)
    time.sleep(0.5)
    load.stop()
    only_accepted(load)
    stored = int(own.psql("SELECT count(*) FROM countersign.signature s JOIN countersign.petition p ON p.id = s.petition_id "
                          f"WHERE p.slug = '{slug}' AND s.state = 1"))
    assert stored == len(load.acknowledged()) > 0, stored
    return {"acknowledged": stored, "p99_ms": load.result["p99_ms"]}


def stack_petition_in(stack, own, name):
    """A petition of another database, by the command line with that database."""
    stack.serial += 1
    slug = f"{name}-{stack.serial}"
    path, _ = config_with(stack, operator_database=own.conninfo("countersign_operator"))
    stack.cli("petition", "put", "-", config=path, stdin=stack.petition_text(slug))
    stack.cli("petition", "open", slug, config=path)
    return slug


# --- certificates ---


def certificate(folder, serial):
    """nginx reads both when it is told to."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-set_serial",
                    str(serial), "-addext", "subjectAltName=DNS:localhost", "-keyout", f"{folder}/key.new", "-out", f"{folder}/crt.new"],
                   check=True, stderr=subprocess.DEVNULL)
    for name in ("key", "crt"):
        os.rename(f"{folder}/{name}.new", f"{folder}/{name}.pem")


def served_serial(port):
    """Of the certificate that the next connection is shown."""
    pem = ssl.get_server_certificate(("127.0.0.1", port))
    out = subprocess.run(["openssl", "x509", "-noout", "-serial"], input=pem, capture_output=True, text=True, check=True).stdout
    return int(out.strip().partition("=")[2], 16)


def test_P10_a_certificate_is_exchanged(stack):
    folder = tempfile.mkdtemp(prefix="t.", dir=stack.run)
    os.chmod(folder, 0o755)
    certificate(folder, 1)
    _, _, front, petition = begin(stack, "tls")
    port = rig.free_port()
    server = os.path.join(front.run, "nginx/countersign/host/server.conf")
    with open(server, "a", encoding="utf-8") as file:
        file.write(f"listen 127.0.0.1:{port} ssl http2;\nssl_certificate {folder}/crt.pem;\nssl_certificate_key {folder}/key.pem;\n"
                   "include countersign/tls.conf;\n")
    front.reload()
    rig.wait_until(lambda: served_serial(port) == 1, 10, "TLS is served")
    answers, over = [], threading.Event()
    callers = [threading.Thread(target=sign_by_tls, args=(port, petition, f"t{n}", answers, over)) for n in range(3)]
    for caller in callers:
        caller.start()
    for serial in (2, 3):
        rig.wait_until(lambda s=serial: len(answers) >= 25 * (s - 1), 30, "some have signed")
        certificate(folder, serial)
        front.reload()
        rig.wait_until(lambda s=serial: served_serial(port) == s, 10, "the new certificate is served")
    rig.wait_until(lambda: len(answers) >= 100, 30, "more have signed")
    over.set()
    for caller in callers:
        caller.join()
    assert set(answers) == {202}, [one for one in answers if one != 202][:5]
    assert rows(stack, petition.slug) == len(answers)
    return {"signed": len(answers)}


def sign_by_tls(port, petition, tag, answers, over):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    number = 0
    while not over.is_set():
        number += 1
        caller = f"10.{60 + int(tag[1:])}.{number // 250}.{number % 250}"
        answers.append(post_by_tls(context, port, petition, f"{tag}x{number}@example.org", caller))


def post_by_tls(context, port, petition, email, caller):
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=context)
    try:
        connection.request("POST", petition.path + "/signatures", rig.person(email),
                           {"Content-Type": "application/json", "X-Forwarded-For": caller, "Host": "localhost"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return repr(error)
    finally:
        connection.close()


# --- another version ---

# What the next release may bring: a column, a table, a function that is replaced by one that does more. Works with this one's programs.
NEXT = """-- A migration of the next release, for the test of upgrades.
SET LOCAL lock_timeout = '3s';
SET LOCAL countersign.works_from = '{this}';
ALTER TABLE countersign.signature ADD COLUMN of_the_next smallint;
COMMENT ON COLUMN countersign.signature.of_the_next IS 'For the test of upgrades';
ALTER TABLE countersign.letter ADD COLUMN of_the_next text NOT NULL DEFAULT 'none';
COMMENT ON COLUMN countersign.letter.of_the_next IS 'For the test of upgrades';
CREATE TABLE countersign.of_the_next (petition_id integer PRIMARY KEY);
COMMENT ON TABLE countersign.of_the_next IS 'For the test of upgrades';
"""


def build_next(stack):
    """The programs of the next version: this tree with one migration more. Only what differs is built."""
    tree = tempfile.mkdtemp(prefix="next.", dir=stack.run)
    for name in ("src", "include", "sql", "deploy", "nginx", "Makefile", "build"):
        subprocess.run(["cp", "-a", os.path.join(rig.TOP, name), tree], check=True)
    this = max(int(name.split("_")[0]) for name in os.listdir(os.path.join(tree, "sql/migrations")))
    with open(os.path.join(tree, f"sql/migrations/{this + 1:04}_next.sql"), "w", encoding="utf-8") as file:
        file.write(NEXT.format(this=this))
    subprocess.run(["make", "-s", "-j2", "-C", tree, "all"], check=True, stdout=subprocess.DEVNULL)
    return os.path.join(tree, "build"), this


def test_O12_O13_two_versions_on_one_schema_and_back(stack):
    build, this = build_next(stack)
    _, workers, _, petition = begin(stack, "versions")
    load = checker.Load(stack, petition, "-c", 16, "-r", 150, "-x", 5)
    time.sleep(1)
    started = time.monotonic()
    subprocess.run([os.path.join(build, "countersign"), "--config", stack.config, "migrate"], check=True, stdout=subprocess.DEVNULL)
    migrated_s = time.monotonic() - started
    try:
        assert stack.psql("SELECT max(version) FROM countersign.schema_version") == str(this + 1)
        time.sleep(0.7)                                               # the old ones on the new schema
        one_after_the_other(workers[:1], os.path.join(build, "countersignd"))
        time.sleep(0.7)                                               # both versions beside each other
        one_after_the_other(workers[1:], os.path.join(build, "countersignd"))
        time.sleep(0.7)
        one_after_the_other(workers, rig.WORKER)                      # and back again, on the schema of the newer
        told = end(stack, petition, load)
        told["migrated_s"] = round(migrated_s, 2)
        return told
    finally:
        stack.psql(f"DROP TABLE countersign.of_the_next; ALTER TABLE countersign.letter DROP COLUMN of_the_next;"
                   f" ALTER TABLE countersign.signature DROP COLUMN of_the_next; DELETE FROM countersign.schema_version WHERE version = {this + 1}")
