#!/bin/sh
# Installs the build that is given into an empty folder and uses it from there: the program, the
# shipped catalog, and libgloss by what pkg-config says, from a program that is not of this tree.
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
    [ "$2" = "$3" ] || { printf '%s:\n  expected %s\n  found    %s\n' "$1" "$2" "$3" && exit 1; }
}

# compile FILE: to $prefix/out, warnings are errors
compile() {
    # shellcheck disable=SC2046 # flags are words
    "${CC:-cc}" -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror $(pkg-config --cflags gloss) \
        -o "$prefix/out" "$1" $(pkg-config --libs gloss)
}

expect 'the version' "glossd $(pkg-config --modversion gloss)" "$("$prefix/bin/glossd" --version)"
cmp conf/catalogs/aliyun-mqtt.yaml "$prefix/share/glossd/catalogs/aliyun-mqtt.yaml"

compile tests/install/consumer.c
expect 'the consumer' 'one\ntwo' "$(printf 'one\ntwo' | "$prefix/out")"

for example in docs/*.c; do
    [ ! -f "$example" ] || compile "$example"
done
