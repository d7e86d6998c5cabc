#!/bin/sh
# usage: tests/package.sh <package> <JUnit report to write>
set -eu
suite=package
. "$(dirname "$0")/lib.sh"

unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT

check 'is a gzip file' gzip -t "$1"
check 'unpacks' tar -C "$unpacked" -xzf "$1"
check 'holds the program' test -x "$unpacked/hello"
check 'runs when unpacked' "$unpacked/hello" package
report "$2"
