"""No published card number passes, in any separator, encoding or container of the contract.

numbers.txt says who publishes them, forms.py how they are written. The program must give the very
line that the contract says, and find nothing in it a second time.
"""

import pathlib
import re
import subprocess

import pytest
from forms import FORMS, UNITED, Number

HERE = pathlib.Path(__file__).resolve().parent
NETWORKS = {
    "visa", "mastercard", "amex", "discover", "diners", "jcb", "unionpay", "maestro", "mir", "rupay",
    "troy", "elo", "hipercard", "verve", "uatp", "dankort",
}


def luhn(digits):
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 if place % 2 else 2)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def numbers():
    found = re.findall(r"^(\w+) (\d+)\{check\}$", (HERE / "numbers.txt").read_text(), re.MULTILINE)
    return [Number(network, digits + luhn(digits)) for network, digits in found]


def as_wanted(name, number, line, wanted, got):
    if name in UNITED:
        return got != line and number.digits[:-4] not in got
    return got == wanted


def redact(program, text):
    done = subprocess.run([program, "redact"], input=text.encode(errors="surrogateescape"),
                          capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode(errors="surrogateescape")


@pytest.fixture(scope="module")
def cases():
    made = []
    for number in numbers():
        for name, make in FORMS.items():
            case = make(number)
            if case is not None:
                made.append((name, number, *case))
    return made


def test_no_whole_number_is_in_the_data():
    assert not re.search(r"\d{14}(?!\d*\{check\})", (HERE / "numbers.txt").read_text())


def test_every_network_has_numbers():
    assert {number.network for number in numbers()} >= NETWORKS
    assert len(numbers()) > 250


def test_every_form_is_used(cases):
    assert {name for name, *_ in cases} == set(FORMS)


@pytest.mark.parametrize("build", ["blotter", "blotter_asan"])
def test_all_are_redacted(build, cases, request):
    program = request.getfixturevalue(build)
    output = redact(program, "".join(line + "\n" for _, _, line, _ in cases)).split("\n")
    assert len(output) == len(cases) + 1
    missed = [(name, number.network, line, wanted, got)
              for (name, number, line, wanted), got in zip(cases, output)
              if not as_wanted(name, number, line, wanted, got)]
    kinds = sorted({(name, network) for name, network, *_ in missed})
    assert not missed, f"{len(missed)} of {len(cases)}: {kinds[:20]}, first {missed[:3]}"


def test_nothing_is_found_a_second_time(blotter, cases):
    wanted = "".join(f"{case[3]}\n" for case in cases)
    assert redact(blotter, wanted) == wanted
