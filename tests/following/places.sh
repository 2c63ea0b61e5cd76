#!/usr/bin/env bash
# Limits of the system that are reached, and file systems without reliable events.
#
#   places.sh [SCENARIO...]          run these scenarios or all of them, each in all three ways
#   places.sh --one SCENARIO WAY     run one scenario in one way: watch, poll or stopped
# shellcheck disable=SC2317 # scenarios are called by their names
# shellcheck source=tests/following/lib.sh
. "$(dirname "$0")/lib.sh"

# inotify's limits also exist for each user namespace, so the service gets a namespace with low limits.
limited() {
    # shellcheck disable=SC2016 # the other shell expands it
    exec unshare -r sh -c 'echo 0 >"/proc/sys/user/$1" && shift && exec "$@"' sh "$@"
}

raise() { nsenter -t "$service" -U sh -c "echo 100 >/proc/sys/user/$1"; }

# used_up LIMIT TOLD: nothing can be watched, then the limit is raised. TOLD is the name of the limit in
# the service's message.
used_up() {
    unshare -r true 2>/dev/null || skip "no right to make a user namespace"
    following "$logs/*.log"
    put 1 10
    start_under limited "$1"
    read_all
    rotate() {
        put "$1"1 "$1"5
        mv "$log" "$log.$1"
        put "$1"6 "$1"9
    }
    act rotate 1
    read_all
    if [[ $way != poll ]]; then
        said_times 1 "looking at files by the clock instead; raise fs.inotify.$2" || die "it is not said"
        raise "$1"
        until_true 10 said "all folders are watched again" || die "it does not watch again"
    fi
    act rotate 2
    all_is_right
}
max_user_watches_are_used_up() { used_up max_inotify_watches max_user_watches; }
max_user_instances_are_used_up() { used_up max_inotify_instances max_user_instances; }

limit_of() { prlimit --pid "$service" --nofile="$1": ; }

# No descriptor is left, not even for the state.
no_descriptors_are_left() {
    following "$log"
    begun
    limit_of 3
    rotate() {
        mv "$log" "$log.1"
        put 11 20
    }
    act rotate
    until_true 20 said "Too many open files" || die "it is not said"
    act put 21 30
    limit_of 1024
    until_true 70 has_lines 30 "$out" || die "it does not go on"
    all_is_right
}

# The kernel keeps 16,384 events. When there are more, the service looks at each file, quiet ones too.
the_queue_of_events_overflows() {
    local i limit
    read -r limit </proc/sys/fs/inotify/max_queued_events
    order=sorted
    following "$logs/*.log"
    put 1 5 "$logs/other.log"
    put 6 6 "$logs/quiet.log"
    begun
    [[ $way != stopped ]] || sleep 12 # by then the service looks at quiet files only once a minute
    flood() {
        for ((i = 0; i < 9000; i++)); do
            echo "$((1000 + i)) sent: BIZ_TOPIC_NOT_FOUND" >>"$log"
            echo "$((20000 + i)) sent: BIZ_TOPIC_NOT_FOUND" >>"$logs/other.log"
        done
        expect 1000 9999
        expect 20000 28999
        mv "$log" "$log.1"
        put 40001 40010
        put 40011 40020 "$logs/new.log"
        put 40021 40021 "$logs/quiet.log"
    }
    act flood
    read_all
    [[ $way != stopped || $limit -ge 18000 ]] || said_times 1 "raise fs.inotify.max_queued_events" ||
        die "it is not said"
    all_is_right
}

# The first write to a file of the lower layer makes a copy of it, which is another file.
on_an_overlay() {
    mkdir -p "$folder"/{lower,upper,work}
    log=$folder/lower/app.log
    following "$logs/app.log"
    put 1 10
    mounted "$logs" -t overlay -o "lowerdir=$folder/lower,upperdir=$folder/upper,workdir=$folder/work" overlay
    log=$logs/app.log
    start
    read_all
    act put 11 20
    read_all
    rotate() {
        put 21 25
        mv "$log" "$log.1"
        put 26 30
    }
    act rotate
    read_all
    copied() {
        cp "$log" "$log.2"
        : >"$log"
        put 31 40
    }
    act copied
    all_is_right
}

# The state keeps the position of a file whose folder cannot be read.
a_folder_is_unreadable_at_the_start() {
    as_root
    following "$logs/app*.log"
    put 1 10
    chown -R 65534:65534 "$folder"
    start_under setpriv --reuid 65534 --regid 65534 --clear-groups
    read_all
    stop
    put 11 20
    chmod 000 "$logs"
    start_under setpriv --reuid 65534 --regid 65534 --clear-groups
    until_true 10 said "cannot read '$logs'" || die "it is not said"
    kill -USR1 "$service"
    sleep 0.3
    act chmod 755 "$logs"
    all_is_right
}

helpers=(limited raise used_up limit_of)
run_scenarios "$@"
