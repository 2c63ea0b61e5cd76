#!/usr/bin/env bash
# Kills a writer of the state at each system call that changes a file: while a state is made, in a
# checkpoint, in a restart after a kill, while a damaged state is replaced, and in a backup. Afterwards
# the state must be the old one or the new one as a whole, and it must not be set aside as damaged.
set -euo pipefail
cd "$GLOSSD_ROOT"
./dev build release
program=$PWD/build/release/tests/store_commit
command -v strace >/dev/null && command -v sqlite3 >/dev/null || exit 77
strace -qq -o /dev/null true || exit 77 # no right to trace

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
calls=(pwrite64 write fsync fdatasync ftruncate unlink rename link openat fchmod close)
IFS=, && set_of_calls="${calls[*]}" && unset IFS
deaths=0

die() { echo "FAILED: store_kill: $1" >&2; exit 1; }

# found PATH: the number that all rows of the state have; "mixed" when they differ.
found() {
    sqlite3 -readonly "$1" "PRAGMA quick_check;
        SELECT count(*), min(offset), max(offset), min(lines), max(lines) FROM files;
        SELECT count(*), max(length) FROM sinks; SELECT committed_ns - since_ns FROM state" |
        awk -F'|' '
            NR == 1 { ok = $1 == "ok" }
            NR == 2 { n = $1; a = $2; same = $2 == $3 && $2 == $4 && $2 == $5 }
            NR == 3 { sinks = $1; length_ = $2 }
            NR == 4 { time = $1 }
            END {
                if (ok && n == 0 && sinks == 0 && time == 0) print "none"
                else if (ok && n == 200 && sinks == 1 && same && length_ == a && time == a) print a
                else print "mixed"
            }'
}

# traced ARGUMENT OPTION...: runs the program under strace. What bash writes about a kill is left out.
traced() {
    local argument=$1
    shift
    { (cd "$folder" && exec strace -qq "$@" "$program" s/db "$argument" >/dev/null); } 2>/dev/null
}

# sweep NAME ARGUMENT STATES PREPARE: kills the program at each call in turn, after PREPARE has made the
# folder s. The next start must then find one of the numbers STATES.
sweep() {
    local name=$1 argument=$2 states=$3 prepare=$4 call n total output status
    for call in "${calls[@]}"; do
        rm -rf "$folder/s" && mkdir "$folder/s" && $prepare
        traced "$argument" -o calls -e trace="$set_of_calls" || die "$name: fails untouched"
        total=$(grep -c "^$call(" "$folder/calls" || true)
        for ((n = 1; n <= total; n++)); do
            rm -rf "$folder/s" && mkdir "$folder/s" && $prepare
            status=0
            traced "$argument" -o /dev/null -e inject="$call":signal=KILL:when="$n" || status=$?
            [[ $status -eq 137 ]] || die "$name: status $status, not killed at $call $n of $total"
            deaths=$((deaths + 1))
            # A start after the kill makes only a backup: it changes no row.
            output=$("$program" "$folder/s/db" backup 2>&1) ||
                die "$name: no start after $call $n: $output"
            [[ " $states " == *" $(found "$folder/s/db") "* ]] ||
                die "$name: $(found "$folder/s/db") after $call $n ($output)"
            [[ $name == damaged* ]] || ! compgen -G "$folder/s/db.damaged*" >/dev/null ||
                die "$name: set aside after $call $n ($output)"
            [[ $(found "$folder/s/db.backup") == "$(found "$folder/s/db")" ]] ||
                die "$name: the copy after $call $n is another"
        done
    done
}

nothing() { :; }
first() { cp "$folder/first"/* "$folder/s/"; }
damaged() { first && echo damage >"$folder/s/db"; }
# A commit was killed when its rollback journal was complete, so the next start must play it back first.
half() { cp "$folder/half"/* "$folder/s/"; }

mkdir "$folder/first"
"$program" "$folder/first/db" 1 >/dev/null
"$program" "$folder/first/db" backup >/dev/null
[[ $(found "$folder/first/db") == 1 ]] || die "the first state is not what it should be"
cp -r "$folder/first" "$folder/half"
{ sqlite3 "$folder/half/db" >/dev/null <<'SQL' || true; } 2>/dev/null
PRAGMA cache_size = 2; PRAGMA journal_mode = PERSIST; BEGIN;
UPDATE files SET offset = 9, lines = 9;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO sinks (path, dev, ino, length) SELECT 'z' || i, 1, 2, 9 FROM n;
.shell kill -9 $PPID
SQL
cmp -s "$folder/first/db" "$folder/half/db" && die "half a commit left no trace"

sweep making 1 'none 1' nothing
sweep checkpoint 2 '1 2' first
sweep restart 2 '1 2' half
sweep damaged 2 '1 2' damaged
sweep backup backup 1 first
((deaths > 100)) || die "only $deaths deaths: nothing was tested"
echo "store_kill: $deaths deaths, each left the old state or the new one"
