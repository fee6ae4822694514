"""Copies a folder of the image to a new volume."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
from pathlib import Path

from kedro_kubeflow.errors import StepError

log = logging.getLogger(__name__)


def fill_volume(source: Path, target: Path) -> int:
    """Copies all files of a folder, links as links.

    Args:
        source: the image's data; it may be missing, then the volume stays empty.
        target: where the volume is mounted.

    Returns:
        How many files are on the volume afterwards.

    Raises:
        StepError: the volume is not there or cannot be written to.
    """
    if not target.is_dir():
        raise StepError(f"{target}: no volume is mounted here")
    if not source.is_dir():
        log.warning("%s: the image does not have this folder, so the volume starts empty", source)
        return 0
    try:
        _copy(source, target)
    except OSError as err:
        raise StepError(
            f"{target}: the image's data cannot be copied to the volume: {err}. If permission was "
            "denied, set run_config.volume.owner to a user who may write there"
        ) from err
    return sum(1 for item in target.rglob("*") if item.is_file())


def _copy(source: Path, target: Path) -> None:
    """Copies contents, links and, where that is allowed, modes.

    A volume's own folder belongs to root, and a step that runs as another user may write to it but not change its mode.
    """
    target.mkdir(exist_ok=True)
    for item in sorted(source.iterdir()):
        copied = target / item.name
        if item.is_symlink():
            copied.unlink(missing_ok=True)
            copied.symlink_to(os.readlink(item))
            continue
        if item.is_dir():
            _copy(item, copied)
        else:
            shutil.copyfile(item, copied)
        with contextlib.suppress(PermissionError):
            shutil.copymode(item, copied)
