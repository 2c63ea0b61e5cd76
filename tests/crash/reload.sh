#!/usr/bin/env bash
# Signals under load. 60 reloads, 100 ms behind the answer to the one before, add and remove sources,
# sinks and catalogs and change a key of the source; the configuration of each fourth reload is wrong.
# Checkpoints come by SIGUSR1, the process is stopped by SIGSTOP, and a stop comes in the middle. The
# writer writes until all that is done.
# shellcheck source=tests/crash/lib.sh
. "$(dirname "$0")/lib.sh"

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

# listens: plays the service manager. It writes a line for each time at which the service is ready: after
# its start, and after each reload, whether that failed or not. Messages on standard error would not do,
# because their number is limited.
listens() {
    exec python3 -c '
import socket, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1])
while True:
    if b"READY=1" in manager.recv(4096).split(b"\n"):
        print("ready", flush=True)' "$NOTIFY_SOCKET" >"$folder/ready"
}

# reload VARIANT: reloads the service with that configuration and waits for its answer.
reload() {
    local before
    before=$(lines_in "$folder/ready")
    variant "$1"
    kill -HUP "$service"
    until_true 30 has_lines $((before + 1)) "$folder/ready" || die "does not answer a reload within 30 s"
}

others() { grep -c '"source":"other"' "$folder/out/extra.log"; }
has_others() { (($(others) >= 100)); }

export NOTIFY_SOCKET=$folder/manager
in_background listens
until_true 30 test -S "$NOTIFY_SOCKET" || die "nobody listens to the service"
variant 0
start
until_true 30 has_lines 1 "$folder/ready" || die "does not start"
in_background "$tools/crash_writer" "$folder/logs/app.log" 100000000 20000 1000 7
writer=$!
for ((reloads = 1; reloads <= 60; reloads++)); do
    sleep 0.1
    reload $((reloads % 4))
    ((reloads % 3)) || kill -USR1 "$service"
    if ((reloads % 10 == 0)); then
        kill -STOP "$service"
        sleep 0.2
        kill -CONT "$service"
    fi
done
reload 1
until_true 30 has_others || die "the other source is not read"
alive "$writer" || die "the writer ended"
alive "$service" || die "it ended"
stop # under load
variant 0
start
kill -TERM "$writer"
wait "$writer" || die "the writer failed"
forget "$writer"
lines=$(lines_in "$folder"/logs/app.log*)
until_true 60 has_lines "$lines" "$folder/out/all.log" || true
stop
for text in "reloaded" "colour" "moons" "going on with the old configuration"; do
    said "$text" || die "did not say '$text'"
done
prove "$folder/out/all.log"
grep -oE '\[[12],[0-9]+\]' "$folder/out/extra.log" | sort | uniq -d >"$folder/twice"
[[ -s $folder/out/extra.log && ! -s $folder/twice ]] || die "doubled in the other sink"
[[ $(others) -eq 100 ]] ||
    die "the other source's lines are not once in the other sink"
sed 's/.*"bytes":\([0-9]*\).*/\1/' "$folder/out/counters.jsonl" | sort -nc ||
    die "the counters ran backwards"
echo "reload: 61 reloads, $lines lines, $verdict"
