"""The schema of ``kubeflow.yaml``: a frozen and checked :class:`PluginConfig`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Optional, Union

from pydantic.v1 import Field, PositiveInt, ValidationError, root_validator, validator

from kedro_kubeflow.argo import check_cron, check_day
from kedro_kubeflow.argo.quantities import check_image_name, check_iso_duration, has_placeholder
from kedro_kubeflow.config.config_files import ConfigFiles
from kedro_kubeflow.config.kubernetes_types import (
    check_host_aliases,
    check_security_context,
    container_fields,
)
from kedro_kubeflow.config.pod_options import PodSettings
from kedro_kubeflow.config.references import (
    ConfigMapConfig,
    ExternalDependency,
    SecretConfig,
    distinct_names,
)
from kedro_kubeflow.config.sections import ConfigProvider, MlflowConfig, VolumeConfig
from kedro_kubeflow.config.strict_model import (
    LocatedError,
    StrictModel,
    config_error,
    kubernetes_name,
)
from kedro_kubeflow.errors import ConfigError, InputError
from kedro_kubeflow.project import STRATEGIES

PULL_POLICIES = ("Always", "IfNotPresent", "Never")
POD_GC_STRATEGIES = ("OnPodCompletion", "OnPodSuccess", "OnWorkflowCompletion", "OnWorkflowSuccess")
_STRATEGIES = [f"`{name}` ({strategy.description})" for name, strategy in STRATEGIES.items()]
_URL = re.compile(r"^[a-z][a-z0-9+.-]*://.+", re.IGNORECASE)


class RunConfig(PodSettings):
    """How a pipeline is run in the cluster: the keys under ``run_config``."""

    image: str = Field(description="Image of the steps; it contains the project.")
    image_pull_policy: str = Field(
        "IfNotPresent",
        allowed=PULL_POLICIES,
        description="When cluster nodes pull the image.",
    )
    project_path: str = Field("/home/kedro", description="The project's folder in the image.")
    experiment_name: Optional[str] = Field(None, description="Experiment of the runs.")
    run_name: Optional[str] = Field(
        None,
        description="Name of a single run; `{parameter}` is filled from `--param` (default: project, pipeline and "
        "environment).",
    )
    scheduled_run_name: Optional[str] = Field(
        None, description="Name of a recurring run (default: `run_name`)."
    )
    description: Optional[str] = Field(None, description="Description of the pipeline.")
    wait_for_completion: bool = Field(
        False, description="Whether `run-once` waits until the run ends."
    )
    ttl: PositiveInt = Field(
        604800,
        description="Seconds that the workflow is kept after its end; pods and volume are deleted with it.",
    )
    on_exit_pipeline: Optional[str] = Field(
        None,
        description="Kedro pipeline that runs last, whatever happened, with parameters `status` and `failures`.",
    )
    max_cache_staleness: Optional[str] = Field(
        None,
        lenient=True,
        description="Maximum age of a step's cached outputs, as ISO 8601 duration; `P0D` turns caching off.",
    )
    store_kedro_outputs_as_kfp_artifacts: bool = Field(
        True, description="Show outputs that have a local path as artifacts of the steps."
    )
    node_merge_strategy: str = Field(
        "none",
        allowed=tuple(STRATEGIES),
        description=f"Which nodes share a pod: {'; '.join(_STRATEGIES)}.",
    )
    volume: Optional[VolumeConfig] = Field(
        None, description="Volume that the steps of a run share."
    )
    root: Optional[str] = Field(
        None,
        description="URL (gs://, s3://, file://…) where datasets without a catalog entry are stored between pods.",
    )
    secrets: list[SecretConfig] = Field([], description="Kubernetes secrets for the steps.")
    config_maps: list[ConfigMapConfig] = Field(
        [], description="Kubernetes config maps for the steps."
    )
    service_account_name: Optional[str] = Field(None, description="Service account of the pods.")
    image_pull_secrets: list[str] = Field(
        [], description="Names of the secrets to pull images with."
    )
    security_context: Optional[dict[str, Any]] = Field(
        None,
        description="Security context of pods and containers, as in Kubernetes; each field goes where it belongs.",
    )
    priority_class_name: Optional[str] = Field(None, description="Priority class of the pods.")
    host_aliases: list[dict[str, Any]] = Field(
        [], description="Additions to /etc/hosts: `ip` and `hostnames`."
    )
    namespace: Optional[str] = Field(
        None,
        description="Namespace of the experiment on a multi-user server; `-en` overrides it.",
    )
    cron_expression: Optional[str] = Field(
        None,
        description="When recurring runs start, six fields, seconds first; `-c` overrides it.",
    )
    start_date: Optional[dt.date] = Field(
        None, description="First day of recurring runs, as YYYYMMDD or YYYY-MM-DD, in UTC."
    )
    macro_params: dict[str, str] = Field(
        {},
        description="Parameters of recurring runs that Kubeflow fills, such as `[[ScheduledTime.2006-01-02]]`.",
    )
    parallelism: Optional[PositiveInt] = Field(
        None, description="Maximum number of pods of one run at the same time."
    )
    pod_gc: Optional[str] = Field(
        None,
        allowed=POD_GC_STRATEGIES,
        description="When finished pods are deleted (default: after `ttl`).",
    )
    parameters: Union[str, list[str]] = Field(
        "all",
        description="Kedro parameters that are parameters of the workflow: all, or a list of names.",
    )

    external_dependencies: list[ExternalDependency] = Field(
        [], description="Other pipelines; the workflow first waits for a run of each."
    )
    dynamic_config_providers: list[ConfigProvider] = Field(
        [], description="Classes that write configuration in each pod before Kedro reads it."
    )
    mlflow: MlflowConfig = Field(MlflowConfig(), description="How runs are tracked with MLflow.")

    _image = validator("image", allow_reuse=True)(check_image_name)
    _names = validator(
        "service_account_name", "priority_class_name", "namespace", allow_reuse=True
    )(kubernetes_name)
    _pull_secret = validator("image_pull_secrets", each_item=True, allow_reuse=True)(
        kubernetes_name
    )
    _host_aliases = validator("host_aliases", pre=True, allow_reuse=True)(check_host_aliases)

    @validator("project_path")
    def _project_path(cls, value: str) -> str:  # noqa: N805
        if not value.startswith("/") or value == "/":
            raise ValueError(f"{value!r} is not the absolute path of a folder in the image")
        return str(PurePosixPath(value))

    @validator("secrets")
    def _secrets(cls, value: list[SecretConfig], values: dict[str, Any]) -> list[SecretConfig]:  # noqa: N805
        project = PurePosixPath(values.get("project_path", ""))
        for index, item in enumerate(value):
            folder = item.deploy_target if item.deploy_type == "volume" else None
            if folder and project.is_absolute() and project.is_relative_to(folder):
                raise LocatedError(
                    [index, "deploy_target"],
                    f"{folder!r} would hide the project in {str(project)!r}; mount the secret in a folder of its own",
                )
        return value

    @validator("max_cache_staleness", pre=True)
    def _staleness(cls, value: Any) -> Optional[str]:  # noqa: N805
        return value if value is None else check_iso_duration(value)

    @validator("root")
    def _root(cls, value: Optional[str]) -> Optional[str]:  # noqa: N805
        if value is not None and not _URL.match(value):
            raise ValueError(
                f"{value!r} has no protocol, and files local to a pod are lost with it; write it like gs://bucket/folder"
            )
        return value if value is None else value.rstrip("/")

    @validator("image_pull_secrets", pre=True)
    def _pull_secrets(cls, value: Any) -> Any:  # noqa: N805
        return [part.strip() for part in value.split(",")] if isinstance(value, str) else value

    @validator("security_context", pre=True)
    def _security_context(cls, value: Any) -> Any:  # noqa: N805
        return value if value is None else check_security_context(value)

    @root_validator(skip_on_failure=True)
    def _one_user(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        context, volume = values.get("security_context") or {}, values.get("volume")
        if volume is None or volume.owner is None or "owner" not in volume.__fields_set__:
            return values
        if context.get("runAsUser", volume.owner) != volume.owner:
            raise LocatedError(
                ["volume", "owner"],
                f"the steps cannot run as user {volume.owner} and, by security_context.runAsUser, as user "
                f"{context['runAsUser']}; remove one of the two",
            )
        if volume.owner == 0 and context.get("runAsNonRoot"):
            raise LocatedError(
                ["volume", "owner"],
                "0 is root, which security_context.runAsNonRoot excludes; write another user's id, or null for the "
                "image's user",
            )
        return values

    @validator("start_date", pre=True)
    def _start_date(cls, value: Any) -> Optional[dt.date]:  # noqa: N805
        return value if value is None else check_day(value)

    @validator("external_dependencies")
    def _dependencies(cls, value: list[ExternalDependency]) -> list[ExternalDependency]:  # noqa: N805
        distinct_names(value)
        return value

    @validator("cron_expression")
    def _cron_expression(cls, value: Optional[str]) -> Optional[str]:  # noqa: N805
        if value is None or not value.strip():
            return None  # ${oc.env:CRON,''} says so
        try:
            return value if has_placeholder(value) else check_cron(value)
        except InputError as err:
            raise ValueError(str(err)) from err

    @validator("parameters", pre=True)
    def _parameters(cls, value: Any) -> Any:  # noqa: N805
        if value == "all":
            return value
        if not isinstance(value, list):
            raise ValueError(f"{value!r} is neither 'all' nor a list of parameter names")
        for index, item in enumerate(value):
            if not isinstance(item, str):
                raise LocatedError([index], f"this must be a name, not {item!r}")
        return value

    @property
    def step_user(self) -> Optional[int]:
        """The user that steps run as, or None where the image says it: an explicit setting wins over the default."""
        context = self.security_context or {}
        if self.volume is None or self.volume.owner is None:
            return context.get("runAsUser")
        if "owner" in self.volume.__fields_set__:
            return self.volume.owner
        return context.get("runAsUser", None if context.get("runAsNonRoot") else 0)

    @property
    def container_security(self) -> dict[str, Any]:
        """The fields of the security context that only containers have."""
        return container_fields(self.security_context or {})


class PluginConfig(StrictModel):
    """The whole of ``kubeflow.yaml``."""

    host: Optional[str] = Field(
        None, description="Address of Kubeflow Pipelines, with http:// or https://."
    )
    run_config: RunConfig = Field(description="How pipelines are run.")

    @validator("host")
    def _host(cls, value: Optional[str]) -> Optional[str]:  # noqa: N805
        if value is not None and not re.match(r"^https?://[^/]+", value):
            raise ValueError(
                f"{value!r} is not a valid URL; write it like https://kubeflow.example.com/pipeline"
            )
        return value if value is None else value.rstrip("/")


def parse_config(files: ConfigFiles, image: Optional[str] = None) -> PluginConfig:
    """Checks what the files say.

    Args:
        files: the resolved content of ``kubeflow.yaml``.
        image: overrides ``run_config.image``.

    Raises:
        ConfigError: naming each key that is missing, unknown or wrong, and the file it is in, or the image.
    """
    values = dict(files.values)
    if image:
        try:
            check_image_name(image)
        except ValueError as err:
            raise ConfigError.at("--image", str(err)) from err
    run = values.get("run_config")
    if image and (run is None or isinstance(run, Mapping)):
        values["run_config"] = {**(run or {}), "image": image}
    try:
        return PluginConfig.parse_obj(values)
    except ValidationError as err:
        raise config_error(err, files.origin) from err
