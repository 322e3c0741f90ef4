"""The configurations that deploy/ hands out are ones that the program takes."""

import os
import pathlib
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = {d["kind"]: d for d in yaml.safe_load_all((ROOT / "deploy/k8s/sidecar.yaml").read_text())}
CONFIG = DOCUMENTS["ConfigMap"]["data"]["blotter.yaml"]
SIDECAR, = DOCUMENTS["Deployment"]["spec"]["template"]["spec"]["initContainers"]


def check(program, text, folder):
    path = folder / "blotter.yaml"
    path.write_text(text)
    variables = {v["name"]: v.get("value", "x") for v in SIDECAR["env"]}
    return subprocess.run([program, "check", "-c", str(path)], capture_output=True, text=True,
                          env={**os.environ, **variables}, timeout=60)


def test_configuration_passes_check(blotter, tmp_path):
    done = check(blotter, CONFIG, tmp_path)
    assert done.returncode == 0, done.stderr


def test_check_refuses_an_unknown_key(blotter, tmp_path):
    done = check(blotter, CONFIG.replace("after: delete", "aftr: delete"), tmp_path)
    assert done.returncode == 78
    assert "aftr" in done.stderr
