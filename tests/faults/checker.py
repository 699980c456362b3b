"""The checker: load whose every acknowledgement is remembered, and the proof at the end that

    no acknowledged signature is lost          each acknowledged address is in the export
    none is there twice                        no address is in it more than once
    tally = table = published = polled         `countersign audit` says equal, and so does a poll
    the last one of a burst is polled soon     within 3 s of its acknowledgement
"""
import collections
import json
import os
import signal
import subprocess
import time

import rig

POLLED_WITHIN_S = 3.0


class Load:
    """tests/faults/load.c at work."""

    def __init__(self, stack, petition, *options, prefix="p"):
        self.stack, self.petition, self.prefix = stack, petition, prefix
        stack.serial += 1
        self.acks_path = os.path.join(stack.run, f"acks.{stack.serial}")
        self.result = None
        command = [rig.LOAD, "-p", prefix, "-a", self.acks_path, *map(str, options), str(petition.port), petition.slug]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        stack.extra.append(self)

    def stop(self):
        """No new persons; whoever waits may still come back."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self, seconds=240):
        if self.result is None:
            out, _ = self.process.communicate(timeout=seconds)
            assert self.process.returncode == 0, self.process.returncode
            self.result = json.loads(out.decode().strip().splitlines()[-1])
        return self.result

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def acknowledged(self):
        with open(self.acks_path, encoding="ascii") as file:
            return {f"{self.prefix}-{line.strip()}@example.org" for line in file}


def longest_gap(result):
    """Seconds: the longest time in which nobody was acknowledged, to a tenth, within the load."""
    tenths = result["tenths"]
    last = max((i for i, n in enumerate(tenths) if n), default=0)
    longest = run = 0
    for n in tenths[: last + 1]:
        run = 0 if n else run + 1
        longest = max(longest, run)
    return longest / 10


def exported(stack, slug):
    key = os.path.join(stack.run, "keys/organization.key")
    out = stack.cli("export", slug, "--key", key, "--format", "jsonl", "--state", "all", timeout=120).stdout
    return collections.Counter(json.loads(line)["email"] for line in out.splitlines())


def polled_in(petition, number, since, patience=10.0):
    """Seconds from `since` (monotonic) until a poll says the number."""
    seen = None

    def says():
        nonlocal seen
        answer = petition.count()
        seen = (answer.status, answer.body[:200])
        return answer.status == 200 and answer.json()["count"] == number
    try:
        rig.wait_until(says, patience, f"the poll says {number}")
    except AssertionError as error:
        raise AssertionError(f"{error}: {seen}") from None
    return time.monotonic() - since


def slugs_of(petition, count):
    return [f"{petition.slug}-{i}" for i in range(count)] or [petition.slug]


def check(stack, petition, *loads, count=0, polled_within=POLLED_WITHIN_S, others=0):
    """`others`: signatures that no load made. Returns what was measured."""
    results = [load.stop() for load in loads]
    last = max(result["last_ack"] for result in results)
    for result in results:
        assert result["waiting"] == 0, f"somebody was never acknowledged: {summary(result)}"
        assert not result["problem"], result["problem"]
    slugs = slugs_of(petition, count)
    polled_s = 0
    if count == 0:
        number = int(stack.psql("SELECT count(*) FROM countersign.signature s JOIN countersign.petition p "
                                f"ON p.id = s.petition_id WHERE p.slug = '{petition.slug}' AND s.state = 1"))
        polled_s = polled_in(petition, number, last)
        assert polled_s <= polled_within, f"the last signature was polled after {polled_s:.2f} s"
    there = collections.Counter()
    for slug in slugs:
        there.update(exported(stack, slug))
    acknowledged = set().union(*(load.acknowledged() for load in loads))
    lost = [email for email in acknowledged if there[email] == 0]
    twice = [email for email, times in there.items() if times > 1]
    assert not lost, f"{len(lost)} acknowledged signatures are lost, {lost[:3]}"
    assert not twice, f"{len(twice)} are there twice, {twice[:3]}"
    stack.cli("audit", *(slugs if count == 0 else []))  # without a word: all
    total = sum(there.values()) - others
    # Somebody whose connection broke may be stored and never acknowledged, but then it came back.
    assert total == len(acknowledged), (total, len(acknowledged))
    return {"acknowledged": len(acknowledged), "polled_s": round(polled_s, 2), "gap_s": max(map(longest_gap, results))}


def summary(result):
    return {key: value for key, value in result.items() if key != "tenths"}
