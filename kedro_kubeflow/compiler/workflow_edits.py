"""Adds to the workflow that kfp compiled what kfp cannot say, and checks it against the limits of Linux and Argo."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kedro_kubeflow.argo import limits, merge_template_defaults
from kedro_kubeflow.compiler.templates import (
    complete_template,
    kfp_labels,
    template_defaults,
    without_defaults,
)
from kedro_kubeflow.compiler.workflow_parameters import WorkflowParameter
from kedro_kubeflow.compiler.workflow_plan import CLAIM_NAME, WorkflowPlan
from kedro_kubeflow.config import DATA_VOLUME, RunConfig
from kedro_kubeflow.errors import ConfigError, WorkflowError
from kedro_kubeflow.findings import ERROR, WARNING, Finding, ReportFinding, stop_at_errors
from kedro_kubeflow.project import STRATEGIES

TEMPLATE_TOO_LARGE = "template-too-large"
WORKFLOW_TOO_LARGE = "workflow-too-large"
_COMPILATION_TIME = "pipelines.kubeflow.org/pipeline_compilation_time"
_PIPELINE_SPEC = "pipelines.kubeflow.org/pipeline_spec"


def finish_workflow(
    workflow: dict[str, Any], plan: WorkflowPlan, report: ReportFinding = stop_at_errors
) -> dict[str, Any]:
    """Adds to a compiled workflow what kfp cannot say.

    Args:
        workflow: what kfp's compiler returned; it is changed.
        plan: what the workflow says.
        report: receives a finding where a template or the whole is larger than Linux or Argo accepts.
    """
    annotations, spec = workflow["metadata"]["annotations"], workflow["spec"]
    del annotations[_COMPILATION_TIME]
    _add_parameters(spec, annotations, plan.parameters)
    pods = {pod.name: pod for pod in plan.pods}
    defaults = template_defaults(plan, kfp_labels(spec["templates"]), spec)
    spec["templates"] = [
        without_defaults(complete_template(template, pods[template["name"]], plan), defaults)
        if template["name"] in pods
        else without_defaults(template, defaults)
        for template in spec["templates"]
    ]
    spec["templateDefaults"] = defaults
    _secure_resources(spec, plan.config)
    if plan.config.volume is not None:
        claim = {"name": DATA_VOLUME, "persistentVolumeClaim": {"claimName": CLAIM_NAME}}
        spec.setdefault("volumes", []).insert(0, claim)
    # All three: a server's own default for one of them, an hour in KFP 2.17, would win over the general one.
    spec["ttlStrategy"] = dict.fromkeys(
        ("secondsAfterCompletion", "secondsAfterSuccess", "secondsAfterFailure"), plan.config.ttl
    )
    _add_pod_settings(spec, plan.config)
    _check_text(workflow, report)
    _check_sizes(workflow, report)
    return workflow


def _add_parameters(
    spec: dict[str, Any], annotations: dict[str, str], parameters: Sequence[WorkflowParameter]
) -> None:
    """Adds the workflow's parameters, and lists them where kfp does.

    kfp refuses or changes names that Argo accepts, such as ``_x`` and ``a--b``.
    """
    if not parameters:
        return
    spec["arguments"] = {
        "parameters": [{"name": item.name, "value": item.text} for item in parameters]
    }
    inputs = [{"default": item.text, "name": item.name} for item in parameters]
    listed = {**json.loads(annotations[_PIPELINE_SPEC]), "inputs": inputs}
    annotations[_PIPELINE_SPEC] = json.dumps(listed, sort_keys=True)


def _secure_resources(spec: dict[str, Any], config: RunConfig) -> None:
    """Gives the pod that creates the volume the containers' security context; its container is Argo's own."""
    if config.container_security:
        main = {"name": "main", "securityContext": config.container_security}
        patch = json.dumps({"containers": [main]}, sort_keys=True)
        for template in spec["templates"]:
            if "resource" in template:
                template["podSpecPatch"] = patch


def _add_pod_settings(spec: dict[str, Any], config: RunConfig) -> None:
    """Adds the settings that are the same for all pods of a run."""
    security_context = {
        key: item
        for key, item in (config.security_context or {}).items()
        if key not in config.container_security
    }
    if config.volume is not None and config.step_user:
        # A new volume belongs to root; this lets its group, the user's, write to it.
        security_context.setdefault("fsGroup", config.step_user)
    settings = {
        "hostAliases": config.host_aliases,
        "imagePullSecrets": [{"name": name} for name in config.image_pull_secrets],
        "podGC": {"strategy": config.pod_gc} if config.pod_gc else None,
        "podPriorityClassName": config.priority_class_name,
        "securityContext": security_context,
        "serviceAccountName": config.service_account_name,
    }
    spec.update({key: value for key, value in settings.items() if value})


def _check_text(workflow: Mapping[str, Any], report: ReportFinding) -> None:
    """Reports text that no server stores: what comes from ``kubeflow.yaml`` or the environment as it is."""
    spec = workflow["spec"]
    for place, text in _texts({"templateDefaults": spec["templateDefaults"], **spec}, ()):
        character = limits.unstorable(text)
        if character:
            message = f"{'.'.join(place)}: {text!r} has {character!r}: {limits.NOT_STORED}"
            report(Finding(ERROR, "text-not-storable", "workflow", message, raises=WorkflowError))


def _texts(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yields each key and text with its place; an item of a list is named by its own name, where it has one."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield (*place, str(key)), str(key)
            yield from _texts(item, (*place, str(key)))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            name = item.get("name") if isinstance(item, Mapping) else None
            yield from _texts(item, (*place, str(name or index)))


def _check_sizes(workflow: Mapping[str, Any], report: ReportFinding) -> None:
    defaults = workflow["spec"].get("templateDefaults")
    for template in workflow["spec"]["templates"]:
        if "container" in template:
            size = limits.json_bytes(merge_template_defaults(defaults, template))
            if size > limits.MAX_TEMPLATE_BYTES:
                message = (
                    f"the template takes {size:,} bytes of JSON, and a pod accepts at most "
                    f"{limits.MAX_TEMPLATE_BYTES:,}: {_smaller_template(template, size)}"
                )
                steps = (template["name"],)
                report(Finding(ERROR, TEMPLATE_TOO_LARGE, "", message, steps, WorkflowError))
    _check_mounts(workflow, report)
    size, with_status = limits.workflow_bytes(workflow)
    grouping = [name for name in STRATEGIES if name != "none"]
    remedy = f"group nodes with run_config.node_merge_strategy ({', '.join(grouping[:-1])} or {grouping[-1]})"
    if size > limits.MAX_WORKFLOW_BYTES:
        message = f"it takes {size:,} bytes of JSON, and Argo accepts at most {limits.MAX_WORKFLOW_BYTES:,}: {remedy}"
        report(Finding(ERROR, WORKFLOW_TOO_LARGE, "workflow", message, raises=WorkflowError))
    elif with_status > limits.MAX_WORKFLOW_BYTES:
        message = (
            f"it takes {size:,} bytes of JSON and, with its status while it runs, about {with_status:,}; Argo accepts "
            f"at most {limits.MAX_WORKFLOW_BYTES:,}: {remedy}"
        )
        report(Finding(WARNING, WORKFLOW_TOO_LARGE, "workflow", message))


def _smaller_template(template: Mapping[str, Any], size: int) -> str:
    """Says what makes a template small enough. It grows with each file that its nodes save and Kubeflow shows."""
    artifacts = limits.json_bytes(template.get("outputs", {}))
    fewer_nodes = "put fewer nodes into one group"
    if size - artifacts > limits.MAX_TEMPLATE_BYTES:
        return fewer_nodes
    return (
        f"set run_config.store_kedro_outputs_as_kfp_artifacts: false, which leaves out {artifacts:,} bytes that list "
        f"the files it saves, or {fewer_nodes}"
    )


def _check_mounts(workflow: Mapping[str, Any], report: ReportFinding) -> None:
    """Reports pods with two volumes at one path: Kubernetes refuses them, or one would hide the other."""
    defaults = workflow["spec"].get("templateDefaults", {}).get("container", {})
    shared = [mount["mountPath"] for mount in defaults.get("volumeMounts", ())]
    steps: dict[str, list[str]] = {}
    for template in workflow["spec"]["templates"]:
        if "container" in template:
            own = template["container"].get("volumeMounts", ())
            paths = Counter((*shared, *(mount["mountPath"] for mount in own)))
            for path in (path for path, count in paths.items() if count > 1):
                steps.setdefault(path, []).append(template["name"])
    for path, names in steps.items():
        message = (
            f"two volumes are mounted at {path!r}: see run_config.extra_volumes, run_config.secrets and the data "
            "volume, which is mounted at <project_path>/data"
        )
        report(Finding(ERROR, "mounted-twice", "workflow", message, tuple(names), ConfigError))
