"""`blotter explain`: the right gate is named, the advice fits, and nothing of a secret is shown."""

import json
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def luhn(digits):
    """`digits` with their check digit."""
    double = [int(d) * 2 // 10 + int(d) * 2 % 10 for d in reversed(digits)][::2]
    plain = [int(d) for d in reversed(digits)][1::2]
    return digits + str(-(sum(double) + sum(plain)) % 10)


CANARY = luhn("451723849106275")
RARE = luhn("621234567890000123")  # 19 digits, weak under an id
UNKNOWN = luhn("998172635445362")
WRONG = CANARY[:-1] + str((int(CANARY[-1]) + 1) % 10)


@pytest.fixture(params=["release", "asan"])
def explain(request):
    program = request.getfixturevalue("blotter" if request.param == "release" else "blotter_asan")

    def run(*arguments, text=None, code=0, env=None):
        done = subprocess.run([program, "explain", *map(str, arguments)], input=text, text=True,
                              capture_output=True, timeout=60,
                              env={"PATH": os.environ["PATH"], **(env or {})})
        assert done.returncode == code, done.stderr
        return done
    return run


def failed(explain, line, *arguments):
    """[(detector, first gate that failed or None)] of the candidates that came furthest."""
    answer = json.loads(explain("--json", *arguments, text=line + "\n").stdout)
    return [(one["detector"], next((g["gate"] for g in one["gates"] if not g["passed"]), None))
            for one in answer["candidates"]]


@pytest.mark.parametrize("line, candidate", [
    (f"card {CANARY}", ("pan", None)),
    (f"card {WRONG}", ("pan", "luhn")),
    (f"1.{CANARY}", ("pan", "fraction")),
    (f"ref={RARE}", ("pan", "own label")),
    (f"seen {UNKNOWN}", ("pan", "card label")),
    (f"card {UNKNOWN}", ("pan", None)),
    ("x " + CANARY[:3] + " " + CANARY[3:9] + "-" + CANARY[9:], ("pan", "grouping")),
    ("cvv=987", ("cvv", None)),
    ("cvv_check=987", ("cvv", "label")),
    ("cvv=98", ("cvv", "value")),
    ("csc=987", ("cvv", "card record")),
    ("csc=987 visa", ("cvv", None)),
    ("pin", ("pin", "binding")),
    (f"{CANARY}=30122011234567890", ("track2", None)),
    (f"{CANARY}=hello", ("track2", "date")),
    (f"B{CANARY}^DOE", ("track1", "name")),
    (f"card%3D{CANARY[:1]}%3{CANARY[1]}{CANARY[2:]}", ("pan", None)),
])
def test_the_gate_is_named(explain, line, candidate):
    assert candidate in failed(explain, line)


@pytest.mark.parametrize("line, candidate", [
    ("password=hunter2 x", ("password", None)),
    ("Authorization: failed for user", ("authorization", "pattern")),
    ("sent bearer authentication-mechanism-is-off", ("bearer_token", "validator")),
    ("mail bob@shop.example", ("email", None)),
])
def test_rules_with_patterns_tell_too(explain, line, candidate):
    assert candidate in failed(explain, line, "--packs", "secrets,pii")


def test_the_allow_list_is_told(explain, tmp_path):
    (tmp_path / "r.yaml").write_text("override:\n  - id: password\n    allow: {patterns: ['sesame7']}\n")
    told = failed(explain, "password=sesame7", "--packs", "secrets", "--rules", tmp_path / "r.yaml")
    assert ("password", "allow list") in told


def test_a_rule_that_only_reports_is_told(explain, tmp_path):
    (tmp_path / "r.yaml").write_text("override:\n  - id: password\n    shadow: true\n")
    told = failed(explain, "password=hunter2", "--packs", "secrets", "--rules", tmp_path / "r.yaml")
    assert ("password", "shadow") in told


@pytest.mark.parametrize("packs", ["pci", "pci,secrets,pii"])
def test_no_secret_of_another_pack_is_shown(explain, packs):
    """Found by any pack, or standing behind the keyword of one that is in use."""
    lines = ["password=Tr0ub4dor&3", "token: Tr0ub4dor3xyzzyplugh99", "Authorization: Bearer Tr0ub4dor3xyzzyplugh9910",
             "https://bob:Tr0ub4dor3@example.org/", "cookie: sid=Tr0ub4dor3xyzzy"]
    for line in explain("--packs", packs, text="\n".join(lines) + "\n").stdout.split("\n"):
        assert "Tr0ub4dor" not in line


def test_text_and_json_agree(explain):
    line = f"card {CANARY} ref={RARE} cvv=98"
    text = explain(line).stdout
    answer = json.loads(explain("--json", line).stdout)
    for one in answer["candidates"]:
        assert one["advice"] in text or one["detector"] + " " + one["shape"] in text
        for gate in one["gates"]:
            if not gate["passed"]:
                assert gate["why"] in text or f"fails {gate['gate']}" in text
    assert answer["text"] == text.split("\n")[0]
    assert answer["text"].startswith("card ************" + CANARY[-4:])
    assert answer["findings"] == [{"rule": "pan", "offset": 5, "size": 16}]


def test_what_no_candidate_explains_is_told(explain):
    told = explain("body=eyJwYW4iOiI1NTU1NTU1NTU1NTU0NDQ0IiwiY3ZjIjoiNzM3In0=").stdout
    assert "also redacted: found inside another form (base64" in told and "eyJwYW4iOiI1" not in told


def test_the_path_of_a_key_rule_is_asked_for(explain, tmp_path):
    rules = tmp_path / "r.yaml"
    rules.write_text("""\
rules:
  - {id: holder, why: ours, keys: [$.card.holder], match: ['{"card":{"holder":"Jo"}}']}
""")
    assert failed(explain, '{"card":{"holder":"Jo"}}', "--rules", rules) == [("holder", None)]
    assert failed(explain, '{"holder":"Jo"}', "--rules", rules) == [("holder", "path")]
    assert failed(explain, '{"card":{"name":"Jo"}}', "--rules", rules) == []
    told = explain("--rules", rules, '{"holder":"Jo Doe"}').stdout
    assert "Jo" not in told and "at any depth" in told


@pytest.mark.parametrize("packs", ["pci", "secrets"])
def test_no_line_of_a_private_key_is_shown(explain, packs):
    done = explain("--packs", packs, text="-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nabcdefgh\n-----END PRIVATE KEY-----\n")
    assert done.stdout.count("\n[REDACTED_PRIVATE_KEY]\n") == 2
    assert done.stdout.count("private_key: also redacted") == (2 if packs == "secrets" else 0)


def test_a_pattern_that_runs_into_its_limit_is_told(explain, tmp_path):
    (tmp_path / "r.yaml").write_text("""\
rules:
  - {id: slow, why: ours, keywords: ['key='], where: keyword, match: ['key=aabx'],
     pattern: 'key=(?<secret>(?:a|a?)+[bc]x)'}
""")
    line = "key=" + 60 * "a" + " bx"
    assert failed(explain, line, "--rules", tmp_path / "r.yaml") == [("slow", None)]
    shown = explain("--rules", tmp_path / "r.yaml", line).stdout
    assert "slow: redacted" in shown and "ran into a limit" in shown and "backtracks" in shown


def test_nothing_is_said_where_nothing_is(explain):
    assert "nothing here looks like a secret" in explain("hello 12345").stdout


def test_colour_is_asked_for(explain):
    assert "\x1b" not in explain("cvv=12").stdout
    assert "\x1b[31mFAILED" in explain("--color", "always", "cvv=12").stdout
    assert "\x1b" not in explain("--color", "never", "cvv=12").stdout


def test_control_characters_do_not_reach_a_terminal(explain):
    assert "\x1b" not in explain("a \x1b[2J cvv=12").stdout


# Every way in which a number can stand in a line; `@` is the number.
WAYS = ["@", "card @", "ref=@", "1.@", "@e5", "a@", "@a", "x{@}", '{"pan":@}', '{"id":"@"}', "@@",
        "16@", "000@", "@1230123", "+@", "@.com", "arn:aws:x:@", "%3%34@", "cvv=@", "pin: @ ",
        "@=30122011234567890", "@=x", "B@^A/B^3012", "B@^", ";@=", "id=\"2\" value=\"@\"",
        "<card>@</card>", "cvv @", "fade4567-e89b-12d3-a456-42661417@", "@\x1b@", "é@é", "* @ ****"]
SPELLINGS = [lambda n: n, lambda n: "-".join(re.findall("....?", n)),
             lambda n: " ".join(re.findall("...?", n)), lambda n: ".".join(re.findall("....?", n)),
             lambda n: n[:7] + " " + n[7:], lambda n: " ".join(n), lambda n: n[:6] + "  -" + n[6:],
             lambda n: n[:4] + "%20" + n[4:], lambda n: n[:4] + "\\u0020" + n[4:],
             lambda n: "".join("\\u%04x" % ord(c) for c in n)]


def shown_digits(text):
    return re.sub(r"\D", "", text)


@pytest.mark.parametrize("number", [CANARY, WRONG, RARE, UNKNOWN], ids=["pan", "wrong", "rare", "unknown"])
@pytest.mark.parametrize("arguments", [[], ["--json"], ["--packs", "pci", "--color", "always"]])
def test_no_number_is_shown(explain, number, arguments):
    """Neither whole nor more of it than its last four digits, found or not."""
    lines = [way.replace("@", spell(number)) for way in WAYS for spell in SPELLINGS]
    done = explain(*arguments, text="\n".join(lines) + "\n")
    for line in done.stdout.split("\n") + [done.stderr]:
        seen = shown_digits(line)
        for at in range(len(number) - 8):
            assert number[at:at + 9] not in seen, line


@pytest.mark.parametrize("code", ["987", "9876"])
def test_no_code_is_shown(explain, code):
    lines = [way.replace("@", value) for value in (code, " ".join(code), f'"{code}"', f"{code}x")
             for way in ("cvv=@", "cvv: @", "cvv is @", "<cvc>@</cvc>", "card csc @", "pin: @ card",
                         "security code: @", '"cvv":@', "cvv2 = '@'")]
    for line in explain(text="\n".join(lines) + "\n").stdout.split("\n"):
        assert code not in shown_digits(line), line


@pytest.mark.parametrize("arguments", [["a", "b"], ["--nonsense"], ["--color", "blue"], ["--packs"]])
def test_usage_errors(explain, arguments):
    done = explain(*arguments, code=64)
    assert done.stdout == "" and done.stderr.startswith("blotter explain: ")


def test_rules_that_are_not_there(explain, tmp_path):
    assert "no such pack" in explain("--packs", "nonsense", "x", code=78).stderr
    done = explain("--rules", tmp_path / f"{CANARY}.yaml", "x", code=78)
    assert CANARY not in done.stderr and "cannot be read" in done.stderr


def test_a_line_that_is_too_long(explain):
    assert "line 2 is longer" in explain(text="a\n" + "x" * (1 << 20) + "y\n", code=65).stderr


def examples():
    """(command line, output) of the blocks in the last section of rules/README.md."""
    section = (ROOT / "rules/README.md").read_text().split("## Why was this (not) redacted?\n")[1]
    return [(block.split("\n", 1)[0][2:], block.split("\n", 1)[1])
            for block in re.findall(r"```\n(.*?)```", section, re.S)]


@pytest.mark.parametrize("command, output", examples())
def test_the_examples_of_the_contract_are_true(blotter, command, output):
    done = subprocess.run(["bash", "-c", command.replace("blotter", blotter, 1)], timeout=60,
                          capture_output=True, text=True, check=True)
    assert done.stdout == output


def test_what_the_examples_advise_works(blotter, tmp_path):
    """Both changes of the contract's section do what it says they do."""
    gift, miss = (re.search(r"\d{16,19}", command)[0] for command, _ in examples())
    (tmp_path / "r.yaml").write_text(
        "rules:\n  - {id: ref, why: ours, keywords: ['ref='], pattern: 'ref=(?<secret>\\d{19})', "
        "match: ['ref=0000000000000000001']}\n")

    def redact(text, *arguments):
        return subprocess.run([blotter, "redact", *arguments], input=text, capture_output=True, text=True,
                              timeout=60, check=True).stdout
    assert redact(f"gift_card_id={gift}") == f"gift_card_id={gift}"
    assert redact(f"paid card={miss}") == f"paid card={'*' * 15}{miss[-4:]}"
    assert redact(f"paid ref={miss}") == f"paid ref={miss}"
    assert redact(f"paid ref={miss}", "--rules", tmp_path / "r.yaml") == "paid ref=[REDACTED_REF]"
