#!/usr/bin/env bash
# Calls that fail, and writes that take only a part: nothing is lost, the service says so and goes on.
# shellcheck source=tests/crash/lib.sh
. "$(dirname "$0")/lib.sh"

command -v strace >/dev/null || skip "strace is missing"
strace -D -qq -o /dev/null true || skip "no right to trace"
tried=0 ended_itself=0

prepare() {
    rm -rf "$folder"/{logs,out,state}
    : >"$folder/messages"
    configure "" "counters: {interval: 1s, file: $folder/out/counters.jsonl}
checkpoint: {interval: 10ms}"
    write_lines 1 100
}

# settled N: N lines are committed, or the service is dead. It asks for a checkpoint each time, so that
# nobody waits for the next attempt after one that failed.
settled() {
    ! has_ended || return 0
    said "started with" && catches 0x200 && kill -USR1 "$service"
    committed "$1"
}

# write_on WHAT: writes more lines, part by part, and waits for each part. A service that gave up, which
# must end with status 2, is started again. At the end comes a stop and the proof.
write_on() {
    local last
    for last in 101 102 200; do
        until_true 20 settled "$((last == 200 ? 102 : last - 1))" || die "$1: no commit"
        write_lines "$((last == 200 ? 103 : last))" "$last"
    done
    until_true 20 settled 200 || die "$1: no commit of all lines"
    if has_ended; then
        ended
        [[ $status -eq 2 ]] || die "$1: status $status"
        ended_itself=$((ended_itself + 1))
        start
        until_true 20 settled 200 || die "$1: no commit after a new start"
    fi
    stop
    prove "$folder/out/all.log"
    tried=$((tried + 1))
}

# A sync that fails has lost the bytes that it should have written; the next one succeeds nevertheless.
for sync in 1 2 3; do
    prepare
    start_under env LD_PRELOAD="$tools/faulty_disk.so" FAULTY_PATH="$folder/out/all.log" \
        FAULTY_SYNC=$sync
    write_on "lossy sync $sync"
    said "cut back to the last checkpoint" || die "sync $sync did not fail"
done

# The service says that a disk hangs, and goes on reading meanwhile.
prepare
: >"$folder/out/all.log"
start_under strace -D -f -qq -o /dev/null -P "$folder/out/all.log" \
    -e inject=fdatasync:delay_enter=7000000:when=1
until_true 10 has_lines 100 "$folder/out/all.log" || die "a disk that hangs: does not read"
write_lines 101 150
until_true 3 has_lines 150 "$folder/out/all.log" || die "a disk that hangs: does not read on"
until_true 20 said "is slow to write, waiting" || die "a disk that hangs: not said"
until_true 20 said "the disk has written everything after" || die "a disk that hangs: its end is not said"
until_true 20 committed 150 || die "a disk that hangs: no commit"
stop
prove "$folder/out/all.log"
tried=$((tried + 1))

# A sync fails after files were rotated since the last commit. They are read once more, each from its
# offset at that commit.
renamed() { mv "$folder/logs/app.log" "$folder/logs/app.log.1"; }
removed() {
    mkdir -p "$folder/gone"
    ln "$folder/logs/app.log" "$folder/gone/app.log.0" # so that the proof finds its lines
    rm "$folder/logs/app.log"
}
removed_twice() {
    removed
    write_lines 131 150
    until_true 10 has_lines 150 "$folder/out/all.log" || die "removed_twice: does not read on"
    mv "$folder/logs/app.log" "$folder/gone/app.log.1"
}
for act in renamed removed removed_twice; do
    prepare
    sed -i 's/interval: 10ms/interval: 1h/' "$folder/glossd.yaml"
    start_under env LD_PRELOAD="$tools/faulty_disk.so" FAULTY_PATH="$folder/out/all.log" FAULTY_SYNC=2
    until_true 10 has_lines 100 "$folder/out/all.log" || die "$act: does not read"
    kill -USR1 "$service"
    until_true 10 committed 100 || die "$act: no commit"
    write_lines 101 130
    until_true 10 has_lines 130 "$folder/out/all.log" || die "$act: does not read on"
    $act
    [[ $act == removed_twice ]] || write_lines 131 150
    write_lines 151 170
    until_true 10 said "cut back to the last checkpoint" || die "$act: the sync did not fail"
    until_true 20 committed 170 || die "$act: no commit of all lines"
    stop
    [[ $act == renamed ]] || mv "$folder"/gone/* "$folder/logs/"
    prove "$folder/out/all.log"
    tried=$((tried + 1))
done

# A stop does not wait for a disk that hangs longer than a stop may take. The next start is like one
# after a crash.
prepare
start_under env LD_PRELOAD="$tools/faulty_disk.so" FAULTY_PATH="$folder/out/all.log" \
    FAULTY_HANG="$folder/hang"
until_true 20 settled 100 || die "hanging: does not commit"
: >"$folder/hang"
write_lines 101 200
until_true 10 has_lines 200 "$folder/out/all.log" || die "hanging: does not read on"
stop_with 2
said "the disk is too slow to write, giving up" || die "hanging: not said"
rm "$folder/hang"
start
until_true 20 settled 200 || die "hanging: no commit after a new start"
stop
prove "$folder/out/all.log"
tried=$((tried + 1))

# What came through a FIFO cannot be read again, so it was kept.
for sync in 1 2 3; do
    prepare
    rm -f "$folder"/{pipe,want}
    mkfifo "$folder/pipe"
    sed -i "s|follow: .*|fifo: $folder/pipe|" "$folder/glossd.yaml"
    start_under env LD_PRELOAD="$tools/faulty_disk.so" FAULTY_PATH="$folder/out/all.log" \
        FAULTY_SYNC=$sync
    exec 8<>"$folder/pipe"
    for part in 1 2 3 4; do
        seq -f "$part-%.0f BIZ_NO_MESSAGE" 100 | tee -a "$folder/want" >&8
        until_true 20 settled $((part * 100)) || die "FIFO, lossy sync $sync: no commit"
    done
    exec 8>&-
    said "cut back to the last checkpoint" || die "FIFO: sync $sync did not fail"
    stop
    cut -d' ' -f1 "$folder/out/all.log" | cmp - <(cut -d' ' -f1 "$folder/want") ||
        die "FIFO, lossy sync $sync: lost or doubled"
    tried=$((tried + 1))
done

prepare
start_under env LD_PRELOAD="$tools/faulty_disk.so" FAULTY_PATH="$folder/out/all.log" FAULTY_SHORT=1
write_on "short writes"

for fault in writev:error=EIO:when=1 writev:error=EIO:when=2 writev:error=ENOSPC:when=1..2 \
    fdatasync:error=EIO:when=1 fdatasync:error=EIO:when=2 fdatasync:error=EDQUOT:when=1..2; do
    prepare
    : >"$folder/out/all.log" # -P wants it to be there
    start_under strace -D -f -qq -o /dev/null -P "$folder/out/all.log" -e "inject=$fault"
    write_on "$fault of the sink"
    # When a call succeeds on the second try, there is no message.
    [[ $fault == writev*when=[12] ]] || said "$folder/out/all.log" ||
        die "$fault: its name was not said"
done

# The n-th call of each thread: the loop writes to the rollback journal, the second thread to the
# database.
for n in 1 2 3 4 5 6 8 10 12 15 18 22; do
    for fault in fdatasync:error=EIO pwrite64:error=EIO pwrite64:error=ENOSPC; do
        prepare
        start
        until_true 10 committed 100 || die "does not commit"
        stop
        : >"$folder/messages"
        start_under strace -D -f -qq -o /dev/null -P "$folder/state/db" -P "$folder/state/db-journal" \
            -e "inject=$fault:when=$n"
        write_on "$fault of the state, call $n"
    done
done
echo "errors: $tried faults, in $ended_itself of them a stop with status 2; lost 0, doubled 0," \
    "counters off by 0"
