#!/usr/bin/env bash
# Full disks: under the sink, under the state, under both. The service says which file is concerned,
# goes on when there is room again, and loses nothing. A stop while the state takes no commit ends with
# status 2, in time, and the last commit stays intact.
# shellcheck source=tests/crash/lib.sh
. "$(dirname "$0")/lib.sh"

[[ $(id -u) -eq 0 ]] || skip "only root may mount a small disk"
configure
mount -t tmpfs -o size=1m none "$folder/out" 2>/dev/null || skip "no right to mount"
umount "$folder/out"

small_disk() {
    mount -t tmpfs -o "size=$2" none "$1"
    mounts+=("$1")
}

unmount_all() {
    local place
    for place in "${mounts[@]}"; do
        umount "$place"
    done
    mounts=()
}

# Many files: a commit that has a row for each of them needs room.
prepare() {
    unmount_all
    rm -rf "$folder"/{logs,out,state}
    : >"$folder/messages"
    configure "" "    mode: 0600
checkpoint: {interval: 10ms}"
    sed -i 's|app.log$|app.log*.txt|' "$folder/glossd.yaml"
}

fill() { cat /dev/zero >"$1/filler" 2>/dev/null || true; }

# files FIRST LAST: makes the logs FIRST to LAST, with a hundred lines each.
files() {
    local i
    for ((i = $1; i <= $2; i++)); do
        write_lines $((i * 100 + 1)) $((i * 100 + 100)) "$folder/logs/app.log$i.txt" "$i"
    done
}

all_is_there() {
    until_true 20 committed "$1" || die "not all is committed when there is room again"
    stop
    prove "$folder/out/all.log"
    echo "disks: $2: $verdict"
}

prepare
small_disk "$folder/out" 2m
files 0 1
start
until_true 10 committed 200 || die "does not commit"
fill "$folder/out"
files 2 101
until_true 10 said "cannot write to '$folder/out/all.log': No space left" || die "not said"
rm "$folder/out/filler"
until_true 10 said "'$folder/out/all.log' can be written again" || die "does not heal"
all_is_there 10200 "sink full, healed"

prepare
small_disk "$folder/state" 256k
files 0 1
start
until_true 10 committed 200 || die "does not commit"
fill "$folder/state"
files 2 901
until_true 10 said "cannot commit to '$folder/state/db'" || die "not said"
stop_with 2
committed 200 || die "the last commit is lost"
[[ $(sqlite3 -readonly "$folder/state/db" "PRAGMA integrity_check") == ok ]] ||
    die "the last commit is not intact"
rm "$folder/state/filler"
mount -o remount,size=4m "$folder/state"
start
all_is_there 90200 "state full, stopped with status 2, started with room"

prepare
small_disk "$folder/state" 256k
files 0 1
start
until_true 10 committed 200 || die "does not commit"
fill "$folder/state"
files 2 901
until_true 10 said "cannot commit to '$folder/state/db'" || die "not said"
rm "$folder/state/filler"
mount -o remount,size=4m "$folder/state"
until_true 20 said "takes commits again" || die "does not heal"
all_is_there 90200 "state full, healed"

prepare
mkdir -p "$folder/disk"
small_disk "$folder/disk" 512k
rm -rf "$folder"/{state,out}
mkdir "$folder/disk/state" "$folder/disk/out"
ln -s disk/state "$folder/state"
ln -s disk/out "$folder/out"
files 0 1
start
until_true 10 committed 200 || die "does not commit"
fill "$folder/disk"
files 2 901
until_true 10 said "No space left" || die "not said"
rm "$folder/disk/filler"
mount -o remount,size=32m "$folder/disk"
all_is_there 90200 "both full, healed"
rm "$folder/state" "$folder/out"

# two_sources [KEYS]: configures two sources, each with a sink of its own. KEYS are further keys of the
# first source.
two_sources() {
    unmount_all
    rm -rf "$folder"/{logs,out,state,other}
    : >"$folder/messages"
    configure "${1:-}" "    sources: [app]
  - name: other
    file: $folder/other/other.log
    emit: all
    sources: [other]
checkpoint: {interval: 10ms}"
    sed -i "s|^sinks:|  - {name: other, follow: $folder/logs/other.txt}\nsinks:|" "$folder/glossd.yaml"
    mkdir -p "$folder/other"
}

# One of two sinks has a full disk. The other one goes on and is committed, also across a reload. Lines
# that were read for the full sink and not written survive a crash.
two_sinks() {
    two_sources
    small_disk "$folder/out" 1m
    fill "$folder/out"
    start
    until_true 10 said "started with" || die "does not start"
    write_lines 1 5000
    until_true 10 said "cannot write to '$folder/out/all.log': No space left" || die "not said"
    write_lines 900001 900100 "$folder/logs/other.txt" 2
    until_true 10 has_lines 100 "$folder/other/other.log" || die "the other one does not go on"
    until_true 10 committed 100 || die "no commit while a sink waits"
    kill -HUP "$service"
    until_true 10 said reloaded || die "no reload while a sink waits"
}

# both_are_there WHAT: each line once in its sink.
both_are_there() {
    until_true 20 has_lines 5000 "$folder"/out/all.log* || die "$1: does not heal"
    stop
    truth
    verdict=$("$tools/exactly_once" "$folder/truth" "$folder"/out/all.log*) || die "$1: $verdict"
    cmp -s "$folder/logs/other.txt" <(sed 's/  # .*//' "$folder/other/other.log") ||
        die "$1: the other sink is not as it was written"
    "$glossd" verify --config "$folder/glossd.yaml" >"$folder/verdict" || die "$(cat "$folder/verdict")"
    echo "disks: one of two sinks full, $1: $verdict"
}

two_sinks
rm "$folder/out/filler"
both_are_there "healed"

two_sinks
kill -KILL "$service"
ended
start
until_true 10 said "cannot write to" || die "not said again"
rm "$folder/out/filler"
both_are_there "killed, healed"

two_sinks
stop
rm "$folder/out/filler"
start
both_are_there "stopped with status 0, started with room"

# Half of an overlong line is written when the disk is full. Then somebody makes room by emptying or
# deleting the sink. The line comes again, whole. Meanwhile the other source waits and takes no time.
ticks() { awk '{ print $14 + $15 }' "/proc/$service/stat"; }

half_a_line_and() {
    two_sources '    max_line: 64KiB'
    small_disk "$folder/out" 4m
    dd if=/dev/zero of="$folder/out/filler" bs=1M count=2 2>/dev/null
    start
    write_lines 1 10
    until_true 10 committed 10 || die "does not commit"
    head -c 3m /dev/zero | tr '\0' x >"$folder/long"
    { cat "$folder/long" && echo; } >>"$folder/logs/app.log"
    until_true 10 said "cannot write to '$folder/out/all.log': No space left" || die "not said"
    write_lines 900001 900100 "$folder/logs/other.txt" 2
    local before
    before=$(ticks)
    sleep 1
    (($(ticks) - before < 20)) || die "it is busy while it waits: $(($(ticks) - before)) ticks"
    head -n 10 "$folder/out/all.log" >"$folder/kept"
    "$@"
    rm "$folder/out/filler"
    { cat "$folder/long" && echo; } >"$folder/want"
    until_true 20 ends_with_the_line || die "$1: the line does not come"
    until_true 10 has_lines 100 "$folder/other/other.log" || die "$1: the other one does not go on"
    stop
    cmp "$folder/want" "$folder/out/all.log" || die "$1: not as it was written"
    echo "disks: half an overlong line, and $1: it came again, whole"
}
ends_with_the_line() { [[ $(size "$folder/out/all.log") -ge $(size "$folder/want") ]]; }

half_a_line_and truncate -s 0 "$folder/out/all.log"
half_a_line_and rm "$folder/out/all.log"

# Somebody moves the full sink away. There is room as soon as the service closes it.
two_sinks
mv "$folder/out/all.log" "$folder/kept"
rm "$folder/out/filler"
until_true 20 has_lines 1 "$folder/out/all.log" || die "is not opened again"
mv "$folder/kept" "$folder/out/all.log.1"
both_are_there "moved away and healed"
unmount_all
