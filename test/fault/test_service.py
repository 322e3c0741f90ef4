"""How the service stops, holds and reloads, with a broker that nobody answers for."""

import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

CARD = "4111111111111111"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Service:
    def __init__(self, blotter, folder, extra="", bootstrap="127.0.0.1:1", topic="nowhere"):
        self.blotter = blotter
        self.folder = folder
        self.port = free_port()
        self.config = folder / "blotter.yaml"
        self.errors = folder / "errors.log"
        self.text = f"""
inputs: {{app: {{type: tail, paths: ["{folder}/*.log"], exclude: ["{folder}/errors.log"]}}}}
outputs:
  kafka: {{type: kafka, topic: {topic}, properties: {{bootstrap.servers: "{bootstrap}"}}}}
http: {{listen: "127.0.0.1:{self.port}"}}
admin: {{listen: ""}}
state_dir: {folder}/state
drain_timeout: 1s
{extra}
"""
        self.config.write_text(self.text)
        self.process = None

    def start(self):
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen([self.blotter, "run", "--config", self.config],
                                            stdin=subprocess.DEVNULL, stderr=errors)
        return self

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as page:
                return page.status, page.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return None, ""

    def metric(self, name):
        found = re.search(rf"^{name} (\S+)$", self.get("/metrics")[1], re.M)
        return float(found[1]) if found else None

    def wait_for(self, condition):
        deadline = time.monotonic() + 60
        while not condition():
            assert self.process.poll() is None, self.errors.read_text()
            assert time.monotonic() < deadline, self.errors.read_text()
            time.sleep(0.02)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@pytest.fixture
def service(blotter, tmp_path):
    made = []

    def make(**options):
        made.append(Service(blotter, tmp_path, **options))
        return made[-1]

    yield make
    for one in made:
        if one.process and one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def test_what_is_left_is_printed_and_kept(service, broker, tmp_path):
    (tmp_path / "app.log").write_text(f"card {CARD}\nsecond\n")
    one = service().start()
    one.wait_for(lambda: one.metric('blotter_read_records_total{input="app"}') == 2)
    status, why = one.get("/readyz")
    assert status == 503 and why.startswith("kafka: ")
    assert one.get("/healthz")[0] == 200
    assert one.stop() == 75
    left = re.search(r"^undelivered: source ([0-9a-f]{32}) output kafka from 0 to (\d+)$",
                     one.errors.read_text(), re.M)
    assert left and int(left[2]) == len(f"card {CARD}\nsecond\n")
    assert CARD not in one.errors.read_text()
    # The next start, with a broker, delivers it under the same source.
    broker.create_topic("left")
    again = service(bootstrap=broker.bootstrap, topic="left").start()
    records = broker.read_json("left", 2)
    assert again.stop() == 0
    assert [record["blotter.source"] for record in records] == [left[1]] * 2
    assert [record["log.offset"] for record in records] == [0, len(f"card {CARD}\n")]


def test_a_second_signal_does_not_wait(service, tmp_path):
    (tmp_path / "app.log").write_text("one\n")
    one = service()
    one.config.write_text(one.text.replace("drain_timeout: 1s", "drain_timeout: 1h"))
    one.start()
    one.wait_for(lambda: one.metric('blotter_read_records_total{input="app"}') == 1)
    one.process.send_signal(signal.SIGTERM)
    one.wait_for(lambda: '"draining"' in one.errors.read_text())
    assert one.stop() == 75


def test_a_reload_takes_over_or_keeps_the_old(service, broker, tmp_path):
    broker.create_topic("reload")
    log = tmp_path / "app.log"
    log.write_text("first\n")
    one = service(bootstrap=broker.bootstrap, topic="reload").start()
    broker.read_topic("reload", 1)
    one.config.write_text(one.text + "format: {fields: {service.name: shop}}\n")
    one.process.send_signal(signal.SIGHUP)
    one.wait_for(lambda: one.metric("blotter_generation") == 2)
    one.config.write_text(one.text + "no_such_key: 1\n")
    one.process.send_signal(signal.SIGHUP)
    one.wait_for(lambda: (one.metric("blotter_reload_failures_total") or 0) >= 1)
    assert one.metric("blotter_generation") == 2
    one.config.write_text(one.text.replace("app.log", "other.log").replace("*.log", "*.txt"))
    one.process.send_signal(signal.SIGHUP)
    one.wait_for(lambda: (one.metric("blotter_reload_failures_total") or 0) >= 2)
    with open(log, "a") as out:
        out.write("second\n")
    records = broker.read_json("reload", 2)
    assert one.stop() == 0
    assert "service.name" not in records[0]
    assert records[1]["service.name"] == "shop"


def test_a_bad_configuration_is_held(service, tmp_path):
    (tmp_path / "app.log").write_text("one\n")
    one = service(extra="on_bad_config: hold\n")
    one.config.write_text(one.text + "no_such_key: 1\n")
    one.start()
    one.wait_for(lambda: one.get("/healthz")[0] == 200)
    status, why = one.get("/readyz")
    assert status == 503 and "configuration" in why
    assert "no_such_key" in one.errors.read_text()
    one.config.write_text(one.text)
    one.process.send_signal(signal.SIGHUP)
    one.wait_for(lambda: one.metric('blotter_read_records_total{input="app"}') == 1)
    assert one.stop() == 75


def test_a_bad_configuration_ends_with_78(service):
    one = service(extra="no_such_key: 1\n").start()
    assert one.process.wait(60) == 78
