"""Disks, clocks, names, keys and configurations that are not as they should be."""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import rig
from helpers import config_with, preloaded, published, rows

START_S = 15


def refuses(stack, worker_words, **changes):
    """The worker ends at once with 2 and one line, which holds the words."""
    path, _ = config_with(stack, **changes)
    folder = tempfile.mkdtemp(prefix="n.", dir=stack.run)
    environment = dict(os.environ, COUNTERSIGN_SOCKET=os.path.join(folder, "s"),
                       COUNTERSIGN_OPERATORS_LISTEN="unix:" + os.path.join(folder, "o"))
    for name in ("socket", "operators_listen"):
        if name in changes:
            del environment["COUNTERSIGN_" + name.upper()]
    done = subprocess.run([rig.WORKER, "--config", path], env=environment, capture_output=True, text=True, timeout=START_S, check=False)
    assert done.returncode == 2, (changes, done)
    lines = [line for line in done.stderr.splitlines() if line]
    assert len(lines) == 1, (changes, done.stderr)
    for word in worker_words:
        assert word.replace("PATH", path) in lines[0], (changes, word, lines[0])
    return lines[0]


def write(stack, text):
    descriptor, path = tempfile.mkstemp(prefix="k.", dir=stack.run)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def test_O1_a_full_log_costs_lines_and_nothing_else(stack):
    slug = stack.petition("log").slug
    with open("/dev/full", "wb", buffering=0) as full:
        worker = rig.Worker(stack, "log", slot=5, stderr=full, log_level="debug")
    worker.knows(slug)
    for number in range(20):
        assert worker.sign(slug, f"log{number}@example.org").status == 202
    worker.signal(1)
    rig.wait_until(lambda: worker.metric("countersign_log_dropped_total") > 0, 5, "dropped lines are counted")
    assert worker.is_ready() and rows(stack, slug) == 20
    assert worker.end()[0] == 0


def test_O1_a_log_that_nobody_reads_does_not_block(stack):
    """A pipe that is full: stderr of a supervisor that hangs."""
    slug = stack.petition("pipe").slug
    reading, writing = os.pipe()
    worker = rig.Worker(stack, "pipe", slot=5, stderr=writing, log_level="debug")
    worker.knows(slug)
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, b"x" * 4096)
    except BlockingIOError:
        pass
    os.set_blocking(writing, True)
    try:
        for _ in range(3):
            worker.signal(1)  # each says a line
            time.sleep(0.1)
        for number in range(5):
            assert worker.sign(slug, f"pipe{number}@example.org", timeout=5).status == 202
    finally:
        os.close(reading)
        os.close(writing)
    assert rows(stack, slug) == 5


def test_O5_a_file_system_that_is_read_only(stack):
    """But for the folder of its sockets."""
    if os.geteuid() != 0:
        return "left out: needs root for a mount"
    if subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode != 0:
        return "left out: / is no mount of its own here (a chroot)"
    slug = stack.petition("readonly").slug
    script = ("mount --make-rprivate / && mount --bind \"$RUN\" \"$RUN\" && mount -o remount,ro,bind / && "
              "! touch /read-only 2>/dev/null && exec \"$@\"")
    worker = rig.Worker(stack, "readonly", slot=5, wrap=("env", f"RUN={stack.run}", "unshare", "-m", "sh", "-c", script, "sh"))
    worker.knows(slug)
    assert worker.sign(slug, "readonly@example.org").status == 202
    return None


def test_O5_a_folder_below_a_closed_one(stack):
    """As in a clone under /root: the stack's user gets the capability to pass it."""
    if os.geteuid() != 0:
        return "left out: needs root to be somebody else"
    closed = tempfile.mkdtemp(prefix="closed.", dir=stack.run)
    folder = os.path.join(closed, "sockets")
    os.mkdir(folder)
    shutil.chown(folder, "postgres")
    capability = "+dac_read_search"
    worker = rig.Worker(stack, "closed", slot=5, ready=False, socket=f"{folder}/s", operators_listen=f"unix:{folder}/o",
                        wrap=("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", f"--inh-caps={capability}",
                              f"--ambient-caps={capability}"))
    worker.socket, worker.operators_socket = f"{folder}/s", f"{folder}/o"
    worker.wait_ready()
    return None


def test_O6_public_keys_that_are_none(stack):
    good = base64.b64encode(os.urandom(32)).decode()
    low_order = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"
    for text in ("", "\n", "short\n", base64.b64encode(b"x" * 31).decode() + "\n", base64.b64encode(b"x" * 33).decode() + "\n",
                 base64.b64encode(bytes(32)).decode() + "\n", base64.b64encode(bytes.fromhex(low_order)).decode() + "\n",
                 good + "\n" + base64.b64encode(bytes(32)).decode() + "\n", good[:-2] + "!!\n", "\x00" * 44 + "\n"):
        for name in ("public_keys_file", "mailing_public_key_file"):
            refuses(stack, [name], **{name: write(stack, text)})
    refuses(stack, ["mailing_public_key_file"], mailing_public_key_file=os.path.join(stack.run, "nowhere"))


def test_O7_a_secret_key_on_this_host(stack):
    secret = os.path.join(stack.run, "keys/organization.key")
    for name in ("public_keys_file", "mailing_public_key_file"):
        refuses(stack, [name, "secret key"], **{name: secret})


def test_O11_no_secret_is_in_the_environment_or_the_arguments(stack):
    worker = rig.Worker(stack, "environ", slot=5)
    secrets = []
    for name in ("index.keys", "redis.password"):
        with open(os.path.join(stack.run, "keys", name), encoding="ascii") as file:
            secrets.append(file.read().split()[-1].encode())
    for name in ("environ", "cmdline"):
        with open(f"/proc/{worker.pid}/{name}", "rb") as file:
            data = file.read()
        assert not any(secret in data for secret in secrets), name
    assert not any(secret.decode() in worker.log() for secret in secrets)
    with open(f"/proc/{worker.pid}/status", encoding="ascii", errors="replace") as file:
        locked = next(int(line.split()[1]) for line in file if line.startswith("VmLck"))
    # A sanitizer locks nothing.
    assert "san" in rig.BUILD or locked > 0, "keys may be swapped out"


def test_O14_configurations_that_are_wrong(stack):
    for name, value, words in (
        ("database", None, ["database is missing"]),
        ("database", "host=/nowhere dbname", ["database", "connection string"]),
        ("database", "host=/nowhere colour=blue", ["database", "connection string"]),
        ("database", "host=/nowhere port=postgres", ["database", "connection string"]),
        ("redis", None, ["redis is missing"]),
        ("base_url", None, ["base_url is missing"]),
        ("index_key_file", None, ["index_key_file is missing"]),
        ("colour", "blue", ["PATH:", "colour"]),
        ("io_threads", "two", ["PATH:", "io_threads"]),
        ("io_threads", "0", ["PATH:", "io_threads"]),
        ("slot", "16", ["PATH:", "slot"]),
        ("batch_limit", "1e3", ["PATH:", "batch_limit"]),
        ("request_timeout_ms", "-1", ["PATH:", "request_timeout_ms"]),
        ("request_timeout_ms", "99999999999999999999", ["PATH:", "request_timeout_ms"]),
        ("statement_timeout_ms", "9000", ["request_timeout_ms", "statement_timeout_ms"]),
        ("lock_timeout_ms", "3000", ["statement_timeout_ms", "lock_timeout_ms"]),
        ("base_url", "https://example.org/with/path", ["PATH:", "base_url"]),
        ("origins", "https://a.example https://b.example/path", ["PATH:", "origins"]),
        ("operators_listen", "9101", ["PATH:", "operators_listen"]),
        ("log_level", "loud", ["PATH:", "log_level"]),
        ("socket", "/nowhere/socket", ["socket", "its folder is not there"]),
        ("index_key_file", write_in(stack, "one line without a number\n"), ["index_key_file", "NUMBER BASE64"]),
        ("index_key_file", write_in(stack, "1 dG9vIHNob3J0\n"), ["index_key_file", "NUMBER BASE64"]),
        ("redis_password_file", os.path.join(stack.run, "nowhere"), ["redis_password_file", "check its path"]),
        ("blocked_addresses_file", os.path.join(stack.run, "nowhere"), ["blocked_addresses_file"]),
    ):
        refuses(stack, words, **{name: value})
    done = subprocess.run([rig.WORKER, "--config", os.path.join(stack.run, "nowhere.conf")], capture_output=True, text=True, timeout=START_S,
                          check=False)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done


def test_O14_E13_a_list_of_blocked_addresses_that_goes_wrong_stops_nothing_else(stack):
    path = write(stack, "blocked@example.org\n")
    config, _ = config_with(stack, blocked_addresses_file=path)
    worker = rig.Worker(stack, "blocked", slot=5, config=config)

    def sign_both(name):
        slug = stack.petition(name).slug
        worker.knows(slug)
        for email in ("blocked@example.org", f"{name}@example.org"):
            assert worker.sign(slug, email).status == 202
        return int(stack.psql("SELECT sum(t.n) FROM countersign.tally t JOIN countersign.petition p ON p.id = t.petition_id "
                              f"WHERE p.slug = '{slug}'"))
    assert sign_both("blockedgood") == 1
    for name, text in (("blockedbad", "nobody\n"), ("blockedworse", "nothing\n")):
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        # A new petition is learned with the list from before, and so is who reloads.
        worker.signal(1)
        assert sign_both(name) == 1, name
    assert worker.log().count("blocked_addresses_file_unusable") == 1, worker.log()
    with open(path, "w", encoding="ascii") as file:
        file.write("# nobody\n")
    assert sign_both("blockedagain") == 2


write_in = write


def test_O15_O16_without_any_network(stack):
    """No name is resolved and no address family is needed: it has not even a loopback device."""
    if os.geteuid() != 0:
        return "left out: needs root for a network of its own"
    slug = stack.petition("offline").slug
    worker = rig.Worker(stack, "offline", slot=5, wrap=("unshare", "-n"))
    worker.knows(slug)
    assert worker.sign(slug, "offline@example.org").status == 202
    assert json.loads(worker.count(slug).body)["count"] in (0, 1)
    return None


def has_room_in_memory():
    """For the caches of the private stack."""
    memory = os.statvfs("/dev/shm") if os.access("/dev/shm", os.W_OK) else None
    return memory is not None and memory.f_bavail * memory.f_frsize >= 614400 << 10


def test_O2_caches_in_memory_end_with_their_stack(stack):
    """Also where its folder was deleted and nobody has stopped it; what others keep there stays."""
    if not has_room_in_memory():
        return "left out: no room in /dev/shm"
    script = 'top=$1; . "$top/deploy/dev/stack-files"; RUN=$2; cd "$RUN"; mkdir -p nginx; set -euo pipefail; "$3"'

    def run(folder, command):
        subprocess.run(["bash", "-c", script, "bash", rig.TOP, folder, command], check=True)
        caches = [os.path.join(folder, "nginx", name) for name in ("cache", "cache-pages")]
        return {os.path.dirname(os.path.realpath(path)) for path in caches if os.path.isdir(path)}
    with tempfile.TemporaryDirectory(dir=stack.run) as lost:
        memory, = run(lost, "choose_caches")
        assert memory.startswith("/dev/shm/") and run(lost, "choose_caches") == {memory}
    kept = [tempfile.mkdtemp(prefix="caches.", dir=stack.run) for _ in range(2)]
    others = [run(folder, "choose_caches").pop() for folder in kept]
    assert len(set(others)) == 2 and not os.path.exists(memory) and all(map(os.path.isdir, others))
    shutil.rmtree(os.path.join(kept[0], "nginx"))
    own, = run(kept[0], "choose_caches")
    assert own != others[0] and not os.path.exists(others[0]), "a folder made anew does not keep two"
    for folder, path in zip(kept, (own, others[1])):
        assert not run(folder, "drop_caches") and not os.path.exists(path)
        assert not os.listdir(os.path.join(folder, "nginx"))
    return None


def test_root_may_look_at_the_configuration_of_nginx(stack):
    """`nginx -t` of root hands the folders that nginx writes to over to nobody: pages and numbers are told as before."""
    if os.geteuid() != 0:
        return "left out: needs root"
    subprocess.run(["nginx", "-t", "-q", "-c", os.path.join(stack.run, "nginx/nginx.conf")], check=True)
    petition = stack.petition("lookedat")
    assert petition.count().status == 200
    assert stack.get(f"/p/{petition.slug}").status == 200
    return None


def test_O2_a_full_disk_under_nginx(stack):
    """All that nginx may write to is full, then its caches are: signing needs neither."""
    if os.geteuid() != 0:
        return "left out: needs root for a tmpfs"
    caches = [os.path.join(stack.run, "nginx", name) for name in ("cache", "cache-pages")]
    if has_room_in_memory():
        assert all(os.path.realpath(path).startswith("/dev/shm/") for path in caches), "a full disk would be in the number's way"
    slug = stack.petition("fulltemp").slug
    worker = rig.Worker(stack, "fulltemp", slot=5)
    worker.knows(slug)
    front = rig.Front(stack, [worker])
    petition = front.petition(slug)

    def is_well(tag):
        longest = rig.person(f"{tag}@example.org")
        for size, status in ((16384, 202), (16385, 413)):
            answer = rig.http(("127.0.0.1", front.port), "POST", petition.path + "/signatures", longest[:-1] + b" " * (size - len(longest)) + b"}")
            assert answer.status == status, (tag, answer)
            assert status == 202 or answer.code() == "body_too_large", answer
        assert rig.http(("127.0.0.1", front.port), "GET", petition.path).status == 200
    full = [os.path.join(front.run, "nginx", name) for name in ("temp", "cache", "cache-pages")]
    mounted = []
    try:
        for folder in full:
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k,mode=1777", "tmpfs", folder], check=True)
            mounted.append(folder)
            with open(os.path.join(folder, "fill"), "wb") as file:
                file.write(b"x" * 4096)
            is_well(os.path.basename(folder))
            if len(mounted) == 1:
                assert petition.count().status == 200
    finally:
        for folder in mounted:
            subprocess.run(["umount", "-l", folder], check=True)
    rig.wait_until(lambda: petition.count().status == 200 and json.loads(petition.count().body)["count"] == 3, 5, "the number is told again")
    return None


def clock_of(stack):
    """(environment, set): a clock for one process."""
    path = write(stack, "0")

    def move(seconds):
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(str(seconds))
        os.rename(path + ".new", path)
    return ("env", f"LD_PRELOAD={preloaded('clock')}", f"FAULTS_CLOCK={path}"), move


def keeps_time(stack, worker, slug, tag, redis):
    """Signs, counts and publishes as if nothing had happened."""
    before = rows(stack, slug)
    for number in range(3):
        started = time.monotonic()
        answer = worker.sign(slug, f"{tag}{number}@example.org")
        assert answer.status == 202 and time.monotonic() - started < 3, answer
    rig.wait_until(lambda: json.loads(worker.count(slug).body)["count"] == before + 3, 5, "it counts")
    told = json.loads(worker.count(slug).body)
    assert told["exact"] is True and told["as_of"][:4] == time.strftime("%Y", time.gmtime()), told
    rig.wait_until(lambda: published(redis, slug) == before + 3, 5, "it publishes")
    assert worker.is_ready()
    # A mailer looks for new letters under the present minutes of PostgreSQL's clock.
    minutes = stack.psql("SELECT DISTINCT (l.token_bucket - floor(extract(epoch FROM l.created_at) / 60)::bigint) & 65535 "
                         "FROM countersign.letter l JOIN countersign.petition p ON p.id = l.petition_id "
                         f"WHERE p.slug = '{slug}'")
    assert set(minutes.split()) <= {"0", "1", "65535"}, minutes


def test_T1_T2_T4_the_clock_of_the_worker_jumps(stack):
    wrap, move = clock_of(stack)
    slug = stack.petition("clock").slug
    worker = rig.Worker(stack, "clock", slot=5, wrap=wrap)
    worker.knows(slug)
    petition = rig.Front(stack, [worker]).petition(slug)
    keeps_time(stack, worker, slug, "now", stack.redis)
    for tag, seconds in (("back", -3600), ("forward", 315360000), ("to1970", -int(time.time()) + 5), ("again", 0)):
        move(seconds)
        keeps_time(stack, worker, slug, tag, stack.redis)
        # The alarm is a metric, and a line when it begins.
        rig.wait_until(lambda s=seconds: abs(worker.metric("countersign_clock_skew_seconds") + s) < 3, 4, f"the skew is told, {tag}")
        # nginx keeps no copy for longer because of it.
        rig.wait_until(lambda: json.loads(petition.count().body)["count"] == rows(stack, slug), 4, f"nginx tells it, {tag}")
    assert worker.log().count('"clock_skew"') == 1, worker.log()
    # Started with a clock that is wrong.
    move(315360000)
    late = rig.Worker(stack, "late", slot=6, wrap=wrap)
    late.knows(slug)
    keeps_time(stack, late, slug, "late", stack.redis)
    assert int(stack.psql("SELECT count(*) FROM countersign.signature WHERE signed_at > now() + interval '1 minute' "
                          "OR signed_at < now() - interval '1 day'")) == 0
    stack.cli("audit", slug)


def test_O14_a_port_that_only_root_may_have_is_refused_in_one_line(stack):
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii") as file:
        least = int(file.read())
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        environment = dict(os.environ, RUN=folder, PORT=str(least - 1))
        command = [os.path.join(rig.TOP, "deploy/dev/stack")]
        done = subprocess.run([*command, "start"], env=environment, capture_output=True, text=True, timeout=60, check=False)
        subprocess.run([*command, "stop"], env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode != 0 and "for root only" in done.stderr and f"from {least} on" in done.stderr, done


def test_O14_a_folder_of_other_things_is_refused_and_stays_theirs(stack):
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o1777)
        letter = pathlib.Path(folder, "letter")
        letter.touch()
        link = os.path.join(stack.run, "clone")
        os.symlink(rig.TOP, link)
        for place, command in ((folder, "start"), (folder, "stop"), (link, "stop")):
            done = subprocess.run([os.path.join(rig.TOP, "deploy/dev/stack"), command], env=dict(os.environ, RUN=place, PORT="8080"),
                                  capture_output=True, text=True, timeout=60, check=False)
            assert done.returncode == 1 and "other things" in done.stderr and done.stderr.count("\n") == 1, done
        assert letter.stat().st_uid == os.geteuid() and os.listdir(folder) == ["letter"]


def test_O14_what_is_no_port_is_refused_in_one_line_before_anything_is_made(stack):
    for name, value in (("PORT", "abc"), ("PORT", "80x"), ("PORT", "65536"), ("PORT", "08080"), ("PORT", "-1"), ("MAIL_PORT", "70000")):
        folder = os.path.join(stack.run, "no_port")
        environment = dict(os.environ, **{"RUN": folder, "PORT": "8080", name: value})
        done = subprocess.run([os.path.join(rig.TOP, "deploy/dev/stack"), "start"], env=environment, capture_output=True, text=True, timeout=60,
                              check=False)
        assert done.returncode == 1 and done.stderr.count("\n") == 1 and f"{name}={value} is not a port" in done.stderr, done
        assert not os.path.exists(folder), done


def test_P5_make_run_waits_for_the_letters_of_a_killed_mailer_for_a_minute_at_most(stack):
    """Looked at, not waited for; that another mailer takes them then is tests/flow/test_mail_kills.py's."""
    with open(os.path.join(stack.run, "countersign.conf"), encoding="utf-8") as file:
        settings = dict(line.strip().split(" = ", 1) for line in file if " = " in line)
    assert int(settings["mail_lease_s"]) <= 60, settings["mail_lease_s"]
