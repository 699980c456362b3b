"""The command line as a test calls it."""
import contextlib
import json
import os
import pty
import subprocess

from stack import BUILD

DONE, NO, WRONG, AWAY = range(4)


def run(*words, code=DONE, input=None, environment=None, text=True):
    """The program as it is, without a configuration."""
    environment = dict(os.environ, **(environment or {}))
    done = subprocess.run([os.path.join(BUILD, "countersign"), *words], input=input, capture_output=True, text=text,
                          timeout=60, env=environment)
    assert done.returncode == code, f"{words}: exit {done.returncode}: {done.stdout!r} {done.stderr!r}"
    return done


def cli(stack, *words, code=DONE, environment=None, **how):
    config = os.path.join(stack.run, "countersign.conf")
    return run("--config", config, *words, code=code, environment={**stack.environment, **(environment or {})}, **how)


def parsed(stack, *words, **how):
    return json.loads(cli(stack, *words, "--json", **how).stdout)


def in_terminal(stack, *words):
    """What somebody sees who sends from a terminal, and the exit."""
    ours, theirs = pty.openpty()
    config = os.path.join(stack.run, "countersign.conf")
    with subprocess.Popen([os.path.join(BUILD, "countersign"), "--config", config, *words], stdout=theirs, stderr=theirs) as program:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            while more := os.read(ours, 4096):
                shown += more
        os.close(ours)
    return shown.decode(), program.returncode
