"""Debian's rsyslogd under a configuration of the test's own: its own folder, pid file and ports, in
the foreground, ended by its pid."""

import os
import pathlib
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = "/usr/sbin/rsyslogd"

PLAIN = 'template(name="plain" type="string" string="%msg%\\n")\n'


def module(name):
    """Path of a built module."""
    build = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
    path = build / "plugin" / "rsyslog" / f"{name}.so"
    assert path.exists(), f"{path} is not built"
    return str(path)


class Daemon:
    """`body` is the configuration; {folder} stands for the folder of this daemon."""

    def __init__(self, folder, body, options="", wrapper=()):
        self.folder = pathlib.Path(folder)
        (self.folder / "work").mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "rsyslog.conf"
        self.errors = self.folder / "errors"
        self.wrapper = list(wrapper)
        self.process = None
        self.config.write_text(
            f'global(workDirectory="{self.folder}/work" {options})\n'
            + body.replace("{folder}", str(self.folder)) + "\n")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def start(self):
        (self.folder / "pid").unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [*self.wrapper, PROGRAM, "-n", "-f", str(self.config), "-i", str(self.folder / "pid")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(self.errors, "ab"))

    def signal(self, number):
        """To rsyslogd itself, which a wrapper may have put under another pid."""
        os.kill(int((self.folder / "pid").read_text()), number)

    def stop(self, timeout_s=120):
        """Returns the exit code. The queue is worked off before."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout_s)

    def said(self):
        """Its errors and warnings; what it says at severity 6 (a worker came or went) is none."""
        return "".join(line for line in self.errors.read_text(errors="replace").splitlines(True)
                       if "internal message (6," not in line)

    def lines(self, name, count, timeout_s=120):
        """The lines of a file in the folder, when it has so many."""
        path = self.folder / name
        until(lambda: path.exists() and path.read_bytes().count(b"\n") >= count, timeout_s,
              f"{name} has not got {count} lines; {self.said()[-2000:]}")
        return lines_of(path.read_bytes())


def lines_of(data):
    """Cut at newlines alone, not at carriage returns."""
    return [line + b"\n" for line in data.split(b"\n")[:-1]]


def until(condition, timeout_s, what):
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, what() if callable(what) else what
        time.sleep(0.05)


def send_tcp(port, payload, timeout_s=30):
    """Sends bytes to a listener that may not be there yet."""
    end = time.monotonic() + timeout_s
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(payload)
                return
        except ConnectionRefusedError:
            assert time.monotonic() < end, f"nobody listens on {port}"
            time.sleep(0.05)
