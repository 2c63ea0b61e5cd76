"""Catalogs and lines that were made to take long, for './dev bench hostile'.

Each case is a catalog and a line: a head, one piece of text over and over, and a tail. What PCRE2
alone would take for it grows with the square of the line or faster, or with the number of
patterns, or with something else that an author of patterns or of lines can choose.
"""

from dataclasses import dataclass

KIB = 1 << 10


@dataclass
class Case:
    name: str
    catalog: str
    piece: bytes
    hits: int | None = 0  # of a piece; None: the line may be given up, so its hits are not checked
    head: bytes = b""
    tail: bytes = b""
    more_hits: int = 0  # of head and tail
    length: int = 64 * KIB  # of a line, about

    def line(self, length):
        """A line of about so many bytes, and its hits."""
        n = max((length - len(self.head) - len(self.tail)) // len(self.piece), 1)
        hits = None if self.hits is None else n * self.hits + self.more_hits
        return self.head + n * self.piece + self.tail + b"\n", hits

    def log(self, size):
        """About so many bytes of such lines, and their hits."""
        line, hits = self.line(min(self.length, size))
        n = max(size // len(line), 1)
        return n * line, None if hits is None else n * hits


def entry(name, pattern=None):
    quoted = "'" + pattern.replace("'", "''") + "', " if pattern else ""
    return f"  '{name}': {{{'pattern: ' + quoted if pattern else ''}cause: c, solution: s}}\n"


def catalog(*entries, top=""):
    return f"catalog: hostile\n{top}codes:\n" + "".join(entries)


def pattern(text, top=""):
    return catalog(entry("P", text), top=top)


def many(count, text):
    """A catalog of patterns, each with its number in the place of a %."""
    return catalog(*(entry(f"P{i}", text.replace("%", f"{i:05d}")) for i in range(count)))


def many_pieces(count, text):
    return b"".join(text.replace(b"%", b"%05d" % i) for i in range(count))


def names(count):
    """Codes that differ in their middles."""
    return [f"SVC_{'NET DISK AUTH QUOTA'.split()[i % 4]}_{i:05d}_FAILED" for i in range(count)]


DENIED = pattern("user (?<u>.*) was denied")
NAMES = catalog(*map(entry, names(10000)))
ALL_NAMES = " ".join(names(10000)).encode() + b" "
ONE = catalog(entry("BIZ_NO_MESSAGE"), entry("ONS_SYSTEM_ERROR"), top="family: '(?:ONS|BIZ)_[A-Z_]+'\n")

CASES = [
    # One pattern that looks far ahead from each of many places.
    Case("many starts, nothing at the end", DENIED, b"user "),
    Case("many starts, lines of 600 KiB", DENIED, b"user ", length=600 * KIB),
    Case("many starts, lines of 1 KiB", DENIED, b"user ", length=KIB),
    Case("many starts, one match at the end", DENIED, b"user ", tail=b" was denied", more_hits=1),
    Case("many starts, the end a byte short", DENIED, b"user was denie "),
    Case("lazy, many starts", pattern("user (?<u>.*?) was denied"), b"user "),
    Case("lazy, a match and a near match in turn", pattern('"error": ?"(?<m>[^"]*?)!"'),
         b'"error": "a", "error": "b!", ', hits=1),
    Case("many starts, unanchored", pattern(r"\w+ failed: (?<m>.*) code=\d+x"), b"op failed: code=1 "),
    Case("many starts, no literal", pattern(r"[a-z]+\s.*\d\dx"), b"abc 12 "),
    Case("many starts that are words", pattern(r"[a-z ]+=[0-9]+q"), b"abc "),
    Case("many starts, many ends", pattern("a1.*b2.*c3.*d4"), b"a1b2c3"),
    Case("each start a match that looks to the end", pattern("user(?:.*denied)?"), b"user ", hits=None),
    # One pattern that takes a text apart in many ways.
    Case("nested quantifiers", pattern("x(a+)+(a+)+(a+)+y"), b"x" + 22 * b"a" + b" y"),
    Case("nested quantifiers, short lines", pattern("x(a+)+(a+)+(a+)+y"), b"x" + 40 * b"a" + b" y", length=44),
    Case("nested quantifiers to the line's end", pattern("(a+)+$"), 30 * b"a" + b"! "),
    Case("nested quantifiers, just below the limit", pattern("bomb:(a+)+[!?]"), b"bomb:" + 18 * b"a" + b" "),
    Case("two ways to take each byte", pattern("(?:a|aa)+b"), 40 * b"a" + b"c b"),
    Case("words and blanks without end", pattern(r"^(?:\w+\s?)*;$"), b"word ", tail=b"!"),
    Case("words and blanks, short lines", pattern(r"^(?:\w+\s?)*;$"), b"word ", tail=b"!", length=60),
    Case("addresses", pattern(r"(?:[a-z0-9_.]+)*@host"), b"a.b_c.1 "),
    Case("everything four times", pattern("=(.*)(.*)(.*)(.*)=x"), b"="),
    Case("a lookahead that explodes", pattern("b(?=(?:a+)+!)c"), b"b" + 30 * b"a" + b"c ", hits=None),
    Case("a reference to a group", pattern(r"(a+)b\1c"), 50 * b"a" + b"b", hits=None),
    Case("an atomic group", pattern("(?>a+)+b!"), 50 * b"a" + b"b "),
    Case("a bounded gap", pattern("error.{0,200}timeout"), b"error "),
    Case("a group for each byte, one match", pattern("x(?:a|b)*y"), b"ab", head=b"x", tail=b"y", hits=None),
    Case("what was looked at is not the match", pattern(r"user.*\Kdenied!"), b"user denied "),
    # Places where a match could start, and those where one does.
    Case("a candidate at each place", pattern("ab"), b"ab", hits=1),
    Case("a candidate at each place, none a match", pattern(r"ORA-(?<n>\d{5})"), b"ORA-1234 "),
    Case("a match at each place", pattern(r"ORA-(?<n>\d{5})"), b"ORA-12345 ", hits=1),
    Case("letters of either case", pattern("(?i)deadlock"), b"DeadLoc "),
    Case("literals within literals", many(1, "").split("codes:")[0] + "codes:\n" +
         "".join(entry(f"P{i}", i * "a" + "b!") for i in range(2, 22)), b"a"),
    # Names and what stands before them.
    Case("a name at each place", ONE, b"BIZ_NO_MESSAGE ", hits=1),
    Case("unknown codes", ONE, b"BIZ_X "),
    Case("names within an identifier", ONE, b"BIZ_NO_MESSAGE_"),
    Case("one long identifier", ONE, b"A"),
    Case("names behind escapes", ONE, rb"\nBIZ_NO_MESSAGE%0AONS_SYSTEM_ERROR", hits=2),
    Case("unknown codes behind escapes", ONE, rb"\nBIZ_X%0AONS_Y\u000aBIZ_Z "),
    Case("colours without end", ONE, b"0;1", head=b"\x1b[", tail=b"mBIZ_NO_MESSAGE", more_hits=1),
    Case("backslashes without end", ONE, rb"\\", tail=rb"\nBIZ_NO_MESSAGE", more_hits=1),
    Case("names made of many pieces", catalog(entry("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.b")), b"a."),
    Case("digits like parameters of colours", catalog(entry("1-1-1-1-1-1-1-1-b")), b"1-"),
    Case("a family without a literal", catalog(entry("X_Y"), top="family: '[A-Z]+_[A-Z]+'\n"), b"A_b"),
    Case("a family that looks far ahead", catalog(entry("X_Y"), top="family: 'ERR.*!'\n"), b"ERR "),
    Case("nearly a success", catalog(entry("X_Y"), top="success: 'code=.*200'\n"), b"code=20 "),
    # Many codes.
    Case("10,000 names, all on each line", NAMES, ALL_NAMES, hits=10000, length=len(ALL_NAMES)),
    Case("10,000 names, none right", NAMES, ALL_NAMES.replace(b"FAILED", b"FAILER"), length=len(ALL_NAMES)),
    Case("10,000 names without a border", NAMES, ALL_NAMES.replace(b" ", b"x"), length=len(ALL_NAMES)),
    Case("2,000 patterns, all on each line", many(2000, r"\w+ failed with code_%"),
         many_pieces(2000, b"op% failed with code_% "), hits=2000, length=60000),
    Case("10,000 patterns, all on each line", many(10000, r"\w+ failed with code_%"),
         many_pieces(10000, b"op% failed with code_% "), hits=10000, length=300000),
    Case("2,000 patterns, all nearly on each line", many(2000, r"\w+ failed with code_% now"),
         many_pieces(2000, b"op% failed with code_% no "), length=60000),
    Case("2,000 anchored patterns, all on each line", many(2000, r"code_%=(?<n>\d+)"),
         many_pieces(2000, b"code_%=17 "), hits=2000, length=30000),
    Case("2,000 patterns of the whole line", many(2000, ".*code_%.*"), many_pieces(2000, b"code_% "),
         hits=None, length=25000),
    Case("500 patterns with one literal", catalog(*(entry(f"P{i}", r"error [a-z]+ %d" % i) for i in range(500))),
         b"error in 7x ", hits=1),
    Case("100 patterns without a literal", catalog(*(entry(f"P{i}", r"[a-z]\d{%d}x" % (i + 2)) for i in range(100))),
         b"a123456789 "),
]
