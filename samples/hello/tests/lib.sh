# A test framework in a few lines: `check <name> <command…>` runs a test, `report <suite> <file>` writes JUnit results.
total=0
failures=0
cases=''

check() {
  name=$1
  shift
  total=$((total + 1))
  sleep 1
  if output=$("$@" 2>&1); then
    printf '\033[32m  ok\033[0m    %s\n' "$name"
    cases="$cases<testcase classname=\"hello.$suite\" name=\"$name\" time=\"1.0\"/>"
  else
    failures=$((failures + 1))
    printf '\033[31m  FAIL\033[0m  %s\n        %s\n' "$name" "$output"
    cases="$cases<testcase classname=\"hello.$suite\" name=\"$name\" time=\"1.0\">"
    cases="$cases<failure message=\"the command failed\">$(escape "$output")</failure></testcase>"
  fi
}

escape() { printf '%s' "$1" | sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g'; }

report() {
  mkdir -p "$(dirname "$1")"
  printf '<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="%s" tests="%d" failures="%d" time="%d">%s</testsuite>\n' \
    "hello.$suite" "$total" "$failures" "$total" "$cases" > "$1"
  echo "$suite: $total tests, $failures failures"
  [ "$failures" = 0 ]
}
