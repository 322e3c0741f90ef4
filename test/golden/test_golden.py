"""Text in, text out. A folder beside this file is a case:

    args      in.log  out.log      `blotter redact ARGS < in.log` prints out.log
    config.yaml  in.log  out.jsonl    `blotter run -c config.yaml --until-eof` prints out.jsonl

A run case's configuration reads ${CASE}/in.log, keeps its state under ${CASE}/state and has one
output of type stdout. In its records the values that differ from run to run stand as "*". Bytes are
compared, so the order of keys counts. Both the release and the sanitized build must agree.
"""

import os
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
CASES = sorted(p.parent for p in HERE.glob("*/in.log"))
VARIABLE = re.compile(rb'("(?:blotter\.source|event\.ingested|host\.name|log\.file\.path)":)"[^"]*"')
READ_TIME = re.compile(rb'("@timestamp":)"[^"]*"(?=.*"blotter\.time":"read")')


def mask(records):
    lines = records.split(b"\n")
    return b"\n".join(READ_TIME.sub(rb'\1"*"', VARIABLE.sub(rb'\1"*"', line)) for line in lines)


def outcome(command, **options):
    done = subprocess.run(command, capture_output=True, timeout=120, **options)
    assert done.returncode == 0, f"exit code {done.returncode}: {done.stderr.decode(errors='replace')}"
    return done.stdout


def run_redact(program, case):
    arguments = shlex.split((case / "args").read_text())
    with open(case / "in.log", "rb") as text:
        return outcome([program, "redact", *arguments], stdin=text)


def run_agent(program, case, folder):
    shutil.copy(case / "in.log", folder / "in.log")
    return mask(outcome([program, "run", "-c", str(case / "config.yaml"), "--until-eof"],
                        env={**os.environ, "CASE": str(folder)}, stdin=subprocess.DEVNULL))


def test_there_are_cases():
    assert CASES


def test_mask_hides_only_what_varies():
    record = (b'{"@timestamp":"2026-01-01T00:00:00Z","message":"a","blotter.source":"00ff","log.offset":7}\n'
              b'{"@timestamp":"2026-01-01T00:00:00Z","message":"b","blotter.time":"read"}\n')
    assert mask(record) == (
        b'{"@timestamp":"2026-01-01T00:00:00Z","message":"a","blotter.source":"*","log.offset":7}\n'
        b'{"@timestamp":"*","message":"b","blotter.time":"read"}\n')


@pytest.mark.parametrize("build", ["blotter", "blotter_asan"])
@pytest.mark.parametrize("case", CASES, ids=lambda p: p.name)
def test_case(case, build, request, tmp_path):
    program = request.getfixturevalue(build)
    if (case / "args").exists():
        expected, got = (case / "out.log").read_bytes(), run_redact(program, case)
    else:
        expected, got = (case / "out.jsonl").read_bytes(), run_agent(program, case, tmp_path)
    assert got.decode(errors="backslashreplace") == expected.decode(errors="backslashreplace")
    assert got == expected
