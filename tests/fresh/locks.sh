#!/usr/bin/env bash
# Runs ./dev while another process holds each lock of apt, as the nightly upgrade of a new machine
# does: it has to say so once, naming the process, and to go on when the lock is free.
#
#   locks.sh DEV VERB...       a VERB that has to install something, for which it needs new lists
#
# For a root of its own (slow/fresh.sh): nobody else can install anything meanwhile. The locks are in
# the order in which apt-get takes them.
set -uo pipefail
locks=(/var/lib/apt/lists/lock /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/cache/apt/archives/lock)
folder=$(mktemp -d)
holders=()
trap 'kill "${holders[@]}" 2>/dev/null; wait; rm -rf "$folder"' EXIT

failed() {
    printf 'FAILED: %s\n' "$*"
    exit 1
}

# hold FILE: until killed. With fcntl, as apt does; perl is the one language that every Debian has.
hold() {
    exec perl -MFcntl -e '
        open(my $file, ">>", $ARGV[0]) or die "$ARGV[0]: $!";
        my $whole = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0);
        fcntl($file, F_SETLK, $whole) or die "$ARGV[0]: $!";
        print "held\n";
        close(STDOUT);
        sleep;' "$1"
}

# said TEXT: or the program has ended.
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
