"""A folder of the image in, its content on a fresh volume out."""

from __future__ import annotations

import logging
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
        log.warning("%s: the image has no such folder, so the volume starts empty", source)
        return 0
    try:
        shutil.copytree(
            source, target, symlinks=True, dirs_exist_ok=True, copy_function=shutil.copy
        )
    except (OSError, shutil.Error) as err:
        raise StepError(
            f"{target}: the image's data cannot be copied to the volume: {err}. If it is a matter of rights, set "
            "run_config.volume.owner to a user who may write there"
        ) from err
    return sum(1 for item in target.rglob("*") if item.is_file())
