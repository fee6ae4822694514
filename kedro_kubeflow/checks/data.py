"""Finds data that pods will not have, and files that are lost after the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from kedro_kubeflow.checks.subject import Subject
from kedro_kubeflow.compiler import Pod, PodKind, users_mounts
from kedro_kubeflow.findings import WARNING, Finding
from kedro_kubeflow.project import (
    DATA_FOLDER,
    OWN_FOLDER,
    Dataset,
    lies_in_data_folder,
    param_options,
    path_in_pod,
    plain_name,
    published_path,
)

EXIT_PARAMETERS = ("status", "failures")


def files_left_behind(subject: Subject) -> Iterator[Finding]:
    """Finds files that a run writes and that are elsewhere than at their paths, or gone, after the run."""
    hidden, gone = [], []
    if subject.config.root is not None:
        return  # the store keeps all of them
    for step in subject.steps:
        for name in sorted({name for node in step.nodes for name in node.outputs}):
            dataset = subject.dataset(name)
            path = path_in_pod(dataset.path, subject.config.project_path)
            if path is None or users_mounts(_in_pod(path, subject), step.options):
                continue
            if step.volume_folder is None:
                if not _is_shown(path, dataset, step, subject):
                    gone.append((step.name, f"  {name} (in {path})"))
            elif not lies_in_data_folder(path):
                hidden.append((step.name, f"  {name} (in {path})"))
    if hidden:
        kept = f"{DATA_FOLDER}/{OWN_FOLDER}/store/files"
        yield _about_files(
            "outside-volume",
            f"these files are outside {DATA_FOLDER}/. They are passed from step to step, but after the run they are "
            f"not at their paths, only below {kept} on the volume",
            hidden,
            f"To find them, write them below {DATA_FOLDER}/, or set run_config.root, which keeps them in a bucket",
        )
    if gone:
        yield _about_files(
            "left-in-pod",
            "these files are deleted with the pod that writes them",
            gone,
            f"Set run_config.volume and write them below {DATA_FOLDER}/; or set run_config.root, or "
            "run_config.store_kedro_outputs_as_kfp_artifacts: true",
        )


def missing_inputs(subject: Subject) -> Iterator[Finding]:
    """Finds datasets and parameters that nodes load and that do not exist."""
    if subject.config.dynamic_config_providers:
        return  # they may write the catalog and the parameters
    takers: dict[tuple[str, str], list[str]] = {}
    made = {
        (step.pipeline, plain_name(name))
        for step in subject.steps
        for node in step.nodes
        for name in node.outputs
    }
    for step in subject.steps:
        for name in sorted({name for node in step.nodes for name in node.inputs}):
            if (step.pipeline, plain_name(name)) not in made and subject.dataset(name).in_memory:
                takers.setdefault((str(step.pipeline), name), []).append(step.name)
    for (pipeline, name), steps in takers.items():
        yield _missing(
            "missing-input",
            f"dataset {name!r}",
            f"no node of pipeline {pipeline!r} produces it, and no catalog entry stores it",
            steps,
        )
    for pipeline in dict.fromkeys(str(step.pipeline) for step in subject.steps):
        yield from _missing_parameters(pipeline, subject)


def exit_step_on_volume(subject: Subject) -> Iterator[Finding]:
    """Finds an exit pipeline that needs the volume, without which it cannot report a failure."""
    pod = subject.plan.exit_pod
    if pod is None or pod.kind is not PodKind.EXIT or pod.volume_folder is None:
        return
    datasets = sorted(
        name
        for name in {name for node in pod.nodes for name in (*node.inputs, *node.outputs)}
        if (path := path_in_pod(subject.dataset(name).path, subject.config.project_path))
        is not None
        and lies_in_data_folder(path)
    )
    reason = f"for {', '.join(datasets)}" if datasets else "for MLflow's files"
    message = (
        f"pipeline {pod.pipeline!r} mounts the volume {reason}, and hangs if the volume was not provisioned. If it "
        "reports failures, keep what it needs elsewhere than on the volume"
    )
    yield Finding(WARNING, "exit-on-volume", "run_config.on_exit_pipeline", message)


def _missing_parameters(pipeline: str, subject: Subject) -> Iterator[Finding]:
    exit_pod = subject.plan.exit_pod
    given = EXIT_PARAMETERS if exit_pod and exit_pod.pipeline == pipeline else ()
    prefix = "params:"
    for name in sorted(subject.project.pipeline(pipeline).inputs()):
        key = name[len(prefix) :]
        known = (
            key.split(".")[0] in given
            # Kedro joins keys with dots, so a key may have dots of its own: a.b: {c: 1} is params:a.b.c, too.
            or param_options.find_path(key, subject.project.parameters) is not None
        )
        if name.startswith(prefix) and not known:
            what = (
                f"the project has no such parameter, and a node of pipeline {pipeline!r} needs it"
            )
            yield _missing("missing-parameter", f"parameter {key!r}", what)


def _missing(code: str, where: str, what: str, steps: Iterable[str] = ()) -> Finding:
    message = f"{what}: the step will fail unless a hook of the project adds it"
    return Finding(WARNING, code, where, message, tuple(steps))


def _about_files(code: str, what: str, files: list[tuple[str, str]], remedy: str) -> Finding:
    steps = tuple(dict.fromkeys(step for step, _ in files))
    listed = "\n".join(dict.fromkeys(line for _, line in files))
    return Finding(WARNING, code, "", f"{what}:\n{listed}\n{remedy}", steps)


def _in_pod(path: PurePosixPath, subject: Subject) -> PurePosixPath:
    return PurePosixPath(subject.config.project_path) / path


def _is_shown(path: PurePosixPath, dataset: Dataset, step: Pod, subject: Subject) -> bool:
    shown = published_path(path) if dataset.versioned else path
    return str(_in_pod(shown, subject)) in {artifact.path for artifact in step.artifacts}
