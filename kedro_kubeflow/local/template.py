"""Checks a template as YAML gives it, and completes it with the workflow's defaults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

from kedro_kubeflow.argo import TEMPLATE_TYPES, merge_template_defaults
from kedro_kubeflow.errors import LocalRunError
from kedro_kubeflow.local.resource import check_resource
from kedro_kubeflow.local.retries import read_deadline_seconds, read_retry_strategy
from kedro_kubeflow.local.substitution import substitute
from kedro_kubeflow.local.workflow_fields import as_text, mapping_at, mappings_at, text_at, texts_at

RUNNABLE_TYPES = ("container", "dag", "resource")

_NAME = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9]{0,127}")
_ARTIFACT_NAME = re.compile(r"[-_a-zA-Z0-9]+")

# A task with one of these means something else than a task without it, so it is not left aside.
_UNKNOWN_TASK_FIELDS = (
    "continueOn",
    "depends",
    "hooks",
    "inline",
    "onExit",
    "templateRef",
    "when",
    "withItems",
    "withParam",
    "withSequence",
)
_LIMITS = ("activeDeadlineSeconds", "retryStrategy", "timeout")
_UNKNOWN_TEMPLATE_FIELDS = ("daemon", "initContainers", "sidecars", "synchronization")


@dataclass(frozen=True)
class Task:
    """A task of a DAG: ``arguments`` are strings whose tags are filled in when it starts."""

    name: str
    template: str
    dependencies: tuple[str, ...]
    arguments: Mapping[str, str]


@dataclass(frozen=True)
class Template:
    """A template that can be run.

    Attributes:
        name: its name.
        kind: container, dag or resource.
        where: its place in the workflow, for messages.
        body: all of it, defaults merged in, tags not filled in.
        inputs: its parameters, each with the text it has where no task gives one, or None.
        tasks: of a DAG.
        fail_fast: whether a DAG starts nothing more after a failure.
    """

    name: str
    kind: str
    where: str
    body: Mapping[str, Any]
    inputs: Mapping[str, Optional[str]]
    tasks: tuple[Task, ...] = ()
    fail_fast: bool = True


def read_template(body: Mapping[str, Any], defaults: Mapping[str, Any], where: str) -> Template:
    """Check a template for all that can be known before it runs.

    Args:
        body: one of ``spec.templates``.
        defaults: ``spec.templateDefaults``.
        where: its place in the workflow, for messages.

    Raises:
        LocalRunError: it is of a wrong form, or needs what this machine cannot do.
    """
    kinds = [kind for kind in TEMPLATE_TYPES if body.get(kind) is not None]
    if len(kinds) != 1 or kinds[0] not in RUNNABLE_TYPES:
        raise LocalRunError(
            f"{where}: is of type {' and '.join(kinds) or 'unknown'}; "
            f"run-local runs exactly one of {', '.join(RUNNABLE_TYPES)}"
        )
    kind = kinds[0]
    merged = merge_template_defaults(defaults, body)
    for key in _UNKNOWN_TEMPLATE_FIELDS:
        if merged.get(key):
            raise LocalRunError(f"{where}.{key}: is not supported by run-local")
    if mappings_at(mapping_at(merged, "inputs", where), "artifacts", f"{where}.inputs"):
        raise LocalRunError(f"{where}.inputs.artifacts: is not supported by run-local")
    _check_outputs(merged, where)
    # A tag may be a number here, so one that is not a number is found only when it runs.
    tagless = substitute({key: merged.get(key) for key in _LIMITS}, lambda name: "1")
    read_retry_strategy(tagless, where)
    read_deadline_seconds(tagless, where)
    tasks: tuple[Task, ...] = ()
    if kind == "dag":
        if merged.get("retryStrategy"):
            # kfp never retries a group; in templateDefaults this would be a mistake (it repeats
            # the whole DAG).
            raise LocalRunError(f"{where}.retryStrategy: run-local does not retry a DAG")
        tasks = _read_tasks(mapping_at(merged, "dag", where), where)
    elif kind == "container":
        _check_container(mapping_at(merged, "container", where), f"{where}.container")
    else:
        check_resource(mapping_at(merged, "resource", where), f"{where}.resource")
    return Template(
        name=body["name"],
        kind=kind,
        where=where,
        body=merged,
        inputs=_read_inputs(merged, where),
        tasks=tasks,
        fail_fast=mapping_at(merged, "dag", where).get("failFast") is not False,
    )


def _read_inputs(body: Mapping[str, Any], where: str) -> dict[str, Optional[str]]:
    inputs: dict[str, Optional[str]] = {}
    where = f"{where}.inputs"
    for item in mappings_at(mapping_at(body, "inputs", where), "parameters", where):
        name = text_at(item, "name", f"{where}.parameters")
        given = [item[key] for key in ("value", "default") if item.get(key) is not None]
        inputs[name] = as_text(given[0]) if given else None
    return inputs


def _read_tasks(dag: Mapping[str, Any], where: str) -> tuple[Task, ...]:
    if dag.get("target"):
        raise LocalRunError(f"{where}.dag.target: is not supported by run-local")
    tasks: dict[str, Task] = {}
    for index, item in enumerate(mappings_at(dag, "tasks", f"{where}.dag")):
        name = legal_name(item, f"{where}.dag.tasks[{index}]")
        at = f"{where}.dag.tasks[{index}] ({name})"
        if name in tasks:
            raise LocalRunError(f"{at}: another task has the same name")
        for key in _UNKNOWN_TASK_FIELDS:
            if item.get(key) is not None:
                raise LocalRunError(f"{at}.{key}: is not supported by run-local")
        arguments = mapping_at(item, "arguments", at)
        if arguments.get("artifacts"):
            raise LocalRunError(f"{at}.arguments.artifacts: is not supported by run-local")
        tasks[name] = Task(
            name=name,
            template=text_at(item, "template", at),
            dependencies=tuple(dict.fromkeys(texts_at(item, "dependencies", at))),
            arguments={
                text_at(pair, "name", f"{at}.arguments.parameters"): as_text(pair.get("value"))
                for pair in mappings_at(arguments, "parameters", f"{at}.arguments")
            },
        )
    return tuple(tasks.values())


def _check_container(container: Mapping[str, Any], where: str) -> None:
    if not texts_at(container, "command", where):
        raise LocalRunError(
            f"{where}.command: it is missing; neither run-local nor Argo's executor knows "
            "the image's own command"
        )
    texts_at(container, "args", where)
    for item in mappings_at(container, "env", where):
        name = text_at(item, "name", f"{where}.env")
        if "=" in name or "\0" in name:
            raise LocalRunError(f"{where}.env: {name!r} is not a valid name of a variable")
    for item in mappings_at(container, "volumeMounts", where):
        text_at(item, "name", f"{where}.volumeMounts")
        text_at(item, "mountPath", f"{where}.volumeMounts")


def _check_outputs(body: Mapping[str, Any], where: str) -> None:
    outputs = mapping_at(body, "outputs", where)
    for item in mappings_at(outputs, "parameters", f"{where}.outputs"):
        text_at(item, "name", f"{where}.outputs.parameters")
        mapping_at(item, "valueFrom", f"{where}.outputs.parameters")
    for item in mappings_at(outputs, "artifacts", f"{where}.outputs"):
        name = text_at(item, "name", f"{where}.outputs.artifacts")
        if not _ARTIFACT_NAME.fullmatch(name):
            raise LocalRunError(
                f"{where}.outputs.artifacts: {name!r} is not a valid name; Argo accepts letters, "
                "digits, '-' and '_'"
            )


def legal_name(item: Mapping[str, Any], where: str) -> str:
    """The name of a template or task, which is part of file names here.

    Raises:
        LocalRunError: it is missing, or none that Argo takes.
    """
    name = text_at(item, "name", where)
    if not _NAME.fullmatch(name):
        raise LocalRunError(
            f"{where}.name: {name!r} is not a valid name; Argo accepts up to 128 letters, digits and "
            "'-', a letter or digit first"
        )
    return name
