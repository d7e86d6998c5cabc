#!/usr/bin/env bash
# slipway ...: runs the command line from this checkout with any arguments, building first if needed
source eng/dev/lib.sh
[ -x "$CLI" ] || need_sdk
# Only what starts a controller needs an agent.
case "${1:-}" in run | demo | server) bash eng/dev/agent.sh ;; esac
build cli "building slipway" src/Cli/Cli.csproj
program="$PWD/$CLI"
cd "$SLIPWAY_CALLER_DIR"
unset SLIPWAY_CALLER_DIR
exec "$program" "$@"
