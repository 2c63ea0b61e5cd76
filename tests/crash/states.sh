#!/usr/bin/env bash
# A state that another process holds, that is damaged or missing, or that a newer version has written.
# shellcheck source=tests/crash/lib.sh
. "$(dirname "$0")/lib.sh"

# fails WHAT TEXT...: a start ends at once with status 2, and its message has each TEXT.
fails() {
    local what=$1
    shift
    : >"$folder/messages"
    start
    until_true 10 has_ended || die "$what: starts"
    ended
    [[ $status -eq 2 ]] || die "$what: status $status"
    for text; do
        said "$text" || die "$what: does not say '$text'"
    done
}

prepare() {
    rm -rf "$folder"/{logs,out,state}
    : >"$folder/messages"
    configure "" "checkpoint: {interval: 10ms}"
    write_lines 1 100
    start
    until_true 10 committed 100 || die "does not commit"
    mv "$folder/logs/app.log" "$folder/logs/app.log.1"
    write_lines 101 200
    until_true 10 committed 200 || die "does not commit"
}

# An older commit is as consistent as a newer one: the sink is cut back to it as well.
takes_over() {
    write_lines "${2:-201}" 300
    start
    until_true 20 committed 300 || die "$1: does not go on"
    stop
    prove "$folder/out/all.log"
    echo "states: $1: $verdict"
}

prepare
first=$service
fails "a second process" "$first"
service=$first
alive "$first" || die "the first did not live on"
stop

size=$(size "$folder/state/db")
truncate -s $((size / 2)) "$folder/state/db"
takes_over "cut off"
compgen -G "$folder/state/db.damaged*" >/dev/null || die "the damaged state is not kept"

prepare
stop
size=$(size "$folder/state/db")
head -c "$size" /dev/zero >"$folder/zeros"
cat "$folder/zeros" >"$folder/state/db"
takes_over "full of zeros"

prepare
kill -KILL "$service"
ended
rm "$folder"/state/db*
cp "$folder/zeros" "$folder/state/db.backup" # there is no good copy either
write_lines 201 300
start
until_true 20 committed 200 || die "nothing left: does not begin anew" # what is rotated is history
stop
[[ $(lines_in "$folder/out/all.log") == 400 ]] || die "nothing left: the sink was cut"
echo "states: nothing left: begun anew, the sink not cut"

prepare
stop
rm "$folder/state/db"
takes_over "missing"

# The state is deleted while the service runs. The service says so and what helps, and that helps.
prepare
rm "$folder/state/db"
write_lines 201 210
until_true 10 said "it was moved or deleted: put it back, or restart" || die "deleted: not said"
stop_with 2
takes_over "deleted while it runs" 211

prepare
stop
sqlite3 "$folder/state/db" "PRAGMA user_version = 99"
fails "a newer state" "newer"
[[ $(sqlite3 -readonly "$folder/state/db" "PRAGMA user_version") == 99 ]] ||
    die "a newer state was touched"
echo "states: held and newer ones are refused"
