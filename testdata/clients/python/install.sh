#!/bin/sh
# Makes the environments of PyPI packages that are named, each from its pinned NAME.txt. Usage: install.sh WORK NAME…
# Needs python3 (3.11 or later) with venv. WORK/NAME/bin/python is the result; what is there and current is kept.
set -eu
here=$(realpath "$(dirname "$0")")
mkdir -p "$1"
cd "$1"
shift

# uv, because pip takes minutes for what takes uv seconds.
# It trusts what the machine trusts, as pip does.
export UV_CACHE_DIR="$PWD/cache" UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=1
[ -x uv/bin/uv ] || { python3 -m venv uv && uv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r "$here/uv.txt"; }
for environment in "$@"; do
  cmp -s "$here/$environment.txt" "$environment/installed" && continue
  uv/bin/uv venv --quiet --clear --python uv/bin/python "$environment"
  uv/bin/uv pip install --quiet --require-hashes --python "$environment" -r "$here/$environment.txt"
  cp "$here/$environment.txt" "$environment/installed"
done
