#!/usr/bin/env bash
# publish [--self-contained]: puts server, command line and agent into one folder, artifacts/publish/slipway
source eng/dev/lib.sh
take_common_options "$@"
need_sdk
bash eng/dev/agent.sh
folder=artifacts/publish/slipway
# Compiled ahead for this kind of machine, which brings packages of its own: built apart from the others (Directory.Build.props says why).
options=(-r linux-x64 -p:PublishedForMachine=true -p:ArtifactsPath="$PWD/artifacts/published")
if [ "${ARGUMENTS[0]:-}" = --self-contained ]; then
  # With a runtime of its own it needs no .NET on the machine.
  options+=(--self-contained true)
else
  options+=(--self-contained false)
fi
take_build_lock
rm -rf "$folder"
if ! with_progress "publishing to $folder" "$LOGS/publish.log" dotnet publish src/Cli -c Release -o "$folder" -v minimal -nologo -tl:off "${options[@]}"; then
  show_build_errors "$LOGS/publish.log"
  fail 1 "publishing failed; the whole output is in $LOGS/publish.log"
fi
install -D -m 755 "$AGENT" "$folder/slipway-agent"
say "  $folder: $(du -sh "$folder" | cut -f1), start with $folder/slipway"
