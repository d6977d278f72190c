#!/bin/sh
# Tries the binary with what others wrote: the MCP clients of the TypeScript SDKs (1 and 2) and the Python SDK, the Inspector,
# an OpenAI-compatible server, and pictures as Pillow and ImageMagick write them. Usage: run.sh BIN. Needs node and npm, python3 with
# venv; ImageMagick if it is there.
set -eu
bin=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
work=$here/../../.cache/interop
mkdir -p "$work"
cd "$work"
cp "$here"/* .

npm install --no-package-lock --no-audit --no-fund --loglevel=error
PATH=$PWD/node_modules/.bin:$PATH # node 24, which the Inspector needs
[ -x venv/bin/pip ] || python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt

# What a key or a config of the user's would change must not be seen here.
export HOME="$PWD/home" XDG_CONFIG_HOME="$PWD/home" XDG_CACHE_HOME="$PWD/home"
unset OVH_AI_ENDPOINTS_ACCESS_TOKEN OVHCLOUD_API_KEY
mkdir -p home

status=0
try() {
  echo
  echo "== $1"
  shift
  "$@" || status=1
}
try "TypeScript SDKs" node typescript.mjs "$bin"
try "Inspector" node inspector.mjs "$bin"
try "Python SDK" venv/bin/python python.py "$bin"
try "aimock as the upstream" node upstream.mjs "$bin"
try "Pictures of Pillow and ImageMagick" venv/bin/python pictures.py "$bin"
exit $status
