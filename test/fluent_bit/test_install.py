"""The modules as `meson install` leaves them: where the README says, and loaded from there."""

import os
import subprocess

import pytest

from fluent_bit.hosts import BUILD, FILTER, FLUENT_BIT, HOST, MASKED, OUTPUT, PAN, ROOT, bodies, event, run_filter


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, timeout=120,
                          **options).stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The host's folder of modules, under a root that the installation went to."""
    root = tmp_path_factory.mktemp("root")
    run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", root)
    (found,) = {path.parent for path in root.rglob("flb-filter_blotter.so")}
    return found


def test_they_are_where_the_documentation_says(folder):
    """With the prefix that distributions have in place of /usr/local."""
    assert {path.name for path in folder.iterdir()} == {path.name for path in (FILTER, OUTPUT) if path.exists()}
    named = "/usr/lib/x86_64-linux-gnu/fluent-bit"
    inside = "/".join(folder.parts[folder.parts.index("local") + 1:])
    assert named == f"/usr/{inside}" or "x86_64-linux-gnu" not in inside
    for path in ("plugin/fluent-bit/README.md", "deploy/fluent-bit/fluent-bit.yaml"):
        assert f"{named}/flb-filter_blotter.so" in (ROOT / path).read_text()


def test_they_need_nothing_of_the_build(folder):
    for module in folder.iterdir():
        assert module.stat().st_mode & 0o777 in (0o644, 0o755)
        dynamic = run("readelf", "-d", module)
        assert "RPATH" not in dynamic and "RUNPATH" not in dynamic
        assert "libblotter" not in dynamic and "librdkafka" not in dynamic


def test_they_load_and_work(folder):
    (_, chunk), = run_filter([event({"log": PAN})], module=folder / FILTER.name)[0]
    assert bodies(chunk) == [[("log", MASKED)]]
    # An output that no broker ever answers: it starts, and ends.
    done = subprocess.run([HOST, "output", folder / OUTPUT.name, "brokers=127.0.0.1:1", "topic=none"],
                          input=b"", capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    assert b"chunks=0" in done.stderr


if FLUENT_BIT:
    def test_the_host_loads_them(folder, tmp_path):
        (tmp_path / "in.log").write_text(f"{PAN}\n")
        done = subprocess.run(
            [FLUENT_BIT, "-e", folder / FILTER.name, "-e", folder / OUTPUT.name, "-i", "tail",
             "-p", f"path={tmp_path}/in.log", "-p", "read_from_head=on", "-p", "exit_on_eof=on", "-F", "blotter",
             "-m", "*", "-o", "stdout", "-p", "match=*"], capture_output=True, text=True, timeout=60,
            env={"PATH": os.environ["PATH"]})
        assert done.returncode == 0, done.stderr
        assert f'"log"=>"{MASKED}"' in done.stdout and PAN not in done.stdout + done.stderr
