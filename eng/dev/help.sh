#!/usr/bin/env bash
# help: this list
set -euo pipefail

# Each verb explains itself in its second line: "# <arguments>: <what it does>".
echo "usage: ./dev <command> [arguments]"
echo
for verb in run build test slipway format lint bench agent publish images cluster help; do
  line="$(sed -n 2p "eng/dev/$verb.sh")"
  usage="${line#\# }"
  printf '  ./dev %-27s %s\n' "${usage%%: *}" "${usage#*: }"
done
cat <<'TXT'

Missing Debian packages are installed when you are root, and named with the command to run when you are not
(exit code 2); `--no-install` goes on without them. Everything that is built lands in artifacts/.
More: docs/development.md
TXT
