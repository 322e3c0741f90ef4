"""`blotter rules`: list, test, schema and allow."""

import json
import os
import pathlib
import re
import subprocess

import jsonschema
import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKS = sorted((ROOT / "rules/pack").glob("*.yaml"))
RULE = """\
rules:
  - id: staff
    why: ours
    pattern: 'staff=(?<secret>[a-z]+)'
    keywords: ['staff=']
    match: ['staff=abc']
"""


def luhn(digits):
    """`digits` with their check digit."""
    double = [int(d) * 2 // 10 + int(d) * 2 % 10 for d in reversed(digits)][::2]
    plain = [int(d) for d in reversed(digits)][1::2]
    return digits + str(-(sum(double) + sum(plain)) % 10)


CANARY = luhn("451723849106275")


@pytest.fixture
def rules(blotter, tmp_path):
    def run(*arguments, code=0, text=None, command="rules", env=None):
        done = subprocess.run([blotter, command, *map(str, arguments)], input=text, cwd=tmp_path,
                              env={"PATH": os.environ["PATH"], **(env or {})},
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stderr
        assert CANARY not in done.stdout + done.stderr
        return done
    return run


def test_list_has_every_rule_of_every_pack(rules):
    listed = json.loads(rules("list", "--json").stdout)
    written = [(path.stem, rule) for path in PACKS for rule in yaml.safe_load(path.read_text())["rules"]]
    assert sorted((one["pack"], one["id"]) for one in listed) == \
        sorted((pack, rule["id"]) for pack, rule in written)
    by_id = {one["id"]: one for one in listed}
    for _, rule in written:
        one = by_id[rule["id"]]
        assert one["why"] == rule["why"]
        assert one["match"] == len(rule["match"])
        assert one["no_match"] == len(rule.get("no_match", []))
        assert one["enabled"] == rule.get("enabled", True)
    assert {by_id[sad]["severity"] for sad in ("track1", "track2", "cvv", "pin")} == {"critical"}
    assert by_id["pan"]["severity"] == "high"
    table = rules("list").stdout.splitlines()
    assert table[0].split() == ["ID", "PACK", "SEVERITY", "ACTION", "WHY"]
    assert [line.split()[0] for line in table[1:]] == [one["id"] for one in listed]


def test_list_has_the_users_rules(rules, tmp_path):
    (tmp_path / "r.yaml").write_text(RULE)
    listed = json.loads(rules("list", "--json", "--packs", "pci", "--rules", "r.yaml").stdout)
    assert listed[-1]["id"] == "staff" and listed[-1]["pack"] == "rules"
    assert {one["pack"] for one in listed[:-1]} == {"pci"}


def test_test_runs_the_examples(rules, tmp_path):
    done = rules("test", "--packs", "pci")
    assert re.match(r"\d+ rules, \d+ match and \d+ no_match examples: all as they say\n$", done.stdout)
    (tmp_path / "r.yaml").write_text(RULE)
    done = rules("test", "--packs", "pci", "--rules", "r.yaml")
    assert "without a no_match example: staff\n" in done.stdout
    assert json.loads(rules("test", "--json", "--rules", "r.yaml").stdout)["without_no_match"] == ["staff"]


@pytest.mark.parametrize("wrong, what", [
    ("match: ['staff=123']", "r.yaml:6:13: match: the rule finds nothing in this example\n"),
    ("match: ['team=abc']", "r.yaml:6:13: match: the rule finds nothing in this example: none of its keywords"),
    ("where: keyword\n    match: ['xstaff=1']", "r.yaml:7:13: match: the rule finds nothing in this example; with where:"),
    ("match: ['staff=abc']\n    no_match: ['staff=x', 'y']", "r.yaml:7:16: no_match: the rule finds this example"),
])
def test_test_fails_with_an_example(rules, tmp_path, wrong, what):
    (tmp_path / "r.yaml").write_text(RULE.replace("match: ['staff=abc']", wrong))
    done = rules("test", "--rules", "r.yaml", code=1)
    assert what in done.stderr and done.stdout == ""
    rules("list", "--rules", "r.yaml", code=78)


@pytest.mark.parametrize("text", ["rules: [", "zebra: 1\n", "rules: []\n"])
def test_files_that_are_not_good(rules, tmp_path, text):
    (tmp_path / "r.yaml").write_text(text)
    assert "r.yaml:" in rules("test", "--rules", "r.yaml", code=78).stderr
    rules("test", "--rules", "nowhere.yaml", code=78)
    rules("list", "--packs", "nonsense", code=78)


@pytest.fixture(scope="module")
def schema(blotter):
    text = subprocess.run([blotter, "rules", "schema"], check=True, capture_output=True, text=True,
                          timeout=60).stdout
    assert text == (ROOT / "rules/schema.json").read_text()
    parsed = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(parsed)
    return jsonschema.Draft202012Validator(parsed)


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_the_schema_takes_the_packs(schema, path):
    schema.validate(yaml.safe_load(path.read_text()))


CHANGES = [
    ("    why: ours\n", ""), ("id: staff", "id: Staff"), ("match: [", "match: [[], "),
    ("keywords: ['staff=']", "keywords: ['st']"), ("keywords: ['staff=']", "slow: false"),
    ("    keywords: ['staff=']\n", ""), ("why: ours", "zebra: 1"), ("why: ours", "why: ours\n    detector: pan"),
    ("why: ours", "why: ours\n    severity: bad"), ("why: ours", "why: ours\n    action: hash"),
    ("why: ours", "why: ours\n    where: there"), ("why: ours", "why: ours\n    validators: [none]"),
    ("why: ours", "why: ours\n    allow: {values: [a]}"), ("why: ours", "why: ours\n    keep: all"),
    ("rules:", "rule:"), ("rules:", "class: x\nrules:"), ("rules:", "disable: []\nrules:"),
    ("rules:", "override: [{why: x}]\nrules:"), ("rules:", "override: [{id: pan, detector: cvv}]\nrules:"),
    ("why: ours", "why: ours\n    replace: gone"), ("why: ours", "why: ours\n    enabled: perhaps"),
]
GOOD = [
    ("why: ours", "why: ours\n    severity: low"), ("keywords: ['staff=']", "slow: true"),
    ("why: ours", "why: ours\n    where: keyword"), ("why: ours", "why: ours\n    enabled: false"),
    ("why: ours", "why: ours\n    allow: {patterns: [xyz], keys: [id]}"),
    ("why: ours", "why: ours\n    action: replace\n    replace: '[our own]'"),
    ("why: ours", "why: ours\n    shadow: true"), ("rules:", "packs: [secrets]\nclass: pii\nrules:"),
    ("rules:", "override: [{id: pan, keep: first6_last4}]\nrules:"), ("ours", "more"),
]


@pytest.mark.parametrize("change", CHANGES + GOOD)
def test_schema_and_loader_agree(schema, rules, tmp_path, change):
    text = RULE.replace(*change)
    assert text != RULE
    (tmp_path / "r.yaml").write_text(text)
    good = change in GOOD
    assert schema.is_valid(yaml.safe_load(text)) == good
    rules("list", "--packs", "pci", "--rules", "r.yaml", code=0 if good else 78)


def test_schema_has_the_keys_that_the_loader_has(schema, rules, tmp_path):
    """The loader names them all when it meets another."""
    (tmp_path / "r.yaml").write_text("zebra: 1\n")
    told = rules("list", "--rules", "r.yaml", code=78).stderr
    told = re.search("a rule file has ([^\n]*)", told)[1]
    assert set(re.findall(r"\w+", told)) - {"and", "or"} == set(schema.schema["properties"])
    (tmp_path / "r.yaml").write_text(RULE.replace("why: ours", "zebra: 1"))
    told = re.search("a rule has ([^\n]*)", rules("list", "--rules", "r.yaml", code=78).stderr)[1]
    assert set(re.findall(r"\w+", told)) - {"and", "or"} == \
        set(schema.schema["$defs"]["members"]["properties"])


def test_all_files_that_cannot_be_read_are_told(rules, tmp_path):
    """And a pipe that nobody writes to is none that can."""
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "large.yaml").write_bytes(b"#" * (1 << 21))
    os.mkfifo(tmp_path / "pipe.yaml")
    done = rules("test", "--packs", "pci,secrts,none.yaml", "--rules", "folder.yaml,large.yaml", code=78)
    assert all(name in done.stderr for name in ("none.yaml: ", "folder.yaml: ", "large.yaml: "))
    assert "did you mean secrets?" in done.stderr
    assert "pipe.yaml:1:1: empty" in rules("test", "--rules", "pipe.yaml", code=78).stderr


def test_a_pipe_is_read_to_its_end(blotter):
    done = subprocess.run(["bash", "-c", 'exec "$0" rules test --rules <(sleep 0.3; echo "$1")', blotter, RULE],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "staff" in done.stdout


@pytest.fixture
def key(tmp_path):
    (tmp_path / "key").write_text("correct horse battery staple\n")
    return ["--token-id", "k1", "--token-key-file", "key"]


def test_allow_prints_the_token(rules, key):
    """The hash that the action token makes of the same number, in whatever groups it is given."""
    token = rules("--action", "pan=token", *key, command="redact", text=f"card {CANARY}\n")
    for spelled in (CANARY, "-".join(re.findall("....", CANARY)), CANARY + "\n", CANARY + "\r\n", " ".join(re.findall("....", CANARY))):
        assert rules("allow", *key, text=spelled).stdout == token.stdout.split()[1] + "\n"
    one, other = (rules("allow", *key, text=text).stdout for text in ("hunter2", "hunter3"))
    assert one != other and re.fullmatch(r"tok_k1_[A-Z2-7]{52}\n", one)
    environment = rules("allow", "--token-id", "k1", "--token-key-env", "K", text="hunter2",
                        env={"K": "correct horse battery staple"}).stdout
    assert environment == one


@pytest.mark.parametrize("packs", ["pci", "pci,secrets"])
def test_an_allow_list_lets_its_values_through(rules, key, tmp_path, packs):
    """By hash, pattern and key; however they are spelled; and no others."""
    hash_of = {value: rules("allow", *key, text=value).stdout.strip() for value in ("4111111111111111", "sesame7")}
    published = "4111111111111111"
    (tmp_path / "r.yaml").write_text(f"""\
override:
  - id: pan
    i_accept_pan_in_clear: true
    allow:
      hashes: [{hash_of[published]}]
      patterns: ['5555[0-9 -]+4444']
      keys: [test_card]
""" + (f"  - id: password\n    allow: {{hashes: [{hash_of['sesame7']}]}}\n" if "secrets" in packs else ""))

    def redact(text):
        return rules("--packs", packs, "--rules", "r.yaml", *key, command="redact", text=text + "\n").stdout[:-1]
    for kept in (published, "4111-1111-1111-1111", "%34111111111111111", "pan 4111 1111 1111 1111",
                 "5555-5555-5555-4444", "test_card=4242424242424242"):
        assert redact(kept) == kept
    assert redact(f"4111111111111111 {CANARY}") == f"4111111111111111 ************{CANARY[-4:]}"
    assert redact("a 4242424242424242") == "a ************4242"
    assert redact(f"{published} cvv=123") == f"{published} cvv=[REDACTED_CVV]"
    if "secrets" in packs:
        assert redact("password=sesame7 password=sesame8") == "password=sesame7 password=[REDACTED_PASSWORD]"
    told = json.loads(rules("--json", "--packs", "pci", "--rules", "r.yaml", *key, "card 4111111111111111",
                            command="explain").stdout)["candidates"] if packs == "pci" else []
    assert all([g["gate"] for g in one["gates"] if not g["passed"]] == ["allow list"] for one in told)
    rules("test", "--packs", packs, "--rules", "r.yaml", *key)


@pytest.mark.parametrize("text, what", [
    ("override: [{id: pan, allow: {hashes: [HASH]}}]\n", "i_accept_pan_in_clear"),
    ("override: [{id: cvv, allow: {hashes: [HASH]}}]\n", "never let through"),
    ("override: [{id: pan, i_accept_pan_in_clear: true, allow: {hashes: [tok_k2_CODE]}}]\n", "another key"),
    ("override: [{id: pan, i_accept_pan_in_clear: true, allow: {hashes: [tok_k1_short]}}]\n", "blotter rules allow"),
])
def test_allow_lists_that_are_refused(rules, key, tmp_path, text, what):
    made = rules("allow", *key, text="4111111111111111").stdout.strip()
    (tmp_path / "r.yaml").write_text(text.replace("HASH", made).replace("CODE", made[7:]))
    assert what in rules("test", "--rules", "r.yaml", *key, code=78).stderr
    if "pan, i_accept" not in text:
        return
    (tmp_path / "r.yaml").write_text(text.replace("tok_k2_CODE", made).replace("tok_k1_short", made))
    rules("test", "--rules", "r.yaml", *key)
    assert "need the key" in rules("test", "--rules", "r.yaml", code=78).stderr


def test_allow_refuses(rules, key, tmp_path):
    rules("allow", *key, text="", code=65)
    rules("allow", *key, text="\n", code=65)
    rules("allow", *key, text=CANARY * 5000, code=65)
    rules("allow", *key, text="hunter2\nhunter3\n", code=65)
    rules("allow", text=CANARY, code=64)
    rules("allow", "--token-id", "K!", "--token-key-file", "key", text=CANARY, code=64)
    rules("allow", "--token-id", "k1", text=CANARY, code=64)
    rules("allow", "--token-id", "k1", "--token-key-file", "nowhere", text=CANARY, code=64)
    (tmp_path / "key").write_text("short")
    rules("allow", *key, text=CANARY, code=64)


@pytest.mark.parametrize("arguments", [[], ["nonsense"], [CANARY], ["list", "test"], ["list", "--nonsense"]])
def test_usage_errors(rules, arguments):
    done = rules(*arguments, code=64)
    assert done.stdout == "" and done.stderr.startswith("blotter rules: ")
