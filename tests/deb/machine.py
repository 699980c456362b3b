"""A fresh Debian with systemd as its first process: a folder of mmdebstrap's in namespaces of its own, without a network."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
MIRROR = "http://deb.debian.org/debian"
BOOT_S = 120

# The devices are bound, since a folder may lie where devices mean nothing.
BOOT = r"""
set -euo pipefail
cd "$1"
mount --make-rprivate /
mount --bind . .
cd "$1"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
for name in null zero full random urandom tty; do
    touch dev/$name
    mount --bind /dev/$name dev/$name
done
ln -s /proc/self/fd dev/fd
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
hostname petitions
ip link set lo up
mkdir -p .old
pivot_root . .old
umount -l .old
# As the kernel's own first process has it: credentials are mounted by children, and have to come up here.
mount --make-rshared /
exec env -i container=countersign-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system
"""


class Skip(Exception):
    """No such machine can be had here, and why."""


def await_true(what, condition, seconds=BOOT_S):
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.1)


def cgroup_folder():
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        _, where, kind = line.split()[:3]
        if kind == "cgroup2" and os.access(where, os.W_OK):
            return pathlib.Path(where)
    raise Skip("no cgroup2 is mounted and writable, which systemd wants")


class Machine:
    def __init__(self, suite):
        for program in ("mmdebstrap", "unshare", "nsenter", "ip", "pivot_root"):
            if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
                raise Skip(f"there is no {program}; deploy/dev/deps package installs it")
        if os.geteuid() != 0:
            raise Skip("namespaces with devices want root")
        self.suite = suite
        self.kept = os.environ.get("DEB_TEST_ROOT")
        self.folder = pathlib.Path(self.kept or tempfile.mkdtemp(prefix="countersign-deb-", dir="/var/tmp"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.root = self.folder / f"root.{os.getpid()}"
        self.cgroup = cgroup_folder() / f"countersign-deb-{os.getpid()}"
        self.process = self.init = None

    # ---- a bare host ----

    def make_root(self):
        base = self.folder / f"{self.suite}.tar"
        if not base.exists():
            new = self.folder / f"new.{self.suite}.tar"  # the end of its name says what to make
            done = subprocess.run(["mmdebstrap", "--variant=minbase", "--include=systemd-sysv,dbus,iproute2",
                                   self.suite, new, MIRROR], capture_output=True, text=True)
            if done.returncode != 0:
                raise Skip(f"mmdebstrap makes no {self.suite}: {done.stderr.splitlines()[-1:]}")
            os.rename(new, base)
        self.root.mkdir()
        subprocess.run(["tar", "-xf", base, "-C", self.root], check=True)
        # Nobody pulls its plug, and nobody reads it in other languages.
        (self.root / "etc/dpkg/dpkg.cfg.d/quick").write_text("force-unsafe-io\npath-exclude=/usr/share/locale/*\n")

    def fetch_packages(self, words):
        """What apt would take from the network, which the machine itself does not have."""
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        archives = self.folder / f"{self.suite}-archives"
        archives.mkdir(exist_ok=True)
        for kept in archives.glob("*.deb"):
            shutil.copy(kept, self.root / "var/cache/apt/archives")
        for command in (["update", "-q"], ["install", "-q", "-y", "--download-only", *words]):
            done = subprocess.run(["chroot", self.root, "sh", "-c", 'cd /root && exec apt-get "$@"', "-", *command],
                                  capture_output=True, text=True)
            if done.returncode != 0:
                raise AssertionError(f"apt-get {command[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        for fetched in (self.root / "var/cache/apt/archives").glob("*.deb"):
            shutil.copy(fetched, archives)

    def give(self, files, to="root"):
        for file in files:
            shutil.copy(file, self.root / to)

    # ---- life ----

    def boot(self):
        self.cgroup.mkdir()
        enter = f'echo $$ >{self.cgroup}/cgroup.procs; exec unshare --fork --kill-child --pid --mount --cgroup --uts --ipc --net "$@"'
        with open(self.folder / "boot.log", "w") as log:
            self.process = subprocess.Popen(["bash", "-c", enter, "-", "bash", "-c", BOOT, "-", str(self.root)],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        try:
            self.init = int(await_true("a first process", lambda: self.alive() and children.read_text().split(), 20)[0])
            await_true("systemd has started all", lambda: self.alive() and self.state() in ("running", "degraded"))
        except AssertionError as why:
            raise Skip(f"systemd does not start here: {why}; {(self.folder / 'boot.log').read_text()[-300:]}") from why

    def alive(self):
        if self.process.poll() is not None:
            raise AssertionError(f"it ended with {self.process.returncode}")
        return True

    def state(self):
        return self.run("systemctl is-system-running", check=False).stdout.strip()

    def command(self, *words, namespaces=("-m", "-p", "-n", "-u", "-i", "-C")):
        return ["nsenter", "-t", str(self.init), *namespaces, "--", *words]

    def run(self, script, check=True, timeout=600):
        """A shell's script on the machine, as root."""
        done = subprocess.run(
            self.command("/usr/bin/env", "-i", "HOME=/root", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive",
                         "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "/bin/bash", "-euo", "pipefail", "-c", f"cd /root\n{script}"),
            text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=timeout)  # fmt: skip
        if check and done.returncode != 0:
            raise AssertionError(f"{script[:2000]}\n→ {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done

    def said(self, script, **options):
        return self.run(script, **options).stdout.strip()

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait(60)
        if self.cgroup.exists():
            await_true("its processes are gone", lambda: "populated 0" in (self.cgroup / "cgroup.events").read_text(), 60)
            for folder, _, _ in os.walk(self.cgroup, topdown=False):
                os.rmdir(folder)
        if not os.environ.get("DEB_TEST_KEEP"):
            shutil.rmtree(self.root if self.kept else self.folder, ignore_errors=True)
