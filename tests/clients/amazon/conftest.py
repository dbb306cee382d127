from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from amazon_stub import TOKEN_PATH, Opener, Stub, Time

from amazon_sp import Limits, LwaAuth, Session
from simulators.amazon_sp import Seller, server
from simulators.amazon_sp.demo import demo_seller
from simulators.clock import Clock
from simulators.wsgi import LoopbackServer

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def stub() -> Stub:
    return Stub()


@pytest.fixture
def host(stub: Stub) -> Iterator[LoopbackServer]:
    with LoopbackServer(stub) as running:
        yield running


@pytest.fixture
def opened(time: Time) -> Iterator[Opener]:
    """Open a session with a host, as the demo seller's application, in the test's own time."""
    sessions: list[Session] = []

    def open_session(url: str, *, max_wait: float = 3600.0, secret: str = "") -> Session:
        limits = Limits(max_wait=max_wait, clock=time, sleep=time.sleep, chance=lambda: 0.0)
        auth = LwaAuth(
            "amzn1.application-oa2-client.demo",
            secret or "amzn1.oa2-cs.v1.demo",
            "Atzr|demo",
            url=url + TOKEN_PATH,
            user_agent_app="books-test/1.0",
            limits=limits,
        )
        sessions.append(Session(url, auth))
        return sessions[-1]

    yield open_session
    for session in sessions:
        session.close()


@pytest.fixture
def amazon(opened: Opener, host: LoopbackServer) -> Session:
    """A session with the stub."""
    return opened(host.url)


@pytest.fixture
def seller(time: Time) -> Seller:
    """The demo seller, whose clock moves with the test's."""
    clock = Clock(at=NOON)
    time.followers.append(clock)
    return demo_seller(NOON, clock)


@pytest.fixture
def account(seller: Seller) -> Iterator[LoopbackServer]:
    with server(seller) as running:
        yield running


@pytest.fixture
def amazon_account(opened: Opener, account: LoopbackServer) -> Session:
    """A session with the simulated account of the demo seller."""
    return opened(account.url)
