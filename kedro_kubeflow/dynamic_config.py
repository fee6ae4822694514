"""The base class of what ``run_config.dynamic_config_providers`` names: it creates configuration in each pod.

What only a pod can know, such as a token of its own service account, is written into its own files before Kedro
reads them. It is in no workflow and in no image.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kedro_kubeflow.project import merge_mappings

if TYPE_CHECKING:
    from kedro_kubeflow.config import PlainConfig


class DynamicConfigProvider(abc.ABC):
    """Creates configuration in each pod, before Kedro reads it.

    Name a subclass in ``run_config.dynamic_config_providers``; ``params`` there are given to its constructor as
    keyword arguments, after ``config``.

    Args:
        config: what ``kubeflow.yaml`` says, such as ``config.run_config.image``; a key that it does not have has
            its default.

    Attributes:
        config: the same.
    """

    def __init__(self, config: PlainConfig) -> None:
        self.config = config

    @property
    @abc.abstractmethod
    def target_config_file(self) -> str:
        """Name of the file to write, such as ``credentials.yml``, in the folder of the run's environment."""

    @abc.abstractmethod
    def generate_config(self) -> Mapping[str, Any]:
        """Returns what the file should say; it is merged into what the file says already, and overrides it."""

    def merge_with_existing(
        self, existing: Mapping[str, Any], generated: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Merges key by key at every depth; everything but mappings is replaced.

        Args:
            existing: what the file of that name says, in the run's environment or, for a key that it does not
                have there, in the base environment.
            generated: what :meth:`generate_config` made.
        """
        return merge_mappings(existing, generated)
