"""The sidecar writes the bytes that the command writes."""

import os
import pathlib
import subprocess

from e2e.shipper import Shipper

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_raw_records_equal_the_command(blotter, tmp_path):
    """The same 10,000 mixed lines that every other host is held against."""
    build = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
    mixed = subprocess.run([build / "test/generate/generate", "11", "0", "10000"],
                           capture_output=True, check=True).stdout
    # A carriage return at a line's end belongs to the newline, a line with a NUL byte is withheld by
    # the input, an empty one is no record.
    lines = b"".join(line.rstrip(b"\r") + b"\n" for line in mixed.split(b"\n")
                     if line.strip(b"\r") and b"\0" not in line)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "app.log").write_bytes(lines)
    clean = tmp_path / "clean.log"
    shipper = Shipper(
        blotter, tmp_path / "run", "",
        {"archive": {"type": "file", "path": str(clean), "rotate": {"size": "never"}}},
        inputs={"app": {"type": "tail", "paths": [str(tmp_path / "logs" / "*.log")],
                        "frame": "line", "parse": "text"}},
        format={"schema": "raw"})
    assert shipper.until_eof() == 0, shipper.log_path.read_text()
    expected = subprocess.run([blotter, "redact", "--frame", "line"], input=lines,
                              capture_output=True, check=True).stdout
    assert clean.read_bytes() == expected != lines
