#!/usr/bin/env bash
# format [--check]: puts whitespace and code style right; --check only says what is wrong (CI)
source eng/dev/lib.sh
take_common_options "$@"
need_sdk
verify=()
[ "${ARGUMENTS[0]:-}" = --check ] && verify=(--verify-no-changes)

# shellcheck disable=SC2046
with_progress "restoring" "$LOGS/restore.log" dotnet restore Slipway.slnx -v minimal -tl:off $(restore_arguments) || { show_build_errors "$LOGS/restore.log"; fail 1 "restore failed; see $LOGS/restore.log"; }
code=0
for kind in whitespace style; do
  if ! with_progress "dotnet format $kind" "$LOGS/format-$kind.log" dotnet format "$kind" Slipway.slnx --no-restore ${verify[@]+"${verify[@]}"}; then
    code=1
    sed -E "s|$PWD/||g; s/ \[[^]]*\]$//" "$LOGS/format-$kind.log" | sort -u | head -n 40 >&2
  fi
done
if [ "$code" != 0 ]; then
  fail 1 "not as ./dev format would leave it. Run ./dev format and commit the result."
fi
