"""No canary may be seen in anything that the program writes, serves or leaves behind."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from canary import Canaries, grouped


@pytest.fixture
def canaries():
    return Canaries()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def http_get(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        return error.read()
    except urllib.error.URLError:
        return b""  # not up yet


def wait_for(what, condition, timeout_s=60):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen in {timeout_s} s"
        time.sleep(0.05)


def all_files(folder):
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.is_file():
            yield path


# The kernel's own default: anonymous memory and ELF headers.
DUMP_ANONYMOUS = "0x33"


def dump_core(process, folder, dump_filter=None):
    """A core image of the running process, by a debugger with root's right, which honours
    /proc/PID/coredump_filter and madvise(MADV_DONTDUMP) as the kernel does.

    The process forbids core dumps three times over. With `dump_filter` one of these locks is forced
    open, so that what it left out with MADV_DONTDUMP is looked at by itself."""
    if dump_filter:
        pathlib.Path(f"/proc/{process.pid}/coredump_filter").write_text(dump_filter)
    subprocess.run(["gcore", "-o", str(folder / "core"), str(process.pid)], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
    return folder / f"core.{process.pid}"


class Run:
    """`blotter run` with both outputs, debug log, and everything it writes under one folder."""

    def __init__(self, program, folder, bootstrap, topic="clean", key="%{blotter.source}",
                 extra=""):
        self.folder = folder
        self.logs = folder / "logs"
        self.out = folder / "out"
        self.state = folder / "state"
        self.port = free_port()
        for one in (self.logs, self.out):
            one.mkdir(parents=True, exist_ok=True)
        config = folder / "blotter.yaml"
        config.write_text(f"""
inputs:
  app: {{type: tail, paths: ["{self.logs}/*.log"]}}
redact: {{packs: [pci]}}
outputs:
  kafka:
    type: kafka
    topic: "{topic}"
    topic_fallback: fallback
    key: "{key}"
    properties: {{bootstrap.servers: "{bootstrap}", message.max.bytes: 4096}}
  archive: {{type: file, path: "{self.out}/clean.jsonl", required: false}}
http: {{listen: "127.0.0.1:{self.port}"}}
log: {{level: debug, format: json}}
memory: {{profile: 1s}}
drain_timeout: 5s
state_dir: {self.state}
{extra}""")
        self.errors = open(folder / "stderr", "wb")
        self.process = subprocess.Popen([program, "run", "-c", str(config)],
                                        stdout=open(folder / "stdout", "wb"), stderr=self.errors)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def assert_clean(self, canaries):
        for name in ("stdout", "stderr"):
            canaries.assert_absent(name, (self.folder / name).read_bytes())
        for folder in (self.out, self.state):
            for path in all_files(folder):
                canaries.assert_absent(path.relative_to(self.folder), path.read_bytes())
                canaries.assert_absent("a file's name", str(path.relative_to(folder)).encode())


def log_lines(canaries):
    """A canary in each place of a line that a parser, an encoder or a template could pick up."""
    return [
        f"2026-01-02T03:04:05Z INFO paid with {canaries('text')} ok",
        f"card {grouped(canaries('grouped'), '-')} cvv: 123",
        f"card {grouped(canaries('blanks'), ' ')}",
        json.dumps({"level": "info", "message": "paid", "pan": canaries("member")}),
        json.dumps({"level": "info", canaries("json key"): "paid"}),
        '{"message":"number","pan":' + canaries("bare number") + "}",
        json.dumps({"message": json.dumps({"pan": canaries("nested")})}),
        '{"message":"broken","pan":"' + canaries("broken JSON"),
        json.dumps({"message": "m", "service.name": canaries("service name")}),
        json.dumps({"message": "m", "@timestamp": canaries("time stamp")}),
        json.dumps({"message": "m", "level": canaries("level")}),
        json.dumps({"message": "m", "trace.id": "card " + canaries("trace id")}),
        f"GET /pay?card={canaries('query')}&cvv=%31%32%33",
        "<pan>" + canaries("XML") + "</pan>",
        f"%B{canaries('track 1')}^DOE/JANE^30121010000000000?",
        f";{canaries('track 2')}=30122011234567890?",
        f"2026-01-02T03:04:05Z stdout P half {canaries('not CRI')}",
        f"invalid \udcff\udcfe {canaries('invalid UTF-8')} \udc80",
        f"nul \0 {canaries('NUL')} \0",
        f"too large for the broker: {'x' * 6000} {canaries('too large')}",
        f"no newline at the end {canaries('partial')}",
    ]


def write_log(path, lines):
    with open(path, "wb") as out:
        out.write("\n".join(lines).encode("utf-8", "surrogateescape"))


def test_nothing_leaks_from_a_whole_life(blotter, broker, tmp_path, canaries):
    topic = "leak-whole-life"
    broker.create_topic(topic)
    run = Run(blotter, tmp_path, broker.bootstrap, topic=topic)
    lines = log_lines(canaries)
    write_log(run.logs / "app.log", lines)
    write_log(run.logs / f"{canaries('file name')}.log", ["a file whose name holds a card"])
    wait_for("delivery", lambda: len(broker.read_topic(topic, timeout_s=3)) >= len(lines) - 1)

    core = dump_core(run.process, tmp_path).read_bytes()
    forced = dump_core(run.process, tmp_path, DUMP_ANONYMOUS).read_bytes()
    for page in ("/metrics", "/healthz", "/readyz"):
        canaries.assert_absent(page, http_get(run.port, page))
    assert b"blotter_redactions_total" in http_get(run.port, "/metrics")
    assert run.stop() == 0
    records = broker.read_topic(topic, count=len(lines) + 1)
    # The last line, which had no newline, came with the drain; so did the other file's.
    assert len(records) == len(lines) + 1
    for record in records:
        canaries.assert_absent("a record", record.value())
        canaries.assert_absent("a key", record.key() or b"")
    canaries.assert_absent("the topics", " ".join(broker.topics()).encode())
    run.assert_clean(canaries)
    canaries.assert_absent("the core image", core)
    # Names of files come from the C library's memory; of them only the other locks keep the core free.
    del canaries.given["file name"]
    assert b"blotter.source" in forced
    canaries.assert_absent("the forced core image", forced)


def test_the_search_finds_what_is_there(tmp_path, canaries):
    """The searches above can fail: a canary in any spelling is seen."""
    number = canaries("control")
    for spelling in (number, grouped(number, "-"), grouped(number, " "), "x" + number + "y"):
        with pytest.raises(AssertionError):
            canaries.assert_absent("control", b"..." + spelling.encode() + b"...")
    process = subprocess.Popen(["sleep", number[:9]])
    try:
        core = dump_core(process, tmp_path).read_bytes()
    finally:
        process.kill()
        process.wait()
    assert number[:9].encode() in core


def test_topic_and_key_come_from_clean_text(blotter, broker, tmp_path, canaries):
    run = Run(blotter, tmp_path, broker.bootstrap, topic="leak-%{service.name}",
              key="%{labels.card}")
    write_log(run.logs / "app.log", [
        json.dumps({"message": "m", "service.name": canaries("topic"),
                    "labels.card": canaries("key")}), ""])
    wait_for("delivery", lambda: b'blotter_delivered_records_total{output="kafka"} 1\n'
             in http_get(run.port, "/metrics"))
    assert run.stop() == 0
    names = broker.topics()
    canaries.assert_absent("the topics", " ".join(names).encode())
    for name in names:
        for record in broker.read_topic(name):
            canaries.assert_absent("a record", record.value())
            canaries.assert_absent("a key", record.key() or b"")
    run.assert_clean(canaries)


def test_delivery_failures(blotter, tmp_path, canaries):
    """No broker listens: what is not delivered is kept, and nothing of it is told."""
    run = Run(blotter, tmp_path, f"127.0.0.1:{free_port()}")
    write_log(run.logs / "app.log", log_lines(canaries))
    wait_for("the archive", lambda: (run.out / "clean.jsonl").exists()
             and (run.out / "clean.jsonl").stat().st_size > 0)
    wait_for("the reason", lambda: b"kafka" in http_get(run.port, "/readyz"))
    forced = dump_core(run.process, tmp_path, DUMP_ANONYMOUS).read_bytes()
    canaries.assert_absent("/readyz", http_get(run.port, "/readyz"))
    canaries.assert_absent("/metrics", http_get(run.port, "/metrics"))
    assert run.stop() == 75
    run.assert_clean(canaries)
    assert b"blotter.source" in forced
    canaries.assert_absent("the forced core image", forced)


CONFIGURATION_ERRORS = {
    "unknown key": "inputs:\n  app: {{type: tail, paths: [x.log], '{0}': 1}}\n",
    "integer": "inputs:\n  app: {{type: tail, paths: [x.log], max_line: '{0}x'}}\n",
    "enum": "inputs:\n  app: {{type: '{0}'}}\n",
    "id": "inputs:\n  '{0}': {{type: tail, paths: [x.log]}}\n",
    "topic": "outputs:\n  k: {{type: kafka, topic: '{0}', properties: {{bootstrap.servers: x}}}}\n",
    "template": "outputs:\n  k: {{type: kafka, topic: '%{{{0}', properties: {{}}}}\n",
    "property": "outputs:\n  k: {{type: kafka, topic: t, properties: {{x: '{0}'}}}}\n",
    "field": "format: {{fields: {{card: '{0}'}}}}\n",
    "not YAML": "inputs: [{0}\n",
    "path": "outputs:\n  f: {{type: file, path: '/nowhere/{0}/x'}}\n",
    "variable": "state_dir: '${{file:/nowhere/{0}}}'\n",
    "pack": "redact: {{packs: ['{0}']}}\n",
}


@pytest.mark.parametrize("name", CONFIGURATION_ERRORS)
@pytest.mark.parametrize("command", ["check", "run"])
def test_configuration_errors(blotter, tmp_path, canaries, command, name):
    config = tmp_path / "blotter.yaml"
    config.write_text(CONFIGURATION_ERRORS[name].format(canaries(name)))
    done = subprocess.run([blotter, command, "-c", str(config)], capture_output=True, timeout=60)
    assert done.returncode == 78, done.stderr.replace(canaries(name).encode(), b"CANARY")
    assert b"blotter.yaml:" in done.stderr
    canaries.assert_absent("stderr", done.stderr)
    canaries.assert_absent("stdout", done.stdout)


def test_command_lines(blotter, tmp_path, canaries):
    number = canaries("argument")
    for arguments in (["redact", f"/nowhere/{number}.log"], ["redact", f"--{number}"],
                      ["run", "-c", f"/nowhere/{number}.yaml"], [number],
                      ["check", "-c", f"/nowhere/{number}.yaml"]):
        done = subprocess.run([blotter, *arguments], capture_output=True, timeout=60)
        assert done.returncode != 0
        assert done.stderr
        canaries.assert_absent(f"{arguments[0][:6]}: stderr", done.stderr)
        canaries.assert_absent(f"{arguments[0][:6]}: stdout", done.stdout)


def test_environment_is_not_told(blotter, tmp_path, canaries):
    config = tmp_path / "blotter.yaml"
    config.write_text("outputs:\n  k: {type: kafka, topic: t, properties: "
                      "{bootstrap.servers: 'x:1', sasl.password: '${SECRET}'}}\n"
                      "inputs:\n  app: {type: tail, paths: [x.log]}\n"
                      f"state_dir: {tmp_path}/state\n")
    environment = {**os.environ, "SECRET": "hunter2-" + canaries("environment")}
    done = subprocess.run([blotter, "check", "-c", str(config), "--print", "resolved"],
                          capture_output=True, timeout=60, env=environment)
    assert b"hunter2" not in done.stdout + done.stderr
    canaries.assert_absent("check --print", done.stdout + done.stderr)
