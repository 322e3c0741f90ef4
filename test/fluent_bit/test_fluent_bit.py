"""The modules in Fluent Bit itself: the binary that FLUENT_BIT names, or the first on PATH.

Fluent Bit is in no package registry. Where there is none, one test says so in a warning, and what
the project's own host program shows (test_filter.py, test_output.py) is all there is."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time
import warnings

import pytest
import yaml

from fluent_bit.hosts import FILTER, FLUENT_BIT, MASKED, OUTPUT, PAN, PLAIN, ROOT, as_json, mixed_lines, redact

MIXED = 10000


def test_whether_there_is_fluent_bit():
    if not FLUENT_BIT:
        warnings.warn("NOT RUN IN FLUENT BIT: no binary in FLUENT_BIT or on PATH; "
                      "only the project's own host program was run")


class Fluent:
    """Fluent Bit under a configuration; its log is kept."""

    def __init__(self, folder, inputs, outputs, filters=(), service=None, arguments=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "fluent-bit.yaml"
        self.log_path = self.folder / "fluent-bit.log"
        self.arguments = list(arguments)
        self.write(inputs, outputs, filters, service)
        self.process = None

    def write(self, inputs, outputs, filters=(), service=None):
        self.config.write_text(yaml.safe_dump({
            "service": {"flush": 0.2, "grace": 5, "json.escape_unicode": "off", **(service or {})},
            "plugins": [str(FILTER), str(OUTPUT)],
            "pipeline": {"inputs": inputs, "filters": list(filters), "outputs": outputs}}))

    def start(self):
        self.process = subprocess.Popen([FLUENT_BIT, *self.arguments, "-c", self.config],
                                        stdout=open(self.log_path, "ab"), stderr=subprocess.STDOUT)
        return self

    def wait(self, timeout_s=60):
        return self.process.wait(timeout_s)

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)

    def log(self):
        return self.log_path.read_text(errors="replace")


def until(condition, timeout_s=60):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


def tail(path, **more):
    return {"name": "tail", "path": str(path), "read_from_head": "on", "buffer_max_size": "4M",
            "buffer_chunk_size": "1M", **more}


def file_output(folder, name="out"):
    return {"name": "file", "match": "*", "path": str(folder), "file": name, "format": "plain"}


def lines_of(path):
    return path.read_bytes().splitlines() if path.exists() else []


if FLUENT_BIT:
    @pytest.fixture(scope="module")
    def plain(tmp_path_factory):
        """Mixed lines, and what Fluent Bit makes of them without the module."""
        folder = tmp_path_factory.mktemp("plain")
        source = folder / "in.log"
        source.write_text("\n".join(line or "-" for line in mixed_lines(MIXED)) + "\n")
        assert Fluent(folder, [tail(source, exit_on_eof="on")], [file_output(folder)]).start().wait() == 0
        return source, lines_of(folder / "out")

    @pytest.mark.parametrize("way", ["filter", "processor", "threaded processor"])
    def test_equals_the_command_over_the_host_without_it(plain, tmp_path, blotter, way):
        source, raw = plain
        more = {} if way == "filter" else {"processors": {"logs": [{"name": "blotter"}]}}
        if way.startswith("threaded"):
            more["threaded"] = "on"
        filters = [{"name": "blotter", "match": "*"}] if way == "filter" else []
        fluent = Fluent(tmp_path, [tail(source, exit_on_eof="on", **more)], [file_output(tmp_path)], filters)
        assert fluent.start().wait() == 0
        expected = redact(blotter, b"\n".join(raw) + b"\n").splitlines()
        found = lines_of(tmp_path / "out")
        assert len(found) == len(raw) == MIXED
        wrong = [(was, is_) for was, is_, want in zip(raw, found, expected) if not same(is_, want)]
        assert not wrong, f"{len(wrong)} differ, first {wrong[0]}"
        assert f"records={MIXED}" in fluent.log()

    def same(found, wanted):
        """Where the contract puts quotes into a text, the command's line is no JSON any more: there
        the host escapes what the command does not. A line withheld as a whole is a field here."""
        if wanted == b"[WITHHELD limit]":
            return wanted in found
        try:
            return json.loads(found) == json.loads(wanted)
        except ValueError:
            return found.replace(b"\\", b"") == wanted.replace(b"\\", b"")

    @pytest.mark.parametrize("wrong, said", [({"pakcs": "pci"}, "did you mean packs?"),
                                             ({"rules": "/nonexistent.yaml"}, "cannot be read")])
    def test_does_not_start(tmp_path, wrong, said):
        (tmp_path / "in.log").write_text(PAN + "\n")
        for part in ("filter", "processor"):
            folder = tmp_path / part
            unit = {"name": "blotter", **wrong}
            more = {} if part == "filter" else {"processors": {"logs": [unit]}}
            filters = [{"match": "*", **unit}] if part == "filter" else []
            fluent = Fluent(folder, [tail(tmp_path / "in.log", **more)], [file_output(folder)], filters)
            assert fluent.start().wait() != 0
            assert said in fluent.log() and lines_of(folder / "out") == []

    def test_three_instances(tmp_path):
        (tmp_path / "in.log").write_text(f"cvv=123 {PAN}\n")
        filters = [{"name": "blotter", "match": "*", "alias": name} for name in ("one", "two")]
        inputs = [tail(tmp_path / "in.log", exit_on_eof="on", processors={"logs": [{"name": "blotter"}]})]
        fluent = Fluent(tmp_path, inputs, [file_output(tmp_path)], filters)
        assert fluent.start().wait() == 0
        assert lines_of(tmp_path / "out") == [b'{"log":"cvv=[REDACTED_CVV] ' + MASKED.encode() + b'"}']
        assert "one: records=1 changed=0" in fluent.log() and "two: records=1 changed=0" in fluent.log()
        assert fluent.log().count("records=1 changed=1") == 1

    def test_drop_and_quarantine(tmp_path):
        """What a rule drops is gone and counted; what it sends to quarantine has a key that later
        filters can tell it by."""
        (tmp_path / "in.log").write_text(f"a\n{PAN}\ncvv=123\nb\n")
        blotter = {"name": "blotter", "match": "*", "actions": "pan=quarantine, cvv=drop_record"}
        for name, rule, expected in (("good", {"exclude": "$blotter ^quarantine$"}, [{"log": "a"}, {"log": "b"}]),
                                     ("aside", {"regex": "$blotter ^quarantine$"},
                                      [{"log": MASKED, "blotter": "quarantine"}])):
            filters = [blotter, {"name": "grep", "match": "*", **rule}]
            fluent = Fluent(tmp_path / name, [tail(tmp_path / "in.log", exit_on_eof="on")],
                            [file_output(tmp_path / name)], filters)
            assert fluent.start().wait() == 0
            assert [json.loads(line) for line in lines_of(tmp_path / name / "out")] == expected
            assert "records=4 changed=1 withheld=0 dropped=1 quarantined=1" in fluent.log()

    def test_hot_reload(tmp_path, broker):
        """Lines are written all the while. Without workers: Fluent Bit 5.1.1 starts those of such an
        output twice, and crashes when it stops them."""
        broker.create_topic("reload")
        source = tmp_path / "in.log"
        source.write_text("")
        good = ([tail(source, db=str(tmp_path / "tail.db"), processors={"logs": [{"name": "blotter"}]})],
                [{"name": "blotter", "match": "*", "brokers": broker.bootstrap, "topic": "reload",
                  "timeout": "1s", "retry_limit": "no_limits"}])
        service = {"hot_reload": "on"}
        filters = [{"name": "blotter", "match": "*", "alias": "second"}]
        fluent = Fluent(tmp_path, *good, filters, service=service, arguments=["-Y"]).start()
        written = 0

        def write(count):
            nonlocal written
            with source.open("a") as file:
                for written in range(written + 1, written + count + 1):
                    file.write(f"line {written} {PAN}\n")

        def arrived():
            return {one["log"].split()[1] for one in broker.read_json("reload", timeout_s=5)}

        try:
            write(1000)
            until(lambda: len(arrived()) == 1000)
            for round_ in range(1, 4):
                fluent.process.send_signal(signal.SIGHUP)
                write(1000)
                until(lambda: fluent.log().count("[ info] [blotter] blotter.0: chunks=") >= round_)
                write(1000)
                until(lambda: len(arrived()) == written)
        finally:
            fluent.stop()
        values = broker.read_json("reload")
        assert {one["log"] for one in values} == {f"line {n} {MASKED}" for n in range(1, written + 1)}

    def test_broker_stops_and_starts(tmp_path, new_broker, blotter):
        """Each record arrives once, and as the command has it, byte for byte."""
        broker = new_broker()
        broker.create_topic("away")
        lines = [line.translate(PLAIN) or "-" for line in mixed_lines(MIXED, seed=11)]
        parts = ["".join(line + "\n" for line in lines[at:at + MIXED // 4]) for at in range(0, MIXED, MIXED // 4)]
        source = tmp_path / "in.log"
        source.write_text(parts[0])
        fluent = Fluent(tmp_path, [tail(source, **{"storage.type": "filesystem"})],
                        [{"name": "blotter", "match": "*", "brokers": broker.bootstrap, "topic": "away",
                          "workers": 1, "retry_limit": "no_limits", "timeout": "1s"}],
                        service={"storage.path": str(tmp_path / "chunks"), "scheduler.base": 1,
                                 "scheduler.cap": 2}).start()
        try:
            until(lambda: len(broker.read_topic("away", timeout_s=5)) == MIXED // 4)
            broker.stop()
            for part in parts[1:]:
                with source.open("a") as file:
                    file.write(part)
                time.sleep(1)
            until(lambda: "retry" in fluent.log())
            broker.start()
            until(lambda: len(broker.read_topic("away", timeout_s=5)) >= MIXED)
        finally:
            fluent.stop()
        expected = redact(blotter, "".join(as_json([("log", line)]) + "\n" for line in lines).encode()).splitlines()
        values = [re.sub(rb'^{"@timestamp":"[^"]*",', b"{", record.value()) for record in broker.read_topic("away")]
        assert len(values) == MIXED, "lost or sent twice"
        wrong = [pair for pair in zip(sorted(values), sorted(expected)) if pair[0] != pair[1]]
        assert not wrong, f"{len(wrong)} differ, first {wrong[0]}"

    def test_deployed_configuration():
        """The sample is one that Fluent Bit takes, but for its paths."""
        text = (ROOT / "deploy/fluent-bit/fluent-bit.yaml").read_text()
        folder = "/usr/lib/x86_64-linux-gnu/fluent-bit"
        assert folder in text
        text = text.replace(f"{folder}/flb-filter_blotter.so", str(FILTER)) \
                   .replace(f"{folder}/out_blotter.so", str(OUTPUT))
        path = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"sample-{os.getpid()}.yaml"
        path.write_text(text)
        done = subprocess.run([FLUENT_BIT, "--dry-run", "-c", path], capture_output=True, text=True, timeout=60)
        path.unlink()
        assert done.returncode == 0, done.stdout + done.stderr
