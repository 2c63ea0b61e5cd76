#!/usr/bin/env bash
# Makes the test data of upgrade/check.sh: the logs, sinks and state that a version of glossd leaves
# when it is killed while it works.
#
#   make.sh BINARY FOLDER
#
# It runs the program BINARY, which follows logs, a FIFO and a journal and makes checkpoints. It kills
# the program while the sinks are longer than the state says and many lines are not read. Each step
# below has a title. FOLDER must not exist; it gets
#
#   logs, out, journal, state  the files as they were after the kill; journal files are compressed
#   glossd.yaml                the configuration, with @ROOT@ and @WAIT@ in place of values
#   files.tsv                  the folder of the run; then the device, inode, time and name of each file
#   pipe.sent, sys.sent        the lines that were written to the FIFO and to the journal
#
# The script needs root (one sink is on a file system of 4 KiB, which gets full), systemd-journal-remote,
# sqlite3 and xz. It reads columns of the state that version 0.1.0 has.
set -euo pipefail
binary=$(realpath "$1")
kept=$(realpath -m "$2")
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=tests/upgrade/lines.sh
. ./lines.sh
export LC_ALL=C

[[ ! -e $kept ]] || { echo "make: $kept is there already" >&2 && exit 2; }
root=$(mktemp -d)
service=

die() {
    echo "make: $1" >&2
    cat "$root/messages" >&2
    exit 1
}

clean_up() {
    [[ -z $service ]] || kill -KILL "$service" 2>/dev/null || true
    ! mountpoint -q "$root/out/small" || umount "$root/out/small"
    rm -rf "$root"
}
trap clean_up EXIT

title() { printf '== %s\n' "$*"; }

# put FILE ITEM FIRST LAST TIME: appends lines to a log.
put() { lines "$2" "$3" "$4" "$5" >>"$root/logs/$1"; }

now() { date -u '+%Y-%m-%dT%H:%M:%SZ'; }

# put_journal NAME FIRST LAST: makes a journal file with an entry for each line.
put_journal() {
    local line n=$2
    lines sys "$2" "$3" | tee -a "$root/sys.sent" | while read -r line; do
        printf '__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n' \
            $((1580609000000000 + n * 1000000)) $((n * 1000000))
        printf '_BOOT_ID=0123456789abcdef0123456789abcdef\nMESSAGE=%s\n\n' "$line"
        n=$((n + 1))
    done | /lib/systemd/systemd-journal-remote --output="$root/journal/$1.journal" - \
        2>>"$root/messages"
}

# put_fifo FIRST LAST: writes lines to the FIFO and closes it.
put_fifo() { lines pipe "$1" "$2" | tee -a "$root/pipe.sent" >"$root/in/pipe"; }

said() { grep -qF -- "$1" "$root/messages"; }

# has_read N FILE...: waits until these sinks have N lines.
has_read() { until_true 20 has_lines "$@" || die "no $1 lines in ${*:2}, but $(lines_in "${@:2}")"; }

state_has() { [[ $(sqlite3 -readonly "$root/state/state.db" "$2" 2>/dev/null) == "$1" ]]; }

# commits LINES: asks for a checkpoint, and waits until the state has counted so many lines.
commits() {
    kill -USR1 "$service"
    until_true 20 state_has "$1" 'SELECT sum(lines) FROM sources' ||
        die "no checkpoint of $1 lines: $(sqlite3 -readonly "$root/state/state.db" \
            'SELECT name, lines FROM sources' | xargs)"
}

stands_still() { [[ $(sed 's/.*) //' "/proc/$service/stat") == T* ]]; }

mkdir -p "$root"/{logs/{shop,web},in,journal,out/small,state}
# The time of lines that the state does not count yet: whoever reads them at any time, they are too old
# for the history.
long_ago='2020-02-02T02:02:02Z'
mkfifo "$root/in/pipe"
mount -t tmpfs -o size=4k small "$root/out/small"
cat >"$root/glossd.yaml" <<'YAML'
state: @ROOT@/state/state.db
sources:
  - {name: shop, follow: '@ROOT@/logs/shop/*.log', rotate_wait: @WAIT@}
  - {name: web, follow: '@ROOT@/logs/web/access*', rotate_wait: 100ms}
  - {name: former, follow: '@ROOT@/logs/former.log', rotate_wait: @WAIT@}
  - {name: pipe, fifo: '@ROOT@/in/pipe', rotate_wait: @WAIT@}
  - {name: sys, journal: {folder: '@ROOT@/journal'}}
sinks:
  - {name: all, file: '@ROOT@/out/all.log', emit: all}
  - {name: matched, file: '@ROOT@/out/matched.log'}
  - {name: json, file: '@ROOT@/out/all.json', format: json, emit: all}
  - {name: web, file: '@ROOT@/out/web.log', emit: all, sources: [web]}
  - {name: small, file: '@ROOT@/out/small/small.log', emit: all, sources: [pipe]}
counters: {file: '@ROOT@/out/counters.json', interval: 366d}
checkpoint: {interval: 1h}
forget_after: 3660d
YAML
sed "s|@ROOT@|$root|g; s|@WAIT@|1d|g" "$root/glossd.yaml" >"$root/all.yaml"
grep -v 'name: former' "$root/all.yaml" >"$root/fewer.yaml"
cp "$root/all.yaml" "$root/now.yaml"

title 'a first start: what is rotated already is history and is not read'
put shop/a.log.1 history 1 5
put shop/a.log a 1 30 "$(now)"
put shop/b.log b 1 30 "$(now)"
put web/access.log web 1 20 "$(now)"
put former.log former 1 10 "$(now)"
put_journal first 1 15
"$binary" run --config "$root/now.yaml" 2>"$root/messages" </dev/null &
service=$!
has_read 105 "$root/out/all.log"
commits 105

title 'logs are rotated and go on, a source is taken out of the configuration'
mv "$root/logs/shop/a.log.1" "$root/logs/shop/a.log.2"
mv "$root/logs/shop/a.log" "$root/logs/shop/a.log.1"
put shop/a.log a 31 50 "$(now)"
put shop/a.log.1 late 1 3 "$(now)" # by a writer that has not noticed the rotation yet
mv "$root/logs/web/access.log" "$root/logs/web/access.log.1"
put web/access.log web 21 40 "$(now)"
put shop/c.log c 1 10 "$(now)"
has_read 158 "$root/out/all.log"
cp "$root/fewer.yaml" "$root/now.yaml"
kill -HUP "$service"
until_true 20 said 'reloaded' || die 'no reload'

title 'a FIFO gives more than the sink on the small file system can take'
put_fifo 1 40
has_read 198 "$root/out/all.log"
until_true 20 said 'No space left on device' || die 'the file system is not full'
commits 198
until_true 20 state_has 1 'SELECT max(done) FROM files' || die 'no rotated file is done with'

title 'more is read and written, but no checkpoint says so'
put shop/a.log a 51 60 "$long_ago"
put shop/c.log c 11 15 "$long_ago"
put web/access.log web 41 45 "$long_ago"
put_journal second 16 25
has_read 228 "$root/out/all.log"

title 'the service stands still: logs are written to, rotated and packed, unread; a sink is rotated'
kill -STOP "$service"
until_true 10 stands_still || die 'does not stand still'
put shop/a.log.1 late 4 6 "$long_ago"
put shop/b.log b 31 40 "$long_ago"
mv "$root/logs/shop/b.log" "$root/logs/shop/b.log.1"
gzip -n "$root/logs/shop/b.log.1"
put shop/b.log b 41 45 "$long_ago"
put shop/a.log a 61 69 "$long_ago"
printf '%s' "$long_ago message a.70 failed: BIZ_TOPIC_NOT" >>"$root/logs/shop/a.log"
mv "$root/logs/web/access.log.1" "$root/logs/web/access.log.2"
mv "$root/logs/web/access.log" "$root/logs/web/access.log.1"
put web/access.log.1 web 46 50 "$long_ago"
put web/access.log web 51 60 "$long_ago"
put former.log former 11 15 "$long_ago"
mv "$root/out/matched.log" "$root/out/matched.log.1"

title 'death'
kill -KILL "$service"
wait "$service" 2>/dev/null || true
service=

state_has 198 'SELECT sum(lines) FROM sources' || die 'a later checkpoint was made'
state_has 1 'SELECT max(length(owed)) > 0 FROM sinks' ||
    die 'nothing is pending for the sink that is full'
for sink in all.log all.json web.log matched.log; do
    length=$(stat -c %s "$root/out/$sink"*)
    state_has 1 "SELECT length < $length FROM sinks WHERE path = '$root/out/$sink'" ||
        die "$sink is no longer than the state says"
done

mkdir -p "$kept"
{
    printf 'root\t%s\n' "$root"
    cd "$root"
    find logs out -type f -exec stat -c $'%d\t%i\t%.9Y\t%n' {} + | sort -k 4
} >"$kept/files.tsv"
cp -r "$root"/{logs,out,glossd.yaml,sys.sent,pipe.sent} "$kept/"
mkdir "$kept"/{journal,state}
for file in "$root"/journal/*; do
    xz -9 -c "$file" >"$kept/journal/${file##*/}.xz"
done
for file in "$root"/state/*; do
    [[ ! -s $file ]] || cp "$file" "$kept/state/"
done
chmod -R u=rwX,go=rX "$kept"
title "$(du -sk "$kept" | cut -f 1) KiB in $kept"
