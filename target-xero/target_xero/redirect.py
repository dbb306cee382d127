"""A listener on the loopback for the one redirect that carries a consent's code.

Xero takes https or http://localhost as a redirect address, not 127.0.0.1, and compares it letter
by letter with those registered for the app.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

PATH = "/callback"
_SILENT_SECONDS = 10


class PortTaken(OSError):
    """Another program listens on the port."""


class _Listener(TCPServer):
    """Takes calls one at a time; `answer` reads a redirect and says what the browser shows."""

    allow_reuse_address = os.name == "posix"  # elsewhere it would share the port
    answer: Callable[[dict[str, str]], tuple[int, str]]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a browser hang up; anything else is told as usual."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Page(BaseHTTPRequestHandler):
    timeout = _SILENT_SECONDS  # a browser may open a line and say nothing
    server: _Listener

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == PATH:
            status, words = self.server.answer(dict(parse_qsl(parts.query)))
        else:
            status, words = 404, "Nothing is here."
        page = f"{words}\n".encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        """Keep quiet: the request line holds the code."""


class Redirect:
    """Listens on http://localhost:<port>/callback; port 0 takes a free one."""

    def __init__(self, port: int) -> None:
        try:
            self._server = _Listener(("127.0.0.1", port), _Page)
        except OSError as taken:
            raise PortTaken(f"Port {port} of this machine is taken: {taken.strerror}") from taken
        self.uri = f"http://localhost:{self._server.server_address[1]}{PATH}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.server_close()

    def wait(self, read: Callable[[dict[str, str]], tuple[bool, str]], seconds: float) -> bool:
        """Show each redirect to `read` until it takes one; False when the time is up.

        read: gives whether it takes the query, and the words for the browser.
        """
        taken = False

        def answer(query: dict[str, str]) -> tuple[int, str]:
            nonlocal taken
            taken, words = read(query)
            return (200 if taken else 400), words

        self._server.answer = answer
        end = time.monotonic() + seconds
        while not taken and (left := end - time.monotonic()) > 0:
            self._server.timeout = left
            self._server.handle_request()
        return taken
