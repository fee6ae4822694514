"""Checks a workflow and its names, and writes what is uploaded."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

from kedro_kubeflow.argo import workflow_yaml
from kedro_kubeflow.client.run_parameters import check_size, parameters_of
from kedro_kubeflow.errors import InputError, WorkflowError

MAX_NAME_BYTES = 100
MAX_PACKAGE_BYTES = 32 << 20


@dataclass(frozen=True)
class Package:
    """A workflow to upload: as a dict, as the YAML that is sent, with its names."""

    workflow: Mapping[str, Any]
    yaml: str
    name: str
    version_name: str
    description: str


def make_package(
    workflow: Mapping[str, Any], name: str, version_name: Optional[str], description: str
) -> Package:
    """Checks what the server would refuse, partly with a 500.

    Raises:
        InputError: A name is too long.
        ParameterError: The parameters are too large.
        WorkflowError: The workflow is too large.
    """
    # Unique, so that the version can be found after a lost response.
    moment = dt.datetime.now(dt.timezone.utc)
    version_name = version_name or f"{moment:%Y-%m-%dT%H:%M:%SZ}-{secrets.token_hex(3)}"
    for kind, text in (("pipeline", name), ("version", version_name)):
        size = len(text.encode())
        if not 0 < size <= MAX_NAME_BYTES:
            raise InputError(
                f"the name of the {kind} {text!r} has {size} bytes; Kubeflow Pipelines allows "
                f"1 to {MAX_NAME_BYTES}"
            )
    check_size(parameters_of(workflow))
    text = workflow_yaml(workflow)
    if len(text.encode()) > MAX_PACKAGE_BYTES:
        raise WorkflowError(
            f"the workflow of the pipeline {name!r} has {len(text.encode()):,} bytes; "
            f"Kubeflow Pipelines allows {MAX_PACKAGE_BYTES:,}"
        )
    return Package(workflow, text, name, version_name, description)
