#!/usr/bin/env bash
# Checks what the pages for readers of the code say about the tree: each path and test that they name
# exists, and docs/ARCHITECTURE.md lists each folder of src with the folders that it may use.
#
#   paths.sh       says what is wrong; the status is 1 when anything is
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
page=docs/ARCHITECTURE.md
status=0

wrong() {
    printf '%s\n' "$*"
    status=1
}

# Paths in backquotes. NAME and FOLDER stand for whatever is to be added; a path may lack its suffix.
check_paths() {
    local path
    # shellcheck disable=SC2016 # backquotes are what is looked for
    for path in $(grep -ohE '`(src|include|tests|docs|conf)/[^` ]+`' README.md docs/*.md |
        tr -d '`' | sort -u); do
        [[ $path != *NAME* && $path != *FOLDER* ]] || continue
        compgen -G "$path" >/dev/null || compgen -G "$path.*" >/dev/null ||
            wrong "$path: named, but not there"
    done
}

# Tests in backquotes in the page about attacks, as `SUITE/NAME`.
check_tests() {
    local test
    # shellcheck disable=SC2016 # backquotes are what is looked for
    for test in $(grep -oE '`[a-z0-9_]+/[A-Za-z0-9_]+`' docs/SECURITY.md | tr -d '`' | sort -u); do
        grep -rqF "Test(${test%/*}, ${test#*/})" tests || wrong "$test: no such test"
    done
}

# One line for each folder, "FOLDER: WHAT IT MAY USE", from the table that the layer test reads.
folders_by_table() {
    awk '$2 == "uses" || ($2 == "has" && !seen[$1]) { seen[$1] = 1 }
        $2 == "uses" { uses = ""; for (i = 3; i <= NF; i++) uses = uses " " $i; of[$1] = uses }
        $2 ~ /^(uses|has)$/ && !($1 in order) { order[$1] = ++n; name[n] = $1 }
        END { for (i = 1; i <= n; i++) print name[i] ":" of[name[i]] }' tests/layers/folders.table
}

# The same from the page, with its short forms written out.
folders_by_page() {
    sed -n '/^| folder | is for/,/^$/p' $page | grep '^| `' |
        awk -F ' *[|] *' '{ gsub(/`/, ""); print $2 ": " $4 }' |
        while IFS=': ' read -r folder uses; do
            layer=${folder%/*} out=
            for word in ${uses//,/}; do
                case $word in
                core | io) out+=" $word" ;;
                *) out+=" $layer/$word" ;;
                esac
            done
            case $uses in
            nothing*) out= ;;
            'all of core above' | 'all of app above')
                out=
                [[ $layer == core ]] || out=' core io'
                for word in "${before[@]}"; do
                    [[ $word != "$layer"/* ]] || out+=" $word"
                done
                ;;
            *) [[ $layer != app || $uses == *io* ]] || out=" core io$out" ;;
            esac
            before+=("$folder")
            echo "$folder:$out"
        done
}

check_paths
check_tests
diff <(folders_by_table) <(folders_by_page) >&2 ||
    wrong "$page: the folders are not those of tests/layers/folders.table"
exit $status
