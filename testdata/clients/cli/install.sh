#!/bin/sh
# Installs the command-line hosts of npm, and prints the folder that has their node_modules.
set -eu
here=$(realpath "$(dirname "$0")")
work=$here/../../../.cache/clients/cli
mkdir -p "$work"
cd "$work"
cp "$here/package.json" .
npm install --no-package-lock --no-audit --no-fund --loglevel=error >&2
pwd
