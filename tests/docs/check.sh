#!/usr/bin/env bash
# Runs what README.md shows and compares. A block ```console holds commands ("$ …") and what they
# print, all of them run in one shell, in an empty folder that has the tree's tests/ in it. A block
# ```yaml whose first line is "# NAME" is that file.
#
#   check.sh GLOSSD             says where README.md is not what is printed now
#   check.sh GLOSSD --update    writes what is printed now into README.md
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PATH=$(cd "$(dirname "$1")" && pwd):$PATH
export PATH TZ=UTC LC_ALL=C.UTF-8
unset COLUMNS NO_COLOR

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/run"
ln -s "$root/tests" "$folder/run/tests"
cd "$folder/run" || exit 2

restore() { return "$1"; }

rewrite() {
    local line state=text file='' status=0
    while IFS= read -r line; do
        case $state:$line in
        console:'$ '*)
            printf '%s\n' "$line"
            restore "$status"
            eval "${line:2}" 2>&1 </dev/null
            status=$?
            continue
            ;;
        *:'```') state=text file='' ;;
        console:*) continue ;;
        text:'```console') state=console ;;
        text:'```yaml') state=yaml ;;
        yaml:'# '*) [[ $file ]] || file=${line:2} ;;
        esac
        [[ ! $file ]] || printf '%s\n' "$line" >>"$file"
        printf '%s\n' "$line"
    done
}

rewrite <"$root/README.md" >"$folder/now"
if [[ ${2:-} == --update ]]; then
    cp "$folder/now" "$root/README.md"
else
    diff -u "$root/README.md" "$folder/now" && exit
    echo 'FAILED: README.md is not what is printed now; check.sh GLOSSD --update writes it'
    exit 1
fi
