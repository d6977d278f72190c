#!/bin/sh
# Drives hosts that others wrote, without logins, against a scripted model on loopback that records what it is shown.
# Usage: run.sh BIN all|cli|ci
#   cli   the command-line hosts of npm (1.3 GB)
#   ci    the hosts of PyPI
#   all   both; writes docs/clients.md
# Needs npm, and python3 with venv.
set -eu
bin=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
root=$here/../..
results=$root/.cache/clients/results/$2
rm -rf "$results"
mkdir -p "$results"

export PYTHONDONTWRITEBYTECODE=1

document='' cli=yes python=yes
case $2 in
all) document=$root/docs/clients.md ;;
cli) python= ;;
ci) cli= ;;
*) echo "all, cli or ci, not: $2" >&2 && exit 2 ;;
esac

status=0
[ -z "$cli" ] || "$here/cli/run.sh" "$bin" "$results" || status=1
[ -z "$python" ] || "$here/python/run.sh" "$bin" "$results" || status=1
version=$("$bin" version | cut -d ' ' -f 2)
echo
python3 "$here/table.py" "$results" "$version" $document || status=1
exit $status
