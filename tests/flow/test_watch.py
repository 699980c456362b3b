"""Alerts and the dashboard against what a running stack really tells."""
import json
import os
import pathlib
import re
import subprocess
import tempfile

import fastcgi
import yaml
from client import wait_until
from mail import Mailer, clear
from stack import API, TOP, WORKERS, free_port
from test_doctor import worker

PROMETHEUS = os.path.join(TOP, "deploy/prometheus")
DASHBOARD = os.path.join(TOP, "deploy/grafana/countersign.json")
# What a dashboard's expressions say that is no metric.
SELECTOR = re.compile(r"\b((?:countersign|process)_\w+|up)\b(\{[^}]*\})?")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
# Prometheus gives these to whatever it asks.
OF_PROMETHEUS = {"job", "instance"}


def promtool(*words):
    done = subprocess.run(["promtool", *words], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_line_of_a_log_is_explained(_stack):
    """deploy/README.md has each event that programs write, with its fields, and no other."""
    with open(os.path.join(TOP, "deploy/README.md"), encoding="utf-8") as file:
        table = file.read().partition("### What the logs say\n")[2].partition("\n### ")[0]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| `")]
    told = {event: set(re.findall(r"`(\w+)`", row[3])) for row in rows for event in re.findall(r"`(\w+)`", row[0])}
    said = {}
    for path in pathlib.Path(TOP, "src").rglob("*.c"):
        for call in re.findall(r"log_event\((.*?)\);", path.read_text(), re.S):
            for event in re.findall(r'"(\w+)"', re.split(r"LOG_(?:STR|INT)\(", call)[0]):
                said.setdefault(event, set()).update(re.findall(r'LOG_(?:STR|INT)\("(\w+)"', call))
    # The two that a table of serve/views.c names.
    assert set(told) - set(said) == {"letters_unreadable", "pages_unreadable"} and set(said) <= set(told), set(told) ^ set(said)
    for event, fields in said.items():
        assert fields <= told[event], (event, fields - told[event])


def rules():
    with open(os.path.join(PROMETHEUS, "alerts.yml"), encoding="utf-8") as file:
        return [rule for group in yaml.safe_load(file)["groups"] for rule in group["rules"]]


def expressions():
    """(where, expression) of all alerts and panels."""
    found = [(rule["alert"], rule["expr"]) for rule in rules()]
    with open(DASHBOARD, encoding="utf-8") as file:
        dashboard = json.load(file)
    for panel in dashboard["panels"]:
        found += [(panel["title"], target["expr"].replace("$__rate_interval", "5m")) for target in panel.get("targets", ())]
    return found


def series(stack):
    """{name: [labels]} of workers and mailer."""
    with Mailer(stack, free_port()) as mailer:
        texts = [stack.operators("/metrics", number).body.decode() for number in WORKERS] + [mailer.ask("/metrics").body.decode()]
    told = {"up": [{}]}
    for line in "\n".join(texts).splitlines():
        if line and line[0] != "#":
            key = line.rsplit(" ", 1)[0]
            told.setdefault(key.split("{")[0], []).append(dict(re.findall(r'(\w+)="([^"]*)"', key)))
    return told


def missing(told, expression):
    """What of an expression no program ever tells."""
    for name, braces in SELECTOR.findall(expression):
        if name not in told:
            yield name
            continue
        for label, how, value in MATCHER.findall(braces):
            words = value.split("|") if "~" in how else [value]
            known = {row.get(label) for row in told[name]}
            yield from (f"{name}{{{label}={word}}}" for word in words if label not in OF_PROMETHEUS and word not in known)


def test_prometheus_takes_rules_and_configuration(stack):
    promtool("check", "rules", "alerts.yml")
    promtool("check", "config", "prometheus.yml")
    promtool("test", "rules", "alerts_test.yml")


def test_each_alert_says_what_to_do_and_has_both_cases(stack):
    with open(os.path.join(PROMETHEUS, "alerts_test.yml"), encoding="utf-8") as file:
        names = [case["name"] for case in yaml.safe_load(file)["tests"]]
    for rule in rules():
        assert rule["labels"]["severity"] in ("critical", "warning"), rule
        assert len(rule["annotations"]["do"]) > 20 and rule["annotations"]["summary"], rule
        assert f"{rule['alert']} fires" in names and f"{rule['alert']} is quiet" in names, rule["alert"]
    assert len(names) == len(set(names)) == 2 * len(rules())


def test_every_metric_of_alerts_and_dashboard_is_told_by_the_programs(stack):
    told = series(stack)
    used = set()
    for where, expression in expressions():
        used |= {name for name, _ in SELECTOR.findall(expression)}
        assert not (lost := list(missing(told, expression))), f"{where}: {lost}"
    assert len(used) > 40, used
    # The look itself sees what is not there.
    assert list(missing(told, 'rate(countersign_nothing_total[5m])')) == ["countersign_nothing_total"]
    assert list(missing(told, 'countersign_shed_total{reason="weather"}')) == ["countersign_shed_total{reason=weather}"]


# What is told and hangs on no wall, and why.
FOR_LOOKING_UP = {
    "countersign_published_total": "its time of the last one does", "countersign_catalog_loads_total": "as many as changes of petitions",
    "countersign_petitions": "how many there are is no news", "countersign_epochs": "likewise",
    "countersign_mailer_taken_total": "what becomes of them does", "countersign_mailer_claimed_total": "likewise",
}  # fmt: skip


def test_every_metric_hangs_on_the_wall_or_says_why_not(stack):
    text = " ".join(expression for _, expression in expressions())
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name, _ in SELECTOR.findall(text)}
    told = {re.sub(r"_(bucket|sum|count)$", "", name) for name in series(stack)}
    assert told - shown == set(FOR_LOOKING_UP), (told - shown) ^ set(FOR_LOOKING_UP)


def test_every_panel_s_expression_is_one(stack):
    """promtool parses rules only, so each panel becomes one."""
    groups = [{"name": "panels", "rules": [{"record": f"panel{n}", "expr": expression} for n, (_, expression) in enumerate(expressions())]}]
    path = os.path.join(stack.run, "panels.yml")
    with open(path, "w", encoding="utf-8") as file:
        yaml.safe_dump({"groups": groups}, file)
    promtool("check", "rules", path)


def test_the_mailer_tells_what_waits(stack):
    """Nobody answers where the mail server should be."""
    slug = stack.petition()
    clear(stack)
    for _ in range(3):
        stack.signed(slug)
    stack.rows("UPDATE countersign.letter SET created_at = created_at - interval '1 hour' WHERE state = 0")
    with Mailer(stack, free_port()) as mailer:

        def letters():
            return sum(mailer.metric(f'countersign_mailer_outbox_letters{{state="{state}"}}') for state in ("untried", "deferred"))

        wait_until(lambda: letters() == 3, 20, "three letters wait")
        wait_until(lambda: mailer.metric('countersign_mailer_outbox_oldest_seconds{kind="confirm"}') >= 3600, 20, "the oldest has its age")
        assert mailer.metric('countersign_mailer_outbox_oldest_seconds{kind="thanks"}') == 0
        done = subprocess.run(["promtool", "check", "metrics"], input=mailer.ask("/metrics").body, capture_output=True, check=False)
        assert done.returncode == 0 and not done.stderr.strip(), done.stderr.decode()
        assert stack.mark.encode() not in mailer.ask("/metrics").body
    clear(stack)


def test_a_slow_batch_names_its_requests_and_its_process_in_postgresql(stack):
    """The id is nginx's $request_id; here every batch is slow enough."""
    slug, number = stack.petition(), "0123456789abcdef" * 2
    body = json.dumps(stack.person()).encode()
    with tempfile.TemporaryFile("w+") as log, worker(stack, "--nofile=512:512", log, COUNTERSIGN_LOG_SLOW_MS="1") as listener:
        socket = listener.replace("operators.9", "countersignd.9")

        def told():
            values = fastcgi.parameters("POST", f"{API}/{slug}/signatures", body, REQUEST_ID=number)
            answer = fastcgi.ask(socket, values, body)
            log.seek(0)
            return answer.status == 202 and [json.loads(line) for line in log if '"slow_batch"' in line]

        wait_until(told, 20, "a slow batch is told")
        entry = told()[0]
        assert entry["requests"] == number and entry["rows"] == 1 and entry["ms"] >= 1 and entry["batch"] >= 1, entry
        pid = stack.value("SELECT pid FROM pg_stat_activity WHERE application_name = 'countersignd.9 committer'")
        assert entry["postgres_pid"] == pid, (entry, pid)
        assert stack.mark not in json.dumps(entry)


def test_at_debug_a_request_s_id_leads_to_a_batch_and_to_postgresql(stack):
    """From nginx' line to ours and to application_name (%a); at other levels PostgreSQL is told our name alone, see above."""
    slug, number = stack.petition(), "fedcba9876543210" * 2
    body = json.dumps(stack.person()).encode()
    with tempfile.TemporaryFile("w+") as log, worker(stack, "--nofile=512:512", log, COUNTERSIGN_LOG_LEVEL="debug") as listener:

        def told():
            values = fastcgi.parameters("POST", f"{API}/{slug}/signatures", body, REQUEST_ID=number)
            answer = fastcgi.ask(listener.replace("operators.9", "countersignd.9"), values, body)
            log.seek(0)
            return answer.status == 202 and [json.loads(line) for line in log if '"event":"batch"' in line]

        entry = wait_until(told, 20, "a batch is told")[0]
        assert entry["requests"] == number and entry["rows"] == 1, entry
        name = stack.value(f"SELECT application_name FROM pg_stat_activity WHERE pid = {entry['postgres_pid']}")
        assert name == f"countersignd.9 committer {number}", name
        log.seek(0)
        assert stack.mark not in log.read()
