"""The containers of docker-compose.yml in a copy of the tree, and what people and operators do with them."""
import http.client
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
import time

from engine import TOP

PORT, MAIL_PORT, HTTPS = (int(os.environ.get("COMPOSE_TEST_PORT", "8230")) + n for n in range(3))
WAIT_S = 240


def await_true(what, condition, seconds=WAIT_S):
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.3)


class Stack:
    def __init__(self, engine):
        self.engine = engine
        self.folder = tempfile.mkdtemp(prefix="countersign-tree-", dir="/var/tmp")
        self.old = os.environ.get("COMPOSE_TEST_FROM")
        self.copy_tree(self.old)
        # An engine that is kept for the next time has those of another tree; its layers are kept.
        self.engine.docker("image", "rm", "--force", "countersign:test", "countersign-sink:test", check=False)
        self.file = []
        self.variables = {
            "COMPOSE_PROJECT_NAME": "countersign-test", "COUNTERSIGN_TAG": "test", "PORT": str(PORT),
            "MAIL_PORT": str(MAIL_PORT), "COUNTERSIGN_REAL_IP":
                "set_real_ip_from 0.0.0.0/0; real_ip_header X-Forwarded-For;"}  # fmt: skip
        self.nginx = "nginx-demo"

    # ---- the tree, as a clone has it: nothing that git ignores ----

    def copy_tree(self, commit=None):
        """Over what is there, as `git pull` does it: folders stay those that containers have mounted."""
        if commit:
            tar = subprocess.run(["git", "-C", TOP, "-c", "tar.umask=022", "archive", commit], check=True, capture_output=True).stdout
        else:
            names = subprocess.run(["git", "-C", TOP, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                   check=True, capture_output=True).stdout
            tar = subprocess.run(["tar", "-C", TOP, "--null", "--files-from=-", "--ignore-failed-read", "-c"],
                                 input=names, check=True, capture_output=True).stdout
        subprocess.run(["tar", "-C", self.folder, "-x"], input=tar, check=True)

    def close(self):
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "5", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- compose ----

    def compose(self, *words, **options):
        return self.engine.docker("compose", *self.file, *words, cwd=self.folder, **{**self.variables, **options})

    def cli(self, *words, check=True):
        return self.compose("run", "--rm", "-T", "cli", *words, check=check)

    def upgrade(self):
        return self.engine.run(f"{self.folder}/deploy/docker/upgrade", *self.file, cwd=self.folder, **self.variables)

    def ids(self, service):
        return self.compose("ps", "--quiet", service).stdout.split()

    def running(self):
        return self.compose("ps", "--quiet").stdout.split()

    def is_healthy(self, container):
        state = self.engine.inspect(container)["State"]
        return state["Running"] and state.get("Health", {}).get("Status") == "healthy"

    def await_healthy(self, service):
        await_true(f"{service} is healthy", lambda: all(map(self.is_healthy, self.ids(service))) and self.ids(service))

    def kill(self, container):
        """Its first process, as a crash does it: an engine that is asked to kill does not start again."""
        state = self.engine.inspect(container)["State"]
        os.kill(state["Pid"], signal.SIGKILL)
        await_true(f"{container} is there again", lambda: self.engine.inspect(container)["State"]["Pid"] not in (0, state["Pid"]))

    # ---- what nginx is asked ----

    def ask(self, method, path, body=None, port=PORT, caller="203.0.113.7", tls=None, headers_host="127.0.0.1"):
        if tls:
            connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=tls)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            headers = {"Host": headers_host, "X-Forwarded-For": caller}
            if body is not None:
                headers["Content-Type"] = "application/json"
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers
        finally:
            connection.close()

    def sign(self, email, **options):
        body = {"email": email, "given_name": "Ada", "family_name": "Lovelace"}
        return self.ask("POST", "/api/v1/petitions/demo/signatures", body, **options)[0]

    def confirm(self, token, **options):
        return self.ask("POST", "/api/v1/confirmations", {"token": token}, **options)[0]

    def count(self, **options):
        return json.loads(self.ask("GET", "/api/v1/petitions/demo/count", **options)[1])["count"]

    def letter_to(self, email):
        """The text of the newest letter to this mailbox, when there is one."""
        page = self.ask("GET", "/", port=MAIL_PORT)[1].decode()
        found = re.search(r"<td>" + re.escape(email) + r"<td>.*?href=\"(/\d+/text)\"", page)
        return found and self.ask("GET", found[1], port=MAIL_PORT)[1].decode()

    def token_of(self, email):
        text = await_true(f"a letter to {email}", lambda: self.letter_to(email))
        return re.search(r"/c#(\S{46})", text)[1]

    # ---- what operators see ----

    def audit(self):
        done = self.cli("audit", check=False)
        assert done.returncode == 0, f"audit: {done.returncode} {done.stdout}{done.stderr}"
        return done.stdout

    def signers(self):
        """Addresses of all signatures, each as often as it is there."""
        key = "/run/secrets/organization/organization.key"
        rows = self.cli("export", "demo", "--key", key, "--format", "jsonl", "--state", "all").stdout
        return [json.loads(row)["email"] for row in rows.splitlines()]

    def upstream(self):
        shown = self.compose("exec", "-T", self.nginx, "cat", "/etc/nginx/countersign/host/upstream.conf").stdout
        return re.findall(r"^ *server unix:(\S+) ", shown, re.M)

    def metric(self, container, name):
        """A worker's, over the inner network, which this host sees as the engine's."""
        networks = self.engine.inspect(container)["NetworkSettings"]["Networks"]
        address = next(network["IPAddress"] for network in networks.values())
        connection = http.client.HTTPConnection(address, 9101, timeout=10)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.M))


def no_check():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
