# What the scenarios share. They run in the booted machine, as root.
# shellcheck shell=bash disable=SC2034

sink=/var/log/glossd/annotated.log
failures=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

title() { printf '\n== %s\n' "$*"; }

# expect WHAT COMMAND...
expect() {
    local what=$1
    shift
    if "$@" >"$work/expect.out" 2>&1; then
        printf 'ok: %s\n' "$what"
        return
    fi
    printf 'FAILED: %s (%s)\n' "$what" "$*"
    head -n 20 "$work/expect.out"
    journalctl --no-pager -q -n 8 -t glossd -t systemd -o short-monotonic
    failures=$((failures + 1))
}

same() { # same WHAT EXPECTED FOUND
    if [[ $2 == "$3" ]]; then
        printf 'ok: %s: %s\n' "$1" "$3"
    else
        printf 'FAILED: %s: expected %s, found %s\n' "$1" "$2" "$3"
        journalctl --no-pager -q -n 8 -t glossd -t systemd -o short-monotonic
        failures=$((failures + 1))
    fi
}

# within SECONDS COMMAND...: repeats the command until it succeeds
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.1
    done
}

property() { systemctl show -P "$2" "$1"; }
is() { [[ $(property "$1" "$2") == "$3" ]]; }
status_has() { [[ $(property "$1" StatusText) == *"$2"* ]]; }
said() { journalctl -q --no-pager -u "$1" -o cat | grep -qF -- "$2"; }
has() { grep -qsF -- "$2" "$1"; }
lacks() { ! has "$@"; }

# ---- Lines with numbers, so that a missing or a doubled one is noticed.

# write_lines FILE FROM TO
write_lines() {
    local i
    for ((i = $2; i <= $3; i++)); do
        echo "$(date '+%F %T') ERROR send $i failed: BIZ_TOPIC_NOT_FOUND" >>"$1"
    done
}

numbers() { cat "$@" 2>/dev/null | sed -n 's/.* send \([0-9]*\) failed: .*# BIZ_TOPIC_NOT_FOUND: .*/\1/p'; }
count() { numbers "$@" | wc -l; }
has_count() { (($(count "$1") >= $2)); }

# exactly_once WHAT FROM TO SINK...: the sinks have each number once, in order, and no other number
exactly_once() {
    local what=$1 from=$2 to=$3
    shift 3
    within 20 has_count "$1" $((to - from + 1)) || true
    same "$what, each line once" "$(seq "$from" "$to" | cksum)" \
        "$(numbers "$@" | awk -v a="$from" -v b="$to" '$1 >= a && $1 <= b' | cksum)"
}
