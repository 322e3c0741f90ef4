"""What /metrics says is what happened."""

import re
import socket
import time
import urllib.request

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
