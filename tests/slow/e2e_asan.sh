#!/usr/bin/env bash
# Runs the scenarios of tests/following again, with the build that has sanitizers.
set -euo pipefail
cd "$GLOSSD_ROOT"
./dev build asan
export GLOSSD_BIN=$PWD/build/asan/glossd
for script in follow logrotate rotations identity places many; do
    began=$SECONDS
    "tests/following/$script.sh"
    echo "$script: $((SECONDS - began)) s"
done
