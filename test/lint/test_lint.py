"""Runs every check on the tree, and first on trees that break exactly one rule each."""

import pathlib
import subprocess

import lint
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A tree that every check accepts; each case below adds or replaces one file.
CLEAN = {
    "rules/blotter.h": "#pragma once\nint blot_scan(int a);\n",
    "rules/scan.c": '#include "rules/blotter.h"\n\nint blot_scan(int a)\n{\n    return a;\n}\n',
    "agent/line.h": "#pragma once\nint line_end(int a);\n",
    "agent/line.c": '#include "agent/line.h"\n\n#include "rules/blotter.h"\n\nint line_end(int a)\n{\n'
                    "    struct clean b = {0};\n    c = (struct clean){0};\n    if (a < 0)\n        goto out;\n    a = blot_scan(a);\nout:\n    return a;\n}\n",
    "agent/pipeline.c": '#include "agent/input/tail.h"\n#include "agent/output/kafka.h"\n',
    "agent/input/tail.h": "#pragma once\nint tail_open(int a);\n",
    "agent/output/kafka.h": "#pragma once\nint kafka_open(int a);\n",
    "rules/simd/width_neon.h": "#pragma once\n#include <arm_neon.h>\n\ntypedef uint8x16_t vector;\n",
    "rules/simd/width_avx2.h": "#pragma once\n#include <immintrin.h>\n\nstatic inline __m256i vector_zero(void)\n"
                               "{\n    return _mm256_setzero_si256();\n}\n",
    "rules/simd/width_scalar.h": "#pragma once\ntypedef struct vector_bytes {\n    char at[16];\n} vector;\n",
    "README.md": "[agent](agent/), [line](agent/line.c#L3), [site](https://example.org/a)\n",
    "test/run": "#!/bin/sh\necho \"$1\"\n",
}

VIOLATIONS = [
    ("include_direction", "rules/a.c", '#include "agent/line.h"\n'),
    ("include_direction", "rules/a.c", '#include "plugin/a.h"\n'),
    ("include_direction", "rules/a.c", '#include "blotter.h"\n'),
    ("include_direction", "agent/a.c", '#include "plugin/a.h"\n'),
    ("include_direction", "agent/a.c", '#include "rules/scan.h"\n'),
    ("include_direction", "agent/a.c", '#include "agent/input/tail.h"\n'),
    ("include_direction", "agent/a.c", '#include "test/unit/a.h"\n'),
    ("include_direction", "agent/command/run.c", '#include "agent/output/kafka.h"\n'),
    ("include_direction", "agent/output/a.c", '#include "agent/input/tail.h"\n'),
    ("include_direction", "agent/frame/a.c", '#  include "agent/parse/json.h"\n'),
    ("include_direction", "agent/a.c", '#include "agent/command/run.h"\n'),
    ("file_length", "agent/a.c", "\n" * 801),
    ("file_length", "test/a.py", "\n" * 801),
    ("file_names", "agent/util.c", "\n"),
    ("file_names", "agent/common/a.c", "\n"),
    ("function_prefix", "agent/a.c", "int b_open(int c)\n{\n    return c;\n}\n"),
    ("function_prefix", "agent/a.c", "const char *\nbopen(int c, int d)\n{\n    return 0;\n}\n"),
    ("function_prefix", "rules/a.c", "int blot_unheard(void)\n{\n    return 0;\n}\n"),
    ("header_alone", "rules/simd/width_neon.h", "#pragma once\nuint8x16_t vector_zero(void);\n"),
    ("public_names", "rules/a.h", "#pragma once\nint blot_scan(int a);\n"),
    ("no_typedef", "agent/a.h", "#pragma once\ntypedef struct a a;\n"),
    ("control_flow", "agent/a.c", "#define TRY(x) \\\n    if (x) \\\n    return 1\n"),
    ("control_flow", "agent/a.c", "int a_run(int b)\n{\nagain:\n    if (b--)\n        goto again;\n    return 0;\n}\n"),
    ("pure_rules", "rules/a.c", "int a_run(int b)\n{\n    return fprintf(stderr, \"\");\n}\n"),
    ("clean_constructors", "agent/a.c", "struct clean a = {b, 1};\n"),
    ("clean_constructors", "agent/a.c", "struct clean a = {.data = b};\n"),
    ("clean_constructors", "agent/a.c", "int a_b = f((struct clean){b, 1});\n"),
    ("clean_constructors", "agent/a.c", "const struct clean *a = (const struct clean *)b;\n"),
    ("words", "agent/a.c", "/* TO" "DO: later */\n"),
    ("words", "test/b.sh", "#!/bin/sh\n# FIX" "ME\n"),
    ("links", "agent/README.md", "see [tail](input/tail.c)\n"),
    ("shell", "test/b", "#!/bin/bash\ncd $1\n"),
    ("formatting", "agent/a.c", "int  a;\n"),
    ("header_alone", "agent/a.h", "#pragma once\nint a_open(struct b c, size_t d);\n"),
]


def plant(root, files):
    (root / ".clang-format").write_text((ROOT / ".clang-format").read_text())
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return lint.Tree(root)


@pytest.mark.parametrize("name", lint.checks)
def test_accepts_clean_tree(name, tmp_path):
    assert lint.checks[name](plant(tmp_path, CLEAN)) == []


@pytest.mark.parametrize("name,path,text", VIOLATIONS)
def test_finds_violation(name, path, text, tmp_path):
    found = lint.checks[name](plant(tmp_path, {**CLEAN, path: text}))
    assert found and all(path in violation for violation in found)


def test_every_check_has_a_violation():
    assert {name for name, _, _ in VIOLATIONS} == set(lint.checks)


@pytest.mark.parametrize("name", lint.checks)
def test_tree(name):
    assert lint.checks[name](lint.Tree(ROOT)) == []


@pytest.mark.parametrize("argument,compiles", [("clean", True), ("raw", False)])
def test_raw_does_not_pass_for_clean(argument, compiles):
    source = ('#include "agent/text.h"\nvoid keep(struct clean text);\n'
              f"void probe(struct {argument} text)\n{{\n    keep(text);\n}}\n")
    done = subprocess.run(["cc", "-std=gnu11", "-fsyntax-only", "-I", str(ROOT), "-x", "c", "-"],
                          input=source, text=True, capture_output=True)
    assert (done.returncode == 0) == compiles
    assert compiles or "incompatible type" in done.stderr
