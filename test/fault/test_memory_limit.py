"""A cgroup that is smaller than buffer.memory, with a broker that takes nothing: the kernel ends
nobody, and what was read is kept."""

import pathlib
import signal
import subprocess
import time

import pytest

from e2e.shipper import Shipper, kafka_output, line

MIB = 1024 * 1024
ROOT = pathlib.Path("/sys/fs/cgroup")


@pytest.fixture
def cgroup():
    """(folder, file of the limit)"""
    is_v2 = (ROOT / "cgroup.controllers").exists() and \
        "memory" in (ROOT / "cgroup.subtree_control").read_text()
    folder = (ROOT if is_v2 else ROOT / "memory") / "blotter-test"
    folder.mkdir()
    yield folder, folder / ("memory.max" if is_v2 else "memory.limit_in_bytes")
    for _ in range(100):
        try:
            folder.rmdir()
            return
        except OSError:
            time.sleep(0.1)


@pytest.mark.long
@pytest.mark.parametrize("limit", [32 * MIB, 48 * MIB])
def test_the_kernel_ends_nobody(blotter, tmp_path, cgroup, limit):
    folder, limit_file = cgroup
    limit_file.write_text(str(limit))
    (tmp_path / "app.log").write_text("".join(line(i, 200) + "\n" for i in range(400000)))
    shipper = Shipper(blotter, tmp_path / "run", tmp_path / "app.log",
                      {"kafka": kafka_output("127.0.0.1:1", "nowhere")},
                      buffer={"memory": "64MiB"}, memory={"profile": "1s"}, drain_timeout="1s")
    enter = f'echo $$ > {folder}/cgroup.procs && exec "$0" run -c "$1"'
    with open(shipper.log_path, "ab") as log:
        shipper.process = subprocess.Popen(["sh", "-c", enter, blotter, str(shipper.config)],
                                           stdin=subprocess.DEVNULL, stderr=log)
    try:
        shipper.await_log("buffer.memory does not fit in the cgroup's limit: less is used")
        deadline = time.monotonic() + 60
        while len([1 for told in shipper.log() if told.get("moment") == "interval"]) < 5:
            assert shipper.process.poll() is None, "it was ended: " + str(shipper.process.poll())
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert shipper.stop(signal.SIGTERM) == 75
    finally:
        shipper.kill()
    profiles = [told for told in shipper.log() if told["message"] == "memory profile"]
    assert max(told["memory.anonymous"] for told in profiles) < limit
    assert max(told["arena_clean"] for told in profiles if "arena_clean" in told) > 4 * MIB
