"""What an operator does with docker-compose.yml, in this order; each returns what it has seen, in a few words."""
import json
import os
import pathlib
import re
import ssl
import subprocess

from load import Load
from stack import HTTPS, MAIL_PORT, PORT, await_true, no_check

PEOPLE = 40  # who have to get through between two faults


def test_up_from_nothing(stack):
    """`docker compose up` and nothing before it: no secret, no image, no database."""
    assert not pathlib.Path(stack.folder, "deploy/secrets").exists()
    # It fails where something ended that nobody waits for; of before, the demo.
    stack.compose("up", "--detach", *([] if stack.old else ["--wait"]))
    for service in ("postgres", "redis", "worker", "mailer", "pictures", "sink", stack.nginx):
        stack.await_healthy(service)
    status = await_true("the petition's page", lambda: stack.ask("GET", "/p/demo")[0] == 200 and 200)
    return f"{len(stack.running())} containers, the page {status}"


def test_sign_and_confirm_by_the_letters_link(stack):
    assert stack.sign("ada@people.example") == 202
    assert stack.count() == 0
    assert stack.confirm(stack.token_of("ada@people.example")) == 200
    await_true("the number is 1", lambda: stack.count() == 1)
    return stack.audit().strip()


def test_command_line_in_a_container(stack):
    """Also by exec: a worker holds no operator's password, and says so."""
    assert "equal" in stack.cli("audit", "demo").stdout
    doctor = stack.cli("doctor", check=False)
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    # Its advice would take the file from who has to read it.
    assert stack.old or "mounted read-only" in doctor.stdout and "chmod" not in doctor.stdout, doctor.stdout
    done = stack.compose("exec", "-T", "worker", "countersign", "audit", check=False)
    assert done.returncode == 2 and "operator_password" in done.stderr, done.stderr
    assert "ready" in stack.compose("exec", "-T", "worker", "countersign", "ready").stdout
    wrong = stack.compose("exec", "-T", "-e", "COUNTERSIGN_OPERATORS_LISTEN=127.0.0.1:9", "worker", "countersign", "ready",
                          check=False)  # fmt: skip
    assert wrong.returncode == 3, wrong.stdout + wrong.stderr


def test_a_clone_that_nobody_else_can_read_is_told(stack):
    """After a clone with umask 077 PostgreSQL would make half a database, which no later start makes whole."""
    closed = pathlib.Path(stack.folder, "deploy/docker/postgres-roles")
    closed.chmod(0o700)
    try:
        told = stack.compose("run", "--rm", "-T", "setup", check=False)
    finally:
        closed.chmod(0o755)
    assert told.returncode == 1 and "deploy/docker/postgres-roles can be read by nobody" in told.stderr, told
    stack.compose("run", "--rm", "-T", "setup")


def test_four_workers_behind_nginx(stack):
    stack.compose("up", "--detach", "--wait", "--no-deps", "--no-recreate", "--scale", "worker=4", "worker")
    await_true("nginx lists four", lambda: len(stack.upstream()) == 4)
    workers = stack.ids("worker")
    # What a worker has answered tells that nginx asks it; the names of metrics are not this test's.
    before = [stack.metric(worker, "countersign_requests_total") for worker in workers]
    with Load(stack, "four") as load:
        load.await_more(200)
    shares = [stack.metric(worker, "countersign_requests_total") - was for worker, was in zip(workers, before)]
    # A machine that is busy with other things may have them shed some.
    assert len(shares) == 4 and all(shares) and set(load.answers) <= {202, 503}, (shares, load.answers)
    stack.compose("up", "--detach", "--wait", "--no-deps", "--no-recreate", "--scale", "worker=2", "worker")
    await_true("nginx lists two", lambda: len(stack.upstream()) == 2)
    return f"requests of each: {', '.join(f'{share:.0f}' for share in shares)}"


def read_process(pid):
    """Environment and command line; nothing of one that has just ended, as a health check does."""
    try:
        return "".join(pathlib.Path(f"/proc/{pid}/{part}").read_text(errors="replace") for part in ("environ", "cmdline"))
    except (ProcessLookupError, FileNotFoundError):
        return ""


def test_secrets_are_in_files_alone(stack):
    """O11: nothing that an engine shows, no environment and no command line of a process holds a secret; what is left of
    the superuser's password in PostgreSQL's environment opens nothing."""
    volume = stack.engine.inspect(f"{stack.variables['COMPOSE_PROJECT_NAME']}_secrets")["Mountpoint"]
    files = [path for path in pathlib.Path(volume).rglob("*") if path.is_file() and path.suffix != ".pub"]
    secrets = {line for path in files for line in path.read_text().split() if len(line) > 24}
    secrets -= set(pathlib.Path(volume, "public.keys").read_text().split())
    superuser = pathlib.Path(volume, "postgres_password").read_text().strip()
    assert len(secrets) > 8
    for container in stack.running():
        shown = json.dumps(stack.engine.inspect(container))
        for pid in stack.engine.docker("top", container, "-eo", "pid").stdout.split()[1:]:
            shown += read_process(pid)
        found = {secret for secret in secrets if secret in shown.replace(superuser, "")}
        assert not found, f"{container} shows {len(found)} secrets"
    done = stack.compose("exec", "-T", "-e", f"PGPASSWORD={superuser}", "postgres", "psql", "-h", "127.0.0.1", "-U", "postgres",
                         "-c", "SELECT 1", check=False)  # fmt: skip
    assert done.returncode != 0 and "authentication failed" in done.stderr, done.stderr
    return f"{len(secrets)} secrets, {len(stack.running())} containers"


def test_containers_are_confined(stack):
    """Read-only, without capabilities but nginx's four, no new privileges, bounded; nothing listens outside but nginx and
    the sink of the demo; the inner network has no way out."""
    published = {}
    for container in stack.running():
        seen = stack.engine.inspect(container)
        service = seen["Config"]["Labels"]["com.docker.compose.service"]
        host = seen["HostConfig"]
        assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"], service
        assert ("seccomp=" in " ".join(host["SecurityOpt"])) == (service in ("worker", "mailer")), service
        assert "no-new-privileges:true" in host["SecurityOpt"] and host["Memory"] > 0 and host["PidsLimit"] > 0, service
        assert host["LogConfig"]["Config"]["max-size"], service
        assert bool(host["CapAdd"]) == service.startswith("nginx"), service
        assert seen["Config"]["User"] in ("10001:10001", "10001:101", "999:999", "0:101"), service
        for bound in (binding for bindings in host["PortBindings"].values() for binding in bindings or []):
            published[bound["HostPort"]] = bound["HostIp"]
    assert published == {str(PORT): "127.0.0.1", str(MAIL_PORT): "127.0.0.1"}, published
    worker = stack.engine.inspect(stack.ids("worker")[0])
    assert len(worker["NetworkSettings"]["Networks"]) == 1
    assert stack.engine.inspect(f"{stack.variables['COMPOSE_PROJECT_NAME']}_back")["Internal"]
    for process in ("countersignd", "countersign-mailer"):  # and no shell around them
        assert process in stack.compose("top", "worker" if process == "countersignd" else "mailer").stdout


def test_each_container_is_killed_and_comes_back(stack):
    """P, D, R, O4: under load, each one's first process; who was acknowledged is there, once."""
    killed = []
    with Load(stack, "killed", again=True) as load:
        for service in ("worker", "worker", "postgres", "redis", "mailer", "sink", stack.nginx):
            load.await_more(PEOPLE)
            stack.kill(stack.ids(service)[len(killed) % 2 if service == "worker" else 0])
            stack.await_healthy(service)
            killed.append(service)
        load.await_more(PEOPLE)
    stack.audit()
    signers = stack.signers()
    lost = set(load.acknowledged) - set(signers)
    assert not lost and len(signers) == len(set(signers)), (len(lost), len(signers), len(set(signers)))
    assert stack.sign("grace@people.example") == 202
    before = stack.count()
    assert stack.confirm(stack.token_of("grace@people.example")) == 200
    await_true("the number grows", lambda: stack.count() == before + 1)
    return f"{len(killed)} killed, {len(load.acknowledged)} acknowledged, 0 lost, 0 twice; answers {dict(load.answers)}"


def test_O12_upgrade_under_load_without_a_failed_request(stack):
    """The second image differs by a file, as another version does; with COMPOSE_TEST_FROM by all that has come since."""
    if stack.old:
        stack.copy_tree()
        stack.compose("build")
    pathlib.Path(stack.folder, "second").write_text("FROM countersign:test\nLABEL version=second\n")
    old = set(stack.ids("worker") + stack.ids("mailer"))
    stack.engine.docker("build", "--quiet", "--tag", "countersign:test", "--file", f"{stack.folder}/second", stack.folder)
    with Load(stack, "upgrade") as load:
        load.await_more(PEOPLE)
        stack.upgrade()
        load.await_more(PEOPLE)
    assert set(load.answers) == {202}, load.answers
    new = stack.ids("worker") + stack.ids("mailer")
    assert len(new) == 3 and not old & set(new)
    for container in new:
        assert stack.engine.inspect(container)["Config"]["Labels"].get("version") == "second"
    stack.audit()
    return f"{load.answers[202]} requests, 0 failed"


def test_down_and_up_with_the_data_still_there(stack):
    count, signers = stack.count(), sorted(stack.signers())
    running = {container: stack.engine.inspect(container)["Name"] for container in stack.running()}
    stack.compose("stop", "--timeout", "60")
    killed = [name for container, name in running.items() if stack.engine.inspect(container)["State"]["ExitCode"] == 137]
    assert not killed, f"they do not end when they are asked to: {killed}"
    stack.compose("down")
    stack.compose("up", "--detach")
    for service in ("postgres", "worker", "mailer", stack.nginx):
        stack.await_healthy(service)
    await_true("the same number", lambda: stack.count() == count)
    assert sorted(stack.signers()) == signers
    return f"{len(signers)} signatures, {count} counted; {stack.audit().strip()}"


def test_a_volume_that_is_somebody_elses_is_taken_over(stack):
    """As after a copy from another machine."""
    stack.compose("down", "--timeout", "60")
    project = stack.variables["COMPOSE_PROJECT_NAME"]
    for name in ("postgres", "sockets", "secrets", "worker_secrets"):
        folder = stack.engine.inspect(f"{project}_{name}")["Mountpoint"]
        subprocess.run(["chown", "-R", "4711:4711", folder], check=True)
    stack.compose("up", "--detach")
    for service in ("postgres", "worker", "mailer", stack.nginx):
        stack.await_healthy(service)
    stack.audit()


def indented(stack, begins):
    """The commands of deploy/README.md below the paragraph that begins so, for this project."""
    text = pathlib.Path(stack.folder, "deploy/README.md").read_text()
    lines = re.search(rf"^{begins}.*?\n\n((?:    [^\n]*\n)+)", text, re.M | re.S)[1]
    project = stack.variables["COMPOSE_PROJECT_NAME"]
    return lines.replace("countersign_secrets", f"{project}_secrets").replace(" --env-file deploy/production.env", "")


def shell(stack, *lines):
    script = "\n".join(['petitions() { docker compose "$@"; }', *lines])
    return stack.engine.run("bash", "-euo", "pipefail", "-c", script, cwd=stack.folder, **stack.variables)


def test_keys_are_exchanged_by_the_lines_of_the_readme(stack):
    given = pathlib.Path(stack.folder, "deploy/secrets")
    given.mkdir(parents=True, exist_ok=True)
    both = "petitions run --rm -T --entrypoint cat cli /run/secrets/mailing.pub /run/secrets/recovery/organization.pub >deploy/secrets/mailing.pub"
    with Load(stack, "rotated") as load:
        load.await_more(PEOPLE)
        shell(stack, both, indented(stack, "In containers"))
        load.await_more(PEOPLE)
    assert set(load.answers) == {202}, load.answers
    held = stack.compose("exec", "-T", "worker", "cat", "/run/secrets/index_keys", "/run/secrets/mailing.pub").stdout
    assert len(held.split("\n")) == 5 and "\n2 " in held, f"{held.count(chr(10))} lines"
    for file in given.iterdir():
        file.unlink()
    # What was given stays when it is given no more.
    shell(stack, "petitions run --rm -T setup")
    assert stack.compose("exec", "-T", "worker", "cat", "/run/secrets/index_keys", "/run/secrets/mailing.pub").stdout == held
    assert stack.token_of(load.acknowledged[-1]), "the mailer opens what is sealed to two"
    return f"{len(load.acknowledged)} acknowledged meanwhile, none refused"


def test_a_backup_is_restored_by_the_lines_of_the_readme(stack):
    """Everything is lost but the two files; then as before: the number, who signed, and the key that opens them."""
    count, signers = stack.count(), sorted(stack.signers())
    text = pathlib.Path(stack.folder, "deploy/README.md").read_text()
    keep = re.findall(r"`([^`]+ >(?:countersign\.dump|secrets\.tar))`", text)
    volume = f"{stack.variables['COMPOSE_PROJECT_NAME']}_secrets"
    keep = [line.replace("countersign_secrets", volume) for line in keep]
    bounds = "petitions exec -T postgres psql -U postgres -d countersign -qAtXc 'SELECT unnest(setconfig) FROM pg_db_role_setting ORDER BY setrole, 1'"
    before = shell(stack, bounds).stdout
    done = shell(stack, *keep, "petitions down --volumes --timeout 20", indented(stack, "To restore into"))
    for service in ("worker", "mailer", stack.nginx):
        stack.await_healthy(service)
    await_true("the same number", lambda: stack.count() == count)
    assert len(keep) == 2 and sorted(stack.signers()) == signers and "equal" in done.stdout, done.stdout
    assert "lock_timeout" in before and shell(stack, bounds).stdout == before, "the roles have their time-outs"
    return f"{len(signers)} signatures, {count} counted"


def test_wrong_secrets_are_told_and_no_signature_is_lost(stack):
    """An operator's own password for a role that has another one: signing says 503 and the log why; taken back, all is
    well again."""
    given = pathlib.Path(stack.folder, "deploy/secrets")
    given.mkdir(parents=True, exist_ok=True)
    volume = pathlib.Path(stack.engine.inspect(f"{stack.variables['COMPOSE_PROJECT_NAME']}_secrets")["Mountpoint"])
    right = (volume / "worker_password").read_text()
    (given / "worker_password").write_text("wrong\n")
    stack.compose("run", "--rm", "-T", "setup")
    stack.compose("restart", "worker")
    await_true("signing is refused", lambda: stack.sign("wrong@people.example") == 503)
    await_true("the log says why", lambda: "password authentication failed" in stack.compose("logs", "worker").stdout)
    (given / "worker_password").write_text(right)
    stack.compose("run", "--rm", "-T", "setup")
    stack.compose("restart", "worker")
    stack.await_healthy("worker")
    await_true("signing works", lambda: stack.sign("wrong@people.example") == 202)
    (given / "worker_password").unlink()
    stack.audit()


def make_certificate(folder):
    """One that is root's alone."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"],
                   check=True, stderr=subprocess.DEVNULL)  # fmt: skip
    os.chmod(folder / "privkey.pem", 0o600)
    return (folder / "fullchain.pem").read_text()


def in_words(stack, begins):
    """The command in the middle of a sentence of deploy/README.md."""
    text = pathlib.Path(stack.folder, "deploy/README.md").read_text()
    return re.search(rf"{begins} `([^`]+)`", text)[1].replace("petitions", "petitions --env-file deploy/production.env")


def test_production_with_a_certificate_and_a_relay(stack):
    """The same data as a site of its own: TLS by files that are root's alone, plain HTTP leads there, letters leave by
    verified TLS."""
    stack.compose("down", "--timeout", "60")
    folder = pathlib.Path(stack.folder, "certificates/live/localhost")
    folder.mkdir(parents=True)
    make_certificate(folder)
    os.chmod(folder, 0o700)
    text = (pathlib.Path(stack.folder, "deploy/docker/production.env").read_text()
            .replace("sign.example.org", "localhost").replace("CERTIFICATES=/etc/letsencrypt", "CERTIFICATES=./certificates")
            .replace("BASE_URL=https://localhost", f"BASE_URL=https://localhost:{HTTPS}")
            .replace("smtp.example.org:587", "sink:1025").replace("COUNTERSIGN_SMTP_USER", "#")
            .replace("0.0.0.0:80", f"127.0.0.1:{PORT}").replace("0.0.0.0:443", f"127.0.0.1:{HTTPS}"))  # fmt: skip
    pathlib.Path(stack.folder, "deploy/production.env").write_text(text + "COUNTERSIGN_SMTP_CA_FILE=/run/sink/certificate.pem\n")
    stack.file, stack.nginx = ["--env-file", "deploy/production.env"], "nginx"
    stack.compose("up", "--detach", "sink")  # the relay, which the profile has not
    stack.compose("up", "--detach")
    for service in ("worker", "mailer", "nginx"):
        stack.await_healthy(service)
    status, _, headers = stack.ask("GET", "/p/demo", headers_host="localhost")
    assert status == 308 and headers["Location"] == f"https://localhost:{HTTPS}/p/demo", (status, headers["Location"])
    secure = {"port": HTTPS, "tls": no_check(), "headers_host": "localhost"}
    status, _, headers = stack.ask("GET", "/p/demo", **secure)
    assert status == 200 and headers["Strict-Transport-Security"], status
    assert stack.sign("secure@people.example", **secure) == 202
    assert stack.confirm(stack.token_of("secure@people.example"), **secure) == 200
    stack.audit()
    renewed = make_certificate(folder)
    shell(stack, in_words(stack, "A renewed certificate is taken by"))
    await_true("the renewed certificate", lambda: ssl.get_server_certificate(("127.0.0.1", HTTPS)) == renewed)
    stack.kill(stack.ids("nginx")[0])  # which the engine mends still
    stack.await_healthy("nginx")


def test_down_v_forgets_and_begins_anew(stack):
    stack.compose("down", "--volumes", "--timeout", "20", "--remove-orphans")
    stack.file, stack.nginx = [], "nginx-demo"
    stack.compose("up", "--detach")
    stack.await_healthy(stack.nginx)
    await_true("the demo is open", lambda: stack.sign("ada@people.example") == 202)
    assert stack.count() == 0
