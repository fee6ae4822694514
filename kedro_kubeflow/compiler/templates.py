"""Completes the templates that kfp compiled with what their pods get, and says once what all of them share.

``spec.templateDefaults`` says what all pods share, so that a workflow grows by little with each step and not at all
with parameters times steps. Two traps were seen on a real Argo: the image must still be in each template, and
``retryStrategy`` must not be in the defaults, since it would retry the DAG itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Optional

from kedro_kubeflow.argo import limits
from kedro_kubeflow.compiler.config_map_parameters import ConfigMapParameter
from kedro_kubeflow.compiler.workflow_plan import Pod, WorkflowPlan
from kedro_kubeflow.config import (
    DATA_VOLUME,
    SECRET_VOLUME_PREFIX,
    ConfigMapConfig,
    PodOptions,
    RunConfig,
    SecretConfig,
    apply_pod_options,
)
from kedro_kubeflow.project.parameter_values import safe_json
from kedro_kubeflow.variables import PARAMETERS

NEVER_CACHED = "P0D"
STALENESS = "pipelines.kubeflow.org/max_cache_staleness"
_DISPLAY_NAME = "pipelines.kubeflow.org/task_display_name"
# The order in which kfp and Kubernetes write fields.
_TEMPLATE_FIELDS = (
    *("name", "container", "inputs", "outputs", "nodeSelector", "tolerations", "affinity"),
    *("metadata", "retryStrategy", "activeDeadlineSeconds"),
)
_CONTAINER_FIELDS = ("args", "command", "env", "image", "resources", "volumeMounts")


def complete_template(template: Mapping[str, Any], pod: Pod, plan: WorkflowPlan) -> dict[str, Any]:
    """Returns a pod's whole template, but for what all containers share.

    Args:
        template: as kfp compiled it: name, command, arguments, inputs, outputs and labels.
        pod: what it gets.
        plan: of the workflow.
    """
    display_name = {}
    if pod.display_name != pod.name and not limits.unstorable(pod.display_name):
        # Argo resolves tags in annotations too, and refuses one that names nothing.
        display_name[_DISPLAY_NAME] = pod.display_name.replace("{{", "{ {")
    staleness = plan.config.max_cache_staleness if pod.cacheable else NEVER_CACHED
    result = _with_options(template, pod.options, display_name, staleness)
    container = result["container"]
    if pod.volume_folder is not None:
        folder = str(PurePosixPath(plan.config.project_path) / pod.volume_folder)
        container.setdefault("volumeMounts", []).append({"mountPath": folder, "name": DATA_VOLUME})
    result["container"] = _in_order(container, _CONTAINER_FIELDS)
    result = _in_order(result, _TEMPLATE_FIELDS)
    if "podSpecPatch" in result:
        result["podSpecPatch"] = json.dumps(result["podSpecPatch"], sort_keys=True)
    if pod.artifacts:
        # Optional: a dataset may leave nothing, as a partitioned one without partitions, and that is no failure.
        result["outputs"] = {
            "artifacts": [
                {"name": item.name, "path": item.path, "optional": True} for item in pod.artifacts
            ]
        }
    return result


def template_defaults(
    plan: WorkflowPlan, labels: Mapping[str, str], spec: dict[str, Any]
) -> dict[str, Any]:
    """Returns what all pods share, from ``kubeflow.yaml`` alone, never from what the steps happen to have in common.

    So the settings of one node change one template.

    Args:
        plan: of the workflow.
        labels: those that kfp gives every pod.
        spec: of the workflow; the volumes of secrets are added to it.
    """
    config = plan.config
    empty = {"container": {}, "metadata": {"labels": labels}}
    shared = _with_options(empty, plan.default_options, {}, config.max_cache_staleness)
    by_step = shared["container"]
    container: dict[str, Any] = {
        # The schema wants an image here; Argo's validator looks for it in each template all the same.
        "image": by_step.pop("image", config.image),
        "command": list(plan.command),
        "env": [{"name": name, "value": value} for name, value in plan.environment],
        "imagePullPolicy": config.image_pull_policy,
        "resources": by_step.pop("resources", None),
    }
    security = container_security(config)
    if security:
        container["securityContext"] = security
    container["workingDir"] = config.project_path
    _add_secrets(container, spec, config)
    _add_config_map_parameters(container, plan.config_map_parameters)
    container["env"] += by_step.pop("env", [])
    by_step.pop("volumeMounts", None)  # they stay in the templates, beside their volumes
    return {
        "container": {key: item for key, item in container.items() if item is not None} | by_step,
        "metadata": shared["metadata"],
    }


def container_security(config: RunConfig) -> dict[str, Any]:
    """Returns the security context of the containers of steps; what is the pods' is in the workflow's own."""
    user = None if "runAsUser" in (config.security_context or {}) else config.step_user
    return {**({} if user is None else {"runAsUser": user}), **config.container_security}


def kfp_labels(templates: Iterable[Mapping[str, Any]]) -> Mapping[str, str]:
    """Returns the labels that kfp gives each pod: its version, its name, and that caching is allowed."""
    pod = next(template for template in templates if "container" in template)
    return dict(pod["metadata"]["labels"])


def without_defaults(template: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Leaves out of a template what the defaults say anyway."""
    result = dict(template)
    for key in ("container", "metadata"):
        if key in result:
            image = {"image": result[key]["image"]} if key == "container" else {}
            result[key] = {**difference(result[key], defaults[key]), **image}
            if not result[key]:
                del result[key]
    return result


def difference(value: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a mapping says beyond its default; merged into the default again, it is the mapping."""
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


def _with_options(
    template: Mapping[str, Any],
    options: PodOptions,
    annotations: Mapping[str, str],
    staleness: Optional[str],
) -> dict[str, Any]:
    """Adds the settings by step to a template. What kfp itself puts into the metadata comes after the user's."""
    result = {**template, "container": dict(template["container"]), "metadata": {}}
    apply_pod_options(result, options)
    users = result["metadata"]
    notes = {**users.get("annotations", {}), **annotations}
    metadata: dict[str, Any] = {"annotations": notes} if notes else {}
    metadata["labels"] = {**users.get("labels", {}), **template["metadata"]["labels"]}
    if staleness:
        metadata.setdefault("annotations", {})[STALENESS] = staleness
    return {**result, "metadata": metadata}


def _in_order(fields: Mapping[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    """Sorts fields as given; those not listed come last."""
    rank = {name: index for index, name in enumerate(order)}
    return {
        name: fields[name] for name in sorted(fields, key=lambda name: rank.get(name, len(rank)))
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
    """Returns the pods the values of parameters from config maps, and says which is which."""
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
