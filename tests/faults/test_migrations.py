"""Each migration on tables with rows in them, while they are read and written: which locks it holds, and how long whoever comes waits. The
programs are not asked, since each schema has its own; they are in test_rolling.py."""
import glob
import os
import sys
import threading
import time
import uuid

import psycopg2
import rig

sys.path.insert(0, os.path.join(rig.TOP, "tests/bench"))
import fill  # noqa: E402

ROWS = 100_000
FIRST = 5  # from this migration on there are tables to sign into
# Signing from a page asks none of these; a column more, or an index of no rows, is a matter of a moment, and lock_timeout bounds the
# waiting for it.
MAY_HOLD = {"petition_text AccessExclusiveLock", "mailing AccessExclusiveLock", "mailing_queue AccessExclusiveLock", "mailing_queue ShareLock"}
BEFORE_S = 0.3
# Readers and writers of rows wait for these.
STRONG = "('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')"
HELD = ("SELECT c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE l.pid = pg_backend_pid() AND n.nspname = 'countersign' AND c.relkind = 'r' AND l.mode IN {STRONG} AND c.oid = ANY (%s)")
TABLES = "SELECT oid, relname FROM pg_class WHERE relnamespace = 'countersign'::regnamespace AND relkind = 'r'"
WRITE = ("INSERT INTO countersign.signature (epoch, signed_at, changed_at, petition_id, text_version, index_key, state, email_hash, request_id,"
         " sealed) VALUES (1, now(), now(), 1, 1, 1, 0, decode(md5(%s), 'hex'), decode(md5(%s), 'hex'), 'x')")
CHANGE = ("UPDATE countersign.letter SET sent_at = now() WHERE token_bucket = (%s / 1000) %% 65536 AND token_hash = sha256(int8send(%s))")
ROUNDS = {"writer": lambda tables, n: (WRITE, (str(uuid.uuid4()),) * 2), "changer": lambda tables, n: (CHANGE, (n % ROWS + 1,) * 2),
          # The lock that a writer takes, and a reader's, of each table by turns.
          "all writers": lambda tables, n: (f"DELETE FROM countersign.{tables[n % len(tables)]} WHERE false", ()),
          "all readers": lambda tables, n: (f"SELECT FROM countersign.{tables[n % len(tables)]} LIMIT 1", ())}  # fmt: skip


class Busy(threading.Thread):
    """Does one kind of thing again and again; (when it ended, how long it took) of each in `took`."""

    def __init__(self, connect, kind):
        super().__init__()
        self.connection, self.kind, self.took, self.error, self.over = connect(), kind, [], None, threading.Event()
        self.start()

    def run(self):
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(TABLES)
                tables, number = sorted(name for _, name in cursor), 0
                while not self.over.is_set():
                    started = time.monotonic()
                    cursor.execute(*ROUNDS[self.kind](tables, number))
                    self.took.append((time.monotonic(), time.monotonic() - started))
                    number += 1
        except psycopg2.Error as error:
            self.error = error


def apply(connection, path):
    """In one transaction, as `countersign migrate` has it; what it holds of the tables that were there, and when it began and ended."""
    with open(path, encoding="utf-8") as file, connection.cursor() as cursor:
        cursor.execute(TABLES) if os.path.basename(path)[:4] != "0001" else None
        there = [oid for oid, _ in cursor] if cursor.description else []
        began = time.monotonic()
        cursor.execute(file.read())
        cursor.execute(HELD, (there,))
        held = {f"{table} {mode}" for table, mode in cursor}
        connection.commit()
    return held, began, time.monotonic()


def under_load(connect, connection, path):
    """(locks, seconds, milliseconds that 99 of 100 and the slowest waited while it ran)"""
    busy = [Busy(connect, kind) for kind in ROUNDS]
    try:
        time.sleep(BEFORE_S)
        held, began, ended = apply(connection, path)
        time.sleep(0.1)
    finally:
        for one in busy:
            one.over.set()
        for one in busy:
            one.join()
            one.connection.close()
    assert not any(one.error for one in busy), f"{path}: {[one.error for one in busy]}"
    waited = sorted(took for one in busy for end, took in one.took if end >= began and end - took <= ended)
    assert waited, path
    return held, ended - began, waited[int(len(waited) * 0.99)] * 1000, waited[-1] * 1000


def put_rows(cursor):
    cursor.execute("INSERT INTO countersign.epoch (id, purpose) VALUES (1, 'signer')")
    for statement in (fill.SIGNATURES, fill.LETTERS):
        cursor.execute(statement.format(petition=1, first=1, last=ROWS, sealed=329))


def test_O13_no_migration_stops_who_signs(stack):
    stack.psql("CREATE DATABASE migrated OWNER countersign_owner", database="postgres")

    def connect(user="postgres"):
        made = psycopg2.connect(host=stack.sockets, user=user, dbname="migrated")
        made.autocommit = user == "postgres"
        return made

    owner, slowest, told = connect("countersign_owner"), 0, []
    try:
        for path in sorted(glob.glob(os.path.join(rig.TOP, "sql/migrations/*.sql"))):
            number = int(os.path.basename(path)[:4])
            if number < FIRST:
                held, *_ = apply(owner, path)
                continue
            if number == FIRST:
                with connect() as everything, everything.cursor() as cursor:
                    put_rows(cursor)
            held, took_s, p99_ms, worst_ms = under_load(connect, owner, path)
            # The number is looked at, not held to: whoever waits for a lock of these is stopped for as long as the migration lasts.
            assert held <= MAY_HOLD, f"{os.path.basename(path)} holds {sorted(held - MAY_HOLD)}"
            told.append(f"{number:04} {took_s * 1000:.0f} ms: p99 {p99_ms:.1f}, worst {worst_ms:.1f}")
            slowest = max(slowest, worst_ms)
    finally:
        owner.close()
        stack.psql("DROP DATABASE migrated WITH (FORCE)", database="postgres")
    print("\n".join(told), flush=True)
    return {"migrations": len(told), "rows": ROWS, "worst_ms": round(slowest, 1)}
