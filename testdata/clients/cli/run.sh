#!/bin/sh
# Drives the command-line hosts of npm, side by side. Usage: run.sh BIN OUT. Needs npm and python3.
set -eu
bin=$(realpath "$1")
out=$(realpath "$2")
here=$(realpath "$(dirname "$0")")
cd "$("$here/install.sh")"
PATH=$PWD/node_modules/.bin:$PATH # node 24, and the hosts

# Each has a folder of its own, with its HOME; what it prints is shown when it has ended.
printf '%s\n' claude_code codex gemini_cli opencode setup | xargs -P 4 -I NAME sh -c '
  mkdir -p NAME && cd NAME
  timeout 6m python3 "$0/NAME.py" "$1" "$2" >log 2>&1 || { echo "FAIL  NAME: its script ends with $?" >>log; status=1; }
  cat log
  exit ${status:-0}' "$here" "$bin" "$out"
