"""omblotter in Debian's rsyslogd: redaction and delivery in one action; nothing lost while the broker
is away."""

import os
import re
import signal
import time

import pytest

from generate.application_log import write
from kafka.broker import free_ports
from rsyslog.daemon import PLAIN, Daemon, lines_of, module, send_tcp, until
from rsyslog.test_mmblotter import PAN, redacted

LINES = 1000000 if os.environ.get("TEST_LONG") else 100000


def action(bootstrap, topic, more=""):
    return (f'action(type="omblotter" name="out" broker=["{bootstrap}"] topic="{topic}" template="plain" '
            'confParam=["reconnect.backoff.max.ms=500"] '
            f'action.resumeRetryCount="-1" action.resumeInterval="1" {more})')


STATISTICS = ('module(load="impstats" interval="1" format="json" log.file="{folder}/stats" '
              'log.syslog="off")')


def config(inputs, actions, workers=4, with_statistics=True):
    return PLAIN + f'''
module(load="{module("omblotter")}")
{STATISTICS if with_statistics else ""}
{inputs}
ruleset(name="r" queue.type="FixedArray" queue.workerThreads="{workers}" queue.size="2000000"
        queue.dequeueBatchSize="1024" queue.workerThreadMinimumMessages="1000"
        queue.timeoutShutdown="60000") {{ {actions} }}
'''


def imfile(path):
    return f'module(load="imfile")\ninput(type="imfile" file="{path}" tag="app:" ruleset="r")'


def values(broker, topic, count):
    return sorted(record.value() + b"\n" for record in broker.read_topic(topic, count, 280))


@pytest.mark.timeout(900)
def test_every_line_once_and_redacted(blotter, broker, tmp_path):
    path = tmp_path / "app.log"
    write(path, LINES)
    broker.create_topic("om-plain", partitions=4)
    with Daemon(tmp_path / "run", config(imfile(path), action(broker.bootstrap, "om-plain")),
                'abortOnUncleanConfig="on"') as daemon:
        found = values(broker, "om-plain", LINES)
        assert daemon.stop() == 0
        # librdkafka says which broker it asks for its id.
        assert [line for line in daemon.said().splitlines() if 'facility="GETPID"' not in line] == []
    assert found == sorted(lines_of(redacted(blotter, path.read_bytes())))


@pytest.mark.timeout(900)
def test_nothing_lost_while_the_broker_is_away(blotter, new_broker, tmp_path):
    """The action is suspended (a second without an acknowledgement) and resumes; rsyslogd is given
    more all the while."""
    broker = new_broker()
    broker.create_topic("om-away", partitions=2)
    path = tmp_path / "app.log"
    write(path, LINES // 2)
    lines = lines_of(path.read_bytes())
    half = len(lines) // 2
    grown = tmp_path / "grown.log"
    grown.write_bytes(b"".join(lines[:half]))
    more = 'acknowledgeTimeout="1000"'
    with Daemon(tmp_path / "run", config(imfile(grown), action(broker.bootstrap, "om-away", more)),
                'abortOnUncleanConfig="on"') as daemon:
        assert len(broker.read_topic("om-away", half // 4, 120)) >= half // 4
        broker.stop()
        with open(grown, "ab") as log:
            log.write(b"".join(lines[half:]))
        time.sleep(5)
        broker.start()
        expected = set(lines_of(redacted(blotter, b"".join(lines))))
        end = time.monotonic() + 240
        found = []
        while not expected <= set(found) and time.monotonic() < end:
            found = values(broker, "om-away", len(lines))
        assert expected <= set(found), len(expected - set(found))
        assert set(found) == expected
        # What was in flight when the broker went may be there twice, as always in at-least-once.
        assert len(found) <= len(lines) + 5000
        assert daemon.stop() == 0


def test_a_broker_that_comes_late(new_broker, tmp_path):
    broker = new_broker()
    broker.create_topic("om-late")
    broker.stop()
    port, = free_ports(1)
    inputs = f'module(load="imtcp")\ninput(type="imtcp" port="{port}" address="127.0.0.1" ruleset="r")'
    body = config(inputs, action(broker.bootstrap, "om-late", 'acknowledgeTimeout="500"'), 1)
    body += 'action(type="omfile" file="{folder}/internal" template="plain")\n'
    with Daemon(tmp_path / "run", body, 'abortOnUncleanConfig="on" processInternalMessages="on"') as daemon:
        send_tcp(port, b"".join(b"<14>a: line %d card %s\n" % (i, PAN.encode()) for i in range(50)))
        time.sleep(2)
        broker.start()
        found = [record.value() for record in broker.read_topic("om-late", 50, 60)]
        assert daemon.stop() == 0
    # What the Kafka client says is in rsyslogd's log, in words.
    said = (tmp_path / "run" / "internal").read_text()
    assert 'omblotter: trouble with Kafka output="kafka" error="' in said and broker.bootstrap in said
    assert "[WITHHELD" not in said and PAN not in said and daemon.said() == ""
    assert sorted(set(found)) == sorted(b" line %d card ************1111" % i for i in range(50))
    assert found == sorted(found, key=lambda value: int(value.split()[1]))


@pytest.mark.parametrize("parameters, said", [
    ('topic="t" broker=["127.0.0.1:1"]', 'action.resumeRetryCount="-1"'),
    ('topic="t" action.resumeRetryCount="-1" brokers=["127.0.0.1:1"]', "did you mean `broker`?"),
    ('broker=["127.0.0.1:1"] action.resumeRetryCount="-1"', "'topic' required"),
    ('topic="t" broker=["127.0.0.1:1"] action.resumeRetryCount="-1" confParam=["acks=0"]', "acks"),
    ('topic="t" broker=["127.0.0.1:1"] action.resumeRetryCount="-1" confParam=["acks"]', "PROPERTY=VALUE"),
    ('topic="t" broker=["127.0.0.1:1"] action.resumeRetryCount="-1" rules=["/nowhere"]', "No such file"),
])
def test_wrong_parameters(tmp_path, parameters, said):
    body = config("", f'action(type="omblotter" {parameters})')
    with Daemon(tmp_path, body, 'abortOnUncleanConfig="on"') as daemon:
        assert daemon.process.wait(30) != 0
        assert said in daemon.said()


@pytest.mark.parametrize("template, expected", [
    ("%msg%", " xxx ***********"),
    ("%msg%\\n", " xxx ***********"),
    ('{\\"m\\":\\"%msg:::json%\\",\\"h\\":\\"%hostname%\\"}', '{"m":" xxx ***********","h":"host"}'),
    ("%msg%|%rawmsg%|end", " xxx ***********|<14>Nov 21 14:05:06 host app: xxx ***********|end"),
    ("%programname%", "[WITHHELD length]"),
    ("%msg:1:9%", "[WITHHELD length]"),
], ids=["end", "line", "middle", "twice", "elsewhere", "part"])
def test_a_message_that_was_cut(broker, tmp_path, template, expected):
    """The template says where in the record the cut is; the rest of the record stays."""
    port, = free_ports(1)
    header = b"<14>Nov 21 14:05:06 host app:"
    text = b" xxx " + PAN.encode()
    topic = f"om-cut-{port}"
    broker.create_topic(topic)
    limit = len(header) + len(text) - 5
    body = f'''
module(load="{module("omblotter")}")
module(load="imtcp")
template(name="plain" type="string" string="{template}")
input(type="imtcp" port="{port}" address="127.0.0.1" ruleset="r")
ruleset(name="r") {{ {action(broker.bootstrap, topic, f'messageLimit="{limit}"')} }}
'''
    with Daemon(tmp_path, body, 'abortOnUncleanConfig="on"') as daemon:
        send_tcp(port, header + text[:-5] + b"\n" + header + b" short 123456\n")
        found = [record.value().decode() for record in broker.read_topic(topic, 2, 60)]
        assert daemon.stop() == 0
    assert found[0] == expected
    assert "[WITHHELD" not in found[1] and "*" not in found[1]


def test_limit_of_the_host(broker, tmp_path):
    port, = free_ports(1)
    broker.create_topic("om-limit")
    inputs = f'module(load="imtcp")\ninput(type="imtcp" port="{port}" address="127.0.0.1" ruleset="r")'
    header = b"<14>Nov 21 14:05:06 host app: "
    with Daemon(tmp_path, config(inputs, action(broker.bootstrap, "om-limit"), 1),
                'maxMessageSize="1k" abortOnUncleanConfig="on"') as daemon:
        send_tcp(port, header + b"x" * (1024 - len(header) - 13) + b" " + PAN.encode() + b"\n")
        found = [record.value() for record in broker.read_topic("om-limit", 1, 60)]
        assert daemon.stop() == 0
    assert found[0].endswith(b"x ************"), found[0][-40:]


def test_what_rules_drop(broker, tmp_path):
    """Done and counted, not delivered; an output with one topic takes no quarantine (refused)."""
    port, = free_ports(1)
    broker.create_topic("om-drop")
    inputs = f'module(load="imtcp")\ninput(type="imtcp" port="{port}" address="127.0.0.1" ruleset="r")'
    body = config(inputs, action(broker.bootstrap, "om-drop", 'action=["cvv=drop_record"]'), 1)
    with Daemon(tmp_path, body, 'abortOnUncleanConfig="on"') as daemon:
        send_tcp(port, b"".join(b"<14>a: line %d%s\n" % (i, b" cvv: 123" if i % 2 else b"") for i in range(100)))
        found = [record.value() for record in broker.read_topic("om-drop", 50, 60)]
        wanted = '"delivered": 50, "refused": 0, "dropped": 50'
        stats = tmp_path / "stats"
        until(lambda: stats.exists() and wanted in stats.read_text(), 30, lambda: stats.read_text()[-3000:])
        assert daemon.stop() == 0
    assert found == [b" line %d" % i for i in range(0, 100, 2)]


def test_each_message_is_searched_for_itself(broker, tmp_path):
    """A private key that one sender began has no part in the messages of another."""
    port, = free_ports(1)
    broker.create_topic("om-key")
    inputs = f'module(load="imtcp")\ninput(type="imtcp" port="{port}" address="127.0.0.1" ruleset="r")'
    body = config(inputs, action(broker.bootstrap, "om-key", 'packs=["secrets"]'), 1)
    sent = ["-----BEGIN PRIVATE KEY-----", "an innocent line", "another"]
    with Daemon(tmp_path, body, 'abortOnUncleanConfig="on"') as daemon:
        send_tcp(port, "".join(f"<14>a: {text}\n" for text in sent).encode())
        found = [record.value().decode() for record in broker.read_topic("om-key", 3, 60)]
        assert daemon.stop() == 0
    assert found == [f" {text}" for text in sent]


@pytest.mark.timeout(240)
def test_valgrind_is_clean(broker, tmp_path):
    broker.create_topic("om-valgrind")
    port, = free_ports(1)
    log = tmp_path / "valgrind"
    inputs = f'module(load="imtcp")\ninput(type="imtcp" port="{port}" address="127.0.0.1" ruleset="r")'
    wrapper = ["valgrind", "--leak-check=full", "--keep-debuginfo=yes", "--num-callers=30",
               "--errors-for-leak-kinds=definite", f"--log-file={log}"]
    # impstats of 8.2302 reads and writes a byte behind its own line.
    more = 'messageLimit="200" action=["cvv=drop_record"]'
    body = config(inputs, action(broker.bootstrap, "om-valgrind", more), 1, with_statistics=False)
    with Daemon(tmp_path / "run", body, wrapper=wrapper) as daemon:
        send_tcp(port, b"".join(b"<14>a: line %d card %s\n" % (i, PAN.encode()) for i in range(500)), 90)
        assert len(broker.read_topic("om-valgrind", 500, 120)) == 500
        daemon.signal(signal.SIGHUP)
        send_tcp(port, b"<14>a: cvv: 123\n<14>a: " + b"x" * 200 + b" 123456\n")
        assert len(broker.read_topic("om-valgrind", 501, 120)) == 501
        assert daemon.stop() == 0
    # Cyrus SASL, under librdkafka, keeps what it makes at its start.
    records = [record for record in re.split(r"\n==\d+== \n", log.read_text())
               if re.search(r"\n==\d+==    at ", record) and "libsasl2" not in record]
    assert records == [], "\n\n".join(records)
    assert "HEAP SUMMARY" in log.read_text()


def test_stopped_while_the_broker_is_away(new_broker, tmp_path):
    """rsyslogd ends its worker in the middle of a wait; the queue on disk has the messages."""
    broker = new_broker()
    broker.create_topic("om-stopped")
    broker.stop()
    port, = free_ports(1)
    queue = ('queue.type="LinkedList" queue.filename="kept" queue.saveOnShutdown="on" '
             'queue.timeoutShutdown="500" queue.timeoutActionCompletion="500"')
    body = PLAIN + f'''
module(load="{module("omblotter")}")
module(load="imtcp")
input(type="imtcp" port="{port}" address="127.0.0.1" ruleset="r")
ruleset(name="r") {{
  {action(broker.bootstrap, "om-stopped", queue)} }}
'''
    with Daemon(tmp_path / "run", body, 'abortOnUncleanConfig="on"') as daemon:
        send_tcp(port, b"".join(b"<14>a: line %d card %s\n" % (i, PAN.encode()) for i in range(200)))
        time.sleep(2)
        assert daemon.stop() == 0
        broker.start()
        daemon.start()
        found = {record.value() for record in broker.read_topic("om-stopped", 200, 30)}
        assert daemon.stop() == 0
    assert found == {b" line %d card ************1111" % i for i in range(200)}


def test_killed_before_the_acknowledgement(new_broker, tmp_path):
    """The broker takes the bytes and says nothing, then both are killed: what was answered OK would be
    gone from rsyslogd's queue on disk."""
    broker = new_broker()
    broker.create_topic("om-killed")
    port, = free_ports(1)
    queue = 'queue.type="Disk" queue.filename="kept" queue.checkpointInterval="1" acknowledgeTimeout="500"'
    body = PLAIN + f'''
module(load="{module("omblotter")}")
module(load="imtcp")
input(type="imtcp" port="{port}" address="127.0.0.1" ruleset="r")
ruleset(name="r") {{ {action(broker.bootstrap, "om-killed", queue)} }}
'''
    with Daemon(tmp_path / "run", body, 'abortOnUncleanConfig="on"') as daemon:
        send_tcp(port, f"<14>a: first {PAN}\n".encode())
        first = {record.value() for record in broker.read_topic("om-killed", 1, 30)}
        assert first == {b" first ************1111"}
        broker.pause()
        send_tcp(port, b"".join(b"<14>a: line %d card %s\n" % (i, PAN.encode()) for i in range(200)))
        time.sleep(3)
        daemon.process.kill()
        daemon.process.wait()
        broker.kill()
        broker.start()
        daemon.start()
        wanted = {b" line %d card ************1111" % i for i in range(200)}
        found = set()
        end = time.monotonic() + 30
        while not wanted <= found and time.monotonic() < end:
            found = {record.value() for record in broker.read_topic("om-killed", 201, 10)}
        assert daemon.stop() == 0
    assert found - {b" first ************1111"} == wanted
