"""The broker of the other suites does what they rely on."""

import pytest
from confluent_kafka import KafkaError, Producer


def produce(conf, topic, count, first=0):
    """Sends `count` numbered records; returns the errors of their delivery reports."""
    errors = []
    producer = Producer({**conf, "linger.ms": 5, "message.timeout.ms": 60000,
                         "allow.auto.create.topics": True})
    for number in range(first, first + count):
        producer.produce(topic, str(number).encode(), on_delivery=lambda e, _: errors.append(e))
    left = producer.flush(90)
    assert left == 0 and len(errors) == count
    return [e for e in errors if e]


def values(records):
    return [int(r.value()) for r in records]


def test_reads_back_what_was_sent(broker):
    broker.create_topic("plain", partitions=3)
    assert produce(broker.client, "plain", 1000) == []
    records = broker.read_topic("plain", count=1000)
    assert sorted(values(records)) == list(range(1000))
    assert "plain" in broker.topics()


def test_reads_past_the_expected_count(broker):
    assert produce(broker.client, "more", 20) == []
    assert len(broker.read_topic("more", count=10)) == 20


def test_returns_fewer_when_fewer_are_there(broker):
    assert produce(broker.client, "fewer", 3) == []
    assert len(broker.read_topic("fewer", count=4, timeout_s=3)) == 3


def test_comes_back_with_its_data_after_a_crash(new_broker):
    broker = new_broker()
    assert produce(broker.client, "crash", 100) == []
    broker.kill()
    broker.start()
    assert produce(broker.client, "crash", 100, first=100) == []
    assert values(broker.read_topic("crash", count=200)) == list(range(200))


def test_answers_nothing_while_paused(new_broker):
    broker = new_broker()
    producer = Producer({**broker.client, "linger.ms": 0})
    assert produce(broker.client, "pause", 1) == []
    broker.pause()
    producer.produce("pause", b"1")
    assert producer.flush(2) == 1
    broker.resume()
    assert producer.flush(60) == 0
    assert values(broker.read_topic("pause", count=2)) == [0, 1]


def test_takes_properties(new_broker):
    broker = new_broker(properties={"message.max.bytes": 1000})
    errors = []
    producer = Producer({**broker.client, "linger.ms": 0})
    producer.produce("small", b"x" * 5000, on_delivery=lambda e, _: errors.append(e.code()))
    assert producer.flush(60) == 0
    assert errors == [KafkaError.MSG_SIZE_TOO_LARGE]


@pytest.mark.parametrize("security", ["ssl", "sasl_plaintext", "sasl_ssl"])
def test_security(new_broker, security):
    broker = new_broker(security=security)
    assert produce(broker.client, "secure", 10) == []
    assert values(broker.read_topic("secure", count=10)) == list(range(10))
    # and the listener takes nobody who does not show what it asks for
    stranger = Producer({"bootstrap.servers": broker.bootstrap, "message.timeout.ms": 3000})
    stranger.produce("secure", b"no")
    stranger.flush(30)
    assert len(broker.read_topic("secure", count=10)) == 10


def test_scram_256(new_broker):
    broker = new_broker(security="sasl_ssl")
    assert produce({**broker.client, "sasl.mechanism": "SCRAM-SHA-256"}, "scram", 10) == []


@pytest.mark.long
def test_version_3_9(new_broker):
    broker = new_broker(version="3.9.1")
    assert produce(broker.client, "old", 100) == []
    assert len(broker.read_topic("old", count=100)) == 100
