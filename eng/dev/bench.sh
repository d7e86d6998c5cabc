#!/usr/bin/env bash
# bench [filter]: measures Slipway and its peers on this machine; results go to bench/results/
source eng/dev/lib.sh
take_common_options "$@"
need_sdk
want_for_server
want_for_bench
want_for_agent
install_wanted
bash eng/dev/publish.sh
take_build_lock
if ! with_progress "building the benchmarks (Release)" "$LOGS/bench.log" dotnet build bench/Bench -c Release -v minimal -nologo -tl:off; then
  show_build_errors "$LOGS/bench.log"
  fail 1 "the build failed; the whole output is in $LOGS/bench.log"
fi
release_build_lock
exec artifacts/bin/Bench/release/Slipway.Bench ${ARGUMENTS[@]+"${ARGUMENTS[@]}"}
