#!/bin/sh
# Starts LiteLLM's proxy of the environment ENV with the config, and calls it. Usage: run.sh ENV
set -eu
cd "$(dirname "$0")"
port=$("$1/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export LITELLM_URL=http://127.0.0.1:$port LITELLM_MASTER_KEY=sk-of-the-examples OVH_AI_ENDPOINTS_ACCESS_TOKEN=any
export LITELLM_ENABLE_MCP_STDIO=true LITELLM_MCP_STDIO_EXTRA_COMMANDS=ai-endpoints-mcp
"$1/bin/litellm" --config config.yaml --host 127.0.0.1 --port "$port" --telemetry False &
proxy=$!
trap 'kill $proxy; wait $proxy || true' EXIT
tries=0
until "$1/bin/python" -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1])' "$LITELLM_URL/health/liveliness" 2>/dev/null; do
  kill -0 $proxy
  tries=$((tries + 1))
  [ $tries -lt 480 ] || exit 1
  sleep 0.5
done
"$1/bin/python" client.py
