"""A private key of many lines, of which a stop or a crash lies in the middle: no line of it shows,
before or after, whatever the lines are wrapped in."""

import base64
import json
import random
import signal
import time

import pytest

from e2e.shipper import Shipper

STAMP = "2026-01-01T00:00:00.000000000Z"
WRAPPINGS = {
    "plain": lambda text: text,
    "prefixed": lambda text: "INFO key: " + text,
    "cri": lambda text: f"{STAMP} stdout F {text}",
    "docker": lambda text: json.dumps({"log": text + "\n", "stream": "stdout", "time": STAMP}),
}


def key_material(count):
    some = random.Random(7)
    return [base64.b64encode(some.randbytes(48)).decode() for _ in range(count)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_a_restart_in_the_middle(blotter_asan, tmp_path, wrapping, number):
    material = key_material(20)
    lines = ["before", "-----BEGIN RSA PRIVATE KEY-----", *material,
             "-----END RSA PRIVATE KEY-----", "after"]
    (tmp_path / "logs").mkdir()
    log, out = tmp_path / "logs" / "app.log", tmp_path / "clean.jsonl"

    def write(part):
        with open(log, "a") as file:
            file.writelines(WRAPPINGS[wrapping](line) + "\n" for line in part)

    def messages():
        text = out.read_text() if out.exists() else ""
        return [json.loads(line) for line in text.splitlines() if line.endswith("}")]

    shipper = Shipper(blotter_asan, tmp_path / "run", log,
                      {"file": {"type": "file", "path": str(out), "fsync": "always"}},
                      redact={"packs": ["pci", "secrets"]})

    def wait_for(message):
        deadline = time.monotonic() + 60
        while not any(record["message"].endswith(message) for record in messages()):
            assert shipper.process.poll() is None, shipper.log_path.read_text()
            assert time.monotonic() < deadline, shipper.log_path.read_text()
            time.sleep(0.02)

    try:
        write(lines[:8])
        shipper.start()
        wait_for("KEY-----")
        write(lines[8:12])
        deadline = time.monotonic() + 60
        while len(messages()) < 12:
            assert time.monotonic() < deadline, out.read_text()
            time.sleep(0.02)
        time.sleep(0.5)  # so that the state is on disk, which makes the crash the harder one
        shipper.process.send_signal(number)
        assert shipper.process.wait(60) == (0 if number == signal.SIGTERM else -9)
        shipper.start()
        write(lines[12:])
        wait_for("after")
        assert shipper.stop() == 0
    finally:
        shipper.kill()
    text = out.read_text()
    shown = [line for line in material if line in text]
    assert not shown
    # Each line is there, and what came twice is told by its offset.
    by_offset = {record["log.offset"]: record["message"] for record in messages()}
    assert len(by_offset) == len(lines)
    assert sum("[REDACTED_PRIVATE_KEY]" in message for message in by_offset.values()) >= 20
