"""Writes the packs given as a C table: embed.py OUTPUT PACK…"""

import pathlib
import sys


def main():
    output, packs = sys.argv[1], [pathlib.Path(p) for p in sys.argv[2:]]
    lines = ['#include "rules/pack/pack.h"', ""]
    for pack in packs:
        data = pack.read_bytes()
        lines.append(f"static const unsigned char {pack.stem}[] = {{")
        for at in range(0, len(data), 16):
            lines.append("    " + " ".join(f"{byte}," for byte in data[at:at + 16]))
        lines.append("};")
    lines += ["", "const struct pack packs[] = {"]
    for pack in packs:
        lines.append(f'    {{"{pack.stem}", {pack.stem}, sizeof({pack.stem})}},')
    lines += ["    {0, 0, 0},", "};", ""]
    pathlib.Path(output).write_text("\n".join(lines))


main()
