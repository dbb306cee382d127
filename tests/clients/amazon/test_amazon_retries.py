from __future__ import annotations

import logging
from decimal import Decimal

import pytest
import requests
from amazon_stub import Opener, Stub, Time

from amazon_sp import NotAllowed, Session, orders
from amazon_sp.errors import (
    AccessDenied,
    NotFound,
    Refused,
    Throttled,
    Unavailable,
)
from simulators.amazon_sp import Seller
from simulators.wsgi import ConnectionDropped, LoopbackServer, Request, Response

SELLERS = "/sellers/v1/marketplaceParticipations"
ORDERS = "/orders/2026-01-01/orders"
GROUPS = "/finances/v0/financialEventGroups"
QUOTA = Response(429, {"errors": [{"code": "QuotaExceeded", "message": "You exceeded"}]})
OK = Response(200, {"payload": []})


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_amazons_own_faults_are_waited_out_with_doubling_waits(
    amazon: Session, stub: Stub, time: Time, status: int
) -> None:
    stub.answer(SELLERS, *[Response(status, b"")] * 5, OK)
    amazon.read(SELLERS)
    assert len(stub.asked(SELLERS)) == 6
    assert time.waits == [1.0, 2.0, 4.0, 8.0, 16.0]


def test_amazons_own_faults_end_after_six_tries(amazon: Session, stub: Stub) -> None:
    stub.answer(SELLERS, Response(503, {"errors": []}, {"x-amzn-RequestId": "r-6"}))
    with pytest.raises(Unavailable, match=r"run again later .*\[request id r-6\]"):
        amazon.read(SELLERS)
    assert len(stub.asked(SELLERS)) == 6


@pytest.mark.parametrize(("status", "error"), [(400, Refused), (404, NotFound), (415, Refused)])
def test_a_refusal_is_never_repeated(
    amazon: Session, stub: Stub, time: Time, status: int, error: type
) -> None:
    stub.answer(SELLERS, Response(status, {"errors": [{"code": "A", "message": "b"}]}))
    with pytest.raises(error, match="A: b"):
        amazon.read(SELLERS)
    assert len(stub.asked(SELLERS)) == 1
    assert time.waits == []


def test_a_missing_role_is_named_after_one_try_with_a_new_token(
    amazon_account: Session, seller: Seller
) -> None:
    seller.roles.clear()
    with pytest.raises(AccessDenied, match="'Inventory and Order Tracking'"):
        next(orders.search(amazon_account, {"lastUpdatedAfter": "2026-11-01T00:00:00Z"}))
    assert [call.status for call in seller.calls if call.path == ORDERS] == [403, 403]


def test_a_lost_connection_is_tried_again(opened: Opener, time: Time) -> None:
    tries = []

    def drops_twice(request: Request) -> Response:
        if request.path != SELLERS:
            return Response(200, {"access_token": "Atza|x", "expires_in": 3600})
        tries.append(request)
        if len(tries) < 3:
            raise ConnectionDropped
        return OK

    with LoopbackServer(drops_twice) as host:
        opened(host.url).read(SELLERS)
    assert len(tries) == 3
    assert time.waits == [1.0, 2.0]


def test_half_an_answer_is_tried_again(amazon: Session, stub: Stub) -> None:
    stub.answer(SELLERS, Response(200, b'{"payload": []}', cut=5), OK)
    assert amazon.read(SELLERS) == {"payload": []}


def test_a_host_that_cannot_be_reached_is_named_without_its_address(
    opened: Opener, time: Time
) -> None:
    with pytest.raises(Unavailable, match="cannot be reached") as caught:
        opened("http://127.0.0.1:9").read(SELLERS)
    assert "127.0.0.1" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert len(time.waits) == 5


def test_an_answer_that_is_not_json_is_an_error(amazon: Session, stub: Stub) -> None:
    stub.answer(SELLERS, Response(200, b"<html>hello</html>"))
    with pytest.raises(Unavailable, match="not a JSON object"):
        amazon.read(SELLERS)


def test_fractions_arrive_exactly(amazon: Session, stub: Stub) -> None:
    stub.answer(GROUPS, Response(200, b'{"payload": {"a": 0.10, "b": 79228162514264.33}}'))
    assert amazon.read(GROUPS)["payload"] == {
        "a": Decimal("0.10"),
        "b": Decimal("79228162514264.33"),
    }


def test_a_429_waits_as_long_as_one_token_takes(
    amazon: Session, stub: Stub, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    stub.answer(ORDERS, QUOTA, Response(200, {"orders": []}))
    amazon.read(ORDERS)
    assert time.waits == [pytest.approx(1 / (0.0056 * 0.95))]
    assert [record.message for record in caplog.records if "Waiting" in record.message] == [
        "Waiting 3 min 08 s: Amazon throttles searchOrders (HTTP 429: QuotaExceeded: You exceeded)"
    ]


def test_a_429_on_a_fast_operation_backs_off_further_each_time(
    amazon: Session, stub: Stub, time: Time
) -> None:
    stub.answer(GROUPS, *[QUOTA] * 4, OK)
    amazon.read(GROUPS)
    token = pytest.approx(1 / (0.5 * 0.95))
    assert time.waits == [token, 4.0, 8.0, 16.0]


def test_waiting_for_throttled_calls_is_bounded(
    opened: Opener, host: LoopbackServer, stub: Stub, time: Time
) -> None:
    stub.answer(ORDERS, QUOTA)
    with pytest.raises(Throttled, match="9 min 24 s, more than the 8 min 20 s allowed"):
        opened(host.url, max_wait=500).read(ORDERS)
    assert len(stub.asked(ORDERS)) == 3
    assert sum(time.waits) <= 500


def test_calls_are_paced_to_95_percent_of_the_usage_plan(
    amazon: Session, stub: Stub, time: Time
) -> None:
    stub.answer(ORDERS, Response(200, {"orders": []}))
    for _ in range(20):
        amazon.read(ORDERS)
    assert time.waits == []
    amazon.read(ORDERS)
    assert time.waits == [pytest.approx(1 / (0.0056 * 0.95), rel=1e-6)]


def test_operations_do_not_share_their_pace(amazon: Session, stub: Stub, time: Time) -> None:
    stub.answer(ORDERS, Response(200, {"orders": []}))
    stub.answer(SELLERS, OK)
    for _ in range(20):
        amazon.read(ORDERS)
    amazon.read(SELLERS)
    assert time.waits == []


def test_the_header_sets_the_pace(amazon: Session, stub: Stub, time: Time) -> None:
    stub.answer(ORDERS, Response(200, {"orders": []}, {"x-amzn-RateLimit-Limit": "0.5"}))
    for _ in range(21):
        amazon.read(ORDERS)
    assert time.waits == [pytest.approx(1 / (0.5 * 0.95), rel=1e-6)]


@pytest.mark.parametrize("header", ["", "abc", "-1", "0", "inf", "nan"])
def test_a_senseless_header_leaves_the_pace_alone(
    amazon: Session, stub: Stub, time: Time, header: str
) -> None:
    stub.answer(ORDERS, Response(200, {"orders": []}, {"x-amzn-RateLimit-Limit": header}))
    for _ in range(21):
        amazon.read(ORDERS)
    assert time.waits == [pytest.approx(1 / (0.0056 * 0.95), rel=1e-6)]


def test_a_short_wait_is_not_worth_a_log_line(
    amazon: Session, stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    stub.answer(GROUPS, QUOTA, OK)
    amazon.read(GROUPS)
    assert not [record for record in caplog.records if "Waiting" in record.message]


def test_a_paced_client_meets_no_429_at_the_simulated_account(
    amazon_account: Session, seller: Seller, time: Time
) -> None:
    for _ in range(25):
        amazon_account.read(SELLERS)
    assert {call.status for call in seller.calls} == {200}
    assert sum(time.waits) > 9 * 60


def test_the_token_does_not_follow_a_redirect(amazon: Session, stub: Stub) -> None:
    seen = []

    def elsewhere(request: Request) -> Response:
        seen.append(request)
        return OK

    with LoopbackServer(elsewhere) as other:
        stub.answer(SELLERS, Response(307, b"", {"Location": other.url + SELLERS}))
        with pytest.raises(Refused, match="redirects"):
            amazon.read(SELLERS)
    assert seen == []


@pytest.mark.parametrize("path", ["https://example.com/x", "//example.com/x", "relative"])
def test_a_session_takes_paths_of_its_own_host_only(amazon: Session, path: str) -> None:
    with pytest.raises(NotAllowed):
        amazon.get(path)


def test_a_request_prepared_for_another_host_is_not_signed(amazon: Session) -> None:
    elsewhere = requests.Request("GET", "https://example.com/").prepare()
    with pytest.raises(NotAllowed):
        amazon.send(elsewhere)
    assert "x-amz-access-token" not in elsewhere.headers


def test_a_write_is_not_repeated_after_a_fault(amazon: Session, stub: Stub) -> None:
    stub.answer(SELLERS, Response(500, b""))
    with pytest.raises(Unavailable):
        amazon.post(SELLERS, json={})
    assert len(stub.asked(SELLERS)) == 1
