"""Gives files that containers wrote back to the user who started the run, so that they can be removed.

Where the engine's daemon is root, a file that a container makes as user 0 belongs to this machine's
root, and the user who started the run could not delete it.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterable
from pathlib import Path

from kedro_kubeflow.local.containers.arguments import OPEN_TO_FILES, Bind
from kedro_kubeflow.local.containers.engine import Engine, last_line

logger = logging.getLogger(__name__)

_INSIDE = "/kedro-kubeflow-files"

# The folder itself is the caller's, whatever number that has inside: an engine without root shows
# its caller as user 0.
_GIVE_BACK = f'chown -Rh "$(stat -c %u:%g {_INSIDE})" {_INSIDE} && chmod -R u+rwX {_INSIDE}'


def give_back(engine: Engine, images: Iterable[str], folder: Path) -> None:
    """Return the files in a folder to the caller; say how to remove them where that is not possible.

    Args:
        engine: what ran the containers.
        images: any that is there and has a shell.
        folder: one that the caller made.
    """
    if not _holds_foreign_files(folder):
        return
    reason = "there is no image to do it with"
    for image in images:
        done = engine.ask(
            *("run", "--rm", "--pull", "never", "--network", "none", "--user", "0:0"),
            *OPEN_TO_FILES,
            *Bind(_INSIDE, folder).arguments(),
            *("--entrypoint", "sh", image, "-c", _GIVE_BACK),
        )
        if not done.returncode:
            return
        reason = last_line(done.stderr)
    remove = "podman unshare rm -r" if engine.is_podman else "sudo rm -r"
    logger.warning(
        "Steps have left files in %s that belong to the users of their containers, and they could "
        "not be given to you (%s). To remove them: %s '%s'",
        folder,
        reason,
        remove,
        folder,
    )


def _holds_foreign_files(folder: Path) -> bool:
    own = os.getuid()
    if own == 0:
        return False
    for path, folders, files in os.walk(folder):
        for name in (*folders, *files):
            with contextlib.suppress(FileNotFoundError):
                if os.lstat(os.path.join(path, name)).st_uid != own:
                    return True
    return False
