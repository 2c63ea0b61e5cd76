#!/usr/bin/env bash
# The files of one path, one after the other: many of them, compressed ones, deleted ones, large ones;
# and the half line at the end of one.
#
#   rotations.sh [SCENARIO...]         run these scenarios or all of them, each in all three ways
#   rotations.sh --one SCENARIO WAY    run one scenario in one way: watch, poll or stopped
# shellcheck disable=SC2317 # scenarios are called by their names
# shellcheck source=tests/following/lib.sh
. "$(dirname "$0")/lib.sh"

# compress TOOL FILE: compresses the file; the tool deletes the plain one.
compress() {
    case $1 in
    zstd) zstd -q --rm "$2" ;;
    *) "$1" "$2" ;;
    esac
}

# next_second: waits for the next second. Two files must not have been written last in the same second,
# because some compressors keep the time of a file in whole seconds only.
next_second() {
    local now
    printf -v now '%(%s)T'
    until_true 3 later_than "$now"
}
later_than() {
    local now
    printf -v now '%(%s)T'
    ((now > $1))
}

middle_ones_compressed_while_it_does_not_run() {
    local i=0 tool
    needs zstd
    following "$log"
    begun
    stop
    put 11 20
    for tool in true gzip xz zstd bzip2 true; do
        mv "$log" "$log.2026-11-23_0$i"
        compress "$tool" "$log.2026-11-23_0$i"
        next_second
        i=$((i + 1))
        put $((i * 100 + 1)) $((i * 100 + 20))
    done
    start
    all_is_right
}

all_compressed_while_it_does_not_run() {
    local i
    following "$log"
    put 101 120
    begun
    stop
    put 11 20
    for i in 2 3 4; do
        mv "$log" "$log.$i"
        gzip "$log.$i"
        next_second
        put $((i * 100 + 1)) $((i * 100 + 20))
    done
    start
    all_is_right
}

rotated_and_compressed_while_behind() {
    local i=0 tool
    needs zstd
    following "$log"
    put 101 120
    begun
    for tool in gzip xz zstd bzip2; do
        i=$((i + 1))
        rotate_and_compress() {
            put $((i * 1000 + 1)) $((i * 1000 + 500))
            mv "$log" "$log.$i"
            put $((i * 1000 + 501)) $((i * 1000 + 520))
            compress "$tool" "$log.$i"
        }
        act rotate_and_compress
        read_all
    done
    all_is_right
}

a_glob_that_finds_the_rotated_names_too_doubles_nothing() {
    local i
    following "$logs/app.log*"
    put 101 120
    begun
    for i in 1 2 3; do
        rotate() {
            put $((i * 1000 + 1)) $((i * 1000 + 20))
            mv "$log" "$log.$i"
            put $((i * 1000 + 21)) $((i * 1000 + 40))
            [[ $i != 2 ]] || gzip "$log.2"
        }
        act rotate
        read_all
    done
    sleep 1.2 # a compressed file is read when nobody has written to it for rotate_wait
    order=sorted
    all_is_right
}

names_with_dates_and_hours() {
    local hour
    following "$logs/app*.log"
    put 101 120
    begun
    for hour in 07 08 09 10; do
        rotate() {
            put "3${hour}01" "3${hour}20"
            mv "$log" "$logs/app-2026-11-23_$hour.log"
            put "3${hour}21" "3${hour}40"
        }
        act rotate
        read_all
    done
    order=sorted
    all_is_right
}

what_was_deleted_while_it_does_not_run_is_stated() {
    following "$log"
    begun
    stop
    numbered 11 20 >>"$log"
    put 31 40 "$logs/next" # with the inode of the other one it would have been written anew
    rm "$log"
    mv "$logs/next" "$log"
    start
    read_all
    said_times 1 "is gone before it was read: '$log': 1 file, last changed at 20" ||
        die "it is not stated"
    all_is_right
}

# It takes longer than rotate_wait to read what was rotated.
a_backlog_larger_than_rotate_wait() {
    following "$log" '    rotate_wait: 100ms'
    begun
    rotate() {
        put 11 200000
        mv "$log" "$log.1"
        put 200001 200010
        mv "$log" "$log.2"
        put 200011 200020
        [[ $way != stopped ]] || sleep 0.3
    }
    act rotate
    all_is_right
}

half_a_line_across_a_restart() {
    following "$log"
    begun
    act printf '11 sent: BIZ_TOPIC_' >>"$log"
    sleep 0.3
    stop
    expect 11 11
    printf 'NOT_FOUND\n' >>"$log"
    put 12 13
    start
    all_is_right
}

half_a_line_across_a_crash() {
    following "$log"
    begun
    act printf '11 sent: BIZ_TOPIC_' >>"$log"
    sleep 0.3
    kill -KILL "$service"
    ended
    start
    expect 11 11
    act printf 'NOT_FOUND\n' >>"$log"
    act put 12 13
    all_is_right
}

# The end of the line comes to the renamed file, when the new file is read already.
half_a_line_across_a_rotation() {
    following "$log"
    begun
    exec 9>>"$log"
    act printf '11 sent: BIZ_TOPIC_' >&9
    rotate() {
        mv "$log" "$log.1"
        put 101 105
    }
    act rotate
    read_all
    expect 11 11
    act printf 'NOT_FOUND\n' >&9
    exec 9>&-
    order=sorted
    all_is_right
}

# It is handed on when its file is closed, and not before.
a_half_line_that_nobody_completes() {
    following "$log"
    begun
    printf '11 sent: BIZ_TOPIC_NOT_FOUND' >>"$log"
    sleep 1.5
    has_lines 11 "$out" && die "it did not wait"
    act mv "$log" "$log.1"
    expect 11 11
    read_all
    act put 12 13
    all_is_right
}

helpers=(compress next_second later_than)
run_scenarios "$@"
