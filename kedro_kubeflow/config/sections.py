"""Models of the mappings below ``run_config``, but for those that name things elsewhere (``references``)."""

from __future__ import annotations

import re
from typing import Any, Optional

from pydantic.v1 import Field, NonNegativeInt, validator

from kedro_kubeflow.argo.quantities import check_quantity, quantity_value
from kedro_kubeflow.config.strict_model import StrictModel, kubernetes_name

ACCESS_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")


class VolumeConfig(StrictModel):
    """The volume that the steps of a run share, mounted at ``<project_path>/data``."""

    storageclass: Optional[str] = Field(
        None, description="Storage class; null: the cluster's default."
    )
    size: str = Field("1Gi", lenient=True, description="Size of the volume.")
    access_modes: list[str] = Field(
        ["ReadWriteOnce"],
        allowed=ACCESS_MODES,
        description="ReadWriteMany lets pods on several cluster nodes share it, if the cluster has such storage.",
    )
    skip_init: bool = Field(
        False, description="Do not copy the image's data folder to the new volume."
    )
    owner: Optional[NonNegativeInt] = Field(
        0,
        description="User id that the steps run as; null leaves it to the image. `security_context` overrides the "
        "default.",
    )
    keep: bool = Field(
        False, description="Keep the volume when the workflow is deleted after `ttl`."
    )

    _storageclass = validator("storageclass", allow_reuse=True)(kubernetes_name)

    @validator("size", pre=True)
    def _size(cls, value: Any) -> str:  # noqa: N805
        checked = check_quantity(value)
        if not quantity_value(checked):
            raise ValueError(f"{value!r} is not a valid volume size; write it like 1Gi")
        return checked

    @validator("access_modes")
    def _some_access_mode(cls, value: list[str]) -> list[str]:  # noqa: N805
        if not value:
            raise ValueError(f"this must name at least one of {', '.join(ACCESS_MODES)}")
        return value


class ConfigProvider(StrictModel):
    """A class that generates configuration in each pod, see :mod:`kedro_kubeflow.dynamic_config`."""

    cls: str = Field(
        description="Full name of a subclass of `kedro_kubeflow.dynamic_config.DynamicConfigProvider`."
    )
    params: dict[str, Any] = Field({}, description="Keyword arguments of its constructor.")

    @validator("cls")
    def _cls(cls, value: str) -> str:  # noqa: N805
        if not re.match(r"^\w+(\.\w+)+$", value):
            raise ValueError(
                f"{value!r} is not the full name of a class; write it like my_package.config.Token"
            )
        return value


class MlflowConfig(StrictModel):
    """Tracking with MLflow, in addition to kedro-mlflow's own ``mlflow.yml``."""

    enabled: Optional[bool] = Field(
        None,
        description="Whether each run of the workflow is one MLflow run (default: if kedro-mlflow is installed "
        "and `mlflow.yml` names a server).",
    )
    request_header_provider_params: dict[str, Any] = Field(
        {},
        description="`self.params` of a request header provider; client_id and service_account for Google.",
    )
