"""Hooks that a project names in its ``settings.py``, to pass the proxy in front of its MLflow server.

They come before kedro-mlflow's own hook whatever their place in ``HOOKS``, so that one needs not be disabled.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kedro.framework.hooks import hook_impl

from kedro_kubeflow.request_headers import (
    IapRequestHeaderProvider,
    RequestHeaderProviderWithKedroContext,
)

__all__ = ["MlflowIapAuthHook", "MlflowRequestHeaderProviderHook"]


class MlflowRequestHeaderProviderHook:
    """Lets MLflow ask a provider for the headers of each request.

    Args:
        provider: the provider's class; it is made with the Kedro context and with
            ``run_config.mlflow.request_header_provider_params``.
    """

    def __init__(self, provider: type[RequestHeaderProviderWithKedroContext]) -> None:
        self._provider = provider
        self._registered = False

    @hook_impl(tryfirst=True)
    def after_context_created(self, context: Any) -> None:
        """Registers the provider, once for a process: MLflow would join the headers of two."""
        if self._registered:
            return
        from mlflow.tracking.request_header import registry

        made = self._provider(context, self._params(context))
        registry._request_header_provider_registry.register(lambda: made)
        self._registered = True

    def _params(self, context: Any) -> Mapping[str, Any]:
        from kedro_kubeflow.config import read_project_config
        from kedro_kubeflow.project import DEFAULT_ENV, DEFAULT_PIPELINE, open_project

        project = open_project(Path(context.project_path), context.env or DEFAULT_ENV)
        run = read_project_config(project, DEFAULT_PIPELINE, os.environ).config.run_config
        return run.mlflow.request_header_provider_params


class MlflowIapAuthHook(MlflowRequestHeaderProviderHook):
    """Gets MLflow through Google's Identity-Aware Proxy as the plugin gets through it, by ``IAP_CLIENT_ID``."""

    def __init__(self) -> None:
        super().__init__(IapRequestHeaderProvider)

    def _params(self, context: Any) -> Mapping[str, Any]:
        return {}
