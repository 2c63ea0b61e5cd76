"""The service, and daemons that follow files, too: what a catch-up costs, how soon a line is through,
what being there costs.

The others are Debian's packages, unpacked into build/bench/peers, never installed: each of them would
take the place of the machine's own. They do the same work: each line goes out, and one that has a
code gets a note; their search has no borders, which is less. Debian 12 has no fluent-bit.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

MODULES = "usr/lib/x86_64-linux-gnu/rsyslog"


class Follower:
    """A daemon that follows LOG and writes SINK, in a folder of its own."""

    def __init__(self, folder, name, binary, entries):
        self.folder, self.name, self.binary, self.entries = folder, name, binary, entries
        self.log, self.sink = folder / "log" / "app.log", folder / "sink" / "out.log"
        self.process = None

    def config(self):
        raise NotImplementedError

    def command(self, path):
        raise NotImplementedError

    def environment(self):
        return dict(os.environ)

    def prepare(self, log=None):
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("log", "sink", "state"):
            (self.folder / name).mkdir(parents=True)
        if log:
            os.link(log, self.log)
        else:
            self.log.touch()

    def start(self):
        path = self.folder / "config"
        path.write_text(self.config())
        with open(self.folder / "said", "wb") as said:
            self.process = subprocess.Popen(self.command(path), stdin=subprocess.DEVNULL, stdout=said,
                                            stderr=said, env=self.environment())

    def said(self):
        return (self.folder / "said").read_text(errors="replace")[-500:]

    def wait_until(self, true, what, seconds=300):
        end = time.monotonic() + seconds
        while not true():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self.name}: {what} did not come: {self.said()}")
            time.sleep(0.01)

    def size(self):
        return self.sink.stat().st_size if self.sink.exists() else 0

    def is_silent(self):
        """Whether the sink does not grow for a second."""
        size = self.size()
        time.sleep(1)
        return self.size() == size

    def wait_for_a_line(self):
        with open(self.log, "a", encoding="ascii") as log:
            log.write("2026-11-23 08:00:01 the first line\n")
        self.wait_until(lambda: self.size() > 0, "the first line", 30)

    def cpu(self):
        """Seconds of CPU of all its threads so far."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) * 1e-9

    def memory(self):
        """MiB it has now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024

    def stop(self):
        """Seconds of CPU of its whole life."""
        self.process.send_signal(signal.SIGTERM)
        _, _, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = 0
        return usage.ru_utime + usage.ru_stime

    def end(self):
        if self.process and self.process.returncode is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Glossd(Follower):
    def config(self):
        return (f"state: {self.folder}/state/state.db\nlog_level: error\n"
                f"sources: [{{follow: '{self.folder}/log/*.log'}}]\n"
                f"sinks: [{{file: {self.sink}, emit: all}}]\n")

    def command(self, path):
        return [self.binary, "run", "--config", path]


class OnSlowDisk(Glossd):
    """The same where each sync takes 20 ms."""

    def __init__(self, folder, name, binary, entries, shim):
        super().__init__(folder, name, binary, entries)
        self.shim = shim

    def environment(self):
        return {**os.environ, "LD_PRELOAD": str(self.shim)}


class Rsyslog(Follower):
    def config(self):
        notes = "".join(f'if $msg contains "{code}" then {{ set $.note = "  # {code}: {cause} Fix: {fix}"; }}\n'
                        for code, cause, fix in self.entries)
        return (f'global(workDirectory="{self.folder}/state" maxMessageSize="64k")\n'
                'module(load="imfile" mode="inotify")\n'
                'template(name="line" type="string" string="%msg%%$.note%\\n")\n'
                f'input(type="imfile" file="{self.log}" tag="x" ruleset="all" persistStateInterval="0")\n'
                'ruleset(name="all") {\nset $.note = "";\n' + notes +
                f'action(type="omfile" file="{self.sink}" template="line")\n}}\n')

    def command(self, path):
        root = self.binary.parents[2]
        return [self.binary, "-n", "-f", path, "-i", self.folder / "pid", "-M", root / MODULES]

    def environment(self):
        root = self.binary.parents[2]
        return {**os.environ, "LD_LIBRARY_PATH": f"{root}/usr/lib/x86_64-linux-gnu"}


class SyslogNg(Follower):
    def config(self):
        notes = "".join(f'rewrite {{ set("${{MESSAGE}}  # {code}: {cause} Fix: {fix}" value("MESSAGE") '
                        f'condition(match("{code}" value("MESSAGE") type("string") flags("substring")))); }};\n'
                        for code, cause, fix in self.entries)
        return ("@version: 3.38\n"
                "options { stats-freq(0); flush-lines(100); log-msg-size(65536); };\n"
                f'source s {{ file("{self.log}" flags(no-parse) read-old-records(yes) follow-freq(0.01)); }};\n'
                f'destination d {{ file("{self.sink}" template("${{MESSAGE}}\\n")); }};\n'
                "log { source(s);\n" + notes + "destination(d); flags(flow-control); };\n")

    def command(self, path):
        return [self.binary, "-F", "-f", path, "--no-caps", "-R", self.folder / "state/persist",
                "-c", self.folder / "control", "-p", self.folder / "pid",
                "--module-path", self.binary.parents[2] / "usr/lib/syslog-ng/3.38"]

    def environment(self):
        root = self.binary.parents[2]
        return {**os.environ,
                "LD_LIBRARY_PATH": f"{root}/usr/lib/syslog-ng:{root}/usr/lib/x86_64-linux-gnu"}


def followers(folder, glossd, peers, entries):
    """glossd first, then those of the others that are unpacked; peers None: glossd alone."""
    found = [Glossd(folder / "glossd", "glossd", glossd, entries)]
    for kind, name, path in ((Rsyslog, "rsyslog", "usr/sbin/rsyslogd"),
                             (SyslogNg, "syslog-ng", "usr/sbin/syslog-ng")):
        if peers and (peers / path).exists():
            found.append(kind(folder / name, name, peers / path, entries))
    return found


def catch_up(follower, log, size, lines):
    """Seconds of CPU from the start until all is in the sink and it has stopped."""
    follower.prepare(log)
    follower.start()
    try:
        follower.wait_until(lambda: follower.size() >= size and follower.is_silent(), "the whole log")
        cpu = follower.stop()
        with open(follower.sink, "rb") as sink:
            came = sum(block.count(b"\n") for block in iter(lambda: sink.read(1 << 20), b""))
        if came != lines:
            raise RuntimeError(f"{follower.name}: {came} of {lines} lines are in the sink")
        return cpu
    finally:
        follower.end()


def latency(follower, program, interval_us, count):
    """Milliseconds: median, 99th of a hundred, longest."""
    follower.prepare()
    follower.start()
    try:
        follower.wait_for_a_line()
        ran = subprocess.run([program, follower.log, follower.sink, str(interval_us), str(count)],
                             capture_output=True, text=True)
        if ran.returncode != 0:
            raise RuntimeError(f"{follower.name}: {ran.stderr.strip()}")
        follower.stop()
        return [float(number) for number in ran.stdout.split()]
    finally:
        follower.end()


def idle(follower, seconds):
    """Seconds of CPU in that time, and MiB at its end."""
    follower.prepare()
    follower.start()
    try:
        follower.wait_for_a_line()
        time.sleep(3)  # what the start leaves to do is done
        before = follower.cpu()
        time.sleep(seconds)
        return follower.cpu() - before, follower.memory()
    finally:
        follower.end()
