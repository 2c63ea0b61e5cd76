#!/usr/bin/env python3
"""Makes forms.tsv: lines as programs write them, and the moment that each means in three zones.

The moments are computed here by Python's datetime and zoneinfo, which share nothing with the
program. Each row names the fields that the line says; what a line does not say, its zone or its
year, comes from the zone of the row and from the moment before which the log was last changed.

    python3 make.py > forms.tsv
"""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

ZONES = ["UTC", "Europe/Berlin", "America/New_York"]
CHANGED = datetime(2024, 11, 20, 12, tzinfo=timezone.utc)  # of the log
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()

# What is said: fields of the moment that the line shows, with %-letters of strftime where they do
# not depend on a locale, and {b} {a} for names in English. `zone` says which zone the line names:
# None: none, a number of seconds, or the name of one of Python's.
FORMS = [
    # form, zone, digits of the fraction
    ("%Y-%m-%dT%H:%M:%SZ x", 0, 0),
    ("%Y-%m-%dT%H:%M:%S.{f}Z stdout F x", 0, 9),
    ("%Y-%m-%dT%H:%M:%S.{f}+01:00 x", 3600, 6),
    ("%Y-%m-%dT%H:%M:%S+0530 x", 19800, 0),
    ("%Y-%m-%dT%H:%M:%S-03 x", -10800, 0),
    ("%Y-%m-%d %H:%M:%S +0800 x", 28800, 0),
    ("%Y-%m-%d %H:%M:%S.{f} +01:00 [INF] x", 3600, 3),
    ("%Y-%m-%d %H:%M:%S x", None, 0),
    ("%Y-%m-%d %H:%M:%S,{f} ERROR x", None, 3),
    ("%Y-%m-%d %H:%M:%S.{f} x", None, 6),
    ("%Y-%m-%d %H:%M:%S, Info   CBS x", None, 0),
    ("%Y-%m-%d %H:%M:%S UTC [12] LOG: x", 0, 0),
    ("%Y-%m-%d %H:%M:%S.{f} GMT x", 0, 3),
    ("%Y-%m-%d %H:%M:%S.{f} JST [12] LOG: x", 32400, 3),
    ("%Y-%m-%d %H:%M:%S EST x", -18000, 0),
    ("%Y-%m-%d %H:%M:%S EDT x", -14400, 0),
    ("%Y-%m-%d %H:%M:%S CEST x", 7200, 0),
    ("%Y-%m-%d %H:%M:%S MSK x", 10800, 0),
    ("%Y-%m-%d %H:%M:%S UTC+8 x", None, "skip"),
    ("[%Y-%m-%d %H:%M:%S] local.ERROR: x", None, 0),
    ("[%Y-%m-%d %H:%M:%S,{f}] INFO x", None, 3),
    ("[%Y-%m-%dT%H:%M:%S,{f}][INFO ][o.e.n.Node] x", None, 3),
    ("[%Y-%m-%dT%H:%M:%SZ INFO  server] x", 0, 0),
    ("<165>1 %Y-%m-%dT%H:%M:%S.{f}Z host app - - x", 0, 3),
    ("<13>{b} {e} %H:%M:%S host app: x", None, 0),
    ("E, [%Y-%m-%dT%H:%M:%S.{f} #123] ERROR -- : x", None, 6),
    ("INFO  [main] %Y-%m-%d %H:%M:%S,{f} x", None, 3),
    ("ERROR %Y-%m-%d %H:%M:%S x", None, 0),
    ("[INFO] [%Y-%m-%d %H:%M:%S] x", None, 0),
    ("WARN: %Y-%m-%d %H:%M:%S x", None, 0),
    ("\x1b[2m%Y-%m-%dT%H:%M:%S.{f}Z\x1b[0m \x1b[32m INFO\x1b[0m x", 0, 6),
    ("\x1b[0m\x1b[32m{b} {e} \x1b[0m\x1b[1m%H:%M:%S\x1b[0m host app: x", None, 0),
    ("\ufeff%Y-%m-%dT%H:%M:%S.{f}Z ##[group]x", 0, 7),
    ("web-1  | %Y-%m-%dT%H:%M:%S.{f}Z x", 0, 9),
    ("\x1b[2Kweb-1  | %Y-%m-%dT%H:%M:%S.{f}Z x", 0, 9),
    ("redis-1  | 1:M %d {b} %Y %H:%M:%S.{f} * x", None, 3),
    ("12:M %d {b} %Y %H:%M:%S.{f} # x", None, 3),
    ("[12] %d {b} %H:%M:%S.{f} # x", None, 3),
    ("%Y/%m/%d %H:%M:%S [error] 12#0: x", None, 0),
    ("%Y/%m/%d %H:%M:%S.{f} x", None, 6),
    ("[%Y/%m/%d %H:%M:%S.{f},  0] ../source3/smbd x", None, 6),
    ("[GIN] %Y/%m/%d - %H:%M:%S | 200 | x", None, 0),
    ("%Y.%m.%d %H:%M:%S x", None, 0),
    ("%Y-%m-%d-%H.%M.%S.{f}-300  I1 x", -18000, 6),
    ("%Y-%jT%H:%M:%SZ x", 0, 0),
    ("{iso}T%H:%M:%SZ x", 0, 0),
    ("%Y%m%dT%H%M%SZ x", 0, 0),
    ("%Y%m%dT%H%M%S+0100 x", 3600, 0),
    ("%Y%m%d %H:%M:%S x", None, 0),
    ("%Y%m%d-%H:%M:%S:{f}|Step_LSC|3|x", None, 3),
    ("%Y%m%d%H%M%S x", None, 0),
    ("%y%m%d %H%M%S 148 INFO dfs.DataNode: x", None, 0),
    ("%y%m%d %H:%M:%S [Note] x", None, 0),
    ("%y%m%d %H:%M:%S  InnoDB: x", None, 0),
    ("%y%m%d %H:%M:%S mysqld_safe x", None, 0),
    ("%y/%m/%d %H:%M:%S INFO spark.SecurityManager: x", None, 0),
    ("# Time: %Y-%m-%dT%H:%M:%S.{f}Z", 0, 6),
    ("# Time: %y%m%d %H:%M:%S", None, 0),
    ("127.0.0.1 - - [%d/{b}/%Y:%H:%M:%S +0100] \"GET / HTTP/1.1\" 200 6", 3600, 0),
    ("www.example.com 127.0.0.1 - bob [%d/{b}/%Y:%H:%M:%S -0330] \"GET / HTTP/1.1\" 200 6", -12600, 0),
    ("haproxy[7]: 127.0.0.1:5 [%d/{b}/%Y:%H:%M:%S.{f}] in out 0/0/1 200", None, 3),
    ("[%d/{b}/%Y %H:%M:%S] \"GET / HTTP/1.1\" 200 6", None, 0),
    ("127.0.0.1 - - [%d/{b}/%Y %H:%M:%S] \"GET / HTTP/1.1\" 200 -", None, 0),
    ("E [%d/{b}/%Y:%H:%M:%S +0100] cups x", 3600, 0),
    ("%d-{b}-%Y %H:%M:%S.{f} INFO [main] x", None, 3),
    ("%d-{b}-%Y %H:%M:%S.{f} client @0x7f x", None, 3),
    ("%d-{B}-%Y %H:%M:%S * (CONNECT_DATA) x", None, 0),
    ("[%d-{b}-%Y %H:%M:%S UTC] PHP Warning:  x", 0, 0),
    ("=ERROR REPORT==== {d}-{b}-%Y::%H:%M:%S ===", None, 0),
    ("=INFO REPORT==== {d}-{b}-%Y::%H:%M:%S.{f} ===", None, 6),
    ("%d {b} %Y %H:%M:%S,{f} [main] INFO x", None, 3),
    ("%d.%m.%Y %H:%M:%S x", None, 0),
    ("[%d.%m.%Y %H:%M:%S] <01> Info x", None, 0),
    ("{b} {e} %H:%M:%S host app[1]: x", None, 0),
    ("{b} {e} %H:%M:%S.{f} host app[1]: x", None, 6),
    ("[{b} {e} %H:%M:%S] NOTICE[12] x", None, 0),
    ("{b} {e} %Y %H:%M:%S: %ASA-6-302013: x", None, 0),
    ("*{b} {e} %H:%M:%S.{f}: %SYS-5-RESTART: x", None, 3),
    (".{b} {e} %H:%M:%S.{f}: %SYS-5-RESTART: x", None, 3),
    ("000123: {b} {e} %H:%M:%S.{f} UTC: %SYS-5-CONFIG_I: x", 0, 3),
    ("{b} {e} %H:%M:%S %Y x", None, 0),
    ("{b} {e} %H:%M:%S +0100 x", 3600, 0),
    ("{b} %d, %Y {I}:%M:%S {p} org.apache.catalina.startup.Catalina start", None, 0),
    ("####<{b} {d}, %Y {I}:%M:%S {p} UTC> <Error> x", 0, 0),
    ("<{b} {d}, %Y {I}:%M:%S {p} EST> <Error> x", -18000, 0),
    ("{zh} %d, %Y {I}:%M:%S {zp} org.apache.catalina.startup.Catalina start", None, 0),
    ("{fr} {d} %H:%M:%S host app[1]: x", None, 0),
    ("{a} {b} {e} %H:%M:%S %Y", None, 0),
    ("{a} {b} {e} %H:%M:%S UTC %Y", 0, 0),
    ("{a} {b} {e} %H:%M:%S %Y +0100", 3600, 0),
    ("{a} {b} {e} {I}:%M:%S {p} UTC %Y", 0, 0),
    ("{a} %d {b} %Y {I}:%M:%S {p} UTC", 0, 0),
    ("{a}, %d {b} %Y %H:%M:%S GMT x", 0, 0),
    ("{a}, %d {b} %Y %H:%M:%S +0100", 3600, 0),
    ("[{a} {b} %d %H:%M:%S.{f} %Y] [core:error] [pid 1] x", None, 6),
    ("[{a} {b} %d %H:%M:%S %Y] [notice] x", None, 0),
    ("{a} {b} {e} %H:%M:%S %Y us=123 x", None, 0),
    ("[Thr 1234] {a} {b} {e} %H:%M:%S %Y", None, 0),
    ("{a} %Y-%m-%d %H:%M:%S UTC host app[1]: x", 0, 0),
    ("I%m%d %H:%M:%S.{f}    7 file.go:1] x", None, 6),
    ("W%Y%m%d %H:%M:%S.{f}    7 file.cc:1] x", None, 6),
    ("[I %y%m%d %H:%M:%S web:2271] x", None, 0),
    ("[I %Y-%m-%d %H:%M:%S.{f} ServerApp] x", None, 3),
    ("%m-%d %H:%M:%S.{f}  1702  2395 D WindowManager: x", None, 3),
    ("%m-%d %H:%M:%S.{f} D/WindowManager( 1702): x", None, 3),
    ("[pid: 7|app: 0|req: 1/1] 127.0.0.1 () {{38 vars in 6 bytes}} [{a} {b} {e} %H:%M:%S %Y] POST /x", None, 0),
    ("Thread-13::DEBUG::%Y-%m-%d %H:%M:%S,{f}::task::x", None, 3),
    ("- {epoch} %Y.%m.%d R02-M1-N0-C:J12-U11 x", "epoch", 0),
    ("- {epoch} %Y.%m.%d dn228 {b} {d} %H:%M:%S dn228/dn228 crond[1]: x", "epoch", 0),
    ("134681 node-246 unix.hw state_change {epoch} 1 x", "epoch", 0),
    ("2286759 full partition status {epoch} -1 running", "epoch", 0),
    ("nova-api.log.1.2017-05-16_13:53:08 %Y-%m-%d %H:%M:%S.{f} 25746 INFO x", None, 3),
    ("Start-Date: %Y-%m-%d  %H:%M:%S", None, 0),
    ("End-Date: %Y-%m-%d  %H:%M:%S", None, 0),
    ("Log started: %Y-%m-%d  %H:%M:%S", None, 0),
    ("%Y-%m-%d %H:%M:%S status installed x:amd64 1", None, 0),
    ("update-alternatives %Y-%m-%d %H:%M:%S: run with --install x", None, 0),
    ("%Y年%m月%d日 %H:%M:%S x", None, 0),
    ("{epoch}.{f}    345 10.0.0.1 TCP_MISS/200 x", "epoch", 3),
    ("{epoch}.{f}\tCJLgi9\t192.168.2.76\tx", "epoch", 6),
    ("{epoch}{f} x", "epoch", 3),
    ("{epoch}{f} x", "epoch", 6),
    ("[{epoch}] SERVICE ALERT: x", "epoch", 0),
    ('{{"log":"a \\\\"time\\\\": 1","stream":"stderr","time":"%Y-%m-%dT%H:%M:%S.{f}Z"}}', 0, 9),
    ('{{"ts":{epoch}.{f},"level":"info","msg":"x"}}', "epoch", 6),
    ('{{"level":30,"time":{epoch}{f},"pid":1,"msg":"x"}}', "epoch", 3),
    ('{{"ts":"%Y-%m-%dT%H:%M:%S.{f}+0100","msg":"x"}}', 3600, 3),
    ('{{"@timestamp":"%Y-%m-%dT%H:%M:%S.{f}Z","log.level":"info"}}', 0, 3),
    ('{{"t":{{"$date":"%Y-%m-%dT%H:%M:%S.{f}+00:00"}},"s":"I","msg":"x"}}', 0, 3),
    ('{{ "__CURSOR" : "s=1;i=2", "__REALTIME_TIMESTAMP" : "{epoch}{f}", "MESSAGE" : "x" }}', "epoch", 6),
    ('{{"@t":"%Y-%m-%dT%H:%M:%S.{f}Z","@mt":"x"}}', 0, 7),
    ('{{"Timestamp":"%Y-%m-%dT%H:%M:%S.{f}+01:00","Level":"Error"}}', 3600, 7),
    ('{{"asctime": "%Y-%m-%d %H:%M:%S,{f}", "message": "x"}}', None, 3),
    ('{{"eventVersion":"1.08","eventTime":"%Y-%m-%dT%H:%M:%SZ","eventName":"x"}}', 0, 0),
    ('{{"datetime":"%Y-%m-%d %H:%M:%S","level":"x"}}', None, 0),
    ('{{"meta":{{"timestamp":"%Y-%m-%dT%H:%M:%SZ"}},"msg":"x"}}', 0, 0),
    ('{{"msg":"x","date":{epoch} }}', "epoch", 0),
    ('{{"date":{epoch}.{f},"log":"x"}}', "epoch", 6),
    ('{{"timestamp":"{epoch}{f}","msg":"x"}}', "epoch", 9),
    ('caddy  | {{"level":"info","ts":{epoch}.{f},"msg":"x"}}', "epoch", 7),
    ('time="%Y-%m-%dT%H:%M:%SZ" level=error msg="x y"', 0, 0),
    ('time=%Y-%m-%dT%H:%M:%S.{f}+01:00 level=INFO msg=x', 3600, 3),
    ('level=info ts=%Y-%m-%dT%H:%M:%S.{f}Z caller=main.go:1 msg="x y"', 0, 3),
    ('timestamp="%Y-%m-%dT%H:%M:%S.{f}Z" level="INFO" msg="x"', 0, 6),
    ('date=%Y-%m-%d time=%H:%M:%S devname="x" tz="+0100"', 3600, 0),
    ('t=%Y-%m-%dT%H:%M:%S+0100 lvl=eror msg="x"', 3600, 0),
    ('ts={epoch}.{f} level=info msg=x', "epoch", 3),
    ('time=%Y-%m-%dT%H:%M:%SZ time_source=line source=a line=1 offset=0 message="x"', 0, 0),
    ('"%Y-%m-%d %H:%M:%S"\t"http://x"', None, 0),
    ("%Y-%m-%d %H:%M:%S.{f} [info] <0.1.0> x", None, 3),
    ("%Y-%m-%dT%H:%M:%S.{f}+01:00  INFO 1 --- [main] x", 3600, 3),
    ("%Y-%m-%dT%H:%M:%S.{f}:INFO:com.root:x", None, 3),
    ("%Y-%m-%d %H:%M:%S.{f} 1 INFO nova x", None, 3),
    ("%Y-%m-%d_%H:%M:%S x", None, 0),
    ("pm2  | %Y-%m-%dT%H:%M:%S: x", None, 0),
]

# Lines with something like a time that is none, and lines without one.
NONE = [
    "", " ", "[", "x", "ERROR x", "Mon", "Not a time", "I am no klog", "2026", "2026-11-23",
    "2026-11-23 08:00:0", "2026-11-23 08:00:011", "2026-13-23 08:00:01", "2026-00-23 08:00:01",
    "2026-11-31 08:00:01", "2026-02-29 08:00:01", "2026-11-00 08:00:01", "2026-11-23 24:00:01",
    "2026-11-23 08:60:01", "2026-11-23 08:00:61", "1969-12-31 23:59:59", "1970-01-01T00:00:00+01:00",
    "9999-12-31 23:59:59", "23/Nop/2026:08:00:01 +0000", "Nov 32 08:00:01", "Nov 23 08:00",
    "X1123 08:00:01", "1795420801 x", "17954208011 x", "179542080112 x", "17954208011234 x",
    "0795420801.5 x", "1795420801. x", "<13x>Nov 23 08:00:01", '{"m":"2026-11-23T08:00:01Z"}',
    '{"ts":"', '{"ts"', "{", "{}", '{"m":"\\', '{"m":1}, "ts":1795420801', '{"ts":12}', '{"time":"none"}',
    "05/03/24 10:00:01 INFO x", "3/5/2024 10:00:01 AM x", "05-03-2024 10:00:01 x",
    "2024-03-05 13:00:01 PM x", "2024-03-05 00:00:01 AM x", "2024-03-05 10:00:01 CST x",
    "2024-03-05 10:00:01 IST x", "2024-03-05 10:00:01 BST x", "Mar  5 10:00:01 CST 2024",
    "[05-Mar-2024 10:00:01 Asia/Tokyo] PHP Warning:  x", "[12345.678901] usb x", "[   12.345678] usb x",
    "10:00:01 x", "10:00:01,123 INFO x", "[10:00:01 INF] x", "4711 10:00:01.123456 execve(x)",
    "210126 12:21:46.284771 execve(x)", "@40000000433225833b6e1a8c x", "10.0.0.1 - - x", "1.2.3.4:5 x",
    "\tat a.b.C(D.java:12)", "Caused by: java.lang.Error: 2024-03-05 10:00:01", "12345 x", "see 2024-03-05 10:00:01",
    "level=info msg=x", "a=b", "time=10:00:01 x", "9780306406157 x", "4915112345678 x",
]

MOMENTS = [
    datetime(2024, 3, 5, 10, 0, 1, 123456),
    datetime(2024, 1, 1, 0, 0, 0, 0),        # New Year
    datetime(2023, 12, 31, 23, 59, 59, 999999),
    datetime(2024, 2, 29, 12, 30, 15, 5),    # a day that not each year has
    datetime(2024, 10, 27, 2, 30, 0, 0),     # twice in Berlin, the first is meant
    datetime(2024, 11, 3, 1, 30, 0, 0),      # twice in New York
    datetime(2024, 3, 31, 2, 30, 0, 0),      # left out in Berlin
]
ZH = "一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 十一月 十二月".split()
FR = "janv. févr. mars avril mai juin juil. août sept. oct. nov. déc.".split()


def has_year(form):
    return any(x in form for x in ("%Y", "%y", "{iso}", "{epoch}"))


def local(t, zone):
    """The moment of a local time: of one that comes twice the first, of one that is left out as with
    the offset before it; fold=0 means both."""
    return t.replace(tzinfo=ZoneInfo(zone), fold=0)


def moment(form, said, t, zone):
    if said == "epoch":
        return t.replace(tzinfo=timezone.utc)
    if said is not None:
        return t.replace(tzinfo=timezone(timedelta(seconds=said)))
    return local(t, zone)


def with_year(form, said, t, zone):
    """A time without a year is the last one that is at most a day after the log's last change."""
    if has_year(form):
        return moment(form, said, t, zone)
    for year in range(CHANGED.year + 1, CHANGED.year - 9, -1):
        try:
            m = moment(form, said, t.replace(year=year), zone)
        except ValueError:
            continue
        if m <= CHANGED + timedelta(days=1):
            return m
    raise SystemExit(form)


def text(form, t, digits, ns):
    fraction = f"{ns:09d}"[:digits]
    iso = t.isocalendar()
    hour = t.hour % 12 or 12
    shown = form.replace("%ASA", "\0A").replace("%SYS", "\0S").replace("{{", "\1").replace("}}", "\2")
    for name, value in {
        "f": fraction, "b": MONTHS[t.month - 1], "B": MONTHS[t.month - 1].upper(),
        "a": DAYS[t.weekday()], "e": f"{t.day:2d}", "d": str(t.day), "I": str(hour),
        "p": "PM" if t.hour >= 12 else "AM", "zp": "下午" if t.hour >= 12 else "上午",
        "zh": ZH[t.month - 1], "fr": FR[t.month - 1],
        "iso": f"{iso[0]}-W{iso[1]:02d}-{iso[2]}",
        "epoch": str(int((t.replace(microsecond=0, tzinfo=timezone.utc)).timestamp())),
    }.items():
        shown = shown.replace("{" + name + "}", value)
    shown = shown.replace("年", "\3").replace("月", "\4").replace("日", "\5")
    out = ""
    i = 0
    while i < len(shown):  # strftime of the C library is not trusted with other bytes
        if shown[i] == "%":
            out += t.strftime(shown[i:i + 2])
            i += 2
        else:
            out += shown[i]
            i += 1
    for a, b in (("\0A", "%ASA"), ("\0S", "%SYS"), ("\1", "{"), ("\2", "}"), ("\3", "年"), ("\4", "月"), ("\5", "日")):
        out = out.replace(a, b)
    return out


def main():
    print("# Made by make.py. The zone of the log, nanoseconds since 1970 or '-', the line with")
    print("# \\t and \\e for a tab and an escape. The log was changed last at 2024-11-20 12:00:00 UTC.")
    for form, said, digits in FORMS:
        if digits == "skip":
            continue
        for n, t in enumerate(MOMENTS):
            if said not in (None, 0, "epoch") and n > 3:
                continue
            for zone in ZONES if said is None else ZONES[1:2]:
                ns = t.microsecond * 1000 + (789 if digits > 6 else 0)
                m = with_year(form, said, t.replace(microsecond=0), zone)
                kept = int(f"{ns:09d}"[:digits].ljust(9, "0")) if digits else 0
                total = int(m.timestamp()) * 10**9 + kept
                line = text(form, t, digits, ns)
                print(zone, total, line.replace("\t", "\\t").replace("\x1b", "\\e"), sep="\t")
    for line in NONE:
        print("Europe/Berlin", "-", line.replace("\t", "\\t"), sep="\t")


main()
