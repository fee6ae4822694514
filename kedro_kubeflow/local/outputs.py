"""Reads the output parameters of a finished step, and copies its artifacts."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Callable

from kedro_kubeflow.local.project_copy import copy_output, remove_tree
from kedro_kubeflow.local.workflow_fields import as_text


class MissingOutputError(Exception):
    """A step did not leave something behind that the workflow says it does."""


def host_path(path: str, working_dir: str, project: Path) -> Path:
    """The place on this machine of a path in the image.

    Args:
        path: absolute, or relative to the project's folder.
        working_dir: the project's folder in the image.
        project: the copy that represents it; paths outside the folder stay what they are.
    """
    full = posixpath.normpath(posixpath.join(working_dir, path))
    if full == working_dir:
        return project
    if full.startswith(working_dir.rstrip("/") + "/"):
        return project / full[len(working_dir.rstrip("/")) + 1 :]
    return Path(full)


def read_parameters(outputs: Mapping[str, Any], locate: Callable[[str], Path]) -> dict[str, str]:
    """The values of a container's output parameters.

    Argo takes one line end off the end of the file, no more, so that files written by ``echo`` give
    what was echoed (``SaveParameters`` of its executor); bytes that are not UTF-8 become U+FFFD.

    Args:
        outputs: of a container template.
        locate: from a path in the image to one on this machine.

    Raises:
        MissingOutputError: a file is not there, cannot be read, and has no default.
    """
    values: dict[str, str] = {}
    for item in outputs.get("parameters") or []:
        source = item.get("valueFrom") or {}
        path = source.get("path")
        if not path:
            continue
        try:
            text = locate(str(path)).read_bytes().decode("utf-8", errors="replace")
        except OSError as err:
            if source.get("default") is None:
                raise MissingOutputError(
                    f"output parameter '{item['name']}': {path}: {_reason(err)}"
                ) from err
            text = as_text(source["default"])
        values[str(item["name"])] = text[:-1] if text.endswith("\n") else text
    return values


def save_artifacts(outputs: Mapping[str, Any], locate: Callable[[str], Path], folder: Path) -> None:
    """Copy a container's artifacts to ``folder/<artifact>/<name of the file or folder>``.

    Args:
        outputs: of a container template.
        locate: from a path in the image to one on this machine.
        folder: where to; what an earlier attempt left there goes.

    Raises:
        MissingOutputError: one that is not optional is missing or cannot be copied; the others
            have been copied.
    """
    missing: list[str] = []
    for item in outputs.get("artifacts") or []:
        path = item.get("path")
        if not path:
            continue
        source = locate(str(path))
        target = folder / str(item["name"])
        if target.exists():
            remove_tree(target)
        if not source.exists() and item.get("optional") is True:
            continue
        try:
            source.stat()
            target.mkdir(parents=True)
            copy_output(source, target / (posixpath.basename(path.rstrip("/")) or "root"))
        except OSError as err:
            missing.append(f"artifact '{item['name']}': {path}: {_reason(err)}")
    if missing:
        raise MissingOutputError("; ".join(missing))


def _reason(err: OSError) -> str:
    return (err.strerror or str(err)).lower()
