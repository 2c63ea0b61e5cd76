#!/usr/bin/env bash
# Sinks in other hands: renamed, copied and cut, deleted, while the service runs and while it does
# not; a link; a device that is always full; standard output with a slow reader, and with none.
# shellcheck source=tests/crash/lib.sh
. "$(dirname "$0")/lib.sh"

# The state says of the file at the path that it has so many bytes, and it has.
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

finish() {
    write_lines 101 200
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
    cp "$folder/out/all.log" "$folder/out/all.log.1" # so that nothing is missing
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
    [[ $act == rename_it ]] || continue # bytes of no commit in a copy are not ours any more
    start
    until_true 10 committed 150 || die "$act: does not read again"
    write_lines 151 200
    until_true 10 committed 200 || die "$act: does not go on"
    stop
    prove "$folder"/out/all.log.1 "$folder/out/all.log"
    echo "sinks: $act between a kill and a start: $verdict"
done

# refused WHAT: with the path of the sink and status 2.
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

# Standard output: a reader that begins when the pipe has been full for long, and one that goes.
rm -rf "$folder"/{logs,state}
configure "" "checkpoint: {interval: 10ms}"
sed -i 's|file: .*all.log|stdout: true|' "$folder/glossd.yaml"
write_lines 1 20000
mkfifo "$folder/pipe"
: >"$folder/messages"
exec 7<>"$folder/pipe"
"$glossd" run --config "$folder/glossd.yaml" 2>>"$folder/messages" </dev/null >"$folder/pipe" 7<&- &
service=$!
processes+=("$service")
until_true 10 said "started with" || die "does not start"
in_background head -n 20000 "$folder/pipe" >"$folder/read"
exec 7<&-
until_true 20 committed 20000 || die "a slow reader: not all is committed"
truth
verdict=$("$tools/exactly_once" "$folder/truth" "$folder/read") || die "a slow reader: $verdict"
echo "sinks: a slow reader: $verdict"
write_lines 20001 20100 # and nobody reads
until_true 10 said "cannot write to 'standard output': Broken pipe" || die "no reader: not said"
stop_with 2
echo "sinks: a reader that is gone: said, and status 2"
