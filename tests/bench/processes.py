"""CPU time of groups of processes, from /proc."""
import os

TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")


def _stat(pid):
    """Parent, user and system time in ticks; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[1]), int(fields[11]) + int(fields[12])


def family(roots):
    """The processes and all their descendants."""
    parents = {}
    for name in os.listdir("/proc"):
        stat = _stat(name) if name.isdigit() else None
        if stat:
            parents[int(name)] = stat[0]
    members = set(roots)
    while True:
        more = {pid for pid, parent in parents.items() if parent in members} - members
        if not more:
            return members
        members |= more


def cpu_us(roots):
    """What they have used so far, in microseconds."""
    stats = (_stat(pid) for pid in family(roots))
    return sum(stat[1] for stat in stats if stat) * TICK_US


def load():
    """How busy the machine is, by its own account."""
    with open("/proc/loadavg", encoding="ascii") as file:
        return float(file.read().split()[0])
