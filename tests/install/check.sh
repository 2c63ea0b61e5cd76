#!/bin/sh
# Installs the build that is given into an empty folder and uses it from there: the program, the
# shipped catalog, and libgloss by what pkg-config says, from programs that are not of this tree: a
# consumer, docs/example.c, and the example in the top comment of each public header.
#
#   check.sh BUILD
set -eu
build=$1
cd "$(dirname "$0")/../.."

prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
cmake --install "$build" --prefix "$prefix" >"$prefix/log"

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name gloss.pc)")
export PKG_CONFIG_PATH

expect() {
    [ "$2" = "$3" ] || { printf 'FAILED: %s: expected %s, found %s\n' "$1" "$2" "$3" && exit 1; }
}

# compile FILE [PROGRAM]: to $prefix/out, or to another place; warnings are errors
compile() {
    # shellcheck disable=SC2046 # flags are words
    "${CC:-cc}" -Wall -Wextra -Werror $(pkg-config --cflags gloss) \
        -o "${2:-$prefix/out}" "$1" $(pkg-config --libs gloss)
}

# example_of HEADER: the program in its first comment, whose lines begin with " *     ".
example_of() {
    awk '/^ \*\// { exit }
         /^ \*     #include/ { inside = 1 }
         inside { sub(/^ \*(     )?/, ""); print }' "$1"
}

version=$("$prefix/bin/glossd" --version)
expect 'the version' "glossd $(pkg-config --modversion gloss)" "${version%% (*}"
cmp conf/catalogs/aliyun-mqtt.yaml "$prefix/share/glossd/catalogs/aliyun-mqtt.yaml"

# A probe for each page of a large stack frame, and a mark where an indirect call may land.
if [ "$(uname -m)" = x86_64 ]; then
    objdump -d --no-show-raw-insn "$prefix/bin/glossd" >"$prefix/log"
    expect 'the mark of main()' endbr64 \
        "$(awk '/^[0-9a-f]+ <main>:$/ { getline; print $2 }' "$prefix/log")"
    # shellcheck disable=SC2016 # $0 is objdump's
    grep -qE '(or|mov)q +\$0x0,(0x[0-9a-f]+)?\(%rsp\)' "$prefix/log" ||
        expect 'stack frames' probed unprobed
fi

compile tests/install/consumer.c
expect 'the consumer' 'one\ntwo' "$(printf 'one\ntwo' | "$prefix/out")"

expect 'names that libgloss shows' '' \
    "$(nm -g --defined-only --format=posix "$(find "$prefix" -name libgloss.a)" |
        awk 'NF > 1 && $1 !~ /^gloss_/ { print $1 }')"

for page in docs/*.[1-9]; do
    [ -f "$prefix/share/man/man${page##*.}/${page##*/}" ] || expect "$page" installed missing
done

for example in docs/*.c; do
    compile "$example"
done
compile docs/example.c
line() { printf '%s: ' "$1" && sed -n "/^  $1:/,/solution:/s/^ *solution: //p" conf/catalogs/*.yaml; }
expect 'the example' "$(line BIZ_TOPIC_EXISTED && line BIZ_NO_MESSAGE && line BIZ_NO_MESSAGE)" \
    "$(printf '%s\n' 'BIZ_TOPIC_EXISTED BIZ_NO_MESSAGE' quiet BIZ_NO_MESSAGES 'x: BIZ_NO_MESSAGE' |
        "$prefix/out")"
# What it finds in the sample log is what the program itself counts there.
expect 'the example on the sample' \
    "$("$prefix/bin/glossd" summary --format csv tests/data/demo.log |
        awk -F, '$1 == "code" { print $5, $2 }' | sort)" \
    "$("$prefix/out" <tests/data/demo.log |
        awk -F': ' '{ n[$1]++ } END { for (code in n) print n[code], code }' | sort)"

# Each is compiled beside the others, then they run in turn.
for header in "$prefix"/include/gloss/*.h; do
    example=$prefix/$(basename "$header" .h)
    example_of "$header" >"$example.c"
    expect "the example of ${header##*/}" 1 "$(grep -c 'int main(void)' "$example.c")"
    compile "$example.c" "$example" &
    compiling="${compiling-} $!"
done
failed=0
for job in $compiling; do
    wait "$job" || failed=1
done
expect 'examples that do not compile' 0 "$failed"
for header in "$prefix"/include/gloss/*.h; do
    "$prefix/$(basename "$header" .h)" <tests/data/demo.log >"$prefix/log" 2>&1 || {
        cat "$prefix/log"
        expect "the example of ${header##*/}" 'to succeed' 'failed'
    }
done
