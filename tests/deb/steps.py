"""What an operator does with the packages, from a bare host to a clean one. Each step finds the host as the last one left it."""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

from machine import TOP, await_true

SITE = "sign.example.org"
HEADING = "### From a bare host to the first signature"
FIRST, SECOND, BROKEN = "0.1.0~test1", "0.1.0~test2", "0.1.0~test3"
PACKAGES = ("countersign", "countersign-mailer", "countersign-site")
# Without these nothing else means anything.
NEEDED = ("test_a_bare_host_boots", "test_the_commands_of_the_readme_lead_to_a_signature")
WORKERS = ("countersignd@1", "countersignd@2")
MAILER = "countersign-mailer"
# What a release may bring, and what goes wrong with one: tests/faults/test_rolling.py has more of the first.
NEXT = """SET LOCAL lock_timeout = '3s';
SET LOCAL countersign.works_from = '{this}';
ALTER TABLE countersign.signature ADD COLUMN of_the_next smallint;
COMMENT ON COLUMN countersign.signature.of_the_next IS 'For the test of upgrades';
"""
FAILS = """SET LOCAL lock_timeout = '3s';
DO $$BEGIN RAISE EXCEPTION 'planted'; END$$;
"""
UNIT_TESTS = """make -s -j2 WERROR=-Werror all unit-binaries
JOBS=2 tests/unit/run >/tmp/unit.log || { grep -B 30 '^(exit code' /tmp/unit.log; exit 1; }
tail -n 1 /tmp/unit.log"""
VALKEY = "valkey-server"
TO_VALKEY = """
systemctl disable -q --now redis-server
apt-get install -q -y valkey-server
for file in countersign.acl countersign.conf; do
    sed 's|/etc/redis|/etc/valkey|; s|/run/redis/redis-server.sock|/run/valkey/valkey.sock|' /etc/redis/$file |
        install -m 640 -o valkey -g valkey /dev/stdin /etc/valkey/$file
done
echo 'include /etc/valkey/countersign.conf' >>/etc/valkey/valkey.conf
systemctl restart valkey-server
sed -i 's|unix:/run/redis/redis-server.sock|unix:/run/valkey/valkey.sock|' /etc/countersign/countersign.conf
"""


class Host:
    def __init__(self, machine, build, builder=None):
        self.machine, self.build, self.builder = machine, build, builder
        self.run, self.said = machine.run, machine.said
        self.has_valkey = machine.suite != "bookworm"
        self.top = TOP  # the tree of what is installed first

    def release(self, version, *migrations):
        """Packages with these migrations more."""
        this = max(int(path.name[:4]) for path in (TOP / "sql/migrations").glob("*.sql"))
        with tempfile.TemporaryDirectory() as folder:
            to = pathlib.Path(folder, "sql/migrations")
            to.mkdir(parents=True)
            for number, text in enumerate(migrations, this + 1):
                (to / f"{number:04}_planted.sql").write_text(text.format(this=number - 1))
            packages = self.build(version, [folder])
        self.machine.give(packages)
        return "apt-get install -q -y " + " ".join(f"./{p.name}" for p in packages), this + len(migrations)

    def schema(self):
        return int(self.said("cd / && runuser -u postgres -- psql -tAc 'SELECT max(version) FROM countersign.schema_version' countersign"))

    def pid(self, unit):
        return self.said(f"systemctl show --value -p MainPID {unit}")

    def count(self):
        return json.loads(self.said("countersign count demo --json"))["counts"][0]

    def audit(self):
        told = self.said("countersign audit")
        assert "equal" in told, told
        return told

    def load(self):
        return Load(self.machine)


class Load:
    """Signs while something happens: `with`, and then `answers`."""

    def __init__(self, machine):
        self.machine = machine

    def __enter__(self):
        script = pathlib.Path(__file__).with_name("load.py")
        # The network is the machine's, the program and its Python are this host's.
        self.process = subprocess.Popen(self.machine.command("python3", str(script), SITE, "demo", namespaces=("-n",)),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "signing\n"
        return self

    def __exit__(self, kind, *_):
        told, _ = self.process.communicate("")
        self.answers = json.loads(told)
        if kind is None:
            assert set(self.answers) == {"202"}, f"somebody was turned away: {self.answers}"


def readme_commands(host):
    """The indented lines below the heading, in their order."""
    text = (host.top / "deploy/README.md").read_text()
    section = re.split(r"^##+ ", text.partition(HEADING + "\n")[2], flags=re.M)[0]
    lines = [line[4:] for line in section.splitlines() if line.startswith("    ")]
    assert lines, f"deploy/README.md has no commands below {HEADING}"
    return "\n".join(lines) + "\n"


def readme_command(host, name):
    """The one line that shows it."""
    return re.search(rf"^    (countersign {name} .*)$", (host.top / "deploy/README.md").read_text(), re.M)[1]


def test_the_unit_tests_pass_where_it_is_built(host):
    """On another Debian than this one; here it is `make unit`."""
    return host.builder and host.builder.run(UNIT_TESTS).strip()


def test_lintian_has_nothing_to_say(host):
    host.packages = host.build(FIRST)
    assert sorted(p.name.partition("_")[0] for p in host.packages) == sorted(PACKAGES)
    words = ["lintian", "--allow-root", "--fail-on", "error,warning"]
    if host.builder:
        told = host.builder.run(" ".join(words) + " build/deb/countersign*_*.deb")
        assert not told.strip(), told
        return host.builder.run("lintian --version").strip()
    if not shutil.which("lintian"):
        return "no lintian here"
    done = subprocess.run([*words, *host.packages], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stdout.strip(), done.stdout + done.stderr
    return None


def test_a_bare_host_boots(host):
    host.machine.make_root()
    host.machine.give(host.packages if host.top == TOP else host.build(FIRST, top=host.top))
    first = next(line for line in readme_commands(host).splitlines() if "apt-get install" in line)
    words = subprocess.run(["bash", "-c", f"cd {host.machine.root}/root && set -- {first} && printf '%s\\n' \"$@\""],
                           capture_output=True, text=True, check=True).stdout.split()
    host.machine.fetch_packages(words[words.index("install") + 1:] + ([VALKEY] if host.has_valkey else []))
    host.machine.boot()
    return host.said("systemctl --version | head -1")


def test_the_commands_of_the_readme_lead_to_a_signature(host):
    done = host.run(readme_commands(host))
    assert '"status":"accepted"' in done.stdout.replace(" ", ""), done.stdout[-1500:] + done.stderr[-1500:]
    assert "Lovelace" in done.stdout, "the export shows who signed"
    assert host.said("systemctl is-active " + " ".join(WORKERS) + " countersign-mailer countersign-pictures.timer").split() == ["active"] * 4
    host.run("systemctl start countersign-pictures.service")
    return host.audit()


def test_doctor_finds_nothing_but_what_the_world_outside_would_tell(host):
    told = host.run(readme_command(host, "doctor"), check=False).stdout
    assert told.count("memory_unlocked") == len(WORKERS) + 1, f"not all programs were asked:\n{told}"
    wrong = [line for line in told.splitlines() if line.startswith("NO")]
    # There is no name server and no mail server, and the organisation's keys were made here.
    unexpected = [line for line in wrong if not re.search(r"SPF|DKIM|DMARC|DNS|MX|mail server|smtp|\.key", line, re.I)]
    assert told and not unexpected, told
    return f"{told.count('ok ')} ok"


def test_the_commands_of_the_readme_find_what_runs(host):
    told = json.loads(host.said(readme_command(host, "top") + " --once --json"))
    assert (len(told["workers"]), len(told["mailers"]), told["silent"]) == (len(WORKERS), 1, []), told
    assert "ready" in host.said("countersign ready /run/countersign/operators.1/operators.sock")
    # As a Prometheus asks, by the drop-in that is told there.
    host.run("mkdir -p /run/systemd/system/countersignd@.service.d\n"
             "printf '[Service]\\nEnvironment=COUNTERSIGN_OPERATORS_LISTEN=127.0.0.1:910%%i\\n'"
             " >/run/systemd/system/countersignd@.service.d/prometheus.conf\n"
             "systemctl daemon-reload && systemctl restart " + " ".join(WORKERS))
    for port in (9101, 9102):
        assert "countersign_requests_total" in host.said(f"curl -sf http://127.0.0.1:{port}/metrics")
    host.run("rm -r /run/systemd/system/countersignd@.service.d; systemctl daemon-reload && systemctl restart " + " ".join(WORKERS))


def test_the_units_are_closed_in(host):
    told = host.said("for unit in countersignd@1.service countersign-mailer.service countersign-pictures.service; do\n"
                     "systemd-analyze security --no-pager --threshold=15 $unit | tail -1; done")
    for user, unit in (("countersign", WORKERS[0]), ("countersign-mailer", "countersign-mailer")):
        pid = host.pid(unit)
        status = host.said(f"cat /proc/{pid}/status")
        assert re.search(r"^NoNewPrivs:\s1$", status, re.M) and re.search(r"^Seccomp:\s2$", status, re.M), status
        assert re.search(r"^CapEff:\s0+$", status, re.M), status
        assert host.said(f"stat -c %U /proc/{pid}") == user
        for secret in ("secrets/index.keys", "mailing/mailing.key"):
            done = host.run(f"runuser -u {user} -- cat /etc/countersign/{secret}", check=False)
            assert done.returncode != 0 and "denied" in done.stderr, f"{user} reads {secret}"
        environment = host.said(f"tr '\\0' '\\n' </proc/{pid}/environ")
        key = host.said("cut -d' ' -f2 /etc/countersign/secrets/index.keys")
        assert key not in environment and "PASSWORD_FILE=/run/credentials" in environment
    return " · ".join(line.strip("→ ") for line in told.splitlines())


def test_P1_killed_workers_turn_nobody_away(host):
    killed = 0
    with host.load() as load:
        for _ in range(3):
            for unit in WORKERS:
                old = host.pid(unit)
                host.run(f"kill -9 {old}")
                await_true(f"{unit} is back", lambda u=unit, o=old: host.pid(u) not in ("0", o)
                           and host.said(f"systemctl is-active {u}", check=False) == "active")
                killed += 1
    host.audit()
    return f"{killed} killed, {load.answers['202']} signed"


def test_O12_restarted_workers_turn_nobody_away(host):
    with host.load() as load:
        for _ in range(3):
            for unit in WORKERS:
                host.run(f"systemctl restart {unit}")
        host.run("systemctl reload " + " ".join(WORKERS) + " nginx")
    host.audit()
    return f"{load.answers['202']} signed"


def test_both_workers_away_at_once_is_waited_for(host):
    """The sockets stay systemd's: who asks meanwhile is answered by the next."""
    with host.load() as load:
        host.run("systemctl restart " + " ".join(WORKERS))
    return f"{load.answers['202']} signed"


def test_a_worker_that_hangs_is_ended_by_the_watchdog(host):
    folder = "/run/systemd/system/countersignd@1.service.d"
    host.run(f"mkdir -p {folder}; printf '[Service]\\nWatchdogSec=3\\n' >{folder}/fast.conf\n"
             "systemctl daemon-reload; systemctl restart countersignd@1")
    old = host.pid(WORKERS[0])
    host.run(f"kill -STOP {old}")
    await_true("another worker", lambda: host.pid(WORKERS[0]) not in ("0", old))
    await_true("it is ready", lambda: host.said("systemctl is-active countersignd@1", check=False) == "active")
    assert "watchdog" in host.said("journalctl -b -q --no-pager -u countersignd@1 -n 60").lower()
    host.run(f"rm -r {folder}; systemctl daemon-reload; systemctl restart countersignd@1")


def test_an_upgrade_under_load_turns_nobody_away(host):
    """To a release with a migration; with DEB_TEST_FROM, with all that have come since."""
    before, pids = host.count(), {unit: host.pid(unit) for unit in (*WORKERS, MAILER)}
    host.run("sed -i 's/^mail_from_name.*/mail_from_name = Ours/' /etc/countersign/countersign.conf")
    install, newest = host.release(SECOND, NEXT)
    with host.load() as load:
        host.run(install)
    assert SECOND in host.said("countersign version") and host.schema() == newest
    for unit, old in pids.items():
        assert host.pid(unit) not in ("0", old), f"{unit} is the old one"
        assert host.said(f"readlink /proc/{host.pid(unit)}/exe") in ("/usr/bin/countersignd", "/usr/bin/countersign-mailer"), "not the file that was replaced"
    assert "Ours" in host.said("cat /etc/countersign/countersign.conf"), "what an operator wrote stays"
    assert host.said("stat -c '%a %G' /etc/countersign/countersign.conf") == "640 countersign"
    after = host.count()
    assert after["table"] >= before["table"] + load.answers["202"], (before, after, load.answers)
    host.audit()
    return f"{load.answers['202']} signed meanwhile"


def test_valkey_takes_the_place_of_redis(host):
    """People sign while it is exchanged: limits are each worker's own meanwhile, and the numbers come from PostgreSQL."""
    if not host.has_valkey:
        return "not in this Debian"
    with host.load() as load:
        host.run(TO_VALKEY)
        for unit in WORKERS:
            host.run(f"systemctl restart {unit}")
    metrics = host.said("curl -sS --unix-socket /run/countersign/operators.1/operators.sock http://localhost/metrics")
    assert "countersign_redis_up 1" in metrics.splitlines(), metrics[-2000:]
    assert host.said("systemctl is-active redis-server valkey-server", check=False).split() == ["inactive", "active"]
    host.audit()
    return f"{host.said('valkey-server --version').split()[2]}, {load.answers['202']} signed"


def test_an_upgrade_whose_migration_fails_leaves_all_as_it_was(host):
    """Its programs do not start on the schema of before, and those that run go on."""
    pids, newest = {unit: host.pid(unit) for unit in (*WORKERS, MAILER)}, host.schema()
    install, _ = host.release(BROKEN, NEXT, FAILS)
    with host.load() as load:
        told = host.run(install)
    said = told.stdout + told.stderr
    assert "the workers stay as they are" in said and "the mailer stays as it is" in said, said
    assert {unit: host.pid(unit) for unit in pids} == pids and host.schema() == newest
    host.run("apt-get install -q -y --allow-downgrades " + " ".join(f"./{p}_{SECOND}_*.deb" for p in PACKAGES))
    assert not {host.pid(unit) for unit in pids} & {"0", *pids.values()}
    host.audit()
    return f"{load.answers['202']} signed meanwhile"


def test_a_removal_leaves_configuration_and_data(host):
    host.run("apt-get remove -q -y " + " ".join(PACKAGES))
    assert host.run("systemctl is-active nginx").returncode == 0
    host.run(f"nginx -t\nsystemctl restart nginx {VALKEY if host.has_valkey else 'redis-server'} postgresql")
    assert not host.said("ls /run/countersign/*.sock 2>/dev/null || true"), "a socket is left"
    assert not host.said("cat /proc/[0-9]*/comm | grep ^countersign || true")
    assert host.said("ls /etc/countersign/countersign.conf /etc/nginx/countersign/host/server.conf")


def test_what_was_removed_comes_back_with_its_data(host):
    host.run("apt-get install -q -y " + " ".join(f"./{p}_{SECOND}_*.deb" for p in PACKAGES))
    host.run("ln -s ../sites-available/countersign /etc/nginx/sites-enabled/ && systemctl reload nginx\n"
             "systemctl start countersignd@1 countersignd@2 countersign-mailer")
    with host.load():
        host.run("sleep 1")
    host.audit()


def test_a_purge_leaves_keys_and_database_alone(host):
    told = host.run("apt-get purge -q -y " + " ".join(PACKAGES))
    assert "keys are left in /etc/countersign/secrets" in told.stdout + told.stderr
    left = host.said("find /etc /usr /lib /var/lib/systemd /run -xdev -name '*countersign*'"
                     " -not -path '/etc/countersign/*' -not -path '*/dev/*' 2>/dev/null || true").split()
    ours = {"/etc/countersign", "/etc/redis/countersign.acl", "/etc/redis/countersign.conf", "/etc/nginx/modules-enabled/10-countersign.conf",
            "/etc/valkey/countersign.acl", "/etc/valkey/countersign.conf"}
    assert {one for one in left if "/postgresql/" not in one} <= ours, left
    assert sorted(host.said("ls /etc/countersign").split()) == ["mailing", "mailing.pub", "public.keys", "secrets"]
    assert not host.said("dpkg -l | grep countersign || true")
    assert host.said("cd / && runuser -u postgres -- psql -tAc 'SELECT count(*) > 0 FROM countersign.signature' countersign") == "t"
    host.run("nginx -t")
