"""The manifest is what a cluster takes, and keeps the promises that its comments make."""

import os
import pathlib

import kubernetes_validate
import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT = (ROOT / "deploy/k8s/sidecar.yaml").read_text()
DOCUMENTS = {d["kind"]: d for d in yaml.safe_load_all(TEXT)}
POD = DOCUMENTS["Deployment"]["spec"]["template"]["spec"]
SIDECAR, = POD["initContainers"]
CONFIG = DOCUMENTS["ConfigMap"]["data"]["blotter.yaml"]


@pytest.mark.parametrize("version", ["1.29", "1.33", "1.37"])
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_schema(kind, version):
    kubernetes_validate.validate(DOCUMENTS[kind], version, strict=True)


def test_schema_refuses_a_wrong_key():
    wrong = yaml.safe_load(TEXT.split("---")[1].replace("restartPolicy: Always", "restartPolicies: Always"))
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, "1.33", strict=True)


def test_is_a_native_sidecar():
    assert SIDECAR["restartPolicy"] == "Always"


def test_probes_never_ask_for_the_broker():
    assert "readinessProbe" not in SIDECAR
    for probe in ("startupProbe", "livenessProbe"):
        assert SIDECAR[probe]["httpGet"]["path"] == "/healthz"


@pytest.mark.parametrize("container", [SIDECAR, *POD["containers"]], ids=lambda c: c["name"])
def test_security_context_is_restricted(container):
    context = container["securityContext"]
    assert context["allowPrivilegeEscalation"] is False
    assert context["readOnlyRootFilesystem"] is True
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert POD["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}


def test_every_mount_has_its_volume():
    volumes = {v["name"] for v in POD["volumes"]}
    for container in [SIDECAR, *POD["containers"]]:
        assert {m["name"] for m in container["volumeMounts"]} <= volumes


def test_raw_logs_stay_in_memory():
    logs = next(v for v in POD["volumes"] if v["name"] == "logs")
    assert logs["emptyDir"]["medium"] == "Memory"
    assert logs["emptyDir"]["sizeLimit"]


def test_paths_of_the_configuration_are_mounted():
    config = yaml.safe_load(CONFIG)
    mounts = {m["mountPath"] for m in SIDECAR["volumeMounts"]}
    assert config["state_dir"] in mounts
    assert {os.path.dirname(p) for p in config["inputs"]["app"]["paths"]} <= mounts
    assert config["on_bad_config"] == "hold"
