"""The command line: the count, doctor and migrate."""
import json
import os
import re
import shlex
import subprocess
import tempfile

from cases import Failures, each
from cli import AWAY, DONE, NO, WRONG, cli, parsed
from client import wait_until
from dns import NameServer
from stack import BUILD, TOP


# ---- installing ----


def test_another_prefix_is_compiled_in(stack):
    # Dry: what `make install PREFIX=...` would do after a `make` without one.
    done = subprocess.run(["make", "-n", "V=1", "install", "DESTDIR=/d", "PREFIX=/elsewhere"], cwd=TOP, capture_output=True, text=True,
                          check=True)
    compiled = [line for line in done.stdout.replace("\\\n", " ").splitlines() if "-c -o" in line and "src/core/settings.o" in line]
    assert len(compiled) == 1 and "/elsewhere/share/countersign/pages" in compiled[0], done.stdout


def test_folders_may_have_spaces(stack):
    done = subprocess.run(["make", "-n", "V=1", "install", "CURDIR=/a b", "DESTDIR=/c d", "PREFIX=/e f"], cwd=TOP, capture_output=True,
                          text=True, check=True)
    lines = done.stdout.replace("\\\n", " ").splitlines()
    for command, word in ((" -c -o ", "-ffile-prefix-map=/a b=."), ("install -m 0755 ", "/c d/e f/bin/")):
        found = [shlex.split(line) for line in lines if command in line]
        assert found and all(word in words for words in found), (word, found)


# ---- the count ----


def test_count_and_audit_say_one_number(stack):
    slug = stack.petition(confirmation="none")
    for _ in range(3):
        stack.signed(slug)
    stack.expect_count(slug, 3)
    audit = parsed(stack, "audit", slug)
    row = audit["petitions"][0]
    assert audit["equal"] and row["differences"] == [], audit
    assert [row[name] for name in ("table", "tally", "places", "hours", "redis")] == [3] * 5, row
    counts = parsed(stack, "count", slug)["counts"]
    assert counts == [{"slug": slug, "table": 3, "erased": 0, "tally": 3, "redis": 3}], counts
    assert cli(stack, "audit", slug).stdout == f"{slug}: equal, 3\n"


def test_audit_finds_each_difference_and_repairs_nothing(stack):
    slug = stack.petition(confirmation="none")
    stack.signed(slug, country="US", region="US-CA")
    stack.signed(slug)
    stack.expect_count(slug, 2)
    number = stack.value("SELECT id FROM countersign.petition WHERE slug = %s", slug)
    breaks = [
        ("tally", "UPDATE countersign.tally SET n = n {} WHERE petition_id = %s"),
        ("places", "UPDATE countersign.tally_place SET n = n {} WHERE petition_id = %s AND country = 'US'"),
        ("hours", "UPDATE countersign.tally_hour SET n = n {} WHERE petition_id = %s"),
        ("places", "UPDATE countersign.tally_place SET n = n {} * CASE country WHEN 'US' THEN 1 ELSE -1 END"
         " WHERE petition_id = %s"),
    ]  # fmt: skip
    for word, statement in breaks:
        stack.rows(statement.format("+ 1"), number)
        try:
            for _ in range(2):
                done = cli(stack, "audit", slug, code=NO)
                assert "DIFFERS" in done.stdout and word in done.stdout, (word, done.stdout)
        finally:
            stack.rows(statement.format("- 1"), number)
    assert cli(stack, "audit", slug).returncode == DONE


def test_T7_a_slot_may_be_negative_and_the_sum_is_right(stack):
    slug = stack.petition(confirmation="none")
    stack.signed(slug)
    number = stack.value("SELECT id FROM countersign.petition WHERE slug = %s", slug)
    stack.rows("INSERT INTO countersign.tally (petition_id, slot, n, version, changed_at)"
               " VALUES (%s, 14, -3, 1, now()), (%s, 15, 3, 1, now())", number, number)  # fmt: skip
    stack.rows("UPDATE countersign.petition SET updated_at = now() WHERE id = %s", number)
    stack.signed(slug)
    assert cli(stack, "audit", slug).stdout == f"{slug}: equal, 2\n"
    stack.expect_count(slug, 2)


def test_T6_a_number_of_53_bits_is_told_as_it_is(stack):
    slug = stack.petition(confirmation="none")
    number = stack.value("SELECT id FROM countersign.petition WHERE slug = %s", slug)
    stack.rows("INSERT INTO countersign.tally (petition_id, slot, n, version, changed_at) VALUES (%s, 13, %s, 1, now())", number, 2**53 - 2)
    stack.signed(slug)  # so it is read at once
    stack.expect_count(slug, 2**53 - 1)
    stack.rows("UPDATE countersign.tally SET n = 0, version = version + 1 WHERE petition_id = %s AND slot = 13", number)
    stack.signed(slug)
    stack.expect_count(slug, 2)


def test_audit_finds_a_wrong_number_in_redis(stack):
    slug = stack.petition(confirmation="none")
    stack.signed(slug)
    stack.expect_count(slug, 1)
    cli(stack, "audit", slug)
    key = f"cs:count:{{{slug}}}"
    value = stack.redis("GET", key).split(" ")
    assert value[2] == "1", value
    for place, number in ((2, "7"), (1, "999")):
        wrong = list(value)
        wrong[place] = number
        if place == 2:
            # At the same version a later reading wins, so that no worker writes over it meanwhile.
            wrong[3] = str(int(wrong[3]) + 3600_000)
        stack.redis("SET", key, " ".join(wrong), "PX", "60000")
        try:
            done = cli(stack, "audit", slug, code=NO)
            assert "Redis" in done.stdout, done.stdout
        finally:
            stack.redis("DEL", key)
    wait_until(lambda: stack.redis("EXISTS", key) == "1", 10, "published again")


# ---- doctor and migrate ----


def levels(stack, **how):
    return [(check["level"], check["what"]) for check in parsed(stack, "doctor", **how)["checks"]]


def test_doctor_is_content_with_the_stack(stack):
    done = cli(stack, "doctor")
    assert not re.search(r"(?m)^NO", done.stdout), done.stdout
    found = levels(stack)
    for what in ("schema", "roles", "Redis", "database", "operator_database", "index_key_file", "socket"):
        assert ("ok", what) in found, (what, found)


def doctor_with(stack, name, text, code=NO, mode=0o600):
    """What it says of a file of these contents."""
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(text)
        file.flush()
        os.chmod(file.name, mode)
        environment = {"COUNTERSIGN_" + name.upper(): file.name}
        checks = parsed(stack, "doctor", code=code, environment=environment)["checks"]
    return {check["level"]: check["detail"] for check in checks if check["what"] == name}


def test_O6_O7_doctor_sees_wrong_keys(stack):
    wrong = Failures()
    with open(os.path.join(stack.run, "keys/organization.key"), encoding="ascii") as file:
        secret = file.read()
    with open(os.path.join(stack.run, "keys/organization.pub"), encoding="ascii") as file:
        public = file.read()
    bad = ["A" * 43 + "=\n", "AQ" + "A" * 41 + "=\n", "AAAA\n", "not base64\n", "", public + public, secret]
    for text in bad:
        for name in ("public_keys_file", "mailing_public_key_file"):
            with wrong.of((name, text[:10])):
                assert "no" in doctor_with(stack, name, text)
    with wrong.of("secret"):
        assert "secret key" in doctor_with(stack, "public_keys_file", secret)["no"]
    with wrong.of("one recipient"):
        assert "recovery" in doctor_with(stack, "public_keys_file", public, code=DONE)["warn"]
    for text in ("", "1 AAAA\n", "0 " + "A" * 43 + "=\n", "x\n"):
        with wrong.of(("index", text)):
            assert "no" in doctor_with(stack, "index_key_file", text)
    with wrong.of("mode"):
        assert "too open" in doctor_with(stack, "index_key_file", "1 " + "ABCD" * 10 + "ABA=\n", mode=0o644)["no"]
    wrong.done()


def test_doctor_sees_rights_that_are_too_many_or_missing(stack):
    changes = [
        ("GRANT SELECT ON countersign.signature TO countersign_worker",
         "REVOKE SELECT ON countersign.signature FROM countersign_worker"),
        ("GRANT INSERT (n) ON countersign.tally TO countersign_office",
         "REVOKE INSERT (n) ON countersign.tally FROM countersign_office"),
        ("REVOKE SELECT ON countersign.shown FROM countersign_operator",
         "GRANT SELECT ON countersign.shown TO countersign_operator"),
        ("GRANT EXECUTE ON FUNCTION countersign.erase TO countersign_mailer",
         "REVOKE EXECUTE ON FUNCTION countersign.erase FROM countersign_mailer"),
    ]  # fmt: skip
    for change, back in changes:
        stack.rows(change)
        try:
            done = cli(stack, "doctor", code=NO)
            assert len(re.findall(r"(?m)^NO    roles: ", done.stdout)) == 1, (change, done.stdout)
        finally:
            stack.rows(back)
    cli(stack, "doctor")


# ---- what receivers look up about the sender ----

SENDER = "letters.campaign-of-ours.eu"
GOOD_RECORDS = {
    (SENDER, "TXT"): ["other=1", "v=spf1 ip4:192.0.2.1 -all"],
    (f"s1._domainkey.{SENDER}", "TXT"): [["v=DKIM1; k=rsa; p=", "MIIBIjANBg"]],
    ("_dmarc.campaign-of-ours.eu", "TXT"): ["v=DMARC1; p=none"],
    (SENDER, "MX"): ["mx.campaign-of-ours.eu"],
}  # fmt: skip


def mail_looks(stack, records, code, silent=False, **settings):
    """{what: (level, detail)} of those that are about the sender."""
    with NameServer(records, silent) as server:
        environment = {"COUNTERSIGN_MAIL_FROM": f"petitions@{SENDER}", "COUNTERSIGN_MAIL_DKIM_SELECTOR": "s1",
                       "COUNTERSIGN_DNS_SERVER": server.address, **settings}
        checks = parsed(stack, "doctor", code=code, environment=environment)["checks"]
    looks = {check["what"]: (check["level"], check["detail"]) for check in checks}
    return {what: looks[what] for what in ("SPF", "DKIM", "DMARC", "bounces", "mail_from") if what in looks}


def test_M15_doctor_is_content_with_what_receivers_look_up(stack):
    looks = mail_looks(stack, GOOD_RECORDS, DONE)
    assert {what: level for what, (level, _) in looks.items()} == dict.fromkeys(("SPF", "DKIM", "DMARC", "bounces"), "ok"), looks
    own = {**GOOD_RECORDS, ("back.campaign-of-ours.eu", "TXT"): ["v=spf1 a -all"], ("back.campaign-of-ours.eu", "A"): ["192.0.2.7"]}
    looks = mail_looks(stack, own, DONE, COUNTERSIGN_MAIL_RETURN_DOMAIN="back.campaign-of-ours.eu")
    assert looks["SPF"] == ("ok", "back.campaign-of-ours.eu: v=spf1 a -all"), looks
    assert looks["bounces"] == ("ok", "back.campaign-of-ours.eu takes mail"), looks
    for key in ("p=MIGfMA0", "k=rsa; t=s; p=MIGfMA0"):
        looks = mail_looks(stack, {**GOOD_RECORDS, (f"s1._domainkey.{SENDER}", "TXT"): [key]}, DONE)
        assert looks["DKIM"][0] == "ok", f"{key}: DKIM's version may be left out"


@each([
    ("no SPF", ("SPF", (SENDER, "TXT"), ["v=spf10 no", "spf"], "no TXT record")),
    ("two SPF", ("SPF", (SENDER, "TXT"), ["v=spf1 -all", "v=spf1 a -all"], "more than one")),
    ("SPF for all", ("SPF", (SENDER, "TXT"), ["v=spf1 a +all"], "everybody")),
    ("SPF for nobody", ("SPF", (SENDER, "TXT"), ["v=spf1 -all"], "nobody")),
    ("no DKIM", ("DKIM", (f"s1._domainkey.{SENDER}", "TXT"), [], "no key")),
    ("DKIM revoked", ("DKIM", (f"s1._domainkey.{SENDER}", "TXT"), ["v=DKIM1; p="], "no key")),
    ("DKIM without a key", ("DKIM", (f"s1._domainkey.{SENDER}", "TXT"), ["v=DKIM1; n=sp=1"], "no key")),
    ("no DMARC", ("DMARC", ("_dmarc.campaign-of-ours.eu", "TXT"), ["hello"], "no TXT record")),
    ("two DMARC", ("DMARC", ("_dmarc.campaign-of-ours.eu", "TXT"), ["v=DMARC1; p=none", "v=DMARC1;p=reject"], "more than one")),
    ("nowhere to bounce to", ("bounces", (SENDER, "MX"), [], "bounces are lost")),
    ("null MX", ("bounces", (SENDER, "MX"), ["."], "takes no mail")),
])  # fmt: skip
def test_M15_doctor_tells_what_makes_receivers_turn_away(stack, case):
    what, key, values, words = case
    looks = mail_looks(stack, {**GOOD_RECORDS, key: values}, NO)
    assert looks[what][0] == "no" and words in looks[what][1], looks
    assert all(level == "ok" for other, (level, _) in looks.items() if other != what), looks


def test_M15_without_an_answer_nothing_is_said_against_the_domain(stack):
    looks = mail_looks(stack, {}, DONE, silent=True)
    assert list(looks) == ["SPF"] and looks["SPF"][0] == "warn", looks
    looks = mail_looks(stack, {}, DONE, COUNTERSIGN_MAIL_FROM="petitions@shop.example.org")
    assert looks == {"mail_from": ("ok", "shop.example.org is no domain of the public: its records are not looked at")}, looks


class Database:
    """An empty database beside the stack's, with a configuration of its own."""

    def __init__(self, stack):
        self.stack = stack
        self.name = "other_" + stack.unique()
        self.psql("postgres", f"CREATE DATABASE {self.name} OWNER countersign_owner")
        where = f"host={stack.sockets} dbname={self.name} user="
        self.environment = {
            "COUNTERSIGN_OWNER_DATABASE": where + "countersign_owner",
            "COUNTERSIGN_OPERATOR_DATABASE": where + "countersign_operator",
            "COUNTERSIGN_DATABASE": where + "countersign_worker",
            "COUNTERSIGN_MAILER_DATABASE": where + "countersign_mailer",
        }

    def psql(self, database, statement):
        command = ["psql", "-h", self.stack.sockets, "-U", "postgres", "-d", database, "-qAtXc", statement]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def run(self, statement):
        return self.psql(self.name, statement)

    def cli(self, *words, code=DONE, **how):
        return cli(self.stack, *words, code=code, environment=self.environment, **how)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.psql("postgres", f"DROP DATABASE {self.name} WITH (FORCE)")


def test_D19_O13_migrate_goes_forward_only(stack):
    with Database(stack) as database:
        for words in (["petition", "list"], ["audit"]):
            assert "migrate" in database.cli(*words, code=WRONG).stderr
        status = json.loads(database.cli("migrate", "--status", "--json", code=NO).stdout)["migrations"]
        assert {row["state"] for row in status} == {"missing"}
        done = database.cli("migrate")
        assert done.stdout.startswith(f"{len(status)} applied"), done
        assert json.loads(database.cli("migrate", "--json").stdout)["applied"] == 0
        database.cli("migrate", "--status")
        newer = "INSERT INTO countersign.schema_version (version, name, works_from) VALUES (%s, 'future', %s)"
        own = max(row["version"] for row in status)
        database.run(newer % (8999, own))
        assert json.loads(database.cli("migrate", "--json").stdout) == {"applied": 0, "version": 8999}
        database.cli("petition", "list")
        database.run(newer % (9000, own + 1))
        done = database.cli("migrate", code=WRONG)
        assert "9000" in done.stderr and "nothing was done" in done.stderr, done
        assert "9000" in database.cli("petition", "list", code=WRONG).stderr
        assert "unknown" in database.cli("migrate", "--status", code=NO).stdout


def test_three_migrates_at_once_apply_each_once(stack):
    with Database(stack) as database:
        config = os.path.join(stack.run, "countersign.conf")
        command = [os.path.join(BUILD, "countersign"), "--config", config, "migrate", "--json"]
        running = [subprocess.Popen(command, env={**stack.environment, **database.environment}, stdout=subprocess.PIPE,
                                    stderr=subprocess.DEVNULL) for _ in range(3)]  # fmt: skip
        applied = [json.loads(process.communicate()[0])["applied"] for process in running]
        assert [process.returncode for process in running] == [DONE] * 3
        assert sum(applied) == int(database.run("SELECT count(*) FROM countersign.schema_version")), applied


def test_D17_a_migration_gives_up_rather_than_wait_for_a_lock(stack):
    with Database(stack) as database:
        lock = ["psql", "-h", stack.sockets, "-U", "postgres", "-d", database.name, "-qAtX"]
        with subprocess.Popen(lock, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
            # Every first migration makes a schema.
            holder.stdin.write("BEGIN; LOCK pg_catalog.pg_namespace IN SHARE MODE; SELECT 1;\n")
            holder.stdin.flush()
            assert holder.stdout.readline() == "1\n"
            done = database.cli("migrate", code=AWAY)
            holder.stdin.write("ROLLBACK;\n")
            holder.stdin.close()
        assert "migration 0001 was not applied" in done.stderr and "run it again" in done.stderr, done
        assert {row["state"] for row in json.loads(database.cli("migrate", "--status", "--json", code=NO).stdout)
                ["migrations"]} == {"missing"}  # fmt: skip
        database.cli("migrate")
