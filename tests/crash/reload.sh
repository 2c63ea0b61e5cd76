#!/usr/bin/env bash
# Signals under load. A reload each 100 ms adds and removes sources, sinks and catalogs and changes a
# key of the source; the configuration of each fourth reload is wrong. Checkpoints come by SIGUSR1, the
# process is stopped by SIGSTOP, and a stop comes in the middle.
# shellcheck source=tests/crash/lib.sh
. "$(dirname "$0")/lib.sh"

lines=200000
mkdir -p "$folder/logs" "$folder/out"
write_lines 900001 900100 "$folder/logs/other.txt" 2
sed -i 's/BIZ_MADE_UP/one/' "$folder/logs/other.txt" # unknown codes have no source

cat >"$folder/more.yaml" <<'YAML'
catalog: more
title: More
codes:
  MORE_TROUBLE:
    cause: There is more.
    solution: Look there.
YAML

sink_of_app="    sources: [app]
counters: {interval: 1s, file: $folder/out/counters.jsonl}"
variant() {
    local extra="    sources: [app]
  - name: extra
    file: $folder/out/extra.log
    format: json
    emit: all
counters: {interval: 1s, file: $folder/out/counters.jsonl}"
    mv "$folder/glossd.yaml" "$folder/before.yaml" 2>/dev/null || true
    case $1 in
    0) configure "" "$sink_of_app" ;;
    1) configure "  - name: other
    follow: $folder/logs/other.txt" "$extra" ;;
    2) configure "    max_line: 2MiB" "$sink_of_app
catalogs: [aliyun-mqtt, $folder/more.yaml]" ;;
    3) configure "    colour: red" "$sink_of_app
forget_after: 3 moons" ;;
    esac
    mv "$folder/glossd.yaml" "$folder/next.yaml"
    mv "$folder/before.yaml" "$folder/glossd.yaml" 2>/dev/null || true
    mv "$folder/next.yaml" "$folder/glossd.yaml"
}

variant 0
start
until_true 5 said "started with" || die "does not start"
in_background "$tools/crash_writer" "$folder/logs/app.log" "$lines" 20000 1000 7
writer=$!
reloads=0
while alive "$writer" && ((reloads < 60)); do
    sleep 0.1
    reloads=$((reloads + 1))
    variant $((reloads % 4))
    kill -HUP "$service"
    ((reloads % 3)) || kill -USR1 "$service"
    if ((reloads % 10 == 0)); then
        kill -STOP "$service"
        sleep 0.2
        kill -CONT "$service"
    fi
done
((reloads == 60)) || die "the writer ended after $reloads reloads"
alive "$service" || die "it ended"
stop # under load
variant 0
start
wait "$writer" || die "the writer failed"
forget "$writer"
until_true 60 has_lines "$lines" "$folder/out/all.log" || true
stop
for text in "reloaded" "colour" "moons" "going on with the old configuration"; do
    said "$text" || die "did not say '$text'"
done
prove "$folder/out/all.log"
grep -oE '\[[12]\.[0-9]+\]' "$folder/out/extra.log" | sort | uniq -d >"$folder/twice"
[[ -s $folder/out/extra.log && ! -s $folder/twice ]] || die "doubled in the other sink"
[[ $(grep -c '"source":"other"' "$folder/out/extra.log") -eq 100 ]] ||
    die "the other source's lines are not once in the other sink"
sed 's/.*"bytes":\([0-9]*\).*/\1/' "$folder/out/counters.jsonl" | sort -nc ||
    die "the counters ran backwards"
echo "reload: $reloads reloads, $lines lines, $verdict"
