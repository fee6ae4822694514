"""Names of the environment variables of pods; apart from all else, since each step imports them."""

from __future__ import annotations

RUN_ID = "KUBEFLOW_RUN_ID"

STORE = "KEDRO_KUBEFLOW_STORE"
"""Where a step finds and leaves data for other steps: a URL, or a path relative to the project's folder."""

VOLUME = "KEDRO_KUBEFLOW_VOLUME"
"""The folder of the project that lies on the volume, where there is one."""

CREATED = "KEDRO_KUBEFLOW_CREATED"
"""When the workflow was created, RFC 3339: all its steps save versioned datasets under this time."""

PARAMETERS = "KEDRO_KUBEFLOW_PARAMETERS"
"""JSON: names of parameters that get their values from config maps, to the variables that have them."""

PARAMETER_PREFIX = "KEDRO_KUBEFLOW_PARAMETER_"
"""Begins the names of those variables."""

LOCAL = "KEDRO_KUBEFLOW_LOCAL"
"""Set by run-local, where there is no cluster and no server to ask."""

MLFLOW_RUN_ID = "MLFLOW_RUN_ID"
"""By which MLflow itself takes up a run that is there."""
