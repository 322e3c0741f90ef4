"""Files that are rotated in every way while the program reads them, down to its output file."""

import collections
import json
import os
import pathlib
import random
import signal
import subprocess
import time

import pytest

PAN = "4111111111111111"


class Program:
    """The sidecar over `folder`/log, delivering to a file."""

    def __init__(self, blotter, folder, options="", paths="app*.log"):
        self.blotter = blotter
        self.log = folder / "log"
        self.log.mkdir(exist_ok=True)
        self.out = folder / "out.jsonl"
        self.errors = folder / "errors.log"
        self.config = folder / "blotter.yaml"
        self.config.write_text(f"""
inputs: {{app: {{type: tail, paths: ["{self.log}/{paths}"], {options}}}}}
outputs: {{out: {{type: file, path: {self.out}}}}}
http: {{listen: ""}}
admin: {{listen: ""}}
state_dir: {folder}/state
""")
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def start(self):
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(
                [self.blotter, "run", "--config", str(self.config)], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=errors)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def drain(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=60) == 0, self.errors.read_text()

    def records(self):
        """What is in the output file; a kill may have torn a line of it."""
        found = []
        for line in self.out.read_bytes().split(b"\n") if self.out.exists() else []:
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found

    def numbers(self):
        return [int(r["message"].split("line=")[1].split()[0]) for r in self.records()
                if "line=" in r.get("message", "")]

    def wait_for(self, condition):
        give_up = time.monotonic() + 60
        while not condition():
            assert self.process.poll() is None, self.errors.read_text()
            assert time.monotonic() < give_up, f"never; {self.errors.read_text()}"
            time.sleep(0.02)

    def wait_for_lines(self, count):
        self.wait_for(lambda: len(set(self.numbers())) >= count)


class Lines:
    """Writes numbered lines, each with a card."""

    def __init__(self):
        self.count = 0

    def write(self, stream, count):
        for _ in range(count):
            stream.write(f"INFO line={self.count} card {PAN}\n".encode())
            self.count += 1
        stream.flush()


@pytest.fixture
def lines():
    return Lines()


@pytest.fixture
def program(blotter_asan, tmp_path):
    def make(**options):
        return Program(blotter_asan, tmp_path, **options)
    return make


def once(program, lines):
    program.drain()
    assert sorted(program.numbers()) == list(range(lines.count))
    assert PAN not in program.out.read_text()


def test_rename_with_a_writer_that_notices_late(program, lines):
    with program(options="rotate_wait: 2s") as running:
        log = open(running.log / "app.log", "ab")
        for turn in range(5):
            lines.write(log, 200)
            running.wait_for_lines(lines.count - 100)
            os.rename(running.log / "app.log", running.log / f"old.{turn}")
            lines.write(log, 50)
            log.close()
            log = open(running.log / "app.log", "ab")
        lines.write(log, 10)
        running.wait_for_lines(lines.count)
        once(running, lines)


def test_copytruncate_of_what_was_read(program, lines):
    with program() as running:
        log = open(running.log / "app.log", "ab")
        for turn in range(5):
            lines.write(log, 100 + 50 * turn)
            running.wait_for_lines(lines.count)
            with open(running.log / f"copy.{turn}", "wb") as copy:
                copy.write((running.log / "app.log").read_bytes())
            os.truncate(running.log / "app.log", 0)
        running.wait_for_lines(lines.count)
        once(running, lines)
        assert len({r["blotter.source"] for r in running.records()}) == 5


def test_deleted_and_made_anew(program, lines):
    with program(options="rotate_wait: 200ms") as running:
        for _ in range(20):
            with open(running.log / "app.log", "wb") as log:
                lines.write(log, 20)
                running.wait_for_lines(lines.count - 19)
                os.unlink(running.log / "app.log")
                lines.write(log, 20)
        running.wait_for_lines(lines.count)
        once(running, lines)


def test_inode_used_again_while_nobody_looks(program, lines):
    """Deleted and made anew until the file system hands the same inode out again."""
    running = program()
    path = running.log / "app.log"
    for _ in range(3):
        with running:
            with open(path, "wb") as log:
                lines.write(log, 100)
            running.wait_for_lines(lines.count)
            running.drain()
        inode = path.stat().st_ino
        path.unlink()
        for attempt in range(1000):
            with open(path, "wb") as log:
                lines.write(log, 1)
            if path.stat().st_ino == inode:
                break
            os.rename(path, running.log / f"unread.{attempt}")
            lines.count -= 1
        else:
            pytest.fail("the file system never hands an inode out again")
        with open(path, "ab") as log:
            lines.write(log, 200)
        with running:
            running.wait_for_lines(lines.count)
            once(running, lines)


def test_link_that_moves_on(program, lines):
    with program() as running:
        for turn in range(5):
            with open(running.log / f"data.{turn}", "wb") as log:
                lines.write(log, 50)
                os.symlink(f"data.{turn}", running.log / "new")
                os.rename(running.log / "new", running.log / "app.log")
                running.wait_for_lines(lines.count)
                lines.write(log, 50)
        running.wait_for_lines(lines.count)
        once(running, lines)


def test_polling(program, lines):
    with program(options="watch: poll, rotate_wait: 1s") as running:
        for turn in range(3):
            with open(running.log / "app.log", "ab") as log:
                lines.write(log, 100)
                running.wait_for_lines(lines.count)
                os.rename(running.log / "app.log", running.log / f"old.{turn}")
                lines.write(log, 100)
        running.wait_for_lines(lines.count)
        once(running, lines)


def test_rotated_files_are_deleted_when_they_are_delivered(program, lines):
    with program(options="after: delete, rotate_wait: 200ms") as running:
        for turn in range(3):
            with open(running.log / "app.log", "ab") as log:
                lines.write(log, 100)
                running.wait_for_lines(lines.count)
                os.rename(running.log / "app.log", running.log / f"old.{turn}")
                lines.write(log, 100)
        running.wait_for(lambda: not list(running.log.iterdir()))
        once(running, lines)


def test_killed_in_the_middle_of_it(program, lines):
    """Every line arrives; what arrives twice has the same source and offset."""
    seed = random.randrange(1 << 32)
    print("seed", seed)  # pytest shows it with a failure
    dice = random.Random(seed)
    running = program(options="rotate_wait: 60s")
    with running:
        log = open(running.log / "app.log", "ab")
        for turn in range(15):
            lines.write(log, dice.randrange(300))
            if dice.random() < 0.5:
                running.wait_for_lines(lines.count)
                os.rename(running.log / "app.log", running.log / f"old.{turn}")
                lines.write(log, dice.randrange(50))
                log.close()
                log = open(running.log / "app.log", "ab")
            time.sleep(dice.random() * 0.1)
            running.kill()
            lines.write(log, dice.randrange(50))
            running.start()
        running.wait_for_lines(lines.count)
        running.drain()
    places = collections.defaultdict(set)
    for record in running.records():
        if "line=" in record.get("message", ""):
            number = int(record["message"].split("line=")[1].split()[0])
            places[number].add((record["blotter.source"], record["log.offset"]))
    assert sorted(places) == list(range(lines.count))
    assert all(len(place) == 1 for place in places.values())


def test_corrupt_state_is_moved_aside_and_all_is_read_again(program, lines):
    running = program()
    state = pathlib.Path(running.config.parent / "state")
    with open(running.log / "app.log", "wb") as log:
        lines.write(log, 100)
    with running:
        running.wait_for_lines(lines.count)
        running.drain()
    (state / "state.db").write_bytes(b"not a database" * 1000)
    with running:
        running.wait_for(lambda: len(running.numbers()) == 200)
        running.drain()
    assert (state / "state.db.corrupt-1").exists()


def test_a_file_that_may_not_be_read_is_named(program, lines):
    if os.geteuid() != 0:
        owner = os.geteuid()
    else:
        owner = 0
    running = program()
    with open(running.log / "app.log", "wb") as log:
        lines.write(log, 10)
    (running.log / "app.log").chmod(0)
    if owner == 0:  # root may read everything
        for path in [running.log, running.config.parent]:
            os.chown(path, 65534, 65534)
        folder = running.config.parent
        while folder != folder.parent:
            folder.chmod(folder.stat().st_mode | 0o011)
            folder = folder.parent
        program_as = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    else:
        program_as = []
    with open(running.errors, "wb") as errors:
        process = subprocess.Popen(
            program_as + [running.blotter, "run", "--config", str(running.config)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
    running.process = process
    try:
        running.wait_for(lambda: "cannot be opened" in running.errors.read_text())
        told = [json.loads(x) for x in running.errors.read_text().splitlines()
                if "cannot be opened" in x]
        assert told[0]["path"] == str(running.log / "app.log")
        assert told[0]["owner"] == owner and told[0]["mode"] == 0
        assert told[0]["our_uid"] == (65534 if owner == 0 else owner)
        (running.log / "app.log").chmod(0o644)
        running.wait_for_lines(lines.count)
        assert len(told) == 1
    finally:
        process.terminate()
        process.wait()
