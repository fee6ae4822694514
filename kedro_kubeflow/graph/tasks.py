"""Reads Argo's templates and tasks, and resolves which template each task runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

from kedro_kubeflow.argo import merge_template_defaults
from kedro_kubeflow.argo.fields import list_at, mapping_at, mappings_at, text_at
from kedro_kubeflow.errors import InputError

Templates = Mapping[str, tuple[Mapping[str, Any], str]]
"""A workflow's templates by name, with the defaults merged in, and where each is, for messages."""


@dataclass(frozen=True)
class DrawnTask:
    """A task of a DAG, or the workflow's entry.

    Attributes:
        name: the task's; of the entry the template's.
        template: what it runs, defaults merged in.
        where: the template's place, for messages.
        remarks: conditions and loops around it, outermost first.
        parent: index of the DAG around it, or None.
        repeats: whether it is one of the DAGs around it once more.
    """

    name: str
    template: Mapping[str, Any]
    where: str
    remarks: tuple[str, ...]
    parent: Optional[int]
    repeats: bool = False


def read_templates(spec: Mapping[str, Any]) -> Templates:
    """Reads a workflow's templates.

    Raises:
        InputError: one of them is of a wrong form.
    """
    defaults = mapping_at(spec, "templateDefaults", "spec")
    templates: dict[str, tuple[Mapping[str, Any], str]] = {}
    for index, body in enumerate(mappings_at(spec, "templates", "spec")):
        name = text_at(body, "name", f"spec.templates[{index}]")
        templates[name] = (
            merge_template_defaults(defaults, body),
            f"spec.templates[{index}] ({name})",
        )
    return templates


def make_task(
    templates: Templates,
    name: str,
    item: Mapping[str, Any],
    where: str,
    parent: Optional[int],
    remarks: tuple[str, ...],
) -> DrawnTask:
    """Creates a task from an item of a DAG, or for the entry point.

    Args:
        templates: all of the workflow.
        name: the task's.
        item: what a DAG says of it.
        where: its place, for messages.
        parent: as in :class:`DrawnTask`.
        remarks: as in :class:`DrawnTask`.

    Raises:
        InputError: it runs a template that is not there.
    """
    if item.get("inline") is not None:
        return DrawnTask(
            name, mapping_at(item, "inline", where), f"{where}.inline", remarks, parent
        )
    if item.get("templateRef") is not None:
        # It lies in the cluster; its name is all that is known of it.
        reference = mapping_at(item, "templateRef", where)
        remark = f"template {reference.get('template')} of {reference.get('name')}"
        return DrawnTask(name, {"templateRef": reference}, where, (*remarks, remark), parent)
    wanted = text_at(item, "template", where)
    if wanted not in templates:
        raise InputError(f"{where}: there is no template {wanted!r} in the workflow")
    body, at = templates[wanted]
    return DrawnTask(name, body, at, remarks, parent)


def remarks_of(item: Mapping[str, Any], where: str) -> list[str]:
    """Describes under which condition a task runs, and how often.

    Raises:
        InputError: it says so in a wrong form.
    """
    remarks = []
    condition = text_at(item, "when", where)
    if condition:
        # '"{{inputs.parameters.flip-output}}" == "heads"', as kfp writes it.
        plain = re.sub(r"\{\{[^{}]*?([^.{}]+)\}\}", r"\1", condition).replace('"', "")
        remarks.append(f"if {' '.join(plain.split())}")
    if item.get("withItems") is not None:
        remarks.append(f"for each of {len(list_at(item, 'withItems', where))} items")
    elif item.get("withParam") is not None or item.get("withSequence") is not None:
        remarks.append("for each item")
    return remarks
