# shellcheck shell=bash
# shellcheck disable=SC2154 # what tests/crash/lib.sh defines
# What the scenarios of following share. A scenario is a function; it is run in a process of its own,
# three ways:
#
#   watch      woken by inotify
#   poll       by the clock alone
#   stopped    the service stands still (SIGSTOP) during each act, and finds what has become
#
# Every line has a number and a code. What has to come out is written down beside what is written
# to the logs, in the order in which it must come; in the end the sink is compared with that, byte by
# byte, and the counters with its length; and `glossd verify` must not find a difference.

# shellcheck source=tests/crash/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../crash/lib.sh"

script=$(realpath "${BASH_SOURCE[1]}")
ways=(watch poll stopped)
way=watch
helpers=() # functions of a script that are no scenarios
logs=$folder/logs
out=$folder/out/all.log
log=$logs/app.log
order=exact # or sorted: several files were written at a time
codes=true  # each line has one

# following FOLLOW [KEYS [SOURCES]]: the configuration; KEYS are further ones of the source, and
# take the place of those that are here.
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

# put FIRST LAST [FILE]: written to the log, and expected.
put() {
    numbered "$1" "$2" | tee -a "$folder/want" >>"${3:-$log}"
}

# expect FIRST LAST: lines that come without being put.
expect() { numbered "$1" "$2" >>"$folder/want"; }

# read_all: until all that is expected has come.
read_all() {
    until_true 20 has_lines "$(lines_in "$folder/want")" "$out" || die "missing: $(difference)"
}

difference() {
    came
    diff -a "$folder/want" "$folder/came" | head -n 20 | cat -v
}

# begun: the service runs, and has read ten lines of the log.
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

# act COMMAND...: what happens to the logs, with the service standing still where that is the way.
act() {
    if [[ $way == stopped ]]; then
        kill -STOP "$service"
        until_true 5 stands_still || die "does not stand still"
    fi
    "$@"
    [[ $way != stopped ]] || kill -CONT "$service"
}

# came: the sink's lines without their notes.
came() {
    sed 's/  # .*//' "$out" >"$folder/came"
    if [[ $order == sorted ]]; then
        sort -n -o "$folder/came" "$folder/came"
        sort -n -o "$folder/want" "$folder/want"
    fi
}

# What comes too much comes later.
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

# said_times N TEXT: the service did, so often.
said_times() { [[ $(grep -cF -- "$2" "$folder/messages") -eq $1 ]]; }

as_root() { [[ $(id -u) -eq 0 ]] || skip "not root"; }

needs() { command -v "$1" >/dev/null || skip "$1 is missing"; }

# mounted PLACE OPTION...: a mount that goes with the scenario.
mounted() {
    as_root
    mkdir -p "$1"
    mount "${@:2}" "$1" 2>>"$folder/messages" || skip "no right to mount"
    mounts=("$1" "${mounts[@]}")
}

# The functions of the script but its helpers, in their order.
scenarios() {
    sed -n 's/^\([a-z_0-9]*\)() {.*/\1/p' "$script" | grep -vxF -e nothing "${helpers[@]/#/-e}"
}

one_scenario() {
    way=$2 scenario="$1, $2"
    "$1"
    echo "$scenario: fine"
}

# run_scenarios --one NAME WAY | [NAME...]: one of them, or these or all, in each way, several at a
# time. Whatever is missing here is said, and fails nothing.
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
