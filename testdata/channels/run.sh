#!/bin/sh
# Installs the packages in DIST as their users do, and runs what was installed. Usage: run.sh DIST [cli]
#   cli   with Claude Code and Gemini CLI, too (1.3 GB); without it they are not run, and the table says so
# Needs npm, python3 with venv, and the network to install the tools that the packages are installed with.
set -eu
here=$(realpath "$(dirname "$0")")
dist=$(realpath "$1")
hosts=
[ "${2:-}" != cli ] || hosts=$("$here/../clients/cli/install.sh")
work=$here/../../.cache/channels
mkdir -p "$work"
cp "$here"/* "$work"
cd "$work"
npm ci --no-audit --no-fund --loglevel=error
[ -x venv/bin/pip ] || python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r uv.txt
exec timeout 10m ./users.sh "$dist" $hosts
