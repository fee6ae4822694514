"""Models of what ``kubeflow.yaml`` names outside the workflow: secrets, config maps, other pipelines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Optional

from pydantic.v1 import Field, PositiveInt, validator

from kedro_kubeflow.config.strict_model import StrictModel, kubernetes_name

IN_CLUSTER_HOST = "http://ml-pipeline.kubeflow.svc.cluster.local:8888"
"""The API server's address inside the cluster, if Kubeflow is installed from its own manifests."""

_VARIABLE = re.compile(r"^[-._a-zA-Z][-._a-zA-Z0-9]*$")
_KEY = re.compile(r"^[-._a-zA-Z0-9]{1,253}\Z")
_HOST = re.compile(r"^https?://[^/\s]+\S*$")


def _key_of_an_object(value: Optional[str]) -> Optional[str]:
    if value is not None and (not _KEY.match(value) or value == "." or value.startswith("..")):
        raise ValueError(
            f"{value!r} is not a valid Kubernetes key: letters, digits, '-', '_' and '.', not '.' alone, nor '..' first"
        )
    return value


class SecretConfig(StrictModel):
    """A Kubernetes secret for the steps. Only its name is in the workflow, not its content."""

    secret: str = Field(description="Name of the secret.")
    key: Optional[str] = Field(None, description="One of its keys (default: all keys).")
    deploy_type: str = Field("env", allowed=("env", "volume"), description="How the pods get it.")
    deploy_target: Optional[str] = Field(
        None,
        description="With env and a key, the variable's name; with volume, the path of the file or folder.",
    )

    _secret = validator("secret", allow_reuse=True)(kubernetes_name)
    _key = validator("key", allow_reuse=True)(_key_of_an_object)

    @validator("deploy_target", always=True)
    def _target(cls, value: Optional[str], values: dict[str, Any]) -> Optional[str]:  # noqa: N805
        if values.get("deploy_type") == "volume":
            if not value or not value.startswith("/"):
                raise ValueError("with deploy_type volume this must be an absolute path in the pod")
        elif (
            values.get("deploy_type") == "env" and "key" in values
        ):  # else it is wrong, and reported
            if values.get("key") and not value:
                raise ValueError("with a key this must be the name of the environment variable")
            if value and not _VARIABLE.match(value):
                raise ValueError(f"{value!r} is not a valid name of an environment variable")
            if value and not values.get("key"):
                raise ValueError(
                    "without a key every key becomes a variable of its own name; leave this out"
                )
        return value


class ConfigMapConfig(StrictModel):
    """A Kubernetes config map whose keys become environment variables of the steps, or Kedro parameters."""

    config_map: str = Field(description="Name of the config map.")
    key: Optional[str] = Field(None, description="One of its keys (default: all keys).")
    deploy_type: str = Field(
        "env",
        allowed=("env", "param"),
        description="How the steps get it; with param, the key's value is that of a Kedro parameter.",
    )
    deploy_target: Optional[str] = Field(
        None,
        description="With a key, the name of the variable or parameter, with dots for nested keys (default: the "
        "key).",
    )

    _config_map = validator("config_map", allow_reuse=True)(kubernetes_name)
    _key = validator("key", allow_reuse=True)(_key_of_an_object)

    @validator("deploy_type")
    def _type(cls, value: str, values: dict[str, Any]) -> str:  # noqa: N805
        if value == "param" and "key" in values and not values["key"]:
            raise ValueError(
                "with param, 'key' must say which key of the config map is the parameter's value"
            )
        return value

    @validator("deploy_target")
    def _target(cls, value: Optional[str], values: dict[str, Any]) -> Optional[str]:  # noqa: N805
        if value and values.get("deploy_type") == "env" and not _VARIABLE.match(value):
            raise ValueError(f"{value!r} is not a valid name of an environment variable")
        return value


class ExternalDependency(StrictModel):
    """Another pipeline that must have a successful run before the workflow starts."""

    name: str = Field(
        description="The pipeline's name on the server, for instance `[project] pipeline (env: e)`."
    )
    task: Optional[str] = Field(
        None,
        description="Step of that run to wait for, as Kubeflow shows it (default: the whole run).",
    )
    timeout: PositiveInt = Field(86400, description="Maximum number of seconds to wait.")
    check_existence: bool = Field(
        True, description="Fail at once if the pipeline does not exist; false waits for it, too."
    )
    max_age: PositiveInt = Field(
        86400,
        description="Age limit: only runs count that were created at most this many seconds before this workflow.",
    )
    host: str = Field(
        IN_CLUSTER_HOST,
        description="URL of the API as seen from the pods.",
    )
    namespace: Optional[str] = Field(
        None,
        description="Namespace of the run on a multi-user server; default: `run_config.namespace`, else the "
        "pod's own.",
    )

    _namespace = validator("namespace", allow_reuse=True)(kubernetes_name)

    @validator("name", "task")
    def _some_text(cls, value: Optional[str]) -> Optional[str]:  # noqa: N805
        if value is not None and not value.strip():
            raise ValueError("this must be a name, but it is empty")
        return value

    @validator("host")
    def _host(cls, value: str) -> str:  # noqa: N805
        if not _HOST.match(value):
            raise ValueError(f"{value!r} is not a valid URL; write it like {IN_CLUSTER_HOST}")
        return value.rstrip("/")


def distinct_names(dependencies: Sequence[ExternalDependency]) -> tuple[str, ...]:
    """Returns a different name for each dependency: the pipeline's name, and where that is not enough, the rest too.

    Raises:
        ValueError: one is there twice.
    """
    names = Counter(item.name for item in dependencies)
    texts = tuple(
        item.name
        if names[item.name] == 1
        else " ".join(filter(None, (item.name, item.task, item.namespace, item.host)))
        for item in dependencies
    )
    for index, text in enumerate(texts):
        if text in texts[:index]:
            raise ValueError(f"{dependencies[index].name!r} is listed twice, for the same task")
    return texts
