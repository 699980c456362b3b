"""Worker and mailer at their work under the list of deploy/docker/seccomp.json; a call that it does not have kills them (sealed.py)."""
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile

import fastcgi
import sealed
from client import wait_until
from mail import Mailer, Sink, clear
from stack import API, BUILD, TOP, free_port
from test_doctor import worker


def under(stack):
    """Copies, since who runs the worker may not be able to read this tree."""
    for path in (sealed.__file__, os.path.join(TOP, "deploy/docker/seccomp.json")):
        shutil.copy(path, stack.run)
        os.chmod(os.path.join(stack.run, os.path.basename(path)), 0o644)
    return [sys.executable, "-B", *(os.path.join(stack.run, name) for name in ("sealed.py", "seccomp.json"))]


def plain(test):
    """What looks for faults, or counts lines, calls more."""
    return (lambda stack: None) if os.path.basename(BUILD) in ("asan", "tsan", "cov") else test


def pid_behind(path):
    with socket.socket(socket.AF_UNIX) as there:
        there.connect(path)
        return struct.unpack("iII", there.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]


def test_another_call_kills(stack):
    made = os.path.join(stack.run, "made")
    assert subprocess.run([*under(stack), "/bin/mkdir", made], check=False).returncode == -signal.SIGSYS and not os.path.exists(made)
    assert subprocess.run([*under(stack), "/bin/true"], check=False).returncode == 0


@plain
def test_the_worker_calls_no_more_than_is_listed(stack):
    slug, person = stack.petition(), stack.person()
    with tempfile.TemporaryFile("w+") as log, worker(stack, "--nofile=512:512", log, under(stack)) as listener:
        place = listener.replace("operators.9", "countersignd.9")

        def ask(method, path, body=None, status=200):
            text = json.dumps(body).encode() if body else b""
            return fastcgi.ask(place, fastcgi.parameters(method, path, text, REMOTE_ADDR="192.0.2.9"), text).status == status

        wait_until(lambda: ask("POST", f"{API}/{slug}/signatures", person, 202), 20, "it takes a signature")
        assert ask("POST", "/api/v1/confirmations", {"token": stack.token(slug, person["email"])})
        for path in (f"{API}/{slug}", f"{API}/{slug}/count", f"{API}/{slug}/signatures/recent", f"/p/{slug}", f"/embed/{slug}"):
            assert ask("GET", path), path
        os.kill(pid_behind(listener), signal.SIGHUP)
        wait_until(lambda: log.seek(0) == 0 and "reloaded" in log.read(), 20, "it reads its configuration anew")
        assert ask("GET", f"{API}/{slug}/count")


@plain
def test_the_mailer_calls_no_more_than_is_listed(stack):
    clear(stack)
    slug = stack.petition()
    with Sink() as sink, Mailer(stack, sink.port, under=under(stack)) as mailer:
        mailer.process.send_signal(signal.SIGHUP)
        address = stack.signed(slug)
        wait_until(lambda: address in [letter.to for letter in sink.letters], 20, "the letter comes")
    # Nobody listens there.
    with Mailer(stack, free_port(), under=under(stack)) as mailer:
        stack.signed(slug)
        wait_until(lambda: mailer.metric('countersign_mailer_server{state="down"}') == 1, 20, "the mail server is away")
    clear(stack)
