"""Finds what is near the limits of Kubeflow and Argo, and says which grouping would fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from kedro_kubeflow.argo import limits
from kedro_kubeflow.checks.subject import Subject
from kedro_kubeflow.compiler import (
    IMPOSSIBLE_GROUPS,
    REMEDY,
    TEMPLATE_TOO_LARGE,
    WORKFLOW_TOO_LARGE,
    compile_plan,
    plan_workflow,
    size_of,
)
from kedro_kubeflow.errors import KedroKubeflowError
from kedro_kubeflow.findings import ERROR, WARNING, Finding
from kedro_kubeflow.project import STRATEGIES

NEAR = 0.8
"""Part of the limit from which on parameters get a warning: one more list, and the run is refused."""


def parameters_near_limit(subject: Subject) -> Iterator[Finding]:
    """Finds parameters that are not yet too large, and will be soon."""
    total, largest = size_of(subject.plan.parameters)
    if NEAR * limits.MAX_PARAMETERS_BYTES <= total <= limits.MAX_PARAMETERS_BYTES:
        message = (
            f"the parameters take {total:,} bytes of the {limits.MAX_PARAMETERS_BYTES:,} that Kubeflow accepts, and "
            f"--param may make them larger. The largest: {largest}. {REMEDY}"
        )
        yield Finding(WARNING, "parameters-near-limit", "run_config.parameters", message)


def with_what_fits(finding: Finding, subject: Subject) -> Finding:
    """Adds to the finding of a workflow that is too large which ways to group its nodes would fit."""
    if finding.code != WORKFLOW_TOO_LARGE:
        return finding
    fits = _fitting(subject) or _fitting(subject, store_kedro_outputs_as_kfp_artifacts=False)
    tried = ["These fit:", *fits] if fits else ["No strategy fits"]
    return replace(finding, message="\n".join([finding.message, *tried]))


def _fitting(subject: Subject, **also: bool) -> list[str]:
    """Lists the other merge strategies with which the workflow is small enough.

    Args:
        subject: what is checked.
        also: further keys of ``run_config`` to change.
    """
    changed = "".join(f", {key}: {str(value).lower()}" for key, value in also.items())
    return [
        f"  node_merge_strategy: {strategy}{changed} ({steps:,} steps, about {size:,} bytes with the status)"
        for strategy in STRATEGIES
        if strategy not in ("none", subject.config.node_merge_strategy) or also
        for steps, size in _sizes(subject, {"node_merge_strategy": strategy, **also})
    ]


def _sizes(subject: Subject, changes: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """Compiles with other settings, and yields the number of steps and the bytes if that fits."""
    found: list[Finding] = []
    config = subject.config.copy(update=dict(changes))
    try:
        plan = plan_workflow(
            subject.project,
            config,
            subject.plan.pipeline,
            subject.environ,
            subject.compiled.config.host,
            found.append,
        )
        workflow = compile_plan(plan, found.append)
    except KedroKubeflowError:
        return
    refused = {finding.code for finding in found if finding.level == ERROR}
    _, size = limits.workflow_bytes(workflow)
    if size <= limits.MAX_WORKFLOW_BYTES and not refused & {IMPOSSIBLE_GROUPS, TEMPLATE_TOO_LARGE}:
        yield len(plan.steps), size
