"""What the front page shows is what happens."""

import json
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
CONFIG, = (text for kind, text in BLOCKS if kind == "yaml" and "\noutputs:" in text)
RECORD, = (text for kind, text in BLOCKS if kind == "json")
BEFORE, AFTER = next(text for kind, text in BLOCKS if text.count("\n") == 2 and "cvv" in text).splitlines()
# differ from run to run
VARIABLE = ("log.file.path", "blotter.source", "host.name", "event.ingested")


def test_commands_are_there():
    commands = re.findall(r"^(deploy/\S+|test/\S+)  ", README, re.M)
    assert commands == ["deploy/quickstart", "test/run"]
    assert all((ROOT / c).stat().st_mode & 0o100 for c in commands)


def test_before_and_after(blotter):
    done = subprocess.run([blotter, "redact"], input=BEFORE + "\n", text=True, capture_output=True)
    assert done.stdout == AFTER + "\n"


def test_configuration_passes_check(blotter, tmp_path):
    (tmp_path / "blotter.yaml").write_text(CONFIG)
    done = subprocess.run([blotter, "check", "-c", str(tmp_path / "blotter.yaml")],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_record(blotter, tmp_path):
    (tmp_path / "app.log").write_text("2026-03-01T10:00:00Z INFO auth pan=4111111111111111 cvv=123\n")
    (tmp_path / "blotter.yaml").write_text(
        f"inputs:\n  app: {{type: tail, paths: [\"{tmp_path}/app.log\"]}}\n"
        "format: {schema: ecs, fields: {service.name: checkout}}\n"
        "outputs:\n  screen: {type: stdout}\n"
        "http: {listen: \"\"}\nadmin: {listen: \"\"}\n"
        f"state_dir: {tmp_path}/state\n")
    done = subprocess.run([blotter, "run", "-c", str(tmp_path / "blotter.yaml"), "--until-eof"],
                          capture_output=True, text=True, timeout=60)
    got, shown = json.loads(done.stdout), json.loads(RECORD)
    assert list(got) == list(shown)
    assert {k: v for k, v in got.items() if k not in VARIABLE} == \
           {k: v for k, v in shown.items() if k not in VARIABLE}


def test_hosts_are_shown_as_their_pages_show_them():
    pages = {"rsyslog": "mmblotter", "fluent-bit": "plugins:", "python": "import blotter"}
    for folder, word in pages.items():
        page = (ROOT / "plugin" / folder / "README.md").read_text()
        shown, = (text for _, text in BLOCKS if word in text)
        lines = [line.split("  ")[0] for line in shown.splitlines()]
        assert [line for line in lines if line not in page] == []
