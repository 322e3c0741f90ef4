"""The rules of the house that a compiler does not hold.

`checks` maps a rule's name to a function from a Tree to a list of `path:line: what` strings.
`python3 test/lint/lint.py [ROOT]` prints every violation and exits 1 when there is one.
"""

import pathlib
import re
import subprocess
import sys

FAMILIES = ("input", "frame", "parse", "encode", "output")
MAX_LINES = 800
CLEAN_MAKERS = ("agent/clean.c", "agent/redact.c", "agent/redact.h")
VAGUE_NAMES = {"util", "utils", "common", "misc", "helper", "helpers"}
# The operations of one instruction set, one type for its vector; compiled for that set alone.
WIDTH_HEADER = re.compile(r"rules/simd/width_(\w+)\.h$")
# Spelled in halves so that this file passes its own check.
FORBIDDEN_WORDS = re.compile(r"\b(" + "|".join(("TO" "DO", "FIX" "ME", "X" "XX", "HA" "CK")) + r")\b")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
# The formatter puts a function's opening brace, and only that, alone in column 0 after a `)`.
DEFINITION = re.compile(r"^(?P<head>[A-Za-z_][^;{}#]*?)\b(?P<name>\w+)\((?P<args>[^;{}]*)\)\n\{", re.M)
TYPEDEF = re.compile(r"\btypedef\s+(struct|union|enum)\b")


class Tree:
    """The files of one checkout, read once."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        if (self.root / ".git").exists():
            listing = subprocess.run(
                ["git", "-C", str(self.root), "ls-files", "-co", "--exclude-standard"],
                check=True, capture_output=True, text=True).stdout.splitlines()
            paths = sorted(set(listing))
        else:
            paths = sorted(str(p.relative_to(self.root)) for p in self.root.rglob("*") if p.is_file())
        self.paths = [p for p in paths if (self.root / p).is_file()]
        self._text = {}

    def text(self, path):
        if path not in self._text:
            self._text[path] = (self.root / path).read_text(encoding="utf-8", errors="replace")
        return self._text[path]

    def c_files(self, *tops):
        """C sources and headers, of the given top folders or of all."""
        return [p for p in self.paths
                if p.endswith((".c", ".h")) and (not tops or p.split("/")[0] in tops)]

    def scripts(self):
        """Files whose first line names a POSIX shell or bash."""
        return [p for p in self.paths
                if re.match(r"#!.*\b(ba|da)?sh\b", self.text(p)[:100].split("\n")[0])]


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def bare(text):
    """The C text with comments, strings and character constants blanked, places kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)


def allowed_include(path, target):
    """Why `path` may not include "target", or None. The direction is plugin → agent → rules."""
    top, target_top = path.split("/")[0], target.split("/")[0]
    if target_top not in ("rules", "agent", "plugin", "test"):
        return "is not spelled from the root"
    if top == "test":
        return None
    if target_top == "test":
        return "is part of the tests"
    if top == "rules" and target_top != "rules":
        return "is above rules/"
    if top == "agent" and target_top == "plugin":
        return "is above agent/"
    if top == "agent" and target_top == "rules" and target != "rules/blotter.h":
        return "is private to rules/; rules/blotter.h is its only public header"
    family = path.split("/")[1] if top == "agent" else None
    target_family = target.split("/")[1] if target_top == "agent" and target.count("/") > 1 else None
    if target_family in FAMILIES and family != target_family:
        if family in FAMILIES:
            return "belongs to another family"
        if top == "agent" and not (path.count("/") == 1 and family.startswith("pipeline")):
            return "belongs to a family; pipeline.c alone knows those"
    if target_family == "command" and family not in ("command", "main.c"):
        return "belongs to a command"
    return None


def include_direction(tree):
    found = []
    for path in tree.c_files():
        text = tree.text(path)
        for match in INCLUDE.finditer(text):
            if match.group(1) == '"':
                reason = allowed_include(path, match.group(2))
                if reason:
                    found.append(f"{path}:{line_of(text, match.start())}: {match.group(2)} {reason}")
    return found


def file_length(tree):
    counted = [p for p in tree.paths if p.endswith((".c", ".h", ".py", ".sh")) or p in tree.scripts()]
    return [f"{p}:{MAX_LINES + 1}: {n} lines; past {MAX_LINES} a file is two files"
            for p in counted if (n := tree.text(p).count("\n")) > MAX_LINES]


def file_names(tree):
    return [f"{p}:1: a name that says nothing" for p in tree.paths
            if VAGUE_NAMES & {pathlib.PurePath(part).stem for part in p.split("/")}]


def public_functions(tree):
    """The names that rules/blotter.h declares."""
    if "rules/blotter.h" not in tree.paths:
        return set()
    return set(re.findall(r"\b(blot_\w+)\s*\(", bare(tree.text("rules/blotter.h"))))


def function_prefix(tree):
    found = []
    public = public_functions(tree)
    for path in tree.c_files("rules", "agent"):
        text = bare(tree.text(path))
        stem = pathlib.PurePath(path).stem
        for match in DEFINITION.finditer(text):
            name = match.group("name")
            if re.search(r"\bstatic\b", match.group("head")) or name == "main":
                continue
            if name.isupper():  # a macro that the build sets, once a kernel
                continue
            # frame.c has framer_new, redact.c redactor_new: the one who does what the file is named for.
            if name in public or name == stem or re.match(re.escape(stem) + "(e?r|or)?_", name):
                continue
            found.append(f"{path}:{line_of(text, match.start())}: {name}() is not static and does not "
                         f"begin with {stem}_")
    return found


def public_names(tree):
    """Only rules/blotter.h declares blot_ functions."""
    found = []
    for path in tree.c_files():
        if path == "rules/blotter.h" or not path.endswith(".h"):
            continue
        text = bare(tree.text(path))
        found += [f"{path}:{line_of(text, m.start())}: {m.group(1)}() is declared outside rules/blotter.h"
                  for m in re.finditer(r"^\w[\w \t*]*\b(blot_\w+)\s*\(", text, re.M)]
    return found


def no_typedef(tree):
    found = []
    for path in tree.c_files():
        if WIDTH_HEADER.match(path):
            continue
        text = bare(tree.text(path))
        found += [f"{path}:{line_of(text, m.start())}: typedef of a {m.group(1)}"
                  for m in TYPEDEF.finditer(text)]
    return found


def control_flow(tree):
    """goto only forward; no macro hides return or goto."""
    found = []
    for path in tree.c_files("rules", "agent", "plugin"):
        text = bare(tree.text(path))
        for match in re.finditer(r"^[ \t]*#[ \t]*define\b(?:[^\n]*\\\n)*[^\n]*", text, re.M):
            hidden = re.search(r"\b(return|goto)\b", match.group(0))
            if hidden:
                found.append(f"{path}:{line_of(text, match.start())}: a macro hides {hidden.group(1)}")
        for body in re.finditer(r"^\{\n.*?^\}", text, re.M | re.S):
            for jump in re.finditer(r"\bgoto\s+(\w+)\s*;", body.group(0)):
                label = re.search(rf"^[ \t]*{jump.group(1)}:", body.group(0), re.M)
                if label and label.start() < jump.start():
                    found.append(f"{path}:{line_of(text, body.start() + jump.start())}: goto goes back")
    return found


def pure_rules(tree):
    """rules/ has no output, no logging and no threads."""
    calls = re.compile(r"\b(printf|fprintf|vfprintf|puts|perror|syslog|pthread_\w+|thrd_\w+)\s*\(|\bstderr\b")
    found = []
    for path in tree.c_files("rules"):
        text = bare(tree.text(path))
        found += [f"{path}:{line_of(text, m.start())}: {m.group(0).rstrip('(')} in rules/"
                  for m in calls.finditer(text)]
    return found


def clean_constructors(tree):
    """Clean text is made in one place. Elsewhere nobody fills a struct clean or casts to one."""
    made = re.compile(r"\(\s*(?:const\s+)?struct\s+clean\s*\*?\s*\*?\)\s*(?!\{\s*(?:0|NULL)?\s*[,0]*\s*\})"
                      r"|\bstruct\s+clean\s+\w+\s*(?:\[\w*\]\s*)?=\s*\{(?!\s*0?\s*\})")
    found = []
    for path in tree.c_files("agent", "plugin"):
        if path in CLEAN_MAKERS:
            continue
        text = bare(tree.text(path))
        found += [f"{path}:{line_of(text, m.start())}: makes clean text outside {', '.join(CLEAN_MAKERS)}"
                  for m in made.finditer(text)]
    return found


def words(tree):
    found = []
    for path in tree.paths:
        if not path.endswith((".c", ".h", ".py", ".sh", ".md", ".build", ".yaml", ".yml", ".in")) \
                and path not in tree.scripts() or path.startswith(("test/golden/", "test/fuzz/corpus/")):
            continue
        text = tree.text(path)
        found += [f"{path}:{line_of(text, m.start())}: {m.group(1)}" for m in FORBIDDEN_WORDS.finditer(text)]
    return found


def links(tree):
    """What a page points to in this tree is there."""
    found = []
    for path in tree.paths:
        if not path.endswith(".md"):
            continue
        text = tree.text(path)
        for match in re.finditer(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text):
            if not (tree.root / path).parent.joinpath(match.group(1)).exists():
                found.append(f"{path}:{line_of(text, match.start())}: {match.group(1)} is not there")
    return found


def run_tool(tree, command, paths, pattern=None):
    if not paths:
        return []
    done = subprocess.run(command + paths, cwd=tree.root, capture_output=True, text=True)
    if done.returncode == 0:
        return []
    lines = [x for x in (done.stdout + done.stderr).splitlines() if not pattern or re.search(pattern, x)]
    return lines or [f"{command[0]}:0: exit code {done.returncode}"]


def shell(tree):
    return run_tool(tree, ["shellcheck", "--format=gcc"], tree.scripts())


def formatting(tree):
    return run_tool(tree, ["clang-format", "--dry-run", "-Werror"], tree.c_files(), r"error:")


def compiler_for(instruction_set):
    if instruction_set == "neon":
        return ["clang", "--target=aarch64-linux-gnu", "-ffreestanding"]
    if instruction_set in (None, "scalar"):
        return ["cc"]
    return ["clang", "--target=x86_64-linux-gnu", "-ffreestanding", f"-m{instruction_set}"]


def header_alone(tree):
    """Every header compiles with nothing included before it."""
    builds = [f"-I{tree.root / name}" for name in ("build", "build-asan") if (tree.root / name).is_dir()]
    found = []
    for path in tree.c_files():
        if not path.endswith(".h"):
            continue
        width = WIDTH_HEADER.match(path)
        done = subprocess.run(
            [*compiler_for(width and width.group(1)), "-std=gnu11", "-D_GNU_SOURCE", "-fsyntax-only",
             "-Wall", "-Werror", "-I.", *builds,
             "-include", path, "-x", "c", "/dev/null"],
            cwd=tree.root, capture_output=True, text=True)
        if done.returncode != 0:
            errors = [x for x in done.stderr.splitlines() if "error:" in x]
            found.append(f"{path}:1: does not compile alone: {(errors or [done.stderr])[0]}")
    return found


checks = {
    "include_direction": include_direction,
    "file_length": file_length,
    "file_names": file_names,
    "function_prefix": function_prefix,
    "public_names": public_names,
    "no_typedef": no_typedef,
    "control_flow": control_flow,
    "pure_rules": pure_rules,
    "clean_constructors": clean_constructors,
    "words": words,
    "links": links,
    "shell": shell,
    "formatting": formatting,
    "header_alone": header_alone,
}


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    tree = Tree(root)
    found = [f"{violation} [{name}]" for name, check in checks.items() for violation in check(tree)]
    print("\n".join(found))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
