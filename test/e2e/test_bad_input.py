"""Input that nobody wants: a clear answer, the rest of the log delivered, nothing lost.

The file output stands for all: what a record holds is the same for each."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import pytest

from e2e.shipper import Shipper

MIB = 1024 * 1024
PAN = "4111111111111111"


@pytest.fixture
def ship(blotter_asan, tmp_path):
    """Ships a log to its end: ship(bytes) → records; the shipper is at ship.shipper."""

    class Ship:
        shipper = None

        def __call__(self, data, name="app.log", code=0, **more):
            (tmp_path / "logs").mkdir(exist_ok=True)
            (tmp_path / "logs" / name).write_bytes(data)
            return self.run(code, **more)

        def run(self, code=0, **more):
            out = tmp_path / "out" / "clean.jsonl"
            self.shipper = Shipper(blotter_asan, tmp_path / "run", tmp_path / "logs" / "*",
                                   {"file": {"type": "file", "path": str(out)}}, **more)
            assert self.shipper.until_eof() == code, self.shipper.log_path.read_text()
            return [json.loads(line) for line in out.read_bytes().splitlines()]

        def warnings(self):
            return [line for line in self.shipper.log() if line["log.level"] in ("warn", "error")]

    return Ship()


def messages(records):
    return [record.get("message") for record in records]


def assert_offsets_tell_lines(records, data):
    """`log.offset` is where each record's line begins in the file."""
    starts = {0} | {i + 1 for i, byte in enumerate(data) if byte == 0x0A}
    assert all(record["log.offset"] in starts for record in records)
    offsets = [record["log.offset"] for record in records]
    assert offsets == sorted(set(offsets))


def test_nul_bytes_and_control_characters(ship):
    data = b"a\0b\nbell \x07 escape \x1b[31m tab \t\n\0\0\0\nlast\n"
    records = ship(data)
    assert messages(records) == ["a\0b", "bell \x07 escape \x1b[31m tab \t", "\0\0\0", "last"]
    assert_offsets_tell_lines(records, data)


def test_digits_with_nul_between_do_not_pass(ship):
    """UTF-16 looks like this; the engine sees no number in it."""
    data = "\ufeff".encode("utf-16-le") + f"card {PAN}\n".encode("utf-16-le")
    records = ship(data)
    text = json.dumps(records)
    assert PAN not in text and "\\u0000".join(PAN) not in text
    assert ship.warnings(), "a withheld file is told"


def test_invalid_utf8_is_repaired(ship):
    data = b"ok \xc3\xa9\nbad \xff\xfe\xc3 end\nlone surrogate \xed\xa0\x80\ncard \xff4111111111111111\xff\n"
    records = ship(data)
    assert messages(records)[0] == "ok é"
    assert "\ufffd" in messages(records)[1] and messages(records)[1].endswith(" end")
    assert "\ufffd" in messages(records)[2]
    assert messages(records)[3] == "card \ufffd************1111\ufffd"


def test_empty_lines_are_records(ship):
    data = b"\n\nfirst\n\r\n\nlast\n"
    records = ship(data)
    assert "first" in messages(records) and "last" in messages(records)
    assert_offsets_tell_lines(records, data)


def test_no_newline_at_the_end(ship):
    records = ship(f"first\ncard {PAN}".encode())
    assert messages(records) == ["first", "card ************1111"]


def test_empty_file(ship):
    assert ship(b"") == []


def test_a_line_of_64_mib(ship):
    """What is beyond max_line is withheld; the card that the cut goes through does not show; the
    next line is whole."""
    limit = 1 * MIB
    head = b"begin " + b"x" * (limit - 6 - 10) + b" " + PAN.encode()
    data = b"before\n" + head + b"y" * (63 * MIB) + PAN.encode() + b"\nnext line\n"
    records = ship(data)
    assert len(records) == 3
    assert messages(records)[0] == "before" and messages(records)[2] == "next line"
    cut = messages(records)[1]
    assert cut.startswith("begin xxx") and len(cut) <= limit
    assert "4111" not in cut[-40:]
    assert records[2]["log.offset"] == data.rindex(b"next line")


def test_a_line_as_long_as_allowed_is_whole(ship):
    line = b"z" * (MIB - 1)
    records = ship(line + b"\nnext\n")
    assert messages(records) == [line.decode(), "next"]


def test_broken_json_is_text_and_redacted(ship):
    lines = [
        '{"message":"cut in the value","pan":"4111111111111111","cvv":"12',
        '{"pan":4111111111111111,"cvv":123,',
        '{"a":{"b":[1,2,{"pan":"4111 1111 1111 1111"',
        "{not json at all 4111-1111-1111-1111}",
        '{"message":"two"} {"pan":"4111111111111111"}',
        "{" * 5000 + f'"pan":"{PAN}"',
        '{"pan":"\\u0034111111111111111"',
    ]
    records = ship("\n".join(lines).encode() + b"\n")
    assert len(records) == len(lines)
    assert all(record["message"].startswith("{") for record in records)
    for record in records:
        assert record["blotter.redacted"]["pan"] == 1
    assert "111111111111" not in json.dumps(records)


def test_json_keeps_its_members(ship):
    line = '{"b":1.50,"a":[1, 2,{"x":null}],"big":12345678901234567890,"pan":4111111111111111}'
    records = ship(line.encode() + b"\n")
    assert records[0]["b"] == 1.5 and records[0]["a"] == [1, 2, {"x": None}]
    assert records[0]["big"] == 12345678901234567890
    assert records[0]["pan"] == "************1111"


def test_a_folder_in_the_glob(ship, tmp_path):
    (tmp_path / "logs" / "folder").mkdir(parents=True)
    assert messages(ship(b"line\n")) == ["line"]


NOBODY = 65534


@pytest.fixture
def open_folder():
    """A folder that another user can reach: pytest's own are closed."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield pathlib.Path(folder)


def test_a_file_that_cannot_be_read(blotter, open_folder):
    """Run as nobody, since root reads everything."""
    logs, run = open_folder / "logs", open_folder / "run"
    logs.mkdir()
    (logs / "secret.log").write_text("no\n")
    (logs / "secret.log").chmod(0o600)
    (logs / "app.log").write_text("yes\n")
    out = run / "out" / "clean.jsonl"
    shipper = Shipper(blotter, run, logs / "*.log", {"file": {"type": "file", "path": str(out)}})
    os.chown(run, NOBODY, NOBODY)
    program = open_folder / "blotter"  # the build folder may be closed to others
    shutil.copy(blotter, program)
    with open(shipper.log_path, "wb") as log:
        done = subprocess.run([program, "run", "-c", shipper.config, "--until-eof"], stderr=log,
                              timeout=60, user=NOBODY, group=NOBODY, extra_groups=[])
    text = shipper.log_path.read_text()
    assert done.returncode == 0, text
    told = [line for line in shipper.log() if "secret.log" in json.dumps(line)]
    assert told, text
    assert str(NOBODY) in json.dumps(told), "the message says who we are"
    assert messages(json.loads(line) for line in out.read_text().splitlines()) == ["yes"]


def test_a_file_that_vanishes(blotter_asan, tmp_path):
    """Deleted while it is read: what was in it arrives."""
    logs = tmp_path / "logs"
    logs.mkdir()
    out = tmp_path / "out" / "clean.jsonl"
    shipper = Shipper(blotter_asan, tmp_path / "run", logs / "*.log",
                      {"file": {"type": "file", "path": str(out)}})
    shipper.start()
    try:
        shipper.await_log("started")
        log = open(logs / "app.log", "w")
        log.write("first\n")
        log.flush()
        deadline = time.monotonic() + 30
        while not out.exists() or "first" not in out.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        log.write("second\nthird without newline")
        log.flush()
        (logs / "app.log").unlink()
        log.close()
        while "third" not in out.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert shipper.stop() == 0
    finally:
        shipper.kill()
    found = messages([json.loads(line) for line in out.read_text().splitlines()])
    assert found == ["first", "second", "third without newline"]


def test_a_full_disk_under_the_file_output(blotter_asan, broker, tmp_path):
    """Kafka goes on where the file is not required, and nothing is lost where it is."""
    full = tmp_path / "full"
    full.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(full)], check=True)
    try:
        (tmp_path / "logs").mkdir()
        lines = [f"line {i} {'x' * 200}" for i in range(3000)]
        (tmp_path / "logs" / "app.log").write_text("\n".join(lines) + "\n")
        broker.create_topic("full-disk")
        shipper = Shipper(blotter_asan, tmp_path / "run", tmp_path / "logs" / "*.log", {
            "kafka": {"type": "kafka", "topic": "full-disk",
                      "properties": {"bootstrap.servers": broker.bootstrap}},
            "archive": {"type": "file", "path": str(full / "clean.jsonl"), "required": False},
        })
        shipper.start()
        try:
            records = broker.read_json("full-disk", count=len(lines))
            assert messages(records) == lines
            shipper.stop()
        finally:
            shipper.kill()
        written = (full / "clean.jsonl").read_bytes()
        # Whole records alone: a half one would break whoever reads the archive.
        assert all(json.loads(line) for line in written.splitlines())
        assert any("file" in json.dumps(line) or "archive" in json.dumps(line)
                   for line in shipper.log() if line["log.level"] in ("warn", "error"))
    finally:
        subprocess.run(["umount", str(full)], check=True)
