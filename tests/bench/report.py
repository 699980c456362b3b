"""What was measured, as a table, as ratios, and against what was promised."""
import datetime
import os
import platform
import statistics
import subprocess

# name, what, numerator, denominator, value, must, aim; "at most" where less is better
RATIOS = [
    ("signatures", "signatures ÷ empty stock responder", "sign_email", "empty_stock",
     "requests_per_s", 0.7, 1.1),
    ("cpu", "CPU of a signature ÷ of an empty stock response (at most)", "sign_email",
     "empty_stock", "cpu_us_sum", 1.6, 1.1),
    ("confirmations", "confirmations ÷ signatures", "confirm", "sign_email", "requests_per_s", 0.7, 0.9),
    ("batching", "signatures ÷ with one transaction each", "sign_email", "sign_single",
     "requests_per_s", 3.5, 6.0),
    ("polls", "polls ÷ nginx return 200", "poll", "return_200", "requests_per_s", 0.7, 0.9),
    ("filled", "signatures with the table filled ÷ empty", "sign_filled", "sign_email",
     "requests_per_s", 0.8, 0.95),
    ("own_accept", "empty on own accept ÷ empty stock", "empty_own", "empty_stock",
     "requests_per_s", 1.0, 1.3),
]
AT_MOST = {"cpu"}
# name, what, case, must, aim: on two cores that the mail server shares
RATES = [("letters", "letters a second of one mailer", "letters", 500, 2000)]


def _judge(value, must, aim, at_most):
    if at_most:
        value, must, aim = -value, -must, -aim
    return "aim reached" if value >= aim else "ok" if value >= must else "missed"


def _of_round(result, value):
    return sum(result["cpu_us"].values()) if value == "cpu_us_sum" else result["good"]


def _ratio(over, under, value):
    """The median of the rounds' ratios: what was measured in one round met the same machine."""
    return statistics.median(_of_round(a, value) / max(_of_round(b, value), 1e-9)
                             for a, b in zip(over, under))


def verdicts(result):
    cases, found = result["cases"], []
    for name, what, over, under, value, must, aim in RATIOS:
        if over in cases and under in cases:
            ratio = _ratio(cases[over]["rounds"], cases[under]["rounds"], value)
            found.append({"name": name, "what": what, "value": round(ratio, 2), "must": must,
                          "aim": aim, "verdict": _judge(ratio, must, aim, name in AT_MOST)})
    for name, what, case, must, aim in RATES:
        if case in cases:
            rate = cases[case]["requests_per_s"]
            found.append({"name": name, "what": what, "value": rate, "must": must, "aim": aim,
                          "verdict": _judge(rate, must, aim, False)})
    if "overload" in result:
        ratio = result["overload"]["ratio"]
        found.append({"name": "overload", "what": "acknowledged under overload ÷ at capacity that waiting bounds",
                      "value": round(ratio, 2), "must": 0.9, "aim": 1.0,
                      "verdict": _judge(ratio, 0.9, 1.0, False)})
    if "waiting" in result:
        found.append({"name": "waiting", "what": "pages of a letter with a million waiting ÷ with few (at most)",
                      "value": result["waiting"]["ratio"], "must": 2.0, "aim": 1.3,
                      "verdict": _judge(result["waiting"]["ratio"], 2.0, 1.3, True)})
        found.append({"name": "fair", "what": "petitions in the next claim, one with all, one with one letter",
                      "value": result["waiting"]["at_many"]["petitions"], "must": 2, "aim": 2,
                      "verdict": _judge(result["waiting"]["at_many"]["petitions"], 2, 2, False)})
    if "listing" in result:
        found += [{"name": "listing", "what": "signatures while a letter's audience is gathered ÷ alone", "value": result["listing"]["ratio"],
                   "must": 0.9, "aim": 0.95, "verdict": _judge(result["listing"]["ratio"], 0.9, 0.95, False)},
                  {"name": "queued", "what": "seconds until all of them are queued (at most)", "value": result["listing"]["queued_s"],
                   "must": 60, "aim": 60, "verdict": _judge(result["listing"]["queued_s"], 60, 60, True)}]
    for name, code in result.get("audits", {}).items():
        found.append({"name": f"audit_{name}", "what": f"count = table, {name} stack", "value": code,
                      "must": 0, "aim": 0, "verdict": "aim reached" if code == 0 else "missed"})
    return found


def machine(given):
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                  if line.startswith("model name")), platform.machine())
    postgres = subprocess.run(["pg_config", "--version"], stdout=subprocess.PIPE, text=True,
                              check=False).stdout.strip()
    return {
        "at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "cpu": model, "cores": os.cpu_count(), "kernel": platform.release(), "postgres": postgres,
        "connections": given.connections, "seconds": given.seconds, "rounds": given.rounds,
    }


def table(result):
    groups = ("nginx", "worker", "mailer", "postgres", "redis")
    head = (f"{'':28} {'/s':>8} {'p50 ms':>7} {'p99 ms':>7}  CPU µs: "
            + " ".join(f"{group:>8}" for group in groups) + f" {'sum':>8}")
    lines = [head]
    for case in result["cases"].values():
        cpu = " ".join(f"{case['cpu_us'][group]:8.1f}" if group in case["cpu_us"] else " " * 8
                       for group in groups)
        times = f"{case['p50_ms']:7.2f} {case['p99_ms']:7.2f}" if case["p99_ms"] else " " * 15
        lines.append(f"{case['title']:28} {case['requests_per_s']:8d} {times}          {cpu} "
                     f"{case['cpu_us_sum']:8.1f}")
        if case["refused"] or case["broken"]:
            lines.append(f"{'':28} refused {case['refused']}, broken {case['broken']}")
    if result.get("crowds"):
        lines += ["", *(crowd_line(one) for one in result["crowds"])]
    if "overload" in result:
        lines += ["", overload_line(result["overload"])]
    if "waiting" in result:
        lines += ["", waiting_line(result["waiting"])]
    if "listing" in result:
        lines += ["", listing_line(result["listing"])]
    lines.append("")
    for verdict in result["verdicts"]:
        lines.append(f"{verdict['what']:60} {verdict['value']:6}  must {verdict['must']}, "
                     f"aim {verdict['aim']}: {verdict['verdict']}")
    about = result["machine"]
    lines.append(f"\n{about['cpu']}, {about['cores']} cores shared with the load generator, "
                 f"{about['postgres']}; {about['rounds']} rounds of {about['seconds']:g} s, "
                 f"{about['connections']} connections")
    return "\n".join(lines)


def crowd_line(crowd):
    return (f"{crowd['callers']:5d} callers at once: {crowd['signatures']}/s signatures, {crowd['stock']}/s of the empty stock "
            f"responder, ratio {crowd['ratio']}")


def waiting_line(waiting):
    few, many = waiting["at_few"], waiting["at_many"]
    return (f"claim and fate of a letter: {few['us']} us and {few['pages']} pages with {waiting['few']:,} that wait, "
            f"{many['us']} us and {many['pages']} pages with {waiting['letters']:,}")


def listing_line(listing):
    alone, beside = (sorted(one[name] for one in listing["rounds"])[len(listing["rounds"]) // 2] for name in ("alone", "beside"))
    return (f"a letter to {listing['subscribers']:,} subscribers is queued in {listing['queued_s']} s beside signing: "
            f"{beside}/s meanwhile, {alone}/s alone")


def overload_line(over):
    return (f"overload: offered {over['offered']}/s, acknowledged {over['acknowledged']}/s "
            f"(capacity {over['capacity']}/s), shed {over['shed']}/s, "
            f"p99 of what was shed {over['shed_p99_ms']} ms")
