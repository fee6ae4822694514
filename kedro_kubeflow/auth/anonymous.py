"""Sends requests without credentials."""

from __future__ import annotations

from typing import Optional

from kedro_kubeflow.auth.login import Login, Offer


class Anonymous(Login):
    """No credentials: for a port forwarded by kubectl, or a server that needs none."""

    label = "no credentials"
    advice = (
        "set KUBEFLOW_TOKEN or KUBEFLOW_TOKEN_FILE (bearer token), DEX_USERNAME and DEX_PASSWORD "
        "(Dex), or IAP_CLIENT_ID (Google's Identity-Aware Proxy)"
    )

    @classmethod
    def from_offer(cls, offer: Offer) -> Optional[Login]:  # noqa: ARG003 - always possible
        """Returns the login, whatever the environment contains."""
        return cls()
