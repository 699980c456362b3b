"""The programs under a service manager: the socket is passed in, and the manager is told. A socket here plays systemd."""
import contextlib
import importlib.machinery
import importlib.util
import os
import socket
import subprocess
import threading

import fastcgi
from client import wait_until
from mail import Mailer
from stack import API, BUILD, TOP


class Manager:
    """Where news for the service manager arrive, and the socket that it listens on for its service."""

    def __init__(self, stack):
        self.path = os.path.join(stack.sockets, "manager.sock")
        self.listen_at = os.path.join(stack.sockets, "passed_in.sock")
        self.news = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        for path, one in ((self.path, self.news), (self.listen_at, self.listener)):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            one.bind(path)
            os.chmod(path, 0o666)
        self.listener.listen(64)
        self.news.settimeout(20)

    def heard(self):
        return self.news.recv(1000).decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.news.close()
        self.listener.close()


@contextlib.contextmanager
def managed(stack, manager, sockets=1, watchdog_us=0):
    """A worker as systemd starts it; which of several sockets are passed in is told by their number."""
    environment = dict(os.environ, COUNTERSIGN_SLOT="4", NOTIFY_SOCKET=manager.path, LISTEN_FDS=str(sockets),
                       COUNTERSIGN_OPERATORS_LISTEN=f"unix:{stack.sockets}/managed.operators.sock")  # fmt: skip
    if watchdog_us:
        environment["WATCHDOG_USEC"] = str(watchdog_us)
    command = [os.path.join(BUILD, "countersignd"), "--config", os.path.join(stack.run, "countersign.conf")]
    fd = manager.listener.fileno()
    shell = ["bash", "-c", f'export LISTEN_PID=$$; exec "$@" 3<&{fd}', "-", *command]
    with subprocess.Popen(shell, env=environment, stderr=subprocess.PIPE, pass_fds=[fd]) as process:
        try:
            yield process
        finally:
            process.kill()


def petition_status(manager):
    return fastcgi.ask(manager.listen_at, fastcgi.parameters("GET", f"{API}/demo")).status


def test_a_worker_serves_the_socket_that_is_passed_in(stack):
    with Manager(stack) as manager, managed(stack, manager, watchdog_us=4_000_000) as process:
        assert manager.heard() == "READY=1"
        assert petition_status(manager) == 200
        assert manager.heard() == "WATCHDOG=1" == manager.heard()
        process.terminate()
        wait_until(lambda: manager.heard() == "STOPPING=1", 15, "it says that it stops")
        assert process.wait(15) == 0
        assert os.path.exists(manager.listen_at), "the socket's file is the manager's"


def test_O12_who_asks_while_a_worker_is_exchanged_is_answered_by_the_next(stack):
    with Manager(stack) as manager:
        with managed(stack, manager) as first:
            assert manager.heard() == "READY=1"
            first.terminate()
            assert first.wait(15) == 0
        answers = []
        asking = [threading.Thread(target=lambda: answers.append(petition_status(manager))) for _ in range(8)]
        for thread in asking:
            thread.start()
        with managed(stack, manager):
            for thread in asking:
                thread.join(30)
            assert answers == [200] * 8


def test_O14_more_sockets_than_one_are_refused(stack):
    with Manager(stack) as manager, managed(stack, manager, sockets=2) as process:
        said = process.stderr.read().decode()
        assert process.wait(15) == 2
        assert "cannot_start" in said and "more than one was passed in" in said


def test_the_mailer_tells_its_manager(stack):
    with Manager(stack) as manager:
        os.environ.update(NOTIFY_SOCKET=manager.path, WATCHDOG_USEC="2000000")
        try:
            mailer = Mailer(stack, 1)
        finally:
            del os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"]
        with mailer:
            assert manager.heard() == "READY=1"
            assert manager.heard() == "WATCHDOG=1"
            assert mailer.end() == 0
            wait_until(lambda: manager.heard() == "STOPPING=1", 15, "it says that it stops")


def by_environment_alone(stack, program, **more):
    """Its first lines of log, where no file is named; where this host has one, the environment is the stronger."""
    with open(os.path.join(stack.run, "countersign.conf"), encoding="utf-8") as file:
        lines = [line.strip().split(" = ", 1) for line in file if " = " in line and not line.startswith("#")]
    names = {f"COUNTERSIGN_{name.upper()}": value for name, value in [*lines, *more.items()]}
    environment = {name: value for name, value in os.environ.items() if name != "COUNTERSIGN_CONFIG"}
    with subprocess.Popen([os.path.join(BUILD, program)], env={**environment, **names}, stderr=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stderr:
                yield line
        finally:
            process.kill()


def test_programs_start_by_the_environment_alone(stack):
    own = {"socket": f"{stack.sockets}/alone.sock", "operators_listen": f"unix:{stack.sockets}/alone.operators.sock"}
    worker = by_environment_alone(stack, "countersignd", **own)
    assert any('"listening"' in line for line in worker)
    worker.close()
    mail = dict(own, smtp_server="127.0.0.1:9", smtp_tls="none", smtp_hello="alone.example", mail_from="a@alone.example")
    mailer = by_environment_alone(stack, "countersign-mailer", **mail)
    assert any('"mailing"' in line for line in mailer)
    mailer.close()


def test_a_row_of_the_mailbox_is_made_once(_stack):
    loader = importlib.machinery.SourceFileLoader("sink", os.path.join(TOP, "deploy/dev/mail-sink"))
    sink = importlib.util.module_from_spec(importlib.util.spec_from_loader("sink", loader))
    loader.exec_module(sink)
    for number in range(1, 4):
        sink.letters[number] = ("a@b.example", [f"<{number}>@b.example"], b"Subject: =?utf-8?q?=C3=84_<i>?=\r\n\r\nWords.\r\n")
        pages = {sink.show_list()[1] for _ in range(3)}
        assert len(pages) == 1 and pages.pop().count("<td>\u00c4 &lt;i&gt;<td>") == number
    made, sink.parsed = sink.row.cache_info().misses, None
    assert made == 3 and "&lt;3&gt;@b.example" in sink.show_list()[1]
