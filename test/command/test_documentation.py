"""What the pages say of keys and options is what the program knows, and nothing is left out."""

import pathlib
import re
import subprocess

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("agent", "deploy", "plugin", "rules")
PAGES = {str(path.relative_to(ROOT)): path.read_text()
         for path in [ROOT / "README.md", *(p for f in FOLDERS for p in (ROOT / f).rglob("*.md"))]}
MANUAL = (ROOT / "deploy/man/blotter.1").read_text().replace("\\-", "-")
# Of test/run and deploy/quickstart, of a compiler, of other programs.
OTHER_OPTIONS = {"--long", "--no-install", "--record"}


@pytest.fixture(scope="module")
def listed(blotter):
    return subprocess.run([blotter, "check", "--print", "options"], check=True, timeout=60,
                          capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def options(blotter):
    """{command: its long options}, from --help."""
    def help_of(*command):
        return subprocess.run([blotter, *command, "--help"], check=True, timeout=60,
                              capture_output=True, text=True).stdout
    names = re.findall(r"^  (\w+) +\S", help_of(), re.M)
    return {name: set(re.findall(r"^ {2}(?:-\w, | {4})(--[\w-]+)", help_of(name), re.M))
            for name in names}


def keys_of(text):
    """The keys of a listing, by section: `top`, `every input`, `type: file` …"""
    keys, section = {}, "top"
    for line in text.splitlines():
        if line.startswith("# "):
            section = line[2:].split(",")[0]
        elif match := re.match(r"([a-z][\w.]*): ", line):
            keys.setdefault(section, set()).add(match[1])
    return keys


def unknown_keys(text, keys):
    """Keys in code spans of a page that no configuration has."""
    sections = {key.split(".")[0] for key in keys["top"] if "." in key} - {"log"}  # log.* are fields
    known = set.union(*keys.values())
    prefixes = {key[:i] for key in known for i, c in enumerate(key) if c == "."}
    spans = re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)`", text)
    return [span for span in spans
            if span.split(".")[0] in sections | {"rotate"} and span not in known | prefixes]


def unknown_options(text, options):
    """Options on a page that no command has, or not the one that stands before them."""
    every = set.union(*options.values())
    wrong = [name for name in re.findall(r"(?<![\w-])(--[a-z][\w-]*)", text)
             if name not in every | OTHER_OPTIONS]
    for span in re.findall(r"`([^`\n]+)`", text) + re.findall(r"^build/agent/.*$", text, re.M):
        words = span.split()
        command = next((word for word in words if word in options), None)
        if command and words.index(command) <= 1:
            wrong += [f"{command} {word}" for word in words
                      if re.fullmatch(r"--[\w-]+", word) and word not in options[command]]
    return wrong


def test_the_reference_of_keys_is_what_the_program_prints(listed):
    block = re.search(r"^```\n(.*?)^```$", PAGES["agent/configuration.md"], re.M | re.S)[1]
    assert block == listed


@pytest.mark.parametrize("page", PAGES)
def test_keys_on_pages_are_known(listed, page):
    assert unknown_keys(PAGES[page], keys_of(listed)) == []


def test_an_unknown_key_is_seen(listed):
    keys = keys_of(listed)
    assert unknown_keys("`buffer.memory` `rotate.size` `redact.token`", keys) == []
    assert unknown_keys("`buffer.momery` and `rotate.sizes`", keys) == ["buffer.momery", "rotate.sizes"]


@pytest.mark.parametrize("page", [page for page in PAGES if not page.startswith("plugin/")])
def test_options_on_pages_are_known(options, page):
    assert unknown_options(PAGES[page], options) == []


def test_an_unknown_option_is_seen(options):
    assert unknown_options("`redact --stats`, `blotter scan --json`, `--shadow`", options) == []
    assert unknown_options("`blotter redact --json`", options) == ["redact --json"]
    assert unknown_options("`--no-such`", options) == ["--no-such"]


def test_the_manual_has_every_option_and_no_other(options):
    told = re.split(r"^\.SS (\w+)$", MANUAL.split(".SH OPTIONS\n")[1].split("\n.SH ")[0], flags=re.M)
    sections = dict(zip(told[1::2], told[2::2]))
    assert {"run", "redact", "scan"} <= set(sections)
    for command, text in sections.items():
        named = set(re.findall(r"^\.BI \".*?(--[\w-]+)", text, re.M))
        assert named == options[command] - {"--help"}, command
    assert unknown_options(MANUAL, options) == []


@pytest.mark.parametrize("page", [page for page in PAGES if "```yaml" in PAGES[page]])
def test_examples_have_known_keys(blotter, page, tmp_path):
    """Each example that is a whole configuration passes check."""
    for block in re.findall(r"^```yaml\n(.*?)^```$", PAGES[page], re.M | re.S):
        if "inputs:" not in block or "outputs:" not in block or "pipeline:" in block:
            continue
        assert isinstance(yaml.safe_load(block), dict)
        (tmp_path / "c.yaml").write_text(block)
        done = subprocess.run([blotter, "check", "-c", tmp_path / "c.yaml"], timeout=60,
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
