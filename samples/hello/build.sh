#!/bin/sh
# Makes out/hello from its template. VERSION and GREETING come from the pipeline's environment.
set -eu
: "${VERSION:=0.0.0}" "${GREETING:=Hello}"
case "$GREETING" in
  *[!A-Za-z0-9\ ,-]* | '') echo "build: GREETING is '$GREETING'; it may hold letters, digits, blanks, commas and dashes" >&2; exit 2 ;;
esac
mkdir -p out
for part in parse check optimise link; do
  printf '[build] %-9s' "$part"
  sleep 0.8
  echo ' ok'
done
sed -e "s/@VERSION@/$VERSION/" -e "s/@GREETING@/$GREETING/" src/hello.sh.in > out/hello
chmod +x out/hello
printf '[build] \033[32mout/hello %s\033[0m\n' "$VERSION"
