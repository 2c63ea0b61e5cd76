#!/usr/bin/env bash
# Runs random sequences of events, for logs and for whoever follows them, and compares the result with a
# reference that knows what could have been read. SEEDS sequences use the follower alone. Some use the
# service, which is killed and whose disk is full. Two run at a time, on two kinds of file systems.
set -euo pipefail
cd "$GLOSSD_ROOT"
./dev build release
seeds=${1:-1000}
first=${2:-1}
outside=$((seeds / 25))
export GLOSSD_BIN=$PWD/build/release/glossd
folders=()
for place in /tmp /dev/shm; do
    folders+=("$(mktemp -d "$place/glossd-models-XXXXXX")")
done
trap 'rm -rf "${folders[@]}"' EXIT
failed=0
pids=()
# half NUMBER FOLDER: the first or the second half of the seeds, so that a report names them as a range.
half() {
    local from=$((first + $1 * (seeds / 2)))
    build/release/tests/model inside "$from" "$((seeds / 2))" "$2"
    build/release/tests/model outside "$from" "$((outside / 2))" "$2"
}
for number in 0 1; do
    half "$number" "${folders[number]}" &
    pids+=($!)
done
for pid in "${pids[@]}"; do
    wait "$pid" || failed=1
done
exit "$failed"
