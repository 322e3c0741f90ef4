"""The unit is one that systemd reads without a complaint, and one that is shut tight."""

import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNIT = (ROOT / "deploy/systemd/blotter.service").read_text()
# `systemd-analyze security`: 0 is shut, 100 open; a unit that says nothing has 96.
EXPOSURE_MAX = 20


@pytest.fixture
def unit(tmp_path):
    """The unit with a program that is there in place of the installed one."""
    def write(text):
        path = tmp_path / "blotter.service"
        path.write_text(text.replace("/usr/bin/blotter", "/bin/true"))
        return str(path)
    return write


def verify(path):
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True)
    return [line for line in done.stderr.splitlines() if "blotter.service" in line]


def test_unit_is_understood(unit):
    assert verify(unit(UNIT)) == []


def test_a_wrong_key_is_seen(unit):
    assert verify(unit(UNIT.replace("StateDirectoryMode", "StateDirectoryMood")))


def test_unit_is_hardened(unit):
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE_MAX}", "--no-pager",
         unit(UNIT)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


def test_no_core_image():
    assert re.search(r"^LimitCORE=0$", UNIT, re.M)
