"""test/run itself: what it counts, what it calls a failure, and what its last line says.

Each case plants one suite into a small project and runs test/run there."""

import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MESON = """project('blotter', 'c')
test('good', find_program('true'), suite: 'programs')
test('bad', find_program(@PROGRAM@), suite: 'programs')
"""
TAP = "#!/bin/sh\necho 'ok 1 a'\n"

CASES = [
    # name, file of the suite `one`, its text, passed, failed
    ("tap", "run", TAP, 1, 0),
    ("tap failure", "run", TAP + "echo 'not ok 2 b'\nexit 1\n", 1, 1),
    ("tap skip", "run", TAP + "echo 'ok 2 b # SKIP no tool'\n", 1, 1),
    ("tap exit code", "run", TAP + "exit 3\n", 1, 1),
    ("tap says nothing", "run", "#!/bin/sh\n", 0, 1),
    ("tap crash", "run", "#!/bin/sh\nkill -SEGV $$\n", 0, 1),
    ("pytest", "test_a.py", "def test_a(): pass\n\n\ndef test_b(): pass\n", 2, 0),
    ("pytest failure", "test_a.py", "def test_a(): pass\n\n\ndef test_b(): assert 0\n", 1, 1),
    ("pytest error", "test_a.py", "import pytest\n\n\n@pytest.fixture\ndef a(): assert 0\n\n\n"
                                  "def test_a(a): pass\n", 0, 1),
    ("pytest skip", "test_a.py", "import pytest\n\n\ndef test_a(): pytest.skip('no tool')\n", 0, 1),
    ("pytest import", "test_a.py", "import absent_module\n", 0, 1),
    ("pytest empty", "test_a.py", "\n", 0, 1),
    ("pytest long", "test_a.py", "import pytest\n\n\n@pytest.mark.long\ndef test_a(): assert 0\n\n\n"
                                 "def test_b(): pass\n", 1, 0),
]


def plant(root, program="'true'"):
    (root / "test").mkdir()
    for name in ("run", "pytest.ini"):
        shutil.copy(ROOT / "test" / name, root / "test" / name)
    (root / "meson.build").write_text(MESON.replace("@PROGRAM@", program))


def run(root, *arguments):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MESON", "BUILD", "TEST_"))}
    return subprocess.run([str(root / "test/run"), "--no-install", *arguments], env=environment,
                          capture_output=True, text=True)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    root = tmp_path_factory.mktemp("tree")
    plant(root)
    run(root, "programs")  # builds once for all cases
    return root


@pytest.mark.parametrize("file,text,passed,failed", [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_counts(tree, file, text, passed, failed):
    suite = tree / "test/one"
    shutil.rmtree(suite, ignore_errors=True)
    suite.mkdir()
    (suite / file).write_text(text)
    (suite / file).chmod(0o755)
    done = run(tree, "one")
    assert done.stdout.splitlines()[-1] == f"{passed} passed, {failed} failed", done.stdout + done.stderr
    assert done.returncode == (1 if failed else 0)
    assert ("==== one" in done.stdout) == bool(failed)


def test_programs_run_in_every_build(tree):
    done = run(tree, "programs")
    assert done.stdout.splitlines()[-1] == "6 passed, 0 failed", done.stdout
    assert done.returncode == 0


def test_programs_that_fail(tmp_path):
    plant(tmp_path, "'false'")
    done = run(tmp_path, "programs")
    assert done.stdout.splitlines()[-1] == "3 passed, 3 failed", done.stdout
    assert done.returncode == 1


def test_every_suite_is_found(tree):
    suite = tree / "test/one"
    shutil.rmtree(suite, ignore_errors=True)
    suite.mkdir()
    (suite / "test_a.py").write_text("def test_a(): pass\n")
    done = run(tree)
    assert done.stdout.splitlines()[-1] == "7 passed, 0 failed", done.stdout


def test_unknown_suite_is_refused(tree):
    done = run(tree, "absent")
    assert done.returncode == 64
    assert "no suite absent" in done.stderr


def test_a_build_that_fails_is_a_failure(tmp_path):
    plant(tmp_path)
    (tmp_path / "meson.build").write_text("project('blotter', 'c')\nerror('broken on purpose')\n")
    done = run(tmp_path)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed"
    assert "broken on purpose" in done.stdout
