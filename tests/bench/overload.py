"""Three times as many signers as can be served: what is acknowledged, and how soon the rest is told.

The load generator and the servers share the cores: the surplus of a whole machine takes the very
cores that would serve. So what bounds the capacity here is waiting, as with a distant standby: each
commit takes 10 ms more, and a batch holds eight. The surplus has to be turned away all the same."""
import json
import os
import subprocess

from stack import TOP

SOURCES = TOP / "tests/faults"
LOAD = TOP / "build/bench/load"
SLUG = "surplus"
TIMES = 3


def _build():
    """The generator of the tests of faults holds a rate; wrk cannot."""
    sources = sorted(SOURCES.glob("load*.c"))
    subprocess.run([os.environ.get("CC", "cc"), "-std=c17", "-D_GNU_SOURCE", "-O2", "-o", LOAD,
                    *sources], check=True)


def _run(port, prefix, seconds, *options):
    done = subprocess.run([LOAD, "-1", "-t", str(round(seconds)), "-p", prefix,
                           *(str(option) for option in options), str(port), SLUG],
                          stdout=subprocess.PIPE, text=True, check=True)
    result = json.loads(done.stdout.splitlines()[-1])
    result["rate"] = result["acked"] / max(result["seconds"], 0.001)
    return result


def measure(stack, given):
    _build()
    stack.petition(SLUG, "email")
    for setting in ("commit_delay = 10000", "commit_siblings = 0"):
        stack.sql(f"ALTER ROLE countersign_worker SET {setting}")
    workers = [stack.worker(number, batch_limit=8, queue_limit=256) for number in (5, 6)]
    port = given.port + 6
    stack.nginx("overload", port, [path for _, path in workers])
    alone = _run(port, "alone", given.overload / 2, "-c", 128)
    offered = TIMES * alone["rate"]
    over = _run(port, "over", given.overload, "-c", 2048, "-r", round(offered))
    acknowledged = {"p50_ms": over["p50_ms"], "p99_ms": over["p99_ms"]}
    return {
        "capacity": round(alone["rate"]),
        "offered": round(sum(over["status"].values()) / max(over["seconds"], 0.001)),
        "acknowledged": round(over["rate"]),
        "ratio": round(over["rate"] / max(alone["rate"], 1), 2),
        "shed": round(over["shed"] / max(over["seconds"], 0.001)),
        "shed_p50_ms": over["shed_p50_ms"], "shed_p99_ms": over["shed_p99_ms"],
        "acknowledged_ms": acknowledged, "status": over["status"],
        "errors": over["errors"] + over["refused"] + over["silent"],
    }
