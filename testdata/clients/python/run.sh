#!/bin/sh
# Drives the hosts of PyPI, five at a time. Usage: run.sh BIN OUT. Needs python3 (3.11 or later) with venv.
# Hosts that cannot live together have environments of their own: each has a NAME.in, from which its NAME.txt was made.
set -eu
bin=$(realpath "$1")
out=$(realpath "$2")
here=$(realpath "$(dirname "$0")")
work=$here/../../../.cache/clients/python
"$here/install.sh" "$work" mcp1 mcp2 older
cd "$work"

# They report to nobody, and look for no cloud.
export AGNO_TELEMETRY=false HAYSTACK_TELEMETRY_ENABLED=False LANGSMITH_TRACING=false OPENAI_AGENTS_DISABLE_TRACING=1 OTEL_SDK_DISABLED=true
export NO_GCE_CHECK=true NO_PROXY=127.0.0.1
unset OPENAI_API_KEY OPENAI_BASE_URL OPENAI_ORG_ID GOOGLE_API_KEY GEMINI_API_KEY XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME

# Bytecode is kept, but not beside the sources: hosts take seconds to compile.
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX="$PWD/bytecode"

# Each has a folder of its own, with its HOME; what it prints is shown when it has ended. The slowest is the first.
run=$(mktemp -d "$PWD/run.XXXXXX")
trap 'rm -rf "$run"' EXIT
xargs -P 5 -L 1 sh -c '
  python=$PWD/$4/bin/python name=$5
  mkdir "$3/$name" && cd "$3/$name"
  HOME=$PWD timeout 5m "$python" "$0/drive.py" "$1" "$2" "$name" >log 2>&1 || status=$?
  case ${status:-0} in
  0) grep -A 100 -e ", stdio: lists" log ;;
  *) cat log && echo "FAIL  $name: its script ends with $status" ;;
  esac
  exit "$((${status:-0} != 0))"' "$here" "$bin" "$out" "$run" <<HOSTS
mcp2 litellm
older llama_index
mcp1 haystack
mcp1 semantic_kernel
mcp1 langchain
mcp1 autogen
mcp1 mcpo
mcp1 smolagents
mcp1 strands
mcp2 agno
mcp2 google_genai
mcp2 openai_agents
mcp2 pydantic_ai
older google_adk
HOSTS
