"""Tests of sql/lua against a real Redis on the unix socket REDIS_SOCKET; prints TAP."""
import os
import socket
import struct
import sys
import time
from concurrent.futures import ThreadPoolExecutor

LUA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "sql", "lua")


class Redis:
    """As much of the protocol as the tests need."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(os.environ["REDIS_SOCKET"])
        self.file = self.socket.makefile("rb")

    def __call__(self, *words):
        words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        self.socket.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        return self.reply()

    def reply(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RuntimeError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self.reply() for _ in range(int(rest))]
        return rest


redis = Redis()
scripts = {}
for name in ("limits", "publish"):
    with open(os.path.join(LUA, name + ".lua"), "rb") as source:
        scripts[name] = redis("SCRIPT", "LOAD", source.read()).decode()

cases = failures = 0


def check(good, what):
    global cases, failures
    cases += 1
    failures += not good
    print(f"{'ok' if good else 'not ok'} {cases} - {what}", flush=True)


def wait_until(true, what):
    end = time.monotonic() + 20
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    check(true(), what)


def equal(have, want, what):
    check(have == want, what)
    if have != want:
        print(f"# have {have!r}\n# want {want!r}")


def limits(policies, requests, connection=redis):
    """requests: a list of [(key, policy from 1), …]; gives [(wait in ms, policy), …]."""
    keys = {}
    for request in requests:
        for key, policy in request:
            keys.setdefault(key, (len(keys) + 1, policy))
    words = " ".join(f"{interval} {burst}" for interval, burst in policies)
    kinds = bytes(policy for _, policy in keys.values())
    packed = b"".join(bytes([len(r)]) + b"".join(struct.pack(">H", keys[k][0]) for k, _ in r) for r in requests)
    flat = connection("EVALSHA", scripts["limits"], len(keys), *keys, words, kinds, packed)
    return list(zip(flat[::2], flat[1::2]))


def pass_time(key, ms):
    """What a key holds is the time from which it is free again: moved back, time has passed, however slow the machine."""
    redis("SET", key, int(redis("GET", key)) - ms * 1000, "KEEPTTL")


def passed(answer):
    return sum(wait == 0 for wait, _ in answer)


def publish(generation, version, count, read_at=1000, as_of="2026-01-01T00:00:00Z", ttl=60000, state="open", goal="-"):
    return redis("EVALSHA", scripts["publish"], 1, "cs:count:{p}", generation, version, count, as_of, read_at, ttl,
                 state, goal)


def stored():
    value = redis("GET", "cs:count:{p}")
    return value and tuple(int(x) for x in value.split()[:4])


def test_limits():
    hour = [(3_600_000_000, 10)]  # ten at once, one more an hour: time does not matter in a test
    redis("FLUSHALL")
    answer = limits(hour, [[("a", 1)]] * 13)
    equal([w == 0 for w, _ in answer], [True] * 10 + [False] * 3, "I7 exactly N of N + k in one batch pass")
    check(all(3_599_000 < w <= 3_600_000 and p == 1 for w, p in answer[10:]), "I7 T9 the wait is until one is free, never 0")
    equal(passed(limits(hour, [[("a", 1)]])), 0, "I7 N + 1 in a batch of its own does not")
    equal(passed(limits(hour, [[("b", 1)]])), 1, "another caller does")
    ttl = redis("PTTL", "a")
    check(35_990_000 < ttl <= 36_000_001, "R7 a key ends when it says nothing any more")
    equal(limits(hour, []), [], "an empty batch is no error")
    equal(limits(hour, [[], []]), [(0, 0), (0, 0)], "a request without a key passes")

    redis("FLUSHALL")
    with ThreadPoolExecutor(8) as pool:
        counts = pool.map(lambda _: sum(passed(limits(hour, [[("c", 1)]] * 3, c)) for c in [Redis()] for _ in range(4)), range(8))
        equal(sum(counts), 10, "I7 exactly N of many in parallel, from eight connections")

    redis("FLUSHALL")
    pair = [(3_600_000_000, 2)]
    equal(passed(limits(pair, [[("d", 1)]] * 3)), 2, "burst of two")
    wait = limits(pair, [[("d", 1)]])[0][0]
    check(3_599_000 < wait <= 3_600_000, "the third waits for one interval at most")
    pass_time("d", wait)
    equal(passed(limits(pair, [[("d", 1)]] * 2)), 1, "after the wait exactly one passes")
    pass_time("d", 2 * 3_600_000)
    equal(passed(limits(pair, [[("d", 1)]] * 3)), 2, "two intervals later the burst is whole again")
    pass_time("d", 9 * 3_600_000)
    equal(passed(limits(pair, [[("d", 1)]] * 3)), 2, "and never more than whole")
    quick = [(50_000, 2)]
    equal(passed(limits(quick, [[("q", 1)]])), 1, "a key of a short interval")
    check(redis("PTTL", "q") <= 51, "R7 lives for no longer than that")
    wait_until(lambda: redis("EXISTS", "q") == 0, "R7 and ends by itself")

    redis("FLUSHALL")
    two = [(3_600_000_000, 2), (7_200_000_000, 3)]
    answer = limits(two, [[("h1", 1), ("net", 2)], [("h1", 1), ("net", 2)], [("h1", 1), ("net", 2)], [("h2", 1), ("net", 2)],
                          [("h2", 1), ("net", 2)]])
    equal([w == 0 for w, _ in answer], [True, True, False, True, False], "I4 every key must allow it")
    equal([p for _, p in answer], [0, 0, 1, 0, 2], "and the answer names who refused")
    equal(passed(limits(two, [[("h2", 1)], [("h2", 1)]])), 1, "I6 what is refused charges none of its keys")
    answer = limits(two, [[("h1", 1), ("net", 2)]])
    check(answer[0][1] == 2 and answer[0][0] > 7_190_000, "of two refusals the longer wait is told")

    redis("FLUSHALL")
    now = int(redis("TIME")[0]) * 1_000_000
    redis("SET", "e", now + 10 ** 13)
    wait, _ = limits(hour, [[("e", 1)]])[0]
    check(0 < wait <= 3_600_000, "R14 a clock that jumped back locks nobody out: one interval at most")
    equal(passed(limits(quick, [[("f", 1)]])), 1, "R14 a fresh key beside it")
    redis("SET", "g", now - 10 ** 13)
    equal(passed(limits(hour, [[("g", 1)]] * 11)), 10, "R14 a clock that jumped ahead gives no more than the burst")

    redis("FLUSHALL")
    redis("RPUSH", "w", "x")
    redis("SET", "v", "no number")
    redis("SET", "u", "nan")
    equal(passed(limits(hour, [[("w", 1), ("v", 1), ("u", 1)]] * 11)), 10, "R13 keys of a wrong type or with nonsense count as new")
    equal(redis("TYPE", "w"), b"string", "R13 and are put right")
    check(redis("PTTL", "w") > 0 and redis("PTTL", "v") > 0 and redis("PTTL", "u") > 0, "R7 with a time to live")

    redis("FLUSHALL")
    many = [[(f"caller{i}", 1), (f"net{i // 2}", 1), ("petition", 2)] for i in range(1024)]
    equal(passed(limits([(1000000, 5), (1000, 700)], many)), 700, "a batch of 1024 with 1537 keys")
    equal(redis("DBSIZE"), 700 + 350 + 1, "writes only what it charged")

    redis("FLUSHALL")
    odd = [(514285714, 7)]
    equal(passed(limits(odd, [[("o", 1)]] * 9)), 7, "an interval that is not round")
    equal(redis("GET", "o").isdigit(), True, "is kept as a whole number of microseconds")


def test_publish():
    redis("FLUSHALL")
    equal((publish(5, 10, 100), stored()), (1, (5, 10, 100, 1000)), "R2 the first is stored")
    check(0 < redis("PTTL", "cs:count:{p}") <= 60000, "R7 with its time to live")
    equal((publish(5, 11, 101), stored()), (1, (5, 11, 101, 1000)), "a newer version replaces it")
    equal((publish(5, 10, 100), stored()), (0, (5, 11, 101, 1000)), "R16 an older one is refused")
    equal((publish(5, 11, 101, 2000), stored()), (1, (5, 11, 101, 2000)), "the same again is fresh again")
    equal((publish(5, 11, 101, 1500), stored()), (1, (5, 11, 101, 2000)), "R16 but never less fresh")
    redis("PEXPIRE", "cs:count:{p}", 1000)
    publish(5, 9, 99)
    check(redis("PTTL", "cs:count:{p}") <= 1000, "what is refused prolongs nothing")
    publish(5, 11, 101, 2000)
    check(redis("PTTL", "cs:count:{p}") > 1000, "the same again does")
    equal((publish(6, 1, 50), stored()), (1, (6, 1, 50, 1000)), "D20 a greater generation with a smaller count is believed")
    equal((publish(5, 99, 999), stored()), (0, (6, 1, 50, 1000)), "D8 the old generation is not, whatever its version")
    equal((publish(5, 99, 999, 11000), stored()), (0, (6, 1, 50, 1000)), "a moment later neither")
    equal((publish(5, 99, 99, 11001), stored()), (1, (5, 99, 99, 11001)), "what PostgreSQL does not know 10 s later was made up")
    soon = int(time.time() * 1000)
    publish(6, 1, 50, soon + 3500000)
    equal((publish(5, 99, 99, soon), stored()[1]), (0, 1), "clocks may differ")
    for version in (99, 100):
        publish(5, version, 50, soon + 3700000)
        equal((publish(5, 99, 99, soon), stored()), (1, (5, 99, 99, soon)), "but by no hour")
    big = 2 ** 53
    redis("FLUSHALL")
    equal((publish(big - 1, big - 1, big), stored()), (1, (big - 1, big - 1, big, 1000)), "T6 2^53 is stored exactly")
    equal((publish(big - 1, big - 2, 1), stored()[1]), (0, big - 1), "T6 and compared exactly")
    equal((publish(big - 1, big, 2), stored()[1]), (1, big), "T6 one more is newer")
    redis("FLUSHALL")
    redis("RPUSH", "cs:count:{p}", "x")
    equal((publish(1, 1, 1), stored()), (2, (1, 1, 1, 1000)), "R13 a key of a wrong type is replaced")
    redis("SET", "cs:count:{p}", "9 9 nonsense")
    equal((publish(1, 1, 1), stored()), (2, (1, 1, 1, 1000)), "R13 so is nonsense")
    publish(1, 2, 3, 4000, "2026-11-24T04:21:00.123Z", state="closed", goal=15000)
    equal(redis("GET", "cs:count:{p}"), b"1 2 3 4000 2026-11-24T04:21:00.123Z closed 15000", "the value is one line of words")


def cost():
    redis("FLUSHALL")
    batch = [[(f"a{i}", 1), (f"b{i}", 2), (f"c{i // 4}", 3), ("p", 4)] for i in range(64)]
    redis("CONFIG", "RESETSTAT")
    for _ in range(200):
        limits([(3600000, 250), (900000, 1000), (225000, 4000), (1, 1000000)], batch)
    stat = dict(x.split("=") for x in redis("INFO", "commandstats").decode().split("cmdstat_evalsha:")[1].split()[0].split(","))
    print(f"# limits: {float(stat['usec_per_call']) / 64:.2f} us a request with four keys, in batches of 64")


test_limits()
test_publish()
cost()
print(f"1..{cases}")
sys.exit(failures != 0)
