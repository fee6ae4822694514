"""A compiled pipeline in; data that its pods will not find, and files that nobody will find after the run, out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Optional

from kedro_kubeflow.checks.subject import Subject
from kedro_kubeflow.compiler import Step, users_mounts
from kedro_kubeflow.findings import WARNING, Finding
from kedro_kubeflow.project import (
    DATA_FOLDER,
    OWN_FOLDER,
    Dataset,
    lies_in_data_folder,
    plain_name,
    published_path,
)

EXIT_PARAMETERS = ("status", "failures")


def files_left_behind(subject: Subject) -> Iterator[Finding]:
    """Finds files that a run writes and that are not at their paths, or nowhere, when it has ended."""
    hidden, gone = [], []
    if subject.config.root is not None:
        return  # the store keeps all of them
    for step, nodes in subject.steps:
        for name in sorted({name for node in nodes for name in node.outputs}):
            dataset = subject.dataset(name)
            path = _path_in_project(dataset, subject)
            if path is None or users_mounts(_in_pod(path, subject), step.options):
                continue
            if not step.mounts_volume:
                if not _is_shown(path, dataset, step, subject):
                    gone.append((step.name, f"  {name} (in {path})"))
            elif not lies_in_data_folder(path):
                hidden.append((step.name, f"  {name} (in {path})"))
    if hidden:
        kept = f"{DATA_FOLDER}/{OWN_FOLDER}/store/files"
        yield _about_files(
            "outside-volume",
            f"these files lie outside {DATA_FOLDER}/. They are carried from step to step, but after the run they are "
            f"not at their paths, only below {kept} on the volume",
            hidden,
            f"To find them, write them below {DATA_FOLDER}/, or set run_config.root, which keeps them in a bucket",
        )
    if gone:
        yield _about_files(
            "left-in-pod",
            "these files go with the pod that writes them, and nothing keeps them",
            gone,
            f"Set run_config.volume and write them below {DATA_FOLDER}/; or set run_config.root, or "
            "run_config.store_kedro_outputs_as_kfp_artifacts: true",
        )


def missing_inputs(subject: Subject) -> Iterator[Finding]:
    """Finds datasets and parameters that nodes load, and that there are none of."""
    if subject.config.dynamic_config_providers:
        return  # they may write the catalog and the parameters
    takers: dict[tuple[str, str], list[str]] = {}
    for step, nodes in subject.steps:
        made = {
            plain_name(name)
            for other, nodes_of_other in subject.steps
            if other.pipeline == step.pipeline
            for node in nodes_of_other
            for name in node.outputs
        }
        for name in sorted({name for node in nodes for name in node.inputs}):
            if plain_name(name) not in made and subject.dataset(name).in_memory:
                takers.setdefault((step.pipeline, name), []).append(step.name)
    for (pipeline, name), steps in takers.items():
        yield _missing(
            "missing-input",
            f"dataset {name!r}",
            f"no node of pipeline {pipeline!r} makes it, and no file or table of the catalog holds it",
            steps,
        )
    for pipeline in dict.fromkeys(step.pipeline for step, _ in subject.steps):
        yield from _missing_parameters(pipeline, subject)


def exit_step_on_volume(subject: Subject) -> Iterator[Finding]:
    """Finds an exit step that needs the volume, without which it cannot tell of a failure."""
    exit_step = subject.plan.exit_step
    if exit_step is None or not exit_step.mounts_volume:
        return
    nodes = subject.steps[-1][1]
    datasets = sorted(
        name
        for name in {name for node in nodes for name in (*node.inputs, *node.outputs)}
        if (path := _path_in_project(subject.dataset(name), subject)) is not None
        and lies_in_data_folder(path)
    )
    reason = f"for {', '.join(datasets)}" if datasets else "for MLflow's files"
    message = (
        f"pipeline {exit_step.pipeline!r} mounts the volume {reason}, and waits for ever where the volume could not "
        "be made. If it is to tell of failures, keep what it needs elsewhere than on the volume"
    )
    yield Finding(WARNING, "exit-on-volume", "run_config.on_exit_pipeline", message)


def _missing_parameters(pipeline: str, subject: Subject) -> Iterator[Finding]:
    exit_step = subject.plan.exit_step
    given = EXIT_PARAMETERS if exit_step and exit_step.pipeline == pipeline else ()
    prefix = "params:"
    for name in sorted(subject.project.pipeline(pipeline).inputs()):
        key = name[len(prefix) :]
        known = key.split(".")[0] in given or _has(subject.project.parameters, key)
        if name.startswith(prefix) and not known:
            what = (
                f"the project has no such parameter, and a node of pipeline {pipeline!r} wants it"
            )
            yield _missing("missing-parameter", f"parameter {key!r}", what)


def _missing(code: str, where: str, what: str, steps: Iterable[str] = ()) -> Finding:
    message = f"{what}: the step will fail, unless a hook of the project adds it"
    return Finding(WARNING, code, where, message, tuple(steps))


def _has(parameters: Mapping[Any, Any], key: str) -> bool:
    value: Any = parameters
    for part in key.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return key in parameters
        value = value[part]
    return True


def _about_files(code: str, what: str, files: list[tuple[str, str]], remedy: str) -> Finding:
    steps = tuple(dict.fromkeys(step for step, _ in files))
    listed = "\n".join(dict.fromkeys(line for _, line in files))
    return Finding(WARNING, code, "", f"{what}:\n{listed}\n{remedy}", steps)


def _path_in_project(dataset: Dataset, subject: Subject) -> Optional[PurePosixPath]:
    """Gives a dataset's path as the pod sees it: relative where it is below the project's folder in the image."""
    if dataset.path is None or not dataset.path.is_relative_to(subject.config.project_path):
        return dataset.path
    return dataset.path.relative_to(subject.config.project_path)


def _in_pod(path: PurePosixPath, subject: Subject) -> PurePosixPath:
    return PurePosixPath(subject.config.project_path) / path


def _is_shown(path: PurePosixPath, dataset: Dataset, step: Step, subject: Subject) -> bool:
    shown = published_path(path) if dataset.versioned else path
    return str(_in_pod(shown, subject)) in {artifact.path for artifact in step.artifacts}
