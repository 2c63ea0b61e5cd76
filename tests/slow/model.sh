#!/usr/bin/env bash
# Random sequences of what befalls logs and the one who follows them, against a reference that knows
# what could have been read: SEEDS of them with the follower alone, and some with the service, which
# is killed, and whose disk is full. Two run at a time, on two kinds of file systems.
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
# half NUMBER FOLDER: every other seed of all would do as well, but a run of them is told easier.
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
