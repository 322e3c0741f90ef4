"""What /metrics says is what happened."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.request

import pytest

from e2e.shipper import Shipper


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def metrics(port):
    """{series: value}; {} while nobody listens."""
    try:
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode()
    except OSError:
        return {}
    return {match[1]: float(match[2]) for match in re.finditer(r"^([^#\s]\S*) (\S+)$", page, re.M)}


def test_counters_tell_what_was_read_and_delivered(blotter_asan, tmp_path):
    port = free_port()
    logs, out = tmp_path / "logs", tmp_path / "out" / "clean.jsonl"
    logs.mkdir()
    data = b"one\ncard 4111111111111111 cvv: 123\nbad \xff byte\n"
    (logs / "app.log").write_bytes(data)
    shipper = Shipper(blotter_asan, tmp_path / "run", logs / "*.log",
                      {"archive": {"type": "file", "path": str(out)}},
                      http={"listen": f"127.0.0.1:{port}"})
    shipper.start()
    try:
        deadline = time.monotonic() + 60
        delivered = 'blotter_delivered_records_total{output="archive"}'
        while (seen := metrics(port)).get(delivered) != 3:
            assert time.monotonic() < deadline, seen
            time.sleep(0.05)
        payload = out.read_bytes()
        assert seen['blotter_delivered_bytes_total{output="archive"}'] == len(payload) - 3
        assert seen['blotter_read_bytes_total{input="app"}'] == len(data)
        assert seen['blotter_read_records_total{input="app"}'] == 3
        assert seen['blotter_repaired_records_total{input="app"}'] == 1
        assert seen['blotter_redactions_total{rule="pan"}'] == 1
        assert seen['blotter_redactions_total{rule="cvv"}'] == 1
        assert seen['blotter_latency_seconds_count{stage="total"}'] == 3
        assert seen['blotter_output_ready{output="archive"}'] == 1
        assert seen['blotter_lag_bytes{input="app"}'] == 0
        assert seen["blotter_unsafe"] == 0
        assert abs(seen['blotter_last_acknowledgement_timestamp_seconds{output="archive"}']
                   - time.time()) < 120
        assert seen['blotter_memory_bytes{kind="rss"}'] > 0
        assert shipper.stop() == 0
    finally:
        shipper.kill()


def wait_for(condition, shipper):
    deadline = time.monotonic() + 60
    while not condition():
        assert shipper.process.poll() is None, shipper.log_path.read_text()
        assert time.monotonic() < deadline, shipper.log_path.read_text()
        time.sleep(0.05)


def test_checkpoints_that_cannot_be_written_are_counted(blotter_asan, tmp_path):
    """A full disk under state_dir: records go on, the failures show, and end with their cause."""
    port = free_port()
    disk, logs, out = tmp_path / "disk", tmp_path / "logs", tmp_path / "out" / "clean.jsonl"
    disk.mkdir()
    logs.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)], check=True)
    shipper = Shipper(blotter_asan, tmp_path / "run", logs / "*.log",
                      {"archive": {"type": "file", "path": str(out), "fsync": "always"}},
                      http={"listen": f"127.0.0.1:{port}"}, state_dir=str(disk / "state"))
    log = logs / "app.log"

    def write(line):
        with open(log, "a") as file:
            file.write(line + "\n")

    try:
        write("first")
        shipper.start()
        wait_for(lambda: out.exists() and "first" in out.read_text(), shipper)
        wait_for(lambda: metrics(port).get("blotter_state_unwritten_files") == 0, shipper)
        assert metrics(port)["blotter_state_write_failures_total"] == 0
        try:
            with open(disk / "filler", "wb", buffering=0) as filler:
                while True:
                    filler.write(bytes(4096))
        except OSError:
            pass
        write("second")
        wait_for(lambda: "second" in out.read_text(), shipper)
        wait_for(lambda: metrics(port).get("blotter_state_write_failures_total", 0) >= 1, shipper)
        assert metrics(port)["blotter_state_unwritten_files"] == 1
        (disk / "filler").unlink()
        wait_for(lambda: metrics(port).get("blotter_state_unwritten_files") == 0, shipper)
        assert shipper.stop() == 0
        told = [line["message"] for line in shipper.log() if "state" in line["message"]]
        assert len(told) == 2 and told[1] == "the state is written again"
    finally:
        shipper.kill()
        subprocess.run(["umount", str(disk)], check=True)


def has_memory_cgroup():
    """Whether the machine shows processes what their cgroup uses; a bare root may not."""
    lines = [line.split(":", 2) for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines()]
    v2 = [path for _, controllers, path in lines if not controllers]
    v1 = [path for _, controllers, path in lines if "memory" in controllers.split(",")]
    files = [f"/sys/fs/cgroup{path}/memory.current" for path in v2 + [""]] + \
        [f"/sys/fs/cgroup/memory{path}/memory.usage_in_bytes" for path in v1 + [""]]
    return any(map(os.path.exists, files))


def test_every_family_is_in_the_manual(blotter_asan, tmp_path):
    """agent/README.md names what /metrics has, and nothing else."""
    port = free_port()
    (tmp_path / "app.log").write_text("card 4111111111111111\n")
    shipper = Shipper(blotter_asan, tmp_path / "run", tmp_path / "app.log",
                      {"archive": {"type": "file", "path": str(tmp_path / "clean.jsonl")}},
                      http={"listen": f"127.0.0.1:{port}"})
    shipper.start()
    try:
        wait_for(lambda: metrics(port), shipper)
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode()
        assert shipper.stop() == 0
    finally:
        shipper.kill()
    manual = pathlib.Path(__file__).resolve().parents[2] / "agent" / "README.md"
    section = manual.read_text().split("## Metrics\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^# HELP (blotter_\w+) \S", page, re.M)) == \
        set(re.findall(r"^# TYPE (blotter_\w+) ", page, re.M))
    told = set(re.findall(r"^\| `(blotter_\w+)", section, re.M))
    if not has_memory_cgroup():
        told -= {"blotter_cgroup_memory_bytes", "blotter_cgroup_memory_events"}
    assert told == set(re.findall(r"^# TYPE (blotter_\w+) ", page, re.M))


@pytest.mark.parametrize("limit, is_over", [("17MiB", 1), ("64GiB", 0)])
def test_above_its_memory_limit_it_goes_on_slowly(blotter_asan, tmp_path, limit, is_over):
    """With the sanitizers the program is always above 17 MiB: nothing is refused or lost."""
    port = free_port()
    lines = [f"line {i} {'x' * 500}" for i in range(20000)]
    (tmp_path / "app.log").write_text("\n".join(lines) + "\n")
    out = tmp_path / "clean.jsonl"
    shipper = Shipper(blotter_asan, tmp_path / "run", tmp_path / "app.log",
                      {"archive": {"type": "file", "path": str(out)}},
                      http={"listen": f"127.0.0.1:{port}"}, buffer={"memory": "1MiB"},
                      memory={"limit": limit})
    shipper.start()
    try:
        delivered = 'blotter_delivered_records_total{output="archive"}'
        wait_for(lambda: metrics(port).get(delivered) == len(lines), shipper)
        assert metrics(port)["blotter_over_memory_limit"] == is_over
        assert shipper.stop() == 0
    finally:
        shipper.kill()
    assert [json.loads(line)["message"] for line in out.read_text().splitlines()] == lines
    told = [line for line in shipper.log() if line["message"].startswith("memory.limit")]
    assert len(told) == is_over


def test_the_rules_in_force_and_the_memory_around_each_change_are_told(blotter_asan, tmp_path):
    port = free_port()
    (tmp_path / "app.log").write_text("one\n")
    out = tmp_path / "clean.jsonl"
    shipper = Shipper(blotter_asan, tmp_path / "run", tmp_path / "app.log",
                      {"archive": {"type": "file", "path": str(out)}},
                      http={"listen": f"127.0.0.1:{port}"}, memory={"profile": "1s"})

    def rules():
        info = [name for name in metrics(port) if name.startswith("blotter_pack_info")]
        return re.search(r'hash="([0-9a-f]{64})",kernel="(\w+)"', info[0]) if info else None

    shipper.start()
    try:
        wait_for(rules, shipper)
        before = rules()[1]
        assert before == [line for line in shipper.log() if line["message"] == "started"][0]["rules"]
        shipper.config.write_text(shipper.config.read_text() + "redact: {packs: [pci, secrets]}\n")
        shipper.process.send_signal(signal.SIGHUP)
        wait_for(lambda: metrics(port).get("blotter_generation") == 2, shipper)
        assert rules()[1] != before
        shipper.await_log("reloaded")
        wait_for(lambda: any(line.get("moment") == "interval" for line in shipper.log()), shipper)
        assert shipper.stop() == 0
    finally:
        shipper.kill()
    profiles = [line for line in shipper.log() if line["message"] == "memory profile"]
    moments = [line["moment"] for line in profiles if line["moment"] != "interval"]
    assert moments == [f"{side} {event}" for event in ("start", "reload", "drain")
                       for side in ("before", "after")]
    assert all({"memory.rss", "memory.pss", "memory.anonymous"} <= set(line) for line in profiles)
    parts = {"arena_raw", "arena_clean", "state", "queues", "client_queues"}
    assert all(parts <= set(line) for line in profiles[1:])
    assert any(key.endswith(".change") for key in profiles[1])
