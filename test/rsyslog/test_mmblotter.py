"""mmblotter in Debian's rsyslogd: the same bytes as `blotter redact`, in every property, and nothing
raw when something is wrong."""

import os
import re
import signal
import subprocess

import pytest

from generate.application_log import write
from kafka.broker import free_ports
from rsyslog.daemon import PLAIN, ROOT, Daemon, lines_of, module, send_tcp, until

LINES = 1000000 if os.environ.get("TEST_LONG") else 100000
MIXED = 10000
PAN, PAN2, AMEX = "4111111111111111", "4539 5787 6362 1486", "378282246310005"
MASKED = "************1111"
WORKERS = ('queue.type="FixedArray" queue.workerThreads="4" queue.size="200000" '
           'queue.dequeueBatchSize="512" queue.workerThreadMinimumMessages="1000"')


def load(with_module=True):
    return f'module(load="{module("mmblotter")}")\n' if with_module else ""


def redacted(blotter, data):
    return subprocess.run([blotter, "redact", "--frame", "line"], input=data, capture_output=True, check=True,
                          timeout=280).stdout


def inputs(path, port):
    return f'''
module(load="imfile")
module(load="imtcp")
input(type="imfile" file="{path}" tag="app:" ruleset="file")
input(type="imtcp" port="{port}" address="127.0.0.1" ruleset="net")
'''


def rulesets(actions_file, actions_net):
    return f'''
ruleset(name="file" {WORKERS}) {{ {actions_file} }}
ruleset(name="net" {WORKERS}) {{ {actions_net} }}
'''


def omfile(name, template="plain"):
    return f'action(type="omfile" file="{{folder}}/{name}" template="{template}")'


def syslog(lines):
    return b"".join(b"<14>Nov 21 14:05:06 host app[77]: " + line for line in lines)


def pass_through(folder, path, lines, action="", more=("", ""), modules=""):
    """Sends the file through rsyslogd by imfile and by TCP; returns both outputs, sorted: four
    workers keep no order. `more`: what else each of both does."""
    port, = free_ports(1)
    body = (PLAIN + modules + inputs(path, port)
            + rulesets(action + omfile("file") + more[0], action + omfile("net") + more[1]))
    with Daemon(folder, body, 'maxMessageSize="64k" abortOnUncleanConfig="on"') as daemon:
        send_tcp(port, syslog(lines))
        outputs = [sorted(daemon.lines(name, len(lines))) for name in ("file", "net")]
        assert daemon.stop() == 0
        # Kafka clients say which broker they ask for their id.
        assert [line for line in daemon.said().splitlines() if "GETPID" not in line] == []
    return outputs


@pytest.mark.timeout(900)
def test_equal_bytes_to_files_and_kafka(blotter, broker, tmp_path):
    path = tmp_path / "app.log"
    write(path, LINES)
    lines = lines_of(path.read_bytes())
    topics = ("rsyslog-file", "rsyslog-net")
    kafka = []
    for topic in topics:
        broker.create_topic(topic)
        kafka.append(f'action(type="omkafka" broker="{broker.bootstrap}" topic="{topic}" template="value" '
                     'confParam=["linger.ms=5"])')
    value = 'template(name="value" type="string" string="%msg%")\nmodule(load="omkafka")\n'
    before = pass_through(tmp_path / "without", path, lines)
    after = pass_through(tmp_path / "with", path, lines, 'action(type="mmblotter")', kafka,
                         load() + value)
    for raw, clean in zip(before, after):
        expected = sorted(lines_of(redacted(blotter, b"".join(raw))))
        assert raw != clean == expected
    for topic, clean in zip(topics, after):
        assert clean == sorted(record.value() + b"\n" for record in broker.read_topic(topic, LINES, 280))


def mixed_lines():
    """The 10,000 that every host is held against."""
    build = os.environ.get("BUILD", str(ROOT / "build"))
    mixed = subprocess.run([f"{build}/test/generate/generate", "11", "0", str(MIXED)],
                           capture_output=True, check=True).stdout
    # What rsyslogd would split, cut or drop itself is no message of one line.
    lines = [line + b"\n" for line in mixed.split(b"\n")
             if line.strip(b" \r\0\t") and len(line) < 8000 and b"\0" not in line]
    assert len(lines) > MIXED * 9 // 10
    return lines


@pytest.mark.timeout(300)
def test_equal_bytes_of_mixed_lines(blotter, broker, tmp_path):
    """mmblotter to a file, and omblotter to Kafka: both as the command makes of what rsyslogd writes
    without them."""
    lines = mixed_lines()
    path = tmp_path / "mixed.log"
    path.write_bytes(b"".join(lines))
    topics = ("rsyslog-mixed-file", "rsyslog-mixed-net")
    deliver = []
    for topic in topics:
        broker.create_topic(topic)
        deliver.append(f'action(type="omblotter" broker=["{broker.bootstrap}"] topic="{topic}" template="plain" '
                       'action.resumeRetryCount="-1")')
    before = pass_through(tmp_path / "without", path, lines, more=deliver,
                          modules=f'module(load="{module("omblotter")}")\n')
    after = pass_through(tmp_path / "with", path, lines,
                         'action(type="mmblotter" fields=["msg"])', modules=load())
    for raw, clean, topic in zip(before, after, topics):
        expected = sorted(lines_of(redacted(blotter, b"".join(raw))))
        assert raw != clean == expected
        records = [record.value() + b"\n" for record in broker.read_topic(topic, len(lines), 60)]
        assert sorted(records) == expected


def one_message(tmp_path, payload, action='action(type="mmblotter")', before="", after="",
                template="RSYSLOG_DebugFormat", options='abortOnUncleanConfig="on"', wait=b"\n\n"):
    """What rsyslogd writes for the bytes that come over TCP, as text."""
    port, = free_ports(1)
    body = (PLAIN + load() + f'''
module(load="imtcp")
module(load="mmjsonparse")
input(type="imtcp" port="{port}" address="127.0.0.1" ruleset="net")
ruleset(name="net") {{ {before} {action} {after} {omfile("out", template)} }}
''')
    with Daemon(tmp_path, body, options) as daemon:
        send_tcp(port, payload)
        out = tmp_path / "out"
        until(lambda: out.exists() and wait in out.read_bytes(), 30, daemon.said)
        assert daemon.stop() == 0
    return out.read_text(errors="replace"), daemon.said()


def digits(text):
    return re.sub(r"[^0-9\n]", "", text)


@pytest.mark.parametrize("payload, kept", [
    (f"<14>Nov 21 14:05:06 host-{PAN} app{PAN}[{AMEX}]: card {PAN2} paid\n", "paid"),
    (f"<14>Nov 21 14:05:06 {PAN} {PAN}: {PAN}\n", MASKED),
    (f'<14>1 2026-11-21T14:05:06Z {PAN} {AMEX} {PAN} {PAN} [x@1 pan="{PAN}" cvv="123"] {PAN2} paid\n',
     "[REDACTED_CVV]"),
    (f'<14>Nov 21 14:05:06 host app: @cee: {{"n":{PAN},"deep":{{"list":["{PAN}",{AMEX}]}},'
     f'"{PAN2}":1.5,"s":"a\\/b"}}\n', '"n": "************1111"'),
], ids=["rfc3164", "only", "rfc5424", "json"])
def test_no_property_holds_card_data(tmp_path, payload, kept):
    action = 'action(type="mmblotter")'
    # Asked for before, so that rsyslogd keeps copies made from the raw tag.
    before = ('if $programname == "x" or $app-name == "x" or $procid == "x" then stop\n'
              'action(type="mmjsonparse")\nset $.local = $rawmsg; set $/global = $msg;')
    text, errors = one_message(tmp_path, payload.encode(), action, before)
    assert kept in text
    for secret in (PAN, AMEX, PAN2.replace(" ", "")):
        assert secret not in digits(text), text
    assert 'cvv="123"' not in text and errors == ""


def test_a_label_in_the_tag(tmp_path):
    """Neither the header nor msg says anything alone."""
    text, _ = one_message(tmp_path, b"<14>Nov 21 14:05:06 host cvv: 123\n")
    assert "msg: ' [REDACTED_CVV]'" in text and "123" not in text


def test_the_same_properties_hold_it_without(tmp_path):
    payload = f'<14>1 2026-11-21T14:05:06Z {PAN} {AMEX} {PAN} {PAN} [x@1 pan="{PAN}"] {PAN2}\n'
    text, _ = one_message(tmp_path, payload.encode(), action="")
    assert text.count(PAN) >= 6 and PAN2 in text and AMEX in text


@pytest.mark.parametrize("fields, hidden, shown", [
    ('["msg"]', "msg: ' card ************1111'", f"app{PAN}"),
    ('["msg","rawmsg"]', f"rawmsg: '<14>Nov 21 14:05:06 host app{MASKED}: card {MASKED}'", f"tag 'app{PAN}"),
    ('["tag","programname"]', f"tag 'app{MASKED}:'", f"card {PAN}"),
])
def test_only_the_fields_asked_for(tmp_path, fields, hidden, shown):
    text, _ = one_message(tmp_path, f"<14>Nov 21 14:05:06 host app{PAN}: card {PAN}\n".encode(),
                          f"action(type=\"mmblotter\" fields={fields})")
    assert hidden in text and shown in text


def test_a_message_that_was_cut(tmp_path):
    header = b"<14>Nov 21 14:05:06 host app: "
    for kept_digits in (4, 11, 15):
        body = b"x" * (1024 - len(header) - kept_digits - 1) + b" " + PAN.encode()
        text, _ = one_message(tmp_path / str(kept_digits), header + body + b" rest\n",
                              template="plain", wait=b"\n",
                              options='maxMessageSize="1k" abortOnUncleanConfig="on"')
        first = text.split("\n")[0]
        assert first.rstrip().endswith("x " + "*" * kept_digits), first[-40:]
    text, _ = one_message(tmp_path / "limit", header + b"order 123456\n", template="plain",
                          wait=b"\n", action=f'action(type="mmblotter" messageLimit="{len(header) + 12}")')
    assert text == " order ******\n"


@pytest.mark.parametrize("limit", [1024, 8096])
def test_a_line_as_long_as_the_limit(tmp_path, limit):
    """By imfile, which drops the rest; the second limit is rsyslogd's own."""
    path = tmp_path / "app.log"
    path.write_bytes(b"x" * (limit - 13) + b" " + PAN.encode() + b" rest\nnext 123456\n")
    body = (PLAIN + load() + f'module(load="imfile")\ninput(type="imfile" file="{path}" tag="app:" ruleset="r")\n'
            f'ruleset(name="r") {{ action(type="mmblotter") {omfile("out")} }}')
    options = "" if limit == 8096 else f'maxMessageSize="{limit}"'
    with Daemon(tmp_path / "run", body, f'abortOnUncleanConfig="on" {options}') as daemon:
        first, second = daemon.lines("out", 2, 30)
        assert daemon.stop() == 0
    assert first == b"x" * (limit - 13) + b" ************\n" and second == b"next 123456\n"


@pytest.mark.parametrize("parameters, said", [
    ('pack=["pci"]', "did you mean `packs`?"),
    ('rule=["/nowhere"]', "did you mean `rules`?"),
    ('fields=["mgs"]', "did you mean `msg`?"),
    ('onError="withold"', "did you mean `withhold`?"),
    ('something="else"', "there is no parameter `something`"),
    ('packs=["pcy"]', "did you mean `pci`?"),
    ('rules=["/nowhere/rules.yaml"]', "No such file"),
    ('rules=["{bad}"]', "bad.yaml:"),
])
def test_wrong_parameters(tmp_path, parameters, said):
    bad = tmp_path / "bad.yaml"
    bad.write_text("rules:\n  - id: x\n    patern: y\n")
    action = f'action(type="mmblotter" name="cards" {parameters.replace("{bad}", str(bad))} queue.type="Direct")'
    text, errors = one_message(tmp_path / "tolerant", f"<14>Nov 21 14:05:06 host app{PAN}: {PAN}\n".encode(),
                               action, options="")
    assert said in errors and "every message is withheld" in errors
    assert "msg: '[WITHHELD error]'" in text and "rawmsg: '[WITHHELD error]'" in text
    assert "1111" not in text

    body = load() + f'ruleset(name="r") {{ {action} }}'
    with Daemon(tmp_path / "strict", body, 'abortOnUncleanConfig="on"') as daemon:
        assert daemon.process.wait(30) != 0
        assert said in daemon.said()


@pytest.mark.parametrize("on_error, message, mark", [
    ("withhold", "[WITHHELD error]", ""),
    ("mark", "[WITHHELD error]", "mark"),
    ("drop", "", "drop"),
])
def test_on_error(tmp_path, on_error, message, mark):
    after = 'set $!seen = $.blotter;'
    text, _ = one_message(
        tmp_path, f'<14>1 2026-11-21T14:05:06Z {PAN} {PAN} {PAN} {PAN} [x@1 pan="{PAN}"] {PAN}\n'.encode(),
        f'action(type="mmblotter" onError="{on_error}" rules=["/nowhere"])', after=after, options="")
    assert f"msg: '{message}'" in text and "1111" not in text
    assert f'"seen": "{mark}"' in text


def test_own_rules(tmp_path):
    rules = tmp_path / "rules.yaml"
    rules.write_text("""rules:
  - id: badge
    why: house rule
    pattern: 'badge (?<secret>[A-Z]{4})'
    keywords: [badge]
    match: ['badge ABCD']
""")
    text, errors = one_message(tmp_path / "run", b"<14>Nov 21 14:05:06 host app: badge QWER here\n",
                               f'action(type="mmblotter" rules=["{rules}"])', template="plain", wait=b"\n")
    assert "QWER" not in text and text.endswith(" here\n"), errors


def test_statistics(tmp_path):
    port, = free_ports(1)
    body = load() + PLAIN + f'''
module(load="impstats" interval="1" format="json" log.file="{{folder}}/stats" log.syslog="off")
module(load="imtcp")
input(type="imtcp" port="{port}" address="127.0.0.1" ruleset="net")
ruleset(name="net") {{ action(type="mmblotter" name="cards") {omfile("out")} }}
'''
    wanted = ['"name": "cards", "origin": "mmblotter", "redacted": 2, "withheld": 0, "cut": 0, "rule.pan": 3',
              '"rule.cvv": 1']
    with Daemon(tmp_path, body, 'abortOnUncleanConfig="on"') as daemon:
        send_tcp(port, f"<14>a: {PAN} and {PAN}\n<14>a: plain\n<14>a: card {PAN} cvv: 123\n".encode())
        stats = tmp_path / "stats"
        until(lambda: stats.exists() and all(w in stats.read_text() for w in wanted), 30,
              lambda: stats.read_text()[-3000:])


@pytest.mark.timeout(240)
def test_valgrind_is_clean(tmp_path):
    """Start, messages of every kind, HUP, stop; rsyslogd itself is clean, too."""
    port, = free_ports(1)
    log = tmp_path / "valgrind"
    body = PLAIN + load() + f'''
module(load="imtcp")
module(load="mmjsonparse")
input(type="imtcp" port="{port}" address="127.0.0.1" ruleset="net")
ruleset(name="net" queue.type="FixedArray" queue.workerThreads="4" queue.workerThreadMinimumMessages="10") {{
  action(type="mmjsonparse") set $.x = $msg; action(type="mmblotter" name="a")
  action(type="mmblotter" rules=["/nowhere"]) {omfile("out", "RSYSLOG_DebugFormat")} }}
'''
    payload = (f"<14>Nov 21 14:05:06 {PAN} a{PAN}[{AMEX}]: {PAN} cvv: 123\n"
               f'<14>1 2026-11-21T14:05:06Z h {PAN} {PAN} {PAN} [x@1 p="{PAN}"] {PAN2}\n'
               f'<14>Nov 21 14:05:06 h a: @cee: {{"n":[{PAN},null,true,1.5,"a\\u0001b"]}}\n'
               + "<14>Nov 21 14:05:06 h a: " + "x" * 3000 + f" cvv: 123 {PAN}\n").encode() * 50
    wrapper = ["valgrind", "--leak-check=full", "--show-leak-kinds=definite,indirect",
               "--keep-debuginfo=yes", "--num-callers=30", f"--log-file={log}"]
    with Daemon(tmp_path, body, wrapper=wrapper) as daemon:
        send_tcp(port, payload, 90)
        daemon.lines("out", 200 * 10, 120)
        daemon.signal(signal.SIGHUP)
        send_tcp(port, payload)
        daemon.lines("out", 400 * 10, 120)
        assert daemon.stop() == 0
    report = log.read_text()
    assert "definitely lost: 0 bytes" in report and "indirectly lost: 0 bytes" in report, report
    assert "ERROR SUMMARY: 0 errors" in report, report
    assert PAN not in (tmp_path / "out").read_text()
