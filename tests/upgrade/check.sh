#!/usr/bin/env bash
# The upgrade from an older version. FOLDER (one of tests/data/state-*, made by make.sh) has the logs,
# sinks and state that the older version left when it was killed. The test copies them and lets the
# program GLOSSD go on from there.
#
#   check.sh GLOSSD FOLDER
#
# Copied files have other devices, inodes and times. So the test changes those in the state, and moves
# all times so that the older version died an hour or two ago. It changes nothing else. Then GLOSSD
# reads what the older version had not read, and what is written meanwhile. At the end each line of the
# logs must be in each sink exactly once and in order, and must be counted. The test finds that out with
# grep, sort and awk, without any code of glossd.
set -euo pipefail
glossd=$(realpath "$1")
kept=$(realpath "$2")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/upgrade/lines.sh
. "$here/lines.sh"
export LC_ALL=C TZ=UTC
folder=$(mktemp -d)
root=$folder/root
state=$root/state/state.db
service=
failures=0

clean_up() {
    [[ -z $service ]] || kill -KILL "$service" 2>/dev/null || true
    rm -rf "$folder"
}
trap clean_up EXIT

failed() {
    printf 'FAILED: %s\n' "$*"
    failures=$((failures + 1))
}

die() {
    failed "$@"
    cat "$folder/messages"
    exit 1
}

# same WHAT EXPECTED FOUND: compares two files.
same() {
    if cmp -s "$2" "$3"; then
        printf 'ok: %s\n' "$1"
    else
        failed "$1"
        diff "$2" "$3" | head -n 20 || true
    fi
}

# ---- The copy.

was=$(sed -n 's/^root\t//p' "$kept/files.tsv")
# By whole hours, because the history has rows for minutes and hours.
died=$(sqlite3 -readonly "$kept/state/state.db" 'SELECT committed_ns / 1000000000 FROM state')
moved=$(($(date +%s) / 3600 * 3600 - died / 3600 * 3600 - 3600))

copy() {
    mkdir "$root" "$root/in"
    cp -r "$kept"/{logs,out,journal,state} "$root/"
    xz -d "$root"/journal/*.xz
    mkfifo "$root/in/pipe"
    sed "s|@ROOT@|$root|g; s|@WAIT@|500ms|g" "$kept/glossd.yaml" >"$root/glossd.yaml"
}

# numbers_of_files: sets the time of each file, and prints its former and its present device and inode
# as a row for SQL.
numbers_of_files() {
    local device inode time name
    while IFS=$'\t' read -r device inode time name; do
        [[ $device != root ]] || continue
        touch -d "@$((${time%.*} + moved)).${time#*.}" "$root/$name"
        printf '(%s, %s, %s, %s),\n' "$device" "$inode" "$(stat -c %d "$root/$name")" \
            "$(stat -c %i "$root/$name")"
    done <"$kept/files.tsv"
}

# adapt: changes the state. A file that does not exist any more gets an inode that no file has.
adapt() {
    sqlite3 "$state" <<SQL
CREATE TEMP TABLE numbers (dev, ino, new_dev, new_ino);
INSERT INTO numbers VALUES $(numbers_of_files) (NULL, NULL, NULL, NULL);
CREATE TEMP VIEW others AS SELECT 'sinks' AS what, path, dev, ino FROM main.sinks
    UNION ALL SELECT 'files', path, dev, ino FROM main.files;
BEGIN;
UPDATE files SET (dev, ino) = (
    SELECT ifnull(max(new_dev), $(stat -c %d "$root/logs")), ifnull(max(new_ino), 1 << 60)
    FROM numbers WHERE numbers.dev = files.dev AND numbers.ino = files.ino);
UPDATE sinks SET (dev, ino) = (
    SELECT ifnull(max(new_dev), 0), ifnull(max(new_ino), 1 << 60)
    FROM numbers WHERE numbers.dev = sinks.dev AND numbers.ino = sinks.ino);
UPDATE files SET path = replace(path, '$was', '$root');
UPDATE sinks SET path = replace(path, '$was', '$root');
UPDATE unused SET name = replace(name, '$was', '$root'), since_ns = since_ns + $moved * 1000000000;
UPDATE files SET seen_ns = seen_ns + $moved * 1000000000,
    met_ns = met_ns + $moved * 1000000000 * (met_ns > 0);
UPDATE state SET since_ns = since_ns + $moved * 1000000000,
    committed_ns = committed_ns + $moved * 1000000000,
    history_from_ns = history_from_ns + $moved * 1000000000 * (history_from_ns > 0);
UPDATE history SET begin_s = begin_s + $moved, first_ns = first_ns + $moved * 1000000000,
    last_ns = last_ns + $moved * 1000000000;
COMMIT;
SQL
}

# ---- The program.

start() {
    : >"$folder/messages"
    "$glossd" run --config "$root/glossd.yaml" 2>"$folder/messages" </dev/null &
    service=$!
}

ended() {
    status=0
    wait "$service" || status=$?
    service=
}

a_newer_state_is_refused() {
    local was
    sqlite3 "$state" 'PRAGMA user_version = 99'
    was=$(cksum <"$state")
    start
    ended
    if [[ $status -eq 2 ]] && grep -q 'newer' "$folder/messages"; then
        echo 'ok: a state of a newer version is refused'
    else
        failed "a state of a newer version: status $status, '$(cat "$folder/messages")'"
    fi
    [[ $(cksum <"$state") == "$was" ]] || failed 'a state of a newer version is touched'
    rm -rf "$root"
}

# more SOURCE FILE ITEM FIRST LAST: appends lines with the present time to a log, or writes them to the
# FIFO.
more() {
    lines "$3" "$4" "$5" "$(date -u '+%Y-%m-%dT%H:%M:%SZ')" | tee -a "$folder/$1.new" >>"$root/$2"
}

# write_more: writes to each source while GLOSSD runs. The half line gets its other half, so it has an
# old time.
write_more() {
    echo '_FOUND' >>"$root/logs/shop/a.log"
    more shop logs/shop/a.log a 71 80
    more shop logs/shop/b.log b 46 50
    more web logs/web/access.log web 61 65
    more former logs/former.log former 16 20
    more pipe in/pipe pipe 41 50
}

# has_read LINES: waits until GLOSSD has read so many lines of all sources.
has_read() {
    until_true 30 has_lines "$1" "$root/out/all.log" ||
        die "only $(lines_in "$root/out/all.log") of $1 lines came"
}

# ---- The result.

# written SOURCE: prints all lines of a source, from the files that have them now.
written() {
    case $1 in
    shop)
        cat "$root"/logs/shop/{a,b,c}.log "$root/logs/shop/a.log.1"
        zcat "$root/logs/shop/b.log.1.gz"
        ;;
    web) cat "$root"/logs/web/access.log* ;;
    former) cat "$root/logs/former.log" ;;
    pipe) cat "$kept/pipe.sent" "$folder/pipe.new" ;;
    sys) cat "$kept/sys.sent" ;;
    esac
}
sources=(former pipe shop sys web)

written_by_all() {
    local source
    for source in "${sources[@]}"; do
        written "$source"
    done
}

# in_order: sorts lines by item, and keeps the order of the lines of an item. numbered_order: sorts them
# by item and number, which is the order in which they were written.
in_order() { sed 's/.*message \([a-z]*\)\.\([0-9]*\) .*/\1 &/' | sort -s -k 1,1; }
numbered_order() {
    sed 's/.*message \([a-z]*\)\.\([0-9]*\) .*/\1 \2 &/' | sort -k 1,1 -k 2,2n | sed 's/ [0-9]* / /'
}

without_notes() { sed 's/  # .*//' "$@"; }

codes=$(sed -n 's/^  \([A-Z_]*\):$/\1/p' "$here/../../conf/catalogs/aliyun-mqtt.yaml" | paste -sd '|')
has_code() { grep -wE "$codes"; }

judge_sinks() {
    written_by_all | numbered_order >"$folder/all"
    written_by_all | has_code | numbered_order >"$folder/matched"
    written pipe | numbered_order >"$folder/small"
    written web | numbered_order >"$folder/web"
    without_notes "$root/out/all.log" | in_order >"$folder/found"
    same 'each line is in the sink of all lines once' "$folder/all" "$folder/found"
    without_notes "$root"/out/matched.log{.1,} | in_order >"$folder/found"
    same 'each line with a code is in the sink of those once' "$folder/matched" "$folder/found"
    without_notes "$root/out/small/small.log" | in_order >"$folder/found"
    same 'each line of the FIFO is in the sink that was full once' "$folder/small" "$folder/found"
    without_notes "$root/out/web.log" | in_order >"$folder/found"
    same 'each line of one source is in the sink of that source once' "$folder/web" "$folder/found"
    sed 's/.*"message": *"\([^"]*\)".*/\1/' "$root/out/all.json" | in_order >"$folder/found"
    same 'each line is in the sink of JSON once' "$folder/all" "$folder/found"
    has_code <"$root/out/all.log" >"$folder/all"
    grep '  # [A-Z_]*: ' "$root/out/all.log" >"$folder/found" || true
    same 'each line with a code, and no other, has a note' "$folder/all" "$folder/found"
}

written_now() { cat "$folder/$1.new"; }

# counted SOURCE WRITTEN: counts the lines of a source that the function WRITTEN prints. A code is a
# word. A word with the shape of the family that is no code is an unknown code.
counted() {
    "$2" "$1" >"$folder/lines"
    grep -owE "$codes" "$folder/lines" | sort | uniq -c | while read -r n code; do
        echo "code $1 $code hits $n lines $(grep -cw "$code" "$folder/lines")"
    done || true
    grep -owE '(ONS|BIZ|EMPOWER)_[A-Z][A-Z0-9_]*' "$folder/lines" | grep -vwE "$codes" |
        sed 's/^/unknown /' || true
    echo "lines $(wc -l <"$folder/lines")"
    echo "bytes $(wc -c <"$folder/lines")"
    echo "matched_lines $(has_code <"$folder/lines" | wc -l)"
    echo "hits $(grep -owE "$codes" "$folder/lines" | wc -l)"
    echo "successes $(grep -c 'ResponseCode=200' "$folder/lines" || true)"
}

# counted_by_all WRITTEN
counted_by_all() {
    local source
    for source in "${sources[@]}"; do
        counted "$source" "$1"
    done | awk '$1 == "code" { print; next } $1 == "unknown" { n[$0]++; next } { n[$1] += $2 }
                END { for (what in n) print what, n[what] }' | sort
}

# told OPTION...: the same numbers from GLOSSD's summary.
told() {
    "$glossd" summary --state "$state" --format json "$@" >"$folder/summary.json"
    sqlite3 -separator ' ' :memory: "
        CREATE TABLE s (j); INSERT INTO s VALUES (readfile('$folder/summary.json'));
        SELECT 'code', json_extract(source.value, '$.source'), json_extract(code.value, '$.code'),
            'hits', json_extract(source.value, '$.hits'), 'lines', json_extract(source.value, '$.lines')
            FROM s, json_each(j, '$.codes') AS code, json_each(code.value, '$.sources') AS source;
        SELECT 'unknown', json_extract(value, '$.code'), json_extract(value, '$.hits')
            FROM s, json_each(j, '$.unknown');
        SELECT key, value FROM s, json_each(j)
            WHERE key IN ('lines', 'bytes', 'matched_lines', 'hits', 'successes')" | sort
}

judge_counters() {
    counted_by_all written >"$folder/counted"
    told >"$folder/told"
    same 'the summary has the right counts' "$folder/counted" "$folder/told"
}

# The history must have what the older version counted, and the lines that were written during the test.
judge_history() {
    counted_by_all written_now | cat - "$folder/history" | awk '
        $1 == "code" { hits[$1 " " $2 " " $3] += $5; lines[$1 " " $2 " " $3] += $7; next }
        $1 == "unknown" { n[$1 " " $2] += $3; next }
        { n[$1] += $2 }
        END { for (what in hits) print what, "hits", hits[what], "lines", lines[what]
              for (what in n) print what, n[what] }' | sort >"$folder/counted"
    told --since 2d >"$folder/told"
    same 'the history has the right counts' "$folder/counted" "$folder/told"
}

kept_history() {
    sqlite3 -readonly -separator ' ' "$state" "
        SELECT 'code', source, code, 'hits', sum(hits), 'lines', sum(lines) FROM history
            WHERE kind = 1 GROUP BY source, code;
        SELECT 'unknown', code, sum(hits) FROM history WHERE kind = 2 GROUP BY code;
        SELECT 'lines', sum(lines) FROM history WHERE kind = 0;
        SELECT 'bytes', sum(bytes) FROM history WHERE kind = 0;
        SELECT 'matched_lines', sum(matched_lines) FROM history WHERE kind = 0;
        SELECT 'hits', sum(hits) FROM history WHERE kind = 0;
        SELECT 'successes', sum(successes) FROM history WHERE kind = 0"
}

# ---- The test.

copy
adapt
a_newer_state_is_refused

copy
adapt
kept_history >"$folder/history"
touch "$folder/"{former,pipe,shop,sys,web}.new
before=$(written_by_all | wc -l)
start
has_read "$before"
write_more
has_read "$(written_by_all | wc -l)"
kill -TERM "$service"
ended
[[ $status -eq 0 ]] || die "status $status at the end"

judge_sinks
judge_counters
judge_history
if "$glossd" verify --config "$root/glossd.yaml" >"$folder/verified" 2>&1; then
    echo "ok: verify: $(tail -n 1 "$folder/verified")"
else
    failed "verify: status $?"
    cat "$folder/verified"
fi
if ((failures > 0)); then
    cat "$folder/messages"
    exit 1
fi
