"""The configurations of deploy/rsyslog are ones that rsyslogd takes, and do what they say."""

import os
import pathlib
import subprocess

import pytest

from rsyslog.daemon import PROGRAM, ROOT, Daemon, module, send_tcp
from kafka.broker import free_ports
from rsyslog.test_mmblotter import PAN

SAMPLES = sorted((ROOT / "deploy/rsyslog").glob("*.conf"))


def check(folder, text):
    path = folder / "rsyslog.conf"
    path.write_text(f'global(workDirectory="{folder}")\n{text}')
    modules = f"{pathlib.Path(module('mmblotter')).parent}:/usr/lib/x86_64-linux-gnu/rsyslog"
    return subprocess.run([PROGRAM, "-N1", "-M", modules, "-f", str(path), "-i", str(folder / "pid")],
                          capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: p.name)
def test_rsyslogd_takes_it(sample, tmp_path):
    done = check(tmp_path, sample.read_text())
    assert done.returncode == 0 and "error" not in done.stderr, done.stderr


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: p.name)
def test_a_slip_is_seen(sample, tmp_path):
    text = sample.read_text().replace('action(type="mm', 'action(slip="x" type="mm')
    assert check(tmp_path, text).returncode != 0


def test_drop_in_before_the_rules_of_debian(tmp_path):
    """As Debian's rsyslog.conf includes it: before its rules, in the default ruleset."""
    port, = free_ports(1)
    text = (ROOT / "deploy/rsyslog/00-blotter.conf").read_text()
    body = text.replace('load="mmblotter"', f'load="{module("mmblotter")}"') + f'''
module(load="imtcp")
input(type="imtcp" port="{port}" address="127.0.0.1")
*.*;auth,authpriv.none -{{folder}}/syslog
'''
    with Daemon(tmp_path, body) as daemon:
        send_tcp(port, f"<14>Nov 21 14:05:06 host app: {PAN}\n".encode())
        lines = daemon.lines("syslog", 1, 30)
        assert daemon.stop() == 0
    # rsyslogd's own message of its start may stand before.
    assert lines[-1].endswith(b" host app: ************1111\n")


def test_modules_are_installed_where_rsyslogd_looks(tmp_path):
    build = os.environ.get("BUILD", str(ROOT / "build"))
    done = subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--destdir", str(tmp_path)],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in tmp_path.rglob("*/rsyslog/*blotter.so")) == ["mmblotter.so", "omblotter.so"]
