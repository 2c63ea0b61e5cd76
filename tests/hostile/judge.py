#!/usr/bin/env python3
"""Whose bytes are in the sinks? Knows nothing of glossd but the note behind a line.

judge.py sinks HONEST NOTE SINK...   writes the honest lines of the sinks to HONEST; each of the other
                                     lines must have nothing but what the attacker writes, and the note.
judge.py terminal COMMAND...         runs it at a terminal, which must get no control character.
"""

import os
import pty
import re
import sys

ATTACKER = b"BIZ_NO_MESSAGE ~^\r\n\x1b\x9b\xff\0"
BLOCK = 16 << 20


def blocks(path):
    """Whole lines of the file, many at a time."""
    rest = b""
    with open(path, "rb") as f:
        while piece := f.read(BLOCK):
            cut = piece.rfind(b"\n") + 1
            if cut == 0:
                rest += piece
                continue
            yield rest + piece[:cut]
            rest = piece[cut:]
    yield rest


def sinks(honest_path, note, paths):
    foreign, own = 0, 0
    with open(honest_path, "wb") as honest:
        for path in paths:
            for block in blocks(path):
                honest.write(b"".join(re.findall(rb"^\[[^\n]*\n", block, re.M)))
                others = re.sub(rb"^\[[^\n]*\n", b"", block, flags=re.M).replace(note, b"")
                own += len(others)
                if not others.translate(None, ATTACKER):
                    continue
                for line in others.split(b"\n"):
                    if line.translate(None, ATTACKER):
                        foreign += 1
                        if foreign < 10:
                            print("nobody's line in", path, line[:300], file=sys.stderr)
    print(f"{own >> 20} MiB of the attacker's lines, {foreign} lines of nobody")
    return foreign > 0


def terminal(command):
    got = []

    def read(fd):
        got.append(os.read(fd, 65536))
        return got[-1]

    status = os.waitstatus_to_exitcode(pty.spawn(command, read))
    shown = re.sub(rb"\x1b\[[0-9;]*m", b"", b"".join(got))
    controls = re.findall(rb"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]", shown)
    print(f"{len(shown)} bytes at a terminal, {len(controls)} control characters, status {status}", file=sys.stderr)
    return bool(controls) or status not in (0, 1)


what, arguments = sys.argv[1], sys.argv[2:]
if what == "sinks":
    sys.exit(sinks(arguments[0], os.fsencode(arguments[1]), arguments[2:]))
sys.exit(terminal(arguments))
