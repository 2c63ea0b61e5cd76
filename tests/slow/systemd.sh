#!/usr/bin/env bash
# Tests the Debian package in a booted systemd (tests/e2e). The machine is a Debian 12 of its own. It has
# what the package depends on, and nginx, rsyslog and logrotate, which write and rotate logs. This needs
# root, mmdebstrap, overlay mounts and a pid namespace of its own; when it is not possible, the test says
# why and is skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/fresh/root.sh
. tests/fresh/root.sh

can_make_root || { echo 'SKIPPED: it takes root, mmdebstrap and mounts to make a machine' && exit 77; }

export MACHINE_DIR=/run/glossd-e2e-$$
machine=tests/e2e/machine
work=$(mktemp -d /var/tmp/glossd-machine.XXXXXX)
trap '"$machine" down; rm -rf --one-file-system "$work"' EXIT

./dev package
cp build/package/glossd_*.deb "$work/current.deb"
dpkg-deb -R "$work/current.deb" "$work/tree"
sed -i 's/^Version: .*/&~former/' "$work/tree/DEBIAN/control"
dpkg-deb --root-owner-group -b "$work/tree" "$work/former.deb" >/dev/null

export MACHINE_ROOT=$work/root
make_root "$MACHINE_ROOT" --skip=cleanup/apt/lists \
    --include=systemd,systemd-sysv,dbus,man-db,logrotate,nginx,rsyslog
inside "$MACHINE_ROOT" apt-get satisfy -qq --no-install-recommends \
    "$(dpkg-deb -f "$work/current.deb" Depends)" >"$work/said" 2>&1 || { cat "$work/said" && exit 1; }

status=0
"$machine" up || status=$?
[[ $status -eq 0 ]] || { echo "SKIPPED: no machine can be booted here (status $status)" && exit 77; }

# The machine has its own /tmp, and its /root has no files of ours.
tar -cf - -C "$PWD/tests/e2e" . -C "$work" former.deb current.deb |
    "$machine" run bash -c 'mkdir -p /root/e2e && tar -xf - -C /root/e2e'
"$machine" run /root/e2e/scenarios.sh /root/e2e/former.deb /root/e2e/current.deb
