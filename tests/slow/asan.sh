#!/bin/sh
# Runs every fast test again, under the sanitizers for addresses and undefined behaviour.
set -eu
cd "$GLOSSD_ROOT"
./dev build asan
exec ctest --test-dir build/asan -j "$(nproc)" --output-on-failure --no-tests=error
