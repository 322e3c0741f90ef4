"""Runs blotter under a configuration that the test writes, over a log that the test writes."""

import json
import pathlib
import signal
import subprocess
import time

import yaml


class Shipper:
    """`outputs` is the map of the configuration; state and own log are in `folder`."""

    def __init__(self, program, folder, logs, outputs, **more):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "blotter.yaml"
        self.log_path = self.folder / "blotter.log"
        self.program = program
        self.process = None
        self.config.write_text(yaml.safe_dump({
            "inputs": {"app": {"type": "tail", "paths": [str(logs)]}},
            "outputs": outputs,
            "state_dir": str(self.folder / "state"),
            "http": {"listen": ""},
            "admin": {"listen": ""},
            **more,
        }))

    def start(self, *arguments):
        self.process = subprocess.Popen(
            [self.program, "run", "-c", str(self.config), *arguments], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=open(self.log_path, "ab"))

    def until_eof(self, timeout_s=120):
        """Delivers what is there. Returns the exit code."""
        self.start("--until-eof")
        return self.process.wait(timeout_s)

    def stop(self, number=signal.SIGTERM, timeout_s=60):
        self.process.send_signal(number)
        return self.process.wait(timeout_s)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def log(self):
        """Its own log, as far as it is JSON."""
        lines = self.log_path.read_text(errors="replace").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def await_log(self, message, timeout_s=60):
        deadline = time.monotonic() + timeout_s
        while not any(line["message"] == message for line in self.log()):
            assert self.process.poll() is None, "it ended: " + self.log_path.read_text()
            assert time.monotonic() < deadline, f"{message!r} was not logged"
            time.sleep(0.05)


def kafka_output(bootstrap, topic, **properties):
    return {"type": "kafka", "topic": topic,
            "properties": {"bootstrap.servers": bootstrap, **properties}}


def line(number, size=120):
    return f"2026-01-01T00:00:00Z INFO order {number:07d} ".ljust(size - 1, "x")


class Log:
    """A log file, and where each of its lines begins."""

    def __init__(self, path):
        self.path = path
        self.lines = {}
        self.size = 0
        path.touch()

    def add(self, lines):
        with open(self.path, "a") as out:
            for text in lines:
                self.lines[self.size] = text
                self.size += len(text) + 1
                out.write(text + "\n")
