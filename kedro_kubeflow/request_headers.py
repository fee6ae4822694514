"""Provides headers for each request to an MLflow server.

MLflow asks its providers again for each request, so a token that expires during a long node is replaced in time.
Nothing here imports MLflow: a project's ``settings.py``, which every command loads, imports these classes.
"""

from __future__ import annotations

import abc
import os
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from kedro_kubeflow.errors import AuthenticationError

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


class RequestHeaderProviderWithKedroContext(abc.ABC):
    """Base class of providers; pass a subclass to :class:`kedro_kubeflow.hooks.MlflowRequestHeaderProviderHook`.

    Args:
        context: the Kedro context of the session.
        params: ``run_config.mlflow.request_header_provider_params`` of ``kubeflow.yaml``.

    Attributes:
        context, params: the same.
    """

    def __init__(self, context: Any, params: Mapping[str, Any]) -> None:
        self.context = context
        self.params = params

    def in_context(self) -> bool:
        """Returns whether this provider adds headers (default: always)."""
        return True

    @abc.abstractmethod
    def request_headers(self) -> dict[str, str]:
        """Returns the headers of one request. Called for each request: keep a token as long as it is valid."""


class GoogleOAuthRequestHeaderProvider(RequestHeaderProviderWithKedroContext):
    """An identity token for the OAuth client ``params["client_id"]``, from Google's default credentials.

    They must be those of a service account: from a key file (``GOOGLE_APPLICATION_CREDENTIALS``), or the
    pod's own on Google's machines. Requires the extra ``gcp``.
    """

    def in_context(self) -> bool:
        """See :class:`RequestHeaderProviderWithKedroContext`."""
        return bool(self.params.get("client_id"))

    def request_headers(self) -> dict[str, str]:
        """See :class:`RequestHeaderProviderWithKedroContext`."""
        return {"Authorization": str(self._login.authorization())}

    @cached_property
    def _login(self) -> Any:
        from kedro_kubeflow.auth import IdentityAwareProxy

        return IdentityAwareProxy(str(self.params["client_id"]))


class IapRequestHeaderProvider(GoogleOAuthRequestHeaderProvider):
    """The same, with the OAuth client in ``IAP_CLIENT_ID``, in the local environment or the pod's."""

    def __init__(self, context: Any, params: Mapping[str, Any]) -> None:
        super().__init__(context, {**params, "client_id": os.environ.get("IAP_CLIENT_ID")})


class GoogleIAMRequestHeaderProvider(RequestHeaderProviderWithKedroContext):
    """An identity token of the service account ``params["service_account"]``, for ``params["client_id"]``.

    Google's default credentials must be allowed to create tokens for that account (role *Service Account Token
    Creator*). Requires the extra ``gcp``.
    """

    def in_context(self) -> bool:
        """See :class:`RequestHeaderProviderWithKedroContext`."""
        return bool(self.params.get("client_id") and self.params.get("service_account"))

    def request_headers(self) -> dict[str, str]:
        """See :class:`RequestHeaderProviderWithKedroContext`."""
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request

        try:
            if not self._credentials.valid:
                self._credentials.refresh(Request())
        except GoogleAuthError as err:
            raise AuthenticationError(
                f"Google returned no identity token of {self.params['service_account']}: {err}. The default "
                "credentials need the role roles/iam.serviceAccountTokenCreator on that account"
            ) from err
        return {"Authorization": f"Bearer {self._credentials.token}"}

    @cached_property
    def _credentials(self) -> Any:
        import google.auth
        import google.auth.impersonated_credentials

        impersonated: Any = google.auth.impersonated_credentials
        source, _ = google.auth.default(scopes=[_SCOPE])
        account = impersonated.Credentials(
            source_credentials=source,
            target_principal=str(self.params["service_account"]),
            target_scopes=[_SCOPE],
        )
        return impersonated.IDTokenCredentials(
            account, target_audience=str(self.params["client_id"]), include_email=True
        )
