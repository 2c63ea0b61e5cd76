#!/usr/bin/env bash
# The Debian package in a booted systemd (tests/e2e). Where that is not possible it says why, and
# skips: it needs root, overlay mounts and a pid namespace of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
[[ $(id -u) -eq 0 ]] || { echo 'SKIPPED: needs root to boot a machine' && exit 77; }

export MACHINE_DIR=/run/glossd-e2e-$$
machine=tests/e2e/machine
work=$(mktemp -d)
trap '"$machine" down; rm -rf "$work"' EXIT

status=0
"$machine" up || status=$?
[[ $status -eq 0 ]] || { echo "SKIPPED: no machine can be booted here (status $status)" && exit 77; }

./dev package
cp build/package/glossd_*.deb "$work/current.deb"
dpkg-deb -R "$work/current.deb" "$work/tree"
sed -i 's/^Version: .*/&~former/' "$work/tree/DEBIAN/control"
dpkg-deb --root-owner-group -b "$work/tree" "$work/former.deb" >/dev/null

# What writes logs in the machine: packages that the machine lacks, not installed here; all or none.
mkdir -p "$work/debs/partial"
apt-get install -y --no-install-recommends --download-only -o "Dir::Cache::archives=$work/debs" \
    -o Acquire::Retries=3 nginx rsyslog >/dev/null 2>&1 </dev/null || rm -f "$work"/debs/*.deb
rm -rf "$work/debs/partial" "$work/debs/lock"

# The machine's /tmp is its own; in its /root there is nothing of ours.
tar -cf - -C "$PWD/tests/e2e" . -C "$work" former.deb current.deb debs |
    "$machine" run bash -c 'mkdir -p /root/e2e && tar -xf - -C /root/e2e'
"$machine" run /root/e2e/scenarios.sh /root/e2e/former.deb /root/e2e/current.deb
