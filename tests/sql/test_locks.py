"""What each migration holds at its end, so what signers would wait for: no lock that stops them on a table that was there before,
and no table written anew. Applies all of them, one by one, to a database of its own; prints TAP."""
import glob
import os

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))
MIGRATIONS = sorted(glob.glob(os.path.join(HERE, "../../sql/migrations/*.sql")))
# Those who sign, confirm or send take ROW EXCLUSIVE, and would wait for these. ACCESS EXCLUSIVE is what every ALTER TABLE takes, for the
# moment that a line of the catalog needs; what makes it long is writing or reading the table, and the lint `migrations` knows that list.
HELD = """
SELECT c.relname || ' ' || l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
WHERE l.pid = pg_backend_pid() AND c.oid = ANY (%s)
  AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock') ORDER BY 1"""
TABLES = """
SELECT c.oid::bigint, c.relname, pg_relation_filenode(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'countersign' AND c.relkind IN ('r', 'i')"""
# Signers never write this one, and mailers wait for an index of what a list still waits for: a second for a million.
MAY = {"0034_mailing_domains.sql": ["holds mailing_queue ShareLock"]}
# Somebody has signed before the migrations that come after the table's own: a table without a row may be written anew.
SIGNED = """
INSERT INTO countersign.signature (epoch, signed_at, changed_at, petition_id, text_version, index_key, state, email_hash, request_id, sealed)
VALUES (0, now(), now(), 1, 1, 1, 0, decode(repeat('00', 16), 'hex'), '', '')"""


def look(cursor, path, before):
    """What is wrong with this one."""
    cursor.execute(HELD, ([oid for oid, _, _ in before],))
    wrong = [f"holds {row[0]}" for row in cursor.fetchall()]
    cursor.execute(TABLES)
    now = {oid: node for oid, _, node in cursor.fetchall()}
    wrong = [one for one in wrong if one not in MAY.get(os.path.basename(path), [])]
    return wrong + [f"writes {name} anew" for oid, name, node in before if oid in now and now[oid] != node]


def apply(connection, path):
    number, _, name = os.path.basename(path)[:-4].partition("_")
    with connection.cursor() as cursor, open(path, encoding="utf-8") as file:
        cursor.execute(TABLES)
        before = cursor.fetchall()
        cursor.execute(file.read())
        wrong = look(cursor, path, before)
        if name == "signatures":
            cursor.execute(SIGNED)
        cursor.execute("INSERT INTO countersign.schema_version (version, name, works_from) VALUES (%s, %s, %s)", (number, name, number))
    connection.commit()
    return wrong


def planted(connection, statement):
    """Whether this test sees what it is there for."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        before = cursor.fetchall()
        cursor.execute(statement)
        wrong = look(cursor, "", before)
    connection.rollback()
    return wrong


def main():
    with psycopg2.connect("dbname=postgres user=postgres") as admin:
        admin.autocommit = True
    admin.autocommit = True
    admin.cursor().execute("CREATE DATABASE locks OWNER countersign_owner")
    connection = psycopg2.connect("dbname=locks user=countersign_owner")
    results = [(os.path.basename(path), apply(connection, path)) for path in MIGRATIONS]
    for statement in ("CREATE INDEX ON countersign.signature (country)", "ALTER TABLE countersign.letter ALTER COLUMN epoch TYPE numeric",
                      "ALTER TABLE countersign.tally ADD COLUMN x float DEFAULT random()", "LOCK TABLE countersign.signature IN EXCLUSIVE MODE"):
        results.append((f"sees {statement}", [] if planted(connection, statement) else ["not seen"]))
    harmless = "ALTER TABLE countersign.letter ADD COLUMN x integer NOT NULL DEFAULT 3"
    results.append((f"lets {harmless} pass", planted(connection, harmless)))
    connection.close()
    admin.cursor().execute("DROP DATABASE locks")
    for number, (name, wrong) in enumerate(results, 1):
        print(f"{'not ' if wrong else ''}ok {number} - {name}{': ' + ', '.join(wrong) if wrong else ''}")
    print(f"1..{len(results)}")


main()
