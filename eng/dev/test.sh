#!/usr/bin/env bash
# test [filter]: the whole suite; a filter names a test project, or a part of test names
source eng/dev/lib.sh
take_common_options "$@"
filter="${ARGUMENTS[0]:-}"
need_sdk
want_for_server
want_for_tests
want_for_agent
install_wanted
bash eng/dev/agent.sh

# --- which projects, and what of them ---

mapfile -t projects < <(for f in tests/*/*.csproj; do grep -qE '<(IsTestProject>false|OutputType>Library)' "$f" || basename "$f" .csproj; done)
selection=()
if [ -n "$filter" ]; then
  mapfile -t named < <(printf '%s\n' "${projects[@]}" | grep -ixE "${filter//./\\.}(\.tests)?" || true)
  if [ ${#named[@]} -gt 0 ]; then projects=("${named[@]}"); else selection=(-method "*$filter*"); fi
fi
# Packages of the unmodified JavaScript clients, exactly as locked.
while IFS= read -r lock; do
  folder="$(dirname "$lock")"
  if ! have command:npm || [ "$folder/node_modules/.package-lock.json" -nt "$lock" ]; then continue; fi
  # The scripts of packages are not run: nothing here needs them.
  if ! with_progress "npm ci in $folder" "$LOGS/npm.log" npm ci --prefix "$folder" --no-audit --no-fund --ignore-scripts; then
    tail -n 10 "$LOGS/npm.log" >&2
    fail 1 "npm ci failed in $folder; the whole output is in $LOGS/npm.log"
  fi
done < <(find tests -name package-lock.json -not -path '*/node_modules/*')

if [ ${#projects[@]} -eq 1 ]; then
  build "test-${projects[0]}" "building ${projects[0]}" "tests/${projects[0]}/${projects[0]}.csproj"
else
  build all "building everything" Slipway.slnx
fi

# --- the real Kubernetes ---

# KUBECONFIG, else the cluster of this machine if it runs; with the images that the chosen tests start. Without one these tests skip, and say why.
mapfile -t on_cluster < <(for project in "${projects[@]}"; do grep -rlE --include='*.cs' 'KUBECONFIG|TestCluster' "tests/$project" | head -n 1; done)
if [ ${#on_cluster[@]} -gt 0 ]; then
  own="${KUBE_HOME:-/var/lib/testkube}/admin.kubeconfig"
  if [ -n "${KUBECONFIG:-}" ] && [ "$KUBECONFIG" != "$own" ]; then
    note "▸ the Kubernetes of KUBECONFIG is used; its nodes must have SLIPWAY_AGENT_IMAGE (${SLIPWAY_AGENT_IMAGE:-not set}) and SLIPWAY_SERVER_IMAGE (${SLIPWAY_SERVER_IMAGE:-not set})"
  elif [ -r "$own" ] && timeout 10 kubectl --kubeconfig "$own" get --raw /readyz >/dev/null 2>&1; then
    export KUBECONFIG="$own" SLIPWAY_AGENT_IMAGE=docker.io/slipway/agent:test SLIPWAY_SERVER_IMAGE=docker.io/slipway/server:test
    if [ "$(id -u)" = 0 ]; then
      bash eng/dev/images.sh "$(if grep -rqE --include='*.cs' 'SLIPWAY_SERVER_IMAGE|ServerImage' "${on_cluster[@]%/*}"; then echo all; else echo agent; fi)" --load
      bash eng/cluster/images
    fi
  else
    note "▸ no Kubernetes runs here: tests that need one are skipped (./dev cluster up makes one)"
  fi
fi

# --- running them ---

results=artifacts/dev/test-results
rm -rf "$results"
mkdir -p "$results"
passed=0 failed=0 skipped=0
# A hanging test must not hang CI without a word.
limit="${SLIPWAY_TEST_LIMIT:-30m}"

# counts <report>: "passed failed skipped" of xunit's XML report; errors outside of tests count as failures.
counts() {
  grep -o '<assembly [^>]*>' "$1" | head -n 1 | awk '
    function attribute(name) { return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : 0 }
    { print attribute("passed") + 0, attribute("failed") + attribute("errors") + 0, attribute("skipped") + 0 }'
}

# What of a runner's output is shown: failures as they come, tests that run for long, and at the end the reasons of skips (without what stands in
# parentheses behind them). All of it is in the log.
# shellcheck disable=SC2016
show='
  /^    [^ ].*\[(FAIL|FATAL ERROR)\]/ { inside = "fail"; print; fflush(); next }
  /^    [^ ].*\[SKIP\]/ { inside = "skip"; next }
  inside == "fail" && /^      / { print; fflush(); next }
  inside == "skip" && /^      / { sub(/ \(.*/, ""); if (!($0 in skips)) order[++reasons] = $0; skips[$0]++; inside = ""; next }
  /^ *$/ { next }
  { inside = "" }
  /[Ll]ong running|Long Running/ { print; fflush() }
  END { for (i = 1; i <= reasons; i++) printf "    skipped %d:%s\n", skips[order[i]], substr(order[i], 6) }
'

# run_project <project> <pass name> <runner arguments…>
run_project() {
  local project="$1" name="$2" started=$SECONDS code=0 p f s
  shift 2
  local report="$results/$project$name.xml" log="$results/$project$name.log"
  # With a part of a name most projects have nothing to say.
  [ ${#selection[@]} -gt 0 ] || printf '▸ %s%s\n' "$project" "${name:+ (${name#-})}" >&2
  set +e
  timeout --kill-after=10s "$limit" "artifacts/bin/$project/debug/Slipway.$project" -noLogo -noColor -longRunning 60 -xml "$report" "$@" ${selection[@]+"${selection[@]}"} </dev/null 2>&1 |
    tee "$log" | awk "$show" >&2
  code=${PIPESTATUS[0]}
  set -e
  if [ -s "$report" ] && read -r p f s < <(counts "$report"); then
    if [ "$code" != 0 ] && [ "$f" = 0 ]; then f=1; say "  $project ended with exit code $code although no test failed; see $log"; fi
  else
    p=0 f=1 s=0
    if [ "$code" = 124 ] || [ "$code" = 137 ]; then say "  $project was stopped: not done after $limit (SLIPWAY_TEST_LIMIT)"; else say "  $project ended without a report, exit code $code; see $log"; tail -n 20 "$log" >&2; fi
  fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  [ ${#selection[@]} -gt 0 ] && [ $((p + f + s)) = 0 ] && return
  printf '  %s%s: %d passed, %d failed, %d skipped  (%d s)\n' "$project" "${name:+ (${name#-})}" "$p" "$f" "$s" "$((SECONDS - started))" >&2
}

for project in "${projects[@]}"; do
  run_project "$project" "" -trait- Category=Slow
done
for project in "${projects[@]}"; do
  grep -rqE --include='*.cs' '"Category", *"Slow"' "tests/$project" && run_project "$project" -slow -trait Category=Slow
done

printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ] || exit 1
if [ "$passed" = 0 ]; then fail 1 "no test ran${filter:+ (nothing matches \"$filter\")}"; fi
