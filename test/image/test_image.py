"""The image is built as the Containerfile says, over a bare Debian 13, and its program works."""

import json
import pathlib
import shutil
import subprocess

import pytest
import yaml

import debian

ROOT = pathlib.Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


class Image:
    def __init__(self, folder):
        self.storage = ["--storage-driver", "vfs", "--root", str(folder / "storage"),
                        "--runroot", str(folder / "run")]

    def buildah(self, *arguments, text=None, check=True):
        done = subprocess.run(["buildah", *self.storage, *arguments], input=text, text=True,
                              capture_output=True, timeout=1500)
        if check and done.returncode != 0:
            raise AssertionError(f"buildah {arguments[0]}: {done.stdout[-4000:]}{done.stderr[-4000:]}")
        return done

    def import_base(self, folder):
        container = self.buildah("from", "scratch").stdout.strip()
        self.buildah("copy", container, str(folder), "/")
        self.buildah("commit", "--rm", container, "localhost/debian:trixie")

    def build(self):
        # --pull-never: the base is the one just made; no registry of images is asked.
        self.buildah("bud", "--isolation", "chroot", "--pull-never", "--build-arg",
                     "BASE=localhost/debian:trixie", "-f", str(ROOT / "deploy/Containerfile"),
                     "-t", "localhost/blotter:test", str(ROOT))
        self.container = self.buildah("from", "--pull-never", "localhost/blotter:test").stdout.strip()
        self.root = pathlib.Path(self.buildah("mount", self.container).stdout.strip())

    def run(self, *arguments, text="", options=()):
        return self.buildah("run", "--isolation", "chroot", *options, self.container, "--",
                            "/usr/bin/blotter", *arguments, text=text, check=False)


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    folder = tmp_path_factory.mktemp("image")
    debian.bootstrap(folder / "trixie", "trixie")
    one = Image(folder)
    one.import_base(folder / "trixie")
    one.build()
    yield one
    one.buildah("umount", one.container)
    shutil.rmtree(folder)  # each layer of the vfs driver is a whole copy


def test_is_not_root(image):
    config = json.loads(image.buildah("inspect", "--type", "image", "localhost/blotter:test").stdout)
    assert config["OCIv1"]["config"]["User"] == "65532:65532"
    assert config["OCIv1"]["config"]["Entrypoint"] == ["/usr/bin/blotter"]


def test_holds_the_program_and_libraries_only(image):
    executables = [p for p in image.root.rglob("*")
                   if p.is_file() and p.stat().st_mode & 0o111 and ".so" not in p.name]
    assert [p.name for p in executables] == ["blotter"]
    assert not (image.root / "bin/sh").exists()


def test_redacts(image):
    done = image.run("redact", text="card 4111-1111-1111-1111 cvv: 999\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "card ************1111 cvv: [REDACTED_CVV]\n"


def test_accepts_the_manifest(image, tmp_path):
    documents = yaml.safe_load_all((ROOT / "deploy/k8s/sidecar.yaml").read_text())
    data = next(d for d in documents if d["kind"] == "ConfigMap")["data"]["blotter.yaml"]
    tmp_path.chmod(0o755)
    (tmp_path / "blotter.yaml").write_text(data)
    done = image.run("check", "-c", "/etc/blotter/blotter.yaml",
                     options=("--volume", f"{tmp_path}:/etc/blotter"))
    assert done.returncode == 0, done.stderr


def test_runs(image, tmp_path):
    """Text file in, clean JSON out, as the image's own user on a state folder it owns."""
    tmp_path.chmod(0o777)
    (tmp_path / "app.log").write_text("auth pan=4111111111111111 cvv=123\n")
    (tmp_path / "blotter.yaml").write_text(
        "inputs:\n  app: {type: tail, paths: [/data/app.log]}\n"
        "outputs:\n  screen: {type: stdout}\nstate_dir: /var/lib/blotter\n")
    done = image.run("run", "-c", "/data/blotter.yaml", "--until-eof",
                     options=("--volume", f"{tmp_path}:/data"))
    assert done.returncode == 0, done.stderr
    record, = map(json.loads, done.stdout.splitlines())
    assert record["message"] == "auth pan=************1111 cvv=[REDACTED_CVV]"
    assert record["log.file.path"] == "/data/app.log"
