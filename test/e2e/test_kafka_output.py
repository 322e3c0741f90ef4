"""The Kafka output and a real broker that dies, stalls, lacks a topic, or refuses a record."""

import json
import time

import pytest

from e2e.shipper import Log, Shipper, kafka_output, line


def check(records, log):
    """Every line is there, in the file's order; a line that comes again is the same. Returns how
    many came again."""
    expected, repeated, last = list(log.lines.items()), 0, -1
    values = [json.loads(record.value()) for record in records]
    assert len({value["blotter.source"] for value in values}) == 1
    seen = set()
    for value in values:
        offset = value["log.offset"]
        assert value["message"] == log.lines[offset] or value["message"].startswith("[WITHHELD ")
        if offset in seen:
            repeated += 1
            continue
        assert offset > last
        last = offset
        seen.add(offset)
    assert len(seen) == len(expected)
    return repeated


@pytest.fixture
def ship(blotter_asan, tmp_path):
    """Starts the sanitized program on a log: (shipper, log)."""
    shippers = []

    def start(bootstrap, topic="logs", **properties):
        log = Log(tmp_path / "app.log")
        shipper = Shipper(blotter_asan, tmp_path / "run", log.path,
                          {"kafka": kafka_output(bootstrap, topic, **properties)})
        shippers.append(shipper)
        shipper.start()
        return shipper, log

    yield start
    for shipper in shippers:
        shipper.kill()


def finish(shipper):
    assert shipper.stop() == 0, shipper.log_path.read_text()


def test_broker_killed_and_restarted(ship, new_broker):
    broker = new_broker()
    broker.create_topic("logs")
    shipper, log = ship(broker.bootstrap)
    for part in range(12):
        log.add(line(part * 1000 + i) for i in range(1000))
        time.sleep(0.1)
        if part == 4:
            broker.kill()
        if part == 8:
            broker.start()
    records = broker.read_topic("logs", 12000)
    finish(shipper)
    check(records, log)  # a broker that lost its memory of the producer may have some twice


def test_broker_paused(ship, new_broker):
    broker = new_broker()
    broker.create_topic("logs", partitions=3)
    shipper, log = ship(broker.bootstrap)
    log.add(line(i) for i in range(2000))
    broker.read_topic("logs", 2000)
    broker.pause()
    log.add(line(i) for i in range(2000, 60000))
    time.sleep(4)
    broker.resume()
    records = broker.read_topic("logs", 60000)
    finish(shipper)
    assert check(records, log) == 0


def test_broker_comes_later(ship, new_broker, tmp_path):
    broker = new_broker()
    broker.create_topic("logs")
    broker.stop()
    shipper, log = ship(broker.bootstrap)
    log.add(line(i) for i in range(1000))
    shipper.await_log("trouble with Kafka")
    broker.start()
    records = broker.read_topic("logs", 1000)
    finish(shipper)
    assert check(records, log) == 0


def test_topic_that_does_not_exist(ship, new_broker):
    broker = new_broker(properties={"auto.create.topics.enable": "false"})
    shipper, log = ship(broker.bootstrap, **{"topic.metadata.propagation.max.ms": "500"})
    log.add(line(i) for i in range(1000))
    shipper.await_log("records could not be delivered; they wait and are sent again")
    assert broker.topics() == []
    broker.create_topic("logs")
    records = broker.read_topic("logs", 1000)
    finish(shipper)
    assert check(records, log) == 0


def test_nothing_is_acknowledged_without_a_topic(ship, new_broker):
    broker = new_broker(properties={"auto.create.topics.enable": "false"})
    shipper, log = ship(broker.bootstrap)
    log.add(line(i) for i in range(100))
    shipper.await_log("started")
    time.sleep(1)
    shipper.process.terminate()
    assert shipper.process.wait(60) == 75
    broker.create_topic("logs")
    shipper.start()
    records = broker.read_topic("logs", 100)
    finish(shipper)
    assert check(records, log) == 0


def test_record_too_large_for_the_broker(ship, new_broker):
    broker = new_broker()
    broker.create_topic("logs", config={"max.message.bytes": "20000"})
    shipper, log = ship(broker.bootstrap)
    log.add(line(i) for i in range(3000))
    log.add([line(3000, 50000)])
    log.add(line(i) for i in range(3001, 6000))
    records = broker.read_topic("logs", 6000)
    finish(shipper)
    assert check(records, log) == 0
    stubs = [value for value in map(lambda r: json.loads(r.value()), records)
             if value["message"] == "[WITHHELD too_large]"]
    assert [stub["log.offset"] for stub in stubs] == [3000 * 120]
    assert all(stub["blotter.source"] for stub in stubs)


def test_record_too_large_for_the_client(ship, new_broker):
    broker = new_broker()
    broker.create_topic("logs")
    shipper, log = ship(broker.bootstrap, **{"message.max.bytes": "30000"})
    log.add([line(0), line(1, 50000), line(2)])
    records = broker.read_topic("logs", 3)
    finish(shipper)
    assert check(records, log) == 0
    assert json.loads(records[1].value())["message"] == "[WITHHELD too_large]"


@pytest.mark.parametrize("security", ["ssl", "sasl_ssl"])
def test_over_tls(ship, new_broker, security):
    broker = new_broker(security=security)
    broker.create_topic("logs")
    properties = dict(broker.client)
    bootstrap = properties.pop("bootstrap.servers")
    shipper, log = ship(bootstrap, **properties, **{"compression.type": "lz4"})
    log.add(line(i) for i in range(5000))
    records = broker.read_topic("logs", 5000)
    finish(shipper)
    assert check(records, log) == 0
    assert broker.read_topic("logs", 5000)[0].key() == json.loads(records[0].value())["blotter.source"].encode()
