"""Serves a function from request to response over HTTP or HTTPS on loopback.

It records the requests and can inject faults. A stopped server can start again on the same port,
like a restarted pod.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Optional, TypeVar

from kfp_server.certificates import Certificates
from kfp_server.faults import Fault, FaultPlan, gateway_error
from kfp_server.messages import Answer, Recording, Request

Server = TypeVar("Server", bound="LoopbackServer")


class LoopbackServer:
    """Serves ``answer`` on a loopback address, always on the same port."""

    def __init__(
        self,
        answer: Callable[[Request], Answer],
        certificates: Optional[Certificates] = None,
        address: str = "127.0.0.1",
    ) -> None:
        self.address = address
        self.received = Recording()
        self.faults = FaultPlan()
        self.answer = answer
        self.port = 0
        self._certificates = certificates
        self._listener: Optional[_Listener] = None
        self.start()

    @property
    def url(self) -> str:
        scheme = "https" if self._certificates else "http"
        return f"{scheme}://{self.address}:{self.port}"

    def start(self) -> None:
        """Starts to listen, on the previous port if there was one."""
        if self._listener is not None:
            return
        listener = _Listener(self)
        if self._certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self._certificates.certificate, self._certificates.key)
            # The thread of the connection does the handshake: a client that refuses the certificate
            # must not block the thread that accepts connections.
            listener.socket = context.wrap_socket(
                listener.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = listener.server_address[1]
        threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True).start()
        self._listener = listener

    def stop(self) -> None:
        """Stops listening: from now on, connections are refused."""
        if self._listener is None:
            return
        self._listener.shutdown()
        self._listener.server_close()
        self._listener = None

    def restart_after(self, seconds: float) -> threading.Timer:
        """Stops now and starts again later, in a separate thread."""
        self.stop()
        timer = threading.Timer(seconds, self.start)
        timer.daemon = True
        timer.start()
        return timer

    def __enter__(self: Server) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(self, owner: LoopbackServer) -> None:
        self.owner = owner
        super().__init__((owner.address, owner.port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Prints nothing: the tests break connections on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener

    def handle_any(self) -> None:
        owner = self.server.owner
        headers = {name.lower(): value for name, value in self.headers.items()}
        length = int(headers.get("content-length") or 0)
        fault = owner.faults.take(Request(self.command, self.path, headers))
        if fault and fault.cut_upload_after is not None:
            part = self.rfile.read(min(fault.cut_upload_after, length))
            owner.received.add(Request(self.command, self.path, headers, part))
            self._reset()
            return
        request = Request(self.command, self.path, headers, self.rfile.read(length))
        owner.received.add(request)
        answer = owner.answer(request) if fault is None or _works(fault) else gateway_error()
        if fault is None:
            self._send(answer)
            return
        time.sleep(fault.delay)
        if fault.close:
            self._reset(fault.politely)
        else:
            self._send(fault.answer or answer, fault.drip)

    do_GET = do_POST = do_DELETE = handle_any

    def _send(self, answer: Answer, drip: float = 0.0) -> None:
        reason = self.responses.get(answer.status, ("Unknown",))[0]
        lines = [
            f"HTTP/1.1 {answer.status} {reason}",
            f"Content-Type: {answer.content_type}",
            f"Content-Length: {len(answer.body)}",
            f"Date: {self.date_time_string()}",
            *(f"{name}: {value}" for name, value in answer.headers),
        ]
        if self.headers.get("Connection", "").lower() == "close":
            lines.append("Connection: close")
            self.close_connection = True
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
        if not drip:
            self.wfile.write(answer.body)
            return
        for byte in answer.body:
            self.wfile.write(bytes([byte]))
            time.sleep(drip)

    def _reset(self, politely: bool = False) -> None:
        self.close_connection = True
        if politely:
            return
        with contextlib.suppress(OSError):
            # With linger 0, the connection is reset; a plain close would end it normally.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            socketserver.StreamRequestHandler.finish(self)

    def log_message(self, format: str, *args: object) -> None:
        """Prints nothing: the requests are recorded."""


def _works(fault: Fault) -> bool:
    """Returns whether the server does its work although the response is lost or replaced."""
    return fault.after_work or not (fault.close or fault.answer)
