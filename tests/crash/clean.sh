#!/usr/bin/env bash
# The service leaves no memory behind when it stops: under the sanitizers, and under valgrind. The run
# has everything that happens to a service: a crash and a new start, rotations of the log and of the
# sink, good and bad reloads, a checkpoint on demand.
# shellcheck source=tests/crash/lib.sh
. "$(dirname "$0")/lib.sh"

plain=$glossd

# life NAME COMMAND...: two runs of the service under COMMAND.
life() {
    local name=$1
    shift
    rm -rf "$folder"/{logs,out,state}
    : >"$folder/messages"
    configure "" "counters: {interval: 1s, file: $folder/out/counters.jsonl}
checkpoint: {interval: 10ms}"
    write_lines 1 100
    start_under "$@"
    until_true 60 committed 100 || die "$name: does not commit"
    kill -KILL "$service"
    ended
    write_lines 101 200
    start_under "$@"
    until_true 60 committed 200 || die "$name: does not commit"
    mv "$folder/logs/app.log" "$folder/logs/app.log.1"
    write_lines 201 300
    until_true 60 committed 300 || die "$name: does not commit"
    mv "$folder/out/all.log" "$folder/out/all.log.1"
    kill -HUP "$service"
    until_true 60 said reloaded || die "$name: does not reload"
    sed -i 's/emit: all/emit: most/' "$folder/glossd.yaml"
    kill -HUP "$service"
    until_true 60 said "going on with the old configuration" || die "$name: takes a bad configuration"
    write_lines 301 400
    until_true 60 committed 400 || die "$name: does not commit"
    kill -USR1 "$service"
    kill -TERM "$service"
    until_true 60 has_ended || die "$name: does not stop"
    ended
    ! grep -qE 'ERROR: |runtime error|definitely lost: [1-9]|not empty at the end' \
        "$folder/messages" || die "$name: not clean"
    [[ $status -eq 0 ]] || die "$name: status $status"
    prove "$folder/out/all.log.1" "$folder/out/all.log"
    echo "clean: $name: $verdict"
}

./dev build asan glossd
glossd=$PWD/build/asan/glossd
ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 life sanitizers exec
glossd=$plain
command -v valgrind >/dev/null || skip "valgrind is missing"
life valgrind valgrind -q --leak-check=full --show-leak-kinds=definite,indirect,possible \
    --errors-for-leak-kinds=definite,indirect,possible --error-exitcode=99 --track-fds=no
