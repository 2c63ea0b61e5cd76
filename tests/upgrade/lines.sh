# shellcheck shell=bash
# The lines in the logs of a kept state. Each line has a token, ITEM.NUMBER, that no other line has. The
# rest of the line depends on the number: a code, three codes, an unknown code, a successful call, or
# none of these.

# lines ITEM FIRST LAST [TIME]: prints numbered lines; each begins with TIME.
lines() {
    awk -v item="$1" -v first="$2" -v last="$3" -v time="${4:+$4 }" 'BEGIN {
        n = split("sent, ResponseCode=200|failed: BIZ_TOPIC_NOT_FOUND|is on its way|" \
                  "failed: BIZ_MADE_UP|" \
                  "failed twice: BIZ_NO_MESSAGE, BIZ_NO_MESSAGE, then ONS_SYSTEM_ERROR", text, "|")
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

# lines_in FILE...: prints how many lines the existing files have together.
lines_in() { cat -- "$@" 2>/dev/null | wc -l; }

has_lines() { (($(lines_in "${@:2}") >= $1)); }
