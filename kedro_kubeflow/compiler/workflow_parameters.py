"""Turns a project's Kedro parameters into parameters of the workflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kedro_kubeflow.argo import limits, naming
from kedro_kubeflow.errors import ConfigError, ParameterError, WorkflowError, suggest
from kedro_kubeflow.findings import ERROR, WARNING, Finding, ReportFinding, stop_at_errors
from kedro_kubeflow.project import param_options, parameter_values

if TYPE_CHECKING:
    from kedro_kubeflow.config import RunConfig

REMEDY = (
    "List in run_config.parameters those that should be parameters of the workflow; steps read the others from the "
    "configuration in the image"
)
_KEY = "run_config.parameters"
_UNTOLD = "which cannot be serialised: {!r} is not a parameter of the workflow, and steps use the value in the image"


@dataclass(frozen=True)
class WorkflowParameter:
    """A Kedro parameter as Kubeflow has it.

    Attributes:
        name: legal in Argo.
        key: the parameter's name in Kedro.
        text: its value, as :func:`kedro_kubeflow.project.parameter_values.to_text` writes it.
    """

    name: str
    key: str
    text: str


def list_parameters(
    values: Mapping[Any, Any], config: RunConfig, report: ReportFinding = stop_at_errors
) -> tuple[WorkflowParameter, ...]:
    """Returns the Kedro parameters that are parameters of the workflow.

    Args:
        values: the project's parameters.
        config: ``run_config``.
        report: receives a finding where ``run_config.parameters`` names one that the project does not have, where a
            value cannot be serialised, and where they are together larger than Kubeflow accepts.
    """
    texts = {}
    for key, value in values.items():
        untold = parameter_values.untold(value, str(key))
        if untold is None:
            texts[str(key)] = parameter_values.to_text(value)
        elif not isinstance(config.parameters, list) or str(key) in config.parameters:
            report(Finding(WARNING, "parameter-left-out", _KEY, f"{untold}, {_UNTOLD.format(key)}"))
    if isinstance(config.parameters, list):
        for key in config.parameters:
            if key not in map(str, values):
                message = f"there is no parameter {key!r} in the project; {suggest(key, map(str, values))}"
                report(Finding(ERROR, "unknown-parameter", _KEY, message, raises=ConfigError))
        texts = {key: text for key, text in texts.items() if key in config.parameters}
    names = naming.legal_names(texts, naming.parameter_name)
    result = tuple(WorkflowParameter(names[key], key, text) for key, text in texts.items())
    total, largest = size_of(result)
    if total > limits.MAX_PARAMETERS_BYTES:
        message = (
            f"the parameters take {total:,} bytes, and Kubeflow accepts {limits.MAX_PARAMETERS_BYTES:,} in total. "
            f"The largest: {largest}. {REMEDY}"
        )
        report(Finding(ERROR, "parameters-too-large", _KEY, message, raises=WorkflowError))
    return result


def option_texts(
    values: Mapping[Any, Any], known: Mapping[str, str], params: Sequence[str], macros: bool = False
) -> dict[str, str]:
    """Returns the values of the workflow's parameters that ``--param`` options change, by their legal names.

    Args:
        values: the project's parameters.
        known: those that are the workflow's, to their names in the workflow.
        params: ``--param`` options.
        macros: whether the server expands ``[[…]]`` in them.

    Raises:
        ParameterError: an invalid option, or a parameter that the workflow does not have.
    """
    changes = param_options.apply_options(params, values)
    for key in changes:
        if str(key) not in known:
            raise ParameterError(
                f"--param {key}: it is not a parameter of the workflow; add it to run_config.parameters and compile "
                "again"
            )
    write = parameter_values.with_macros if macros else parameter_values.to_text
    return {known[str(key)]: write(value) for key, value in changes.items()}


def size_of(listed: Sequence[WorkflowParameter]) -> tuple[int, str]:
    """Returns the bytes that parameters take of the server's limit, and the largest, for a message."""
    sizes = {
        item.name: limits.json_bytes({"name": item.name, "value": item.text}) for item in listed
    }
    largest = sorted(sizes, key=lambda name: (-sizes[name], name))[:3]
    total = limits.parameter_bytes({item.name: item.text for item in listed})
    return total, ", ".join(f"{name} ({sizes[name]:,} bytes)" for name in largest)
