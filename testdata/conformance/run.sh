#!/bin/sh
# Runs the MCP conformance suite, in the versions and for the revisions of the protocol that run.mjs lists, against
# fixtures on this project's HTTP stack and against the binary itself. Usage: run.sh BIN. Needs go, node and npm.
set -eu
bin=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
work=$here/../../.cache/conformance
mkdir -p "$work/home"
(cd "$here" && go build -o "$work/fixtures" .)
cd "$work"
cp "$here"/*.mjs "$here"/*.yml "$here"/package*.json .

npm ci --no-audit --no-fund --loglevel=error
PATH=$PWD/node_modules/.bin:$PATH # a newer node, which the suite needs

# What a key or a config of the user's would change must not be seen here.
export HOME="$PWD/home" XDG_CONFIG_HOME="$PWD/home" XDG_CACHE_HOME="$PWD/home"
unset OVH_AI_ENDPOINTS_ACCESS_TOKEN OVHCLOUD_API_KEY
rm -rf results

exec timeout 4m node run.mjs ./fixtures "$bin" </dev/null
