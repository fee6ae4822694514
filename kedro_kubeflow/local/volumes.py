"""Maps the volumes and mounts of a pod to folders of this machine."""

from __future__ import annotations

import logging
import posixpath
import re
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Optional

from kedro_kubeflow.errors import LocalRunError, suggest
from kedro_kubeflow.local.workflow_fields import mapping_at, mappings_at, text_at

logger = logging.getLogger(__name__)

_CLAIM_NAME = re.compile(r"[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?")


class VolumeFolders:
    """The folders that represent persistent volume claims; the steps of one run share them.

    Its methods may be called from several threads.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._created: set[str] = set()
        self._found: set[str] = set()
        self._lock = threading.Lock()

    def create(self, claim: str, *, may_exist: bool = False) -> Path:
        """Make the folder of a claim that the workflow itself creates.

        Raises:
            LocalRunError: the workflow created it already, or the name is not valid for a claim.
        """
        folder = self._path(claim)
        with self._lock:
            if claim in self._created and not may_exist:
                raise LocalRunError(f"persistent volume claim {claim!r} exists already")
            folder.mkdir(parents=True, exist_ok=True)
            self._created.add(claim)
        return folder

    def remove(self, claim: str) -> None:
        """Remove the folder of a claim and its content; one that does not exist is no error."""
        folder = self._path(claim)
        with self._lock:
            self._created.discard(claim)
            self._found.discard(claim)
            shutil.rmtree(folder, ignore_errors=True)

    def folder(self, claim: str) -> Path:
        """The folder of a claim; of one the workflow did not create, made empty on first use.

        Raises:
            LocalRunError: the name is not valid for a claim.
        """
        folder = self._path(claim)
        with self._lock:
            if claim not in self._created and claim not in self._found:
                self._found.add(claim)
                folder.mkdir(parents=True, exist_ok=True)
                logger.warning(
                    "The workflow does not create the persistent volume claim '%s'; "
                    "the folder %s represents it",
                    claim,
                    folder,
                )
        return folder

    def all(self) -> tuple[Path, ...]:
        """Every folder there is, by name."""
        with self._lock:
            return tuple(self._root / claim for claim in sorted(self._created | self._found))

    def _path(self, claim: str) -> Path:
        # The name can come out of a parameter, and must not lead out of the folder.
        if not _CLAIM_NAME.fullmatch(claim):
            raise LocalRunError(f"{claim!r} is not a valid name of a persistent volume claim")
        return self._root / claim


@dataclass(frozen=True)
class Mount:
    """A volume that this machine has a folder for.

    Attributes:
        volume: its name in the workflow.
        path: where it is mounted: absolute, or below the project's folder, of which ``.`` hides
            all.
        claim: the persistent volume claim behind it; None for a folder that lasts as long as
            the pod.
        sub_path: the folder of the volume that is mounted; empty for all of it.
        read_only: whether the container may not write to it.
        in_memory: whether the folder that lasts as long as the pod lies in memory.
    """

    volume: str
    path: str
    claim: Optional[str]
    sub_path: str
    read_only: bool = False
    in_memory: bool = False


@dataclass(frozen=True)
class SkippedMount:
    """A mount that this machine cannot make, and why."""

    volume: str
    reason: str


def declared_volumes(spec: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """The volumes a template may mount, by name; its own before the workflow's.

    Args:
        spec: of the workflow.
        body: of the template.
    """
    volumes: dict[str, Any] = {}
    for name in claim_templates(spec):
        volumes[name] = {"persistentVolumeClaim": {"claimName": f"{{{{workflow.name}}}}-{name}"}}
    for owner, where in ((spec, "spec"), (body, "template")):
        for volume in mappings_at(owner, "volumes", where):
            volumes[text_at(volume, "name", f"{where}.volumes")] = volume
    return volumes


def claim_templates(spec: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the claims that Argo makes before a workflow starts, the workflow's not before them.

    Args:
        spec: of the workflow.
    """
    where = "spec.volumeClaimTemplates"
    return tuple(
        text_at(mapping_at(template, "metadata", where), "name", f"{where}.metadata")
        for template in mappings_at(spec, "volumeClaimTemplates", "spec")
    )


def read_mounts(
    body: Mapping[str, Any], volumes: Mapping[str, Any], where: str
) -> tuple[tuple[Mount, ...], tuple[SkippedMount, ...]]:
    """Sort a container's mounts into those with a folder on this machine and those left out.

    Args:
        body: of a container template, defaults merged in.
        volumes: see :func:`declared_volumes`; tags may or may not be filled in.
        where: the template's place in the workflow, for messages.

    Returns:
        Those made, by their absolute path, an outer one before those inside it; those left out.

    Raises:
        LocalRunError: a mount names a volume that nothing declares.
    """
    container = mapping_at(body, "container", where)
    made: list[Mount] = []
    skipped: list[SkippedMount] = []
    mounts = mappings_at(container, "volumeMounts", f"{where}.container")
    for mount in sorted(mounts, key=lambda item: posixpath.normpath(str(item["mountPath"]))):
        name = str(mount["name"])
        if name not in volumes:
            raise LocalRunError(
                f"{where}.container.volumeMounts: there is no volume {name!r}"
                f"; {suggest(name, volumes)}"
            )
        volume = volumes[name]
        if not ("persistentVolumeClaim" in volume or "emptyDir" in volume):
            kind = " and ".join(sorted(key for key in volume if key != "name")) or "unknown"
            skipped.append(SkippedMount(name, f"its kind, {kind}, is not on this machine"))
            continue
        claim = volume.get("persistentVolumeClaim")
        made.append(
            Mount(
                volume=name,
                path=posixpath.normpath(str(mount["mountPath"])),
                claim=None if claim is None else text_at(claim, "claimName", f"volume {name}"),
                sub_path=str(mount.get("subPath") or ""),
                read_only=mount.get("readOnly") is True,
                in_memory=(volume.get("emptyDir") or {}).get("medium") == "Memory",
            )
        )
    return tuple(made), tuple(skipped)


def plan_mounts(
    body: Mapping[str, Any], volumes: Mapping[str, Any], working_dir: str, where: str
) -> tuple[tuple[Mount, ...], tuple[SkippedMount, ...]]:
    """Sort a container's mounts into those below the project's folder and those left out.

    Args:
        body: of a container template, defaults merged in.
        volumes: see :func:`declared_volumes`; tags may or may not be filled in.
        working_dir: the project's folder in the image.
        where: the template's place in the workflow, for messages.

    Raises:
        LocalRunError: a mount names a volume that nothing declares.
    """
    found, left_out = read_mounts(body, volumes, where)
    made: dict[str, Mount] = {}
    skipped = list(left_out)
    for mount in found:
        relative = posixpath.relpath(mount.path, working_dir)
        if relative.split("/")[0] == "..":
            reason = f"{mount.path} lies outside the project's folder {working_dir}"
        elif _inside_another(relative, made):
            reason = f"{mount.path} lies inside another volume"
        else:
            made[relative] = replace(mount, path=relative)
            continue
        skipped.append(SkippedMount(mount.volume, reason))
    return tuple(made.values()), tuple(skipped)


def _inside_another(relative: str, made: Mapping[str, Mount]) -> bool:
    parts = relative.split("/")
    above = {"/".join(parts[:length]) for length in range(1, len(parts))}
    return "." in made or not above.isdisjoint(made)
