"""Writes the key file of a service account for google-auth, and serves the endpoint that issues its tokens."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from kfp_server.http_server import LoopbackServer
from kfp_server.messages import Answer, Request, json_answer


class TokenEndpoint(LoopbackServer):
    """Issues identity tokens for the ``target_audience`` of the assertion, else access tokens.

    ``lifetime`` is how long the tokens are valid, in seconds. Signatures are not checked: the tests
    are not about who gets a token.
    """

    def __init__(self) -> None:
        self.issued: set[str] = set()
        self.lifetime = 3600
        super().__init__(self._respond)

    def write_key(self, folder: Path) -> Path:
        """Writes the JSON key of a service account that gets its tokens from this endpoint."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path = folder / "service-account.json"
        path.write_text(
            json.dumps(
                {
                    "type": "service_account",
                    "project_id": "test",
                    "private_key_id": "1",
                    "private_key": private.decode(),
                    "client_email": "robot@example.com",
                    "client_id": "1",
                    "token_uri": f"{self.url}/token",
                }
            )
        )
        return path

    def _respond(self, request: Request) -> Answer:
        assertion = request.form.get("assertion", "..")
        audience = claims_of(assertion).get("target_audience")
        if not audience:
            token = f"ya29.{len(self.issued)}"
            self.issued.add(token)
            return json_answer({"access_token": token, "expires_in": self.lifetime})
        token = identity_token(audience, self.lifetime, len(self.issued))
        self.issued.add(token)
        return json_answer({"id_token": token})


def identity_token(audience: str, lifetime: int, number: int) -> str:
    """Returns a token in Google's format; ``lifetime`` is in seconds, ``number`` makes it unique."""
    now = int(time.time())
    claims = {"aud": audience, "exp": now + lifetime, "iat": now, "n": number}
    return ".".join((_encode({"alg": "RS256"}), _encode(claims), "c2lnbmF0dXJl"))


def _encode(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def claims_of(token: str) -> dict[str, Any]:
    """Returns the claims of a token."""
    payload = token.split(".")[1]
    text = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    found: dict[str, Any] = json.loads(text or b"{}")
    return found
