#!/usr/bin/env bash
# The same commit must give the same packages, byte for byte, wherever it is built and by which user.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
git rev-parse --verify -q HEAD >/dev/null || { echo 'SKIPPED: not in a repository' && exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for folder in one another/deeper; do
    mkdir -p "$work/$folder"
    git archive HEAD | tar -xf - -C "$work/$folder"
done
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
(cd "$work/one" && ./dev package)
(cd "$work/another/deeper" && umask 077 && ./dev package)
for package in "$work"/one/build/package/*.deb; do
    cmp "$package" "$work/another/deeper/build/package/${package##*/}"
    sha256sum "$package"
done
