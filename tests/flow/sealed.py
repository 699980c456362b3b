"""Runs a program that may call of the kernel what a profile lists (deploy/docker/seccomp.json), and is killed by any other call:
sealed.py PROFILE PROGRAM... Stricter than the profile, by which such a call fails."""
import ctypes
import json
import os
import re
import struct
import subprocess
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
LOAD_NUMBER, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
KILL, ALLOW = 0x80000000, 0x7FFF0000


def numbers():
    """{name: number} of this machine; not all names are every machine's."""
    text = subprocess.run(["cc", "-E", "-dM", "-"], input="#include <asm/unistd.h>\n", capture_output=True, text=True, check=True).stdout
    return {name: int(number) for name, number in re.findall(r"^#define __NR_(\w+) (\d+)$", text, re.M)}


def allowed(profile):
    with open(profile, encoding="utf-8") as file:
        (rule,) = json.load(file)["syscalls"]
    known = numbers()
    return [known[name] for name in rule["names"] if name in known]


def seal(profile):
    """From here on. The program is of this machine, so its kind of calls is not looked at."""
    steps = [struct.pack("HBBI", LOAD_NUMBER, 0, 0, 0)]
    calls = allowed(profile)
    for left, call in zip(range(len(calls), 0, -1), calls):
        steps.append(struct.pack("HBBI", JUMP_IF_EQUAL, left, 0, call))
    steps += [struct.pack("HBBI", RETURN, 0, 0, KILL), struct.pack("HBBI", RETURN, 0, 0, ALLOW)]
    code = ctypes.create_string_buffer(b"".join(steps))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, FILTER, program, 0, 0):
        raise OSError(ctypes.get_errno(), "no filter")


if __name__ == "__main__":
    seal(sys.argv[1])
    os.execv(sys.argv[2], sys.argv[2:])
