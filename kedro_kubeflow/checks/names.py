"""Finds names that no server stores."""

from __future__ import annotations

from collections.abc import Iterator

from kedro_kubeflow.argo import limits
from kedro_kubeflow.checks.subject import Subject
from kedro_kubeflow.errors import InputError
from kedro_kubeflow.findings import ERROR, Finding


def unstorable_names(subject: Subject) -> Iterator[Finding]:
    """Finds names of runs, experiments and pipelines with a character that Kubeflow's database cannot hold."""
    config, plan = subject.config, subject.plan
    names = {
        "the project's name": subject.project.name,
        "the configuration environment": subject.project.env,
        "the pipeline's name": plan.pipeline,
        "run_config.experiment_name": config.experiment_name,
        "run_config.run_name": config.run_name,
        "run_config.scheduled_run_name": config.scheduled_run_name,
        "run_config.description": config.description,
    }
    for where, name in names.items():
        character = limits.unstorable(name or "")
        if character:
            message = f"{name!r} has {character!r}: {limits.NOT_STORED}"
            yield Finding(ERROR, "text-not-storable", where, message, raises=InputError)
