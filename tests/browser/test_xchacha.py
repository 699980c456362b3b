"""The cipher of the own page against the vectors of draft-irtf-cfrg-xchacha-03, and against libsodium."""
import ctypes
import ctypes.util
import hashlib

SODIUM = ctypes.CDLL(ctypes.util.find_library("sodium"))

CALL = """
const [name, parts, done] = arguments;
const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (some) => some && Array.from(some, (byte) => byte.toString(16).padStart(2, "0")).join("");
import("/assets/xchacha.js").then((module) => done(parts.map((one) => hex(module[name](...one.map(bytes))))))
  .catch((error) => done(String(error)));
"""

KEY = bytes(range(0x80, 0xA0))
NONCE = bytes(range(0x40, 0x58))
BOUND = bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
PLAIN = (b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.")
SEALED = bytes.fromhex(
    "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
    "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52e"
    "c0875924c1c7987947deafd8780acf49"
)


def call(page, name, *parts):
    """The function of the module, with each of these lists of bytes."""
    page.open("/404.html")
    page.driver.set_script_timeout(30)
    answers = page.driver.execute_async_script(CALL, name, [[one.hex() for one in part] for part in parts])
    assert isinstance(answers, list), answers
    return [None if answer is None else bytes.fromhex(answer) for answer in answers]


def some(label, length):
    """Bytes that look random and are the same in each run."""
    return hashlib.shake_256(label.encode()).digest(length)


def seal(key, nonce, plain, bound):
    out = ctypes.create_string_buffer(len(plain) + 16)
    SODIUM.crypto_aead_xchacha20poly1305_ietf_encrypt(out, None, plain, ctypes.c_ulonglong(len(plain)), bound,
                                                      ctypes.c_ulonglong(len(bound)), None, nonce, key)  # fmt: skip
    return out.raw


def test_hchacha20_of_the_draft_and_of_libsodium(page):
    given = [(bytes(range(32)), bytes.fromhex("000000090000004a0000000031415927"))]
    expected = [bytes.fromhex("82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc")]
    for number in range(50):
        key, nonce, out = some(f"key{number}", 32), some(f"nonce{number}", 16), ctypes.create_string_buffer(32)
        SODIUM.crypto_core_hchacha20(out, nonce, key, None)
        given.append((key, nonce))
        expected.append(out.raw)
    assert call(page, "hchacha", *given) == expected


def test_the_aead_of_the_draft(page):
    assert seal(KEY, NONCE, PLAIN, BOUND) == SEALED, "libsodium says the same"
    assert call(page, "open", (KEY, NONCE, SEALED, BOUND)) == [PLAIN]


def test_what_libsodium_has_sealed_is_opened(page):
    given, expected = [], []
    for number, length in enumerate([0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 1024, 4096, 16384]):
        key, nonce, plain = some(f"k{number}", 32), some(f"n{number}", 24), some(f"p{number}", length)
        for bound in (b"", some(f"b{number}", 30), some(f"c{number}", number + 1)):
            given.append((key, nonce, seal(key, nonce, plain, bound), bound))
            expected.append(plain)
    # Extremes of the arithmetic: all bits of a message and of a key.
    for byte in (b"\0", b"\xff"):
        parts = (byte * 32, byte * 24, byte * 200, byte * 48)
        given.append((parts[0], parts[1], seal(*parts), parts[3]))
        expected.append(parts[2])
    assert call(page, "open", *given) == expected


def test_nothing_that_was_changed_is_opened(page):
    good, wrong = [KEY, NONCE, SEALED, BOUND], []
    for part, value in enumerate(good):
        for at in range(0, len(value), 1 if part != 2 else 5):
            for bit in (1, 128):
                changed = bytearray(value)
                changed[at] ^= bit
                wrong.append([bytes(changed) if i == part else one for i, one in enumerate(good)])
    for at in range(16):
        changed = bytearray(SEALED)
        changed[len(SEALED) - 1 - at] ^= 1 << at % 8
        wrong.append([KEY, NONCE, bytes(changed), BOUND])
    wrong += [[KEY, NONCE, SEALED[:cut], BOUND] for cut in (0, 1, 15, 16, len(SEALED) - 1)]
    wrong += [[KEY, NONCE, SEALED, BOUND + b"\0"], [KEY, NONCE, SEALED + b"\0", BOUND], [KEY, NONCE, SEALED, b""]]
    assert set(call(page, "open", *wrong)) == {None}
    assert call(page, "open", good) == [PLAIN]
