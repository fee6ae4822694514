"""Builds the folder that a pod sees: the project, with its volumes mounted."""

from __future__ import annotations

import contextlib
import logging
import os
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

from kedro_kubeflow.errors import LocalRunError
from kedro_kubeflow.local.project_copy import copy_project, remove_tree
from kedro_kubeflow.local.volumes import Mount, VolumeFolders, plan_mounts

logger = logging.getLogger(__name__)

DEFAULT_WORKING_DIR = "/home/kedro"
"""The project's folder in the image, where a template does not say it."""


@dataclass(frozen=True)
class PodSite:
    """What all attempts of a run share.

    Attributes:
        project_path: the project that steps get copies of; absolute, without links.
        run_folder: holds the folders of this run; absolute, without links.
        environ: the environment of the caller.
        volumes: the folders of claims.
    """

    project_path: Path
    run_folder: Path
    environ: Mapping[str, str]
    volumes: VolumeFolders

    @property
    def logs_folder(self) -> Path:
        """Holds ``<step>.log``."""
        return self.run_folder / "logs"

    @property
    def artifacts_folder(self) -> Path:
        """Holds ``<step>/<artifact>/<file>``."""
        return self.run_folder / "artifacts"

    @property
    def volumes_folder(self) -> Path:
        """Holds ``<claim>``."""
        return self.run_folder / "volumes"

    @property
    def pods_folder(self) -> Path:
        """Holds ``<step>-<attempt>`` with what belongs to one pod alone, while attempts run."""
        return self.run_folder / "pods"

    def log_path(self, step: str) -> Path:
        """The file with the output of all attempts of a step."""
        return self.logs_folder / f"{step}.log"


def working_dir(body: Mapping[str, Any]) -> str:
    """The project's folder in the image of a container template."""
    given = body["container"].get("workingDir") or DEFAULT_WORKING_DIR
    return posixpath.normpath(str(given))


@contextlib.contextmanager
def fresh_project(
    place: PodSite,
    name: str,
    body: Mapping[str, Any],
    volumes: Mapping[str, Any],
    *,
    where: str,
    stopped: Callable[[], bool],
) -> Iterator[Path]:
    """A copy of the project with the pod's volumes in it, gone when the attempt is over.

    Args:
        place: what attempts share.
        name: of the pod; no other has it.
        body: of the template, tags filled in.
        volumes: those it may mount, by name, tags filled in.
        where: the template's place in the workflow, for messages.
        stopped: asked while copying whether to give up.

    Raises:
        LocalRunError: a volume cannot be mounted where the template says.
        CopyStoppedError: ``stopped`` said so.
        OSError: the project could not be copied.
    """
    mounts, _ = plan_mounts(body, volumes, working_dir(body), where)
    with pod_folder(place, name) as pod:
        project = pod / "project"
        if mounts and mounts[0].path == ".":
            project.symlink_to(mounted_folder(mounts[0], place, pod, where))
        else:
            hidden = {str(place.project_path / mount.path) for mount in mounts}
            copy_project(
                place.project_path,
                project,
                left_out={*hidden, str(place.run_folder)},
                stopped=stopped,
            )
            for mount in mounts:
                _link(project, mount, mounted_folder(mount, place, pod, where))
        yield project


@contextlib.contextmanager
def pod_folder(place: PodSite, name: str) -> Iterator[Path]:
    """An empty folder for what belongs to one pod alone, gone when the attempt is over.

    Args:
        place: what attempts share.
        name: of the pod; no other has it.

    Raises:
        OSError: it could not be made.
    """
    pod = place.pods_folder / name
    place.pods_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    pod.mkdir()
    try:
        yield pod
    finally:
        try:
            remove_tree(pod)
        except OSError as err:
            logger.warning("The files of a step in %s could not be removed: %s", pod, err)


def mounted_folder(mount: Mount, place: PodSite, pod: Path, where: str) -> Path:
    """The folder of this machine that represents a mounted volume.

    Args:
        mount: what is mounted.
        place: what attempts share.
        pod: the folder of the pod; see :func:`pod_folder`.
        where: the template's place in the workflow, for messages.

    Raises:
        LocalRunError: a name or path points outside the folder.
        OSError: it could not be made.
    """
    if mount.claim is not None:
        folder = place.volumes.folder(mount.claim)
    else:
        folder = pod / "volumes" / mount.volume
        folder.mkdir(parents=True, exist_ok=True)
    if mount.sub_path:
        if ".." in mount.sub_path.split("/") or mount.sub_path.startswith("/"):
            raise LocalRunError(
                f"{where}: volume {mount.volume!r}: subPath {mount.sub_path!r} points "
                "outside the volume"
            )
        inside = folder / mount.sub_path
        inside.mkdir(parents=True, exist_ok=True)
        # A step may have left a link there.
        if not Path(os.path.realpath(inside)).is_relative_to(os.path.realpath(folder)):
            raise LocalRunError(
                f"{where}: volume {mount.volume!r}: subPath {mount.sub_path!r} is a link that "
                "points outside the volume"
            )
        return inside
    return folder


def _link(project: Path, mount: Mount, folder: Path) -> None:
    link = project / mount.path
    # Through a link of the project the mount would land outside the copy.
    above = project
    for part in Path(mount.path).parts[:-1]:
        above = above / part
        if above.is_symlink():
            raise LocalRunError(
                f"volume {mount.volume!r} cannot be mounted at {mount.path}: "
                f"{above.relative_to(project)} is a symbolic link in the project"
            )
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(folder)
