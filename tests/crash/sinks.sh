#!/usr/bin/env bash
# What others do to sinks, while the service runs and while it does not: they rename them, copy and
# truncate them, delete them. Also a link, a device that is always full, and standard output with a slow
# reader and with none.
# shellcheck source=tests/crash/lib.sh
. "$(dirname "$0")/lib.sh"

# The state says how long the file at the path is, and the file is that long.
settled() {
    [[ $(sqlite3 -readonly "$folder/state/db" \
        "SELECT ino, length FROM sinks WHERE path = '$folder/out/all.log'" 2>/dev/null) == \
        "$(stat -c '%i|%s' "$folder/out/all.log" 2>/dev/null)" ]]
}

prepare() {
    rm -rf "$folder"/{logs,out,state}
    : >"$folder/messages"
    configure "" "checkpoint: {interval: 10ms}"
    write_lines 1 100
    start
    until_true 10 committed 100 || die "does not commit"
}

# finish NAME [FIRST]
finish() {
    write_lines "${2:-101}" 200
    until_true 10 committed 200 || die "$1: does not go on"
    stop
    prove "$folder"/out/all.log.1 "$folder/out/all.log"
    echo "sinks: $1: $verdict"
}

rename_it() { mv "$folder/out/all.log" "$folder/out/all.log.1"; }
copy_and_cut() {
    cp "$folder/out/all.log" "$folder/out/all.log.1"
    : >"$folder/out/all.log"
}
delete_it() {
    cp "$folder/out/all.log" "$folder/out/all.log.1" # so that no line is missing
    rm "$folder/out/all.log"
}

for act in rename_it copy_and_cut delete_it; do
    prepare
    $act
    [[ $act == copy_and_cut ]] || until_true 20 settled || die "$act: not opened again"
    finish "$act while it runs"

    prepare
    stop
    $act
    start
    finish "$act while it does not run"

    prepare
    sed -i 's/interval: 10ms/interval: 1h/' "$folder/glossd.yaml"
    kill -HUP "$service"
    until_true 10 said reloaded || die "does not reload"
    write_lines 101 150 # in the sink, and in no commit
    until_true 10 has_lines 150 "$folder/out/all.log" || die "does not read on"
    [[ $act != rename_it ]] || rename_it
    kill -KILL "$service"
    ended
    sed -i 's/interval: 1h/interval: 10ms/' "$folder/glossd.yaml"
    [[ $act == rename_it ]] || continue # a copy keeps bytes that no commit has; it is not ours
    start
    until_true 10 committed 150 || die "$act: does not read again"
    write_lines 151 200
    until_true 10 committed 200 || die "$act: does not go on"
    stop
    prove "$folder"/out/all.log.1 "$folder/out/all.log"
    echo "sinks: $act between a kill and a start: $verdict"
done

# cut_and_killed NAME CUT [SINK...]: the sink gets lines that no commit has, somebody truncates it by
# CUT, the sink gets more such lines, and the service is killed. Then each line must be once in the sink
# and in what is left of the first lines, if anything is.
cut_and_killed() {
    local name=$1 cut=$2 last=150
    shift 2
    prepare
    slowly
    write_lines 101 150 # in the sink, and in no commit
    until_true 10 has_lines 150 "$folder/out/all.log" || die "$name: does not read on"
    $cut
    write_lines $((last + 1)) 200
    until_true 10 ends_with 200 || die "$name: does not write to what was cut"
    kill -KILL "$service"
    ended
    quickly
    start
    until_true 10 committed 200 || die "$name: does not read again"
    stop
    ! said "somebody cut it off" || die "$name: was not known when it died"
    prove "$@" "$folder/out/all.log"
    echo "sinks: $name, more lines, a kill: $verdict"
}

# slowly: no checkpoint by the clock, only those that are made at once. quickly: one each 10 ms.
slowly() {
    sed -i 's/interval: 10ms/interval: 1h/' "$folder/glossd.yaml"
    kill -HUP "$service"
    until_true 10 said reloaded || die "does not reload"
}
quickly() { sed -i 's/interval: 1h/interval: 10ms/' "$folder/glossd.yaml"; }

# ends_with N: the sink's last line is the N-th one.
ends_with() { [[ $(tail -n 1 "$folder/out/all.log") == "[1,$1]"* ]]; }

# The sink is truncated by a person who keeps the last lines, and by logrotate's copytruncate while the
# service cannot look and its log grows.
keep_the_end() {
    head -n 140 "$folder/out/all.log" >"$folder/out/all.log.1"
    tail -n 10 "$folder/out/all.log" >"$folder/kept"
    cat "$folder/kept" >"$folder/out/all.log"
}
grow_again() {
    kill -STOP "$service"
    copy_and_cut
    write_lines 151 199
    last=199
    kill -CONT "$service"
}

cut_and_killed "copied and cut" copy_and_cut "$folder/out/all.log.1"
cut_and_killed "cut to its last lines" keep_the_end "$folder/out/all.log.1"
cut_and_killed "cut while it stands still" grow_again "$folder/out/all.log.1"

# The sink is deleted, and lines come at once. They must not go to the file that has no name any more.
prepare
slowly
delete_it
write_lines 101 150
until_true 3 has_lines 50 "$folder/out/all.log" || die "what comes after a deletion is not there at once"
quickly
kill -HUP "$service"
finish "deleted under load" 151

# The sink is truncated after the last write, and the service is killed. The lines that no commit has
# come again, and none is missing.
prepare
slowly
write_lines 101 150
until_true 10 has_lines 150 "$folder/out/all.log" || die "does not read on"
head -n 100 "$folder/out/all.log" >"$folder/out/all.log.1"
kill -STOP "$service"
: >"$folder/out/all.log"
kill -KILL "$service"
ended
quickly
start
finish "cut, and no line more before a kill" 151
said "somebody cut it off" || die "a cut that nobody knew of is not said"

# The sink is truncated between the look before a write and the write, and the service is killed before
# the checkpoint that follows at once. Only this doubles lines, those of one write. None is lost.
is_held() {
    local line
    { read -r line <"/proc/$service/stat"; } 2>/dev/null || return 1
    [[ ${line##*) } == [tT]* ]]
}
if command -v strace >/dev/null && strace -D -qq -o /dev/null true; then
    prepare
    stop
    : >"$folder/messages"
    sed -i 's/interval: 10ms/interval: 1h/' "$folder/glossd.yaml"
    start_under strace -D -f -qq -o /dev/null -P "$folder/out/all.log" \
        -e inject=writev:delay_enter=1000000:when=1 -e inject=fdatasync:signal=KILL
    until_true 10 said "started with" || die "does not start"
    write_lines 101 150
    until_true 10 is_held || die "is not held"
    copy_and_cut
    until_true 10 has_ended || die "makes no checkpoint at once"
    ended
    [[ $(lines_in "$folder/out/all.log") -eq 50 ]] || die "did not write what it held"
    quickly
    start
    until_true 10 committed 150 || die "does not read again"
    stop
    said "somebody cut it off" || die "a cut that nobody knew of is not said"
    truth
    "$tools/exactly_once" "$folder/truth" "$folder/out/all.log.1" "$folder/out/all.log" \
        >"$folder/verdict" 2>/dev/null || true
    grep -q 'lost 0 doubled 50 ' "$folder/verdict" || die "within a write: $(cat "$folder/verdict")"
    echo "sinks: cut within a write, a kill: $(cat "$folder/verdict")"
fi

# Somebody else writes to the sink, too. What was in the file at a commit is never cut.
prepare
echo "a person's remark" >>"$folder/out/all.log"
write_lines 101 200
until_true 10 committed 200 || die "does not go on"
slowly
write_lines 201 250
until_true 10 ends_with 250 || die "does not go on"
kill -KILL "$service"
ended
quickly
start
until_true 10 committed 250 || die "does not read again"
stop
[[ $(grep -c "a person's remark" "$folder/out/all.log") -eq 1 ]] || die "a remark is lost or doubled"
grep -v "a person's remark" "$folder/out/all.log" >"$folder/out/ours"
prove "$folder/out/ours"
echo "sinks: written to by others, a kill: $verdict"

# The sink is written anew while the service does not run, and is longer than before. It is left as it
# is.
prepare
stop
cp "$folder/out/all.log" "$folder/out/all.log.1"
seq 1000 >"$folder/out/all.log"
cp "$folder/out/all.log" "$folder/theirs"
start
write_lines 101 200
until_true 10 committed 200 || die "does not go on"
stop
said "somebody cut it off or wrote it anew" || die "a sink that was written anew is not said"
cmp -n "$(size "$folder/theirs")" "$folder/theirs" "$folder/out/all.log" || die "it was cut"
tail -n +1001 "$folder/out/all.log" >"$folder/out/ours"
prove "$folder/out/all.log.1" "$folder/out/ours"
echo "sinks: written anew by others: $verdict"

# refused WHAT: the start ends with status 2 and names the path of the sink.
refused() {
    start
    until_true 10 has_ended || die "$1: starts"
    ended
    [[ $status -eq 2 ]] || die "$1: status $status"
    said "$2" || die "$1: does not say '$2'"
    echo "sinks: $1 is refused"
}

prepare
stop
mv "$folder/out/all.log" "$folder/elsewhere"
ln -s "$folder/elsewhere" "$folder/out/all.log"
refused "a link" "$folder/out/all.log"
[[ $(lines_in "$folder/elsewhere") -eq 100 ]] || die "written through a link"
rm "$folder/out/all.log"
sed -i 's|file: .*all.log|file: /dev/full|' "$folder/glossd.yaml"
refused "a device" /dev/full

# There is no journal. The other sink goes on and is committed, also across a reload. Lines that were
# read for the journal survive a crash.
if [[ -e /run/systemd/journal/socket ]]; then
    echo "sinks: SKIPPED, it was not tested: a journal that is not there; there is one here"
else
    rm -rf "$folder"/{logs,out,state}
    configure "" "    sources: [app]
  - journal: true
    sources: [other]
checkpoint: {interval: 10ms}"
    sed -i "s|^sinks:|  - {name: other, follow: $folder/logs/other.txt}\nsinks:|" "$folder/glossd.yaml"
    : >"$folder/messages"
    write_lines 900001 900100 "$folder/logs/other.txt" 2
    start
    until_true 10 said "cannot write to 'the journal'" || die "no journal: not said"
    write_lines 1 100
    until_true 10 committed 200 || die "no journal: no commit"
    kill -HUP "$service"
    until_true 10 said reloaded || die "no journal: no reload"
    kill -KILL "$service"
    ended
    start
    write_lines 101 200
    until_true 10 committed 300 || die "no journal: no commit after a death"
    stop
    [[ $(sqlite3 -readonly "$folder/state/db" "SELECT hex(owed) FROM sinks WHERE ino = 0" |
        grep -o "$(printf GLOSS_CODE= | od -An -tx1 | tr -d ' \n' | tr a-f A-F)" | wc -l) -eq 33 ]] ||
        die "no journal: not all is owed to it"
    truth
    verdict=$("$tools/exactly_once" "$folder/truth" "$folder/out/all.log") || die "no journal: $verdict"
    echo "sinks: no journal, the other one: $verdict"
fi

# start_into_pipe: starts the service. Its standard output is a pipe that has a reader, and its FIFO,
# when it reads one, has a writer, until the script closes both.
start_into_pipe() {
    : >"$folder/messages"
    exec 7<>"$folder/pipe" 8<>"$folder/in"
    start >"$folder/pipe" 7<&- 8<&-
    until_true 10 said "started with" || die "does not start"
}
let_go() { exec 7<&- 8<&-; }

# Standard output: a reader that starts when the pipe has been full for long, and a reader that goes.
rm -rf "$folder"/{logs,state}
configure "" "checkpoint: {interval: 10ms}"
sed -i 's|file: .*all.log|stdout: true|' "$folder/glossd.yaml"
write_lines 1 20000
mkfifo "$folder/pipe" "$folder/in"
start_into_pipe
in_background head -n 20000 "$folder/pipe" >"$folder/read" 7<&- 8<&-
let_go
until_true 20 committed 20000 || die "a slow reader: not all is committed"
until_true 20 has_lines 20000 "$folder/read" || die "a slow reader: not all is read"
truth
verdict=$("$tools/exactly_once" "$folder/truth" "$folder/read") || die "a slow reader: $verdict"
echo "sinks: a slow reader: $verdict"
write_lines 20001 20100 # and nobody reads
until_true 10 said "cannot write to 'standard output': Broken pipe" || die "no reader: not said"
until_true 10 committed 20100 || die "no reader: no commit"
stop
start >>"$folder/read"
until_true 10 has_lines 20100 "$folder/read" || die "a reader comes back: does not get the rest"
stop
truth
verdict=$("$tools/exactly_once" "$folder/truth" "$folder/read") || die "a reader comes back: $verdict"
echo "sinks: a reader that is gone, another one: $verdict"

# Standard output again, and a FIFO. At a stop, the lines that the FIFO holds are written as far as the
# reader takes them within the time of a stop.
rm -rf "$folder"/{logs,state}
configure "" "log_level: info"
sed -i "s|follow: .*|fifo: $folder/in|; s|file: .*all.log|stdout: true|; /rotate_wait/d" "$folder/glossd.yaml"
start_into_pipe
write_lines 1 3000 "$folder/in" # more than the pipe to the reader takes; the rest waits in the FIFO
kill -TERM "$service"
until_true 10 said "stops because of signal" || die "a FIFO: does not stop"
in_background cat "$folder/pipe" >"$folder/read" 7<&- 8<&-
reader=$!
until_true 5 has_ended || die "a FIFO: does not stop within 5 s"
ended
[[ $status -eq 0 ]] || die "a FIFO: exit status $status"
let_go
wait "$reader"
write_lines 1 3000 "$folder/truth.log"
verdict=$("$tools/exactly_once" "$folder/truth.log" "$folder/read") || die "a FIFO: $verdict"
echo "sinks: a FIFO, a stop and a slow reader: $verdict"

# When the reader takes nothing in that time, the service says so, and the status is 2.
start_into_pipe
write_lines 1 3000 "$folder/in"
stop_with 2
said "so the bytes that its pipe still holds are lost" || die "a FIFO: what is lost is not said"
let_go
echo "sinks: a FIFO, a stop and a reader that stands still: said"
