#!/bin/sh
# The first two commands of the README on a Debian 12 that has nothing: no compiler, no man, no
# sudo. The tree is copied as git knows it, edits that are not committed included. Packages come
# from where this machine has its own. Skipped (77) where such a root cannot be made.
set -eu
cd "$GLOSSD_ROOT"

[ "$(id -u)" -eq 0 ] && command -v mmdebstrap >/dev/null && unshare --mount true || exit 77

root=$(mktemp -d /var/tmp/glossd-fresh.XXXXXX)
trap 'rm -rf --one-file-system "$root"' EXIT

# A machine may need these settings for its sources to be accepted at all.
apt_settings() {
    apt-config dump |
        grep -E '^Acquire::(Check-Valid-Until|Check-Date|https?::Proxy|AllowInsecure[A-Za-z]*) '
}

make_root() {
    set --
    while read -r setting; do
        [ -z "$setting" ] || set -- "$@" "--aptopt=$setting"
    done <<EOF
$(apt_settings)
EOF
    sources=$(find /etc/apt/sources.list /etc/apt/sources.list.d -type f \
        \( -name '*.list' -o -name '*.sources' \) 2>/dev/null || true)
    # shellcheck disable=SC2086 # one word a file
    grep -q https $sources && set -- "$@" --include=ca-certificates
    # shellcheck disable=SC2086
    mmdebstrap --quiet --variant=minbase --mode=root --aptopt='Acquire::Retries "3"' "$@" bookworm "$root" $sources
    cp /etc/resolv.conf "$root/etc/resolv.conf"
}

copy_tree() {
    mkdir "$root/src"
    git -c safe.directory='*' ls-files -z --cached --others --exclude-standard |
        tar --null --ignore-failed-read -T - -cf - | tar --no-same-owner -xf - -C "$root/src"
}

# Mounts and processes of its own: nothing that a command leaves behind outlives it.
inside() {
    # shellcheck disable=SC2016 # each shell expands its own
    unshare --mount --pid --fork --kill-child=KILL -- sh -euc '
        root=$1
        shift
        mount --make-rprivate /
        mount --rbind /dev "$root/dev"
        mount -t proc proc "$root/proc"
        mount -t tmpfs tmpfs "$root/tmp"
        exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
            chroot "$root" sh -euc "cd /src && exec \"\$@\"" sh "$@"
        ' sh "$root" "$@" </dev/null
}

make_root
copy_tree
inside ./dev demo
inside ./dev test
