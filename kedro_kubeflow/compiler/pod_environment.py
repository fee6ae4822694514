"""Chooses the environment variables that every pod gets, some of them from the compiling machine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Optional

from kedro_kubeflow.findings import WARNING, Finding, ReportFinding, stop_at_errors
from kedro_kubeflow.project import ENVIRONMENT_PREFIX
from kedro_kubeflow.variables import CREATED, RUN_ID, STORE, VOLUME

_SECRET = re.compile(
    r"PASSW|TOKEN|SECRET|(?:^|_)KEY(?:$|_)|(?:^|_)APIKEY|CREDENTIAL", re.IGNORECASE
)


def pod_environment(
    environ: Mapping[str, str],
    store: Optional[str],
    volume: Optional[str],
    report: ReportFinding = stop_at_errors,
) -> tuple[tuple[str, str], ...]:
    """Returns the names and values of a pod's environment variables, in alphabetical order.

    Args:
        environ: the compiling machine's environment.
        store: where steps store data for other steps, or None.
        volume: the folder that is on the volume, or None.
        report: receives a warning for each variable that is left out.
    """
    variables = {
        # The kubelet makes $$ one $ and expands $(NAME) in values of the environment.
        name: value.replace("$", "$$") if "$$" in value or "$(" in value else value
        for name, value in environ.items()
        # In CI, a secret that is not set is a variable that is empty.
        if (name.startswith(ENVIRONMENT_PREFIX) or (name == "IAP_CLIENT_ID" and value))
        and _may_travel(name, value, report)
    }
    # The server replaces workflow.uid by the run's id, see docs/decisions.
    variables |= {
        RUN_ID: "{{workflow.uid}}",
        f"{ENVIRONMENT_PREFIX}RUN_ID": "{{workflow.uid}}",
        CREATED: "{{workflow.creationTimestamp}}",
        # kedro-telemetry asks at the terminal where nobody has consented or refused; a pod has none.
        "DO_NOT_TRACK": "1",
        "KEDRO_DISABLE_TELEMETRY": "1",
    }
    if store:
        variables[STORE] = store
    if volume:
        variables[VOLUME] = volume
    return tuple(sorted(variables.items()))


def _may_travel(name: str, value: str, report: ReportFinding) -> bool:
    if _SECRET.search(name):
        reason = "its name says that it is a secret. Pass it to the pods with run_config.secrets"
    elif "{{" in value:
        reason = "Argo would expand the '{{' in its value"
    else:
        return True
    message = f"this variable is left out of the workflow: {reason}"
    report(Finding(WARNING, "variable-left-out", name, message))
    return False
