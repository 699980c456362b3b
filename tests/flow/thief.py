"""What a thief can open of what was stolen, without a line of the project's code: formats as in src/core (seal_row.h,
envelope.c, blind.c), libsodium by ctypes. A thief asks for no tag and no binding: whatever turns into an envelope is read,
and every key that is found in one is tried on everything."""
import base64
import ctypes
import ctypes.util
import os
import re
import subprocess

sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
assert sodium.sodium_init() >= 0

CLASSES = (256, 1024, 4096, 16384)
EMAIL, TOKEN, OWN_KEY = 1, 15, 16
WORDS = {1: "address", 2: "name", 3: "name", 6: "place", 7: "place", 8: "comment", 15: "token"}
FORMAT, FORMAT_OWN, FORMAT_BOUND, NONCE, TAG, SLOT = 1, 2, 3, 24, 16, 32
FORMATS = (FORMAT, FORMAT_OWN, FORMAT_BOUND)
USE_EMAIL, USE_MAILBOX, USE_CALLER, USE_OWN = 1, 2, 3, 4


# ---- libsodium ----


def open_box(secret, box):
    """What was sealed to the pair of this secret key; None: not to it."""
    public, plain = ctypes.create_string_buffer(32), ctypes.create_string_buffer(len(box))
    sodium.crypto_scalarmult_base(public, secret)
    failed = sodium.crypto_box_seal_open(plain, box, ctypes.c_ulonglong(len(box)), public, secret)
    return None if failed else plain.raw[: len(box) - 48]


def decrypt(key, nonce, body):
    """XChaCha20 alone: right or wrong, something comes out."""
    plain = ctypes.create_string_buffer(len(body))
    sodium.crypto_stream_xchacha20_xor_ic(plain, body, ctypes.c_ulonglong(len(body)), nonce, ctypes.c_uint64(1), key)
    return plain.raw


def keyed_hash(key, data, size):
    out = ctypes.create_string_buffer(size)
    sodium.crypto_generichash(out, ctypes.c_size_t(size), data, ctypes.c_ulonglong(len(data)), key, ctypes.c_size_t(len(key)))
    return out.raw


def unmask(slot, own, nonce):
    """The key of a row, by its signer's own key."""
    mask = ctypes.create_string_buffer(32)
    sodium.crypto_core_hchacha20(mask, nonce, own, None)
    return bytes(x ^ y for x, y in zip(slot, mask.raw))


# ---- files ----


def secret_key(path):
    with open(path, encoding="ascii") as file:
        return base64.b64decode(re.search(r"^secret (\S+)$", file.read(), re.M).group(1))


def index_keys(path):
    with open(path, encoding="ascii") as file:
        return {int(line.split()[0]): base64.b64decode(line.split()[1]) for line in file if line.strip()}


def cell(text):
    """A cell of COPY: bytes where it is a bytea, None, or text."""
    if text == r"\N":
        return None
    text = re.sub(r"\\([\\tnr])", lambda found: {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}[found.group(1)], text)
    return bytes.fromhex(text[2:]) if re.fullmatch(r"\\x(?:[0-9a-f]{2})*", text) else text


def dump(stack):
    """A dump as a backup makes it: the text, and its rows by table."""
    command = ["pg_dump", "-h", stack.sockets, "-U", "countersign_owner", "countersign"]
    text = subprocess.run(command, capture_output=True, check=True).stdout
    tables, table = {}, None
    for line in text.decode().split("\n"):
        begins = re.fullmatch(r"COPY countersign\.(\w+) \((.*)\) FROM stdin;", line)
        if begins:
            table, names = tables.setdefault(begins.group(1), []), begins.group(2).split(", ")
        elif line == r"\.":
            table = None
        elif table is not None:
            table.append(dict(zip(names, map(cell, line.split("\t")))))
    return text, tables


def redis(stack):
    """All keys with their values, as bytes."""
    reads = {"string": ["GET"], "hash": ["HGETALL"], "set": ["SMEMBERS"], "list": ["LRANGE", 0, -1],
             "zset": ["ZRANGE", 0, -1, "WITHSCORES"], "stream": ["XRANGE", "-", "+"]}  # fmt: skip
    found = []
    for key in stack.redis("--scan").split("\n"):
        kind = stack.redis("type", key)
        if kind != "none":  # it has just ended
            word, *more = reads[kind]
            found.append(f"{key} {stack.redis(word, key, *map(str, more))}")
    return "\n".join(found).encode()


# ---- opening ----


def envelope(plain):
    """Its fields by tag; None: it is none, so the key was wrong."""
    end = len(plain.rstrip(b"\0"))
    if len(plain) not in CLASSES or end == 0 or plain[end - 1] != 0x80:
        return None
    fields, at = {}, 0
    while at < end - 1:
        size = int.from_bytes(plain[at + 1 : at + 3], "big")
        if at + 3 + size > end - 1 or plain[at] in fields:
            return None
        fields[plain[at]] = plain[at + 3 : at + 3 + size]
        at += 3 + size
    return fields


def is_sealed(value):
    """Too long for a hash, a key or a box, and not a petition's public picture."""
    return len(value) > CLASSES[0] and not value.startswith(b"\x89PNG\r\n")


class Thief:
    """Has rows of a dump, private keys, keys of the blind index, addresses to guess; `spoils`: what it read about
    whom, address → words; `told`: guessed addresses, and the tables that confirm them."""

    def __init__(self, tables=None, secrets=(), indexes=None, guesses=()):
        self.rows = [(name, row) for name, rows in (tables or {}).items() for row in rows]
        self.spoils, self.told, self.opened = {}, {}, set()
        self.epoch_keys = [key for secret in secrets for key in self.open_epochs(secret)]
        self.own_keys = []
        for number, key in (indexes or {}).items():
            self.guess(number, key, guesses)
        while self.open_all():  # with what was found by the last look
            pass

    def cells(self):
        return [(place, value) for place, (_, row) in enumerate(self.rows) for value in row.values() if isinstance(value, bytes)]

    def open_epochs(self, secret):
        return filter(None, (open_box(secret, value) for _, value in self.cells() if len(value) == 80))

    def keys_of(self, value):
        """Every key that might open it, and where its body begins."""
        nonce = value[1 : 1 + NONCE]
        if value[0] == FORMAT:
            return [(key, 1 + NONCE) for key in self.epoch_keys]
        masked = value[1 + NONCE : 1 + NONCE + SLOT]
        keys = [keyed_hash(key, nonce, 32) for key in self.epoch_keys] + [unmask(masked, own, nonce) for own in self.own_keys]
        return [(key, 1 + NONCE + SLOT) for key in keys]

    def open(self, value):
        for key, begin in self.keys_of(value):
            fields = envelope(decrypt(key, value[1 : 1 + NONCE], value[begin:-TAG]))
            if fields:
                return fields
        return None

    def open_all(self):
        before = len(self.opened)
        for place, value in self.cells():
            if value in self.opened or not is_sealed(value) or value[0] not in FORMATS:
                continue
            fields = self.open(value)
            if fields:
                self.opened.add(value)
                self.note(self.rows[place][0], fields)
        return len(self.opened) > before

    def note(self, table, fields):
        words = self.spoils.setdefault(fields.get(EMAIL, b"?").decode(), set())
        words.update(WORDS[tag] for tag in fields if tag in WORDS)
        words.add(f"row of {table}")
        if OWN_KEY in fields:
            self.own_keys.append(base64.urlsafe_b64decode(fields[OWN_KEY] + b"="))

    def guess(self, number, key, guesses):
        """Makes what the worker makes of each address, and looks for it everywhere."""
        places = {}
        for place, value in self.cells():
            if len(value) == 16:
                places.setdefault(value, set()).add(self.rows[place][0])
        petitions = {int(row["petition_id"]) for _, row in self.rows if row.get("petition_id")}
        for address in guesses:
            mark = address.encode()
            hashes = [keyed_hash(key, bytes([USE_MAILBOX]) + mark, 16)]
            for petition in petitions:
                bound = petition.to_bytes(4, "big") + mark
                hashes.append(keyed_hash(key, bytes([USE_EMAIL]) + bound, 16))
                self.own_keys.append(keyed_hash(key, bytes([USE_OWN]) + bound, 32))
            tables = set().union(*(places.get(each, ()) for each in hashes))
            if tables:
                self.told.setdefault(address, set()).update(tables)

    def unknown(self):
        return [value[:4] for _, value in self.cells() if is_sealed(value) and value[0] not in FORMATS]

    def names(self):
        return sorted(address.split(".")[0] for address in self.spoils)


def caller_key(key, address):
    """The name by which Redis limits an IPv4 address, in hex."""
    prefix = bytes([USE_CALLER, 32]) + bytes(map(int, address.split(".")))
    return keyed_hash(key, prefix, 16).hex()


def forms(word):
    """How it could stand in a file all the same."""
    data = word.encode()
    plain = base64.b64encode(data).decode().rstrip("=")
    return {word, word.upper(), word.lower(), data.hex(), plain, plain.translate(str.maketrans("+/", "-_")),
            word.replace("@", "%40"), word.replace("@", "=40")}  # fmt: skip


def path(stack, name):
    return os.path.join(stack.run, "keys", name)
