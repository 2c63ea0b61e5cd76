#!/usr/bin/env bash
# The options of each subcommand stand in one table. What it says in --help is compared with what
# the completions of bash, zsh and fish offer and with the synopsis of glossd(1), whose options are
# those of the table and no others. Each is read as a person, or the shell, reads it. A shell that is
# not installed is named and left out.
#
#   options.sh GLOSSD MADE     MADE: the folder with the completions
# shellcheck disable=SC2016,SC2317 # $ is for others, the ways to ask are called by their names
set -uo pipefail
page=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/docs/glossd.1
PATH=$(cd "$(dirname "$1")" && pwd):$PATH
made=$(cd "$2" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
unset COLUMNS
status=0

same() { # same WHAT EXPECTED FOUND
    [[ $2 == "$3" ]] && return
    printf 'FAILED: %s: the table says %s, found %s\n' "$1" "$2" "$3"
    status=1
}

flat() { sort -u | xargs; }

# ---- The ways to ask.

commands() { glossd --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p'; }
long_options() { glossd "$1" --help | grep -oE '^ *(-[A-Za-z], +)?--[a-z-]+' | grep -oE -e '--[a-z-]+'; }
short_options() { glossd "$1" --help | grep -oE '^ *-[A-Za-z], ' | grep -oE -e '-[A-Za-z]'; }

# shellcheck source=/dev/null
source "$made/glossd.bash"
in_bash() { # the words of the line, the last one to be completed
    COMP_WORDS=(glossd "$@") COMP_CWORD=$# COMPREPLY=()
    _glossd
    printf '%s\n' "${COMPREPLY[@]}"
}

in_fish() { fish --no-config -c "source $made/glossd.fish; complete -C 'glossd $*'" | cut -f1; }

# Without a terminal zsh cannot be asked, so _arguments is made to say what it was given.
in_zsh() {
    zsh -f -c '
        _arguments() { print -rl -- "$@"; }
        _describe() { :; }
        words=(glossd '"$1"' --) CURRENT=3
        source '"$made"'/glossd.zsh' | grep -oE -e '^\*--[a-z-]+' | cut -c2-
}

# The synopsis of a command as options: "-f" or "--format".
in_synopsis() {
    sed -n '/^\.Sh SYNOPSIS/,/^\.Sh EX/p' "$page" | awk -v want="$1" '
        /^\.Cm|^\.Op Cm/ { name = $1 == ".Op" ? $3 : $2; next }
        /^\.Nm/ { name = ""; next }
        /^\.Op Fl/ && name == want { print "-" $3 }'
}

both_ways() { # each option of the table stands in the synopsis, by its short form where it has one
    glossd "$1" --help | grep -oE '^ *(-[A-Za-z], )? *--[a-z-]+' |
        awk '{ sub(/,$/, "", $1); print $1 }' | grep -vxE -e '-c|-h|-V|--color'
}

shells=(bash)
for shell in zsh fish; do
    if command -v "$shell" >/dev/null; then
        shells+=("$shell")
    else
        echo "skipped: no $shell here" >&2
    fi
done

# ---- The comparison.

mapfile -t all < <(commands)
[[ ${#all[@]} -ge 6 ]] || { echo 'FAILED: glossd --help lists too few subcommands' && exit 1; }
for command in "${all[@]}"; do
    expected=$(long_options "$command" | flat)
    [[ $expected == *--help* ]] || { echo "FAILED: no options in the help of $command" && status=1; }
    for shell in "${shells[@]}"; do
        same "$shell, options of $command" "$expected" "$("in_$shell" "$command" -- | flat)"
    done
    same "glossd(1), synopsis of $command" "$(both_ways "$command" | flat)" \
        "$(in_synopsis "$command" | grep -vxE -e '-c|--color' | flat)"
done

for command in "${all[@]}"; do
    for option in $(short_options "$command" | grep -vxE -e '-[chV]'); do
        for shell in bash fish; do
            [[ " ${shells[*]} " == *" $shell "* ]] || continue
            long=$(glossd "$command" --help | grep -oE "^ *$option, +--[a-z-]+=?" | grep -oE -e '--.*')
            [[ $long == *= ]] || continue
            same "$shell, values of $command $option" "$("in_$shell" "$command" "${long%=}" '' | flat)" \
                "$("in_$shell" "$command" "$option" '' | flat)"
        done
    done
done

# A service that has followed two sources; completions ask the default state, here that one.
mkdir logs bin
echo line | tee logs/a.log >logs/b.txt
printf '%s\n' "state: $folder/state.db" "sources: [{name: web, follow: $folder/logs/*.log}," \
    "  {name: app, follow: $folder/logs/*.txt}]" "sinks: [{file: $folder/out}]" >conf.yaml
glossd run --config conf.yaml 2>/dev/null &
service=$!
for ((i = 0; i < 100; i++)); do
    [[ $(glossd state show --state state.db 2>/dev/null) != *web* ]] || break
    sleep 0.1
done
kill "$service"
wait "$service"
printf '#!/bin/sh\ncase $1 in state) set -- "$@" --state %s/state.db ;; esac\nexec %s "$@"\n' \
    "$folder" "$(command -v glossd)" >bin/glossd
chmod +x bin/glossd
PATH=$folder/bin:$PATH
mkdir empty
cd empty || exit 2

: >'a file.log'
known=$(glossd catalog show | grep -oE '^[A-Z][A-Z_]+$' | flat)
for shell in "${shells[@]}"; do
    [[ $shell != zsh ]] || continue
    same "$shell, subcommands" "$(commands | flat)" "$("in_$shell" '' | grep -vx 'a.*file.log' | flat)"
    same "$shell, codes after explain" "$known" "$("in_$shell" explain '' | flat)"
    same "$shell, formats of summary" 'csv json prometheus table' \
        "$("in_$shell" summary --format '' | flat)"
    same "$shell, codes after an option and a verb" "$known" \
        "$("in_$shell" catalog --color never show '' | flat)"
    same "$shell, verbs after an option" 'check export list show' \
        "$("in_$shell" catalog --color never '' | flat)"
    same "$shell, sources after state forget" 'app web' "$("in_$shell" state forget '' | flat)"
    same "$shell, files after annotate" 'afile.log' "$("in_$shell" annotate 'a' | tr -d ' \134')"
done
exit $status
