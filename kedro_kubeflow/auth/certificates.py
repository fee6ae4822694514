"""Reads from the environment which authorities verify a server's certificate."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from typing import Union

from kedro_kubeflow.errors import AuthenticationError

VARIABLES = ("KUBEFLOW_CA_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""The plugin's own first, then those of other tools."""


def trusted_authorities(environment: Mapping[str, str]) -> Union[str, bool]:
    """Returns the path of a PEM file or folder, or True for the authorities that are trusted by default.

    Raises:
        AuthenticationError: The file of a variable does not exist or contains no certificates.
    """
    for variable in VARIABLES:
        path = environment.get(variable)
        if not path:
            continue
        if not os.path.exists(path):
            raise AuthenticationError(
                f"{variable}: there is no file {path}; set it to a file with PEM certificates"
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
            f"{variable}: {path} contains no PEM certificates ({err}); they start with "
            "-----BEGIN CERTIFICATE-----"
        ) from err
