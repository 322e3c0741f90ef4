"""What must hold for every redactor, checked on the reference with generated lines."""

import json
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
PUBLISHED = ROOT / "test" / "generate" / "published.h"

# UATP (1...) is real in one group only.
NOT_GROUPED = {"135410014004955", "135412345678911"}

def redact(text, *flags):
    return subprocess.run([BUILD / "test/reference/reference", *flags], input=text,
                          stdout=subprocess.PIPE, check=True).stdout


@pytest.fixture(scope="module", params=[11, 12])
def lines(request):
    text = subprocess.run([BUILD / "test/generate/generate", str(request.param), "0", "20000"],
                          stdout=subprocess.PIPE, check=True).stdout
    return text


def valid_json(line):
    def refuse(constant):
        raise ValueError(constant)

    try:
        return isinstance(json.loads(line.decode(), parse_constant=refuse), (dict, list))
    except (ValueError, RecursionError):
        return False


def test_lines_stay_lines(lines):
    assert redact(lines).count(b"\n") == lines.count(b"\n")


def test_nothing_is_found_in_the_output(lines):
    once = redact(lines)
    assert once != lines
    assert redact(once) == once


def test_valid_json_stays_valid(lines):
    pairs = zip(lines.split(b"\n"), redact(lines).split(b"\n"))
    checked = 0
    for before, after in pairs:
        if valid_json(before):
            checked += before != after
            assert valid_json(after), (before, after)
    assert checked > 100


def grouped(number):
    sizes = {15: [4, 6, 5], 14: [4, 6, 4]}.get(len(number), [4] * 4 + [3])
    groups = []
    for size in sizes:
        groups.append(number[:size])
        number = number[size:]
    return [group for group in groups if group]


def published():
    return re.findall(r'"(\d+)"', PUBLISHED.read_text())


@pytest.mark.parametrize("separator", ["", " ", "-", "\u00a0"])
def test_published_numbers_are_found(separator):
    numbers = published()
    if separator:
        numbers = [n for n in numbers if n not in NOT_GROUPED]
    assert len(numbers) > 180
    text = "".join(f"paid with {separator.join(grouped(n))} today\n" for n in numbers)
    wanted = "".join(f"paid with {'*' * (len(n) - 4)}{n[-4:]} today\n" for n in numbers)
    assert redact(text.encode()).decode() == wanted
