"""The dataset that carries an object from the pod that saves it to the pods that load it."""

from __future__ import annotations

import pickle
from typing import Any

try:
    from kedro.io import AbstractDataset, DatasetError
except ImportError:  # Kedro before 0.18.13 spells them with a capital S
    from kedro.io import AbstractDataSet as AbstractDataset  # type: ignore[attr-defined,no-redef]
    from kedro.io import DataSetError as DatasetError  # type: ignore[attr-defined,no-redef]


_Base: Any = AbstractDataset


class HandoverDataset(_Base):  # type: ignore[misc]
    """Keeps one object for the other pods of a run, instead of a ``MemoryDataset``.

    Args:
        name: the dataset's name, for messages.
        url: where it is kept: a path, or a URL that fsspec knows.
    """

    def __init__(self, name: str, url: str) -> None:
        self._name = name
        self._url = url

    def _load(self) -> Any:
        from kedro_kubeflow.pod.store import open_url

        try:
            with open_url(self._url, "rb") as file:
                return pickle.load(file)
        except FileNotFoundError as err:
            raise DatasetError(
                f"dataset {self._name!r} is not at {self._url}, where the step that saves it should have stored it"
            ) from err

    def _save(self, data: Any) -> None:
        import cloudpickle

        from kedro_kubeflow.pod.store import open_url

        try:
            with open_url(self._url, "wb") as file:
                cloudpickle.dump(data, file)
        except OSError:
            raise
        except Exception as err:
            raise DatasetError(
                f"dataset {self._name!r} cannot be passed to another pod, since a {type(data).__name__} cannot be "
                f"pickled: {err}. Add a catalog entry for it, or run its nodes in one pod with node_merge_strategy"
            ) from err

    def _exists(self) -> bool:
        from kedro_kubeflow.pod.store import exists

        return exists(self._url)

    def _describe(self) -> dict[str, Any]:
        return {"name": self._name, "url": self._url}
