#!/usr/bin/env bash
# lint: builds everything anew with all analyzers, and checks the shell scripts and the sample Jenkinsfiles
source eng/dev/lib.sh
take_common_options "$@"
need_sdk
take_build_lock
# shellcheck disable=SC2046
if ! with_progress "building everything with all analyzers" "$LOGS/lint.log" dotnet build Slipway.slnx --no-incremental -v minimal -nologo -tl:off $(restore_arguments); then
  show_build_errors "$LOGS/lint.log"
  fail 1 "analyzers found something; the whole output is in $LOGS/lint.log"
fi
release_build_lock

if have command:shellcheck; then
  step "shellcheck"
  shellcheck -x dev .ci/run eng/dev/*.sh eng/images/*.sh eng/cluster/cluster eng/cluster/images
else
  note "▸ shellcheck is not installed: scripts are not checked (sudo apt-get install shellcheck)"
fi

step "slipway lint samples"
find samples -name Jenkinsfile -print0 | sort -z | xargs -0 -n 1 "$CLI" lint
