#!/usr/bin/env bash
# Runs ./dev while another process holds each lock of apt, as the nightly upgrade of a new machine
# does. ./dev must say so once, name the process, and go on when the lock is free.
#
#   locks.sh DEV VERB...       VERB must install something and need new package lists for it
#
# The script runs in a root of its own (slow/fresh.sh), because nobody else can install anything
# meanwhile. The locks are in the order in which apt-get takes them.
set -uo pipefail
locks=(/var/lib/apt/lists/lock /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/cache/apt/archives/lock)
folder=$(mktemp -d)
holders=()
trap 'kill "${holders[@]}" 2>/dev/null; wait; rm -rf "$folder"' EXIT

failed() {
    printf 'FAILED: %s\n' "$*"
    exit 1
}

# hold FILE: holds the lock until it is killed. It uses fcntl, as apt does, and perl, because every
# Debian has it.
hold() {
    exec perl -MFcntl -e '
        open(my $file, ">>", $ARGV[0]) or die "$ARGV[0]: $!";
        my $whole = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0);
        fcntl($file, F_SETLK, $whole) or die "$ARGV[0]: $!";
        print "held\n";
        close(STDOUT);
        sleep;' "$1"
}

# has_said TEXT: ./dev has written TEXT, or has ended.
has_said() { grep -qF -- "$1" "$folder/said" || ! kill -0 "$dev" 2>/dev/null; }

for lock in "${locks[@]}"; do
    mkdir -p "${lock%/*}"
    hold "$lock" >"$folder/held" &
    holders+=($!)
    until grep -q held "$folder/held"; do
        kill -0 $! 2>/dev/null || failed "$lock cannot be held"
        sleep 0.1
    done
done

: >"$folder/said"
"$@" 2> >(tee "$folder/said" >&2) &
dev=$!
for i in "${!locks[@]}"; do
    text="${locks[i]} is held by process ${holders[i]} (perl), waiting for it"
    until has_said "$text"; do sleep 0.1; done
    kill "${holders[i]}"
done
status=0
wait "$dev" || status=$?
((status == 0)) || failed "./dev ends with $status"
for i in "${!locks[@]}"; do
    [[ $(grep -cF "${locks[i]} is held by process ${holders[i]} (perl)" "$folder/said") == 1 ]] ||
        failed "it does not say once who holds ${locks[i]}"
done
echo "ok: it waits for each of ${#locks[@]} locks of apt and goes on"
