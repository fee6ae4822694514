"""Hooks for a project's ``settings.py``, which add headers to requests to an MLflow server behind a proxy.

They run before kedro-mlflow's own hook, whatever the order in ``HOOKS``, so that one need not be disabled.
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
    """Registers a provider that MLflow asks for the headers of each request.

    Args:
        provider: the provider's class; it receives the Kedro context and
            ``run_config.mlflow.request_header_provider_params``.
    """

    def __init__(self, provider: type[RequestHeaderProviderWithKedroContext]) -> None:
        self._provider = provider
        self._registered = False

    @hook_impl(tryfirst=True)
    def after_context_created(self, context: Any) -> None:
        """Registers the provider, once per process: MLflow would join the headers of two."""
        if self._registered:
            return
        from mlflow.tracking.request_header import registry

        provider = self._provider(context, self._params(context))
        registry._request_header_provider_registry.register(lambda: provider)
        self._registered = True

    def _params(self, context: Any) -> Mapping[str, Any]:
        from kedro_kubeflow.config import read_project_files, value_at
        from kedro_kubeflow.project import DEFAULT_ENV, DEFAULT_PIPELINE, open_project

        project = open_project(Path(context.project_path), context.env or DEFAULT_ENV)
        files = read_project_files(project, DEFAULT_PIPELINE, os.environ)
        keys = ("run_config", "mlflow", "request_header_provider_params")
        params: Mapping[str, Any] = value_at(files, keys, dict)
        return params


class MlflowIapAuthHook(MlflowRequestHeaderProviderHook):
    """Gives MLflow access through Google's Identity-Aware Proxy, with ``IAP_CLIENT_ID`` like the plugin itself."""

    def __init__(self) -> None:
        super().__init__(IapRequestHeaderProvider)

    def _params(self, context: Any) -> Mapping[str, Any]:
        return {}
