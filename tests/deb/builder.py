"""Builds packages for another Debian than this one: in a folder of mmdebstrap's, in namespaces of its own, without a network."""
import os
import shutil
import subprocess

from machine import MIRROR, TOP, Skip

PARTS = ("src", "include", "sql", "nginx", "deploy", "tests", "Makefile", "LICENSE", "README.md")
# Of the sets of deploy/dev/packages, and what the unit and flow tests want beside them.
SETS, NOT_NEEDED = ("build", "package", "run"), ("mmdebstrap", "iproute2")
MORE = ("check", "git", "openssl", "prometheus", "python3-html5lib", "python3-psycopg2", "python3-yaml")
# What is tried there in place of Redis, under its name.
VALKEY = {"redis-server": "valkey-server", "redis-tools": "valkey-tools"}
LINKS = "ln -s /usr/bin/valkey-server /usr/bin/redis-server; ln -s /usr/bin/valkey-cli /usr/bin/redis-cli"
ENTER = r"""
set -euo pipefail
mount --make-rprivate /
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
ip link set lo up
exec chroot "$1" env -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin SOURCE_DATE_EPOCH=1700000000 \
    bash -euo pipefail -c "cd /build; $2"
"""


def wanted():
    rows = [line.split() for line in (TOP / "deploy/dev/packages").read_text().splitlines() if line and line[0] != "#"]
    return [VALKEY.get(row[1], row[1]) for row in rows if row[0] in SETS and row[1] not in NOT_NEEDED] + list(MORE)


class Builder:
    def __init__(self, machine):
        self.suite, self.folder = machine.suite, machine.folder
        self.root = self.folder / f"builder.{os.getpid()}"

    def prepare(self):
        base = self.folder / f"builder.{self.suite}.tar"
        if not base.exists():
            new = self.folder / f"new.builder.{self.suite}.tar"  # the end of its name says what to make
            done = subprocess.run(["mmdebstrap", "--variant=minbase", f"--include={','.join(wanted())}", self.suite, new, MIRROR],
                                  capture_output=True, text=True)
            if done.returncode != 0:
                raise Skip(f"mmdebstrap makes no {self.suite} that builds: {done.stderr.splitlines()[-1:]}")
            os.rename(new, base)
        self.root.mkdir()
        subprocess.run(["tar", "-xf", base, "-C", self.root], check=True)
        to = self.root / "build"
        to.mkdir()
        subprocess.run(["cp", "-a", *(TOP / part for part in PARTS), to], check=True)
        self.run(LINKS)

    def run(self, script):
        if not self.root.exists():
            self.prepare()
        done = subprocess.run(["unshare", "--fork", "--kill-child", "--pid", "--mount", "--net", "bash", "-c", ENTER, "-", self.root, script],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise AssertionError(f"{self.suite}: {script}: {done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout

    def packages(self, version, more=()):
        for folder in more:
            shutil.copytree(folder, self.root / "build/more", dirs_exist_ok=True)
        told = self.run(f"deploy/dev/deb {version} {'more' if more else ''}").split()
        return [self.root / "build" / line for line in told if "-dbgsym_" not in line]

    def close(self):
        shutil.rmtree(self.root, ignore_errors=True)
