#!/usr/bin/env bash
# Renders the Helm chart with each file of values/, and has Helm and kubeconform judge it by the vendored schemas; each file
# of refused/ must be refused, with the words of its first line. Usage: helm.sh HELM KUBECONFORM
set -euo pipefail
helm=$(realpath "$1") kubeconform=$(realpath "$2")
cd "$(dirname "$0")"
chart=../../deploy/helm/ai-endpoints-mcp

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for values in values/*.yaml; do
  "$helm" lint --strict --quiet --kube-version 1.37.0 --values "$values" $chart 2> "$folder/errors" || { cat "$folder/errors"; exit 1; }
  "$helm" template release $chart --kube-version 1.37.0 --namespace team --values "$values" > "$folder/out.yaml" 2> "$folder/errors" ||
    { cat "$folder/errors"; exit 1; }
  printf '%s: ' "$values"
  "$kubeconform" -strict -summary -schema-location 'schemas/{{.ResourceKind}}{{.KindSuffix}}.json' "$folder/out.yaml"
done
for values in refused/*.yaml; do
  if "$helm" template release $chart --kube-version 1.37.0 --values "$values" > "$folder/out.yaml" 2> "$folder/errors"; then
    echo "$values is not refused" >&2
    exit 1
  fi
  words=$(sed -n '1s/^# refused: //p' "$values")
  grep -qF -- "$words" "$folder/errors" || { echo "$values is refused without \"$words\":" >&2; cat "$folder/errors" >&2; exit 1; }
done
echo "refused: $(ls refused | wc -l) files of values"
