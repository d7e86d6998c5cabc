#!/bin/sh
# No line longer than 160 characters, no tabs, no trailing blanks.
set -eu
tab=$(printf '\t')
bad=0
for file in *.sh src/*.in tests/*.sh; do
  sleep 0.3
  echo "style: $file"
  if grep -nE ".{161,}|$tab| \$" "$file"; then
    echo "style: $file has lines to mend (see above)"
    bad=1
  fi
done
exit $bad
