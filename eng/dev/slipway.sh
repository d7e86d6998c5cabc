#!/usr/bin/env bash
# slipway ...: runs the command line from this checkout with any arguments, building first if needed
source eng/dev/lib.sh
[ -x "$CLI" ] || need_sdk
build cli "building slipway" src/Cli/Cli.csproj
program="$PWD/$CLI"
cd "$SLIPWAY_CALLER_DIR"
exec "$program" "$@"
