#!/bin/sh
# Installs the packages in DIST offline, each in a home of its own, and runs the program twice: a call in the sandbox, and a
# client's first messages over stdio. Prints a table of what has been validated and run, and by what.
# Usage: users.sh DIST [HOSTS], in the folder where run.sh has installed the tools. HOSTS has those of Claude Code and Gemini CLI.
set -eu
packages=$1
hosts=${2:-}
work=$PWD

# What a key or a config of the user's would change must not be seen, and nothing is downloaded from here on.
unset OVH_AI_ENDPOINTS_ACCESS_TOKEN OVHCLOUD_API_KEY XDG_CONFIG_HOME XDG_CACHE_HOME
export npm_config_offline=true npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false
export PIP_NO_INDEX=1 PIP_DISABLE_PIP_VERSION_CHECK=1 UV_OFFLINE=1 UV_NO_INDEX=1 UV_NO_CONFIG=1
rm -rf homes table
: >table
status=0

case $(uname -m) in aarch64 | arm64) node=arm64 python=aarch64 ;; *) node=x64 python=x86_64 ;; esac
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$packages/server.json")

# row ARTEFACT VALIDATED RUN
row() {
  size=$(du -sh --apparent-size "$packages/$1" | cut -f 1)
  printf '%s|%s|%s|%s\n' "$(echo "$1" | sed 's/.*\(.\{68\}\)$/…\1/')" "$size" "$2" "$3" >>table
}

# home NAME makes a new home.
home() {
  HOME=$work/homes/$1
  mkdir -p "$HOME"
  export HOME
}

# works WHAT COMMAND... runs the program twice: a call in the sandbox, and what a client sends first.
works() {
  what=$1
  shift
  if ! "$@" call chat prompt=hi --sandbox >called 2>errors || ! grep -q '^\[emulator\]' called; then
    fails "$what: the call answers $(cat called errors)"
    return 1
  fi
  if ! "$@" stdio --sandbox <"$work/first.jsonl" >answered 2>errors ||
    ! grep -q '"serverInfo"' answered || ! grep -q '"structured-extract"' answered; then
    fails "$what: the client is told $(cat answered errors)"
    return 1
  fi
}

fails() {
  echo "FAIL  $*"
  status=1
}

echo "== npm"
home npm
npm install --global --prefix "$HOME" --ignore-scripts --loglevel=error \
  "$packages/npm/ai-endpoints-mcp-linux-$node-$version.tgz" "$packages/npm/ai-endpoints-mcp-$version.tgz"
works npm "$HOME/bin/ai-endpoints-mcp" && ran="npm install, call, stdio" || ran=FAILED
row "npm/ai-endpoints-mcp-linux-$node-$version.tgz" npm "$ran"
"$work/launcher.sh" "$HOME/bin/ai-endpoints-mcp" "$HOME/lib/node_modules" && ran="$ran, signals, exit codes" ||
  { fails "the launcher of npm" && ran=FAILED; }
row "npm/ai-endpoints-mcp-$version.tgz" npm "$ran"

echo "== PyPI"
home pip
python3 -m venv "$HOME/venv"
wheel=$(ls "$packages"/pypi/*manylinux*_"$python".*.whl)
"$HOME/venv/bin/pip" install --quiet "$wheel"
works pip "$HOME/venv/bin/ai-endpoints-mcp" && ran="pip install, call, stdio" || ran=FAILED
"$HOME/venv/bin/pip" check || { fails "pip check" && ran=FAILED; }
home uv
works uvx "$work/venv/bin/uvx" --from "$wheel" ai-endpoints-mcp && ran="$ran, uvx" || ran=FAILED
row "${wheel#"$packages/"}" "pip, uv" "$ran"

echo "== MCP bundle"
home mcpb
if PATH=$work/node_modules/.bin:$PATH node bundle.mjs "$packages/ai-endpoints-mcp-$version.mcpb" "$work/first.jsonl"; then
  row "ai-endpoints-mcp-$version.mcpb" "mcpb validate, pack" "unpacked; config filled in, blank, unexpanded"
else
  fails "the bundle"
  row "ai-endpoints-mcp-$version.mcpb" FAILED FAILED
fi

if [ -n "$hosts" ]; then
  echo "== Claude Code"
  home claude
  ran="claude mcp list"
  claude() { timeout 1m "$hosts/node_modules/.bin/claude" "$@" </dev/null; }
  claude plugin validate --strict "$packages/claude" && claude plugin validate --strict "$packages/claude/claude-plugin" ||
    fails "claude plugin validate"
  # Its server is started by npx, which takes this version where it is installed.
  mkdir "$HOME/project"
  cd "$HOME/project"
  echo '{"private": true}' >package.json
  npm install --ignore-scripts --loglevel=error \
    "$packages/npm/ai-endpoints-mcp-linux-$node-$version.tgz" "$packages/npm/ai-endpoints-mcp-$version.tgz"
  claude plugin marketplace add "$packages/claude" && claude plugin install ai-endpoints-mcp@ai-endpoints-mcp ||
    fails "claude plugin install"
  claude mcp list >"$work/listed" 2>&1 || true
  cd "$work"
  grep 'ai-endpoints.*Connected' listed || { fails "the plugin of Claude Code: $(cat listed)" && ran=FAILED; }
  row claude "claude plugin validate" "$ran"

  echo "== Gemini CLI"
  home gemini
  ran="gemini mcp list"
  gemini() { timeout 1m "$hosts/node_modules/.bin/gemini" "$@"; }
  mkdir "$HOME/extension"
  tar -xzf "$packages/linux.$node.ai-endpoints-mcp.tar.gz" -C "$HOME/extension"
  gemini extensions validate "$HOME/extension" </dev/null || fails "gemini extensions validate"
  cd "$HOME"
  # The key is asked for, and left blank.
  echo | gemini extensions link "$HOME/extension" --consent >"$work/listed" 2>&1 || fails "gemini extensions link"
  gemini mcp list </dev/null >>"$work/listed" 2>&1 || true
  cd "$work"
  grep 'ai-endpoints.*Connected' listed || { fails "the extension of Gemini CLI: $(cat listed)" && ran=FAILED; }
  row "linux.$node.ai-endpoints-mcp.tar.gz" "gemini extensions validate" "$ran"
else
  row claude "NOT RUN: needs CLIS=1" "NOT RUN: needs CLIS=1"
  row "linux.$node.ai-endpoints-mcp.tar.gz" "NOT RUN: needs CLIS=1" "NOT RUN: needs CLIS=1"
fi

for other in "$packages"/npm/*.tgz "$packages"/pypi/*.whl "$packages"/*.ai-endpoints-mcp.tar.gz; do
  name=${other#"$packages/"}
  short=$(echo "$name" | sed 's/.*\(.\{68\}\)$/…\1/')
  grep -qF "$short|" table || row "$name" "layout, by the tests" "NOT RUN: another system"
done
row server.json "schema of the registry, by the tests" "-"

echo
{ echo "artefact|size|validated by|run by" && cat table; } | awk -F '|' '{printf "%-70s %6s  %-36s %s\n", $1, $2, $3, $4}'
exit $status
