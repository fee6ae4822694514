"""An exception of the HTTP libraries in, what it means for the request that was being made out."""

from __future__ import annotations

import ssl

import requests
import urllib3.exceptions

from kedro_kubeflow.client.failures import Failure, Lost, NotSent, Untrusted

_UNKNOWN_AUTHORITY = (2, 18, 19, 20, 21)
"""OpenSSL's codes for a certificate whose authority is not known here, and for a self-signed one."""

_ENDED = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
"""The other side has hung up; on an encrypted connection this counts as an error of its own."""

_READ_TIMEOUTS = (urllib3.exceptions.ReadTimeoutError, TimeoutError)


def network_failure(err: Exception, connect: float, limit: float) -> Failure:
    """Says what an exception means for the request.

    Args:
        err: What requests or urllib3 raised.
        connect: The limit for a connection, in seconds.
        limit: The limit for an answer, in seconds.
    """
    reason = _innermost(err)
    if isinstance(err, requests.exceptions.SSLError) and not isinstance(reason, _ENDED):
        return Untrusted(_unsecured(reason))
    if isinstance(err, requests.exceptions.ConnectTimeout):
        return NotSent(f"no connection within {connect:.3g} s")
    if isinstance(err, requests.exceptions.Timeout) or isinstance(reason, _READ_TIMEOUTS):
        return too_slow(limit)
    if isinstance(err, requests.exceptions.InvalidURL):
        return Untrusted(f"this is no address that can be asked ({reason})")
    if isinstance(err, requests.exceptions.ProxyError):
        return NotSent(f"the proxy that the environment names does not help ({reason})")
    if isinstance(reason, urllib3.exceptions.NewConnectionError):
        return NotSent(_unconnected(str(reason)))
    return Lost(f"the connection broke before the answer was complete ({reason})")


def _unsecured(reason: BaseException) -> str:
    if isinstance(reason, ssl.SSLCertVerificationError):
        problem = f"the server's certificate is not trusted ({reason.verify_message})"
        if reason.verify_code in _UNKNOWN_AUTHORITY:
            return f"{problem}; set KUBEFLOW_CA_FILE to the file of the authority that signed it"
        return problem
    if type(reason).__name__ == "CertificateError":
        # urllib3 before 2.0 compares the names by itself.
        return f"the server's certificate is not trusted ({reason})"
    return f"no encrypted connection ({reason}); is it https that the host speaks?"


def too_slow(limit: float) -> Failure:
    """Says that an answer was not complete in time, in seconds."""
    return Lost(f"there was no complete answer within {limit:.3g} s")


def _unconnected(text: str) -> str:
    what = text.rpartition("Failed to establish a new connection: ")[2] or text
    if "resolve" in text or "getaddrinfo" in text or "Name or service" in text:
        return f"its name cannot be resolved ({what.rpartition('(')[2].rstrip(')') or what})"
    return f"no connection ({what})"


def _innermost(err: BaseException) -> BaseException:
    """Digs out the cause that the HTTP libraries wrap, without the addresses they quote."""
    for wrapped in (getattr(err, "reason", None), *err.args):
        if isinstance(wrapped, BaseException):
            return _innermost(wrapped)
    return err
