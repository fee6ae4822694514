"""Makes sure that all images are on this machine, as their pull policies say."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Iterable, Mapping
from typing import Any

from kedro_kubeflow.errors import LocalRunError
from kedro_kubeflow.local.containers.engine import Engine

logger = logging.getLogger(__name__)

_ALWAYS = "Always"
_NEVER = "Never"
_STANDARD_ERROR = 2


def provide_images(
    engine: Engine, containers: Iterable[tuple[str, Mapping[str, Any]]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Pull the images that are not there, as far as their pull policies let a node do so.

    An image that is there is taken as it is, whatever the policy: a pull would put the registry's
    instead of one that was built here a minute ago.

    Args:
        engine: what has the images.
        containers: for each step, its name and its container, tags of the whole run
            filled in.

    Returns:
        The images, and a sentence for each that the cluster would not take from this machine.

    Raises:
        LocalRunError: one is missing and may not, or cannot, be pulled.
    """
    policies: dict[str, tuple[str, str]] = {}
    for step, container in containers:
        image = str(container.get("image") or "")
        if not image:
            raise LocalRunError(f"step {step}: its container has no image")
        # A tag of a parameter that another step gives is known only when the step begins.
        if "{{" not in image:
            policies.setdefault(image, (str(container.get("imagePullPolicy") or ""), step))
    sentences = []
    for image, (policy, step) in policies.items():
        if not engine.ask("image", "inspect", "--format", "{{.Id}}", image).returncode:
            if policy == _ALWAYS:
                sentences.append(
                    f"The image {image} is taken as it is on this machine; "
                    f"the cluster pulls it anew, because imagePullPolicy is {_ALWAYS}"
                )
            continue
        if policy == _NEVER:
            raise LocalRunError(
                f"{engine.name} has no image {image} (step {step}), and its imagePullPolicy is "
                f"{_NEVER}. Build it: {engine.name} build -t {image} ."
            )
        _pull(engine, image, step)
    return tuple(policies), tuple(sentences)


def _pull(engine: Engine, image: str, step: str) -> None:
    logger.warning("%s has no image %s; pulling it, as a cluster node would", engine.name, image)
    # Its progress is for who waits for it, on the standard error of this process; Ctrl-C at a
    # terminal reaches it too.
    pulled = subprocess.run(
        [engine.program, "pull", image],
        env=dict(engine.environ),
        stdin=subprocess.DEVNULL,
        stdout=_STANDARD_ERROR,
        check=False,
    )
    if pulled.returncode:
        raise LocalRunError(
            f"{engine.name} has no image {image} (step {step}), and could not pull it, see above. "
            f"Build it: {engine.name} build -t {image} . - or log in to its registry, "
            "or choose another with --image"
        )
