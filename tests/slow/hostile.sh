#!/usr/bin/env bash
# An attacker, who is another user and owns one followed folder, does what tests/hostile/attacker.py can
# think of, beside an honest writer. The service runs as a user of its own, who may read what the
# attacker may not. A reload, a second start, a restart and a stop come meanwhile. Nothing but the
# attacker's own lines may come out of it: judged by tests/hostile/judge.py and tests/crash/exactly_once.
#
# hostile.sh [BUILD...]: BUILD is plain or asan; both unless named. SEED, in the environment, chooses the
# attacks; SECONDS_EACH is the time for each build.
# shellcheck source=tests/crash/lib.sh
. "$(dirname "$0")/../crash/lib.sh"

[[ $(id -u) -eq 0 ]] || skip 'only root can become the attacker and the service'
setpriv --reuid=64320 --regid=64320 --clear-groups true || skip 'other users cannot be had here'

seed=${SEED:-$(date +%s)}
note='  # BIZ_NO_MESSAGE: The note. Fix: None.'
mib=1024 # kB
readers=64322 # the group that may read what is secret, and what is honest

# by_service COMMAND..., by_attacker COMMAND...
by_service() { setpriv --reuid=64320 --regid=64320 --groups=$readers -- "$@"; }
by_attacker() { setpriv --reuid=64321 --regid=64321 --clear-groups -- "$@"; }

begin() { start_under exec setpriv --reuid=64320 --regid=64320 --groups=$readers --; }

# set_up BINARY: the folders of all, each with its owner.
set_up() {
    chmod 755 "$folder"
    rm -rf "${folder:?}"/*
    mkdir -p "$folder"/{srv/logs,srv/app,secret,honest,out,state}
    chown -R 64321:64321 "$folder/srv"
    chown 64320:64320 "$folder"/{out,state}
    chown 0:$readers "$folder"/{secret,honest}
    chmod 2750 "$folder"/{secret,honest}
    chmod 755 "$folder/out" "$folder/state"
    (umask 027 && seq -f 'secret %g: BIZ_NO_MESSAGE' 2000 >"$folder/secret/app.log")
    mkfifo -m 640 "$folder/secret/pipe"
    install -m 755 "$1" "$folder/glossd" # where it is built, others may not come
    install -m 644 tests/hostile/*.py "$folder"
    : >"$folder/messages"
    glossd=$folder/glossd
    cat >"$folder/notes.yaml" <<'YAML'
catalog: notes
title: Notes
codes:
  BIZ_NO_MESSAGE: {cause: The note., solution: None.}
YAML
    settings ''
}

# settings REST: the configuration.
settings() {
    cat >"$folder/next.yaml" <<YAML
state: $folder/state/db
catalogs: [$folder/notes.yaml]
counters: {interval: 1s, file: $folder/out/counters.jsonl}
sources:
  - {name: honest, follow: $folder/honest/app.log, rotate_wait: 500ms}
  - {name: hostile, follow: "$folder/srv/logs/**/*.log*", rotate_wait: 500ms}
  - {name: fixed, follow: $folder/srv/app/app.log, rotate_wait: 500ms}
  - {name: pipe, fifo: $folder/srv/pipe}
sinks:
  - {name: honest, file: $folder/out/honest.log, emit: all, sources: [honest]}
  - {name: both, file: $folder/out/both.log, emit: all}
$1
YAML
    mv "$folder/next.yaml" "$folder/glossd.yaml"
}

# tell_secrets: whoever opens root's FIFO gets what is secret.
tell_secrets() {
    while :; do
        echo 'a secret of root' >"$folder/secret/pipe"
    done
}

# beside SECONDS: looks at the service while the attacker works.
beside() {
    local deadline=$((SECONDS + $1)) size
    while ((SECONDS < deadline)); do
        ! has_ended || { ended; die "ended by itself with status $status"; }
        size=$(size "$folder/state/db")
        ((size <= state_peak)) || state_peak=$size
        sleep 0.1
    done
}

# measure: keeps the most memory that the service ever had, in kB.
measure() {
    local kb
    kb=$(awk '/^VmHWM/ { print $2 }' "/proc/$service/status")
    ((kb <= memory_peak)) || memory_peak=$kb
}

# answers_reload: sinks were rotated, and a sink is new.
answers_reload() {
    mv "$folder/out/both.log" "$folder/out/both.log.1"
    mv "$folder/out/honest.log" "$folder/out/honest.log.1"
    settings "  - {name: new, file: $folder/out/new.log, sources: [honest]}"
    kill -HUP "$service"
    until_true "$patience" test -e "$folder/out/new.log" || die 'a reload does not come through'
    until_true "$patience" test -e "$folder/out/both.log" || die 'a rotated sink is not opened again'
}

# refuses_a_second: the lock of the state holds.
refuses_a_second() {
    local status=0
    by_service timeout -s KILL "$patience" "$glossd" run --config "$folder/glossd.yaml" \
        2>"$folder/second" </dev/null || status=$?
    [[ $status -eq 2 ]] || die "a second service: status $status, $(tail -n 3 "$folder/second")"
}

# looks COMMAND...: a command that only reads ends, by itself.
looks() {
    local status=0
    by_service timeout -s KILL 120 "$glossd" "$@" --config "$folder/glossd.yaml" \
        >"$folder/looked" 2>&1 </dev/null || status=$?
    ((status <= 2)) || die "$1: status $status, $(tail -n 3 "$folder/looked")"
}

# judge: every line of every sink is somebody's, and the honest writer's are there once and in order.
judge() {
    local said
    truth
    said=$(/usr/bin/python3 tests/hostile/judge.py sinks "$folder/honest_lines" "$note" "$folder"/out/both.log.1 \
        "$folder"/out/both.log) || die "$said"
    echo "    both.log: $said"
    verdict=$("$tools/exactly_once" "$folder/truth" "$folder/honest_lines") || die "both.log: $verdict"
    verdict=$("$tools/exactly_once" "$folder/truth" "$folder"/out/honest.log.1 \
        "$folder"/out/honest.log) || die "honest.log: $verdict"
}

truth() { cat "$folder"/honest/app.log* >"$folder/truth"; }

# round NAME BINARY SECONDS MEMORY: MEMORY is the bound, in kB.
round() {
    local name=$1 seconds=$3 writer attacker third=$(($3 / 3)) lines=$(($3 * 2000))
    state_peak=0 memory_peak=0
    set_up "$2"
    in_background bash -c 'umask 027; exec "$@"' writer "$tools/crash_writer" "$folder/honest/app.log" \
        "$lines" 2000 3000 "$seed"
    writer=$!
    in_background tell_secrets
    begin
    in_background by_attacker timeout $((seconds + 60)) /usr/bin/python3 "$folder/attacker.py" \
        "$folder" "$seconds" "$seed" >"$folder/attacks" 2>&1
    attacker=$!
    until_true "$patience" catches 0x4000 || die 'does not start'
    beside "$third"
    answers_reload
    beside "$third"
    refuses_a_second
    measure
    stop
    begin
    until_true "$patience" catches 0x4000 || die 'does not start again'
    beside "$third"
    wait "$attacker" || die "the attacker failed: $(tail -n 3 "$folder/attacks")"
    forget "$attacker"
    wait "$writer" || die 'the writer failed'
    forget "$writer"
    until_true 60 has_lines "$lines" "$folder"/out/honest.log{.1,} || die 'honest lines are late or lost'
    looks verify
    looks state show
    by_service /usr/bin/python3 "$folder/judge.py" terminal "$glossd" state show --config \
        "$folder/glossd.yaml" </dev/null >"$folder/looked" 2>&1 || die "state show: $(tail -n 3 "$folder/looked")"
    measure
    stop
    judge
    ! grep -aE 'Sanitizer|runtime error:' "$folder/messages" || die 'the sanitizers have found something'
    ((memory_peak < $4)) || die "$memory_peak kB of memory"
    ((state_peak < 16 << 20)) || die "a state of $state_peak bytes"
    echo "$name: $(grep -c '^[0-9]' "$folder/attacks") attacks, $lines honest lines: $verdict;" \
        "memory $((memory_peak / mib)) MiB, state $((state_peak >> 10)) KiB (SEED=$seed)"
}

trap 'status=$?; ((status == 0 || status == 77)) || { echo "SEED=$seed; the last attacks:" >&2 &&
    tail -n 15 "$folder/attacks" >&2; }; clean_up' EXIT
[[ $# -gt 0 ]] || set -- plain asan
for build; do
    case $build in
    plain)
        patience=10 stop_seconds=5
        round plain "${GLOSSD_BIN:-$PWD/build/release/glossd}" "${SECONDS_EACH:-60}" $((256 * mib))
        ;;
    asan)
        ./dev build asan
        patience=60 stop_seconds=60
        round asan "$PWD/build/asan/glossd" "${SECONDS_EACH:-45}" $((4096 * mib))
        ;;
    *) die "no build '$build'" ;;
    esac
done
