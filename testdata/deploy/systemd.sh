#!/usr/bin/env bash
# Has systemd judge the units: whether it reads them without a complaint, and how exposed the service is. Needs
# systemd-analyze, not a running systemd. Usage: systemd.sh BINARY
set -euo pipefail
binary=$(realpath "$1")
cd "$(dirname "$0")/../../deploy/systemd"
most=15 # of 100: exposure 1.5

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp ai-endpoints-mcp.socket "$folder"
sed "s|^ExecStart=/usr/bin/ai-endpoints-mcp |ExecStart=$binary |" ai-endpoints-mcp.service > "$folder/ai-endpoints-mcp.service"

complaints=$(systemd-analyze verify "$folder/ai-endpoints-mcp.service" "$folder/ai-endpoints-mcp.socket" 2>&1)
[ -z "$complaints" ] || { echo "systemd-analyze verify: $complaints" >&2; exit 1; }
systemd-analyze security --offline=true --no-pager --threshold=$most "$folder/ai-endpoints-mcp.service" > "$folder/report" || {
  cat "$folder/report"
  exit 1
}
tail -n 1 "$folder/report"
