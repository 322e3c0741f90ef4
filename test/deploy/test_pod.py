"""The pod's two processes by hand, with the configuration of its ConfigMap: the broker is down at
first, and the application must not notice."""

import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.error
import urllib.request

import pytest
import yaml

from kafka.broker import Broker, free_ports

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = {d["kind"]: d for d in yaml.safe_load_all((ROOT / "deploy/k8s/sidecar.yaml").read_text())}
CONFIG = DOCUMENTS["ConfigMap"]["data"]["blotter.yaml"]
SIDECAR, = DOCUMENTS["Deployment"]["spec"]["template"]["spec"]["initContainers"]
RECORDS = 3000
ROTATE_EVERY = 1000


def wait_for(what, true, pod, timeout_s=60):
    deadline = time.monotonic() + timeout_s
    while not true():
        assert pod.process.poll() is None, pod.output()
        assert time.monotonic() < deadline, f"waited {timeout_s} s for {what}"
        time.sleep(0.05)


def get(port, path):
    """Status and body; None while nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return None, ""


class Pod:
    """blotter with the manifest's configuration and environment, its mounts under `folder`."""

    def __init__(self, program, folder, bootstrap):
        self.logs, self.state = folder / "logs", folder / "state"
        self.logs.mkdir()
        self.port, = free_ports(1)
        text = (CONFIG.replace("/var/log/app", str(self.logs)).replace("/var/lib/blotter", str(self.state))
                .replace("0.0.0.0:9598", f"127.0.0.1:{self.port}"))
        config = folder / "blotter.yaml"
        config.write_text(text + f"admin: {{listen: \"unix:{folder}/admin.sock\"}}\n")
        environment = {v["name"]: v.get("value", "x") for v in SIDECAR["env"]}
        self.stderr = open(folder / "stderr", "w+b")
        self.process = subprocess.Popen(
            [program, "run", "-c", str(config)], stdin=subprocess.DEVNULL, stdout=self.stderr,
            stderr=self.stderr, env={**os.environ, **environment, "KAFKA": bootstrap})

    def write(self, first, count):
        """The application's work: rotating by rename and create, as its log library would."""
        for number in range(first, first + count):
            if number and number % ROTATE_EVERY == 0:
                (self.logs / "app.log").rename(self.logs / f"app.log.{number // ROTATE_EVERY}")
            with open(self.logs / "app.log", "a") as log:
                log.write(f"order {number} paid with 4111-1111-1111-1111 cvv={number % 1000:03}\n")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def output(self):
        self.stderr.seek(0)
        return self.stderr.read().decode(errors="replace")


@pytest.fixture
def down(tmp_path):
    """A broker that is not started yet."""
    broker = Broker(tmp_path / "kafka")
    yield broker
    broker.stop()


@pytest.fixture
def pod(blotter_asan, tmp_path, down):
    one = Pod(blotter_asan, tmp_path, down.bootstrap)
    yield one
    if one.process.poll() is None:
        one.process.kill()
        one.process.wait()


def test_application_runs_while_the_broker_is_down(pod, down):
    wait_for("/healthz", lambda: get(pod.port, "/healthz")[0] == 200, pod)
    pod.write(0, RECORDS)
    # Alive but not ready, and it says of whom it waits: restarting would mend nothing.
    wait_for("/readyz to refuse", lambda: get(pod.port, "/readyz")[0] == 503, pod)
    assert "kafka" in get(pod.port, "/readyz")[1]
    assert get(pod.port, "/healthz")[0] == 200
    assert pod.process.poll() is None, pod.output()

    down.start()
    wait_for("/readyz", lambda: get(pod.port, "/readyz")[0] == 200, pod)
    records = [json.loads(r.value()) for r in down.read_topic("logs.app", count=RECORDS)]
    assert sorted(r["message"] for r in records) == sorted(
        f"order {n} paid with ************1111 cvv=[REDACTED_CVV]" for n in range(RECORDS))
    # `after: delete`: the volume holds no rotated file once it is acknowledged.
    wait_for("rotated files to go", lambda: [p.name for p in pod.logs.iterdir()] == ["app.log"],
             pod)
    assert pod.stop() == 0, pod.output()
    assert "4111-1111" not in pod.output()


def test_bad_configuration_holds(blotter_asan, tmp_path, down):
    """An edit of the map that is wrong: alive, shipping nothing, and saying why."""
    bad = Pod(blotter_asan, tmp_path, down.bootstrap)
    bad.stop()
    text = (tmp_path / "blotter.yaml").read_text()
    (tmp_path / "blotter.yaml").write_text(text.replace("after: delete", "aftr: delete"))
    bad.process = subprocess.Popen(
        [blotter_asan, "run", "-c", str(tmp_path / "blotter.yaml")], stdin=subprocess.DEVNULL,
        stdout=bad.stderr, stderr=bad.stderr)
    try:
        wait_for("/healthz", lambda: get(bad.port, "/healthz")[0] == 200, bad)
        status, why = get(bad.port, "/readyz")
        assert status == 503 and "configuration" in why
        # which key it is stands in the log, with its place
        assert "blotter.yaml:" in bad.output() and "aftr" in bad.output()
        assert bad.process.poll() is None
        assert bad.stop() == 0
    finally:
        if bad.process.poll() is None:
            bad.process.kill()
            bad.process.wait()
