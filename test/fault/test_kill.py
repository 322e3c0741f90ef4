"""kill -9 at random moments: no record is lost, and what comes twice says so itself."""

import collections
import json
import os
import random
import signal
import subprocess
import threading
import time

import pytest

LINES_PER_S = 2000
MEMORY_BYTES = 1 << 20
PAN = "4111111111111111"


class Writer(threading.Thread):
    """The application: appends numbered lines at a steady pace, and rotates its log by rename."""

    def __init__(self, path, lines, rotations):
        super().__init__()
        self.path = path
        self.lines = lines
        self.rotate_at = {lines * (i + 1) // (rotations + 1) for i in range(rotations)}

    def run(self):
        begin = time.monotonic()
        log = open(self.path, "a", buffering=1)
        for number in range(self.lines):
            if number in self.rotate_at:
                log.close()
                os.rename(self.path, f"{self.path}.{number}")
                log = open(self.path, "a", buffering=1)
            # One in a hundred is written in two parts, with the kill perhaps between them.
            text = f"2026-01-02T03:04:05Z INFO line={number} card {PAN} end={number:0100d}\n"
            cut = number % len(text) if number % 100 == 0 else len(text)
            log.write(text[:cut])
            log.flush()
            if cut < len(text):
                log.write(text[cut:])
            behind = begin + (number + 1) / LINES_PER_S - time.monotonic()
            if behind > 0.002:
                time.sleep(behind)
        log.close()


def start(blotter, config, errors):
    return subprocess.Popen([blotter, "run", "--config", config], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=errors)


def number_of(record):
    return int(record["message"].split("line=")[1].split()[0])


def run(blotter, broker, folder, seconds, kills, rotations):
    seed = random.randrange(1 << 32)
    print("seed", seed)  # pytest shows it with a failure
    dice = random.Random(seed)
    topic = f"kill-{seed}"
    broker.create_topic(topic)
    config = folder / "blotter.yaml"
    config.write_text(f"""
inputs: {{app: {{type: tail, paths: ["{folder}/app.log*"], rotate_wait: 60s}}}}
outputs:
  kafka:
    type: kafka
    topic: {topic}
    properties: {{bootstrap.servers: "{broker.bootstrap}"}}
buffer: {{memory: {MEMORY_BYTES}}}
http: {{listen: ""}}
admin: {{listen: ""}}
state_dir: {folder}/state
""")
    lines = seconds * LINES_PER_S
    writer = Writer(str(folder / "app.log"), lines, rotations)
    moments = sorted(dice.uniform(0.2, seconds) for _ in range(kills))
    with open(folder / "errors.log", "ab") as errors:
        writer.start()
        begin = time.monotonic()
        process = start(blotter, config, errors)
        for moment in moments:
            time.sleep(max(0, begin + moment - time.monotonic()))
            assert process.poll() is None, (folder / "errors.log").read_text()
            process.kill()
            process.wait()
            process = start(blotter, config, errors)
        writer.join()
        records = broker.read_json(topic, lines, timeout_s=120)
        process.send_signal(signal.SIGTERM)
        code = process.wait(60)
        records = broker.read_json(topic, len(records))
    assert code == 0, (folder / "errors.log").read_text()
    return lines, records


def check(lines, records, kills):
    places = collections.defaultdict(set)
    copies = collections.Counter()
    for record in records:
        place = (record["blotter.source"], record["log.offset"])
        places[number_of(record)].add(place)
        copies[place] += 1
        assert record["blotter.redacted"] == {"pan": 1}
        assert PAN not in json.dumps(record)
    missing = [number for number in range(lines) if number not in places]
    assert missing == []
    assert len(places) == lines
    # Every copy of a line names the same place, and a place holds one line: a reader can tell.
    assert [number for number, seen in places.items() if len(seen) != 1] == []
    assert len(copies) == lines
    # At most what was in flight, and what was acknowledged since the checkpoint was last written.
    duplicates = len(records) - lines
    assert duplicates <= kills * (MEMORY_BYTES // 300 + LINES_PER_S), f"{duplicates} duplicates"


def check_order(records):
    """Within a source, a record's first copy comes after the first copies of those before it."""
    last = collections.defaultdict(lambda: -1)
    seen = set()
    for record in records:
        place = (record["blotter.source"], record["log.offset"])
        if place in seen:
            continue
        seen.add(place)
        assert record["log.offset"] > last[place[0]]
        last[place[0]] = record["log.offset"]


def test_kill(blotter, broker, tmp_path):
    lines, records = run(blotter, broker, tmp_path, seconds=15, kills=5, rotations=2)
    check(lines, records, kills=5)
    check_order(records)


@pytest.mark.long
def test_kill_long(blotter, broker, tmp_path):
    lines, records = run(blotter, broker, tmp_path, seconds=60, kills=20, rotations=6)
    check(lines, records, kills=20)
    check_order(records)
