"""Both commands of the README end well from a fresh clone in a bare Debian 12."""

import pathlib
import re
import shutil
import subprocess

import pytest

import debian

ROOT = pathlib.Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.long


@pytest.fixture
def fresh(tmp_path):
    folder = tmp_path / "root"
    debian.bootstrap(folder, "bookworm")
    subprocess.run(["git", "clone", "--quiet", "--no-local", str(ROOT), str(folder / "blotter")], check=True)
    with debian.Root(folder) as root:
        yield root
    shutil.rmtree(folder)


@pytest.mark.timeout(1200)
def test_quickstart(fresh):
    code, output = fresh.run("cd /blotter && deploy/quickstart", 900)
    assert code == 0, output
    assert "************" in output


@pytest.mark.timeout(3000)
def test_run(fresh):
    code, output = fresh.run("cd /blotter && test/run", 2700)
    assert re.fullmatch(r"\d+ passed, 0 failed", output.splitlines()[-1]), output
    assert code == 0
