#!/bin/sh
# Holds the tree to its layers: what libgloss leaves undefined and what it shows, that it has no
# mutable globals, which folder includes which, that no two rooms include each other, and that each
# public header stands alone in C and in C++.
#
#   check.sh ROOT ARCHIVE    ROOT is the project's folder, ARCHIVE a libgloss.a of a plain build
#   check.sh --self-test     plants one violation of each rule and demands that it is found
#
# CC and CXX name the compilers. Prints one line per violation; exit status 1 when there is any.
set -uf # no name is ever expanded from a pattern: patterns are data here

tables=$(cd "$(dirname "$0")" && pwd)
CC=${CC:-cc}
CXX=${CXX:-c++}

table() { grep -v '^#' "$tables/$1"; }

# matches NAME PATTERNS: does one of the blank-separated shell patterns fit?
matches() {
    for pattern in $2; do
        # shellcheck disable=SC2254 # a pattern is what it is meant to be
        case $1 in $pattern) return 0 ;; esac
    done
    return 1
}

# symbols ARCHIVE: "NAME CLASS SECTION" for each symbol of each member.
symbols() {
    nm --format=sysv "$1" 2>/dev/null | awk -F'|' '
        NF >= 7 { gsub(/ /, "", $1); gsub(/ /, "", $3); gsub(/ /, "", $7); print $1, $3, $7 }'
}

# Allowed, not denied: compilers turn one function into another, and a list of sins would leak.
check_undefined() {
    allowed=$(table gloss.allow)
    symbols "$1" | awk '
        $2 == "U" || $2 == "w" || $2 == "v" { wanted[$1]; next }
        { have[$1] }
        END { for (name in wanted) if (!(name in have)) print name }' | sort |
        while read -r name; do
            matches "$name" "$allowed" ||
                echo "symbol: libgloss uses '$name', which gloss.allow does not list"
        done
}

# What no public header has is ours alone, and is not called gloss_.
check_exports() {
    public=$(find include/gloss -name '*.h' -exec cat {} +)
    symbols "$1" | awk '$2 ~ /^[TDR]$/ && $1 ~ /^gloss_/ { print $1 }' | sort -u |
        while read -r name; do
            echo "$public" | grep -qw "$name" ||
                echo "export: libgloss shows '$name', which no public header has"
        done
}

# Constants that hold addresses stand in .data.rel.ro: written by the loader once, then read-only.
check_globals() {
    symbols "$1" | awk '
        $2 ~ /^[bBdDsSgGcC]$/ && $3 !~ /^\.data\.rel\.ro/ {
            print "global: libgloss has the mutable variable \047" $1 "\047 (" $3 ")" }'
}

# includes FILE...: "FILE HEADER" for each #include.
includes() {
    grep -HoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"][^>"]+' "$@" /dev/null |
        sed -E 's/^([^:]*):[^<"]*[<"](.*)$/\1 \2/'
}

sources() { [ $# -eq 0 ] || find "$@" -name '*.[ch]' 2>/dev/null | sort; }

# folder_words FOLDER KEY: what folders.table says behind "FOLDER KEY".
folder_words() {
    table folders.table | awk -v folder="$1" -v key="$2" '
        $1 == folder && $2 == key { for (i = 3; i <= NF; i++) print $i }'
}

# folder_may FOLDER: the headers of this project that its files may include, as patterns.
folder_may() {
    for used in "$1" $(folder_words "$1" uses); do
        case $used in
        core) echo 'core/*' 'gloss/*' ;;
        io) echo 'io/*' ;;
        *) echo "$used/*" && folder_words "$used" has ;;
        esac
    done
}

# The order of the table is what makes a circle of folders impossible.
check_order() {
    table folders.table | awk '
        $2 != "uses" && $2 != "has" && NF { print "folders.table: neither uses nor has: " $0 }
        $2 == "uses" {
            for (i = 3; i <= NF; i++)
                if (!($i in seen) && $i != "core" && $i != "io")
                    print "folder: " $1 " uses " $i ", which does not stand above it"
        }
        { seen[$1] }'
}

# check_files LAYER FOLDER FILE...: FILEs of that folder, by the rules of that layer.
check_files() {
    [ $# -gt 2 ] || return 0
    rules=$(table includes.table | awk -v l="$1" '$1 == l { $1 = ""; print }')
    # shellcheck disable=SC2020 # one blank or newline to one newline
    denied=$(echo "$rules" | tr ' ' '\n' | sed -n 's/^!//p')
    allowed=$(echo "$rules" | tr ' ' '\n' | grep -v '^!' | grep .) || allowed='*'
    ours=$(folder_may "$2")
    shift 2
    includes "$@" | while read -r file header; do
        case $header in
        core/* | io/* | app/* | gloss/*)
            matches "$header" "$ours" || echo "include: $file may not include $header"
            ;;
        *)
            if matches "$header" "$denied *..*/*" || ! matches "$header" "$allowed"; then
                echo "include: $file may not include $header"
            elif [ -e "${file%/*}/$header" ]; then
                echo "include: $file names its neighbour $header without the folder"
            fi
            ;;
        esac
    done
}

# Each source stands in a folder of the table, each public header belongs to one.
check_places() {
    folders=$(table folders.table | awk 'NF { print $1 }' | sort -u)
    public=$(table folders.table | awk '$2 == "has"')
    for file in $(sources src); do
        folder=${file#src/}
        matches "${folder%/*}" "$folders" || echo "folder: $file stands in none of folders.table"
    done
    for file in $(sources include/gloss); do
        matches "${file#include/}" "$public" || echo "folder: $file is of none in folders.table"
    done
}

check_includes() {
    for folder in $(table folders.table | awk 'NF { print $1 }' | sort -u); do
        # shellcheck disable=SC2046 # names of sources have no blanks
        check_files "${folder%%/*}" "$folder" $(sources "src/$folder")
        # shellcheck disable=SC2046
        check_files include/gloss "$folder" $(sources $(folder_words "$folder" has | sed 's|^|include/|'))
    done
}

# A room is a source, its header, and the header with _private behind its name that it shares with
# its neighbours. tsort tells of circles.
check_circles() {
    # shellcheck disable=SC2046 # names of sources have no blanks
    includes $(sources src) | awk '
        { room = $1; other = $2
          sub(/^src\//, "", room); sub(/(_private)?\.[ch]$/, "", room)
          if (other ~ /^(core|io|app)\// && sub(/(_private)?\.h$/, "", other) && room != other)
              print room, other }' | tsort 2>&1 >/dev/null | awk '
        /loop/ { next }
        { sub(/^tsort: /, ""); rooms = rooms " " $0 }
        END { if (rooms) print "circle: these rooms include each other:" rooms }'
}

check_homes() {
    # shellcheck disable=SC2046 # names of sources have no blanks
    all=$(includes $(sources src include))
    table homes.table | awk 'NF { print $1 }' | sort -u | while read -r header; do
        homes=$(table homes.table | awk -v h="$header" '$1 == h { print $2 }')
        limit=$(table homes.table | awk -v h="$header" '$1 == h { print $3; exit }')
        users=$(echo "$all" | while read -r file name; do
            matches "$name" "$header" && echo "$file"
        done | sort -u)
        for file in $users; do
            matches "$file" "$homes" || echo "home: $header is not at home in $file"
        done
        count=$(echo "$users" | grep -c .)
        if [ "$limit" != any ] && [ "$count" -gt "$limit" ]; then
            echo "home: $header has more than $limit home:" "$users"
        fi
    done
}

check_headers() {
    for header in $(sources include/gloss); do
        name=${header#include/}
        "$CC" -std=c17 -Wall -Wextra -Wpedantic -Wstrict-prototypes -Werror -Iinclude \
            -include "$name" -fsyntax-only -x c /dev/null ||
            echo "header: $name does not stand alone as C17"
        "$CXX" -std=c++17 -Wall -Wextra -Wpedantic -Werror -Iinclude \
            -include "$name" -fsyntax-only -x c++ /dev/null ||
            echo "header: $name does not stand alone as C++17"
        grep -q 'extern "C"' "$header" || echo "header: $name has no extern \"C\" for C++"
    done
}

check() {
    archive=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
    [ -s "$archive" ] || { echo "no archive: $2" && return 1; }
    cd "$1" || return 1
    found=$(
        check_undefined "$archive"
        check_globals "$archive"
        check_exports "$archive"
        check_order
        check_places
        check_includes
        check_circles
        check_homes
        check_headers 2>&1
    )
    [ -z "$found" ] || { echo "$found" && return 1; }
}

# ---- The self-test: a small clean tree, then the same with one thing wrong.

clean_tree() {
    rm -rf "$1"
    mkdir -p "$1/include/gloss" "$1/src/core/base" "$1/src/io/state" "$1/src/io/tail" "$1/src/app/cli"
    cat >"$1/include/gloss/span.h" <<'EOF'
#pragma once
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif
size_t gloss_a(const char *text);
#ifdef __cplusplus
}
#endif
EOF
    cat >"$1/src/core/base/a.c" <<'EOF'
#include "core/base/a.h"
#include <gloss/span.h>
#include <string.h>
static const char *const names[] = {"one", "two"};
size_t gloss_a(const char *text) { return strlen(text) + strlen(names[strlen(text) % 2]); }
EOF
    : >"$1/src/core/base/a.h"
    echo '#include <sqlite3ext.h>' >"$1/src/io/state/sqlite.c"
    echo '#include "io/tail/b.h"' >"$1/src/io/tail/a.h"
    : >"$1/src/io/tail/b.h"
    echo '#include "io/state/store.h"' >"$1/src/app/cli/main.c"
}

archive_of() {
    rm -f "$1/libgloss.a"
    "$CC" -fPIC -O1 -I"$1/include" -I"$1/src" -include stddef.h -c "$1/src/core/base/a.c" \
        -o "$1/a.o" &&
        ar rcs "$1/libgloss.a" "$1/a.o"
}

# planted NAME EXPECTED FILE TEXT: with TEXT appended to FILE, a line like EXPECTED must come out.
planted() {
    clean_tree "$tree"
    printf '%s\n' "$4" >>"$tree/$3"
    archive_of "$tree" || { echo "self-test: $1: the planted tree does not compile" && return 1; }
    output=$("$0" "$tree" "$tree/libgloss.a")
    status=$?
    if [ $status -eq 1 ] && echo "$output" | grep -q "$2"; then
        echo "found: $1"
    else
        echo "self-test: NOT FOUND: $1 (status $status): $output"
        return 1
    fi
}

self_test() {
    tree=$(mktemp -d)
    trap 'rm -rf "$tree"' EXIT
    failures=0

    clean_tree "$tree"
    archive_of "$tree"
    "$0" "$tree" "$tree/libgloss.a" || { echo "self-test: the clean tree is not clean" && failures=1; }

    while IFS='|' read -r name expected file text; do
        planted "$name" "$expected" "$file" "$text" || failures=1
    done <<'EOF'
a symbol that is not allowed|^symbol: .*'getenv'|src/core/base/a.c|char *getenv(const char *); char *gloss_b(void) { return getenv("HOME"); }
output to a FILE, as the compiler rewrites it|^symbol: .*'puts'|src/core/base/a.c|int printf(const char *, ...); void gloss_b(void) { printf("hello\n"); }
an initialised variable|^global: .*'counter'|src/core/base/a.c|int counter = 3;
a zeroed variable|^global: .*'counter'|src/core/base/a.c|int counter;
a static inside a function|^global: .*'hidden|src/core/base/a.c|int gloss_b(void) { static int hidden; return ++hidden; }
a public name that no public header has|^export: .*'gloss_b'|src/core/base/a.c|int gloss_b(void); int gloss_b(void) { return 1; }
a foreign header in the core|^include: src/core/base/a.h may not include uv.h|src/core/base/a.h|#include <uv.h>
the layer above, from the core|^include: src/core/base/b.h may not include io/state/store.h|src/core/base/b.h|#include "io/state/store.h"
the layer above, from io|^include: src/io/state/store.c may not include app/cli/cmd.h|src/io/state/store.c|#include "app/cli/cmd.h"
a folder above, from the core|^include: src/core/base/b.h may not include core/match/kernel.h|src/core/base/b.h|#include "core/match/kernel.h"
a public header of a folder above|^include: src/core/base/b.h may not include gloss/matcher.h|src/core/base/b.h|#include <gloss/matcher.h>
a folder beside, from io|^include: src/io/state/store.c may not include io/tail/follow.h|src/io/state/store.c|#include "io/tail/follow.h"
a circle of rooms|^circle: .*io/tail/a|src/io/tail/b.h|#include "io/tail/a.h"
a folder that the table lacks|^folder: src/io/a.c|src/io/a.c|#include <stddef.h>
a neighbour without its folder|^include: src/io/tail/b.h names its neighbour a.h|src/io/tail/b.h|#include "a.h"
a way around by dots|^include: src/io/state/store.c may not include ../app/main.h|src/io/state/store.c|#include "../app/main.h"
a foreign header in the wrong file|^home: sqlite3ext.h is not at home in src/app/cli/main.c|src/app/cli/main.c|# include <sqlite3ext.h>
a foreign header in two files|^home: sqlite3ext.h has more than 1 home|src/io/state/sqlite.h|#include <sqlite3ext.h>
a public header that needs another first|^header: gloss/diag.h does not stand alone as C17|include/gloss/diag.h|extern "C" size_t gloss_b(void);
a public header that is not C++|^header: gloss/diag.h does not stand alone as C++17|include/gloss/diag.h|int gloss_b(int class); /* extern "C" */
a public header without linkage for C++|^header: gloss/diag.h has no extern|include/gloss/diag.h|int gloss_b(int number);
EOF
    return $failures
}

case ${1:-} in
--self-test) self_test ;;
*) [ $# -eq 2 ] && check "$1" "$2" ;;
esac
