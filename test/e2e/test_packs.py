"""Packs of the configuration: by name and by path, over several reads, and at a reload."""

import json
import signal
import socket
import time
import urllib.request

from e2e.shipper import Log, Shipper

RULES = """rules:
  - id: order_key
    why: "test"
    keywords: [okey]
    pattern: 'okey-(?<secret>[0-9]+)'
    match: [okey-1]
  - id: endless
    why: "test"
    keywords: [endless]
    pattern: 'endless=(?<secret>(a+)+)[bc]'
    match: [endless=aab]
"""


def messages(path, count):
    deadline = time.monotonic() + 60
    while not path.exists() or path.read_text().count("\n") < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return [json.loads(text)["message"] for text in path.read_text().splitlines()]


def test_packs_by_path_and_a_broken_one_at_reload(blotter_asan, tmp_path):
    log, clean, rules = Log(tmp_path / "app.log"), tmp_path / "clean.jsonl", tmp_path / "own.yaml"
    rules.write_text(RULES)
    with socket.create_server(("127.0.0.1", 0)) as free:
        unused_port = free.getsockname()[1]
    shipper = Shipper(blotter_asan, tmp_path / "run", log.path,
                      {"archive": {"type": "file", "path": str(clean)}},
                      redact={"packs": ["pci", "secrets", "pii", str(rules)]},
                      http={"listen": f"127.0.0.1:{unused_port}"})
    shipper.start()
    try:
        log.add(["okey-123 password=hunter2 a@example.com", "before endless=" + "a" * 40])
        assert messages(clean, 2) == [
            "okey-[REDACTED_ORDER_KEY] password=[REDACTED_PASSWORD] [REDACTED_EMAIL]",
            "before [WITHHELD limit]"]
        with urllib.request.urlopen(f"http://127.0.0.1:{unused_port}/metrics") as answer:
            metrics = answer.read().decode()
        assert 'blotter_withheld_total{rule="endless",reason="limit"} 1' in metrics

        rules.write_text(RULES.replace("[0-9]+)", "[0-9]+"))
        shipper.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 60
        while f"{rules}:5:14: pattern: at byte" not in shipper.log_path.read_text():
            assert time.monotonic() < deadline, shipper.log_path.read_text()
            time.sleep(0.02)
        log.add(["okey-4"])
        assert messages(clean, 3)[2] == "okey-[REDACTED_ORDER_KEY]"

        rules.write_text(RULES.replace("okey", "ikey"))
        shipper.process.send_signal(signal.SIGHUP)
        shipper.await_log("reloaded")
        log.add(["okey-5 ikey-6"])
        assert messages(clean, 4)[3] == "okey-5 ikey-[REDACTED_ORDER_KEY]"
        assert shipper.stop() == 0
    finally:
        shipper.kill()


def test_a_private_key_over_several_reads(blotter_asan, tmp_path):
    log, clean = Log(tmp_path / "app.log"), tmp_path / "clean.jsonl"
    shipper = Shipper(blotter_asan, tmp_path / "run", log.path,
                      {"archive": {"type": "file", "path": str(clean)}},
                      redact={"packs": ["pci", "secrets"]})
    shipper.start()
    try:
        log.add(["start", "-----BEGIN PRIVATE KEY-----", "MIIEvQIBADAN"])
        messages(clean, 3)
        log.add(["BgkqhkiG9w0B", "AQ=="])
        messages(clean, 5)
        log.add(["-----END PRIVATE KEY-----", "end"])
        assert messages(clean, 7) == [
            "start", "-----BEGIN PRIVATE KEY-----", *["[REDACTED_PRIVATE_KEY]"] * 3,
            "-----END PRIVATE KEY-----", "end"]
        assert shipper.stop() == 0
    finally:
        shipper.kill()
