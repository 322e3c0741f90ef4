"""The shared library as others get it: installed, found by pkg-config, its exported symbols."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True,
                          **options).stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """The folder that stands for /usr/local after an installation."""
    root = tmp_path_factory.mktemp("installed")
    run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", root)
    return root / "usr" / "local"


def package(prefix, *arguments):
    config = next(prefix.rglob("blotter.pc"))
    environment = {**os.environ, "PKG_CONFIG_PATH": str(config.parent)}
    return run("pkg-config", f"--define-variable=prefix={prefix}", *arguments, "blotter", env=environment).split()


def shared(prefix):
    return next(prefix.rglob("libblotter.so.0"))


def declared():
    """The functions of the header."""
    header = (ROOT / "rules" / "blotter.h").read_text()
    header = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    return set(re.findall(r"^BLOT_API\b[^;(]*?\b(blot_\w+)\(", header, flags=re.M))


def exported(library):
    """Name and version of every symbol that the library defines for others."""
    lines = run("nm", "-D", "--defined-only", library).splitlines()
    names = [line.split()[-1] for line in lines]
    return {name for name in names if name != "BLOTTER_0"}


def test_exports_are_the_functions_of_the_header(prefix):
    listed = set(re.findall(r"\b(blot_\w+);", (ROOT / "rules" / "exports.map").read_text()))
    assert listed == declared()
    assert exported(shared(prefix)) == {f"{name}@@BLOTTER_0" for name in listed}


def test_name_holds_the_abi_version(prefix):
    assert re.search(r"SONAME.*\[libblotter\.so\.0\]", run("readelf", "-d", shared(prefix)))
    assert re.search(r"#define BLOT_ABI_VERSION +0\n", (prefix / "include" / "blotter.h").read_text())


@pytest.mark.parametrize("compiler", [["gcc", "-std=c11"], ["clang", "-std=c11"], ["g++", "-x", "c++"]])
def test_header_stands_alone(prefix, tmp_path, compiler):
    source = tmp_path / "header.c"
    source.write_text("#include <blotter.h>\nint main(void) { return blot_version() == 0; }\n")
    run(*compiler, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only",
        *package(prefix, "--cflags"), source)


@pytest.mark.parametrize("static", [False, True])
def test_example(prefix, tmp_path, static):
    program = tmp_path / "example"
    flags = package(prefix, "--cflags", "--libs", *(["--static"] if static else []))
    if static:
        flags = [str(next(prefix.rglob("libblotter.a"))) if flag == "-lblotter" else flag for flag in flags]
    run("cc", "-Wall", "-Wextra", "-Werror", ROOT / "test" / "library" / "example.c", *flags, "-o", program)
    environment = {**os.environ, "LD_LIBRARY_PATH": "" if static else str(shared(prefix).parent)}
    text = "card 4111 1111 1111 1111 cvv=123\nnothing here\n"
    done = subprocess.run([program], input=text, capture_output=True, text=True, env=environment)
    assert done.stdout == "card ************1111 cvv=[REDACTED_CVV]\nnothing here\n"
    assert done.stderr == "pan: 19 bytes at 5\ncvv: 3 bytes at 29\n"
    assert done.returncode == 0
    needed = run("readelf", "-d", program)
    assert ("libblotter.so.0" in needed) != static


def test_version_is_the_project_s(prefix):
    project = re.search(r"version: '([^']+)'", (ROOT / "meson.build").read_text()).group(1)
    header = (ROOT / "rules" / "blotter.h").read_text()
    parts = [re.search(rf"#define BLOT_VERSION_{part} +(\d+)", header).group(1)
             for part in ("MAJOR", "MINOR", "PATCH")]
    assert ".".join(parts) == project
    assert package(prefix, "--modversion") == [project]
    assert shared(prefix).resolve().name == f"libblotter.so.{project}"
