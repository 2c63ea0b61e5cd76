#!/usr/bin/env bash
# Which file is which: reused inodes, files with equal beginnings, files of a few bytes, one file under
# two paths, and things in a folder that are no regular files.
#
#   identity.sh [SCENARIO...]          run these scenarios or all of them, each in all three ways
#   identity.sh --one SCENARIO WAY     run one scenario in one way: watch, poll or stopped
# shellcheck disable=SC2317 # scenarios are called by their names
# shellcheck source=tests/following/lib.sh
. "$(dirname "$0")/lib.sh"

inode_of() { stat -c %i "$1"; }

# reusing FOLLOW: puts the logs on a small file system, which reuses inodes at once, and configures the
# source.
reusing() {
    needs mkfs.ext4
    truncate -s 4M "$folder/disk"
    mkfs.ext4 -q -F -N 32 "$folder/disk" >/dev/null
    mounted "$logs" -o loop "$folder/disk"
    following "$1"
}

# born_with INODE PATH: makes an empty file with that inode, which no other file has now.
born_with() {
    local i
    for ((i = 0; i < 40; i++)); do
        : >"$logs/nursery.$i"
        if [[ $(inode_of "$logs/nursery.$i") == "$1" ]]; then
            mv "$logs/nursery.$i" "$2"
            rm -f "$logs"/nursery.*
            return
        fi
    done
    die "the inode was not given out again"
}

# A descriptor that is closed while find walks is no answer, so its exit status is not asked.
holds() { [[ -n $(find "/proc/$service/fd" -lname "$1*" 2>/dev/null) ]]; }
holds_no() { ! holds "$1"; }

inode_reuse_live() {
    local inode
    reusing "$logs/*.log"
    begun
    inode=$(inode_of "$log")
    act rm "$log"
    until_true 10 holds_no "$log" || die "it is not closed"
    act born_with "$inode" "$logs/other.log"
    act put 101 120 "$logs/other.log"
    all_is_right
}

inode_reuse_at_the_same_path() {
    local inode
    reusing "$log"
    begun
    inode=$(inode_of "$log")
    act rm "$log"
    until_true 10 holds_no "$log" || die "it is not closed"
    act born_with "$inode" "$log"
    act put 1 20 # begins like the file before
    all_is_right
}

inode_reuse_while_it_does_not_run() {
    local inode
    reusing "$log"
    begun
    stop
    inode=$(inode_of "$log")
    rm "$log"
    born_with "$inode" "$log"
    put 101 120
    start
    all_is_right
}

# clock_steps PATH: waits until a new file is younger than that one. Files of one step of the clock, some
# milliseconds, have the same times: then nothing tells which of them is older.
clock_steps() {
    until [[ $folder/clock -nt $1 ]]; do
        : >"$folder/clock"
    done
}

# Files of two or three bytes are rotated faster than the service looks.
files_of_a_few_bytes() {
    local i
    codes=false
    few() {
        for ((i = $1; i <= $2; i++)); do
            echo "$i" | tee -a "$folder/want" >>"$log"
            mv "$log" "$log.$i"
            clock_steps "$log.$i"
        done
    }
    following "$log"
    echo 1 | tee "$folder/want" >"$log"
    start
    read_all
    act few 2 20
    read_all
    stop
    few 21 30
    start
    all_is_right
}

ten_files_with_the_same_start() {
    local head i
    codes=false order=sorted
    printf -v head '0 %0300d' 0
    both() { tee -a "$folder/want" >>"$1"; }
    begin_alike() {
        for i in 0 1 2 3 4 5 6 7 8 9; do
            echo "$head" | both "$logs/$i.log"
            put "$1$i"01 "$1$i"20 "$logs/$i.log"
        done
    }
    renamed() {
        for i in 0 1 2 3 4 5 6 7 8 9; do
            put "$1$i"21 "$1$i"25 "$logs/$i.log"
            mv "$logs/$i.log" "$logs/$i.log.$1"
        done
        begin_alike $(($1 + 1))
    }
    copied() {
        for i in 0 1 2 3 4 5 6 7 8 9; do
            cp "$logs/$i.log" "$logs/$i.log.$1"
            : >"$logs/$i.log"
        done
        begin_alike $(($1 + 1))
    }
    following "$logs/*.log"
    begin_alike 1
    start
    read_all
    act renamed 1
    read_all
    act copied 2
    read_all
    stop
    renamed 3
    start
    all_is_right
}

# The second source finds the same file through a link to its folder. The file belongs to the first
# source, and each line comes out once.
one_file_by_two_sources_is_read_once() {
    following "$logs/*.log" '' "  - name: other
    follow: '$folder/road/*.log'
    watch: $([[ $way == poll ]] && echo poll || echo auto)"
    begun
    act ln -s logs "$folder/road"
    until_true 20 said "'other' skips '$folder/road/app.log': another source follows it" ||
        die "it is not said"
    act put 11 20
    read_all
    rotate() {
        mv "$log" "$log.1"
        put 21 30
    }
    act rotate
    all_is_right
}

# None of these things may delay the other files, and the service names each once.
odd_things_in_a_glob() {
    local thing
    following "$logs/*.log"
    odd() {
        mkdir "$logs/folder.log"
        mkfifo "$logs/pipe.log"
        ln -s /dev/zero "$logs/device.log"
        ln -s nothing "$logs/dangling.log"
        python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$logs/socket.log"
    }
    needs python3
    begun
    act odd
    act put 11 20
    read_all
    for thing in folder pipe device dangling socket; do
        until_true 10 said_times 1 "'app' skips '$logs/$thing.log'" || die "$thing.log is not named"
    done
    act rm "$logs/pipe.log"
    act put 21 30 "$logs/pipe.log"
    all_is_right
    said_times 5 "'app' skips" || die "named more than once"
}

helpers=(inode_of reusing born_with holds holds_no clock_steps)
run_scenarios "$@"
