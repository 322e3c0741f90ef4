"""Writes a text file as a C string: embed.py INPUT NAME OUTPUT"""

import pathlib
import sys


def main():
    text, name = pathlib.Path(sys.argv[1]).read_bytes(), sys.argv[2]
    lines = [f"extern const char {name}[];", f"const char {name}[] = {{"]
    for at in range(0, len(text), 16):
        lines.append("    " + " ".join(f"{byte}," for byte in text[at:at + 16]))
    lines += ["    0,", "};", ""]
    pathlib.Path(sys.argv[3]).write_text("\n".join(lines))


main()
