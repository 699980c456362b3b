"""Hosts as network namespaces, and the switch between them: one that cuts, delays and loses frames as a test says.

Each host has a TAP device whose other end is here, so this needs no more of the kernel than /dev/net/tun."""
import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import threading
import time

TUNSETIFF, IFF_TAP, IFF_NO_PI, CLONE_NEWNET = 0x400454CA, 2, 0x1000, 0x40000000
FRAME_MAX = 65536


def run(*command):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def open_tap(namespace):
    """The descriptor of the device eth0 of that namespace. A thread of its own, since it stays where it went."""
    box = []

    def work():
        with open(f"/var/run/netns/{namespace}", "rb") as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET) != 0:
                return
        tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", b"eth0", IFF_TAP | IFF_NO_PI))
        box.append(tap)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert box, "no device"
    return box[0]


class Switch:
    """`names` -> namespaces and addresses 10.77.0.1, 2, ..."""

    def __init__(self, names):
        self.names = names
        self.address = {name: f"10.77.0.{number}" for number, name in enumerate(names, 1)}
        self.namespace = {name: f"cs{os.getpid()}{name}" for name in names}
        self.taps, self.where = {}, {}  # name -> descriptor, MAC -> name
        self.cuts, self.slow = set(), {}  # pairs; name -> (seconds, part that is lost)
        self.due, self.serial = [], 0
        self.chance = random.Random(7)
        self.frames = self.lost = 0
        self.over = False
        for name in names:
            self.plug_in(name)
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def plug_in(self, name):
        namespace = self.namespace[name]
        run("ip", "netns", "add", namespace)
        self.taps[name] = open_tap(namespace)
        run("ip", "-n", namespace, "link", "set", "lo", "up")
        run("ip", "-n", namespace, "addr", "add", self.address[name] + "/24", "dev", "eth0")
        run("ip", "-n", namespace, "link", "set", "eth0", "up")

    def inside(self, name, *command):
        return ["nsenter", f"--net=/var/run/netns/{self.namespace[name]}", *command]

    def pids(self, name):
        out = subprocess.run(["ip", "netns", "pids", self.namespace[name]], capture_output=True, text=True, check=True).stdout
        return [int(word) for word in out.split()]

    # --- what a test does to it ---

    def cut(self, name, *others):
        """No frame between this host and those; without any: all."""
        self.cuts |= {frozenset((name, other)) for other in others or self.names if other != name}

    def make_slow(self, name, seconds, lost):
        self.slow[name] = (seconds, lost)

    def mend(self):
        self.cuts, self.slow = set(), {}

    # --- frames ---

    def work(self):
        poll = select.poll()
        name_of = {tap: name for name, tap in self.taps.items()}
        for tap in name_of:
            poll.register(tap, select.POLLIN)
        while not self.over:
            wait = min(self.due[0][0] - time.monotonic(), 0.2) if self.due else 0.2
            for tap, _ in poll.poll(max(wait, 0) * 1000):
                self.take(name_of[tap], tap)
            while self.due and self.due[0][0] <= time.monotonic():
                self.put(*heapq.heappop(self.due)[2:])

    def take(self, name, tap):
        for _ in range(64):
            try:
                frame = os.read(tap, FRAME_MAX)
            except BlockingIOError:
                return
            self.frames += 1
            self.where[frame[6:12]] = name
            known = self.where.get(frame[:6])
            for other in [known] if known else self.names:
                if other != name and frozenset((name, other)) not in self.cuts:
                    self.send(name, other, frame)

    def send(self, name, other, frame):
        ways = [self.slow[end] for end in (name, other) if end in self.slow]
        if any(self.chance.random() < lost for _, lost in ways):
            self.lost += 1
        elif ways:
            self.serial += 1
            heapq.heappush(self.due, (time.monotonic() + sum(delay for delay, _ in ways), self.serial, other, frame))
        else:
            self.put(other, frame)

    def put(self, other, frame):
        try:
            os.write(self.taps[other], frame)
        except OSError:
            self.lost += 1  # its queue is full, as a real one may be

    def close(self):
        self.over = True
        self.thread.join()
        for tap in self.taps.values():
            os.close(tap)
        for namespace in self.namespace.values():
            subprocess.run(["ip", "netns", "del", namespace], check=False)
