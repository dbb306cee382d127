"""HTTP for the simulators: requests, answers, routes and a threaded server on the loopback.

A simulator is a function from `Request` to `Response`. It can be called in process, or served by
`LoopbackServer` to another program. Numbers keep their exact decimal text in both directions.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import parse_qs, unquote, urlsplit

from simulators.exact_json import encode_json
from simulators.headers import Headers


@dataclass(frozen=True)
class Request:
    """One HTTP request as it arrived; `path` is decoded and has no query."""

    method: str
    path: str
    query: dict[str, list[str]] = field(default_factory=dict)
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    target: str = ""

    @classmethod
    def of(
        cls,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | str = b"",
    ) -> Request:
        """Read a request target such as `/Invoices?page=1`."""
        parts = urlsplit(target)
        return cls(
            method=method.upper(),
            path=unquote(parts.path),
            query=parse_qs(parts.query, keep_blank_values=True),
            headers=Headers(headers),
            body=body.encode() if isinstance(body, str) else body,
            target=target,
        )

    def arg(self, name: str, default: str = "") -> str:
        """Give the first value of a query parameter."""
        return self.query.get(name, [default])[0]

    def json(self) -> Any:
        """Read the body as JSON, every fraction a Decimal; ValueError when it is not JSON."""
        return json.loads(self.body.decode("utf-8"), parse_float=Decimal)

    def form(self) -> dict[str, str]:
        """Read the body as an HTML form; the first value of each field."""
        fields = parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: values[0] for name, values in fields.items()}


@dataclass
class Response:
    """One HTTP answer; a dict or list becomes JSON; `cut` bytes are sent, then the line closes."""

    status: int = 200
    body: bytes | str | dict[str, Any] | list[Any] = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None

    def content(self) -> bytes:
        """Give the body as it goes over the wire."""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else encode_json(self.body)).encode()

    def fields(self) -> dict[str, str]:
        """Give the header fields to send, with a content type for the kind of body."""
        known = {name.lower() for name in self.headers}
        if "content-type" in known or self.body in (b"", ""):
            return dict(self.headers)
        plain = isinstance(self.body, bytes | str)
        kind = "text/plain; charset=utf-8" if plain else "application/json; charset=utf-8"
        return {"Content-Type": kind, **self.headers}


class App(Protocol):
    """A simulator as HTTP sees it."""

    def __call__(self, request: Request) -> Response:
        """Answer one request; raise `ConnectionDropped` to give none."""


class ConnectionDropped(Exception):
    """The connection closes without an answer."""


@dataclass
class Call:
    """One request that a simulator received; `status` stays None when no answer went out."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Headers
    body: bytes
    status: int | None = None

    @classmethod
    def of(cls, request: Request) -> Call:
        """Note down a request."""
        return cls(request.method, request.path, request.query, request.headers, request.body)


Handler = Callable[..., Response]


class Router:
    """Routes by method and path; `{name}` stands for one path segment, given to the handler."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []

    def add(self, method: str, path: str, handler: Handler) -> None:
        """Let `handler(request, **segments)` answer a method on a path."""
        pieces = re.split(r"\{(\w+)\}", path)
        pattern = "".join(
            f"(?P<{piece}>[^/]+)" if at % 2 else re.escape(piece) for at, piece in enumerate(pieces)
        )
        self._routes.append((method, re.compile(pattern), handler))

    def find(self, method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
        """Find the handler of a request and its path segments, or None."""
        for known, pattern, handler in self._routes:
            found = pattern.fullmatch(path)
            if found and known == method:
                return handler, found.groupdict()
        return None

    def methods(self, path: str) -> list[str]:
        """List the methods that a path has; none when nobody knows the path."""
        return [method for method, pattern, _ in self._routes if pattern.fullmatch(path)]

    def __call__(self, request: Request) -> Response:
        """Answer by route: 404 for an unknown path, 405 for an unknown method."""
        found = self.find(request.method, request.path)
        if found:
            handler, segments = found
            return handler(request, **segments)
        allowed = self.methods(request.path)
        if allowed:
            return Response(405, b"", {"Allow": ", ".join(allowed)})
        return Response(404, b"")


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    app: App

    def _answer(self) -> None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            body = b"".join(self._chunks())
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request.of(self.command, self.path, dict(self.headers.items()), body)
        try:
            response = self.app(request)
        except ConnectionDropped:
            self.close_connection = True
        else:
            self._send(response, head=self.command == "HEAD")

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().partition(b";")[0] or b"0", 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailing fields say nothing here

    def _send(self, response: Response, *, head: bool) -> None:
        content = response.content()
        self.send_response_only(response.status)
        self.send_header("Date", self.date_time_string())
        for name, value in response.fields().items():
            self.send_header(name, value)
        if response.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(content)))
        if response.cut is not None:
            content = content[: response.cut]
            self.close_connection = True
        # One write for head and body: two small writes wait for a delayed acknowledgement.
        self._headers_buffer.append(b"\r\n" + (b"" if head else content))
        try:
            self.flush_headers()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def __getattr__(self, name: str) -> Any:
        # http.server looks for do_GET, do_PUT and so on: here one answer serves every method.
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionResetError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's name
        """Keep quiet: calls are noted by the simulators themselves."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], connection: type[_Connection]) -> None:
        self.open: set[socket.socket] = set()
        super().__init__(address, connection)

    def server_bind(self) -> None:
        # http.server would look its own name up in DNS here, which can take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)


class LoopbackServer:
    """Serves an app on 127.0.0.1, one thread per connection; port 0 takes a free one."""

    def __init__(self, app: App, port: int = 0) -> None:
        connection = type("_AppConnection", (_Connection,), {"app": staticmethod(app)})
        self._server = _Server(("127.0.0.1", port), connection)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True
        )

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.server_port

    @property
    def url(self) -> str:
        """The root, such as http://127.0.0.1:8802."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Begin to answer, in a thread of its own."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering and close every connection."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        for connection in list(self._server.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # its own thread closed it first

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
