#!/usr/bin/env bash
# run: builds, starts the server on http://127.0.0.1:8080 with a sample job, runs it, stays until Ctrl-C
source eng/dev/lib.sh
take_common_options "$@"
need_sdk
want_for_server
want_for_agent
install_wanted
bash eng/dev/agent.sh
build cli "building slipway" src/Cli/Cli.csproj
# What the demo makes is kept out of git and may be deleted at any time.
exec "$CLI" demo --data "$PWD/.slipway/demo" --samples "$PWD/samples" ${ARGUMENTS[@]+"${ARGUMENTS[@]}"}
