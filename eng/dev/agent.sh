#!/usr/bin/env bash
# agent: builds the agent's static binary (artifacts/agent/linux-x64/slipway-agent), if its sources changed
source eng/dev/lib.sh
take_common_options "$@"
# The quick answer first: no file is newer than the last build. (A changed feed or SDK alone does not make a good binary worse.)
if [ -x "$AGENT" ] && unchanged_since "$STAMPS/agent" src/Agent src/Protocol src/Model Directory.Build.props Directory.Build.targets Directory.Packages.props global.json; then
  exit 0
fi
need_sdk
want_for_agent
install_wanted

# The native compiler takes half a minute, so its result is kept by the hash of all that goes in.
native_inputs() { find src/Agent src/Protocol src/Model -type f \( -name '*.cs' -o -name '*.csproj' \) -print0; }
build_settings() { printf '%s\0' src/Agent/Agent.csproj src/Protocol/Protocol.csproj src/Model/Model.csproj Directory.Build.props Directory.Build.targets Directory.Packages.props global.json; }
hash_of() { sort -z | xargs -0 sha256sum | sha256sum | cut -c1-64; }

# choose_framework: net10.0 where the feed has its native runtime pack, else net9.0 (ADR 0005). Asking takes seconds, so the answer is kept per SDK and feed.
choose_framework() {
  if [ -n "${SLIPWAY_AGENT_FRAMEWORK:-}" ]; then
    echo "$SLIPWAY_AGENT_FRAMEWORK"
    return
  fi
  local key answer="$STAMPS/agent-framework"
  key="$( (dotnet --version; dotnet nuget list source --format short) 2>/dev/null | sha256sum | cut -c1-64)"
  if [ -e "$answer" ] && [ "$(cut -d' ' -f1 "$answer")" = "$key" ]; then
    cut -d' ' -f2 "$answer"
    return
  fi
  if with_progress "asking the package feed for .NET 10's native runtime" "$LOGS/agent-probe.log" \
    dotnet restore src/Agent -p:NativeAgent=true -p:AgentFramework=net10.0 -p:ArtifactsPath="$PWD/artifacts/native-probe" -v minimal -tl:off; then
    echo "$key net10.0" >"$answer"
    note "  it is there: the agent is built for .NET 10"
  elif grep -qE 'NU110[0-3]' "$LOGS/agent-probe.log"; then
    echo "$key net9.0" >"$answer"
    note "  it is not there: the agent is built for .NET 9 (docs/adr/0005-agent-native-static.md)"
  else
    note "  no clear answer ($LOGS/agent-probe.log): the agent is built for .NET 9 this time"
    echo net9.0
    return
  fi
  cut -d' ' -f2 "$answer"
}

framework="$(choose_framework)"
take_build_lock
settings="$framework $(build_settings | hash_of)"
touch "$STAMPS/agent.begun"
inputs="$settings $(native_inputs | hash_of)"
if [ -x "$AGENT" ] && [ "$(cat "$STAMPS/agent" 2>/dev/null)" = "$inputs" ]; then
  touch -r "$STAMPS/agent.begun" "$STAMPS/agent"
  exit 0
fi

for tool in clang ld.lld cmake make; do
  have "command:$tool" || fail 2 "the agent cannot be built without '$tool'. Run this, then ./dev again:
    sudo apt-get install -y --no-install-recommends clang lld cmake make libssl-dev zlib1g-dev libc6-dev"
done

# The native build is incremental by its inputs alone: after a change of link options the old binary would be copied in silence.
[ "$(cat "$STAMPS/agent-settings" 2>/dev/null)" = "$settings" ] || rm -rf artifacts/native/obj artifacts/native/bin
rm -rf artifacts/native/publish
# shellcheck disable=SC2046
if ! with_progress "building the agent: one static binary, $framework (about half a minute)" "$LOGS/agent.log" \
  dotnet publish src/Agent -c Release -p:NativeAgent=true -p:AgentFramework="$framework" -p:ArtifactsPath="$PWD/artifacts/native" -v minimal -nologo -tl:off $(restore_arguments); then
  show_build_errors "$LOGS/agent.log"
  fail 1 "the agent's native build failed; the whole output is in $LOGS/agent.log"
fi
mkdir -p "$(dirname "$AGENT")"
# A running agent keeps its old file: replace the name, not the content.
install -m 755 artifacts/native/publish/Agent/release_linux-x64/slipway-agent "$AGENT.new"
mv "$AGENT.new" "$AGENT"
echo "$settings" >"$STAMPS/agent-settings"
echo "$inputs" >"$STAMPS/agent.begun.inputs"
touch -r "$STAMPS/agent.begun" "$STAMPS/agent.begun.inputs"
mv "$STAMPS/agent.begun.inputs" "$STAMPS/agent"
say "  $AGENT  $(($(stat -c %s "$AGENT") / 1024)) KiB, $(ldd "$AGENT" 2>&1 | sed 's/^[[:space:]]*//')"
