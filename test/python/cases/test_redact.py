import os
import pathlib
import subprocess
import threading

import pytest

import blotter

ROOT = pathlib.Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("text, clean", [
    ("card 4111-1111-1111-1111 cvv: 999", "card ************1111 cvv: [REDACTED_CVV]"),
    (b"pan=4111111111111111", b"pan=************1111"),
    ('{"cvv":"123","n":4111111111111111}', '{"cvv":"[REDACTED_CVV]","n":"************1111"}'),
    ("größe 4111111111111111 ✓", "größe ************1111 ✓"),
    ("\udcff4111111111111111\ud800", "\udcff************1111\ud800"),
    (b"\xff\x004111111111111111\n", b"\xff\x00************1111\n"),
    ("a\n4111111111111111\nb", "a\n************1111\nb"),
])
def test_redacts(text, clean):
    assert blotter.redact(text) == clean
    assert blotter.redact(clean) is clean


@pytest.mark.parametrize("text", ["", "no card", "order=8835511210681326", b"", b"\xff", "\ud800"])
def test_clean_text_is_the_same_object(text):
    assert blotter.redact(text) is text


@pytest.mark.parametrize("value", [None, 1, 1.5, object()])
def test_other_types_are_refused(value):
    with pytest.raises(TypeError):
        blotter.redact(value)


def test_equals_the_program():
    """The same 10,000 mixed lines that every other host is held against."""
    build = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
    text = subprocess.run([build / "test/generate/generate", "11", "0", "10000"],
                          capture_output=True, check=True).stdout
    expected = subprocess.run([build / "agent/blotter", "redact", "--frame", "line"], input=text,
                              capture_output=True, check=True).stdout
    assert text != blotter.redact(text) == expected
    for line, clean in zip(text.split(b"\n"), expected.split(b"\n")):
        assert blotter.redact(line) == clean
        decoded = line.decode("utf-8", "surrogateescape")
        assert blotter.redact(decoded).encode("utf-8", "surrogateescape") == clean


def test_values_of_every_type():
    redactor = blotter.Redactor()
    value = {"payment": {"cvv": 123, "pan": 4111111111111111, "list": ["x", ("4111111111111111",)]},
             "4111111111111111": 1.5, "ok": [True, None, b"4111111111111111"]}
    assert redactor.redact_value(value) == {
        "payment": {"cvv": "[REDACTED_CVV]", "pan": "************1111",
                    "list": ["x", ("************1111",)]},
        "************1111": 1.5, "ok": [True, None, b"************1111"]}
    clean = {"a": [1, "b", {"c": 2.5}]}
    assert redactor.redact_value(clean) is clean


def test_values_that_are_too_deep_are_withheld():
    value = "4111111111111111"
    for _ in range(1000):
        value = [value]
    assert "4111111111111111" not in repr(blotter.Redactor().redact_value(value))


def test_a_value_that_holds_itself():
    value = {"pan": "4111111111111111"}
    value["self"] = value
    assert "4111111111111111" not in repr(blotter.Redactor().redact_value(value))


def test_large_texts_and_many_keys():
    text = "x" * 10_000_000 + " 4111111111111111"
    assert blotter.redact(text).endswith("x ************1111")
    keys = {f"k{i}": i for i in range(200_000)}
    keys["pan"] = "4111111111111111"
    assert blotter.Redactor().redact_value(keys)["pan"] == "************1111"


def test_threads_share_a_redactor():
    redactor = blotter.Redactor()
    bad = []
    text = "y" * 100_000 + " 4111111111111111 "

    def work(number):
        for i in range(50):
            if redactor.redact(text + str(number)) != "y" * 100_000 + f" ************1111 {number}":
                bad.append(number)
    threads = [threading.Thread(target=work, args=(i,)) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not bad
    assert redactor.found() == {"pan": {"redacted": 1000}}


def test_rules_that_do_not_load(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("rules:\n  - id: a\n    patern: '('\n  - id: b\n    pattern: '('\n")
    with pytest.raises(blotter.RuleError) as raised:
        blotter.Redactor(rules=[path])
    assert len(str(raised.value).splitlines()) >= 2
    assert f"{path}:3:" in str(raised.value)
    for options in ({"packs": ["nope"]}, {"keep": "all"}, {"actions": {"cvv": "mask"}},
                    {"actions": {"nope": "mask"}}):
        with pytest.raises(blotter.RuleError):
            blotter.Redactor(**options)
    with pytest.raises(TypeError):
        blotter.Redactor(pack=["pci"])
    with pytest.raises(OSError):
        blotter.Redactor(rules=[tmp_path / "none.yaml"])


def test_what_is_shown():
    assert blotter.Redactor(keep="first6_last4").redact("4111111111111111") == "411111******1111"


def test_tokens():
    tokenizer = blotter.HMACTokenizer("k1", b"0123456789abcdef")
    redactor = blotter.Redactor(tokenizer=tokenizer)
    token = tokenizer.token("4111111111111111")
    assert redactor.redact("a 4111-1111-1111-1111 b") == f"a {token} b"
    assert redactor.redact(token) is token
    assert "0123456789abcdef" not in repr(tokenizer)
    ephemeral = blotter.EphemeralTokenizer()
    assert ephemeral.token("1") == ephemeral.token("1") != blotter.EphemeralTokenizer().token("1")
    with pytest.raises(ValueError):
        blotter.HMACTokenizer("k1", b"short")


def test_a_tokenizer_of_ones_own():
    class Vault:
        def token(self, pan):
            return "card-" + pan[-4:]

    class Broken:
        def token(self, pan):
            return "pan " + pan

    redactor = blotter.Redactor(tokenizer=Vault())
    assert redactor.redact('x 4111 1111 1111 1111 cvv=123 {"n":4242424242424242}') == (
        'x card-1111 cvv=[REDACTED_CVV] {"n":"card-4242"}')
    with pytest.raises(ValueError):
        blotter.Redactor(tokenizer=Broken()).redact("4111111111111111")


def test_tokens_from_files(tmp_path, monkeypatch):
    (tmp_path / "key").write_bytes(b"0123456789abcdef\n")
    monkeypatch.setenv("TOKEN_KEY", "0123456789abcdef")
    tokens = {blotter.HMACTokenizer.from_file("k", tmp_path / "key").token("1"),
              blotter.HMACTokenizer.from_environment("k", "TOKEN_KEY").token("1")}
    assert len(tokens) == 1
    with pytest.raises(ValueError, match="NO_KEY"):
        blotter.HMACTokenizer.from_environment("k", "NO_KEY")
