#!/bin/sh
# Runs the examples with BIN: its emulator is the model of the agents, and its --sandbox answers the tools' calls.
# Usage: run.sh BIN. Needs npm, and python3 (3.11 or later) with venv.
set -eu
bin=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
root=$(realpath "$here/..")
python=$root/.cache/clients/python
node=$root/.cache/examples/typescript

# The environments are those of `make clients`.
"$root/testdata/clients/python/install.sh" "$python" mcp1 mcp2 airflow
export PYTHONPYCACHEPREFIX="$python/bytecode"
mkdir -p "$node"
if ! cmp -s "$here/typescript/package-lock.json" "$node/package-lock.json"; then
  cp "$here"/typescript/package*.json "$node"
  (cd "$node" && npm ci --no-audit --no-fund --loglevel=error) || { rm "$node/package-lock.json" && exit 1; }
fi

# What a key or a config of the user's would change must not be seen here, and nothing is reported to anybody.
unset OVH_AI_ENDPOINTS_ACCESS_TOKEN OVHCLOUD_API_KEY OPENAI_API_KEY OPENAI_BASE_URL
export NO_PROXY=127.0.0.1 LANGSMITH_TRACING=false OPENAI_AGENTS_DISABLE_TRACING=1 LITELLM_LOCAL_MODEL_COST_MAP=True
run=$(mktemp -d)
export HOME="$run" XDG_CONFIG_HOME="$run" XDG_CACHE_HOME="$run"
PATH=$(dirname "$bin"):$PATH
export PATH

pids=
trap 'kill $pids 2>/dev/null || true; rm -rf "$run"' EXIT

# Waits until a line of a file matches an expression, and prints the match: found FILE SED-EXPRESSION
found() {
  tries=0
  until match=$(sed -n "$2" "$1" | head -n 1) && [ -n "$match" ]; do
    tries=$((tries + 1))
    [ $tries -lt 600 ] || { cat "$1" >&2 && return 1; }
    sleep 0.1
  done
  echo "$match"
}

"$bin" emulator --listen 127.0.0.1:0 >"$run/urls" 2>"$run/emulator.log" &
pids="$pids $!"
export MCP_TOKEN=a-token-of-the-examples-0123456789
(umask 077 && echo "examples: $MCP_TOKEN" >"$run/tokens")
"$bin" http --sandbox --listen 127.0.0.1:0 --auth-token-file "$run/tokens" --log-format json 2>"$run/http.log" &
pids="$pids $!"
BASE_URL=$(found "$run/urls" 's/^base-url //p')
TEAM_URL=http://$(found "$run/http.log" 's/.*serving MCP over HTTP","address":"\([^"]*\)".*/\1/p')/mcp
export BASE_URL TEAM_URL

# Each is NAME COMMAND…, the slowest first; what it prints is shown if it fails.
cd "$here"
export run
# shellcheck disable=SC2016 # the inner shell expands it
xargs -P 4 -L 1 sh -c '
  name=$0
  timeout 5m "$@" >"$run/$name.out" 2>&1 && echo "ok    $name" && exit
  cat "$run/$name.out"
  echo "FAIL  $name"
  exit 1' <<EXAMPLES
airflow ./airflow/run.sh $python/airflow
litellm ./litellm/run.sh $python/mcp2
emulator-langchain $python/mcp1/bin/python emulator/langchain_agent.py
emulator-openai-batch $python/mcp2/bin/python emulator/openai_batch.py
emulator-openai-agents $python/mcp2/bin/python emulator/openai_agents.py
langchain $python/mcp1/bin/python langchain/agent.py
openai-agents $python/mcp2/bin/python openai-agents/agent.py
pydantic-ai $python/mcp2/bin/python pydantic-ai/agent.py
python $python/mcp2/bin/python python/client.py
typescript ./typescript/run.sh $node
EXAMPLES
