#!/bin/sh
# Runs the examples against `BIN emulator`, in the environments of the checks. Usage: run.sh BIN. Needs python3 (3.11 or later) with venv.
set -eu
bin=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
clients=$here/../../testdata/clients/python
work=$(realpath "$here/../..")/.cache/clients/python
"$clients/install.sh" "$work" mcp1 mcp2

run=$(mktemp -d)
"$bin" emulator --listen 127.0.0.1:0 >"$run/urls" 2>"$run/log" &
emulator=$!
trap 'kill $emulator 2>/dev/null; rm -rf "$run"' EXIT

# It prints its URLs when it is ready.
tries=0
until BASE_URL=$(sed -n 's/^base-url //p' "$run/urls") && [ -n "$BASE_URL" ]; do
  tries=$((tries + 1))
  [ $tries -lt 100 ] || { cat "$run/log" && exit 1; }
  sleep 0.1
done
export BASE_URL NO_PROXY=127.0.0.1 LANGSMITH_TRACING=false OPENAI_AGENTS_DISABLE_TRACING=1
export PYTHONPYCACHEPREFIX="$work/bytecode"

status=0
timeout 5m "$work/mcp1/bin/python" "$here/langchain_agent.py" || status=1
timeout 5m "$work/mcp2/bin/python" "$here/openai_agents.py" || status=1
exit $status
