#!/bin/sh
# Runs the first two commands of the README on a Debian 12 that has nothing: no compiler, no man, no
# sudo. The tree is copied as git knows it, with edits that are not committed. During the first command
# another process holds all locks of apt. The test is skipped (77) when such a root cannot be made.
set -eu
cd "$GLOSSD_ROOT"
# shellcheck source=tests/fresh/root.sh
. tests/fresh/root.sh

can_make_root || { echo 'SKIPPED: it takes root, mmdebstrap and mounts to make a fresh root' && exit 77; }

root=$(mktemp -d /var/tmp/glossd-fresh.XXXXXX)
trap 'rm -rf --one-file-system "$root"' EXIT

copy_tree() {
    mkdir "$root/src"
    git -c safe.directory='*' ls-files -z --cached --others --exclude-standard |
        tar --null --ignore-failed-read -T - -cf - | tar --no-same-owner -xf - -C "$root/src"
}

make_root "$root"
copy_tree
inside "$root" /src/tests/fresh/locks.sh /src/dev demo
inside "$root" /src/dev test
