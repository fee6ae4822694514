"""The token that Kubernetes mounts into a pod for Kubeflow Pipelines in, signed requests out."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Optional

from kedro_kubeflow.auth.bearer import TokenFile
from kedro_kubeflow.auth.login import Login, Offer


class ServiceAccountToken(TokenFile):
    """A projected service account token; the kubelet rotates it, so it is read for every request.

    Kubeflow mounts it where a PodDefault asks for it:
    https://www.kubeflow.org/docs/components/pipelines/user-guides/core-functions/connect-api/
    """

    label = "service account token of this pod (KF_PIPELINES_SA_TOKEN_PATH)"
    advice = (
        "mount a service account token with the audience pipelines.kubeflow.org into the pod, and "
        "give the service account rights in the namespace"
    )
    variable = "KF_PIPELINES_SA_TOKEN_PATH"
    mounted: ClassVar[Path] = Path("/var/run/secrets/kubeflow/pipelines/token")

    @classmethod
    def from_offer(cls, offer: Offer) -> Optional[Login]:
        """Takes the file of the variable, else the usual one where a pod has it."""
        named = offer.environment.get(cls.variable)
        if named:
            return cls(Path(named))
        return cls(cls.mounted) if cls.mounted.is_file() else None
