#!/bin/sh
# Tries the MCP App in hosts of others: one built from the extension's own app-bridge, and the MCP Inspector, its page and its CLI; and the
# page of the binary where it or its endpoint has another path.
# Usage: run.sh BIN. Needs node and npm, and Chromium (CHROMIUM names another than /usr/bin/chromium).
set -eu
bin=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
work=$here/../../.cache/apps
mkdir -p "$work/home"
cd "$work"
cp "$here"/*.js "$here"/*.mjs "$here"/package*.json .
cp "$here"/../interop/expect.mjs "$here"/../interop/serve.mjs "$here"/../interop/calls.json .

npm ci --no-audit --no-fund --loglevel=error
PATH=$PWD/node_modules/.bin:$PATH # a newer node, which the Inspector needs

# What a key or a config of the user's would change must not be seen here.
export HOME="$PWD/home" XDG_CONFIG_HOME="$PWD/home" XDG_CACHE_HOME="$PWD/home"
unset OVH_AI_ENDPOINTS_ACCESS_TOKEN OVHCLOUD_API_KEY

status=0
echo "== a host of the extension's app-bridge"
timeout 3m node apps.mjs "$bin" || status=1
echo
echo "== Inspector"
timeout 3m node inspector.mjs "$bin" || status=1
echo
echo "== page"
timeout 2m node page.mjs "$bin" || status=1
exit $status
