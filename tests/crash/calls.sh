#!/usr/bin/env bash
# The service is killed at each call that changes something on disk, one call in each run, whichever
# thread makes it. A run has a start after a crash with something to cut back, lines, a rotation with a
# late line, a sink that is rotated, a reload, and a stop. A second run, which is not killed, must then
# make everything whole.
# shellcheck source=tests/crash/lib.sh
. "$(dirname "$0")/lib.sh"

calls=(write writev pwrite64 fsync fdatasync ftruncate rename unlink open)

# first_run: leaves what a killed service leaves, with bytes in the sink that no commit has.
first_run() {
    configure "" "counters: {interval: 1s, file: $folder/out/counters.jsonl}
checkpoint: {interval: 10ms}"
    write_lines 1 60
    start
    until_true 10 has_lines 60 "$folder/out/all.log" || die "the first run reads nothing"
    stop
    sed -i 's/interval: 10ms/interval: 1h/' "$folder/glossd.yaml"
    write_lines 61 90
    start
    until_true 10 has_lines 90 "$folder/out/all.log" || die "the second run reads nothing"
    kill -KILL "$service"
    ended
    sed -i 's/interval: 1h/interval: 10ms/' "$folder/glossd.yaml"
    [[ $(sqlite3 -readonly "$folder/state/db" "SELECT lines FROM sources") == 60 ]] ||
        die "nothing is left to be cut back"
}

# The state holds inodes, so a copy of an earlier folder would not fit it. The folder is made again.
again() {
    rm -rf "$folder"/{logs,out,state}
    : >"$folder/messages"
    first_run
}

# reached N: the service has written N lines, or is dead.
reached() {
    has_ended || has_lines "$1" "$folder"/out/all.log*
}

# settled N: N lines are committed, or the service is dead.
settled() { has_ended || committed "$1"; }

# act: what happens to logs and sinks during the run, whether the service lives or not.
act() {
    until_true 20 settled 90 || die "the run does not get to 90"
    mv "$folder/logs/app.log" "$folder/logs/app.log.1"
    write_lines 91 92 "$folder/logs/app.log.1"
    write_lines 93 120
    until_true 20 settled 120 || die "the run does not get to 120"
    mv "$folder/out/all.log" "$folder/out/all.log.1"
    kill -HUP "$service" 2>/dev/null || true
    write_lines 121 150
    until_true 20 settled 150 || die "the run does not get to 150"
    kill -TERM "$service" 2>/dev/null || true
    until_true 10 has_ended || die "the run does not stop"
    ended
}

# finish: a run that is not killed makes everything whole, and stops.
finish() {
    start
    until_true 10 reached 150 || true
    until_true 10 settled 150 || true
    stop
    prove "$folder/out/all.log.1" "$folder/out/all.log"
}

deaths=0
for call in "${calls[@]}"; do
    again
    start_under env LD_PRELOAD="$tools/death.so" DEATH_CALL="$call" DEATH_COUNT="$folder/calls"
    act
    [[ $status -eq 0 ]] || die "status $status untouched"
    finish
    total=$(<"$folder/calls")
    for ((n = 1; n <= total; n++)); do
        again
        start_under env LD_PRELOAD="$tools/death.so" DEATH_CALL="$call" DEATH_AT=$n
        act
        [[ $status -ne 137 ]] || deaths=$((deaths + 1))
        finish
    done
    echo "calls: $call: $total calls, deaths so far $deaths"
done
((deaths > 100)) || die "only $deaths deaths: nothing was tested"
echo "calls: $deaths deaths, 150 lines each, lost 0, doubled 0, counters off by 0"
