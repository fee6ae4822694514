"""Checks a workflow as YAML gives it, and completes its templates with their defaults.

Everything that would stop a run halfway, and can be known before it starts, is an error here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Optional

from kedro_kubeflow.errors import LocalRunError, suggest
from kedro_kubeflow.local.template import Template, legal_name, read_template
from kedro_kubeflow.local.workflow_fields import as_text, mapping_at, mappings_at, text_at

_POD_FIELDS = ("hostAliases", "securityContext")


@dataclass(frozen=True)
class Workflow:
    """A workflow whose templates can all be run on this machine.

    Attributes:
        metadata: as written.
        spec: as written.
        entrypoint: name of the template to run.
        on_exit: name of the template to run last, or None.
        templates: by name, in the order they are declared.
        parameters: names and values of ``spec.arguments.parameters`` in the order declared.
    """

    metadata: Mapping[str, Any]
    spec: Mapping[str, Any]
    entrypoint: str
    on_exit: Optional[str]
    templates: Mapping[str, Template]
    parameters: Mapping[str, str] = field(default_factory=dict)


def read_workflow(workflow: object, overrides: Mapping[str, str]) -> Workflow:
    """Check a workflow and put parameters in place of its own.

    Args:
        workflow: what ``yaml.safe_load`` made of an Argo workflow.
        overrides: values for some of ``spec.arguments.parameters``, already text.

    Raises:
        LocalRunError: the workflow cannot be run here, or an override has no parameter.
    """
    if not isinstance(workflow, Mapping) or workflow.get("kind") != "Workflow":
        kind = workflow.get("kind") if isinstance(workflow, Mapping) else type(workflow).__name__
        raise LocalRunError(
            f"workflow: kind is {kind!r}, expected 'Workflow'; pass a file that "
            "'kedro kubeflow compile' wrote"
        )
    spec = mapping_at(workflow, "spec", "workflow")
    templates: dict[str, Template] = {}
    defaults = mapping_at(spec, "templateDefaults", "spec")
    # What a template says of its pod takes the place of what the workflow says of all of them.
    of_pods = {key: spec[key] for key in _POD_FIELDS if spec.get(key) is not None}
    for index, body in enumerate(mappings_at(spec, "templates", "spec")):
        name = legal_name(body, f"spec.templates[{index}]")
        where = f"spec.templates[{index}] ({name})"
        if name in templates:
            raise LocalRunError(f"{where}: another template has the same name")
        template = read_template(body, defaults, where)
        templates[name] = replace(template, body={**of_pods, **template.body})
    if not templates:
        raise LocalRunError("spec.templates: there are none, so there is nothing to run")
    on_exit = text_at(spec, "onExit", "spec") if spec.get("onExit") is not None else None
    entrypoint = text_at(spec, "entrypoint", "spec")
    for key, target in (("entrypoint", entrypoint), ("onExit", on_exit)):
        if target is not None and target not in templates:
            raise LocalRunError(
                f"spec.{key}: there is no template {target!r}; {suggest(target, templates)}"
            )
    for template in templates.values():
        _check_tasks(template, templates)
    parameters = _read_parameters(spec, overrides)
    for target in filter(None, (entrypoint, on_exit)):
        # Argo gives both the workflow's own arguments, by name.
        _check_inputs(templates[target], parameters, templates[target].where)
    return Workflow(
        metadata=mapping_at(workflow, "metadata", "workflow"),
        spec=spec,
        entrypoint=entrypoint,
        on_exit=on_exit,
        templates=templates,
        parameters=parameters,
    )


def _check_tasks(template: Template, templates: Mapping[str, Template]) -> None:
    names = {task.name for task in template.tasks}
    for index, task in enumerate(template.tasks):
        where = f"{template.where}.dag.tasks[{index}] ({task.name})"
        if task.template not in templates:
            raise LocalRunError(
                f"{where}.template: there is no template {task.template!r}"
                f"; {suggest(task.template, templates)}"
            )
        for dependency in task.dependencies:
            if dependency not in names:
                raise LocalRunError(
                    f"{where}.dependencies: there is no task {dependency!r} in this DAG"
                    f"; {suggest(dependency, names)}"
                )
        _check_inputs(templates[task.template], task.arguments, where)


def _check_inputs(template: Template, given: Mapping[str, str], where: str) -> None:
    for name, default in template.inputs.items():
        if default is None and name not in given:
            raise LocalRunError(
                f"{where}: template {template.name!r} needs the parameter {name!r}, "
                f"which is not given; {suggest(name, given)}"
            )


def _read_parameters(spec: Mapping[str, Any], overrides: Mapping[str, str]) -> dict[str, str]:
    where = "spec.arguments"
    parameters = {
        text_at(item, "name", f"{where}.parameters"): as_text(item.get("value"))
        for item in mappings_at(mapping_at(spec, "arguments", "spec"), "parameters", where)
    }
    for name, value in overrides.items():
        if name not in parameters:
            raise LocalRunError(
                f"parameter {name!r}: the workflow has no such parameter"
                f"; {suggest(name, parameters)}"
            )
        parameters[name] = value
    return parameters
