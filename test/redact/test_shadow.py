"""`blotter redact --shadow`: the difference of two rule sets on the same lines, never a secret."""

import re
import subprocess

import pytest


def luhn(digits):
    """`digits` with their check digit."""
    double = [int(d) * 2 // 10 + int(d) * 2 % 10 for d in reversed(digits)][::2]
    plain = [int(d) for d in reversed(digits)][1::2]
    return digits + str(-(sum(double) + sum(plain)) % 10)


CANARY = luhn("451723849106275")
STAFF = """\
rules:
  - id: staff
    why: ours
    pattern: 'staff=(?<secret>[a-z]+)'
    keywords: ['staff=']
    match: ['staff=abc']
"""
WIDER = "override:\n  - id: pan\n    keep: first6_last4\n"
LOG = f"start\nstaff=bob card {CANARY} cvv=987\nécard {CANARY}\nlast cvv=986 mail bob@shop.example\n"


@pytest.fixture(params=["release", "asan"])
def shadow(request, tmp_path):
    program = request.getfixturevalue("blotter" if request.param == "release" else "blotter_asan")

    def run(rules, *arguments, code=1, text=LOG):
        (tmp_path / "then.yaml").write_text(rules)
        done = subprocess.run([program, "redact", "--shadow", "then.yaml", *map(str, arguments)],
                              cwd=tmp_path, input=text, capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stderr
        shown = done.stdout + done.stderr
        assert CANARY not in re.sub(r"\D", "", shown) and "98" not in re.sub("[0-9]{4}\n| 9[0-9]*:", "", shown)
        return done
    run.program = [program, "redact"]
    return run


def counts(done):
    return {row[0]: list(map(int, row[1:])) for row in
            (line.split() for line in done.stderr.splitlines()) if len(row) == 5 and row[1].isdigit()}


def test_a_new_rule(shadow):
    done = shadow(STAFF)
    assert done.stdout == (f"-:2: staff=[REDACTED_STAFF] card ************{CANARY[-4:]} cvv=[REDACTED_CVV]\n"
                           "+ staff                    column 7, 3 bytes: [REDACTED_STAFF]\n")
    assert counts(done) == {"pan": [2, 2, 0, 0], "cvv": [2, 2, 0, 0], "staff": [0, 1, 0, 1]}
    assert "1 of 4 lines differ" in done.stderr


def test_another_replacement(shadow):
    done = shadow(WIDER, text=f"écard {CANARY}\n")
    assert done.stdout.splitlines()[1:] == [
        f"- pan                      column 7, 16 bytes: ************{CANARY[-4:]}",
        f"+ pan                      column 7, 16 bytes: {CANARY[:6]}******{CANARY[-4:]}"]
    assert counts(done) == {"pan": [1, 1, 1, 1]}


def test_a_rule_that_goes(shadow, tmp_path):
    (tmp_path / "now.yaml").write_text(STAFF)
    done = shadow("disable: [staff]\n", "--rules", "now.yaml")
    assert "- staff                    column 7, 3 bytes: [REDACTED_STAFF]\n" in done.stdout
    assert "staff=bob" not in done.stdout
    assert counts(done)["staff"] == [1, 0, 1, 0]


def test_no_difference(shadow):
    done = shadow(STAFF, code=0, text=f"card {CANARY}\n")
    assert done.stdout == "" and "0 of 1 lines differ" in done.stderr


def test_both_sides_are_masked_by_all_packs(shadow):
    """What neither side replaces, such as an address that only another pack knows, is not shown."""
    done = shadow(STAFF, text="staff=bob mail bob@shop.example\n")
    assert "bob" not in done.stdout


def test_a_line_of_a_private_key_is_not_shown(shadow):
    text = "-----BEGIN PRIVATE KEY-----\nMIIEvQIB staff=bob BADANBg\n-----END PRIVATE KEY-----\nstaff=al\n"
    done = shadow(STAFF, text=text)
    assert "MIIE" not in done.stdout and "BADAN" not in done.stdout
    assert counts(done) == {"staff": [0, 2, 0, 2]}
    done = shadow("packs: [secrets]\n", text=text)
    assert "MIIE" not in done.stdout and counts(done)["private_key"] == [0, 1, 0, 1]


def test_a_new_version_of_a_file(shadow, tmp_path):
    (tmp_path / "now.yaml").write_text(STAFF.replace("[a-z]+", "[a-z]{4}").replace("=abc", "=abcd"))
    for option in ["--rules", "now.yaml"], ["--packs", "pci,./now.yaml"]:
        assert "--shadow OLD=NEW" in shadow(STAFF, *option, code=78).stderr
        old = option[1].split(",")[-1]
        done = subprocess.run([*shadow.program, "--shadow", f"{old}=then.yaml", *option], cwd=tmp_path, input=LOG,
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and counts(done)["staff"] == [0, 1, 0, 1], done.stderr


def test_a_pack_by_its_name(shadow, tmp_path):
    done = subprocess.run([*shadow.program, "--shadow", "pii"], cwd=tmp_path, input=LOG, capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 1 and counts(done)["email"] == [0, 1, 0, 1]


def test_files_and_errors(shadow, tmp_path):
    (tmp_path / "a.log").write_text(LOG)
    assert shadow(STAFF, "a.log", "a.log").stdout.count("a.log:2: ") == 2
    assert "nowhere" in shadow(STAFF, "nowhere", code=65).stderr
    assert "then.yaml:1:" in shadow("zebra: 1\n", code=78).stderr
    name = tmp_path / f"{CANARY}.log"
    name.write_text(LOG)
    shadow(STAFF, name.name)


def test_a_long_line_is_compared_so_far(shadow):
    done = shadow(STAFF, "--max-line", "1KiB", text="staff=bob " + "x" * 1010 + CANARY + " staff=alice\n")
    assert "longer than --max-line" in done.stderr and "alice" not in done.stdout


def test_stats_are_counts_only(blotter):
    done = subprocess.run([blotter, "redact", "--stats"], input=LOG, capture_output=True, text=True,
                          timeout=60, check=True)
    assert re.fullmatch(r"rule +redacted +withheld +reported\npan +2 +0 +0\ncvv +2 +0 +0\n", done.stderr)
