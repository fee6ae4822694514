"""Chooses the login from the environment."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from kedro_kubeflow.auth.anonymous import Anonymous
from kedro_kubeflow.auth.bearer import BearerToken, TokenFile
from kedro_kubeflow.auth.dex import Dex
from kedro_kubeflow.auth.google_cloud import IdentityAwareProxy, InverseProxy
from kedro_kubeflow.auth.login import Login, Offer
from kedro_kubeflow.auth.service_account import ServiceAccountToken
from kedro_kubeflow.errors import AuthenticationError

logger = logging.getLogger(__name__)

LOGINS: tuple[type[Login], ...] = (
    BearerToken,
    TokenFile,
    Dex,
    IdentityAwareProxy,
    InverseProxy,
    ServiceAccountToken,
    Anonymous,
)
"""The first one that the environment configures is used. Those that can only be meant for Kubeflow come
first: ``IAP_CLIENT_ID`` may be set for MLflow, and every pod may have a service account token."""


def choose_login(environment: Mapping[str, str], host: str) -> Login:
    """Chooses how to log in, and logs at debug level which login it is and which others are not used.

    Args:
        environment: Environment variables.
        host: The server's base URL.

    Raises:
        AuthenticationError: The environment contains only half of a login.
    """
    offer = Offer(environment, host)
    for place, kind in enumerate(LOGINS):
        login = kind.from_offer(offer)
        if login is not None:
            logger.debug("Login at %s: %s", host, login.label)
            for other in LOGINS[place + 1 : -1]:
                if _offered(other, offer):
                    logger.debug("Configured, but not used: %s", other.label)
            return login
    raise AssertionError("Anonymous is always possible")


def _offered(kind: type[Login], offer: Offer) -> bool:
    try:
        return kind.from_offer(offer) is not None
    except AuthenticationError:
        return False
