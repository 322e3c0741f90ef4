"""Chunks as Fluent Bit makes them, and the programs that hand them to a module."""

import json
import math
import os
import pathlib
import shutil
import struct
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
FILTER = BUILD / "plugin/fluent-bit/flb-filter_blotter.so"
OUTPUT = BUILD / "plugin/fluent-bit/out_blotter.so"
HOST = BUILD / "test/fluent_bit/host"
FLUENT_BIT = os.environ.get("FLUENT_BIT") or shutil.which("fluent-bit")

# Control characters have several spellings in JSON: the host's and Python's differ.
PLAIN = dict.fromkeys(list(range(32)) + [127], " ")
PAN = "4111111111111111"
MASKED = "************1111"


class Ext:
    def __init__(self, kind, data):
        self.kind, self.data = kind, data

    def __eq__(self, other):
        return isinstance(other, Ext) and (self.kind, self.data) == (other.kind, other.data)

    def __repr__(self):
        return f"Ext({self.kind}, {self.data!r})"


def _sized(size, codes):
    for code, form in codes:
        if size < 1 << 8 * struct.calcsize(form):
            return bytes([code]) + struct.pack(form, size)
    raise OverflowError


def pack(value):
    if value is None or value is True or value is False:
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        if 0 <= value < 128:
            return bytes([value])
        return b"\xcf" + struct.pack(">Q", value) if value > 0 else b"\xd3" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        data = value.encode("utf-8", "surrogateescape")
        head = bytes([0xa0 | len(data)]) if len(data) < 32 else \
            _sized(len(data), ((0xd9, ">B"), (0xda, ">H"), (0xdb, ">I")))
        return head + data
    if isinstance(value, bytes):
        return _sized(len(value), ((0xc4, ">B"), (0xc5, ">H"), (0xc6, ">I"))) + value
    if isinstance(value, Ext):
        return _sized(len(value.data), ((0xc7, ">B"),)) + struct.pack("b", value.kind) + value.data
    if isinstance(value, (list, tuple)):
        return _sized(len(value), ((0xdc, ">H"), (0xdd, ">I"))) + b"".join(map(pack, value))
    # As tail writes it, with more header than is needed.
    return b"\xdf" + struct.pack(">I", len(value)) + \
        b"".join(pack(key) + pack(one) for key, one in value.items())


def event(body, metadata=None, seconds=1700000000, nanoseconds=123456789):
    return b"\x92\x92\xd7\x00" + struct.pack(">II", seconds, nanoseconds) + pack(metadata or {}) + pack(body)


def unpack(data, at=0):
    """A value and where it ends; maps are lists of pairs, so that order and repeats show."""
    code = data[at]
    at += 1
    if code < 0x80:
        return code, at
    if code >= 0xe0:
        return code - 256, at
    if code <= 0x8f:
        return _pairs(data, at, code & 15)
    if code <= 0x9f:
        return _items(data, at, code & 15)
    if code <= 0xbf:
        return _text(data, at, code & 31)
    if code in (0xc0, 0xc2, 0xc3):
        return {0xc0: None, 0xc2: False, 0xc3: True}[code], at
    scalars = {0xca: ">f", 0xcb: ">d", 0xcc: ">B", 0xcd: ">H", 0xce: ">I", 0xcf: ">Q",
               0xd0: ">b", 0xd1: ">h", 0xd2: ">i", 0xd3: ">q"}
    if code in scalars:
        form = scalars[code]
        return struct.unpack_from(form, data, at)[0], at + struct.calcsize(form)
    if 0xd4 <= code <= 0xd8:
        size = 1 << (code - 0xd4)
        return Ext(data[at], bytes(data[at + 1:at + 1 + size])), at + 1 + size
    form = {0xc4: ">B", 0xc5: ">H", 0xc6: ">I", 0xc7: ">B", 0xc8: ">H", 0xc9: ">I", 0xd9: ">B",
            0xda: ">H", 0xdb: ">I", 0xdc: ">H", 0xdd: ">I", 0xde: ">H", 0xdf: ">I"}[code]
    size, at = struct.unpack_from(form, data, at)[0], at + struct.calcsize(form)
    if code <= 0xc6:
        return bytes(data[at:at + size]), at + size
    if code <= 0xc9:
        return Ext(data[at], bytes(data[at + 1:at + 1 + size])), at + 1 + size
    if code <= 0xdb:
        return _text(data, at, size)
    return _items(data, at, size) if code <= 0xdd else _pairs(data, at, size)


def _text(data, at, size):
    assert at + size <= len(data), "a string goes beyond the end"
    return data[at:at + size].decode("utf-8", "surrogateescape"), at + size


def _items(data, at, count):
    items = []
    for _ in range(count):
        one, at = unpack(data, at)
        items.append(one)
    return items, at


def _pairs(data, at, count):
    items, at = _items(data, at, 2 * count)
    return list(zip(items[::2], items[1::2])), at


def records(chunk):
    """(time, metadata, body) of each record; a chunk that cannot be read fails the test."""
    found, at = [], 0
    while at < len(chunk):
        (head, body), at = unpack(chunk, at)
        time, metadata = head if isinstance(head, list) else (head, [])
        found.append((time, metadata, body))
    return found


def bodies(chunk):
    return [body for _, _, body in records(chunk)]


def as_json(body):
    """A map of pairs as the host's JSON outputs write it."""
    def text(value):
        if isinstance(value, list) and (not value or isinstance(value[0], tuple)):
            return "{" + ",".join(f"{text(key)}:{text(one)}" for key, one in value) + "}"
        if isinstance(value, list):
            return "[" + ",".join(map(text, value)) + "]"
        if isinstance(value, float) and not math.isfinite(value):
            return "null"
        return json.dumps(value, ensure_ascii=False)
    return text(body)


def as_options(**options):
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]


def run_filter(chunks, *properties, module=FILTER, instances=1, expect=0, **options):
    """What the filter makes of each chunk: (touched, bytes), and what it logged."""
    data = b"".join(b"%d\n%s" % (len(chunk), chunk) for chunk in chunks)
    done = subprocess.run([HOST, *as_options(instances=instances, **options), "filter", module, *properties],
                          input=data, capture_output=True, timeout=250)
    assert done.returncode == expect, done.stderr.decode()
    answers, at = [], 0
    while at < len(done.stdout):
        end = done.stdout.index(b"\n", at)
        word, size = done.stdout[at:end].split()
        answers.append((word == b"touched", done.stdout[end + 1:end + 1 + int(size)]))
        at = end + 1 + int(size)
    assert expect or len(answers) == len(chunks) * instances
    return answers, done.stderr.decode()


def redact(blotter, data, *options):
    return subprocess.run([blotter, "redact", "--frame", "line", *options], input=data, capture_output=True, check=True,
                          timeout=250).stdout


def mixed_lines(count, seed=11):
    """Lines with everything that the rules are about, as text without line ends."""
    done = subprocess.run([BUILD / "test/generate/generate", str(seed), "0", str(count)],
                          capture_output=True, check=True)
    lines = done.stdout.split(b"\n")[:count]
    return [line.replace(b"\r", b" ").decode("utf-8", "replace") for line in lines]
