// XChaCha20-Poly1305 (RFC 8439, draft-irtf-cfrg-xchacha-03), opening only: browsers have no such
// cipher of their own. It opens a few kilobytes, once, that only this reader's link has the key of.

const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];

const rotate = (x, n) => (x << n) | (x >>> (32 - n));

function quarter(s, a, b, c, d) {
  s[a] += s[b]; s[d] = rotate(s[d] ^ s[a], 16);
  s[c] += s[d]; s[b] = rotate(s[b] ^ s[c], 12);
  s[a] += s[b]; s[d] = rotate(s[d] ^ s[a], 8);
  s[c] += s[d]; s[b] = rotate(s[b] ^ s[c], 7);
}

function rounds(state) {
  for (let i = 0; i < 10; i++) {
    quarter(state, 0, 4, 8, 12);
    quarter(state, 1, 5, 9, 13);
    quarter(state, 2, 6, 10, 14);
    quarter(state, 3, 7, 11, 15);
    quarter(state, 0, 5, 10, 15);
    quarter(state, 1, 6, 11, 12);
    quarter(state, 2, 7, 8, 13);
    quarter(state, 3, 4, 9, 14);
  }
}

function words(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true));
}

function bytesOf(numbers) {
  const out = new Uint8Array(4 * numbers.length);
  const view = new DataView(out.buffer);
  numbers.forEach((number, i) => view.setUint32(4 * i, number, true));
  return out;
}

// HChaCha20: 32 bytes of key and 16 of nonce become another key.
export function hchacha(key, nonce) {
  const state = Uint32Array.of(...CONSTANTS, ...words(key), ...words(nonce));
  rounds(state);
  return bytesOf([...state.slice(0, 4), ...state.slice(12)]);
}

function block(key, counter, nonce) {
  const start = Uint32Array.of(...CONSTANTS, ...words(key), counter, ...words(nonce));
  const state = Uint32Array.from(start);
  rounds(state);
  return bytesOf(state.map((word, i) => word + start[i]));
}

// Little endian.
function number(bytes) {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function poly1305(key, message) {
  const prime = (1n << 130n) - 5n;
  const r = number(key.slice(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const piece = message.slice(at, at + 16);
    sum = ((sum + number(piece) + (1n << BigInt(8 * piece.length))) * r) % prime;
  }
  sum = (sum + number(key.slice(16, 32))) & ((1n << 128n) - 1n);
  return Uint8Array.from({ length: 16 }, (_, i) => Number((sum >> BigInt(8 * i)) & 255n));
}

// What the tag is over: both parts, each padded to 16 bytes, and their lengths.
function authenticated(bound, sealed) {
  const up = (length) => Math.ceil(length / 16) * 16;
  const out = new Uint8Array(up(bound.length) + up(sealed.length) + 16);
  out.set(bound);
  out.set(sealed, up(bound.length));
  const view = new DataView(out.buffer);
  view.setUint32(out.length - 16, bound.length, true);
  view.setUint32(out.length - 8, sealed.length, true);
  return out;
}

// The plain bytes, or null: another key, or damaged. `sealed` ends in the tag; `nonce` has 24 bytes.
export function open(key, nonce, sealed, bound) {
  const subkey = hchacha(key, nonce.slice(0, 16));
  const short = new Uint8Array(12);
  short.set(nonce.slice(16), 4);
  const body = sealed.slice(0, -16), tag = sealed.slice(-16);
  const expected = poly1305(block(subkey, 0, short), authenticated(bound, body));
  if (tag.length !== 16 || !tag.every((byte, i) => byte === expected[i])) return null;
  for (let at = 0; at < body.length; at += 64) {
    const stream = block(subkey, 1 + at / 64, short);
    for (let i = at; i < Math.min(at + 64, body.length); i++) body[i] ^= stream[i - at];
  }
  return body;
}
