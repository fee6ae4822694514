"""Nothing in, the address of a server out that says of itself that it is Kubeflow Pipelines and well."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Healthz(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = self.path.endswith("/healthz")
        body = json.dumps({"multi_user": False} if known else {"error": "not found"}).encode()
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing of each request."""


@contextmanager
def kfp_stub() -> Iterator[str]:
    """Serves on loopback while the block lasts.

    The existing plugin makes its ``kfp.Client`` before it compiles, and the client asks
    ``/apis/v1beta1/healthz`` on construction whether the server has several users; with no answer it tries
    again for some seconds and then raises. One answer is all that its ``compile`` needs of a server.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Healthz)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
