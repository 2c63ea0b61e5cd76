#!/usr/bin/env bash
# kills.sh [KILLS]: kills the service (kill -9) at random moments, while a writer writes 20,000 lines a
# second and the log is renamed each second. A round has 500,000 lines. In every second round each
# rotated file moves on by one name at each rotation, and there are lines over max_line.
# shellcheck source=tests/crash/lib.sh
. "$(dirname "$0")/lib.sh"

wanted=${1:-100}
seed=${SEED:-$(date +%s)}
lines=500000
RANDOM=$((seed % 32768))
kills=0 rounds=0 all_lines=0

# round KILLS: one round, with at most that many kills.
round() {
    local limit=$((kills + $1)) writer options=() extra=
    rounds=$((rounds + 1))
    ((rounds % 2)) || options=(shift) extra='    max_line: 4KiB'
    configure "$extra" "  - name: matched
    file: $folder/out/matched.log
    format: json
counters: {interval: 1s, file: $folder/out/counters.jsonl}"
    : >"$folder/messages"
    in_background "$tools/crash_writer" "$folder/logs/app.log" "$lines" 20000 1000 \
        $((seed + rounds)) "${options[@]}"
    writer=$!
    while ((kills < limit)) && alive "$writer"; do
        start
        sleep "0.$(printf %03d $((RANDOM % 500)))"
        ! has_ended || die "ended by itself"
        kill -KILL "$service"
        ended
        kills=$((kills + 1))
    done
    start
    wait "$writer" || die "the writer failed"
    forget "$writer"
    until_true 60 has_lines "$lines" "$folder/out/all.log" || true
    kill -USR1 "$service"
    stop
    prove "$folder/out/all.log"
    echo "round $rounds, $kills kills so far: $verdict"
    grep -E 'BIZ_TOPIC_NOT_FOUND|BIZ_NO_MESSAGE|ONS_SYSTEM_ERROR' "$folder/truth" >"$folder/matched"
    "$tools/exactly_once" "$folder/matched" "$folder/out/matched.log" >"$folder/verdict" ||
        die "records of matched lines: $(cat "$folder/verdict")"
    sed 's/.*"bytes":\([0-9]*\).*/\1/' "$folder/out/counters.jsonl" | sort -nc ||
        die "the counters ran backwards"
    all_lines=$((all_lines + lines))
    rm -rf "$folder"/{logs,out,state}
}

while ((kills < wanted)); do
    round $((wanted - kills))
done
echo "kills: $kills kills, $all_lines lines, lost 0, doubled 0, counters off by 0 (SEED=$seed)"
