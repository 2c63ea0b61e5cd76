#!/usr/bin/env bash
# Many files, and a file with a very long line.
#
#   many.sh [SCENARIO...]          run these scenarios or all of them, each in all three ways
#   many.sh --one SCENARIO WAY     run one scenario in one way: watch, poll or stopped
# shellcheck disable=SC2317 # scenarios are called by their names
[[ ! -w /dev/shm ]] || export TMPDIR=/dev/shm # ten thousand files take long on a disk
# shellcheck source=tests/following/lib.sh
. "$(dirname "$0")/lib.sh"

files=10000

# each_file TEXT: appends the text to each file; %d in it is the file's number.
each_file() {
    awk -v n="$files" -v folder="$logs" -v text="$1" 'BEGIN {
        for (i = 0; i < n; i++) {
            file = sprintf("%s/%d.log", folder, i)
            printf text "\n", i >>file
            close(file)
        }
    }'
}

with_few_descriptors() {
    ulimit -n 1024
    exec "$@"
}

# One file gets very many lines. Single lines in the other files must not wait for the end of these.
ten_thousand_files_with_1024_descriptors_and_a_flood_in_one() {
    local last_trickle last_flood open
    following "$logs/*.log"
    each_file '%d first'
    start_under with_few_descriptors
    until_true 120 has_lines "$files" "$out" || die "$(lines_in "$out") first lines came"
    open=$(find "/proc/$service/fd" -type l | wc -l)
    ((open < 1024)) || die "$open descriptors are open"
    flood() {
        seq -f '%.0f flood' 1000000 >>"$logs/0.log"
        each_file '%d trickles'
    }
    kill -STOP "$service"
    until_true 5 stands_still || die "does not stand still"
    flood
    kill -CONT "$service"
    until_true 120 has_lines $((files * 2 + 1000000)) "$out" || die "$(lines_in "$out") lines came"
    said "cannot" && die "something went wrong"
    last_trickle=$(grep -n ' trickles$' "$out" | grep -v ':0 ' | tail -n 1 | cut -d: -f1)
    last_flood=$(grep -n ' flood$' "$out" | tail -n 1 | cut -d: -f1)
    ((last_trickle < last_flood)) || die "a line waited for the end of the flood"
    stop
    { seq -f '%.0f flood' 1000000 && echo '0 trickles'; } >"$folder/want"
    grep -e flood -e '^0 trickles' "$out" | cmp - "$folder/want" || die "the flood is not as it was"
    [[ $(grep -v flood "$out" | sort -u | wc -l) -eq $((2 * files)) ]] || die "lost or doubled"
    verified
}

# All files are rotated. The renamed files, which are still looked at for late lines, are more than the
# descriptors that may be open.
ten_thousand_files_rotated() {
    needs python3
    codes=false order=sorted
    following "$logs/*.log"
    each_file '%d first'
    start_under with_few_descriptors
    until_true 120 has_lines "$files" "$out" || die "$(lines_in "$out") first lines came"
    rotate() {
        each_file '1%05d second'
        (cd "$logs" && python3 -c '
import os
for i in range('"$files"'):
    os.rename(f"{i}.log", f"{i}.log.1")')
        each_file '2%05d third'
    }
    act rotate
    until_true 120 has_lines $((files * 3)) "$out" || die "$(lines_in "$out") lines came"
    awk -v n="$files" 'BEGIN {
        for (i = 0; i < n; i++)
            printf "%d first\n1%05d second\n2%05d third\n", i, i, i
    }' >"$folder/want"
    all_is_right
}

# The line is too long for the memory, and must not be written to a disk a second time either.
five_gigabytes_without_a_newline() {
    local peak
    following "$log"
    sed -i "s|file: $out|stdout: true|" "$folder/glossd.yaml"
    numbered 1 1 >"$log"
    start >/dev/null
    until_true 10 committed 1 || die "the first line does not come"
    grow() {
        truncate -s 5G "$log"
        echo '2 sent: BIZ_TOPIC_NOT_FOUND' >>"$log"
        numbered 3 3 >>"$log"
    }
    act grow
    until_true 200 committed 3 || die "it does not come"
    peak=$(awk '/^VmHWM/ { print $2 }' "/proc/$service/status")
    [[ $glossd == *asan* ]] || ((peak < 65536)) || die "it took $peak KiB"
    stop
    [[ $(sqlite3 -readonly "$folder/state/db" "SELECT sum(lines), sum(hits) FROM sources") == '3|3' ]] ||
        die "not three lines with a code each"
}

helpers=(each_file with_few_descriptors)
run_scenarios "$@"
