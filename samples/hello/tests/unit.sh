#!/bin/sh
# usage: tests/unit.sh <JUnit report to write>
set -eu
suite=unit
. "$(dirname "$0")/lib.sh"

says() { [ "$(out/hello "$1")" = "$2" ]; }
refuses() { ! out/hello "$1" 2> /dev/null; }

check 'greets the world by default' test "$(out/hello)" = "${GREETING:-Hello}, world!"
check 'greets by name' says Ada "${GREETING:-Hello}, Ada!"
check 'takes digits and dashes' says unit-7 "${GREETING:-Hello}, unit-7!"
check 'refuses a name with a space' refuses 'a b'
check 'refuses shell characters' refuses '$(reboot)'
check 'knows its version' grep -q "# hello ${VERSION:-0.0.0}" out/hello
report "$1"
