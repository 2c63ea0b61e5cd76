# shellcheck shell=bash
# shellcheck disable=SC2154 # what tests/crash/lib.sh defines
# Functions that the scenarios of following share. A scenario is a function. It runs in a process of its
# own, in three ways:
#
#   watch      the service is woken by inotify
#   poll       the service looks by the clock alone
#   stopped    the service is stopped by SIGSTOP during each act, and finds the result of it
#
# Every line has a number and a code. The scenario writes the expected lines to a file of its own, in
# the order in which they must come. At the end the sink must have these lines, byte by byte, the
# counters must agree with their number, and `glossd verify` must find no difference.

# shellcheck source=tests/crash/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../crash/lib.sh"

script=$(realpath "${BASH_SOURCE[1]}")
ways=(watch poll stopped)
way=watch
helpers=() # functions of the script that are no scenarios
logs=$folder/logs
out=$folder/out/all.log
log=$logs/app.log
order=exact # or sorted, where several files are written at a time
codes=true  # whether each line has a code

# following FOLLOW [KEYS [SOURCES]]: writes the configuration. KEYS are further keys of the source;
# rotate_wait among them replaces the one below. SOURCES are further sources.
following() {
    local watch=auto
    [[ $way != poll ]] || watch=poll
    mkdir -p "$folder"/{logs,out,state}
    cat >"$folder/glossd.yaml" <<YAML
state: $folder/state/db
log_level: info
sources:
  - name: app
    follow: '$1'
    watch: $watch
$([[ ${2:-} == *rotate_wait:* ]] || echo '    rotate_wait: 1s')
${2:-}
${3:-}
sinks:
  - name: all
    file: $out
    emit: all
checkpoint: {interval: 100ms}
YAML
    : >"$folder/want"
}

numbered() { seq -f '%.0f sent: BIZ_TOPIC_NOT_FOUND' "$1" "$2"; }

# put FIRST LAST [FILE]: appends lines to the log, or to FILE, and expects them.
put() {
    numbered "$1" "$2" | tee -a "$folder/want" >>"${3:-$log}"
}

# expect FIRST LAST: expects lines that the scenario writes by itself.
expect() { numbered "$1" "$2" >>"$folder/want"; }

# read_all: waits until all expected lines are in the sink.
read_all() {
    until_true 20 has_lines "$(lines_in "$folder/want")" "$out" || die "missing: $(difference)"
}

difference() {
    came
    diff -a "$folder/want" "$folder/came" | head -n 20 | cat -v
}

# begun: starts the service and waits until it has read ten lines of the log.
begun() {
    put 1 10
    start
    read_all
}

stands_still() {
    local line
    read -r line <"/proc/$service/stat"
    [[ ${line##*) } == T* ]]
}

# act COMMAND...: does something to the logs; in the way "stopped" the service stands still meanwhile.
act() {
    if [[ $way == stopped ]]; then
        kill -STOP "$service"
        until_true 5 stands_still || die "does not stand still"
    fi
    "$@"
    [[ $way != stopped ]] || kill -CONT "$service"
}

# came: writes the sink's lines without their notes to a file.
came() {
    sed 's/  # .*//' "$out" >"$folder/came"
    if [[ $order == sorted ]]; then
        sort -n -o "$folder/came" "$folder/came"
        sort -n -o "$folder/want" "$folder/want"
    fi
}

# The sleep gives lines that are too many the time to come.
all_is_right() {
    local n counted
    read_all
    sleep 0.3
    stop
    came
    cmp -s "$folder/want" "$folder/came" || die "$(difference)"
    n=$(lines_in "$folder/want")
    counted=$(sqlite3 -readonly "$folder/state/db" "SELECT sum(lines), sum(hits) FROM sources")
    $codes || counted=${counted%|*}\|$n
    [[ $counted == "$n|$n" ]] || die "counted $counted of $n lines and hits"
    verified
}

verified() {
    local status=0
    "$glossd" verify --config "$folder/glossd.yaml" >"$folder/verified" || status=$?
    [[ $status -eq 0 ]] || die "verify: status $status: $(cat "$folder/verified")"
}

# said_times N TEXT: whether the service wrote N messages with that text.
said_times() { [[ $(grep -cF -- "$2" "$folder/messages") -eq $1 ]]; }

as_root() { [[ $(id -u) -eq 0 ]] || skip "not root"; }

needs() { command -v "$1" >/dev/null || skip "$1 is missing"; }

# mounted PLACE OPTION...: mounts something that is unmounted when the scenario ends.
mounted() {
    as_root
    mkdir -p "$1"
    mount "${@:2}" "$1" 2>>"$folder/messages" || skip "no right to mount"
    mounts=("$1" "${mounts[@]}")
}

# The functions of the script that are not its helpers, in their order.
scenarios() {
    sed -n 's/^\([a-z_0-9]*\)() {.*/\1/p' "$script" | grep -vxF -e nothing "${helpers[@]/#/-e}"
}

one_scenario() {
    way=$2 scenario="$1, $2"
    "$1"
    echo "$scenario: fine"
}

# run_scenarios --one NAME WAY | [NAME...]: runs one scenario in one way; or these scenarios, or all, in
# each way, several at a time. A scenario that cannot run here says so and does not fail.
run_scenarios() {
    local scenario each
    if [[ ${1:-} == --one ]]; then
        one_scenario "$2" "$3"
        return
    fi
    # shellcheck disable=SC2046 # names without spaces
    [[ $# -gt 0 ]] || set -- $(scenarios)
    # shellcheck disable=SC2016 # the shell of each expands its own
    for scenario; do
        for each in "${ways[@]}"; do
            echo "$scenario $each"
        done
    done | xargs -P "${E2E_JOBS:-4}" -L 1 bash -c '
        "$0" --one "$@" || { [[ $? -eq 77 ]] || exit 1; }' "$script" || exit 1
}
