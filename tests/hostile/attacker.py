#!/usr/bin/env python3
"""Plays somebody who owns a followed folder and wants more than that.

attacker.py FOLDER SECONDS SEED

FOLDER/srv is his; whatever he does there is drawn from SEED. Beside it are secret, honest, out and
state, which are not his. He writes only bytes of ALPHABET, plain or packed, and holes; so whoever finds
another byte in a sink knows that it came from somewhere else. Each operation is printed before it is
done, with its number.
"""

import bz2
import gzip
import lzma
import os
import random
import shutil
import struct
import sys
import time
import zlib

ALPHABET = b"BIZ_NO_MESSAGE ~^\r\n\x1b\x9b\xff"
WORDS = [b"BIZ_NO_MESSAGE", b"~", b"^~^", b"\x1b", b"\x9b", b"\xff", b"\r", b"MESSAGE " * 9]
MIB = 1 << 20


def open_now(path, mode):
    """Opens without waiting for the other end, because an earlier operation may have left a FIFO there."""
    return open(path, mode, opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK, 0o666))


class Attacker:
    def __init__(self, folder, seed):
        self.folder = folder
        self.draw = random.Random(seed)
        self.bombs = []
        self.srv = folder + "/srv"
        self.logs = self.srv + "/logs"
        self.targets = [folder + "/" + name for name in (
            "out/both.log", "out/both.log.1", "out/honest.log", "out/honest.log.1", "out/counters.jsonl",
            "state/db", "state/db.lock", "state/db.backup", "state/db-journal", "secret/app.log",
            "honest/app.log", "honest/app.log.1", "messages", "glossd.yaml", "secret/pipe")]
        self.targets += ["/proc/self/maps", "/proc/self/environ", "/proc/self/fd/2", "/dev/stderr",
                         "/dev/zero", "/dev/tty", "loop.log"]

    # ---- What he writes.

    def line(self):
        return b" ".join(self.draw.choice(WORDS) for _ in range(self.draw.randint(1, 9))) + b"\n"

    def text(self, size):
        piece = b"".join(self.line() for _ in range(64))
        return (piece * (size // len(piece) + 1))[:self.draw.randint(size // 2 + 1, size)]

    def path(self):
        inner = self.draw.choice(["", "", "one/", "two.log/", "one/deep/"])
        os.makedirs(self.logs + "/" + inner, exist_ok=True)
        tail = self.draw.choice(["", "", "", ".1", ".2", "-20260101", ".gz", ".xz", ".1.zst"])
        return f"{self.logs}/{inner}{self.draw.choice('abcdef')}.log{tail}"

    def place(self, path, content, hole=0):
        """Packed content is never seen half written: its raw bytes would be read as text."""
        aside = self.srv + "/aside"
        with open_now(aside, "wb") as f:
            f.write(content)
        if hole:
            os.truncate(aside, len(content) + hole)
        self.clear(path)
        os.rename(aside, path)

    def clear(self, path):
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)

    def is_text(self, path):
        try:
            with open_now(path, "rb") as f:
                return not (f.read(8) or b"").strip(ALPHABET + b"\0")
        except OSError:
            return False

    def soon(self):
        return time.monotonic() + self.draw.uniform(0.1, 0.6)

    # ---- Operations.

    def op_append(self):
        with open_now(self.path(), "ab") as f:
            f.write(self.text(20000))

    def op_burst(self):
        with open_now(self.srv + "/app/app.log", "ab") as f:
            f.write(self.text(4 * MIB))

    def op_link(self):
        path, target = self.path(), self.draw.choice(self.targets)
        self.clear(path)
        if os.path.lexists(path):
            os.unlink(path)
        os.symlink(self.draw.choice([target, os.path.relpath(target, os.path.dirname(path))]), path)

    def op_link_and_unlink_in_a_loop(self):
        end, path = self.soon(), self.logs + "/race.log"
        while time.monotonic() < end:
            os.symlink(self.draw.choice(self.targets), path)
            if self.draw.random() < 0.5:
                os.replace(path, path + ".1")
            else:
                os.unlink(path)

    def op_file_and_link_in_turn(self):
        end, path = self.soon(), self.logs + "/turn.log"
        while time.monotonic() < end:
            self.place(path, self.text(300))
            os.symlink(self.draw.choice(self.targets), self.srv + "/aside.link")
            os.replace(self.srv + "/aside.link", path)

    def op_folder_becomes_a_link(self):
        name = self.draw.choice(["logs", "app"])
        folder, aside = f"{self.srv}/{name}", f"{self.srv}/{name}.aside"
        os.rename(folder, aside)
        os.symlink(self.draw.choice(["../secret", "../honest", "../out", "../state", "/proc/self", "/dev"]),
                   folder)
        time.sleep(self.draw.uniform(0, 0.3))
        os.unlink(folder)
        os.rename(aside, folder)

    def op_pipe(self):
        path = self.srv + "/pipe"
        if os.path.lexists(path):
            os.unlink(path)
        if self.draw.random() < 0.5:
            os.mkfifo(path)
            try:
                fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
                os.write(fd, self.text(4000))
                os.close(fd)
            except OSError:
                pass
        else:
            os.symlink(self.draw.choice(["../secret/pipe"] + self.targets), path)

    def op_fifo_as_log(self):
        path = self.path()
        self.clear(path)
        if os.path.lexists(path):
            os.unlink(path)
        os.mkfifo(path)

    def op_folder_as_log(self):
        path = self.path()
        if os.path.lexists(path) and not os.path.isdir(path):
            os.unlink(path)
        os.makedirs(path, exist_ok=True)

    def op_rename(self):
        a, b = self.path(), self.path()
        if os.path.lexists(a) and not os.path.isdir(b):
            os.rename(a, b)

    def op_rotate_in_a_loop(self):
        end, path = self.soon(), self.logs + "/rotate.log"
        while time.monotonic() < end:
            with open_now(path, "ab") as f:
                f.write(self.text(500))
            os.replace(path, f"{path}.{self.draw.randint(1, 40)}")

    def op_truncate_and_write_in_a_loop(self):
        end, path = self.soon(), self.logs + "/rewrite.log"
        while time.monotonic() < end:
            with open_now(path, "wb") as f:
                f.write(self.text(self.draw.choice([40, 4000, 100000])))

    def op_head_or_tail_changed_in_a_loop(self):
        end, path = self.soon(), self.logs + "/head.log"
        with open_now(path, "wb") as f:
            f.write(self.text(MIB))
        while time.monotonic() < end:
            if self.draw.random() < 0.5:
                with open_now(path, "r+b") as f:
                    f.write(bytes([self.draw.choice(b"BIZ~^ ")]))
            else:
                os.truncate(path, os.path.getsize(path) * 3 // 4)
            time.sleep(0.01)

    def op_cut(self):
        path = self.path()
        if os.path.isfile(path) and self.is_text(path):
            os.truncate(path, self.draw.randint(0, os.path.getsize(path)))

    def op_create_and_unlink_in_a_loop(self):
        end, n = self.soon(), self.draw.randint(0, 1 << 30)
        while time.monotonic() < end:
            path = f"{self.logs}/storm.{n}.log"
            with open_now(path, "wb") as f:
                f.write(self.text(60))
            if self.draw.random() < 0.7:
                os.unlink(path)
            n += 1

    def op_many_rotated_names(self):
        base = self.logs + "/many.log"
        for n in range(1500):
            with open_now(f"{base}.{n}", "ab"):
                pass
        with open_now(base, "wb") as f:
            f.write(self.text(200))

    def op_names(self):
        for name in (b"\x1b]0;owned\x07.log", b"a\nb.log", b"\xff\xfe.log", b"\x9b31m.log", b"=1+1.log",
                     b"%s%n.log", b"-rf.log", b"'\"\\.log", b"x" * 240 + b".log"):
            with open_now(os.fsencode(self.logs) + b"/" + name, "ab") as f:
                f.write(self.line())

    def op_chmod(self):
        path = self.draw.choice([self.path(), self.logs + "/one", self.logs])
        if os.path.exists(path) and not os.path.islink(path):
            os.chmod(path, 0)
            time.sleep(self.draw.uniform(0, 0.2))
            if os.path.isdir(path) or self.draw.random() < 0.5:
                os.chmod(path, 0o755)

    def op_sparse(self):
        self.place(self.path(), self.text(3000), hole=self.draw.choice([1 << 16, 1 << 30, 30 << 30]))

    def op_no_newline(self):
        for n in range(40):
            self.place(f"{self.logs}/half.{n}.log", b"~" * (900 << 10))

    def op_overlong_lines(self):
        self.place(self.path(), (b"^" * (MIB + MIB // 4) + b" BIZ_NO_MESSAGE\n") * 6)

    def op_packed(self):
        text = self.text(self.draw.choice([3000, MIB]))
        pack = self.draw.choice([gzip.compress, lzma.compress, bz2.compress, zstd])
        content = pack(text)
        if self.draw.random() < 0.3:
            content = content[:self.draw.randint(8, len(content))]
        self.place(self.path(), content)

    def op_packed_twice(self):
        self.place(self.path(), gzip.compress(lzma.compress(self.text(MIB))))

    def op_bomb(self):
        if not self.bombs:
            self.bombs = [gzip.compress(b"~" * (48 * MIB)), bz2.compress(b"~\n" * (8 * MIB)),
                          lzma.compress((b"~" * 999 + b"\n") * 50000, preset=0),
                          zstd(b"\n", 2000 << 17, 17), zstd(b"~", 2000 << 17, 17)]
        self.place(self.path(), self.draw.choice(self.bombs))

    def op_dictionaries(self):
        for n in range(12):
            self.place(f"{self.logs}/window.{n}.log.zst", zstd(self.text(3000), window=27))
            self.place(f"{self.logs}/window.{n}.log.xz", xz_with_dictionary(self.text(3000), 38))

    def op_padding(self):
        self.place(self.path(), lzma.compress(b""), hole=6 << 30)

    def op_overlong_lines_packed(self):
        self.place(self.path(), gzip.compress((b"^" * (MIB + MIB // 4) + b"\n") * 20))

    def op_wait(self):
        time.sleep(self.draw.uniform(0.3, 1))

    def op_tidy(self):
        for name in os.listdir(self.logs):
            path = self.logs + "/" + name
            os.unlink(path) if os.path.islink(path) or not os.path.isdir(path) else shutil.rmtree(path)


def zstd(text, repeat=0, window=20):
    """A frame of raw blocks, or, with repeat, one of so many times the one byte of text."""
    out, pieces = [struct.pack("<IBB", 0xFD2FB528, 0, (window - 10) << 3)], []
    if repeat:
        pieces = [(1, 1 << 17, text)] * (repeat >> 17)
    else:
        pieces = [(0, len(text[i:i + 65536]), text[i:i + 65536]) for i in range(0, len(text), 65536)]
    for i, (kind, size, content) in enumerate(pieces):
        head = (i == len(pieces) - 1) | kind << 1 | size << 3
        out += [struct.pack("<I", head)[:3], content]
    return b"".join(out)


def xz_with_dictionary(text, code):
    """Whoever reads it must have memory for a dictionary of that size, though it is never used."""
    content = bytearray(lzma.compress(text, preset=0))
    end = 12 + (content[12] + 1) * 4  # of the block's header, behind that of the stream
    at = content.index(b"\x21\x01", 13) + 2
    content[at] = code
    content[end - 4:end] = struct.pack("<I", zlib.crc32(bytes(content[12:end - 4])))
    return bytes(content)


def main():
    folder, seconds, seed = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    os.umask(0o022)
    attacker = Attacker(folder, seed)
    names = sorted(name for name in dir(attacker) if name.startswith("op_"))
    weights = [{"op_wait": 9, "op_tidy": 2, "op_link": 5}.get(name, 1) for name in names]
    end, n = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        name = attacker.draw.choices(names, weights)[0]
        n += 1
        print(n, name[3:], flush=True)
        try:
            getattr(attacker, name)()
        except OSError as e:  # his own earlier work is in his way
            print("   ", e.strerror, flush=True)
            if e.errno == 28:
                raise


main()
