# shellcheck shell=bash
# What the crash scenarios share: a folder that is removed with the script, processes that end with it,
# waiting for a condition, and the proof that nothing is lost, doubled or miscounted.

set -euo pipefail
cd "${GLOSSD_ROOT:-$(dirname "${BASH_SOURCE[0]}")/../..}"
export LC_ALL=C
scenario=$(basename "$0" .sh)
glossd=${GLOSSD_BIN:-$PWD/build/release/glossd}
tools=$PWD/build/release/tests
folder=$(mktemp -d)
: >"$folder/messages"
processes=()
mounts=()
service=

die() {
    echo "FAILED: $scenario: $1" >&2
    tail -n 20 "$folder/messages" >&2 2>/dev/null || true
    exit 1
}

skip() {
    echo "$scenario: SKIPPED, it was not tested: $1" >&2
    exit 77
}

clean_up() {
    local process place
    for process in "${processes[@]}"; do
        kill -KILL "$process" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    for place in "${mounts[@]}"; do
        umount "$place" || true
    done
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# alive PID
alive() { kill -0 "$1" 2>/dev/null; }

# until_true SECONDS COMMAND...: whether the command succeeded within that time.
until_true() {
    local deadline=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@"; do
        ((${EPOCHREALTIME/./} < deadline)) || return 1
        sleep 0.01
    done
}

# forget PID: the process is no longer ended with the script.
forget() {
    local process rest=()
    for process in "${processes[@]}"; do
        [[ $process == "$1" ]] || rest+=("$process")
    done
    processes=("${rest[@]}")
}

# in_background COMMAND...: its pid is $!.
in_background() {
    "$@" &
    processes+=($!)
}

# start: starts the service; its pid is in $service.
start() { start_under exec; }

# start_under COMMAND...: starts the service under COMMAND, which must become the service by exec.
start_under() {
    "$@" "$glossd" run --config "$folder/glossd.yaml" 2>>"$folder/messages" </dev/null &
    service=$!
    processes+=("$service")
}

# ended: waits for the service; its exit status is in $status. bash's own words for a death by a
# signal are dropped.
ended() {
    status=0
    wait "$service" 2>/dev/null || status=$?
    forget "$service"
}

# has_ended: the service is a zombie, or gone.
has_ended() {
    local line
    { read -r line <"/proc/$service/stat"; } 2>/dev/null || return 0
    [[ ${line##*) } == Z* ]]
}

# stop: stops the service, which must end with status 0, in time.
stop() { stop_with 0; }

# catches MASK: the service has a handler for that signal by now; before, the signal would kill it.
catches() {
    local name mask
    has_ended && return 0
    { read -r name <"/proc/$service/comm"; } 2>/dev/null || return 1
    mask=$(awk '/^SigCgt/ { print $2 }' "/proc/$service/status")
    [[ $name != bash ]] && ((0x${mask:-0} & $1))
}

# stop_with STATUS
stop_with() {
    until_true 10 catches 0x4000 || die "does not start within 10 s"
    kill -TERM "$service" 2>/dev/null || true
    until_true "${stop_seconds:-5}" has_ended || die "does not stop within ${stop_seconds:-5} s"
    ended
    [[ $status -eq $1 ]] || die "exit status $status instead of $1"
}

# said TEXT: the service has written a message with this text.
said() { grep -qF -- "$1" "$folder/messages"; }

# configure [KEYS [REST]]: the configuration that most scenarios use. KEYS are added to those of the
# source, REST is added at the end.
configure() {
    mkdir -p "$folder"/{logs,out,state}
    cat >"$folder/glossd.yaml" <<YAML
state: $folder/state/db
sources:
  - name: app
    follow: $folder/logs/app.log
    rotate_wait: 500ms
${1:-}
sinks:
  - name: all
    file: $folder/out/all.log
    emit: all
${2:-}
YAML
}

# truth: prints all that was written to the logs.
truth() {
    cat "$folder"/logs/app.log* >"$folder/truth"
}

# stored COUNTS SOURCES UNKNOWN: what the state has counted. The arguments are the tables to ask, or
# parts of the history.
stored() {
    sqlite3 -readonly -separator ' ' "$folder/state/db" "
        SELECT code, sum(hits) FROM $1 AND source = 'app' GROUP BY code HAVING sum(hits) > 0;
        SELECT code, sum(hits) FROM $3 GROUP BY code;
        SELECT 'lines', sum(lines) FROM $2 = 'app';
        SELECT 'bytes', sum(bytes) FROM $2 = 'app';
        SELECT 'ResponseCode=200', sum(successes) FROM $2 = 'app' HAVING sum(successes) > 0" | sort
}

# off: the sum of all differences between the counters of the state, its history, and a count of what
# was written.
off() {
    local count
    {
        grep -oE '(ONS|BIZ|EMPOWER)_[A-Z][A-Z0-9_]*' "$folder/truth" || true
        sed 's/.*/lines/' "$folder/truth"
        grep -o 'ResponseCode=200' "$folder/truth" || true
        wc -c <"$folder/truth" | sed 's/^ */bytes /'
    } | awk '$1 == "bytes" { n["bytes"] += $2; next } { n[$1]++ }
             END { for (what in n) print what, n[what] }' | sort >"$folder/counted"
    stored 'counts WHERE true' 'sources WHERE name' unknown >"$folder/stored"
    stored 'history WHERE kind = 1' 'history WHERE kind = 0 AND source' 'history WHERE kind = 2' \
        >"$folder/history"
    for count in "$folder"/{stored,history}; do
        join -a 1 -a 2 -e 0 -o 0,1.2,2.2 "$folder/counted" "$count"
    done |
        awk '{ d = $2 - $3; sum += d < 0 ? -d : d
               if (d != 0) print "off:", $0 >"/dev/stderr" }
             END { print sum + 0 }'
}

# prove SINK...: each line is in these files exactly once, and is counted right. The verdict is in
# $verdict.
prove() {
    local off
    truth
    verdict=$("$tools/exactly_once" "$folder/truth" "$@") || die "$verdict"
    off=$(off)
    verdict+=" counters off by $off"
    [[ $off == 0 ]] || die "$verdict"
}

# size FILE: its size; 0 when there is no such file.
size() { stat -c %s "$1" 2>/dev/null || echo 0; }

# lines_in FILE...: the number of lines in all these files.
lines_in() { cat -- "$@" 2>/dev/null | wc -l; }

# has_lines N FILE...
has_lines() {
    local n=$1
    shift
    [[ $(lines_in "$@") -ge $n ]]
}

# committed N: the state says that N lines are committed.
committed() {
    [[ $(sqlite3 -readonly "$folder/state/db" "SELECT sum(lines) FROM sources" 2>/dev/null) -ge $1 ]]
}

# write_lines FIRST LAST [FILE [SERIAL]]: appends numbered lines with codes to a log.
write_lines() {
    awk -v first="$1" -v last="$2" -v file="${4:-1}" 'BEGIN {
        split("ResponseCode=200|no such BIZ_MADE_UP|failed: BIZ_TOPIC_NOT_FOUND", text, "|")
        for (i = first; i <= last; i++)
            printf "[%d,%d] %s\n", file, i, text[i % 3 + 1]
    }' >>"${3:-$folder/logs/app.log}"
}
