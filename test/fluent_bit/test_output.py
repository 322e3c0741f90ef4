"""The output, called by the project's own host program on a coroutine's stack, with a real broker."""

import json
import math
import subprocess
import threading
import time

import pytest

from fluent_bit.hosts import (HOST, MASKED, OUTPUT, PAN, PLAIN, as_json, as_options, event, mixed_lines, pack, redact)

MIXED = 10000
STAMP = "2023-11-14T22:13:20.123456789Z"


class Output:
    """The host program with out_blotter; `flush` writes a chunk and does not wait."""

    def __init__(self, broker, topic, *properties, **options):
        self.process = subprocess.Popen(
            [HOST, *as_options(**options), "output", OUTPUT,
             f"brokers={broker.bootstrap}", f"topic={topic}", *properties],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def flush(self, chunk):
        self.process.stdin.write(b"%d\n%s" % (len(chunk), chunk))
        self.process.stdin.flush()

    def answer(self):
        return self.process.stdout.readline().decode().strip()

    def end(self):
        out, err = self.process.communicate(timeout=120)
        return out.decode().split(), err.decode()


def deliver(broker, topic, chunks, *properties, **options):
    output = Output(broker, topic, *properties, **options)
    for chunk in chunks:
        output.flush(chunk)
    answers, log = output.end()
    assert output.process.returncode == 0, log
    return answers, log


def test_delivers_redacted_json(broker):
    broker.create_topic("plain")
    chunk = (event({"log": f"paid with {PAN}", "f": 0.1, "g": 3.0, "x": math.nan, "b": b"\x01", "e": {}}, {"m": 1}) +
             event({}) + event({"@timestamp": "mine", "cvv": 123}) +
             event({"resource": 1}, {}, 0xffffffff, 0) + event({}, {}, 0xfffffffe, 0) +
             b"\x92" + pack(1700000000) + pack({"log": "older"}) + pack({"log": PAN}))
    answers, log = deliver(broker, "plain", [chunk], "tag_key=tag")
    values = [record.value().decode() for record in broker.read_topic("plain", 5)]
    assert answers == ["ok"]
    assert values == [
        f'{{"@timestamp":"{STAMP}","tag":"test","log":"paid with {MASKED}","f":0.1,"g":3,"x":null,"b":"\\u0001","e":{{}}}}',
        f'{{"@timestamp":"{STAMP}","tag":"test" }}',
        '{"tag":"test","@timestamp":"mine","cvv":"[REDACTED_CVV]"}',
        '{"@timestamp":"2023-11-14T22:13:20.000000000Z","tag":"test","log":"older"}',
        '{"log":"[WITHHELD encoding]"}',
    ]
    assert "records=5 findings=2 withheld=1" in log


def test_equals_the_command(broker, blotter):
    broker.create_topic("mixed")
    lines = mixed_lines(MIXED, seed=7)
    stamped = [[("@timestamp", STAMP), ("log", line)] for line in lines]
    chunks = [b"".join(event({"log": line}) for line in lines[at:at + 1000]) for at in range(0, MIXED, 1000)]
    answers, _ = deliver(broker, "mixed", chunks, "timeout=60s")
    expected = redact(blotter, "".join(as_json(body) + "\n" for body in stamped).encode())
    assert answers == ["ok"] * len(chunks)
    values = [record.value() for record in broker.read_topic("mixed", MIXED)]
    assert [json_text(one) for one in values] == [json_text(one) for one in expected.splitlines()]


def json_text(line):
    """The spelling of control characters apart, every byte."""
    try:
        return json.loads(line)
    except ValueError:
        return line


def test_ecs(broker):
    broker.create_topic("ecs")
    deliver(broker, "ecs", [event({"message": PAN, "level": "warn"})], "schema=ecs")
    (record,) = broker.read_json("ecs", 1)
    assert record["message"] == MASKED and record["blotter.redacted"] == {"pan": 1}
    assert record["@timestamp"].startswith("2023-11-14T22:13:20.123456789")


def test_dropped_records_are_not_delivered(broker):
    broker.create_topic("dropped")
    chunks = [event({"log": "a"}) + event({"log": PAN}) + event({"log": "b"}), event({"log": PAN})]
    answers, log = deliver(broker, "dropped", chunks, "actions=pan=drop_record")
    assert answers == ["ok", "ok"]
    assert [one["log"] for one in broker.read_json("dropped", 2)] == ["a", "b"]
    assert "chunks=1 records=2" in log and "dropped=2" in log


def test_quarantine(broker):
    for topic in ("good", "aside"):
        broker.create_topic(topic)
    chunks = [event({"log": "a"}) + event({"log": PAN}) + event({"log": "cvv=123"}), event({"log": PAN}),
              event({"log": "b"})]
    answers, log = deliver(broker, "good", chunks, "actions=pan=quarantine", "quarantine_topic=aside")
    assert answers == ["ok"] * 3
    assert [one["log"] for one in broker.read_json("aside", 2)] == [MASKED] * 2
    assert [one["log"] for one in broker.read_json("good", 3)] == ["a", "cvv=[REDACTED_CVV]", "b"]
    assert "chunks=3 records=5" in log and "quarantined=2" in log


def test_nothing_is_lost_while_the_broker_is_away(new_broker, blotter):
    """Every record arrives, once, in order, and as the command has it, byte for byte."""
    broker = new_broker()
    broker.create_topic("away")
    output = Output(broker, "away", "timeout=1s", tries=1000)
    answers = []
    reader = threading.Thread(target=lambda: answers.extend(iter(output.answer, "")))
    reader.start()
    lines = [line.translate(PLAIN) for line in mixed_lines(MIXED, seed=9)]
    chunks = [b"".join(event({"log": line}) for line in lines[at:at + 500]) for at in range(0, MIXED, 500)]
    for chunk in chunks[:5]:
        output.flush(chunk)
    while answers.count("ok") < 5:
        time.sleep(0.05)
    broker.stop()
    # The pipe is not read while a chunk is tried again.
    writer = threading.Thread(target=lambda: [output.flush(chunk) for chunk in chunks[5:]])
    writer.start()
    while answers.count("retry") < 2:
        time.sleep(0.05)
    assert answers.count("ok") == 5, "acknowledged without a broker"
    broker.start()
    while answers.count("ok") < len(chunks):
        assert output.process.poll() is None
        time.sleep(0.05)
    writer.join()
    output.process.stdin.close()
    log = output.process.stderr.read().decode()
    reader.join()
    assert output.process.wait(60) == 0
    expected = redact(blotter, "".join(as_json([("@timestamp", STAMP), ("log", line)]) + "\n"
                                       for line in lines).encode()).splitlines()
    values = [record.value() for record in broker.read_topic("away", MIXED)]
    assert len(values) == MIXED, "lost or repeated"
    wrong = [pair for pair in zip(values, expected) if pair[0] != pair[1]]
    assert not wrong, f"{len(wrong)} differ or are out of order, first {wrong[0]}"
    assert "resumed=0" not in log


def test_hot_reload(broker):
    """The new one is registered before the old one ends; nothing is lost or sent twice."""
    broker.create_topic("reloaded")
    chunks = [event({"n": number, "log": PAN}) for number in range(10)]
    answers, log = deliver(broker, "reloaded", chunks, "timeout=60s", reload=3)
    assert answers == ["ok"] * 10
    assert [one["n"] for one in broker.read_json("reloaded", 10)] == list(range(10))
    assert log.count("blotter.0: chunks=3") == 3 and log.count("blotter.0: chunks=1") == 1


def test_three_instances(broker):
    broker.create_topic("three")
    answers, log = deliver(broker, "three", [event({"log": PAN})] * 2, instances=3)
    assert answers == ["ok"] * 6
    assert [one["log"] for one in broker.read_json("three", 6)] == [MASKED] * 6
    for number in range(3):
        assert f"blotter.{number}: chunks=2 records=2" in log


def test_what_the_client_says_is_in_the_hosts_log():
    """In the host's own form, and told, since it was searched like any other text."""
    class Nowhere:
        bootstrap = "127.0.0.1:1"
    answers, log = deliver(Nowhere, "none", [event({"log": "x"})], "timeout=3s")
    assert answers == ["retry"]
    said = [line for line in log.splitlines() if "librdkafka" in line]
    assert said and all(line.startswith("[warn] [blotter] ") or line.startswith("[error] [blotter] ") for line in said)
    assert any("127.0.0.1:1" in line for line in said), "its text is withheld"


@pytest.mark.parametrize("properties, said", [
    (["topik=x"], "did you mean topic?"),
    (["properties=acks=0"], "acknowledges nothing"),
    (["properties=linger.ms"], "without `=`"),
    (["properties_file=/nonexistent"], "properties_file: cannot be read"),
    (["schema=xml"], "schema:"),
    (["timeout=0"], "timeout:"),
    (["actions=pan=quarantine"], "quarantine_topic: is not set"),
    (["actions=pan=quarantine", "quarantine_topic=4539578763621486"], "holds card data"),
    (["packs=nothing"], "packs:"),
    (["key=4539578763621486"], "holds card data"),
])
def test_refuses_to_start(broker, properties, said):
    output = Output(broker, "none", *properties)
    _, log = output.end()
    assert output.process.returncode == 3
    assert said in log and PAN not in log


def test_properties_of_a_file(broker, tmp_path):
    broker.create_topic("file")
    path = tmp_path / "kafka.properties"
    path.write_text("# ours\ncompression.type=zstd\n\nlinger.ms = 1\n")
    answers, _ = deliver(broker, "file", [event({"log": "x"})], f"properties_file={path}",
                         "properties=client.id=fluent; batch.size=1000")
    assert answers == ["ok"]
