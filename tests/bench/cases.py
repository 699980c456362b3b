"""What is measured: each case is a server, a path, a wrk script, and whose CPU counts."""
import dataclasses
import json
import pathlib
import statistics
import subprocess

import processes

HERE = pathlib.Path(__file__).resolve().parent
GET, SIGN, CLICK = "plain.lua", "people.lua", "clicks.lua"


@dataclasses.dataclass
class Case:
    name: str
    title: str
    port: int
    path: str
    script: str
    groups: dict  # name: function that returns the pids of the roots
    warm_s: float = 1.0
    stack: object = None
    arguments: list = dataclasses.field(default_factory=list)  # for the script, behind the tag
    rounds: list = dataclasses.field(default_factory=list)

    def measure(self, tag, seconds, connections):
        """One round; what it was is kept and returned."""
        if self.warm_s:
            self.ready(tag[0] + "w", self.warm_s)
            self._load(tag[0] + "w", self.warm_s, connections)
        self.ready(tag, seconds)
        before = self._cpu()
        result = self._load(tag, seconds, connections)
        after = self._cpu()
        answered = max(result["requests"], 1)
        result["cpu_us"] = {name: (after[name] - before[name]) / answered for name in before}
        result["rate"] = result["requests"] * 1e6 / max(result["us"], 1)
        result["good"] = (result["requests"] - result["status"]) * 1e6 / max(result["us"], 1)
        result["machine_load"] = processes.load()
        self.rounds.append(result)
        return result

    def ready(self, tag, seconds):
        """What has to be there for a load of so long; not measured."""

    def settle(self, seconds, connections):
        """Load that is not measured."""
        self._load("zz", seconds, connections)

    def offer(self, tag, seconds, connections):
        """A round whose CPU is not counted, and which is not kept."""
        self.ready(tag, seconds)
        return self._load(tag, seconds, connections)

    def _cpu(self):
        return {name: processes.cpu_us(roots()) for name, roots in self.groups.items()}

    def _load(self, tag, seconds, connections):
        return wrk(f"http://127.0.0.1:{self.port}{self.path}", self.script, [tag, *self.arguments], seconds,
                   connections)

    def median(self, value):
        """The median over the rounds of what `value` takes from one."""
        return statistics.median(value(result) for result in self.rounds)

    def summary(self):
        groups = {name: round(self.median(lambda r, n=name: r["cpu_us"][n]), 1)
                  for name in self.groups}
        return {
            "title": self.title,
            "requests_per_s": round(self.median(lambda r: r["good"])),
            "p50_ms": round(self.median(lambda r: r["p50"]) / 1000, 2),
            "p99_ms": round(self.median(lambda r: r["p99"]) / 1000, 2),
            "cpu_us": groups,
            "cpu_us_sum": round(self.median(lambda r: sum(r["cpu_us"].values())), 1),
            "refused": sum(r["status"] for r in self.rounds),
            "broken": sum(r["broken"] for r in self.rounds),
            "rounds": self.rounds,
        }


def wrk(url, script, arguments, seconds, connections):
    command = ["wrk", "-t", "2", "-c", str(connections), "-d", f"{max(1, round(seconds))}s", "--timeout", "10s",
               "-s", str(HERE / script), url, "--", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    for line in done.stdout.splitlines():
        if line.startswith("RESULT "):
            return json.loads(line[len("RESULT "):])
    raise SystemExit(f"bench: wrk told nothing: {done.stdout}")
