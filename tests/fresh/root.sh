# shellcheck shell=sh
# Makes a Debian 12 in a folder, for tests that must not depend on what is installed on this machine.
# Packages come from the sources of this machine. This needs root and mmdebstrap.

# Whether such a root can be made here.
can_make_root() { [ "$(id -u)" -eq 0 ] && command -v mmdebstrap >/dev/null && unshare --mount true; }

# A machine may need these settings, or apt would refuse its sources.
apt_settings() {
    apt-config dump |
        grep -E '^Acquire::(Check-Valid-Until|Check-Date|https?::Proxy|AllowInsecure[A-Za-z]*) '
}

# make_root FOLDER [OPTION...]: makes the root; OPTION is one of mmdebstrap, such as --include=PACKAGES.
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

# inside FOLDER COMMAND...: runs the command in that root. The command gets its own mounts and processes,
# so nothing that it leaves behind outlives it.
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
