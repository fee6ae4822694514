"""Runs the steps of a workflow in containers of their images, with Docker or Podman."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from kedro_kubeflow.errors import LocalRunError
from kedro_kubeflow.local.containers.arguments import left_out_settings
from kedro_kubeflow.local.containers.container_execution import (
    ContainerExecution,
    ContainerSettings,
)
from kedro_kubeflow.local.containers.engine import find_engine
from kedro_kubeflow.local.containers.ownership import give_back
from kedro_kubeflow.local.containers.pulling import provide_images
from kedro_kubeflow.local.pod_folder import PodSite
from kedro_kubeflow.local.preflight import Sentences
from kedro_kubeflow.local.step_environment import unknown_variables
from kedro_kubeflow.local.step_graph import GraphNode
from kedro_kubeflow.local.volumes import declared_volumes, read_mounts
from kedro_kubeflow.variables import STORE

_OF_ONE_MACHINE = "file:"


class ContainerExecutor:
    """Steps as containers; see :class:`~kedro_kubeflow.local.executor.Executor`."""

    def __init__(self, engine: str, environ: Mapping[str, str], passed: Sequence[str]) -> None:
        """Find the engine.

        Args:
            engine: docker, for Docker or else Podman; or podman.
            environ: the environment of the caller.
            passed: names of its variables that containers get too.

        Raises:
            LocalRunError: no engine answers, or a variable is not set.
        """
        for name in passed:
            if name not in environ:
                raise LocalRunError(f"--pass-env {name}: the variable is not set here")
        self._environ = environ
        self._engine, self._refused = find_engine(engine, environ)
        self._images: tuple[str, ...] = ()
        self._settings = ContainerSettings(
            self._engine, uuid.uuid4().hex[:8], tuple(passed), self._give_back
        )

    def prepare(
        self, steps: Iterable[tuple[str, GraphNode]], spec: Mapping[str, Any]
    ) -> tuple[str, ...]:
        """Pulls all images, and reports what the steps will not have."""
        containers = [(name, node) for name, node in steps if node.template.kind == "container"]
        sentences = Sentences()
        for refused in self._refused:
            sentences.add(f"{refused}; {self._engine.name} runs the containers")
        for name, node in containers:
            self._tell_left_out(name, node, spec, sentences)
        self._images, of_images = provide_images(
            self._engine, ((name, node.template.body["container"]) for name, node in containers)
        )
        return (*sentences.all(), *of_images)

    def execution(self) -> ContainerExecution:
        """One that has not begun."""
        return ContainerExecution(self._settings)

    def finish(self, place: PodSite) -> None:
        """Make the caller's what the steps left on volumes."""
        if place.volumes_folder.is_dir():
            self._give_back(place.volumes_folder)

    def _give_back(self, folder: Path) -> None:
        give_back(self._engine, self._images, folder)

    def _tell_left_out(
        self, name: str, node: GraphNode, spec: Mapping[str, Any], sentences: Sentences
    ) -> None:
        body, where = node.template.body, node.template.where
        container = body["container"]
        mounts, skipped = read_mounts(body, declared_volumes(spec, body), where)
        for mount in skipped:
            sentences.add(f"Volume '{mount.volume}' is not mounted, because {mount.reason}", name)
        for variable in unknown_variables(container, self._environ):
            sentences.add(
                f"The variable {variable} comes from the cluster and is not set here; "
                "export it to give it a value",
                name,
            )
        if container.get("envFrom"):
            sentences.add(
                "Variables under 'envFrom' come from the cluster; hand on those that are needed "
                "with --pass-env",
                name,
            )
        for sentence in left_out_settings(body, where):
            sentences.add(sentence, name)
        for item in container.get("env") or []:
            store = str(item.get("value") or "")
            if item.get("name") != STORE or not store.startswith(_OF_ONE_MACHINE):
                continue
            path = PurePosixPath("/" + store[len(_OF_ONE_MACHINE) :].lstrip("/"))
            if not any(path.is_relative_to(mount.path) for mount in mounts):
                sentences.add(
                    f"The root {store} is a folder inside each container, as it is inside each "
                    "pod: steps find nothing of each other's there, unless a volume is mounted "
                    "at it (extra_volumes)",
                    name,
                )
