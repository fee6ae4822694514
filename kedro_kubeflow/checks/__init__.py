"""Checks a pipeline before it is submitted, and returns what would go wrong as findings.

Errors of the plan and the workflow are reported by the functions that make them. Here is what is only doubtful.
A new check is a function from :class:`~kedro_kubeflow.checks.subject.Subject` to findings, its entry in ``CHECKS``,
and a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Optional

from kedro_kubeflow.checks import data, images, machines, names, peak, sizes
from kedro_kubeflow.checks.subject import Subject
from kedro_kubeflow.compiler import IMPOSSIBLE_GROUPS, CompiledPipeline, compile_pipeline
from kedro_kubeflow.config import DEFAULT_KEY
from kedro_kubeflow.errors import ConfigError
from kedro_kubeflow.findings import ERROR, LEVELS, Finding

__all__ = ["CHECKS", "Report", "check_pipeline"]

Check = Callable[[Subject], Iterable[Finding]]

CHECKS: tuple[Check, ...] = (
    data.missing_inputs,
    data.files_left_behind,
    data.exit_step_on_volume,
    machines.contradictory_placement,
    machines.volume_on_several_machines,
    machines.one_pod_at_a_time,
    images.moving_images,
    images.folder_of_dockerfile,
    images.hidden_project,
    names.unstorable_names,
    sizes.parameters_near_limit,
    peak.peak_requests,
)


@dataclass(frozen=True)
class Report:
    """What was found.

    Attributes:
        findings: errors first, then warnings, then information.
        compiled: the pipeline, or None where ``kubeflow.yaml`` kept it from being compiled at all.
    """

    findings: tuple[Finding, ...]
    compiled: Optional[CompiledPipeline]

    def at(self, level: str) -> tuple[Finding, ...]:
        """Returns the findings of one level."""
        return tuple(finding for finding in self.findings if finding.level == level)


def check_pipeline(
    start: Path, env: str, pipeline: str, image: Optional[str], environ: Mapping[str, str]
) -> Report:
    """Compiles a pipeline and looks for all that would go wrong with it, without a network, and without writing a file.

    Args:
        start: a folder in the project.
        env: Kedro's configuration environment.
        pipeline: registered name.
        image: overrides ``run_config.image``.
        environ: this machine's environment.

    Raises:
        ProjectError: there is no project, or no such pipeline.
    """
    found: list[Finding] = []
    try:
        compiled = compile_pipeline(start, env, pipeline, image, environ, report=found.append)
    except ConfigError as err:
        return Report(tuple(_of_config(err)), None)
    subject = Subject(compiled, environ)
    found = [sizes.with_what_fits(finding, subject) for finding in found]
    if not any(finding.code == IMPOSSIBLE_GROUPS for finding in found):
        # With the groups, all that follows would look different.
        found += [
            finding.of_file(compiled.config_file) for check in CHECKS for finding in check(subject)
        ]
    return Report(_in_order(_joined(found)), compiled)


def _of_config(err: ConfigError) -> Iterable[Finding]:
    for where, message in err.parts or (("kubeflow.yaml", str(err)),):
        yield Finding(ERROR, "configuration", where, message, raises=ConfigError)


def _joined(findings: Sequence[Finding]) -> list[Finding]:
    """Joins findings that say the same about several steps, or about ``__default__`` and so about its steps."""
    steps: dict[Finding, dict[str, None]] = {}
    for finding in findings:
        steps.setdefault(replace(finding, steps=()), {}).update(dict.fromkeys(finding.steps))
    return [
        replace(finding, steps=tuple(names))
        for finding, names in steps.items()
        if replace(finding, where=f"{finding.where}.{DEFAULT_KEY}") not in steps
    ]


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: LEVELS.index(finding.level)))
