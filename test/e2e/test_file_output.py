"""The file and standard outputs of the whole program: moved files, a full disk, a reader that goes."""

import json
import resource
import signal
import subprocess
import time

from e2e.shipper import Log, Shipper, kafka_output, line

LIMIT = 300 * 1024


def records(*paths):
    """Every line of the files is a whole record."""
    return [json.loads(text) for path in paths for text in path.read_text().splitlines()]


def await_offsets(count, *paths):
    deadline = time.monotonic() + 60
    while sum(path.read_text().count("\n") for path in paths if path.exists()) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    found = [record["log.offset"] for record in records(*paths)]
    assert found == sorted(set(found))
    assert len(found) == count


def test_moved_file_and_reopen(blotter_asan, tmp_path):
    log = Log(tmp_path / "app.log")
    clean, moved = tmp_path / "clean.jsonl", tmp_path / "clean.jsonl.1"
    shipper = Shipper(blotter_asan, tmp_path / "run", log.path,
                      {"archive": {"type": "file", "path": str(clean)}})
    shipper.start()
    try:
        log.add(line(i) for i in range(100))
        await_offsets(100, clean)
        clean.rename(moved)
        shipper.process.send_signal(signal.SIGHUP)
        log.add(line(i) for i in range(100, 200))
        await_offsets(200, moved, clean)
        assert len(records(clean)) == 100
        assert shipper.stop() == 0
    finally:
        shipper.kill()


def test_rotated_files_hold_everything(blotter_asan, tmp_path):
    log = Log(tmp_path / "app.log")
    log.add(line(i) for i in range(20000))
    folder = tmp_path / "clean"
    shipper = Shipper(blotter_asan, tmp_path / "run", log.path, {"archive": {
        "type": "file", "path": str(folder / "clean.jsonl"),
        "rotate": {"size": "1MiB", "keep": 100, "compress": "zstd"}}})
    assert shipper.until_eof() == 0
    assert shipper.until_eof() == 0  # what the first left uncompressed
    text = b""
    rotated = sorted(path for path in folder.iterdir() if path.name != "clean.jsonl")
    assert len(rotated) > 3
    for path in rotated:
        command = ["zstd", "-dqc", path] if path.suffix == ".zst" else ["cat", path]
        part = subprocess.run(command, check=True, capture_output=True).stdout
        assert len(part) <= 1 << 20
        text += part
    text += (folder / "clean.jsonl").read_bytes()
    found = [json.loads(one) for one in text.splitlines()]
    assert [(one["log.offset"], one["message"]) for one in found] == list(log.lines.items())


def test_full_disk_under_a_file_that_is_not_required(blotter, broker, tmp_path):
    """The limit on a file's size stands for the full disk: a write takes a part, then none."""
    log = Log(tmp_path / "app.log")
    log.add(line(i) for i in range(20000))
    clean = tmp_path / "clean.jsonl"
    broker.create_topic("limited-file")
    shipper = Shipper(blotter, tmp_path / "run", log.path, {
        "kafka": kafka_output(broker.bootstrap, "limited-file"),
        "archive": {"type": "file", "path": str(clean), "required": False}})
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, limit[1]))
    try:
        shipper.start()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    try:
        found = broker.read_topic("limited-file", 20000)
        assert [json.loads(one.value())["log.offset"] for one in found] == list(log.lines)
        shipper.await_log("the file cannot be written; records wait")
        assert shipper.process.poll() is None
        kept = records(clean)
        assert 0 < len(kept) and clean.stat().st_size <= LIMIT
        assert [one["log.offset"] for one in kept] == list(log.lines)[:len(kept)]
    finally:
        shipper.kill()


def test_reader_that_goes_away(blotter_asan, tmp_path):
    log = Log(tmp_path / "app.log")
    log.add(line(i) for i in range(20000))
    for arguments in ([], ["--until-eof"]):
        process = subprocess.Popen([blotter_asan, "run", *arguments, str(log.path)],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert json.loads(process.stdout.readline())["message"]
        process.stdout.close()
        assert process.wait(60) == 0, process.stderr.read().decode()
        process.stderr.close()
