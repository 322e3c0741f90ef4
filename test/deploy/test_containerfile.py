"""What the Containerfile copies is what its build needs. That it is built, and runs: suite image."""

import pathlib
import re
import shlex
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
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


def test_build_finds_all_it_needs(tmp_path):
    source, build = tmp_path / "src", tmp_path / "build"
    source.mkdir()
    copy_sources(source)
    setup, = re.findall(r"^RUN (meson setup .*?) &&", BUILD, re.M)
    words = [{"/build": str(build), "/src": str(source)}.get(word, word) for word in shlex.split(setup)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
    target, = re.findall(r"&& ninja -C /build (\S+)", BUILD)
    done = subprocess.run(["ninja", "-n", "-C", str(build), target], capture_output=True, text=True)
    assert done.returncode == 0 and f"Linking target {target}" in done.stdout
