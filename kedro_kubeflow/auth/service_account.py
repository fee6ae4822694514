"""Sends the token that Kubernetes mounts into a pod for Kubeflow Pipelines."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Optional

from kedro_kubeflow.auth.bearer import TokenFile
from kedro_kubeflow.auth.login import Login, Offer


class ServiceAccountToken(TokenFile):
    """A projected service account token; the kubelet rotates it, so it is read for every request.

    Kubeflow mounts it if a PodDefault requests it:
    https://www.kubeflow.org/docs/components/pipelines/user-guides/core-functions/connect-api/
    """

    label = "service account token of this pod (KF_PIPELINES_SA_TOKEN_PATH)"
    advice = (
        "mount a service account token with the audience pipelines.kubeflow.org into the pod, and "
        "grant the service account access to the namespace"
    )
    variable = "KF_PIPELINES_SA_TOKEN_PATH"
    mounted: ClassVar[Path] = Path("/var/run/secrets/kubeflow/pipelines/token")

    @classmethod
    def from_offer(cls, offer: Offer) -> Optional[Login]:
        """Returns the login with the file in the variable, else with the usual file if the pod has it."""
        named = offer.environment.get(cls.variable)
        if named:
            return cls(Path(named))
        return cls(cls.mounted) if cls.mounted.is_file() else None
