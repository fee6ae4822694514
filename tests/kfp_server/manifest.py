"""Rewrites a workflow like the server, which is written in Go.

The server reads a workflow into Argo's structures and writes them back: fields unknown to Argo are
dropped, fields without ``omitempty`` appear empty, quantities get their canonical form
(``1024Mi`` becomes ``1Gi``), and parameters keep only their name and value.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Optional

import yaml

from kfp_server.database import texts_of
from kfp_server.errors import internal, invalid

_SPEC_FIELDS = frozenset(
    "activeDeadlineSeconds affinity archiveLogs arguments artifactGC artifactRepositoryRef "
    "automountServiceAccountToken dnsConfig dnsPolicy entrypoint executor hooks hostAliases "
    "hostNetwork imagePullSecrets metrics nodeSelector onExit parallelism podDisruptionBudget "
    "podGC podMetadata podPriority podPriorityClassName podSpecPatch priority retryStrategy "
    "schedulerName securityContext serviceAccountName shutdown suspend synchronization "
    "templateDefaults templates tolerations ttlStrategy volumeClaimGC volumeClaimTemplates "
    "volumes workflowMetadata workflowTemplateRef".split()
)
_TEMPLATE_FIELDS = frozenset(
    "activeDeadlineSeconds affinity archiveLocation automountServiceAccountToken container "
    "containerSet daemon dag data executor failFast hostAliases http initContainers inputs memoize "
    "metadata metrics name nodeSelector outputs parallelism plugin podSpecPatch priority "
    "priorityClassName resource retryStrategy schedulerName script securityContext "
    "serviceAccountName sidecars steps suspend synchronization timeout tolerations volumes".split()
)
_BINARY = {"Ki": 1024, "Mi": 1024**2, "Gi": 1024**3, "Ti": 1024**4}
_DECIMAL = {
    "m": Decimal("0.001"),
    "k": Decimal(1000),
    "M": Decimal(1000**2),
    "G": Decimal(1000**3),
    "T": Decimal(1000**4),
}


def parse_workflow(text: str) -> dict[str, Any]:
    """Reads YAML or JSON; raises the server's refusal if it is not an Argo workflow."""
    try:
        workflow = yaml.safe_load(text)
    except yaml.YAMLError:
        workflow = None
    if (
        not isinstance(workflow, dict)
        or not str(workflow.get("apiVersion", "")).startswith("argoproj.io/")
        or workflow.get("kind") != "Workflow"
        or not isinstance(workflow.get("spec"), dict)
    ):
        raise internal("unknown template format")
    if any("\ud800" <= character <= "\udfff" for text in texts_of(workflow) for character in text):
        # What JSON writes as two escapes, go-yaml does not put together.
        raise invalid("unknown template format: pipeline spec is invalid")
    return stored_form(workflow)


def stored_form(workflow: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the workflow as ``json.Marshal`` of Argo's structures would write it."""
    kept = {key: copy.deepcopy(workflow[key]) for key in ("apiVersion", "kind")}
    kept["metadata"] = {**copy.deepcopy(workflow.get("metadata", {})), "creationTimestamp": None}
    spec = {k: copy.deepcopy(v) for k, v in workflow["spec"].items() if k in _SPEC_FIELDS}
    arguments = spec.setdefault("arguments", {})
    if arguments.get("parameters"):
        arguments["parameters"] = [
            {"name": p["name"], "value": str(p["value"])} if "value" in p else {"name": p["name"]}
            for p in arguments["parameters"]
        ]
    spec["templates"] = [_template(template) for template in spec.get("templates", [])]
    if "templateDefaults" in spec:
        spec["templateDefaults"] = _template(spec["templateDefaults"])
    kept["spec"] = _written(spec)
    kept["status"] = {"startedAt": None, "finishedAt": None}
    return kept


def _template(template: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in template.items() if key in _TEMPLATE_FIELDS}
    for key in ("inputs", "outputs", "metadata"):
        kept.setdefault(key, {})
    kept.setdefault("name", "")
    if "container" in kept:
        kept["container"] = {"name": "", "resources": {}, **kept["container"]}
    for task in (kept.get("dag") or {}).get("tasks", []):
        task.setdefault("arguments", {})
    return kept


def _written(value: Any, key: str = "") -> Any:
    """Writes quantities canonically and omits what Go's ``omitempty`` omits."""
    if isinstance(value, dict):
        if key in ("limits", "requests"):
            return {name: _quantity(str(amount)) for name, amount in value.items()}
        return {
            name: _written(inner, name)
            for name, inner in value.items()
            if inner is not None and not (name == "readOnly" and inner is False)
        }
    if isinstance(value, list):
        return [_written(inner) for inner in value]
    return value


def _quantity(text: str) -> str:
    number, suffix = _split(text)
    if suffix in _BINARY:
        amount = number * _BINARY[suffix]
        for name in ("Ti", "Gi", "Mi", "Ki"):
            if amount % _BINARY[name] == 0:
                return f"{int(amount / _BINARY[name])}{name}"
        return str(int(amount))
    amount = number * _DECIMAL.get(suffix, Decimal(1))
    if amount != amount.to_integral_value():
        return f"{int(amount * 1000)}m"
    for name in ("T", "G", "M", "k"):
        if amount and amount % _DECIMAL[name] == 0:
            return f"{int(amount / _DECIMAL[name])}{name}"
    return str(int(amount))


def _split(text: str) -> tuple[Decimal, str]:
    digits = text.rstrip("KMGTPEikmnu")
    return Decimal(digits), text[len(digits) :]


def parameters_of(workflow: Mapping[str, Any]) -> dict[str, Optional[str]]:
    """Returns the workflow's parameters by name; None for those without a value."""
    listed = workflow["spec"].get("arguments", {}).get("parameters") or []
    return {p["name"]: p.get("value") for p in listed}
