"""Translates exceptions of the HTTP libraries into failures."""

from __future__ import annotations

import ssl

import requests
import urllib3.exceptions

from kedro_kubeflow.client.failures import Failure, Lost, NotSent, Untrusted

_UNKNOWN_AUTHORITY = (2, 18, 19, 20, 21)
"""OpenSSL's codes for a certificate of an unknown authority, and for a self-signed one."""

_ENDED = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
"""The server has closed the connection; on an encrypted one, this is an error of its own."""

_READ_TIMEOUTS = (urllib3.exceptions.ReadTimeoutError, TimeoutError)


def network_failure(err: Exception, connect: float, limit: float) -> Failure:
    """Returns the failure that an exception means for the request.

    Args:
        err: What requests or urllib3 raised.
        connect: Timeout of the connection, in seconds.
        limit: Timeout of the response, in seconds.
    """
    reason = _innermost(err)
    if isinstance(err, requests.exceptions.SSLError) and not isinstance(reason, _ENDED):
        return Untrusted(_unsecured(reason))
    if isinstance(err, requests.exceptions.ConnectTimeout):
        return NotSent(f"no connection within {connect:.3g} s")
    if isinstance(err, requests.exceptions.Timeout) or isinstance(reason, _READ_TIMEOUTS):
        return too_slow(limit)
    if isinstance(err, requests.exceptions.InvalidURL):
        return Untrusted(f"this is not a valid URL ({reason})")
    if isinstance(err, requests.exceptions.ProxyError):
        return NotSent(f"the proxy from the environment cannot be used ({reason})")
    if isinstance(reason, urllib3.exceptions.NewConnectionError):
        return NotSent(_unconnected(str(reason)))
    return Lost(f"the connection broke before the response was complete ({reason})")


def _unsecured(reason: BaseException) -> str:
    if isinstance(reason, ssl.SSLCertVerificationError):
        problem = f"the server's certificate is not trusted ({reason.verify_message})"
        if reason.verify_code in _UNKNOWN_AUTHORITY:
            return f"{problem}; set KUBEFLOW_CA_FILE to the certificate of the authority that signed it"
        return problem
    if type(reason).__name__ == "CertificateError":
        # urllib3 before 2.0 compares the names itself.
        return f"the server's certificate is not trusted ({reason})"
    return f"no encrypted connection ({reason}); does the host use https?"


def too_slow(limit: float) -> Failure:
    """Returns the failure of a response that was not complete in time.

    Args:
        limit: Timeout of the response, in seconds.
    """
    return Lost(f"there was no complete response within {limit:.3g} s")


def _unconnected(text: str) -> str:
    what = text.rpartition("Failed to establish a new connection: ")[2] or text
    if "resolve" in text or "getaddrinfo" in text or "Name or service" in text:
        return f"its name cannot be resolved ({what.rpartition('(')[2].rstrip(')') or what})"
    return f"no connection ({what})"


def _innermost(err: BaseException) -> BaseException:
    """Returns the cause that the HTTP libraries wrap, without the URLs that they quote."""
    for wrapped in (getattr(err, "reason", None), *err.args):
        if isinstance(wrapped, BaseException):
            return _innermost(wrapped)
    return err
