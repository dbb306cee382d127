from __future__ import annotations

import traceback
from collections.abc import Callable

import pytest
from amazon_stub import Opener, Stub, Time

from amazon_sp import LwaAuth, NotAllowed, Session, endpoint
from amazon_sp.auth import user_agent
from amazon_sp.errors import (
    AmazonError,
    AuthorisationRevoked,
    ClientRefused,
    Refused,
    Unavailable,
)
from simulators.amazon_sp import Seller
from simulators.wsgi import LoopbackServer, Response

PATH = "/sellers/v1/marketplaceParticipations"
TOKEN_PATH = "/auth/o2/token"


def test_one_token_serves_until_a_minute_before_it_ends(
    amazon: Session, stub: Stub, time: Time
) -> None:
    stub.answer(PATH, Response(200, {"payload": []}))
    amazon.read(PATH)
    time.pass_by(3600 - 61)
    amazon.read(PATH)
    assert stub.tokens == 1
    time.pass_by(1)
    amazon.read(PATH)
    assert stub.tokens == 2
    sent = [request.headers["x-amz-access-token"] for request in stub.asked(PATH)]
    assert sent == ["Atza|1", "Atza|1", "Atza|2"]


def test_the_token_is_asked_for_as_a_form(amazon: Session, stub: Stub) -> None:
    stub.answer(PATH, Response(200, {"payload": []}))
    amazon.read(PATH)
    (asked,) = stub.asked(TOKEN_PATH)
    assert asked.form() == {
        "grant_type": "refresh_token",
        "client_id": "amzn1.application-oa2-client.demo",
        "client_secret": "amzn1.oa2-cs.v1.demo",
        "refresh_token": "Atzr|demo",
    }


def test_a_token_that_ends_during_a_wait_is_replaced_before_the_call(
    amazon: Session, stub: Stub, time: Time
) -> None:
    plan_exhausted = Response(429, {"errors": [{"code": "QuotaExceeded", "message": "quota"}]})
    stub.answer(PATH, Response(200, {"payload": []}))
    amazon.read(PATH)
    time.pass_by(3600 - 70)
    stub.answers[PATH] = [plan_exhausted, Response(200, {"payload": []})]
    amazon.read(PATH)
    sent = [request.headers["x-amz-access-token"] for request in stub.asked(PATH)]
    assert sent == ["Atza|1", "Atza|1", "Atza|2"]


def test_a_refused_token_is_replaced_once(amazon: Session, stub: Stub) -> None:
    stub.answer(PATH, Response(403, {"errors": []}), Response(200, {"payload": [1]}))
    assert amazon.read(PATH) == {"payload": [1]}
    assert stub.tokens == 2


def test_an_expired_token_is_replaced_at_the_simulated_account(
    amazon_account: Session, seller: Seller
) -> None:
    amazon_account.read(PATH)
    seller.clock.advance(hours=2)  # the account's clock runs ahead of ours
    assert len(amazon_account.read(PATH)["payload"]) == 2


def test_a_revoked_authorisation_says_to_authorise_again(
    amazon_account: Session, seller: Seller
) -> None:
    seller.revoke()
    with pytest.raises(AuthorisationRevoked, match="authorise the application again") as caught:
        amazon_account.read(PATH)
    assert "invalid_grant" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_ended_client_secret_says_so(opened: Opener, account: LoopbackServer) -> None:
    with pytest.raises(ClientRefused, match="180 days") as caught:
        opened(account.url, secret="amzn1.oa2-cs.v1.wrong").read(PATH)
    assert "amzn1.oa2-cs.v1.wrong" not in str(caught.value)


@pytest.mark.parametrize(
    "fault",
    [
        Response(500, b""),
        Response(503, {"error": "temporarily_unavailable"}),
        Response(400, {"error": "server_error", "error_description": "later"}),
        Response(429, b""),
        Response(200, b"<html>not a token</html>"),
    ],
    ids=["500", "503", "server_error", "429", "no token"],
)
def test_a_passing_fault_of_the_login_is_waited_out(
    amazon: Session, stub: Stub, time: Time, fault: Response
) -> None:
    stub.answer(PATH, Response(200, {"payload": []}))
    stub.token_answers = [fault, fault]
    amazon.read(PATH)
    assert stub.tokens == 1
    assert time.waits == [0.5, 1.0]


def test_the_login_is_tried_six_times(amazon: Session, stub: Stub, time: Time) -> None:
    stub.answer(PATH, Response(200, {"payload": []}))
    stub.token_answers = [Response(500, b"") for _ in range(6)]
    with pytest.raises(Unavailable, match="Login with Amazon fails; run again later"):
        amazon.read(PATH)
    assert stub.tokens == 0
    assert time.waits == [0.5, 1.0, 2.0, 4.0, 8.0]


def test_no_login_is_tried_again_after_a_final_refusal(
    amazon: Session, stub: Stub, time: Time
) -> None:
    stub.token_answers = [Response(400, {"error": "invalid_scope"})]
    with pytest.raises(Refused, match="check auth_url"):
        amazon.read(PATH)
    assert time.waits == []


def test_secrets_are_blanked_in_what_amazon_says_back(amazon: Session, stub: Stub) -> None:
    said = "Atzr|demo and amzn1.oa2-cs.v1.demo are not good"
    stub.token_answers = [Response(400, {"error": "invalid_grant", "error_description": said})]
    with pytest.raises(AuthorisationRevoked) as caught:
        amazon.read(PATH)
    told = "".join(traceback.format_exception(caught.value))
    assert "Atzr|demo" not in told
    assert "amzn1.oa2-cs.v1.demo" not in told
    assert "*** and *** are not good" in told


def test_an_access_token_is_blanked_in_a_refusal(amazon: Session, stub: Stub) -> None:
    stub.answer(PATH, Response(400, {"errors": [{"code": "X", "message": "bad Atza|1"}]}))
    with pytest.raises(Refused) as caught:
        amazon.read(PATH)
    assert "Atza|1" not in str(caught.value)
    assert "bad ***" in str(caught.value)


def test_every_request_names_application_language_and_platform(amazon: Session, stub: Stub) -> None:
    stub.answer(PATH, Response(200, {"payload": []}))
    amazon.read(PATH)
    agents = {request.headers["User-Agent"] for request in stub.requests}
    assert len(agents) == 1
    (agent,) = agents
    assert agent.startswith("books-test/1.0 (Language=Python/3.")
    assert "; Platform=" in agent


@pytest.mark.parametrize("app", ["", "no-version", "a/1\nX: y", "a/1 (b)", "n/" + "1" * 500])
def test_a_user_agent_that_amazon_would_refuse_is_refused_first(app: str) -> None:
    with pytest.raises(ValueError, match="user_agent_app"):
        user_agent(app)


@pytest.mark.parametrize(
    "make",
    [
        lambda: endpoint(api_url="http://sellingpartnerapi-eu.amazon.com"),
        lambda: endpoint(api_url="ftp://127.0.0.1"),
        lambda: endpoint(api_url="https://user:word@example.com"),
        lambda: endpoint(api_url="https://"),
        lambda: endpoint("us"),
        lambda: endpoint(None),
        lambda: LwaAuth("a", "b", "c", url="http://api.amazon.com/auth/o2/token"),
    ],
)
def test_only_https_to_known_hosts_save_on_this_machine(make: Callable[[], object]) -> None:
    with pytest.raises(NotAllowed):
        make()


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("na", "https://sellingpartnerapi-na.amazon.com"),
        ("eu", "https://sellingpartnerapi-eu.amazon.com"),
        ("fe", "https://sellingpartnerapi-fe.amazon.com"),
    ],
)
def test_each_region_has_its_host(region: str, host: str) -> None:
    assert endpoint(region) == host


@pytest.mark.parametrize("url", ["http://127.0.0.1:8801/", "http://localhost", "http://[::1]:80"])
def test_plain_http_is_allowed_on_the_loopback(url: str) -> None:
    assert endpoint("eu", url) == url.rstrip("/")


def test_every_error_is_one_line_with_the_request_id(amazon: Session, stub: Stub) -> None:
    page = b"<html><head><title>400 Bad\nRequest</title></head><body>oh\n\nno</body></html>"
    headers = {"x-amzn-RequestId": "b1-c2", "Content-Type": "text/html"}
    stub.answer(PATH, Response(400, page, headers))
    with pytest.raises(AmazonError) as caught:
        amazon.read(PATH)
    assert str(caught.value).endswith("(HTTP 400: 400 Bad Request oh no) [request id b1-c2]")
    assert "\n" not in str(caught.value)
    assert caught.value.request_id == "b1-c2"
