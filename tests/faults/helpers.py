"""What the tests of all groups use: workers behind proxies, sessions, configurations, what is in the tables."""
import json
import os
import subprocess
import tempfile
import threading
import time

import psycopg2

import checker
import proxy
import rig

ALL_GOOD = ("errors", "stale", "refused", "silent")


def database_through(stack, name):
    """A proxy before PostgreSQL, and the conninfo that leads through it."""
    folder = tempfile.mkdtemp(prefix="p.", dir=stack.run)
    os.chmod(folder, 0o755)
    between = proxy.Proxy(os.path.join(folder, ".s.PGSQL.5432"), os.path.join(stack.sockets, ".s.PGSQL.5432"))
    stack.extra.append(between)
    return between, f"host={folder} dbname=countersign user=countersign_worker"


def pair(stack, **settings):
    """Two workers of the test's own and an nginx before them."""
    workers = [rig.Worker(stack, f"own{n}", slot=5 + n, **settings) for n in (1, 2)]
    return workers, rig.Front(stack, workers)


def only_accepted(load):
    result = load.result
    assert set(result["status"]) == {"202"} and not any(result[name] for name in ALL_GOOD), checker.summary(result)


def letters(stack, slug):
    return int(stack.psql("SELECT count(*) FROM countersign.letter l JOIN countersign.petition p ON p.id = l.petition_id "
                          f"WHERE p.slug = '{slug}'"))


def rows(stack, slug):
    return int(stack.psql("SELECT count(*) FROM countersign.signature s JOIN countersign.petition p ON p.id = s.petition_id "
                          f"WHERE p.slug = '{slug}'"))


def in_background(what):
    box = {}

    def work():
        try:
            box["value"] = what()
        except Exception as error:  # the test looks at it
            box["error"] = error
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    box["thread"] = thread
    return box


class Session:
    """A session that stays open."""

    def __init__(self, stack, user="postgres", database="countersign", host=None):
        self.connection = psycopg2.connect(host=host or stack.sockets, dbname=database, user=user)
        self.connection.autocommit = True
        stack.extra.append(self)

    def execute(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def close(self):
        self.connection.close()


def config_with(stack, **changes):
    """A configuration file of one's own."""
    with open(stack.config, encoding="utf-8") as file:
        lines = [line for line in file.read().splitlines() if line.split(" = ")[0] not in changes]
    path = tempfile.mktemp(prefix="conf.", dir=stack.run)
    write_config(path, lines, changes)
    return path, lines


def write_config(path, lines, changes):
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines + [f"{name} = {value}" for name, value in changes.items() if value is not None]) + "\n")


def accepted_at_once(worker, slug, tag, address, most=12):
    """How many of so many from one address are accepted."""
    return sum(worker.sign(slug, f"{tag}{i}@example.org", address=address).status == 202 for i in range(most))


def is_unavailable(answer):
    assert answer.status == 503, answer
    assert int(answer.headers["Retry-After"]) >= 1, answer
    assert json.loads(answer.body)["code"] == "unavailable", answer


def preloaded(name):
    """The library of NAME.c."""
    library, source = os.path.join(rig.TOP, f"build/faults/{name}.so"), os.path.join(rig.HERE, f"{name}.c")
    if not os.path.exists(library) or os.path.getmtime(library) < os.path.getmtime(source):
        subprocess.run([os.environ.get("CC", "cc"), "-std=c17", "-D_GNU_SOURCE", "-O2", "-shared", "-fPIC", "-o", library, source], check=True)
    return library


def timed(what):
    started = time.monotonic()
    value = what()
    return value, time.monotonic() - started


def signs_again(worker, slug, seconds=10):
    """Until a signing is accepted; returns how long that took."""
    started = time.monotonic()
    rig.wait_until(lambda: worker.sign(slug, f"again{time.monotonic_ns()}@example.org").status == 202, seconds, "it signs again")
    return time.monotonic() - started


def published(redis, slug):
    """The number that Redis has, or None."""
    words = redis("get", f"cs:count:{{{slug}}}").split()
    return int(words[2]) if len(words) > 5 and words[0].isdigit() else None
