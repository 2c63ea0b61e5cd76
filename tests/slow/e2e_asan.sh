#!/usr/bin/env bash
# The scenarios of following again, by the build with sanitizers.
set -euo pipefail
cd "$GLOSSD_ROOT"
./dev build asan
export GLOSSD_BIN=$PWD/build/asan/glossd
for script in follow logrotate lineage identity places many; do
    began=$SECONDS
    "tests/following/$script.sh"
    echo "$script: $((SECONDS - began)) s"
done
