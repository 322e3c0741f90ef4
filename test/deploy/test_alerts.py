"""The alerts parse, fire when they should and only then, and ask for metrics that exist."""

import pathlib
import re
import shutil
import subprocess

import pytest
import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ALERTS = ROOT / "deploy/prometheus/alerts.yaml"
RULES = [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def promtool(*arguments, cwd=None):
    return subprocess.run(["promtool", *arguments], cwd=cwd, capture_output=True, text=True)


def fire(folder, text):
    """Runs the alerts' own tests on the given text of the rules."""
    (folder / "alerts.yaml").write_text(text)
    shutil.copy(HERE / "alerts_test.yaml", folder)
    return promtool("test", "rules", "alerts_test.yaml", cwd=folder)


def test_rules_parse():
    done = promtool("check", "rules", str(ALERTS))
    assert done.returncode == 0 and "6 rules found" in done.stdout, done.stdout + done.stderr


def test_fire_on_their_fault(tmp_path):
    done = fire(tmp_path, ALERTS.read_text())
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r["alert"])
def test_a_rule_that_never_fires_is_seen(rule, tmp_path):
    broken = yaml.safe_dump({"groups": [{"name": "blotter", "rules": [
        {**r, "expr": f"({r['expr']}) and vector(0) > 1" if r is rule else r["expr"]} for r in RULES]}]})
    assert fire(tmp_path, broken).returncode != 0


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r["alert"])
def test_metrics_exist(rule):
    source = "".join(p.read_text() for p in (ROOT / "agent").glob("*.c"))
    names = set(re.findall(r"\bblotter_\w+", rule["expr"]))
    assert names and all(f'"{name}' in source for name in names)


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r["alert"])
def test_has_one_line_of_runbook(rule):
    assert rule["annotations"]["runbook"] and "\n" not in rule["annotations"]["runbook"]
