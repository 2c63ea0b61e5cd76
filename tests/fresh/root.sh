# shellcheck shell=sh
# A Debian 12 of its own below a folder, for tests that must not depend on what this machine has.
# Packages come from where this machine has its own. Needs root and mmdebstrap.

# Whether one can be made here.
can_make_root() { [ "$(id -u)" -eq 0 ] && command -v mmdebstrap >/dev/null && unshare --mount true; }

# A machine may need these settings for its sources to be accepted at all.
apt_settings() {
    apt-config dump |
        grep -E '^Acquire::(Check-Valid-Until|Check-Date|https?::Proxy|AllowInsecure[A-Za-z]*) '
}

# make_root FOLDER [OPTION...]: options of mmdebstrap, such as --include=PACKAGES.
make_root() {
    folder=$1
    shift
    while read -r setting; do
        [ -z "$setting" ] || set -- "$@" "--aptopt=$setting"
    done <<END
$(apt_settings)
END
    sources=$(find /etc/apt/sources.list /etc/apt/sources.list.d -type f \
        \( -name '*.list' -o -name '*.sources' \) 2>/dev/null || true)
    # shellcheck disable=SC2086 # one word a file
    grep -q https $sources && set -- "$@" --include=ca-certificates
    # shellcheck disable=SC2086
    mmdebstrap --quiet --variant=minbase --mode=root --aptopt='Acquire::Retries "3"' "$@" \
        bookworm "$folder" $sources
    cp /etc/resolv.conf "$folder/etc/resolv.conf"
}

# inside FOLDER COMMAND...: in that root, with mounts and processes of its own, so that nothing that
# the command leaves behind outlives it.
inside() {
    # shellcheck disable=SC2016 # each shell expands its own
    unshare --mount --pid --fork --kill-child=KILL -- sh -euc '
        root=$1
        shift
        mount --make-rprivate /
        mount --rbind /dev "$root/dev"
        mount -t proc proc "$root/proc"
        mount -t tmpfs tmpfs "$root/tmp"
        exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root chroot "$root" "$@"
        ' sh "$@" </dev/null
}
