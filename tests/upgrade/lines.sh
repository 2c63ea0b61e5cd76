# shellcheck shell=bash
# The lines that a kept state is made of. Each has a token, ITEM.NUMBER, that no other line has;
# what else is on it depends on the number: a code, two codes on one line, a code that no catalog
# has, a call that succeeded, or nothing.

# lines ITEM FIRST LAST [TIME]: numbered lines; with TIME each begins with it.
lines() {
    awk -v item="$1" -v first="$2" -v last="$3" -v time="${4:+$4 }" 'BEGIN {
        n = split("sent, ResponseCode=200|failed: BIZ_TOPIC_NOT_FOUND|is on its way|" \
                  "failed: BIZ_MADE_UP|failed twice: BIZ_NO_MESSAGE, BIZ_NO_MESSAGE, then ONS_SYSTEM_ERROR",
                  text, "|")
        for (i = first; i <= last; i++)
            printf "%smessage %s.%d %s\n", time, item, i, text[i % n + 1]
    }'
}

# until_true SECONDS COMMAND...: whether the command succeeded within that time.
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.02
    done
}

# lines_in FILE...: in all of them that are there.
lines_in() { cat -- "$@" 2>/dev/null | wc -l; }

has_lines() { (($(lines_in "${@:2}") >= $1)); }
