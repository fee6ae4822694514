"""Finds images that may not be the ones the user means."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from kedro_kubeflow.checks.subject import Subject
from kedro_kubeflow.findings import WARNING, Finding
from kedro_kubeflow.scaffold.init_files import read_image


def moving_images(subject: Subject) -> Iterator[Finding]:
    """Finds images whose tag may change: a cluster node that has an older one does not pull the newer one."""
    config = subject.config
    if config.image_pull_policy != "IfNotPresent":
        return
    images = {
        "image": config.image,
        **{f"images.{key}": name for key, name in config.images.items()},
    }
    for key, name in images.items():
        if _moves(name):
            message = (
                f"{name!r} has no tag of its own, and with image_pull_policy IfNotPresent a cluster node that has an "
                "older image of this name runs that one. Give each build its own tag, or set image_pull_policy: Always"
            )
            yield Finding(WARNING, "moving-image", f"run_config.{key}", message)


def folder_of_dockerfile(subject: Subject) -> Iterator[Finding]:
    """Finds a Dockerfile that copies the project to another folder than the steps run in."""
    folder = read_image(subject.project.path).workdir
    if folder is not None and folder != subject.config.project_path:
        message = (
            f"the steps run in {subject.config.project_path}, and the project's Dockerfile has WORKDIR {folder}. If "
            f"the image is built from it, set this to {folder}"
        )
        yield Finding(WARNING, "other-folder", "run_config.project_path", message)


def hidden_project(subject: Subject) -> Iterator[Finding]:
    """Finds volumes that hide the project's folder, so that the steps do not see what the image has there."""
    folder = PurePosixPath(subject.config.project_path)
    for key, volumes in subject.config.extra_volumes.items():
        for volume in volumes:
            if folder.is_relative_to(volume["mountPath"]):
                message = (
                    f"the volume {volume['volume']['name']!r} at {volume['mountPath']} hides the project that the "
                    f"image has in {folder}. If it does not hold the project itself, mount it elsewhere"
                )
                yield Finding(WARNING, "hidden-project", f"run_config.extra_volumes.{key}", message)


def _moves(image: str) -> bool:
    name = image.rsplit("/", 1)[-1]
    if "@" in name:
        return False
    return name.partition(":")[2] in ("", "latest")
