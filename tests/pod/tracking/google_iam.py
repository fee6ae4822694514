"""Google's IAM Credentials service on loopback, reached through a proxy as any host of Google's would be.

google-auth asks ``iamcredentials.googleapis.com`` by name and over TLS; HTTPS_PROXY leads it here.
"""

from __future__ import annotations

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from kfp_server.certificates import make_certificates
from kfp_server.google_tokens import identity_token

HOST = "iamcredentials.googleapis.com"


class IamCredentials:
    """Gives an identity token of the account in the path for the audience in the body.

    Args:
        folder: gets the certificate authority.

    Attributes:
        issued: token to the account and the audience that it is for.
        asked: ``Authorization`` headers of those who asked.
    """

    def __init__(self, folder: Path) -> None:
        self.issued: dict[str, tuple[str, str]] = {}
        self.asked: list[str] = []
        made = make_certificates(folder, HOST)
        self._authority = made.authority
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(made.certificate, made.key)
        self._listener = _Listener(("127.0.0.1", 0), _Handler)
        self._listener.service = self
        threading.Thread(target=self._listener.serve_forever, args=(0.01,), daemon=True).start()

    def environ(self) -> dict[str, str]:
        """Variables of a process that shall find the service here."""
        port = self._listener.server_address[1]
        return {
            "HTTPS_PROXY": f"http://127.0.0.1:{port}",
            "NO_PROXY": "127.0.0.1",
            "REQUESTS_CA_BUNDLE": str(self._authority),
        }

    def give(self, path: str, body: Any, authorization: str) -> dict[str, str]:
        account = path.rpartition("/")[2].partition(":")[0]
        token = identity_token(body["audience"], 3600, len(self.issued))
        self.issued[token] = (account, body["audience"])
        self.asked.append(authorization)
        return {"token": token}

    def __enter__(self) -> IamCredentials:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown()
        self._listener.server_close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    service: IamCredentials


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener

    def do_CONNECT(self) -> None:
        assert self.path == f"{HOST}:443", self.path
        self.send_response(200)
        self.end_headers()
        # What follows on this connection is TLS, and the next request comes through it.
        self.connection = self.server.service.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)  # type: ignore[assignment]
        self.close_connection = False

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps(
            self.server.service.give(self.path, body, self.headers["Authorization"])
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""
