"""The program's frame: commands, usage, exit codes, and `check` on good and bad configurations."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

GOOD = """\
inputs:
  app: {type: tail, paths: [%(logs)s/*.log]}
outputs:
  screen: {type: stdout}
"""


def luhn(digits):
    """`digits` with their check digit."""
    double = [int(d) * 2 // 10 + int(d) * 2 % 10 for d in reversed(digits)][::2]
    plain = [int(d) for d in reversed(digits)][1::2]
    return digits + str(-(sum(double) + sum(plain)) % 10)


# A card number that nobody has published for tests.
CANARY = luhn("451723849106275")


@pytest.fixture
def run(blotter, tmp_path):
    def start(*arguments, env=None, **options):
        environment = {"PATH": os.environ["PATH"], **(env or {})}
        return subprocess.run([blotter, *map(str, arguments)], env=environment, cwd=tmp_path,
                              capture_output=True, text=True, timeout=60, **options)
    return start


@pytest.fixture
def check(run, tmp_path):
    """Writes a configuration and checks it."""
    def start(text, *arguments, env=None):
        (tmp_path / "logs").mkdir(exist_ok=True)
        (tmp_path / "c.yaml").write_text(text.replace("%(logs)s", str(tmp_path / "logs")))
        return run("check", "-c", "c.yaml", *arguments, env=env)
    return start


def test_help_and_version_are_no_errors(run):
    done = run("--help")
    assert done.returncode == 0 and done.stderr == ""
    names = re.findall(r"^  (\w+) +\S", done.stdout, re.M)
    assert names == sorted(names) and "check" in names
    assert re.fullmatch(r"blotter \d+\.\d+\.\d+\n", run("--version").stdout)
    for name in names:
        page = run(name, "--help")
        assert page.returncode == 0 and page.stderr == ""
        assert page.stdout.startswith(f"usage: blotter {name}")


@pytest.mark.parametrize("arguments", [
    [], [CANARY], ["--" + CANARY], ["chekc"], ["check"], ["check", "-c"], ["check", "-c", "x", "y"],
    ["check", "--" + CANARY], ["check", "--print", CANARY, "-c", "x"], ["check", "-" + CANARY],
    ["completion"], ["completion", CANARY], ["completion", "bash", "zsh"],
])
def test_usage_errors_exit_with_64_and_echo_nothing(run, arguments):
    done = run(*arguments)
    assert done.returncode == 64
    assert done.stdout == "" and done.stderr != ""
    assert CANARY not in done.stderr


def test_a_mistyped_command_is_suggested(run):
    assert "did you mean `blotter check`?" in run("chekc").stderr


def test_a_full_disk_behind_stdout_is_an_error(blotter):
    with open("/dev/full", "w") as full:
        done = subprocess.run([blotter, "--help"], stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 73
    assert b"ENOSPC" in done.stderr


def test_a_good_configuration_is_good(check):
    done = check(GOOD)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("c.yaml: good: 1 input, 1 output, ")
    quiet = check(GOOD, "--quiet")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")


def test_what_is_printed_reads_back(check):
    first = check(GOOD + "state_dir: /s/${HOME}\n", "--print", "resolved", env={"HOME": "h"})
    assert first.returncode == 0
    assert 'state_dir: "/s/h"\n' in first.stdout
    second = check(first.stdout, "--print", "resolved")
    assert second.returncode == 0
    assert second.stdout == first.stdout


def test_all_mistakes_are_shown_at_once(check):
    done = check(GOOD.replace("paths", "pahts") + "buffer: {memroy: 1MiB}\ntimezone: Mars\n")
    assert done.returncode == 78
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "c.yaml:2:8: inputs.app.paths: is missing: give a list such as [a, b] (" + help_of(done) + ")",
        "c.yaml:2:21: inputs.app.pahts: unknown key: did you mean paths?",
        "c.yaml:5:10: buffer.memroy: unknown key: did you mean memory?",
        "c.yaml:6:11: timezone: is not a zone: write UTC, or an offset such as +02:00",
    ]


def help_of(done):
    """What the table says of the missing key: the component's own words."""
    return re.search(r"\[a, b\] \((.*)\)$", done.stderr, re.M).group(1)


@pytest.mark.parametrize("text", ["", "a: [", "x\n", "- a\n", "\x00", "a: &a [*a]\n", "[" * 9999])
def test_what_is_no_configuration_exits_with_78(check, text):
    done = check(text)
    assert done.returncode == 78
    assert re.search(r"^c\.yaml", done.stderr, re.M)


def test_an_output_that_an_input_would_read_is_refused(check, tmp_path):
    text = GOOD + "  back: {type: file, path: %(logs)s/clean.log}\n"
    done = check(text)
    assert done.returncode == 78
    assert done.stderr == ("c.yaml:5:28: outputs.back.path: is read again by input app: write it to a "
                           "folder that no input looks into\n")
    assert check(text.replace("clean.log", "clean.jsonl")).returncode == 0


def test_every_key_is_listed(run):
    done = run("check", "--print", "options")
    assert (done.returncode, done.stderr) == (0, "")
    for line in ("inputs: ", "buffer.memory: ", "# type: tail, ", "paths: ", "# type: file, ",
                 "rotate.size: a size such as 100MiB", "# type: stdout, "):
        assert re.search("^" + re.escape(line), done.stdout, re.M), line


def test_a_file_that_cannot_be_read_exits_with_78(run, tmp_path):
    done = run("check", "-c", "absent.yaml")
    assert (done.returncode, done.stderr) == (
        78, "absent.yaml: cannot be read: No such file or directory\n")
    assert run("check", "-c", tmp_path).returncode == 78
    with open(tmp_path / "large.yaml", "wb") as file:
        file.truncate(100 << 20)
    assert run("check", "-c", "large.yaml").stderr == (
        "large.yaml: larger than 1 MiB: a configuration is not\n")


@pytest.mark.parametrize("line", [
    "state_dir: /x/@", "# @", "@: 1", "state_dir: @", "timezone: '@'", "on_bad_config: @",
    "buffer: {memory: @}", "format: {fields: {pan: '@'}}", "redact: {rules: [/r/@.yaml]}",
    "state_dir: /x/${CARD}", "state_dir: ${UNSET:-@}", "state_dir: ${file:/tmp/@}",
    "state_dir: &@ x", "state_dir: !@ x", "'@", "state_dir: /x/%s" % " ".join(re.findall("....", CANARY)),
    'state_dir: "/x/%s"' % CANARY.replace("4", "\\x34"),
])
def test_a_card_number_is_refused_and_never_shown(check, line):
    done = check(GOOD + line.replace("@", CANARY) + "\n", env={"CARD": CANARY})
    assert done.returncode == 78
    assert "looks like card data" in done.stderr
    shown = re.sub(r"\D", "", done.stdout + done.stderr)
    assert CANARY not in shown and CANARY[:12] not in shown


def test_a_card_number_in_a_file_is_refused(check, tmp_path):
    (tmp_path / "secret").write_text(CANARY)
    done = check(GOOD + "state_dir: '${file:%s}'\n" % (tmp_path / "secret"))
    assert done.returncode == 78
    assert "takes in what looks like card data" in done.stderr
    assert CANARY not in done.stderr


def test_published_test_numbers_are_let_through(check):
    done = check(GOOD + "# such as 4111 1111 1111 1111\nformat: {fields: {a: '378282246310005'}}\n")
    assert (done.returncode, done.stderr) == (0, "")


def test_secrets_are_not_shown(check, tmp_path):
    (tmp_path / "secret").write_text("hunter2\n")
    text = GOOD + """\
format:
  fields: {my_password: hunter2, from_file: '${file:%s}', from_env: '${APP_TOKEN}', open: seen}
workers: ${APP_TOKEN}
""" % (tmp_path / "secret")
    env = {"APP_TOKEN": "hunter2"}
    bad = check(text, "--print", "resolved", env=env)
    assert bad.returncode == 78 and "hunter2" not in bad.stdout + bad.stderr
    good = check(text.replace("workers: ${APP_TOKEN}\n", ""), "--print", "resolved", env=env)
    assert good.returncode == 0 and "hunter2" not in good.stdout + good.stderr
    assert good.stdout.count('"***"') == 3 and '"open": "seen"' in good.stdout


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def readiness(port):
    """Status and body of /readyz; None while nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()
    except OSError:
        return None


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not (found := condition()):
        assert time.monotonic() < deadline, "it does not come true"
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("mistake", ["zebra: 1", "x: [", "# CANARY", "workers: ${UNSET}"])
def test_a_bad_configuration_holds_where_it_asks_for_it(blotter, tmp_path, mistake):
    """It stays alive, ships nothing, says why where the probe looks, and starts once it is good."""
    port = free_port()
    (tmp_path / "a.log").write_text("one\n")
    good = f"""\
inputs: {{a: {{type: tail, paths: [{tmp_path}/a.log]}}}}
outputs: {{b: {{type: stdout}}}}
http: {{listen: "127.0.0.1:{port}"}}
on_bad_config: hold
state_dir: {tmp_path}/state
"""
    config = tmp_path / "c.yaml"
    config.write_text(good + mistake.replace("CANARY", CANARY) + "\n")
    with open(tmp_path / "out", "wb") as out, open(tmp_path / "err", "wb") as err:
        child = subprocess.Popen([blotter, "run", "-c", config], stdout=out, stderr=err)
    try:
        status, why = wait_for(lambda: readiness(port))
        assert status == 503 and "configuration has errors" in why
        assert (tmp_path / "out").read_bytes() == b""
        config.write_text(good)
        child.send_signal(signal.SIGHUP)
        wait_for(lambda: (tmp_path / "out").read_bytes().endswith(b"}\n"))
        child.terminate()
        assert child.wait(timeout=60) == 0
    finally:
        child.kill()
        child.wait()
    assert b'"message":"one"' in (tmp_path / "out").read_bytes()
    assert CANARY.encode() not in (tmp_path / "err").read_bytes()


@pytest.mark.parametrize("mistake", ["zebra: 1", "x: ["])
def test_a_bad_configuration_exits_with_78(run, tmp_path, mistake):
    (tmp_path / "c.yaml").write_text(GOOD.replace("%(logs)s", str(tmp_path)) + mistake + "\n")
    done = run("run", "-c", "c.yaml")
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.startswith("c.yaml:")


def test_no_core_before_the_first_byte(blotter, tmp_path):
    """The configuration is a pipe that nobody has written to yet: nothing was read."""
    fifo = tmp_path / "c.yaml"
    os.mkfifo(fifo)
    child = subprocess.Popen([blotter, "check", "-c", fifo], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    try:
        # Opens once the child does, so that the child is behind its first steps.
        writer = os.open(fifo, os.O_WRONLY)
        limits = open(f"/proc/{child.pid}/limits").read()
        assert re.search(r"^Max core file size +0 +0 ", limits, re.M)
        os.close(writer)
        assert child.wait(timeout=60) == 78
    finally:
        child.kill()
        child.wait()


def test_bash_completes_commands_and_options(run, tmp_path):
    script = tmp_path / "completion"
    script.write_text(run("completion", "bash").stdout)
    driver = ("source %s; COMP_WORDS=(%s); COMP_CWORD=%d; _blotter; echo ${COMPREPLY[@]}")

    def complete(words, at):
        return subprocess.run(["bash", "-c", driver % (script, words, at)], check=True, timeout=60,
                              capture_output=True, text=True).stdout.split()
    assert complete("blotter che", 1) == ["check"]
    assert complete("blotter check --c", 2) == ["--config"]
    assert "--quiet" in complete("blotter check -", 2)


def test_the_manual_names_every_command_and_is_sound(run):
    page = ROOT / "deploy/man/blotter.1"
    names = re.findall(r"^  (\w+) +\S", run("--help").stdout, re.M)
    shown = subprocess.run(["groff", "-man", "-ww", "-Tutf8", page], check=True, timeout=60,
                           capture_output=True, text=True)
    assert shown.stderr == ""
    text = re.sub(r"\x1b\[\d+m|.\x08", "", shown.stdout)
    for name in names:
        assert re.search(rf"^ {{7}}{name}\b", text, re.M), name


def test_completions_of_other_shells_name_every_command(run):
    names = re.findall(r"^  (\w+) +\S", run("--help").stdout, re.M)
    for shell in ("zsh", "fish"):
        done = run("completion", shell)
        assert done.returncode == 0
        assert all(name in done.stdout for name in names)
