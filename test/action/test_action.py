"""Actions from outside: what the agent does with records that a rule drops or sends aside, and that
the key of tokens is shown nowhere."""

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request

import pytest

KEY = "correct horse battery staple 0123456789"
PAN = "4" + 15 * "1"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Agent:
    """The program over `folder`/in.log with the outputs main and aside."""

    def __init__(self, program, folder, redact):
        self.program, self.folder, self.port = program, folder, free_port()
        (folder / "c.yaml").write_text(f"""
inputs: {{app: {{type: tail, paths: ["{folder}/in.log"]}}}}
redact: {json.dumps(redact)}
outputs:
  main: {{type: file, path: {folder}/main.jsonl}}
  aside: {{type: file, path: {folder}/aside.jsonl}}
http: {{listen: "127.0.0.1:{self.port}"}}
admin: {{listen: ""}}
state_dir: {folder}/state
""")

    def __enter__(self):
        self.errors = open(self.folder / "errors.log", "ab")
        self.process = subprocess.Popen([self.program, "run", "-c", str(self.folder / "c.yaml")],
                                        stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=60) == 0, (self.folder / "errors.log").read_text()
        self.errors.close()

    def metrics(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            return ""

    def until(self, pattern):
        """Waits for a metric."""
        end = time.monotonic() + 60
        while not re.search(pattern, self.metrics(), re.M):
            assert self.process.poll() is None and time.monotonic() < end, self.metrics()
            time.sleep(0.05)

    def messages(self, output):
        path = self.folder / f"{output}.jsonl"
        return [json.loads(line)["message"] for line in path.read_text().splitlines()] if path.exists() else []


@pytest.mark.parametrize("build", ["blotter", "blotter_asan"])
def test_dropped_and_quarantined_records(build, request, tmp_path):
    redact = {"actions": {"pan": "drop_record", "cvv": "quarantine"}, "quarantine": "aside"}
    program = request.getfixturevalue(build)
    log = tmp_path / "in.log"
    log.write_text(f"one\npan {PAN}\ncvv=123 aside\ntwo\ncvv=123 pan {PAN}\n")
    with Agent(program, tmp_path, redact) as agent:
        agent.until(r'^blotter_read_records_total{input="app"} 5$')
        agent.until(r'^blotter_delivered_records_total{output="aside"} 1$')
        agent.until(r'^blotter_delivered_records_total{output="main"} 2$')
        agent.until(r'^blotter_dropped_records_total{rule="pan"} 2$')
        agent.until(r'^blotter_quarantined_records_total{input="app"} 1$')
    assert agent.messages("main") == ["one", "two"]
    assert agent.messages("aside") == ["cvv=[REDACTED_CVV] aside"]
    # All of it is acknowledged, what was dropped last too: nothing comes a second time.
    with open(log, "a") as more:
        more.write("three\n")
    with Agent(program, tmp_path, redact) as agent:
        agent.until(r'^blotter_delivered_records_total{output="main"} 1$')
    assert agent.messages("main") == ["one", "two", "three"]
    assert agent.messages("aside") == ["cvv=[REDACTED_CVV] aside"]


def test_only_dropped_records_advance_the_offset(blotter, tmp_path):
    redact = {"actions": {"pan": "drop_record"}}
    log = tmp_path / "in.log"
    log.write_text(f"pan {PAN}\n" * 3)
    with Agent(blotter, tmp_path, redact) as agent:
        agent.until(r'^blotter_dropped_records_total{rule="pan"} 3$')
    with open(log, "a") as more:
        more.write("after\n")
    with Agent(blotter, tmp_path, redact) as agent:
        agent.until(r'^blotter_delivered_records_total{output="main"} 1$')
        assert 'blotter_dropped_records_total{rule="pan"}' not in agent.metrics()
    assert agent.messages("main") == ["after"]


def test_shadow_reports_and_says_that_it_is_unsafe(blotter, tmp_path):
    redact = {"actions": {"pan": "shadow"}, "i_accept_pan_in_clear": True}
    (tmp_path / "in.log").write_text(f"pan {PAN}\n")
    with Agent(blotter, tmp_path, redact) as agent:
        agent.until(r'^blotter_shadow_findings_total{rule="pan"} 1$')
        agent.until(r"^blotter_unsafe 1$")
        agent.until(r'^blotter_delivered_records_total{output="main"} 1$')
    assert agent.messages("main") == [f"pan {PAN}"]


def test_key_is_shown_nowhere(blotter, tmp_path):
    (tmp_path / "key").write_text(KEY + "\n")
    (tmp_path / "in.log").write_text(f"pan {PAN}\n")
    redact = {"actions": {"pan": "token"}, "token": {"id": "k1", "key_file": str(tmp_path / "key")}}
    with Agent(blotter, tmp_path, redact) as agent:
        agent.until(r'^blotter_delivered_records_total{output="main"} 1$')
        metrics = agent.metrics()
    assert re.fullmatch(r"pan tok_k1_[A-Z2-7]{52}", agent.messages("main")[0])
    shown = metrics
    for arguments in (["check", "-c"], ["check", "--print", "resolved", "-c"]):
        done = subprocess.run([blotter, *arguments, str(tmp_path / "c.yaml")], capture_output=True, text=True)
        assert done.returncode == 0
        shown += done.stdout + done.stderr
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.name != "key":
            shown += path.read_bytes().decode(errors="replace")
    assert KEY not in shown and KEY[:16] not in shown


def redact(program, *arguments, text=f"pan {PAN}\n", env=None):
    return subprocess.run([program, "redact", *arguments], input=text, capture_output=True, text=True,
                          env={"PATH": os.environ["PATH"], **(env or {})})


def test_key_from_file_or_variable(blotter, tmp_path):
    (tmp_path / "key").write_text(KEY + "\n")
    arguments = ["--action", "pan=token", "--token-id", "k1"]
    by_file = redact(blotter, *arguments, "--token-key-file", str(tmp_path / "key"))
    by_variable = redact(blotter, *arguments, "--token-key-env", "SOME_KEY", env={"SOME_KEY": KEY})
    other = redact(blotter, *arguments, "--token-key-env", "SOME_KEY", env={"SOME_KEY": KEY[::-1]})
    assert by_file.returncode == by_variable.returncode == other.returncode == 0
    assert by_file.stdout == by_variable.stdout != other.stdout
    (tmp_path / "short").write_text("fifteen bytes !\n")
    for last, code in ((["--token-key-file", str(tmp_path / "short")], 78),
                       (["--token-key-file", str(tmp_path / "nowhere")], 64),
                       (["--token-key-env", "NO_SUCH"], 64), ([], 64)):
        done = redact(blotter, *arguments, *last)
        assert done.returncode == code and done.stdout == "" and "fifteen" not in done.stderr


def test_words_are_judged_with_all_else(blotter, tmp_path):
    """The mistakes below redact, and one elsewhere, in one go, each with its place."""
    (tmp_path / "c.yaml").write_text("""inputs: {app: {type: tail, paths: [/in.log]}}
redact:
  packs: [pci, secret]
  keep: last5
  masked: kep
  actions: {pan: tokn, cvv: sha256}
output: {}
""")
    done = subprocess.run([blotter, "check", "-c", str(tmp_path / "c.yaml")], capture_output=True, text=True)
    told = [line.split("c.yaml:")[1].split(": ", 2) for line in (done.stdout + done.stderr).splitlines()]
    assert done.returncode == 78
    assert [(place, key) for place, key, _ in told if key.startswith("redact")] == [
        ("3:10", "redact.packs"), ("4:9", "redact.keep"), ("5:11", "redact.masked"),
        ("6:18", "redact.actions.pan")]
    assert [what[what.rindex("did"):] for _, key, what in told if "mean" in what and "redact" in key] == [
        "did you mean secrets?", "did you mean last4?", "did you mean keep?", "did you mean token?"]
    assert any(key == "output" for _, key, _ in told)


@pytest.mark.parametrize("arguments, told", [
    (["--action", "pan=mask,nope=mask"], "--action, number 2: no rule"),
    (["--action", "pan=sha256"], "without a key"),
    (["--action", "cvv=shadow"], "never let through"),
    (["--action", "pan=shadow"], "i_accept_pan_in_clear"),
    (["--action", "pan=mask", "--keep", "first6_last4"], "for the action stars"),
])
def test_what_must_not_be_is_refused(blotter, arguments, told):
    done = redact(blotter, *arguments)
    assert done.returncode == 78 and done.stdout == "" and told in done.stderr


@pytest.mark.parametrize("redact_section, told", [
    ("{actions: {pan: quarantine}}", "redact.quarantine"),
    ("{quarantine: nowhere}", "redact.quarantine"),
    ("{actions: {pan: token}, token: {id: k1}}", "redact.token"),
    ("{actions: {pan: token}}", "needs a key"),
    ("{actions: {cvv: replace, nope: mask}}", "c.yaml:3:40: redact.actions.nope: no rule"),
])
def test_configurations_that_cannot_work(blotter, tmp_path, redact_section, told):
    (tmp_path / "c.yaml").write_text(f"""
inputs: {{app: {{type: tail, paths: [{tmp_path}/in.log]}}}}
redact: {redact_section}
outputs: {{main: {{type: stdout}}}}
""")
    done = subprocess.run([blotter, "check", "-c", str(tmp_path / "c.yaml")], capture_output=True, text=True)
    assert done.returncode == 78 and told in done.stdout + done.stderr
