"""What the Containerfile copies is what its build needs, and the program that it builds is like any
other. That the image is built, and runs: suite image."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GENERATE = pathlib.Path(os.environ["BUILD"]) / "test/generate/generate"
BUILD = (ROOT / "deploy/Containerfile").read_text().split("\nFROM ")[1].replace("\\\n", "")


def copy_sources(folder):
    for line in re.findall(r"^COPY (.*)$", BUILD, re.M):
        *sources, target = line.split()
        for source in map(ROOT.joinpath, sources):
            into = folder / target.removeprefix("/src").strip("/")
            if source.is_dir():
                shutil.copytree(source, into)
            else:
                into.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, into)


def blotter_of(command, source, build):
    """The program that the command builds, which names the folders of an image."""
    words = [word.replace("/src/", f"{source}/") if word != "/build" else str(build)
             for word in shlex.split(command)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
    return build / words[-1]


def redact(program, log):
    return subprocess.run([program, "redact", "--packs", "pci,secrets,pii", log],
                          capture_output=True, check=True).stdout


@pytest.mark.timeout(900)
def test_release_redacts_as_any_build_does(blotter, tmp_path):
    source, build, log = tmp_path / "src", tmp_path / "build", tmp_path / "log"
    source.mkdir()
    copy_sources(source)
    command, = re.findall(r"^RUN (/src/deploy/build .*?) &&", BUILD, re.M)
    program = blotter_of(command, source, build)
    assert "-fprofile-use" in (build / "build.ninja").read_text() and list(build.rglob("*.gcda"))
    log.write_bytes(subprocess.run([GENERATE, "7", "0", "20000"], capture_output=True,
                                   check=True).stdout)
    redacted = redact(blotter, log)
    assert redacted != log.read_bytes()
    assert redact(program, log) == redacted
