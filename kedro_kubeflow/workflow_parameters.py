"""A project's Kedro parameters in, the workflow's parameters out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kedro_kubeflow import naming, param_options, parameters
from kedro_kubeflow.config import RunConfig
from kedro_kubeflow.errors import ConfigError, ParameterError, WorkflowError
from kedro_kubeflow.schema import suggest


@dataclass(frozen=True)
class WorkflowParameter:
    """A Kedro parameter as Kubeflow has it.

    Attributes:
        name: legal in Argo.
        key: the parameter's name in Kedro.
        text: its value, as :func:`kedro_kubeflow.parameters.to_text` writes it.
    """

    name: str
    key: str
    text: str


def workflow_parameters(
    values: Mapping[Any, Any], config: RunConfig
) -> tuple[WorkflowParameter, ...]:
    """Gives the Kedro parameters that are parameters of the workflow.

    Raises:
        ConfigError: ``run_config.parameters`` names one that the project does not have.
        WorkflowError: together they are larger than Kubeflow takes.
    """
    texts = {str(key): parameters.to_text(value) for key, value in values.items()}
    if isinstance(config.parameters, list):
        for key in config.parameters:
            if key not in texts:
                raise ConfigError(
                    f"run_config.parameters: there is no parameter {key!r} in the project; {suggest(key, texts)}"
                )
        texts = {key: text for key, text in texts.items() if key in config.parameters}
    names = naming.legal_names(texts, naming.parameter_name)
    result = tuple(WorkflowParameter(names[key], key, text) for key, text in texts.items())
    check_size({item.name: item.text for item in result})
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
    write = parameters.with_macros if macros else parameters.to_text
    return {known[str(key)]: write(value) for key, value in changes.items()}


def check_size(texts: Mapping[str, str]) -> None:
    """Refuses parameters that Kubeflow's API server would refuse.

    Args:
        texts: name to text.

    Raises:
        WorkflowError: as JSON they take more than 10,000 bytes.
    """
    sizes = {name: _json_bytes({"name": name, "value": text}) + 1 for name, text in texts.items()}
    total = 1 + sum(sizes.values())
    if total > parameters.MAX_TOTAL_BYTES:
        largest = sorted(sizes, key=lambda name: (-sizes[name], name))[:3]
        listed = ", ".join(f"{name} ({sizes[name]:,} bytes)" for name in largest)
        raise WorkflowError(
            f"the parameters take {total:,} bytes, and Kubeflow takes {parameters.MAX_TOTAL_BYTES:,} in all. "
            f"The largest: {listed}. List in run_config.parameters those that should be parameters of the workflow; "
            "the others are read from the image's own configuration"
        )


def _json_bytes(value: Any) -> int:
    """Counts bytes as Go's encoding/json writes them, which is what the server counts."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "surrogatepass")) + 5 * sum(text.count(char) for char in "<>&")
