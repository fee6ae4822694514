"""Fetches the files of datasets before a step runs, and stores them for other steps after it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from kedro_kubeflow.project import Dataset, lies_in_data_folder, published_path

if TYPE_CHECKING:
    from kedro_kubeflow.pod.store import Store


@dataclass(frozen=True)
class FileExchange:
    """How files get from one pod to another.

    Attributes:
        project_path: the project's folder.
        store: where they are kept between pods, or None where nothing is.
        volume: whether the data folder lies on a volume, whose files need no carrying.
    """

    project_path: Path
    store: Optional[Store]
    volume: bool

    def fetch(self, datasets: Iterable[Dataset]) -> None:
        """Fetches the files of datasets, as far as an earlier step has left them."""
        for dataset in datasets:
            if self.store is not None and self._goes_with_the_pod(dataset):
                assert dataset.path is not None
                self.store.get_files(dataset.path)

    def leave(self, datasets: Iterable[Dataset], version: Optional[str]) -> None:
        """Keeps the files of datasets that were saved, and shows versions under a path without one.

        Args:
            datasets: what the step saved.
            version: under which it saved versioned ones, or None.
        """
        for dataset in datasets:
            if self.store is not None and self._goes_with_the_pod(dataset):
                assert dataset.path is not None
                saved = dataset.path / version if dataset.versioned and version else dataset.path
                self.store.put_files(saved)
            if dataset.versioned and version and dataset.path is not None:
                _publish(dataset, self.project_path, version)

    def _goes_with_the_pod(self, dataset: Dataset) -> bool:
        return dataset.path is not None and not (self.volume and lies_in_data_folder(dataset.path))


def _publish(dataset: Dataset, project_path: Path, version: str) -> None:
    """Shows the saved version of a dataset under a path that does not depend on the version."""
    assert dataset.path is not None
    source = project_path / dataset.path / version / dataset.path.name
    target = project_path / published_path(dataset.path)
    if not source.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        shutil.rmtree(target)
    target.unlink(missing_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, copy_function=_link)
    else:
        _link(source, target)


def _link(source: Any, target: Any) -> None:
    try:
        os.link(source, target)
    except OSError:  # some volumes know no hard links
        shutil.copy2(source, target)
