"""Calls to the simulator without a network: the campaign makes tens of thousands of them.

What a connection does is imitated: a line that goes dead, and an answer that ends too early.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import requests
from requests.adapters import HTTPAdapter
from urllib3.response import HTTPResponse

from simulators.wsgi import App, ConnectionDropped, Request


class InProcess(HTTPAdapter):
    """Hands requests to an application, and its answers back as if they had been read."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        body = request.body or b""
        asked = Request.of(str(request.method), request.path_url, dict(request.headers), body)
        try:
            answer = self._app(asked)
        except ConnectionDropped as dropped:
            raise requests.ConnectionError("the line went dead", request=request) from dropped
        content = answer.content()
        headers = {**answer.fields(), "Content-Length": str(len(content))}
        raw = HTTPResponse(
            body=io.BytesIO(content if answer.cut is None else content[: answer.cut]),
            headers=headers,
            status=answer.status,
            preload_content=False,
            enforce_content_length=True,
        )
        response: requests.Response = self.build_response(request, raw)
        return response


@contextmanager
def in_process(app: App) -> Iterator[None]:
    """Let every session of this process talk to one application, whatever the address."""
    adapter = InProcess(app)
    with patch.object(requests.Session, "get_adapter", lambda *_, **__: adapter):
        yield
