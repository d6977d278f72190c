#!/usr/bin/env python3
"""Writes testdata/deploy/schemas: the JSON Schemas of the kinds that the Helm chart has, strict, and without descriptions.

Usage: schemas.py KUBERNETES PROMETHEUS_OPERATOR GATEWAY_API

KUBERNETES is a folder v…-local-strict of the package kubernetes-validate of PyPI; the other two are the Go modules
github.com/prometheus-operator/prometheus-operator and sigs.k8s.io/gateway-api, as `go mod download -json` names their folders.
The files are named as kubeconform looks for them, with {{.ResourceKind}}{{.KindSuffix}}.json. Needs python3-yaml.
"""

import json
import pathlib
import sys

import yaml

KINDS = [
    "configmap-v1", "deployment-apps-v1", "horizontalpodautoscaler-autoscaling-v2", "ingress-networking-v1",
    "networkpolicy-networking-v1", "persistentvolumeclaim-v1", "poddisruptionbudget-policy-v1", "service-v1",
    "serviceaccount-v1",
]
MONITORING = "example/prometheus-operator-crd/monitoring.coreos.com_"
CRDS = [
    (2, MONITORING + "prometheusrules.yaml", "prometheusrule-monitoring-v1"),
    (2, MONITORING + "servicemonitors.yaml", "servicemonitor-monitoring-v1"),
    (3, "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml", "httproute-gateway-v1"),
]
REFERENCE = "#/$defs/"


def without_descriptions(schema):
    """Leaves out what validates nothing; a property may be named description."""
    if isinstance(schema, list):
        return [without_descriptions(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {}
    for key, value in schema.items():
        if key == "properties":
            kept[key] = {name: without_descriptions(s) for name, s in value.items()}
        elif key == "description" or key.startswith("x-kubernetes-"):
            continue
        elif key == "format":
            continue  # of Kubernetes, such as int-or-string
        else:
            kept[key] = without_descriptions(value)
    return kept


def local(schema, wanted):
    """Makes references those of one file, and adds their names to wanted."""
    if isinstance(schema, list):
        return [local(s, wanted) for s in schema]
    if not isinstance(schema, dict):
        return schema
    result = {}
    for key, value in schema.items():
        if key == "$ref" and isinstance(value, str):
            name = value.rpartition(REFERENCE)[2]
            wanted.append(name)
            result[key] = REFERENCE + name
        else:
            result[key] = local(value, wanted)
    return result


def of_kubernetes(folder, name):
    definitions = json.loads((folder / "_definitions.json").read_text())["$defs"]
    wanted, used = [], {}
    schema = local(json.loads((folder / f"{name}.json").read_text()), wanted)
    while wanted:
        definition = wanted.pop()
        if definition not in used:
            used[definition] = None
            used[definition] = local(definitions[definition], wanted)
    return schema | {"$defs": {d: used[d] for d in sorted(used)}}


def strict(schema):
    """Refuses unknown fields of a custom resource, and takes both kinds of int-or-string."""
    if isinstance(schema, list):
        return [strict(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    result = {}
    for key, value in schema.items():
        result[key] = {n: strict(s) for n, s in value.items()} if key == "properties" else strict(value)
    if "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
        result.setdefault("additionalProperties", False)
    if schema.get("x-kubernetes-int-or-string"):
        result["type"] = ["integer", "string"]
    return result


def of_crd(path):
    crd = yaml.safe_load(path.read_text())
    version = next(v for v in crd["spec"]["versions"] if v["name"] == "v1")
    schema = strict(version["schema"]["openAPIV3Schema"])
    schema["properties"]["metadata"] = {"type": "object"}
    return schema


def main():
    target = pathlib.Path(__file__).parent / "schemas"
    target.mkdir(exist_ok=True)
    schemas = {name: of_kubernetes(pathlib.Path(sys.argv[1]), name) for name in KINDS}
    schemas |= {name: of_crd(pathlib.Path(sys.argv[i]) / path) for i, path, name in CRDS}
    for name, schema in schemas.items():
        text = json.dumps(without_descriptions(schema), separators=(",", ":"), sort_keys=True)
        (target / f"{name}.json").write_text(text + "\n")


main()
