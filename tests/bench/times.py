"""How many lines of real logs have their time read, for './dev bench times'.

A reader written here for the purpose, slow and with nothing of the program's, says what each line
means: one regular expression for each log. glossd writes the same lines as JSON, and the two are
compared line by line. Lines that the reader here gives no time are counted apart: there glossd must
have inherited one, or none.
"""

import json
import os
import re
import subprocess
from datetime import datetime, timedelta, timezone

UTC = timezone.utc
MONTHS = {m: i + 1 for i, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split())}
MONTHS |= {m: i + 1 for i, m in enumerate(
    "一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 十一月 十二月".split())}
MONTHS["août"] = 8
Y, MO, D = r"(?P<y>\d{4})", r"(?P<mo>\d\d?)", r"(?P<d>\d\d?)"
HMS = r"(?P<h>\d\d?):(?P<mi>\d\d):(?P<s>\d\d)(?:[.,:](?P<f>\d+))?"
ISO = rf"{Y}[-/]{MO}[-/]{D}[T ]{HMS}(?P<z>Z| ?[+-]\d\d:?\d\d| CEST\b| CET\b)?"
SYSLOG = rf"(?P<b>[^\W\d]+)\.? +{D} {HMS}"
CTIME = rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?P<b>\w\w\w) +{D} {HMS} {Y}"
EPOCH = r"(?P<epoch>\d{9,19}(?:\.\d+)?)"
KEYS = ("time", "timestamp", "@timestamp", "ts", "t", "__REALTIME_TIMESTAMP", "$date", "created_at",
        "started_at", "EdgeStartTimestamp")

# The form of each log, by the beginning of its name; the first that fits counts.
LOGS = [
    ("loghub-android", rf"{MO}-{D} {HMS}"),
    ("loghub-apache", rf"\[{CTIME}\]"),
    ("loghub-bgl", rf"\S+ {EPOCH} "),
    ("loghub-thunderbird", rf"\S+ {EPOCH} "),
    ("loghub-hdfs", r"(?P<y>\d\d)(?P<mo>\d\d)(?P<d>\d\d) (?P<h>\d\d)(?P<mi>\d\d)(?P<s>\d\d) "),
    ("loghub-healthapp", rf"{Y}(?P<mo>\d\d)(?P<d>\d\d)-(?P<h>\d\d?):(?P<mi>\d\d?):(?P<s>\d\d?):(?P<f>\d+)"),
    ("loghub-hpc", rf"\d+ \S+ \S+ \S+ {EPOCH} "),
    ("loghub-openstack", rf"\S+ {ISO}"),
    ("loghub-proxifier", rf"\[{MO}\.{D} {HMS}\]"),
    ("loghub-spark", rf"(?P<y>\d\d)/{MO}/{D} {HMS}"),
    ("loghub-(linux|mac|openssh)", SYSLOG),
    ("loghub", ISO),
    ("gxxljk", rf"(?P<b>\w+) {D}, {Y} {HMS} (?P<half>上午|下午)"),
    ("lnav-ansi.1|lnav-haproxy|lnav-partitions|lnav-rollover|lnav-syslog_fr", SYSLOG),
    ("lnav-bro", EPOCH + r"\t"),
    ("lnav-(bunyan|caddy|cloudflare|ecs|gharchive|journald|json|mongodb|nested|nextcloud|rust)|fluentbit-multi", "(?!)"),
    ("lnav-mixed_json2|lnav-logfmt", rf"(?:time|timestamp)=\"?{ISO}"),
    ("lnav-docker_compose_with_ts", rf"\S+  \| {ISO}"),
    ("lnav-docker_compose", rf"\S+  \| \d+:\w {D} (?P<b>\w\w\w) {Y} {HMS}"),
    ("lnav-mysql_slow", rf"# Time: {ISO}"),
    ("lnav-shop", rf"\S+ \S+ \S+ \[{D}/(?P<b>\w\w\w)/{Y}:{HMS} (?P<z>[+-]\d{{4}})\]"),
    ("lnav-uwsgi", rf"\[pid: .*?\] .*?\[{CTIME}\]"),
    ("", rf"[\[\"]?{ISO}"),
]


def form_of(name):
    for beginning, form in LOGS:
        if re.match(beginning, name):
            return form


def epoch(text):
    whole, _, fraction = text.partition(".")
    scale = 9 if len(whole) <= 11 else 6 if len(whole) <= 14 else 3 if len(whole) <= 17 else 0
    return int(whole) * 10**scale + int(fraction.ljust(scale, "0")[:scale] or 0)


def offset(z):
    z = (z or "").strip()
    if z in ("", "Z"):
        return 0
    if z in ("CET", "CEST"):
        return 3600 if z == "CET" else 7200
    digits = z[1:].replace(":", "")
    return (-1 if z[0] == "-" else 1) * (int(digits[:2]) * 3600 + int(digits[2:] or 0) * 60)


def moment(g, changed):
    """Nanoseconds since 1970 of the groups of a match; the log's zone is UTC."""
    if g.get("epoch"):
        return epoch(g["epoch"])
    month = MONTHS[g["b"].lower()] if g.get("b") else int(g["mo"])
    hour = int(g["h"])
    if g.get("half"):
        hour = hour % 12 + (12 if g["half"] == "下午" else 0)
    year = int(g["y"]) if g.get("y") else None
    years = [year + 2000 if year < 100 else year] if year else range(changed.year + 1, 1970, -1)
    for y in years:
        try:
            t = datetime(y, month, int(g["d"]), hour, int(g["mi"]), int(g["s"]), tzinfo=UTC)
        except ValueError:
            continue
        t -= timedelta(seconds=offset(g.get("z")))
        if year or t <= changed + timedelta(days=1):
            return int(t.timestamp()) * 10**9 + fraction(g)
    return None


def fraction(g):
    text = g.get("f") or ""
    return int(text) * 10**6 if g.get("ms") else int(text.ljust(9, "0")[:9] or 0)


def value_of(line):
    """The value of the first key that has a time, in the object or one level down."""
    try:
        top = json.loads(line[line.index("{"):])
    except ValueError:
        return None
    for level in [top] + [v for v in top.values() if isinstance(v, dict)]:
        for key in KEYS:
            m = re.fullmatch(f"{ISO}|{EPOCH}", str(level.get(key, "")))
            if m:
                return m
    return None


def truth(name, form, line, changed):
    line = re.sub(r"^\ufeff|\x1b\[[0-9;?]*[A-Za-z]", "", line)
    if line.startswith((" ", "\t")):
        return None
    if "{" in line[:12]:
        m = value_of(line)
    else:
        m = re.match(form, line)
    if not m:
        return None
    g = m.groupdict()
    if "healthapp" in name and g.get("f"):
        g["ms"] = True
    return moment(g, changed)


def told(glossd, path):
    """The time that glossd gives each line, and where from."""
    env = dict(os.environ, TZ="UTC")
    out = subprocess.run([glossd, "--format", "json", "--encoding", "utf-8", str(path)], env=env,
                         capture_output=True, check=True).stdout
    for row in out.decode("utf-8", "replace").splitlines():
        o = json.loads(row)
        yield o["time"], o["time_source"]


def nanoseconds(text):
    whole, _, rest = text.rstrip("Z").partition(".")
    t = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    return int(t.timestamp()) * 10**9 + int(rest.ljust(9, "0") or 0)


def compare(glossd, path):
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    form = form_of(path.name)
    lines = path.read_bytes().decode("utf-8", "replace").split("\n")
    n = {"lines": 0, "right": 0, "wrong": 0, "none": 0, "untimed": 0, "wrongly": 0}
    for line, (time, source) in zip(lines, told(glossd, path)):
        want = truth(path.name, form, line.rstrip("\r"), changed)
        n["lines"] += 1
        if want is None:
            n["untimed"] += 1
            n["wrongly"] += source == "line"
        elif source != "line":
            n["none"] += 1
        else:
            n["right" if nanoseconds(time) == want else "wrong"] += 1
    return n


def run(glossd, folder):
    print("%-40s %7s %7s %7s %7s %9s" % ("log", "timed", "right", "wrong", "none", "untimed"))
    total = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(("fluentbit-enc", "fluentbit-gen", "fluentbit-uni")):
            continue  # no text in UTF-8, and no times
        n = compare(glossd, path)
        for k, v in n.items():
            total[k] = total.get(k, 0) + v
        if n["right"] + n["wrong"] + n["none"] + n["wrongly"] > 0:
            show(path.name, n)
    show("all", total)
    timed = total["right"] + total["wrong"] + total["none"]
    print("read: %.2f %%, wrong: %d, read where none is: %d" %
          (100 * total["right"] / timed, total["wrong"], total["wrongly"]))
    return total["wrong"] == 0 and total["wrongly"] == 0 and total["right"] >= 0.95 * timed


def show(name, n):
    print("%-40s %7d %7d %7d %7d %9d" % (name, n["right"] + n["wrong"] + n["none"], n["right"],
                                         n["wrong"], n["none"], n["untimed"]))
