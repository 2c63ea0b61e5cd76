#!/usr/bin/env bash
# logrotate with its directives, and applications that rotate their own logs.
#
#   logrotate.sh [SCENARIO...]          run these scenarios or all of them, each in all three ways
#   logrotate.sh --one SCENARIO WAY     run one scenario in one way: watch, poll or stopped
# shellcheck disable=SC2317 # scenarios are called by their names
# shellcheck source=tests/following/lib.sh
. "$(dirname "$0")/lib.sh"

# ---- logrotate

# rotating LINES: runs logrotate once with these directives.
rotating() {
    cat >"$folder/logrotate.conf" <<CONF
$log {
    missingok
    notifempty
$1
}
CONF
    chmod 644 "$folder/logrotate.conf"
    chmod 755 "$logs"
    logrotate --force --state "$folder/logrotate.state" "$folder/logrotate.conf" ||
        die "logrotate failed"
}

# under DIRECTIVES: four rotations. Before the first one there are bytes that the service may not have
# read yet.
under() {
    local i
    needs logrotate
    following "$log"
    put 101 120
    begun
    for i in 1 2 3 4; do
        one_round() {
            put $((i * 100 + 21)) $((i * 100 + 40))
            rotating "$1"
            put $((i * 100 + 41)) $((i * 100 + 60))
        }
        act one_round "$1"
        read_all
    done
    all_is_right
}


create() { under $'rotate 9\ncreate 0644'; }
rotate_2() { under $'rotate 2\ncreate'; }
rotate_0() { under $'rotate 0\ncreate'; }
compress() { under $'rotate 9\ncreate\ncompress'; }
delaycompress() { under $'rotate 9\ncreate\ncompress\ndelaycompress'; }
dateext() { under $'rotate 9\ncreate\ndateext\ndateformat -%Y%m%d-%s\npostrotate\nsleep 1\nendscript'; }
dateext_hourly() {
    under $'rotate 9\ncreate\ndateext\ndateformat -%Y-%m-%d_%H-%s\npostrotate\nsleep 1\nendscript'
}
dateext_compress() {
    under $'rotate 9\ncreate\ncompress\ndateext\ndateformat -%Y%m%d-%s\npostrotate\nsleep 1\nendscript'
}
sharedscripts() { under $'rotate 9\ncreate\nsharedscripts\npostrotate\ntrue\nendscript'; }
copytruncate() { under $'rotate 9\ncopytruncate'; }
copytruncate_compress() { under $'rotate 9\ncopytruncate\ncompress'; }
copytruncate_delaycompress() { under $'rotate 9\ncopytruncate\ncompress\ndelaycompress'; }
nocreate() { under $'rotate 9\nnocreate'; }
olddir() {
    mkdir -p "$folder/old"
    under $'rotate 9\ncreate\nolddir '"$folder/old"
}

# logrotate cannot rename from one file system to another, so it renames, copies and deletes.
olddir_on_another_file_system() {
    mounted "$folder/old" -t tmpfs -o mode=755 tmpfs
    under $'rotate 9\ncreate\nrenamecopy\nolddir '"$folder/old"
}

# packed_by TOOL SUFFIX: the directive "compress" with another tool than gzip.
packed_by() {
    needs "$1"
    under $'rotate 9\ncreate\ncompress\ncompresscmd '"$(command -v "$1")"$'\ncompressext .'"$2"
}
compress_by_xz() { packed_by xz xz; }
compress_by_zstd() { packed_by zstd zst; }
compress_by_bzip2() { packed_by bzip2 bz2; }

# while_it_does_not_run DIRECTIVES: the service is stopped while logrotate rotates.
while_it_does_not_run() {
    local i
    needs logrotate
    following "$log"
    put 101 120
    begun
    stop
    put 201 220
    for i in 3 4 5; do
        rotating "$1"
        put $((i * 100 + 1)) $((i * 100 + 20))
    done
    start
    all_is_right
}
create_at_rest() { while_it_does_not_run $'rotate 9\ncreate'; }
copytruncate_at_rest() { while_it_does_not_run $'rotate 9\ncopytruncate'; }
delaycompress_at_rest() { while_it_does_not_run $'rotate 9\ncreate\ncompress\ndelaycompress'; }
compress_at_rest() { while_it_does_not_run $'rotate 9\ncreate\ncompress'; }

# ---- applications

# rounds ROTATE: in one act, three times: lines, a rotation by that function, lines.
rounds() {
    local i
    following "$log"
    begun
    all_rounds() {
        for i in 2 3 4; do
            put $((i * 100 + 1)) $((i * 100 + 20))
            "$1"
            put $((i * 100 + 21)) $((i * 100 + 40))
        done
    }
    act all_rounds "$1"
    all_is_right
}

# Python's RotatingFileHandler renames from the highest number down, then closes the file and makes a
# new one.
rotating_file_handler() {
    over() {
        local i
        for i in 4 3 2 1; do
            [[ ! -e $log.$i ]] || mv "$log.$i" "$log.$((i + 1))"
        done
        mv "$log" "$log.1"
        : >>"$log"
    }
    rounds over
}

# Python's TimedRotatingFileHandler gives the rotated file a time as suffix and never renames it again.
timed_rotating_file_handler() {
    hour=0
    over() {
        hour=$((hour + 1))
        mv "$log" "$log.2026-11-23_0$hour"
        : >>"$log"
    }
    rounds over
}

# by_python HANDLER ACT: a Python process that logs and rotates with the real handler, and does something
# after each line.
by_python() {
    python3 - "$log" <<PYTHON
import logging, logging.handlers, sys, time
log = logging.getLogger('app')
log.addHandler(logging.handlers.$1)
for i in range(11, 401):
    log.error('%d sent: BIZ_TOPIC_NOT_FOUND', i)
    $2
PYTHON
}

python_rotating_file_handler() {
    needs python3
    following "$log"
    begun
    expect 11 400
    act by_python 'RotatingFileHandler(sys.argv[1], maxBytes=2000, backupCount=20)' pass
    all_is_right
}

python_timed_rotating_file_handler() {
    needs python3
    following "$log"
    begun
    expect 11 400
    act by_python "TimedRotatingFileHandler(sys.argv[1], when='S')" 'time.sleep(0.007)'
    all_is_right
}

# log4j2 compresses the rotated file while it logs on, into a file of the final name, and then deletes
# the plain one.
log4j2() {
    local number=0
    over() {
        number=$((number + 1))
        mv "$log" "$log.2026-11-23-$number"
        : >>"$log"
        gzip -c "$log.2026-11-23-$number" >"$log.2026-11-23-$number.gz"
        rm "$log.2026-11-23-$number"
    }
    rounds over
}

# tee -a keeps the file open for appending while somebody truncates it.
tee_append() {
    local i
    following "$log"
    begun
    mkfifo "$folder/fifo"
    # shellcheck disable=SC2016 # the other shell expands them
    in_background bash -c 'exec tee -a "$0" <"$1" >/dev/null' "$log" "$folder/fifo"
    exec 9>"$folder/fifo"
    written() { [[ $(tail -n 1 "$log") == "$(numbered "$1" "$1")" ]]; }
    for i in 2 3; do
        cut_off() {
            numbered $((i * 100 + 1)) $((i * 100 + 20)) | tee -a "$folder/want" >&9
            until_true 5 written $((i * 100 + 20)) || die "tee does not write"
            cp "$log" "$log.$i"
            : >"$log"
            numbered $((i * 100 + 21)) $((i * 100 + 40)) | tee -a "$folder/want" >&9
            until_true 5 written $((i * 100 + 40)) || die "tee does not write"
        }
        act cut_off
        read_all
    done
    exec 9>&-
    all_is_right
}

helpers=(rotating under packed_by by_python while_it_does_not_run rounds)
run_scenarios "$@"
