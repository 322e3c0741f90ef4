"""The filter, called by the project's own host program as Fluent Bit calls it."""

import json
import math
import struct

import pytest

from fluent_bit.hosts import (FILTER, MASKED, PAN, Ext, as_json, bodies, event, mixed_lines, pack,
                              records, redact, run_filter)

MIXED = 10000


def one(body, *properties, metadata=None):
    (touched, chunk), = run_filter([event(body, metadata)], *properties)[0]
    return touched, chunk


def test_untouched_chunks_come_back_untouched():
    chunks = [event({"log": "nothing here"}), b"", event({"a": [1, -1, None, 1.5, {"b": b"\0"}]}),
              b"\x92" + pack(1700000000) + pack({"log": "older form"})]
    assert all(not touched for touched, _ in run_filter(chunks)[0])


@pytest.mark.parametrize("body, expected", [
    ({"log": f"paid with {PAN} today"}, [("log", f"paid with {MASKED} today")]),
    ({"pan": int(PAN)}, [("pan", MASKED)]),
    ({"pan": float(PAN)}, [("pan", MASKED)]),
    ({"cvv": 123, "z": 1, "a": 2}, [("cvv", "[REDACTED_CVV]"), ("z", 1), ("a", 2)]),
    ({"card": {"pin": "1234"}, "n": 1 << 60}, [("card", [("pin", "[REDACTED_PIN]")]), ("n", 1 << 60)]),
    ({"list": [1, PAN, [{"deep": PAN}]]}, [("list", [1, MASKED, [[("deep", MASKED)]]])]),
    ({PAN: "key", int(PAN): "number"}, [(MASKED, "key"), (MASKED, "number")]),
    ({"bytes": PAN.encode()}, [("bytes", MASKED.encode())]),
    ({"ext": Ext(5, PAN.encode())}, [("ext", MASKED)]),
    ({"log": f'a "{PAN}"\n\t\0\x1f\\ é'}, [("log", f'a "{MASKED}"\n\t\0\x1f\\ é')]),
    ({"log": f"\udcff{PAN}\udc80"}, [("log", f"\udcff{MASKED}\udc80")]),
    ({"json": f'{{"pan":{PAN},"cvv":"123"}}'}, [("json", f'{{"pan":"{MASKED}","cvv":"[REDACTED_CVV]"}}')]),
    ({"x": math.inf, "pan": PAN, "f": 0.1, "t": Ext(0, b"12345678")},
     [("x", math.inf), ("pan", MASKED), ("f", 0.1), ("t", Ext(0, b"12345678"))]),
])
def test_redacts_what_it_finds_and_keeps_the_rest(body, expected):
    touched, chunk = one(body)
    assert touched
    assert bodies(chunk) == [expected]
    assert PAN.encode() not in chunk


def test_keeps_time_metadata_and_groups():
    group = event({"resource": {"pan": PAN}}, {"schema": "otlp"}, 0xffffffff, 0)
    end = event({}, {}, 0xfffffffe, 0)
    inside = event({"log": "x"}, {"card": PAN, "k": 1})
    (touched, chunk), = run_filter([group + inside + end])[0]
    before, after = records(group + inside + end), records(chunk)
    assert touched and [time for time, _, _ in before] == [time for time, _, _ in after]
    assert after[0][1:] == ([("schema", "otlp")], [("resource", [("pan", MASKED)])])
    assert after[1][1:] == ([("card", MASKED), ("k", 1)], [("log", "x")])
    assert chunk.endswith(end)


def test_equals_the_command(blotter):
    """Each record is what `blotter redact` makes of it as a JSON line; the text of the line is the
    same however it is spelled."""
    lines = mixed_lines(MIXED)
    inputs = [[("log", line), ("n", number)] for number, line in enumerate(lines)]
    chunks = [b"".join(event(dict(body)) for body in inputs[at:at + 500]) for at in range(0, MIXED, 500)]
    answers, log = run_filter(chunks)
    outputs = [body for _, chunk in answers for body in bodies(chunk)]
    expected = redact(blotter, "".join(as_json(body) + "\n" for body in inputs).encode()).decode().splitlines()
    wrong = [(line, out) for line, out, want in zip(lines, outputs, expected)
             if not same(out, want)]
    assert len(outputs) == len(expected) == MIXED
    assert not wrong, f"{len(wrong)} differ, first: {wrong[0]}"
    assert sum(out != body for out, body in zip(outputs, inputs)) > MIXED // 10
    assert f"withheld={expected.count('[WITHHELD limit]')} " in log


def same(body, line):
    if line == "[WITHHELD limit]":  # all of the line; a record has to have a field
        return body == [("log", line)]
    try:
        return [list(pair) for pair in body] == [list(pair) for pair in json.loads(line).items()]
    except ValueError:
        # A finding that spans tokens, or quotes put into a text: the line is no JSON any more.
        return as_json(body).replace('\\"', '"') == line.replace('\\"', '"')


def test_half_a_chunk_shows_nothing():
    chunk = event({"log": "first"}) + event({"pan": int(PAN), "log": f"{PAN} and {PAN}"}, {"card": PAN})
    answers, _ = run_filter([chunk[:size] for size in range(len(chunk))])
    for _, answer in answers:
        assert PAN.encode() not in answer and struct.pack(">Q", int(PAN)) not in answer
        records(answer)
    assert bodies(answers[-1][1]) == [[("log", "first")], [("log", "[WITHHELD encoding]")]]


@pytest.mark.parametrize("chunk, notice", [
    (b"\xc1" + PAN.encode(), "encoding"),
    (pack({"log": PAN}), "encoding"),
    (pack([1, 2, {"log": PAN}]), "encoding"),
    (pack([PAN, {"log": "x"}]), "encoding"),
    (pack([int(PAN), {"log": "x"}]), "encoding"),
    (pack([[1, {}], PAN]), "encoding"),
    (b"\xdd\0\0\0\2\1" + pack(PAN), "encoding"),
    (b"\x92\x92\x01\x80\x81\x81\xa1a\x01\xa1b", "encoding"),
    (event({"a": "x"}).replace(b"\xa1x", b"\x91" * 100 + b"\xa1x"), "depth"),
    (b"\x91" * 100000 + b"\xc0", "encoding"),
    (event({"a": "x"})[:-2] + b"\xdf\xff\xff\xff\xff", "encoding"),
    (event({"a": "x"})[:-2] + b"\xdb\xff\xff\xff\xff" + PAN.encode(), "encoding"),
])
def test_what_cannot_be_read_is_withheld(chunk, notice):
    behind = event({"log": "fine"})
    for data in (chunk, chunk + behind):
        (touched, answer), = run_filter([data])[0]
        assert touched and PAN.encode() not in answer
        found = bodies(answer)
        assert found[0] == [("log", f"[WITHHELD {notice}]")]
        assert len(found) == 1 or found[1:] == [[("log", "fine")]]
    (touched, answer), = run_filter([chunk], "on_error=drop")[0]
    assert touched and answer == b""


def test_large_records():
    value = "some text \u00e9 " * 800000 + PAN + " " + "x" * 100
    many = {f"key{number}": number for number in range(1000000)} | {"pan": PAN}
    answers, _ = run_filter([event({"log": value}), event(many), event({"log": "y" * 70000000 + PAN})])
    # Compared outside the assertion, which would print ten megabytes.
    is_equal = [bodies(answers[0][1]) == [[("log", value.replace(PAN, MASKED))]],
                bodies(answers[1][1]) == [list((many | {"pan": MASKED}).items())]]
    assert is_equal == [True, True]
    assert bodies(answers[2][1]) == [[("log", "[WITHHELD length]")]]


def test_three_instances_count_for_themselves():
    answers, log = run_filter([event({"log": PAN})] * 2, instances=3)
    assert len(answers) == 6 and all(bodies(chunk) == [[("log", MASKED)]] for _, chunk in answers)
    for number in range(3):
        assert f"blotter.{number}: records=2 changed=2" in log


def test_processors_on_threads_of_their_own():
    """Each input has its own instance, and calls it on its own thread while the others do."""
    lines = mixed_lines(MIXED)
    chunks = [b"".join(event({"log": line}) for line in lines[at:at + 500]) for at in range(0, MIXED, 500)]
    alone, _ = run_filter(chunks)
    together, log = run_filter(chunks, instances=3, threads=1)
    assert all(together[number::3] == alone for number in range(3))
    for number in range(3):
        assert f"blotter.{number}: records={MIXED}" in log


def test_hot_reload():
    """The module is loaded a second time before the first instances end, and stays where it is."""
    chunks = [event({"log": f"{number} {PAN}"}) for number in range(7)]
    answers, log = run_filter(chunks, instances=3, reload=2)
    assert [bodies(chunk) for _, chunk in answers] == [[[("log", f"{number // 3} {MASKED}")]] for number in range(21)]
    for number in range(3):
        assert log.count(f"blotter.{number}: rules") == 4
        assert log.count(f"blotter.{number}: records=2 changed=2") == 3
        assert log.count(f"blotter.{number}: records=1 changed=1") == 1


def test_actions():
    touched, chunk = one({"log": PAN}, "actions=pan=replace")
    assert touched and PAN.encode() not in chunk and MASKED.encode() not in chunk
    touched, chunk = one({"log": PAN}, "keep=first6_last4", "count_interval=0")
    assert bodies(chunk) == [[("log", "411111******1111")]]


def test_drops_records():
    """The record alone: what stands around it stays, and a chunk of such records leaves nothing."""
    chunks = [event({"log": "a"}) + event({"log": PAN}) + event({"log": "b"}),
              event({"log": "x"}, {"card": PAN}) + event({"log": f"{PAN} and cvv=123"})]
    answers, log = run_filter(chunks, "actions=pan=drop_record")
    assert [touched for touched, _ in answers] == [True, True]
    assert [bodies(chunk) for _, chunk in answers] == [[[("log", "a")], [("log", "b")]], []]
    assert "records=5 changed=0 withheld=0 dropped=3" in log


@pytest.mark.parametrize("body, metadata, expected", [
    ({"log": PAN}, None, [("log", MASKED)]),
    ({"log": "x"}, {"card": PAN}, [("log", "x")]),
    ({}, {"card": PAN}, []),
    ({"pan": PAN, **{f"k{number}": number for number in range(14)}}, None, None),
    ({"pan": PAN, **{f"k{number}": number for number in range(15)}}, None, None),
    ({"pan": PAN, **{f"k{number}": number for number in range(65535)}}, None, None),
    ({"a": {"b": [PAN, {}]}, "blotter": "mine"}, None, [("a", [("b", [MASKED, []])]), ("blotter", "mine")]),
])
def test_marks_what_goes_to_quarantine(body, metadata, expected):
    if expected is None:
        expected = list((body | {"pan": MASKED}).items())
    for properties, key in ([], "blotter"), (["quarantine_key=where"], "where"):
        (touched, chunk), = run_filter([event({"log": "a"}) + event(body, metadata) + event({"log": "b"})],
                                       "actions=pan=quarantine", *properties)[0]
        assert touched and PAN.encode() not in chunk
        assert bodies(chunk) == [[("log", "a")], expected + [(key, "quarantine")], [("log", "b")]]


@pytest.mark.parametrize("body, expected", [
    ({"pan": PAN, "a": 1}, [("a", 1)]),
    ({"a": 1, "pan": PAN}, [("a", 1)]),
    ({"pan": int(PAN)}, []),
    ({"a": 1, "cvv": 123, "pan": PAN, "z": 2}, [("a", 1), ("z", 2)]),
    ({"c": {"cvv": "123", "deep": {"pan": PAN}, "z": {}}, "n": [1]}, [("c", [("deep", []), ("z", [])]), ("n", [1])]),
    ({"l": [PAN, {"pan": PAN, "k": PAN}], "log": f"a {PAN}"},
     [("l", ["[DROPPED pan]", []]), ("log", "a [DROPPED pan]")]),
    ({"json": f'{{"pan":"{PAN}","z":1}}'}, [("json", '{"z":1}')]),
])
def test_drops_fields(body, expected):
    touched, chunk = one(body, "actions=pan=drop_field, cvv=drop_field")
    assert touched and bodies(chunk) == [expected]


def test_drops_fields_in_every_form_of_a_map():
    """The header keeps its form and counts what is left."""
    rest = {f"k{number}": number for number in range(20)}
    small = b"\x92\x92\x01\x80\x83" + pack("a") + b"\x01" + pack("pan") + pack(PAN) + pack("z") + b"\x02"
    middle = b"\x92\x92\x01\x80\xde\x00\x15" + pack("pan") + pack(PAN) + pack(rest)[5:]
    large = event({"pan": PAN, **rest})
    (_, chunk), = run_filter([small + middle + large], "actions=pan=drop_field")[0]
    assert chunk == (b"\x92\x92\x01\x80\x82" + pack("a") + b"\x01" + pack("z") + b"\x02" +
                     b"\x92\x92\x01\x80\xde\x00\x14" + pack(rest)[5:] + event(rest))


def test_a_key_goes_on_in_the_next_block(blotter):
    """A private key over several records, wherever the filter cuts the chunk into blocks."""
    key = ["-----BEGIN RSA PRIVATE KEY-----MIIEpAIBAAKCAQEA0123456789abcdefABCDEFGHIJ",
           "MIIEpAIBAAKCAQEA0123456789abcdefABCDEFGHIJ", "-----END RSA PRIVATE KEY-----", "x"]
    for before in (0, 2046, 2047, 2048):
        inputs = [[("log", line)] for line in ["-"] * before + key]
        (_, chunk), = run_filter([b"".join(event(dict(body)) for body in inputs)], "packs=pci,secrets")[0]
        expected = redact(blotter, "".join(as_json(body) + "\n" for body in inputs).encode(), "--packs", "pci,secrets")
        assert "".join(as_json(body) + "\n" for body in bodies(chunk)).encode() == expected
        assert b"[REDACTED_PRIVATE_KEY]" in expected


def test_tokens(blotter, tmp_path):
    """The same as the command's, under the same key."""
    key = tmp_path / "key"
    key.write_text("0123456789abcdef0123456789abcdef\n")
    touched, chunk = one({"log": f"card {PAN}"}, "actions=pan=token", "token_key_id=k1", f"token_key_file={key}")
    expected = redact(blotter, f"card {PAN}\n".encode(), "--action", "pan=token", "--token-id", "k1",
                      "--token-key-file", key).decode().strip()
    assert touched and bodies(chunk) == [[("log", expected)]] and "tok_k1_" in expected


@pytest.mark.parametrize("properties, said", [
    (["actions=pan=token"], "a token needs a key"),
    (["token_key_id=k1"], "tokens need both"),
    (["token_key_id=k1", "token_key_file=/nonexistent"], "token_key_file: cannot be read"),
    (["quarantine_key="], "quarantine_key: is no key"),
    (["quarantine_key=" + "k" * 65], "quarantine_key: is no key"),
    (["pakcs=pci"], "pakcs: there is no such property; did you mean packs?"),
    (["ON_EROR=drop"], "did you mean on_error?"),
    (["4111111111111111=x"], "there is a property with no name of ours"),
    (["packs=nothing"], "packs: names a pack that this build does not have"),
    (["rules=/nonexistent/rules.yaml"], "cannot be read"),
    (["on_error=pass"], "neither withhold nor drop"),
    (["kernel=mmx"], "kernel:"),
    (["keep=all"], "rules: options"),
    (["actions=pan"], "actions: is no list"),
    (["count_interval=soon"], "count_interval:"),
])
def test_refuses_to_start(properties, said):
    _, log = run_filter([], *properties, expect=3)
    assert said in log and PAN not in log


def test_rules_that_do_not_load(tmp_path):
    path = tmp_path / f"{PAN}.yaml"
    path.write_text("rules: [{id: broken, pattern: '('")
    _, log = run_filter([], f"rules={path}", expect=3)
    assert f"{MASKED}.yaml:" in log and PAN not in log


def test_exports_nothing_else():
    import subprocess
    names = subprocess.run(["nm", "-D", "--defined-only", FILTER], capture_output=True, text=True).stdout
    assert [line.split()[-1] for line in names.splitlines()] == ["filter_blotter_plugin"]
