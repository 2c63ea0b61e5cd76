"""Following many files: what it costs to start, to be there, and to notice one line.

Each file has one line with a code. glossd may have 1,024 descriptors, unless told otherwise; the
others need one or two for each file, and get them.
"""

import resource
import subprocess
import time
from pathlib import Path

import service

LIMIT = 1024
SETTLE = 15  # seconds until files count as quiet


def hard_limit():
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def most_files(wanted):
    """So many of them that two descriptors for each are allowed."""
    return min(wanted, hard_limit() // 2 - 50)


class Many:
    """Mixed into a daemon of service.py: its log is one of many in its folder."""

    files, limit = 0, None

    def prepare(self, log=None):
        super().prepare(log)
        self.log.unlink()
        for i in range(self.files):
            (self.log.parent / f"{i}.log").write_bytes(
                b"2026-11-23 08:00:01 the line of file %d failed: BIZ_TOPIC_NOT_FOUND\n" % i)
        self.log = self.log.parent / f"{self.files // 2}.log"

    def command(self, path):
        return ["prlimit", f"--nofile={self.limit or hard_limit()}", *super().command(path)]

    def lines(self):
        if not self.sink.exists():
            return 0
        with open(self.sink, "rb") as sink:
            return sum(block.count(b"\n") for block in iter(lambda: sink.read(1 << 20), b""))

    def descriptors(self):
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))


class Glossd(Many, service.Glossd):
    pass


class Rsyslog(Many, service.Rsyslog):
    def config(self):
        return super().config().replace(str(self.log), str(self.log.parent / "*.log"))


class SyslogNg(Many, service.SyslogNg):
    def config(self):
        wildcard = (f'wildcard-file(base-dir("{self.log.parent}") filename-pattern("*.log") '
                    f'max-files({self.files + 100}) flags(no-parse) read-old-records(yes) follow-freq(1))')
        before, _, rest = super().config().partition("file(")
        return before + wildcard + rest[rest.index("; };"):]


def followers(folder, glossd, peers, entries):
    kinds = {"glossd": Glossd, "rsyslog": Rsyslog, "syslog-ng": SyslogNg}
    found = []
    for daemon in service.followers(folder, glossd, peers, entries):
        many = kinds[daemon.name](daemon.folder, daemon.name, daemon.binary, entries)
        found.append(many)
    return found


def begin(daemon, files, limit):
    """Starts it; seconds of CPU until the line of each file is in its sink."""
    daemon.files, daemon.limit = files, limit
    daemon.prepare()
    daemon.start()
    daemon.wait_until(lambda: daemon.size() > 0 and daemon.lines() >= files, "the line of each file", 600)
    return daemon.cpu()


def cost(daemon, files, limit, seconds):
    """Seconds of CPU to start, and in so many idle ones; MiB; descriptors."""
    try:
        start = begin(daemon, files, limit)
        time.sleep(SETTLE)
        before = daemon.cpu()
        time.sleep(seconds)
        idle = daemon.cpu() - before
        return start, idle, daemon.memory(), daemon.descriptors()
    finally:
        daemon.end()


def latency(daemon, files, limit, program, interval_us, count):
    """Milliseconds for lines of one file among the others: median, 99th of a hundred, longest."""
    try:
        begin(daemon, files, limit)
        time.sleep(SETTLE)
        ran = subprocess.run([program, daemon.log, daemon.sink, str(interval_us), str(count)],
                             capture_output=True, text=True)
        if ran.returncode != 0:
            raise RuntimeError(f"{daemon.name}: {ran.stderr.strip()}")
        return [float(number) for number in ran.stdout.split()]
    finally:
        daemon.end()
