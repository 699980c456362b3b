"""`countersign top`: a second of the real stack, and a terminal that is as it was afterwards."""
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

from cli import AWAY, WRONG, run
from stack import BUILD, WORKERS

COUNTERSIGN = os.path.join(BUILD, "countersign")


def listeners(stack):
    return [os.path.join(stack.sockets, f"operators.{number}.sock") for number in WORKERS]


def test_a_picture_tells_what_the_workers_did(stack):
    slug = stack.petition(confirmation="none")
    with subprocess.Popen([COUNTERSIGN, "top", "--json", *listeners(stack)], stdout=subprocess.PIPE, text=True) as top:
        try:
            signed, told = 0, 0.0
            for _ in range(20):
                for _ in range(5):
                    stack.signed(slug)
                    signed += 1
                stack.sign(slug, email="no")
                seen = json.loads(top.stdout.readline())
                told += seen["all"]["signatures_per_second"]
                if seen["all"]["commit_p50_seconds"] and seen["turned_away_per_second"].get("sign invalid_fields"):
                    break
            else:
                raise AssertionError(seen)
        finally:
            top.send_signal(signal.SIGINT)
        assert top.wait(20) == 0
    assert 0 < told <= 20 * signed and 0 < seen["all"]["commit_p50_seconds"] <= seen["all"]["commit_p99_seconds"] < 10, seen
    assert [worker["up"] for worker in seen["workers"]] == [True, True] and not seen["silent"], seen
    assert seen["all"]["database_up"] == seen["all"]["redis_up"] == 1, seen


def test_a_listener_that_does_not_answer_is_told(stack):
    done = run("top", "--once", *listeners(stack), "/nowhere")
    assert "NO ANSWER 1" in done.stdout and "workers 2/2" in done.stdout, done.stdout
    assert "\033" not in done.stdout and max(map(len, done.stdout.splitlines())) <= 80, done.stdout
    run("top", "--once", "/nowhere", code=AWAY)
    run("top", "--once", environment={"COUNTERSIGN_CONFIG": "/dev/null"}, code=WRONG)


def read_until(fd, word, seconds=30):
    """What the terminal was sent, up to this word."""
    got, until = b"", time.monotonic() + seconds
    while word not in got:
        assert time.monotonic() < until, got
        if select.select([fd], [], [], 0.2)[0]:
            got += os.read(fd, 65536)
    return got


def has_terminals():
    """A chroot without /dev/pts has none to try."""
    try:
        for fd in os.openpty():
            os.close(fd)
    except OSError:
        return False
    return True


def test_the_terminal_is_given_back_by_hangup_and_interrupt(stack):
    if not has_terminals():
        print("skipped: there are no terminals here")
        return
    for key in (b"\x03", None):
        pid, fd = pty.fork()
        if pid == 0:
            os.execv(COUNTERSIGN, [COUNTERSIGN, "top", *listeners(stack)])
        try:
            fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 60, 0, 0))
            before = termios.tcgetattr(fd)
            got = read_until(fd, b"^C ends")
            got += read_until(fd, b"^C ends")
            lines = got.split(b"\033[H")[-1].split(b"\r\n")
            assert len(lines) <= 12 and all(len(line.replace(b"\033[K", b"").decode(errors="ignore")) <= 60 for line in lines), lines
            assert b"\033[?1049h" in got and b"\033[?25l" in got
            if key:
                os.write(fd, key)
            else:
                os.kill(pid, signal.SIGTERM)
            got = read_until(fd, b"\033[?1049l")
            assert b"\033[?25h" in got
            assert termios.tcgetattr(fd) == before
        finally:
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
            os.close(fd)
