"""The environment in, the authorities that a server's certificate is checked with out."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from typing import Union

from kedro_kubeflow.errors import AuthenticationError

VARIABLES = ("KUBEFLOW_CA_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Our own first, then those that other tools read."""


def trusted_authorities(environment: Mapping[str, str]) -> Union[str, bool]:
    """Gives the path of a file or folder in PEM, or True for the authorities that everybody trusts.

    Raises:
        AuthenticationError: A variable names what is not there or holds no certificates.
    """
    for variable in VARIABLES:
        path = environment.get(variable)
        if not path:
            continue
        if not os.path.exists(path):
            raise AuthenticationError(
                f"{variable}: there is no file {path}; set it to a file of certificates in PEM"
            )
        if os.path.isfile(path):
            _check(path, variable)
        return path
    return True


def _check(path: str, variable: str) -> None:
    try:
        ssl.create_default_context(cafile=path)
    except (ssl.SSLError, OSError) as err:
        raise AuthenticationError(
            f"{variable}: {path} holds no certificates in PEM ({err}); they begin with "
            "-----BEGIN CERTIFICATE-----"
        ) from err
