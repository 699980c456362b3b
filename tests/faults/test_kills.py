"""kill -9 of everything at random moments under load, and the checker at the end."""
import os
import random
import signal
import time

import checker
import rig

KILLS = int(os.environ.get("FAULTS_KILLS", "52"))
# What is killed, and how often beside the others.
VICTIMS = {"worker": 4, "postgres": 2, "backend": 2, "redis": 2, "nginx": 2, "nginx worker": 1}


def victims(kills, random_):
    """Each at least once, then by weight."""
    bag = [name for name, weight in VICTIMS.items() for _ in range(weight)]
    out = list(VICTIMS)
    while len(out) < kills:
        out.append(random_.choice(bag))
    random_.shuffle(out)
    return out[:kills]


def kill_service(stack, name, recovery):
    before = stack.kill(name)
    recovery.setdefault(name.split(".")[0], []).append(stack.back(name, before))


def kill_child(stack, name, words, random_):
    """A process of the service that is not its first one, which knows of it when this returns."""
    pids = []
    for pid in rig.children(stack.pid(name)):
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            line = file.read().replace(b"\0", b" ").decode(errors="replace")
        if any(word in line for word in words):
            pids.append(pid)
    if pids:
        pid = random_.choice(pids)
        os.kill(pid, signal.SIGKILL)
        rig.wait_until(lambda: not os.path.exists(f"/proc/{pid}"), 10, "it is gone")


def kill_one(stack, victim, random_, recovery):
    if victim == "worker":
        kill_service(stack, f"countersignd.{random_.choice((1, 2))}", recovery)
    elif victim == "backend":
        kill_child(stack, "postgres", ("countersign_worker", "walwriter", "checkpointer"), random_)
    elif victim == "nginx worker":
        kill_child(stack, "nginx", ("nginx",), random_)
    else:
        kill_service(stack, victim, recovery)


def kill_many(stack, kills, seed, pause):
    """Returns what was measured. Everything under load, of people who come back when they are turned away."""
    random_ = random.Random(seed)
    petition = stack.petition("kills")
    loads = [checker.Load(stack, petition, "-c", 24, "-r", 120, "-x", 5, prefix="k"),
             checker.Load(stack, petition, "-c", 8, "-r", 40, "-k", prefix="f")]
    recovery = {}
    for victim in victims(kills, random_):
        time.sleep(random_.uniform(*pause))
        try:
            kill_one(stack, victim, random_, recovery)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it is being started this moment
    ready_s = stack.all_up(20)
    told = checker.check(stack, petition, *loads)
    told["kills"] = kills
    told["back_s"] = {name: round(max(times), 2) for name, times in recovery.items()}
    told["ready_s"] = round(ready_s, 2)
    told["answers"] = {status: sum(load.result["status"].get(status, 0) for load in loads)
                       for status in sorted({s for load in loads for s in load.result["status"]})}
    told["broken"] = sum(load.result[name] for load in loads for name in ("errors", "stale", "refused", "silent"))
    return told


def test_P1_a_killed_worker_costs_no_caller_an_error(stack):
    petition = stack.petition("killed-worker")
    load = checker.Load(stack, petition, "-c", 32, "-r", 400)
    back = []
    for turn in range(6):
        time.sleep(0.4)
        name = f"countersignd.{turn % 2 + 1}"
        back.append(stack.back(name, stack.kill(name)))
        rig.wait_until(lambda n=turn % 2 + 1: stack.operators("/readyz", n).status == 200, 10, f"{name} is ready")
    time.sleep(0.3)
    told = checker.check(stack, petition, load)
    result = load.result
    assert set(result["status"]) == {"202"}, checker.summary(result)
    assert not any(result[name] for name in ("errors", "stale", "refused", "silent")), checker.summary(result)
    told["back_s"] = round(max(back), 2)
    return told


def test_P1_P2_D4_R2_kills_at_random_moments(stack):
    seed = int(os.environ.get("FAULTS_SEED", str(random.randrange(1 << 30))))
    print(f"   seed {seed} (FAULTS_SEED={seed} repeats the order)", flush=True)
    return kill_many(stack, KILLS, seed, (0.2, 1.2))
