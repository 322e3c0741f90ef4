"""`blotter demo`: ends well, shows what it promises, leaves nothing behind."""

import os
import re
import subprocess

import pytest

CARDS = ("4111111111111111", "5555555555554444", "4242424242424242", "4242 4242 4242 4242",
         "378282246310005", "6011111111111117", "4012888888881881")


@pytest.fixture
def demo(request, tmp_path):
    def start(program, *arguments, **environment):
        return subprocess.run([request.getfixturevalue(program), "demo", *arguments],
                              env={**os.environ, "TMPDIR": str(tmp_path), **environment},
                              capture_output=True, text=True, timeout=120)
    return start


@pytest.mark.parametrize("program", ["blotter", "blotter_asan"])
def test_it_keeps_its_promise(demo, tmp_path, program):
    done = demo(program)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    before, after = done.stdout.split("Kafka has:")
    assert any(card in before for card in CARDS) and not any(card in after for card in CARDS)
    assert "************4444" in after and "[REDACTED_CVV]" in after and "[REDACTED_TRACK2]" in after
    written, sensitive = map(int, re.search(r"(\d+) lines written, (\d+) of", after).groups())
    read, redacted = map(int, re.search(r"(\d+) records read back, (\d+) of", after).groups())
    assert (written, sensitive) == (read, redacted) and written > sensitive > 0
    assert re.search(r"acknowledged by Kafka: p50 [\d.]+ ms, p99 [\d.]+ ms", after)
    assert os.listdir(tmp_path) == []


def test_it_says_when_it_cannot_start(demo):
    done = demo("blotter", TMPDIR="/nonexistent")
    assert done.returncode == 69
    assert "cannot start" in done.stderr


def test_it_takes_no_operands(demo):
    assert demo("blotter", "file").returncode == 64
