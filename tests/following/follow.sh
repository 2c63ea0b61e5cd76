#!/usr/bin/env bash
# A followed file is renamed, truncated, deleted, replaced or made again, and the service must read
# each line once.
#
#   follow.sh [SCENARIO...]          run these scenarios or all of them, each in all three ways
#   follow.sh --one SCENARIO WAY     run one scenario in one way: watch, poll or stopped
# shellcheck disable=SC2317 # scenarios are called by their names
# shellcheck source=tests/following/lib.sh
. "$(dirname "$0")/lib.sh"

append() {
    following "$log"
    begun
    act put 11 5000
    all_is_right
}

half_a_line() {
    following "$log"
    begun
    act printf '11 sent: BIZ_TOPIC_' >>"$log"
    sleep 0.2
    expect 11 11
    act printf 'NOT_FOUND\n' >>"$log"
    act put 12 13
    all_is_right
}

byte_by_byte() {
    local text
    following "$log"
    begun
    text=$(numbered 11 12)$'\n'
    expect 11 12
    write_bytes() {
        local i
        for ((i = 0; i < ${#text}; i++)); do
            printf '%s' "${text:i:1}" >>"$log"
        done
    }
    act write_bytes
    all_is_right
}

rename_and_create() {
    following "$log"
    begun
    rotate() {
        put 11 15
        mv "$log" "$log.1"
        put 16 20 "$log.1"
        put 21 30
    }
    act rotate
    all_is_right
}

shift_names() {
    local i
    for i in 5 4 3 2 1; do
        [[ ! -e $log.$i ]] || mv "$log.$i" "$log.$((i + 1))"
    done
    mv "$log" "$log.1"
}

rotate_often() {
    local i
    for i in 1 2 3 4 5; do
        shift_names
        put $((i * 10 + 1)) $((i * 10 + 10))
    done
}

several_rotations_faster_than_it_looks() {
    following "$log"
    begun
    act rotate_often
    all_is_right
}

rotated_while_it_does_not_run() {
    following "$log"
    begun
    stop
    put 51 55
    for i in 6 7 8; do
        shift_names
        put $((i * 10 + 1)) $((i * 10 + 10))
    done
    start
    all_is_right
}

copy_and_truncate() {
    cp "$log" "$log.1"
    : >"$log"
}

copytruncate_up_to_date() {
    following "$log"
    put 101 120
    begun
    copied() {
        copy_and_truncate
        put 11 20
    }
    act copied
    all_is_right
}

copytruncate_behind() {
    following "$log"
    put 101 120
    begun
    copied() {
        put 11 20
        copy_and_truncate
        put 21 30
    }
    act copied
    all_is_right
}

copytruncate_with_the_copy_seen_before() {
    following "$logs/app.log*"
    put 101 120
    begun
    act cp "$log" "$log.1"
    until_true 20 said "skips '$log.1': it is a copy of a followed file" ||
        die "the copy is not seen"
    cut_off() {
        : >"$log"
        put 21 30
    }
    act cut_off
    all_is_right
}

truncated_and_regrown_past_the_offset() {
    following "$log"
    begun
    regrow() {
        : >"$log"
        put 101 400
    }
    act regrow
    all_is_right
}

truncated_and_regrown_to_the_same_size() {
    following "$log"
    begun
    regrow() {
        : >"$log"
        put 2 10
        put 1 1
    }
    act regrow
    all_is_right
}

deleted_with_unread_bytes() {
    following "$log"
    begun
    delete() {
        put 11 20
        rm "$log"
        put 21 30
    }
    act delete
    all_is_right
}

# A file that is deleted before the service looks cannot be read. But no line may come twice or in
# another order, and the last file must be read whole.
deleted_and_made_again_50_times() {
    local last
    following "$log"
    begun
    again() {
        local i
        for ((i = 11; i <= 60; i++)); do
            rm "$log"
            numbered "$i" "$i" >>"$log"
        done
    }
    act again
    until_true 20 grep -q '^60 ' "$out" || die "the last file is not read"
    sleep 0.3
    stop
    came
    cut -d' ' -f1 "$folder/came" | sort -ncu || die "doubled or disordered"
    last=$(tail -n 1 "$folder/came")
    [[ $last == "$(numbered 60 60)" ]] || die "the last line is $last"
}

a_link_switches_and_switches_back() {
    following "$logs/current"
    log=$logs/one
    put 1 5
    ln -s one "$logs/current"
    start
    read_all
    put 11 15 "$logs/two"
    act ln -sfn two "$logs/current"
    read_all
    act ln -sfn one "$logs/current"
    act put 21 25
    read_all
    act ln -sfn two "$logs/current"
    act put 31 35 "$logs/two"
    all_is_right
}

a_copy_inside_a_glob_is_a_file_of_its_own() {
    following "$logs/*.log"
    begun
    act cp "$log" "$logs/copy.log"
    expect 1 10
    all_is_right
}

one_file_by_two_names_is_read_once() {
    following "$logs/*.log"
    begun
    act ln "$log" "$logs/other.log"
    act ln -s app.log "$logs/link.log"
    act put 11 20
    all_is_right
}

# Another inode at the path is another file, even where the text is the same.
an_editor_renames_over_it() {
    following "$log"
    begun
    save() {
        { cat "$log" && numbered 11 12; } >"$folder/edited"
        mv "$folder/edited" "$log"
    }
    expect 1 12
    act save
    all_is_right
}

# If the service sees the file while it is empty, it reads all of it again; otherwise it reads only the
# new lines.
an_editor_writes_it_anew_in_place() {
    following "$log"
    begun
    { cat "$log" && numbered 11 12; } >"$folder/edited"
    save() { cat "$folder/edited" >"$log"; }
    act save
    until_true 20 grep -q '^12 ' "$out" || die "the new lines do not come"
    sleep 0.3
    stop
    came
    { numbered 1 10 && numbered 11 12; } >"$folder/want"
    if ! cmp -s "$folder/want" "$folder/came"; then
        { numbered 1 10 && numbered 1 12; } >"$folder/want"
        cmp -s "$folder/want" "$folder/came" || die "$(cat "$folder/came")"
        [[ $way != stopped ]] || die "it was read again though nobody could see it"
    fi
}

the_folder_is_removed_and_made_again() {
    following "$log"
    begun
    remake() {
        put 11 12
        rm -r "$logs"
        mkdir "$logs"
        put 21 30
    }
    act remake
    all_is_right
}

the_folder_is_unmounted_and_mounted() {
    following "$log"
    mounted "$folder/disk" -t tmpfs tmpfs
    mounted "$logs" --bind "$folder/disk"
    begun
    act umount -l "$logs"
    sleep 0.5
    remount() {
        mount --bind "$folder/disk" "$logs"
        put 11 20
    }
    act remount
    all_is_right
    umount "$logs" "$folder/disk"
    mounts=()
}

unreadable_then_readable() {
    as_root
    following "$log"
    put 1 10
    chown -R 65534:65534 "$folder"
    start_under setpriv --reuid 65534 --regid 65534 --clear-groups
    read_all
    rotate() {
        mv "$log" "$log.1"
        : >"$log"
        chmod 000 "$log"
        put 11 20
    }
    act rotate
    sleep 0.5
    act chmod 644 "$log"
    all_is_right
}

# A writer without O_APPEND goes on at its old offset after a truncation, and leaves NULs before it.
a_hole_is_left_by_a_writer_that_does_not_append() {
    following "$log"
    exec 9>"$log"
    numbered 1 10 | tee "$folder/want" >&9
    start
    read_all
    cut_off() {
        : >"$log"
        numbered 11 20 | tee -a "$folder/want" >&9
    }
    act cut_off
    all_is_right
}

# The same, but the hole is there before the service starts.
a_hole_is_there_before_the_start() {
    following "$log"
    exec 9>"$log"
    numbered 1 1000 >&9
    : >"$log"
    numbered 1 10 | tee "$folder/want" >&9
    start
    read_all
    said "NUL bytes at its start" || die "it is not said"
    act put 11 20
    all_is_right
}

# The late writer writes again and again within rotate_wait, for much longer than rotate_wait.
a_late_writer_has_the_old_file_for_long() {
    local i
    following "$log"
    begun
    exec 9>>"$log"
    rotate() {
        mv "$log" "$log.1"
        put 101 105
    }
    late() {
        numbered "$1" "$2" | tee -a "$folder/want" >&9
        put $((100 + $1)) $((100 + $2))
    }
    act rotate
    read_all
    for i in 1 2 3 4 5; do
        sleep 0.6
        act late $((i * 10 + 1)) $((i * 10 + 5))
        read_all
    done
    exec 9>&-
    order=sorted
    all_is_right
}

# The first 4 GiB are a hole. The source starts at the end, so nobody reads the hole.
past_four_gigabytes() {
    following "$log" '    start: end'
    truncate -s 4300000000 "$log"
    echo >>"$log"
    start
    until_true 10 said "started with" || die "does not start"
    sleep 0.3
    act put 1 10
    read_all
    stop
    put 11 20
    start
    read_all
    act put 21 30
    all_is_right
}

helpers=(shift_names rotate_often copy_and_truncate)
run_scenarios "$@"
