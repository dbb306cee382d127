"""One answer from a browser, by a listener on this machine or by a person who pastes it."""

from __future__ import annotations

import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Take = Callable[[dict[str, str]], str | None]
"""Takes the query of a redirect; gives words when it is not the answer that was asked for."""


def query_of(address: str) -> dict[str, str]:
    """Read the query of an address as a browser shows it."""
    return dict(parse_qsl(urlsplit(address.strip()).query))


def listen(redirect_uri: str, take: Take, seconds: float) -> bool:
    """Wait on the loopback until `take` has its answer; False when the time is up."""
    parts = urlsplit(redirect_uri)
    done = False

    class Page(BaseHTTPRequestHandler):
        timeout = 10  # a browser may open a line and say nothing

        def do_GET(self) -> None:
            nonlocal done
            if urlsplit(self.path).path != parts.path:
                self._say(404, "Nothing is here.")
                return
            objection = take(query_of(self.path))
            done = objection is None
            self._say(400 if objection else 200, objection or "Close this page and look there.")

        def _say(self, status: int, words: str) -> None:
            page = f"{words}\n".encode()
            self.send_response_only(status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.send_header("Referrer-Policy", "no-referrer")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: Any) -> None:
            """Keep quiet: the request line holds the code."""

    with HTTPServer(("127.0.0.1", parts.port or 80), Page) as server:
        end = time.monotonic() + seconds
        while not done and (left := end - time.monotonic()) > 0:
            server.timeout = left
            server.handle_request()
    return done
