#!/bin/sh
# Pins what the checks install, with hashes: package-lock.json beside each package.json, NAME.txt beside each NAME.in.
# Versions are chosen in package.json and NAME.in; run this after a change of one. Usage: lock.sh. Needs npm, and uv (pip install uv).
# A lock file names no registry, so that each machine can use its own.
set -eu
cd "$(dirname "$0")/.."
git ls-files --cached --others --exclude-standard '*package.json' | while read -r file; do
  (cd "$(dirname "$file")" && npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund --loglevel=error)
done
git ls-files --cached --others --exclude-standard '*.in' | while read -r file; do
  case $(head -n 1 "$file") in *"--no-deps"*) only=--no-deps ;; *) only= ;; esac
  # shellcheck disable=SC2086 # nothing, or one option
  uv pip compile $only --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url \
    --quiet "$file" --output-file "${file%.in}.txt"
done
