# Shared by the verbs of ./dev: messages, long-running commands with progress, Debian packages, the build.
# Sourced with the repository's root as the current folder.
# shellcheck shell=bash
set -euo pipefail

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true
export DOTNET_GENERATE_ASPNET_CERTIFICATE=false NUGET_XMLDOC_MODE=skip

LOGS=artifacts/dev/logs
STAMPS=artifacts/dev/stamps
mkdir -p "$LOGS" "$STAMPS"

# A reader that goes away (./dev … | head) ends the script in order: a build under way is stopped first, for it must not outlive its lock. A handler, and not '', which what is run would inherit.
trap 'exit 141' PIPE

# --- messages (stderr, so that the output of `./dev slipway …` stays the program's own) ---

if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m'; else bold='' dim='' red='' plain=''; fi

say() { printf '%s\n' "$*" >&2; }
note() { printf '%s%s%s\n' "$dim" "$*" "$plain" >&2; }
step() { printf '%s▸ %s%s\n' "$bold" "$*" "$plain" >&2; }
# fail <exit code> <message>
fail() {
  local code="$1"
  shift
  printf '%s./dev: %s%s\n' "$red" "$*" "$plain" >&2
  exit "$code"
}

# --- long-running commands ---

# with_progress <title> <log file> <command…>: runs it with its output in the log file and shows that time passes. Returns its exit code.
with_progress() {
  local title="$1" log="$2" started=$SECONDS shown=0 code=0
  shift 2
  if [ -t 2 ]; then printf '▸ %s' "$title" >&2; else say "▸ $title"; fi
  # 8 is the build lock: the compiler's servers outlive the build and must not hold it.
  "$@" >"$log" 2>&1 </dev/null 8>&- &
  local pid=$!
  UNDER_WAY=$pid
  trap stop_under_way EXIT
  trap 'exit 130' INT TERM
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    local elapsed=$((SECONDS - started))
    if [ -t 2 ]; then
      printf '\r\e[K▸ %s  %s%s s  %s%s' "$title" "$dim" "$elapsed" "$(latest "$log")" "$plain" >&2
    elif [ $((elapsed / 5)) -gt "$shown" ]; then
      shown=$((elapsed / 5))
      say "    $elapsed s  $(latest "$log")"
    fi
  done
  wait "$pid" || code=$?
  trap - INT TERM EXIT
  if [ -t 2 ]; then printf '\r\e[K▸ %s  %s%s s%s\n' "$title" "$dim" "$((SECONDS - started))" "$plain" >&2; fi
  return "$code"
}

# Ends what with_progress runs and waits for it, so that the lock is given back after its last write.
stop_under_way() {
  local i
  kill "$UNDER_WAY" 2>/dev/null || return 0
  for ((i = 0; i < 50; i++)); do
    kill -0 "$UNDER_WAY" 2>/dev/null || return 0
    sleep 0.2
  done
  kill -KILL "$UNDER_WAY" 2>/dev/null || true
}

# The last thing a log tells, short: the project just built, or the line as it is.
latest() {
  tail -n 1 "$1" 2>/dev/null | tr -d '\r' | sed -E 's|^ *([A-Za-z.]+) -> .*|\1|; s/^ +//' | cut -c1-60
}

# --- Debian packages ---

# have <test>: command:NAME, file:PATH, lib:SONAME or package:NAME.
have() {
  local what="${1#*:}"
  case "$1" in
    command:*) command -v "$what" >/dev/null 2>&1 ;;
    file:*) [ -e "$what" ] ;;
    lib:*) [ -n "$(find /usr/lib /lib -maxdepth 2 -name "$what*" -print -quit 2>/dev/null)" ] ;;
    package:*) [ "$(dpkg-query -W -f='${db:Status-Status}' "$what" 2>/dev/null)" = installed ] ;;
    *) fail 1 "have: '$1' is no test" ;;
  esac
}

# want <test=package=why>…: notes what fails its test. Verbs want everything first, so that one command installs it all.
MISSING=() REASONS=()
want() {
  local entry test package why
  for entry in "$@"; do
    IFS='=' read -r test package why <<<"$entry"
    have "$test" && continue
    MISSING+=("$package")
    REASONS+=("$(printf '    %-22s %s' "$package" "$why")")
  done
}

# install_wanted: installs what is missing, or says how to.
install_wanted() {
  [ ${#MISSING[@]} -eq 0 ] && return 0
  local -a command=(apt-get install -y --no-install-recommends "${MISSING[@]}")
  say "▸ Missing from Debian's packages:"
  printf '%s\n' "${REASONS[@]}" >&2
  if [ "${SLIPWAY_NO_INSTALL:-}" = 1 ]; then
    note "  going on without (--no-install)"
  elif ! have command:apt-get; then
    fail 2 "this is not Debian (no apt-get). Install the equivalents of: ${MISSING[*]}"
  elif [ "$(id -u)" != 0 ]; then
    fail 2 "installing needs root. Run this, then ./dev again:
    sudo apt-get update && sudo ${command[*]}"
  else
    install_packages "${MISSING[@]}"
  fi
  MISSING=() REASONS=()
}

install_packages() {
  local -a command=(apt-get install -y --no-install-recommends "$@")
  export DEBIAN_FRONTEND=noninteractive
  if [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -print -quit 2>/dev/null)" ]; then
    with_progress "apt-get update (no package lists here yet)" "$LOGS/apt-update.log" apt-get update || { tail -n 5 "$LOGS/apt-update.log" >&2; fail 2 "apt-get update failed; the whole output is in $LOGS/apt-update.log"; }
  fi
  with_progress "apt-get install $*" "$LOGS/apt-install.log" "${command[@]}" && return 0
  # Lists that are days old name versions that the mirror no longer has.
  with_progress "apt-get update (the install failed; the lists may be old)" "$LOGS/apt-update.log" apt-get update || true
  with_progress "apt-get install $*" "$LOGS/apt-install.log" "${command[@]}" && return 0
  tail -n 15 "$LOGS/apt-install.log" >&2
  fail 2 "Debian's packages could not be installed. The whole output is in $LOGS/apt-install.log; the command was:
    sudo ${command[*]}"
}

want_for_agent() {
  want \
    command:clang=clang="compiles and links the agent, one static binary" \
    command:ld.lld=lld="the linker that can make the agent static" \
    command:cmake=cmake="builds the runtime's OpenSSL bridge" \
    command:make=make="runs that build" \
    file:/usr/include/openssl/ssl.h=libssl-dev="OpenSSL, linked into the agent" \
    file:/usr/include/zlib.h=zlib1g-dev="zlib, linked into the agent" \
    file:/usr/include/stdlib.h=libc6-dev="glibc, linked into the agent"
}

want_for_server() {
  want \
    lib:libsqlite3.so.0=libsqlite3-0="the embedded database" \
    command:git=git="checks out Jenkinsfiles and sources"
}

want_for_tests() {
  want \
    command:chromium=chromium="the web journeys run in a real browser" \
    package:fonts-dejavu-core=fonts-dejavu-core="so that its screenshots have letters" \
    package:python3-jenkins=python3-jenkins="an unmodified client that the HTTP API must satisfy" \
    command:node=nodejs="runs the second such client, and checks scripts of the pages" \
    command:npm=npm="fetches that client" \
    command:java=default-jre-headless="runs Groovy" \
    command:groovy=groovy="the real Groovy, which the interpreter is compared with"
}

want_for_bench() {
  want \
    command:buildbot=buildbot="the CI server measured side by side" \
    command:buildbot-worker=buildbot-worker="its worker"
}

# --- the build ---

need_sdk() {
  have command:dotnet || fail 2 "the .NET 10 SDK is missing (no 'dotnet' on the PATH). Get it from https://dot.net/download, then run ./dev again."
  dotnet --version >"$LOGS/sdk.log" 2>&1 || { cat "$LOGS/sdk.log" >&2; fail 2 "no SDK here satisfies global.json: the .NET 10 SDK is needed (https://dot.net/download)."; }
}

# Builds in one checkout take turns: two at once would write the same files.
take_build_lock() {
  exec 8>artifacts/dev/build.lock
  flock -n 8 && return 0
  note "▸ another ./dev is building in this checkout; waiting for it"
  flock 8
}
release_build_lock() { exec 8>&-; }

# CI restores exactly what the lock files say; elsewhere a changed reference updates them.
restore_arguments() { if [ "${SLIPWAY_LOCKED:-}" = 1 ]; then echo "-p:RestoreLockedMode=true"; fi; }

# unchanged_since <stamp> <paths…>: no file or folder there is newer than the stamp (a deletion makes its folder newer).
unchanged_since() {
  local stamp="$1"
  shift
  [ -e "$stamp" ] && [ -z "$(find "$@" -newer "$stamp" -print -quit 2>/dev/null)" ]
}

# build <stamp name> <title> <project or solution>: builds if anything changed since the last time.
build() {
  local name="$1" title="$2" target="$3"
  local stamp="$STAMPS/build-$name"
  local -a sources=(src global.json Directory.Build.props Directory.Build.targets Directory.Packages.props .editorconfig)
  case "$target" in *.slnx) sources+=(tests bench "$target") ;; tests/* | bench/*) sources+=("$(dirname "$target")") ;; esac
  take_build_lock
  if ! unchanged_since "$stamp" "${sources[@]}"; then
    touch "$stamp.begun"
    # shellcheck disable=SC2046
    set -- dotnet build "$target" -v minimal -nologo -tl:off $(restore_arguments)
    if ! with_progress "$title" "$LOGS/build-$name.log" "$@"; then
      # A build process that was killed (memory, another checkout's shutdown) leaves no error behind: that says nothing about the code.
      if grep -qE ': error |error [A-Za-z]+[0-9]+' "$LOGS/build-$name.log" || ! with_progress "$title, again (it ended without an error)" "$LOGS/build-$name.log" "$@"; then
        show_build_errors "$LOGS/build-$name.log"
        fail 1 "the build failed; the whole output is in $LOGS/build-$name.log"
      fi
    fi
    mv "$stamp.begun" "$stamp"
  fi
  release_build_lock
}

show_build_errors() {
  grep -E '(: error |error (MSB|NU|CS)[0-9]+)' "$1" | sed -E "s|$PWD/||g; s/ \[[^]]*\]$//" | sort -u | head -n 40 >&2 || tail -n 20 "$1" >&2
}

# Takes --no-install out of the arguments; the rest is in ARGUMENTS.
take_common_options() {
  ARGUMENTS=()
  local argument
  for argument in "$@"; do
    if [ "$argument" = --no-install ]; then export SLIPWAY_NO_INSTALL=1; else ARGUMENTS+=("$argument"); fi
  done
}

# What the verbs make and use. Server, command line and tests find the agent by this variable; a published folder has it beside the program.
AGENT=artifacts/agent/linux-x64/slipway-agent
export SLIPWAY_AGENT="$PWD/$AGENT"
# shellcheck disable=SC2034
CLI=artifacts/bin/Cli/debug/slipway
