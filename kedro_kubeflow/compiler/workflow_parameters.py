"""A project's Kedro parameters in, the workflow's parameters out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kedro_kubeflow.argo import naming
from kedro_kubeflow.config import RunConfig
from kedro_kubeflow.errors import ConfigError, ParameterError, WorkflowError, suggest
from kedro_kubeflow.findings import ERROR, WARNING, Finding, Tell, stop_at_errors
from kedro_kubeflow.project import param_options, parameter_values

REMEDY = (
    "List in run_config.parameters those that should be parameters of the workflow; the others are read from the "
    "image's own configuration"
)
_KEY = "run_config.parameters"
_UNTOLD = (
    "which no text can carry: {!r} is no parameter of the workflow, and steps have the image's own"
)


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
    values: Mapping[Any, Any], config: RunConfig, tell: Tell = stop_at_errors
) -> tuple[WorkflowParameter, ...]:
    """Gives the Kedro parameters that are parameters of the workflow.

    Args:
        values: the project's parameters.
        config: ``run_config``.
        tell: is told where ``run_config.parameters`` names one that the project does not have, where a value
            cannot travel as text, and where they are together larger than Kubeflow takes.
    """
    texts = {}
    for key, value in values.items():
        untold = parameter_values.untold(value, str(key))
        if untold is None:
            texts[str(key)] = parameter_values.to_text(value)
        elif not isinstance(config.parameters, list) or str(key) in config.parameters:
            tell(Finding(WARNING, "parameter-left-out", _KEY, f"{untold}, {_UNTOLD.format(key)}"))
    if isinstance(config.parameters, list):
        for key in config.parameters:
            if key not in map(str, values):
                message = f"there is no parameter {key!r} in the project; {suggest(key, map(str, values))}"
                tell(Finding(ERROR, "unknown-parameter", _KEY, message, raises=ConfigError))
        texts = {key: text for key, text in texts.items() if key in config.parameters}
    names = naming.legal_names(texts, naming.parameter_name)
    result = tuple(WorkflowParameter(names[key], key, text) for key, text in texts.items())
    total, largest = size_of(result)
    if total > parameter_values.MAX_TOTAL_BYTES:
        message = (
            f"the parameters take {total:,} bytes, and Kubeflow takes {parameter_values.MAX_TOTAL_BYTES:,} in all. "
            f"The largest: {largest}. {REMEDY}"
        )
        tell(Finding(ERROR, "parameters-too-large", _KEY, message, raises=WorkflowError))
    return result


def option_texts(
    values: Mapping[Any, Any], known: Mapping[str, str], params: Sequence[str], macros: bool = False
) -> dict[str, str]:
    """Gives the texts of the workflow's parameters that ``--param`` options change, by their legal names.

    Args:
        values: the project's parameters.
        known: those that are the workflow's, to their names in the workflow.
        params: ``--param`` options.
        macros: whether the server shall expand ``[[…]]`` in them.

    Raises:
        ParameterError: an option that nobody can take, or a parameter that the workflow does not have.
    """
    changes = param_options.apply_options(params, values)
    for key in changes:
        if str(key) not in known:
            raise ParameterError(
                f"--param {key}: it is no parameter of the workflow; add it to run_config.parameters, and compile again"
            )
    write = parameter_values.with_macros if macros else parameter_values.to_text
    return {known[str(key)]: write(value) for key, value in changes.items()}


def size_of(listed: Sequence[WorkflowParameter]) -> tuple[int, str]:
    """Gives the bytes that parameters take as JSON, which is what Kubeflow limits, and the largest as text."""
    sizes = {item.name: _json_bytes({"name": item.name, "value": item.text}) + 1 for item in listed}
    largest = sorted(sizes, key=lambda name: (-sizes[name], name))[:3]
    return 1 + sum(sizes.values()), ", ".join(f"{name} ({sizes[name]:,} bytes)" for name in largest)


def _json_bytes(value: Any) -> int:
    """Counts bytes as Go's encoding/json writes them, which is what the server counts."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "surrogatepass")) + 5 * sum(text.count(char) for char in "<>&")
