#!/bin/sh
# Checks what the launcher of npm does besides starting the program. Usage: launcher.sh LAUNCHER NODE_MODULES
set -eu
launcher=$1 modules=$2

# expect CODE COMMAND... fails if the command does not exit with the code.
expect() {
  want=$1
  shift
  code=0
  "$@" >/dev/null 2>said || code=$?
  [ "$code" = "$want" ] || { echo "FAIL  exit code $code, not $want: $*: $(cat said)" && exit 1; }
}
expect 0 "$launcher" version
expect 1 "$launcher" call chat prompt=hi model=unknown --sandbox
expect 2 "$launcher" --no-such-flag

# The program ends in order at SIGTERM, and the launcher with it.
mkfifo input
"$launcher" stdio --sandbox <input >/dev/null 2>&1 &
pid=$!
exec 3>input
rm input
printf '%s\n' '{"jsonrpc":"2.0","id":1,"method":"ping"}' >&3
until program=$(tr -d ' ' <"/proc/$pid/task/$pid/children") && [ -n "$program" ]; do sleep 0.1; done
kill -TERM $pid
wait $pid || true
exec 3>&-
! kill -0 "$program" 2>/dev/null || { echo "FAIL  the program outlives its launcher" && exit 1; }

# Without the package for this system it says what to do.
mv "$modules/@ai-endpoints-mcp" "$modules/away"
expect 1 "$launcher" version
mv "$modules/away" "$modules/@ai-endpoints-mcp"
grep -q '^error: the package @ai-endpoints-mcp/.* is not installed$' said && grep -q '^hint: ' said || { cat said && exit 1; }
