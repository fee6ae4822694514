"""Reads what a picture shows of an Argo workflow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Optional

from kedro_kubeflow.argo.fields import mapping_at, text_at
from kedro_kubeflow.errors import InputError
from kedro_kubeflow.graph.kinds import content_of
from kedro_kubeflow.graph.picture import Box, Graph, Picture
from kedro_kubeflow.graph.pods import common_values, describe, notes_beside, settings_of
from kedro_kubeflow.graph.tasks import DrawnTask, read_templates
from kedro_kubeflow.graph.unfold import Unfolded, unfold

# Where kfp's compiler keeps the name that Kubeflow shows for a step, and the pipeline's description.
_DISPLAY_NAME = "pipelines.kubeflow.org/task_display_name"
_PIPELINE_SPEC = "pipelines.kubeflow.org/pipeline_spec"


def read_picture(
    workflow: Mapping[str, Any], node_counts: Optional[Mapping[str, int]] = None
) -> Picture:
    """Reads a workflow, one of this plugin or any other that Argo takes.

    Args:
        workflow: as YAML gives it.
        node_counts: numbers of nodes of Kedro pipelines by name, for steps that run a whole one.

    Raises:
        InputError: it is of a wrong form, or its tasks wait for each other.
    """
    spec = mapping_at(workflow, "spec", "workflow")
    templates = read_templates(spec)
    entrypoint = text_at(spec, "entrypoint", "spec")
    if not entrypoint:
        raise InputError("spec.entrypoint: it is missing, so there is nothing to draw")
    steps = unfold(templates, entrypoint, "spec.entrypoint")
    on_exit = text_at(spec, "onExit", "spec")
    last = unfold(templates, on_exit, "spec.onExit") if on_exit else Unfolded((), ())
    settings = [settings_of(task.template, task.where) for task in (*steps.tasks, *last.tasks)]
    common = common_values(settings)
    shown = [
        _box(task, notes_beside(settings[index], common), node_counts or {})
        for index, task in enumerate((*steps.tasks, *last.tasks))
    ]
    count = len(steps.tasks)
    metadata = mapping_at(workflow, "metadata", "workflow")
    return Picture(
        title=_title(metadata),
        description=_description(mapping_at(metadata, "annotations", "metadata")),
        common=", ".join(describe(common)),
        steps=Graph(tuple(shown[:count]), steps.edges),
        on_exit=Graph(tuple(shown[count:]), last.edges),
    )


def _box(task: DrawnTask, notes: list[str], node_counts: Mapping[str, int]) -> Box:
    content = content_of(task.template, node_counts, task.where)
    metadata = mapping_at(task.template, "metadata", task.where)
    annotations = mapping_at(metadata, "annotations", f"{task.where}.metadata")
    name = str(annotations.get(_DISPLAY_NAME) or task.name)
    details = [f"{content.kind.value}: {task.name}"] if task.name != name else [content.kind.value]
    notes = [*content.notes, *notes, *task.remarks]
    return Box(name, content.kind, tuple(notes), (*details, *notes, *content.details))


def _title(metadata: Mapping[str, Any]) -> str:
    name = text_at(metadata, "name", "metadata")
    return name or text_at(metadata, "generateName", "metadata").rstrip("-") or "workflow"


def _description(annotations: Mapping[str, Any]) -> str:
    """Returns the first line of the description that kfp keeps."""
    try:
        told = json.loads(str(annotations.get(_PIPELINE_SPEC) or "{}"))
    except ValueError:
        return ""
    described = told.get("description") if isinstance(told, dict) else None
    lines = str(described or "").strip().splitlines()
    return lines[0] if lines else ""
