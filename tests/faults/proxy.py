"""A proxy between a worker and PostgreSQL or Redis that can do what networks do: be slow, be silent,
break at a byte, break between a commit and its answer. One thread a proxy; all unix sockets."""
import os
import selectors
import socket
import threading
import time

PIECE = 65536


class Side:
    """One end of a connection: its socket, and what waits to be written to it."""

    def __init__(self, sock, selector, link):
        self.socket, self.selector, self.link = sock, selector, link
        self.queue = []  # [due, bytes]
        self.events = selectors.EVENT_READ
        self.other = None
        sock.setblocking(False)
        selector.register(sock, self.events, self)

    def watch(self, events):
        if events != self.events and self.socket.fileno() >= 0:
            self.events = events
            self.selector.modify(self.socket, events, self)

    def flush(self, now):
        while self.queue and self.queue[0][0] <= now:
            data = self.queue[0][1]
            try:
                sent = self.socket.send(data[: self.link.proxy.piece])
            except BlockingIOError:
                break
            if sent < len(data):
                self.queue[0][1] = data[sent:]
            else:
                self.queue.pop(0)
        due = self.queue and self.queue[0][0] <= now
        self.watch(selectors.EVENT_READ | (selectors.EVENT_WRITE if due else 0))


class Link:
    """A connection through the proxy."""

    def __init__(self, proxy, client, server):
        self.proxy = proxy
        self.client = Side(client, proxy.selector, self)
        self.server = Side(server, proxy.selector, self)
        self.client.other, self.server.other = self.server, self.client
        self.down = self.up = 0  # bytes to the client, to the server
        self.armed = False

    def close(self):
        for side in (self.client, self.server):
            if side.socket.fileno() >= 0:
                self.proxy.selector.unregister(side.socket)
                side.socket.close()
        self.proxy.links.discard(self)


class Proxy:
    """What it does is set from any thread, by assignment:

    delay         seconds each way
    hole          True: nothing passes, nothing is closed; new connections are taken and not answered
    refuse        True: new connections are closed at once
    piece         bytes a write
    cut_at        byte to the client after which each new connection breaks (None: never)
    cut_answers   how many more answers to `statement` are lost, after the server gave them
    cut_requests  how many more requests of `statement` break in their middle
    hold          "request" or "answer": those of `statement` stay here, and `held` is set

    It knows PostgreSQL's protocol as far as it needs to: a prepared statement of this name is executed, an answer ends
    with ReadyForQuery.
    """

    def __init__(self, listen, upstream, statement=b"\0sign_"):
        self.path, self.upstream, self.statement = listen, upstream, statement
        self.delay, self.hole, self.refuse, self.piece = 0.0, False, False, PIECE
        self.cut_at, self.cut_answers, self.cut_requests = None, 0, 0
        self.cuts = self.accepted = 0
        self.hold, self.held = None, threading.Event()
        self.links = set()
        self.wishes = []
        self.selector = selectors.DefaultSelector()
        self.wake_in, self.wake_out = socket.socketpair()
        self.selector.register(self.wake_out, selectors.EVENT_READ, None)
        os.makedirs(os.path.dirname(listen), exist_ok=True)
        if os.path.exists(listen):
            os.unlink(listen)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(listen)
        self.listener.listen(128)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ, self.accept)
        self.running = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    # --- for tests ---

    def cut_all(self):
        """Breaks every connection now."""
        self.wish(lambda: [link.close() for link in list(self.links)])

    def half_close(self):
        """Says to every worker that no more will come, and goes on reading."""
        self.wish(lambda: [link.client.socket.shutdown(socket.SHUT_WR) for link in list(self.links)])

    def heal(self):
        self.delay, self.hole, self.refuse, self.piece, self.cut_at = 0.0, False, False, PIECE, None
        self.cut_answers = self.cut_requests = 0
        self.hold = None
        self.held.clear()

    def close(self):
        self.wish(self.stop)
        self.thread.join(5)

    def wish(self, what):
        done = threading.Event()
        self.wishes.append((what, done))
        self.wake_in.send(b"x")
        assert done.wait(5), "the proxy hangs"

    # --- the thread ---

    def stop(self):
        self.running = False
        for link in list(self.links):
            link.close()
        self.listener.close()
        if os.path.exists(self.path):
            os.unlink(self.path)

    def grant(self):
        while self.wishes:
            what, done = self.wishes.pop(0)
            try:
                what()
            except OSError:
                pass
            done.set()

    def run(self):
        while self.running:
            events = self.selector.select(0.002 if self.delay else 0.02)
            now = time.monotonic()
            for key, mask in events:
                self.handle(key, mask, now)
            for link in list(self.links):
                self.flush(link, now)
            self.grant()

    def handle(self, key, mask, now):
        if key.data is None:
            self.wake_out.recv(100)
        elif callable(key.data):
            key.data()
        elif mask & selectors.EVENT_READ:
            self.read(key.data, now)

    def accept(self):
        try:
            client, _ = self.listener.accept()
        except OSError:
            return
        self.accepted += 1
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            if self.refuse:
                raise OSError("refused")
            server.connect(self.upstream)
        except OSError:
            server.close()
            client.close()
            return
        self.links.add(Link(self, client, server))

    def flush(self, link, now):
        if self.hole:
            return
        try:
            link.client.flush(now)
            link.server.flush(now)
        except OSError:
            link.close()

    def read(self, side, now):
        link = side.link
        if self.hole or link not in self.links:
            time.sleep(0.001)
            return
        try:
            data = side.socket.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.drain(side, now)
            return
        pass_on = self.from_client if side is link.client else self.from_server
        pass_on(link, data, now)

    def drain(self, side, now):
        """What is on its way arrives before the end does, as far as the other side takes it."""
        link = side.link
        while side.other.queue and not self.delay:
            before = len(side.other.queue)
            try:
                side.other.flush(now)
            except OSError:
                break
            if len(side.other.queue) == before:
                break
        link.close()

    def from_client(self, link, data, now):
        if self.statement in data:
            if self.cut_requests > 0:
                self.cut_requests -= 1
                self.cuts += 1
                at = data.index(self.statement) + (len(data) - data.index(self.statement)) // 2
                link.server.socket.send(data[:at])
                link.close()
                return
            link.armed = self.cut_answers > 0 or self.hold == "answer"
            if self.hold == "request":
                self.held.set()
                return
        link.up += len(data)
        link.server.queue.append([now + self.delay, data])

    def from_server(self, link, data, now):
        if link.armed and self.hold == "answer":
            self.held.set()
            return
        if link.armed and self.cut_answers > 0 and data[-6:-5] == b"Z":
            self.cut_answers -= 1
            self.cuts += 1
            link.close()
            return
        if self.cut_at is not None and link.down + len(data) > self.cut_at:
            link.client.socket.send(data[: max(0, self.cut_at - link.down)])
            self.cuts += 1
            link.close()
            return
        link.down += len(data)
        link.client.queue.append([now + self.delay, data])
