"""Translates a template's container to arguments of the container engine."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from kedro_kubeflow.local.workflow_fields import mapping_at, mappings_at
from kedro_kubeflow.variables import LOCAL

LABEL = "kedro-kubeflow.run"
"""By which the containers of runs are found: its value is the folder of the run."""

# SELinux lets containers not read what belongs to a user, and labels given to a project's files
# would stay; without SELinux, it means nothing.
OPEN_TO_FILES = ("--security-opt", "label=disable")

_APPLIED_TO_PODS = frozenset(
    {"fsGroup", "fsGroupChangePolicy", "runAsGroup", "runAsUser", "supplementalGroups"}
)
_APPLIED_TO_CONTAINERS = frozenset(
    {
        "allowPrivilegeEscalation",
        "capabilities",
        "readOnlyRootFilesystem",
        "runAsGroup",
        "runAsUser",
    }
)


@dataclass(frozen=True)
class Bind:
    """A folder of this machine, or memory, at a place in a container."""

    target: str
    source: Optional[Path]
    read_only: bool = False

    def arguments(self) -> list[str]:
        """The option that mounts it; what it holds may have commas in it."""
        if self.source is None:
            fields = ["type=tmpfs", f"destination={self.target}"]
        else:
            fields = ["type=bind", f"source={self.source}", f"destination={self.target}"]
        if self.read_only:
            fields.append("readonly")
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(fields)
        return ["--mount", line.getvalue()]


def create_arguments(
    body: Mapping[str, Any],
    *,
    where: str,
    command: list[str],
    variables: Mapping[str, str],
    caller: Mapping[str, str],
    passed: Iterable[str],
    binds: Iterable[Bind],
) -> list[str]:
    """The options, image and command behind ``create``.

    Args:
        body: of a container template, with the pod's fields of the workflow, tags filled in.
        where: the template's place in the workflow, for messages.
        command: the argument list, references to variables expanded.
        variables: those the container itself is given.
        caller: the environment of the caller.
        passed: names of its variables that are handed on.
        binds: the mounts.
    """
    container = body["container"]
    options = [*OPEN_TO_FILES]
    for bind in binds:
        options += bind.arguments()
    given = {name: caller[name] for name in passed if name in caller}
    for name, value in {**given, **variables, LOCAL: "true"}.items():
        # What has its value from the caller may be a secret, and all can read the list of processes.
        options += ["--env", name if caller.get(name) == value else f"{name}={value}"]
    if container.get("workingDir"):
        options += ["--workdir", str(container["workingDir"])]
    options += _security_options(body, where)
    for alias in mappings_at(body, "hostAliases", where):
        for host in alias.get("hostnames") or []:
            options += ["--add-host", f"{host}:{alias.get('ip')}"]
    # Images are there by now, and a node knows no health checks of images.
    options += ["--pull", "never", "--no-healthcheck", "--entrypoint", command[0]]
    return [*options, str(container["image"]), *command[1:]]


def left_out_settings(body: Mapping[str, Any], where: str) -> list[str]:
    """One sentence for each security setting of a container that is not passed to the engine.

    Args:
        body: of a container template, with the pod's fields of the workflow.
        where: the template's place in the workflow, for messages.
    """
    pod = mapping_at(body, "securityContext", where)
    own = mapping_at(body["container"], "securityContext", f"{where}.container")
    unknown = {*set(pod).difference(_APPLIED_TO_PODS), *set(own).difference(_APPLIED_TO_CONTAINERS)}
    if not ({"runAsUser"} & {*pod, *own}):
        unknown |= {"runAsGroup"} & {*pod, *own}
    return [f"securityContext.{name} means nothing here" for name in sorted(unknown)]


def _security_options(body: Mapping[str, Any], where: str) -> list[str]:
    pod = mapping_at(body, "securityContext", where)
    own = mapping_at(body["container"], "securityContext", f"{where}.container")
    options: list[str] = []
    user, group = (
        own[name] if own.get(name) is not None else pod.get(name)
        for name in ("runAsUser", "runAsGroup")
    )
    if user is not None:
        options += ["--user", f"{user}" if group is None else f"{user}:{group}"]
    groups = [pod.get("fsGroup"), *(pod.get("supplementalGroups") or [])]
    for number in groups:
        if number is not None:
            options += ["--group-add", str(number)]
    if own.get("readOnlyRootFilesystem") is True:
        options.append("--read-only")
    if own.get("allowPrivilegeEscalation") is False:
        options += ["--security-opt", "no-new-privileges"]
    capabilities = mapping_at(own, "capabilities", f"{where}.container.securityContext")
    for option, key in (("--cap-drop", "drop"), ("--cap-add", "add")):
        for name in capabilities.get(key) or []:
            options += [option, str(name)]
    return options
