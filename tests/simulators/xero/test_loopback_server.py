"""The HTTP under both simulators."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from simulators.clock import Clock
from simulators.exact_json import encode_json
from simulators.wsgi import LoopbackServer, Request, Response, Router


def echo(request: Request) -> Response:
    if request.path == "/empty":
        return Response(204)
    return Response(200, {"path": request.path, "query": request.query, "size": len(request.body)})


@pytest.fixture
def connection() -> Iterator[http.client.HTTPConnection]:
    with LoopbackServer(echo) as server:
        opened = http.client.HTTPConnection("127.0.0.1", server.port)
        yield opened
        opened.close()


def test_it_listens_on_the_loopback_alone() -> None:
    with LoopbackServer(echo) as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        assert server._server.socket.getsockname()[0] == "127.0.0.1"


def test_many_requests_use_one_connection(connection: http.client.HTTPConnection) -> None:
    sockets = set()
    for path in ("/a%20b?x=1&x=2&y=", "/empty", "/c"):
        connection.request("PUT", path, b"body")
        response = connection.getresponse()
        response.read()
        sockets.add(connection.sock)
    assert len(sockets) == 1
    connection.request("GET", "/a%20b?x=1&x=2&y=")
    assert (
        connection.getresponse().read()
        == b'{"path":"/a b","query":{"x":["1","2"],"y":[""]},"size":0}'
    )


def test_a_head_request_gets_no_body(connection: http.client.HTTPConnection) -> None:
    connection.request("HEAD", "/a")
    response = connection.getresponse()
    assert int(response.headers["Content-Length"]) > 0
    assert response.read() == b""


def test_a_body_in_chunks_is_put_together(connection: http.client.HTTPConnection) -> None:
    for _ in range(2):
        connection.request("PUT", "/a", iter([b"one", b"three"]), encode_chunked=True)
        assert connection.getresponse().read() == b'{"path":"/a","query":{},"size":8}'


def test_a_stopped_server_leaves_its_port_and_its_connections() -> None:
    with LoopbackServer(echo) as server:
        opened = http.client.HTTPConnection("127.0.0.1", server.port)
        opened.request("GET", "/a")
        opened.getresponse().read()
    assert opened.sock.recv(1) == b""
    opened.close()
    with LoopbackServer(echo, server.port) as again:
        assert again.port == server.port


def test_routes_take_segments_and_know_their_methods() -> None:
    router = Router()
    router.add("GET", "/a/{one}/b.c", lambda _, one: Response(200, one))
    assert router(Request.of("GET", "/a/x%20y/b.c")).body == "x y"
    assert router(Request.of("GET", "/a/x/bxc")).status == 404
    refused = router(Request.of("PUT", "/a/x/b.c"))
    assert (refused.status, refused.headers) == (405, {"Allow": "GET"})


def test_header_names_match_in_any_case() -> None:
    request = Request.of("GET", "/", {"Xero-Tenant-Id": "t"})
    assert request.headers["xero-tenant-id"] == "t"
    assert request.headers.get("nothing") is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.10"), "1.10"),
        (Decimal("1E+3"), "1000"),
        ([1, True, None, "é"], r'[1,true,null,"\u00e9"]'),
        ({"a": {"b": ()}}, '{"a":{"b":[]}}'),
    ],
)
def test_json_keeps_every_digit(value: object, text: str) -> None:
    assert encode_json(value) == text


def test_json_refuses_floats() -> None:
    with pytest.raises(TypeError, match="float has no exact JSON form"):
        encode_json([0.1])


def test_a_clock_stands_still_until_it_is_moved() -> None:
    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC))
    assert clock.now() == clock.now()
    assert clock.advance(timedelta(hours=1), seconds=1) == datetime(2026, 1, 1, 1, 0, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="never goes back"):
        clock.advance(seconds=-1)
    with pytest.raises(ValueError, match="aware"):
        Clock(datetime(2026, 1, 1))  # noqa: DTZ001 - the fault under test


def test_a_clock_without_a_start_is_real_time() -> None:
    clock = Clock()
    clock.advance(days=1)
    assert clock.now() - datetime.now(UTC) > timedelta(hours=23)
