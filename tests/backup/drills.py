"""D20: a backup, a crash, a restore, by each way that deploy/backup has."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

from client import wait_until
from mail import Mailer, Sink
from stack import BUILD, TOP

BACKUP = pathlib.Path(TOP) / "deploy/backup"
CLI = os.path.join(BUILD, "countersign")
STANZA = "countersign"


class Skip(Exception):
    """What this way needs is not here."""


def as_postgres(*words, check=True, **environment):
    """As the user whom PostgreSQL runs as."""
    command = ["runuser", "-u", "postgres", "--", "env", *(f"{n}={v}" for n, v in environment.items()), *map(str, words)]
    done = subprocess.run(command if os.geteuid() == 0 else command[4:], capture_output=True, text=True, cwd="/",
                          stdin=subprocess.DEVNULL, timeout=300)
    assert not check or done.returncode == 0, f"{words}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done


def end_workers(stack):
    for name in ("countersignd.1", "countersignd.2"):
        supervisor, pid = (int(pathlib.Path(stack.run, folder, name).read_text()) for folder in ("supervisors", "pids"))
        os.kill(supervisor, signal.SIGTERM)
        wait_until(lambda s=supervisor, p=pid: not any(os.path.exists(f"/proc/{one}") for one in (s, p)), 30, f"{name} has ended")
    stack.database.close()


class Campaign:
    """People before and after the moment that is restored, and what their mail server saw."""

    def __init__(self, stack):
        self.stack = stack
        self.slug = stack.petition()
        self.counted = stack.petition(confirmation="none")

    def queue_is_empty(self):
        return self.stack.value("SELECT count(*) FROM countersign.mail_queue WHERE due_at < 'infinity'") == 0

    def owed(self, slug):
        return self.stack.value("SELECT count(*) FROM countersign.letter l JOIN countersign.petition p ON p.id = l.petition_id"
                                " WHERE p.slug = %s AND l.state = 0", slug)  # fmt: skip

    def begin(self):
        """One has confirmed, one has got a letter, three are owed one: one of them since this moment."""
        stack = self.stack
        self.confirmed = stack.signed(self.slug)
        self.early = stack.signed(self.slug)
        with Sink() as sink, Mailer(stack, sink.port):
            wait_until(lambda: len(sink.letters) == 2 and self.queue_is_empty(), 30, "two letters have gone")
            assert stack.confirm(next(one.token for one in sink.letters if one.to == self.confirmed)).status == 200
        self.went, self.waits = stack.signed(self.slug), stack.signed(self.slug)
        stack.expect_count(self.slug, 1)

    def go_on(self):
        """After the moment: one of the letters goes, somebody signs whom the backup does not know. Then the mailer is killed."""
        stack = self.stack
        self.lost = stack.signed(self.slug)
        later = stack.signed(self.counted)
        with Sink(lambda step, to, _: "451 4.3.0 later" if step == "RCPT" and to == self.waits else None) as sink:
            mailer = Mailer(stack, sink.port, MAIL_RETRY_S="3600")
            wait_until(lambda: {self.went, self.lost, later} <= {one.to for one in sink.letters}, 30, "what goes has gone")
            mailer.process.kill()
            mailer.process.wait(20)
            self.tokens = {one.to: one.token for one in sink.letters}
            # As postfix logs it, twice and mixed up.
            lines = [f"Nov 27 12:00:00 relay postfix/qmgr[7]: 4F{n}: from=<{one.sender}>, size=900, nrcpt=1 (queue active)"
                     for n, one in enumerate(sink.letters)]
            self.log = "\n".join(lines + lines[::-1]) + "\n"

    def look(self):
        """What is there after the restore."""
        stack = self.stack
        done = stack.cli("audit")
        assert done.returncode == 0, done.stdout + done.stderr
        assert stack.stored(self.slug) == 4 and stack.stored(self.counted) == 0
        stack.expect_count(self.slug, 1, 10)
        fresh = self.look_at_letters()
        answer = stack.confirm(self.tokens[self.lost])
        assert (answer.status, answer.code()) == (404, "invalid_token"), f"a token of a lost signature: {answer}"
        assert stack.confirm(self.tokens[self.went]).status == 200, "the link in the letter that had gone works"
        self.look_at_people(fresh)
        done = stack.cli("audit")
        assert done.returncode == 0, done.stdout + done.stderr
        stack.expect_count(self.slug, 2, 10)

    def look_at_letters(self):
        stack = self.stack
        with Sink() as sink, Mailer(stack, sink.port):
            fresh = stack.signed(self.slug)
            wait_until(lambda: self.queue_is_empty() and sink.letters, 30, "the new letter has gone")
            assert [one.to for one in sink.letters] == [fresh], "what was owed at the moment does not go by itself"
            assert stack.cli("restored").returncode == 1, "letters are held"
            done = stack.cli("restored", "--json", "--sent", "-", "--send", input=self.log)
            assert done.returncode == 0, done.stdout + done.stderr
            told = json.loads(done.stdout)
            # Unknown are the letters of the two who signed after the moment.
            assert (told["sent"], told["released"], told["unknown"], told["held"]) == (1, 1, 2, 0), told
            wait_until(lambda: len(sink.letters) == 2 and self.queue_is_empty(), 30, "the other one follows")
            assert [one.to for one in sink.letters] == [fresh, self.waits], "no letter goes twice"
            assert self.owed(self.slug) == 0
        return fresh

    def look_at_people(self, fresh):
        """Who had signed is known again, and nobody gets a number that was somebody else's."""
        stack = self.stack
        numbers = [row[0] for row in stack.rows(
            "SELECT s.id FROM countersign.signature s JOIN countersign.petition p ON p.id = s.petition_id"
            " WHERE p.slug = %s ORDER BY s.id", self.slug)]  # fmt: skip
        assert len(numbers) == 5 and numbers[-1] > numbers[-2] + 1_000_000, numbers
        stored = stack.stored(self.slug)
        assert stack.sign(self.slug, email=self.confirmed).status == 202
        assert stack.stored(self.slug) == stored, "the index keys know who has signed"
        read = {row["email"] for row in stack.export(self.slug)}
        assert {self.confirmed, self.early, self.went, self.waits, fresh} == read


# ---- the ways ----


def test_D20_a_dump(stack):
    campaign = Campaign(stack)
    campaign.begin()
    folder = os.path.join(stack.run, "postgres", "dumps")  # a folder that is postgres'
    server = {"PGHOST": stack.sockets, "PGUSER": "postgres"}
    file = as_postgres(BACKUP / "dump", folder, **server).stdout.strip()
    shutil.move(file, stack.run)
    file = os.path.join(stack.run, os.path.basename(file))
    campaign.go_on()
    settings = ("SELECT array_agg(s::text ORDER BY 1) FROM (SELECT unnest(setconfig) FROM pg_db_role_setting r"
                " JOIN pg_database d ON d.oid = r.setdatabase WHERE d.datname = 'countersign') s")
    before = stack.value(settings)
    end_workers(stack)
    as_postgres("psql", "-d", "postgres", "-c", "ALTER DATABASE countersign RENAME TO countersign_before", **server)
    as_postgres("pg_restore", "--exit-on-error", "--create", "-d", "postgres", file, **server)
    stack.start()
    assert stack.value(settings) == before, "the roles have their time-outs"
    campaign.look()


def test_D20_a_dump_that_is_restored_in_place(stack):
    """Into the same database: nothing of the cluster has changed, but the tables are others."""
    campaign = Campaign(stack)
    campaign.begin()
    server = {"PGHOST": stack.sockets, "PGUSER": "postgres"}
    file = as_postgres(BACKUP / "dump", os.path.join(stack.run, "postgres", "dumps"), **server).stdout.strip()
    campaign.go_on()
    end_workers(stack)
    as_postgres("pg_restore", "--exit-on-error", "--clean", "-d", "countersign", file, **server)
    stack.start()
    campaign.look()


class Archive:
    """pgBackRest with deploy/backup's own files; only folders differ."""

    def __init__(self, stack):
        if not shutil.which("pgbackrest"):
            raise Skip("there is no pgbackrest; deploy/dev/deps backup installs it")
        self.stack = stack
        self.folder = pathlib.Path(stack.run, "archive")
        self.data = pathlib.Path(stack.run, "postgres")
        for folder in (self.folder, self.folder / "repo"):
            folder.mkdir()
            shutil.chown(folder, "postgres") if os.geteuid() == 0 else None
        self.config = self.folder / "pgbackrest.conf"
        text = (BACKUP / "pgbackrest.conf").read_text()
        text = text.replace("/var/lib/pgbackrest", str(self.folder / "repo")).replace("CIPHER_PASS", "a test's own")
        text = text.replace("/var/lib/postgresql/15/main", str(self.data))
        text = text.replace("[global]\n", f"[global]\nlock-path={self.folder}\nlog-path={self.folder}\nspool-path={self.folder}\n")
        self.config.write_text(text + f"pg1-socket-path={stack.sockets}\npg1-user=postgres\n")
        os.chmod(self.config, 0o644)

    def run(self, *words):
        return as_postgres("pgbackrest", f"--config={self.config}", f"--stanza={STANZA}", *words)

    def sql(self, statement):
        return as_postgres("psql", "-qAtX", "-d", "postgres", "-c", statement, PGHOST=self.stack.sockets, PGUSER="postgres").stdout.strip()

    def begin(self):
        text = (BACKUP / "postgresql.conf").read_text().replace("pgbackrest ", f"pgbackrest --config={self.config} ")
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as file:
            file.write(text)
        os.kill(self.stack.pid("postgres"), signal.SIGINT)  # what keeps it running starts it again
        wait_until(self.is_archiving, 60, "PostgreSQL archives")
        self.run("stanza-create")
        self.run("check")
        self.run("--type=full", "backup")

    def is_archiving(self):
        return self.is_there(self.stack.sockets)

    @staticmethod
    def is_there(sockets):
        """Answers, and archives."""
        done = as_postgres("psql", "-qAtX", "-d", "postgres", "-c", "SHOW archive_mode", check=False, PGHOST=sockets, PGUSER="postgres")
        return done.stdout.strip() == "on"

    def moment(self):
        """Now, and nothing that follows is of it."""
        now = self.sql("SELECT clock_timestamp()")
        time.sleep(0.01)
        return now

    def flush(self):
        """What a minute of waiting does: the log so far is in the archive."""
        segment = self.sql("SELECT pg_walfile_name(pg_switch_wal())")
        wait_until(lambda: self.sql("SELECT last_archived_wal FROM pg_stat_archiver") >= segment, 60, "it is archived")

    def restore(self, *words):
        """As the README says, with a server that answers nobody before it has come to the moment."""
        self.run("--delta", *words, "restore")

    def recover(self):
        bindir = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True).stdout.strip()
        control = [f"{bindir}/pg_ctl", "-D", self.data, "-w", "-t", "120", "-l", self.folder / "recovery.log"]
        options = f"-k {self.folder} -c unix_socket_directories={self.folder} -c hot_standby=off"
        done = as_postgres(*control, "-o", options, "start", check=False)
        assert done.returncode == 0, done.stdout + (self.folder / "recovery.log").read_text()[-2000:]
        # pg_ctl calls it started as soon as recovery has begun, since it would answer nobody for now.
        wait_until(lambda: self.is_there(self.folder), 120, "it has come to the moment")
        as_postgres(*control, "-m", "fast", "stop")


def test_D20_to_a_moment_by_pgbackrest(stack):
    archive = Archive(stack)
    archive.begin()
    campaign = Campaign(stack)
    campaign.begin()
    moment = archive.moment()
    campaign.go_on()
    stack.rows("DROP TABLE countersign.signature CASCADE")  # the mistake
    archive.flush()
    stack.database.close()
    stack.command("stop")
    kept = [path for path in (archive.folder / "repo").rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(kept) > 5 and all(path.read_bytes().startswith(b"Salted__") for path in kept), "the repository is encrypted"
    archive.restore("--type=time", f"--target={moment}", "--target-action=promote")
    archive.recover()
    stack.start()
    assert archive.sql("SELECT timeline_id FROM pg_control_checkpoint()") == "2"
    campaign.look()


def test_D20_the_newest_by_pgbackrest_after_the_disk_was_lost(stack):
    """The data folder is gone; all that was archived comes back, so nothing that was archived is lost or sent again."""
    archive = Archive(stack)
    archive.begin()
    campaign = Campaign(stack)
    campaign.begin()
    archive.flush()
    campaign.go_on()
    stack.database.close()
    stack.command("stop")
    for path in archive.data.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    archive.restore("--type=default")
    with open(archive.data / "postgresql.auto.conf", "a", encoding="utf-8") as file:
        file.write("countersign.restored = 'now'\n")
    archive.recover()
    stack.start()
    # PostgreSQL archives the rest when it ends in order, so here nobody is lost.
    assert stack.stored(campaign.slug) == 5
    assert stack.cli("audit").returncode == 0
    done = stack.cli("restored", "--sent", "-", "--json", input=campaign.log)
    told = json.loads(done.stdout)
    assert told["unknown"] == 0 and told["held"] >= 1, told
    assert stack.cli("restored", "--give-up").returncode == 0
    assert campaign.owed(campaign.slug) == 0


# ---- without keys ----


def test_what_is_lost_without_keys_is_said(stack):
    slug = stack.petition(confirmation="none")
    stack.signed(slug)
    missing = os.path.join(stack.run, "not-there")
    for name in ("INDEX_KEY_FILE", "MAILING_PUBLIC_KEY_FILE", "PUBLIC_KEYS_FILE"):
        environment = dict(os.environ, **{f"COUNTERSIGN_{name}": missing})
        done = subprocess.run([CLI, "--config", os.path.join(stack.run, "countersign.conf"), "doctor"], env=environment,
                              capture_output=True, text=True, timeout=60)
        wrong = [line for line in done.stdout.splitlines() if line.startswith("NO") and missing in line]
        assert done.returncode == 1 and wrong, f"{name}: {done.stdout}"
    mailer = Mailer(stack, 1, wait=False, MAILING_KEY_FILE=missing)
    assert mailer.process.wait(30) == 2 and mailer.logged("mailing_key_file"), "the mailer does not start, and says why"
    # With another organisation's key nothing is read, and each row says so; the count is what it was.
    done = stack.cli("keygen", "--out", os.path.join(stack.run, "other"))
    assert done.returncode == 0, done.stderr
    done = stack.cli("export", slug, "--key", os.path.join(stack.run, "other/organization.key"))
    assert done.returncode != 0 and "@example.org" not in done.stdout and done.stderr.strip(), done.stdout + done.stderr
    assert stack.cli("audit").returncode == 0
    stack.expect_count(slug, 1)
