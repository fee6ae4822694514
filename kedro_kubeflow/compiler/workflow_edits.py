"""The workflow as kfp compiles it and its plan in, the workflow that is submitted out: what kfp cannot say.

Argo's ``spec.templateDefaults`` says once what all pods share, so that a workflow grows by little with each step
and not at all with parameters times steps. Two traps were seen on a real Argo: the image must still stand in each
template, and ``retryStrategy`` must not stand in the defaults, since it would retry the DAG itself.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from kedro_kubeflow.argo import merge_template_defaults
from kedro_kubeflow.compiler.config_map_parameters import ConfigMapParameter
from kedro_kubeflow.compiler.workflow_parameters import WorkflowParameter
from kedro_kubeflow.compiler.workflow_plan import REFERENCE, Step, WorkflowPlan
from kedro_kubeflow.config import SECRET_VOLUME_PREFIX, ConfigMapConfig, RunConfig, SecretConfig
from kedro_kubeflow.errors import ConfigError, WorkflowError
from kedro_kubeflow.findings import ERROR, WARNING, Finding, Tell, stop_at_errors
from kedro_kubeflow.project.parameter_values import safe_json
from kedro_kubeflow.variables import PARAMETERS

MAX_TEMPLATE_BYTES = 128 * 1024
"""A template travels into its pod as one environment variable, and Linux takes no longer one."""

MAX_WORKFLOW_BYTES = 1024 * 1024
"""Argo refuses larger workflows; its status counts too, and grows while it runs."""

STATUS_BYTES = 110
"""What Argo's status takes for each step, compressed, as it is when the whole would be too large."""

TEMPLATE_TOO_LARGE = "template-too-large"
WORKFLOW_TOO_LARGE = "workflow-too-large"
_COMPILATION_TIME = "pipelines.kubeflow.org/pipeline_compilation_time"
_PIPELINE_SPEC = "pipelines.kubeflow.org/pipeline_spec"
# Merged key by key or by name, and the same for every pod without settings of its own.
_SHARED_CONTAINER_KEYS = (
    "command",
    "env",
    "imagePullPolicy",
    "resources",
    "securityContext",
    "workingDir",
)


def finish_workflow(
    workflow: dict[str, Any],
    plan: WorkflowPlan,
    data_volume: str,
    claim_name: str,
    tell: Tell = stop_at_errors,
) -> dict[str, Any]:
    """Adds to a compiled workflow what kfp cannot say.

    Args:
        workflow: what kfp's compiler gave; it is changed.
        plan: what the workflow shall say.
        data_volume: name by which templates mount the data volume.
        claim_name: name of its claim.
        tell: is told where a template or the whole is larger than Linux or Argo takes.
    """
    annotations, spec = workflow["metadata"]["annotations"], workflow["spec"]
    del annotations[_COMPILATION_TIME]
    _add_parameters(spec, annotations, plan.parameters)
    _add_artifacts(spec["templates"], [*plan.steps, *([plan.exit_step] if plan.exit_step else [])])
    defaults = _defaults_from(_pop_reference(spec))
    _add_secrets(defaults["container"], spec, plan.config)
    _add_config_map_parameters(defaults["container"], plan.config_map_parameters)
    spec["templates"] = [_without_defaults(template, defaults) for template in spec["templates"]]
    spec["templateDefaults"] = defaults
    if plan.config.volume is not None:
        claim = {"name": data_volume, "persistentVolumeClaim": {"claimName": claim_name}}
        spec.setdefault("volumes", []).insert(0, claim)
    _add_pod_settings(spec, plan.config)
    _check_sizes(workflow, tell)
    return workflow


def workflow_bytes(workflow: Mapping[str, Any]) -> tuple[int, int]:
    """Gives the bytes of JSON that a workflow takes, and about those it takes with its status while it runs."""
    size = _json_bytes(workflow)
    return size, size + STATUS_BYTES * len(workflow["spec"]["templates"])


def _check_sizes(workflow: Mapping[str, Any], tell: Tell) -> None:
    defaults = workflow["spec"].get("templateDefaults")
    for template in workflow["spec"]["templates"]:
        if "container" in template:
            size = _json_bytes(merge_template_defaults(defaults, template))
            if size > MAX_TEMPLATE_BYTES:
                message = (
                    f"it takes {size:,} bytes of JSON, and a pod takes {MAX_TEMPLATE_BYTES:,} at most: "
                    "put fewer nodes into one group"
                )
                steps = (template["name"],)
                tell(Finding(ERROR, TEMPLATE_TOO_LARGE, "", message, steps, WorkflowError))
    _check_mounts(workflow, tell)
    size, with_status = workflow_bytes(workflow)
    remedy = "group nodes with run_config.node_merge_strategy (memory, namespace, tag or full)"
    if size > MAX_WORKFLOW_BYTES:
        message = f"it takes {size:,} bytes of JSON, and Argo takes {MAX_WORKFLOW_BYTES:,} at most: {remedy}"
        tell(Finding(ERROR, WORKFLOW_TOO_LARGE, "workflow", message, raises=WorkflowError))
    elif with_status > MAX_WORKFLOW_BYTES:
        message = (
            f"it takes {size:,} bytes of JSON and, with its status while it runs, about {with_status:,}, where Argo "
            f"takes {MAX_WORKFLOW_BYTES:,}: {remedy}"
        )
        tell(Finding(WARNING, WORKFLOW_TOO_LARGE, "workflow", message))


def _check_mounts(workflow: Mapping[str, Any], tell: Tell) -> None:
    """Tells of pods with two volumes at one path, which Kubernetes refuses or of which one would hide the other."""
    defaults = workflow["spec"].get("templateDefaults", {}).get("container", {})
    shared = [mount["mountPath"] for mount in defaults.get("volumeMounts", ())]
    steps: dict[str, list[str]] = {}
    for template in workflow["spec"]["templates"]:
        own = (
            template.get("container", {}).get("volumeMounts", ())
            if "container" in template
            else None
        )
        if own is not None:
            paths = Counter((*shared, *(mount["mountPath"] for mount in own)))
            for path in (path for path, count in paths.items() if count > 1):
                steps.setdefault(path, []).append(template["name"])
    for path, names in steps.items():
        message = (
            f"two volumes are mounted at {path!r}: look at run_config.extra_volumes and run_config.secrets, and at "
            "the data volume, which is at <project_path>/data"
        )
        tell(Finding(ERROR, "mounted-twice", "workflow", message, tuple(names), ConfigError))


def _add_parameters(
    spec: dict[str, Any], annotations: dict[str, str], parameters: Sequence[WorkflowParameter]
) -> None:
    """Adds the workflow's parameters, and tells of them where kfp does.

    kfp refuses or changes names that Argo takes, such as ``_x`` and ``a--b``.
    """
    if not parameters:
        return
    spec["arguments"] = {
        "parameters": [{"name": item.name, "value": item.text} for item in parameters]
    }
    inputs = [{"default": item.text, "name": item.name} for item in parameters]
    told = {**json.loads(annotations[_PIPELINE_SPEC]), "inputs": inputs}
    annotations[_PIPELINE_SPEC] = json.dumps(told, sort_keys=True)


def _pop_reference(spec: dict[str, Any]) -> dict[str, Any]:
    """Takes the template out that stands for a step without settings, and the task that kfp made for it."""
    for template in spec["templates"]:
        if "dag" in template:
            template["dag"]["tasks"] = [
                task for task in template["dag"]["tasks"] if task["name"] != REFERENCE
            ]
    found = next(template for template in spec["templates"] if template["name"] == REFERENCE)
    spec["templates"].remove(found)
    return dict(found)


def _defaults_from(reference: Mapping[str, Any]) -> dict[str, Any]:
    container = reference["container"]
    return {
        # The schema wants an image here; Argo's validator looks for it in each template all the same.
        "container": {
            key: container[key] for key in ("image", *_SHARED_CONTAINER_KEYS) if key in container
        },
        "metadata": reference["metadata"],
    }


def _without_defaults(template: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Leaves out what the defaults say anyway."""
    result = dict(template)
    for key in ("container", "metadata"):
        if key in result:
            image = {"image": result[key]["image"]} if key == "container" else {}
            result[key] = {**difference(result[key], defaults[key]), **image}
            if not result[key]:
                del result[key]
    return result


def difference(value: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    """Gives what a mapping says beyond its default; merged over the default again, it is the mapping."""
    result = {}
    for key, item in value.items():
        known = default.get(key)
        if isinstance(item, Mapping) and isinstance(known, Mapping):
            item = difference(item, known)
        elif key == "env" and isinstance(known, list):
            item = [variable for variable in item if variable not in known]
        elif item == known:
            continue
        if item or not known:
            result[key] = item
    return result


def _add_artifacts(templates: Sequence[dict[str, Any]], steps: Sequence[Step]) -> None:
    """Names the outputs of each step; kfp would put the step's own name before each."""
    by_name = {template["name"]: template for template in templates}
    for step in steps:
        if step.artifacts:
            # Optional: a dataset may leave nothing, as a partitioned one without partitions, and that is no failure.
            by_name[step.name]["outputs"] = {
                "artifacts": [
                    {"name": item.name, "path": item.path, "optional": True}
                    for item in step.artifacts
                ]
            }


def _add_secrets(container: dict[str, Any], spec: dict[str, Any], config: RunConfig) -> None:
    for config_map in config.config_maps:
        if config_map.deploy_type == "env":
            _add_config_map(container, config_map)
    for index, secret in enumerate(config.secrets):
        if secret.deploy_type == "volume":
            _mount_secret(container, spec, secret, f"{SECRET_VOLUME_PREFIX}{index}")
        elif secret.key:
            source = {"secretKeyRef": {"name": secret.secret, "key": secret.key}}
            container.setdefault("env", []).append(
                {"name": secret.deploy_target, "valueFrom": source}
            )
        else:
            container.setdefault("envFrom", []).append({"secretRef": {"name": secret.secret}})


def _add_config_map_parameters(
    container: dict[str, Any], parameters: Sequence[ConfigMapParameter]
) -> None:
    """Gives the pods the values of parameters from config maps, and says which is which."""
    if not parameters:
        return
    variables = container.setdefault("env", [])
    for item in parameters:
        source = {"configMapKeyRef": {"name": item.config_map, "key": item.key}}
        variables.append({"name": item.variable, "valueFrom": source})
    told = safe_json({item.parameter: item.variable for item in parameters})
    variables.append({"name": PARAMETERS, "value": told})


def _add_config_map(container: dict[str, Any], config_map: ConfigMapConfig) -> None:
    if config_map.key:
        source = {"configMapKeyRef": {"name": config_map.config_map, "key": config_map.key}}
        name = config_map.deploy_target or config_map.key
        container.setdefault("env", []).append({"name": name, "valueFrom": source})
    else:
        container.setdefault("envFrom", []).append(
            {"configMapRef": {"name": config_map.config_map}}
        )


def _mount_secret(
    container: dict[str, Any], spec: dict[str, Any], secret: SecretConfig, name: str
) -> None:
    spec.setdefault("volumes", []).append({"name": name, "secret": {"secretName": secret.secret}})
    mount = {"name": name, "mountPath": secret.deploy_target, "readOnly": True}
    if secret.key:
        mount["subPath"] = secret.key
    container.setdefault("volumeMounts", []).append(mount)


def _add_pod_settings(spec: dict[str, Any], config: RunConfig) -> None:
    security_context = dict(config.security_context or {})
    if config.volume is not None and config.volume.owner:
        # A fresh volume belongs to root; this lets its group, the owner's, write to it.
        security_context.setdefault("fsGroup", config.volume.owner)
    settings = {
        "hostAliases": config.host_aliases,
        "imagePullSecrets": [{"name": name} for name in config.image_pull_secrets],
        "podGC": {"strategy": config.pod_gc} if config.pod_gc else None,
        "podPriorityClassName": config.priority_class_name,
        "securityContext": security_context,
        "serviceAccountName": config.service_account_name,
    }
    spec.update({key: value for key, value in settings.items() if value})


def _json_bytes(value: Any) -> int:
    return len(
        json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "surrogatepass"
        )
    )
