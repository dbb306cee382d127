"""OAuth in the Xero client: rotation, lost answers, one renewal at a time, tenants, consent."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests

from simulators.clock import Clock
from simulators.wsgi import Call
from simulators.xero import Organisation, server
from simulators.xero.demo import OAUTH_REDIRECT_URI, demo_organisation
from xero_api import (
    ConsentEnded,
    InvalidClient,
    Limits,
    OAuthConnection,
    OwnQuota,
    Session,
    TenantNeeded,
    TokenEndpoint,
    Unauthorised,
    Unavailable,
    reads,
)
from xero_api.consent import ConsentRequest, ForeignAnswer
from xero_api.tenants import organisations

NOW = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)
CONNECT = "meltano invoke target-xero:connect"
SEED = "demo-refresh-token"
CLIENT, SECRET = "DEMOXEROOAUTH", "demo-oauth-secret"


class Store:
    """Keeps tokens as a database does: what was written stays, the rest is lost with the process.

    `history` is everything ever written; `room` is how often there is room for more.
    """

    def __init__(self) -> None:
        self.history: list[dict[str, str]] = []
        self.room: int | None = None
        self._lock = threading.Lock()

    def alone(self) -> AbstractContextManager[Any]:
        return self._lock

    def read(self) -> dict[str, str] | None:
        return dict(self.history[-1]) if self.history else None

    def write(self, content: Mapping[str, str], expires_at: datetime | None) -> None:
        del expires_at
        if self.room == 0:
            raise OSError("disk full")
        if self.room is not None:
            self.room -= 1
        self.history.append(dict(content))


@dataclass
class Xero:
    organisation: Organisation
    url: str
    store: Store = field(default_factory=Store)
    waits: list[float] = field(default_factory=list)

    @property
    def endpoint(self) -> TokenEndpoint:
        return TokenEndpoint(CLIENT, SECRET, identity_url=self.url, sleep=self.sleep)

    def connection(self, seed: str = SEED, tenant_id: str = "") -> OAuthConnection:
        return OAuthConnection(
            self.endpoint,
            self.store,
            api_url=f"{self.url}/api.xro/2.0",
            tenant_id=tenant_id,
            seed=seed,
            connect=CONNECT,
            now=self.organisation.clock.now,
            sleep=self.sleep,
        )

    def read_name(self, connection: OAuthConnection) -> str:
        limits = Limits(OwnQuota(), now=self.organisation.clock.now, sleep=self.sleep)
        api = f"{self.url}/api.xro/2.0"
        with Session(connection, limits, api_url=api, sleep=self.sleep) as session:
            return str(reads.organisation(session)["Name"])

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.organisation.clock.advance(seconds=seconds)

    def calls(self, part: str) -> list[Call]:
        return [each for each in self.organisation.calls if part in each.path]

    @property
    def asked_with(self) -> list[str]:
        """The refresh tokens that were sent, in order."""
        bodies = [parse_qs(each.body.decode()) for each in self.calls("/connect/token")]
        return [body["refresh_token"][0] for body in bodies if "refresh_token" in body]


@pytest.fixture
def xero() -> Iterator[Xero]:
    organisation = demo_organisation(Clock(NOW))
    with server(organisation) as running:
        yield Xero(organisation, running.url)
        organisation.faults.clear()


# Rotation


def test_the_setting_begins_and_each_renewal_uses_the_token_before(xero: Xero) -> None:
    connection = xero.connection()
    for _ in range(3):
        assert xero.read_name(connection) == "Demo Company (UK)"
        xero.organisation.clock.advance(minutes=31)
    first, second, third = xero.asked_with
    assert first == SEED
    assert len({first, second, third}) == 3
    stored = xero.store.read()
    assert stored is not None
    assert stored["refresh_token"] not in xero.asked_with


def test_a_later_run_uses_what_is_stored_and_asks_for_no_token(xero: Xero) -> None:
    xero.read_name(xero.connection())
    xero.read_name(xero.connection(seed=""))
    assert xero.asked_with == [SEED]
    xero.organisation.clock.advance(days=59)
    xero.read_name(xero.connection(seed=""))
    assert len(xero.asked_with) == 2


def test_new_tokens_are_durable_before_they_are_used(xero: Xero) -> None:
    """The disk is full: Xero has rotated, so nothing is called, and the old token still serves."""
    xero.connection().token()
    xero.organisation.clock.advance(minutes=31)
    xero.store.room = 1  # the note that a renewal begins
    with pytest.raises(OSError, match="disk full"):
        xero.read_name(xero.connection())
    assert xero.calls("/api.xro/") == []
    xero.store.room = None
    xero.organisation.clock.advance(minutes=29)
    assert xero.read_name(xero.connection()) == "Demo Company (UK)"
    _, lost, again = xero.asked_with
    assert lost == again


def test_an_answer_lost_on_the_way_is_asked_for_again_with_the_same_token(xero: Xero) -> None:
    xero.organisation.faults.drop_response(path="/connect/token")
    assert xero.read_name(xero.connection()) == "Demo Company (UK)"
    assert xero.asked_with == [SEED, SEED]
    assert xero.waits == [1.0]


def test_an_answer_that_stops_short_is_asked_for_again(xero: Xero) -> None:
    xero.organisation.faults.truncate(20, path="/connect/token")
    assert xero.read_name(xero.connection()) == "Demo Company (UK)"
    assert xero.asked_with == [SEED, SEED]


def test_within_thirty_minutes_the_next_run_uses_the_token_before(xero: Xero) -> None:
    xero.organisation.faults.drop_response(path="/connect/token", times=4)
    with pytest.raises(Unavailable, match="gives no token"):
        xero.connection().token()
    xero.organisation.clock.advance(minutes=29)
    assert xero.read_name(xero.connection()) == "Demo Company (UK)"
    assert set(xero.asked_with) == {SEED}


def test_after_thirty_minutes_a_lost_answer_needs_a_new_consent(xero: Xero) -> None:
    xero.organisation.faults.drop_response(path="/connect/token", times=4)
    with pytest.raises(Unavailable):
        xero.connection().token()
    xero.organisation.clock.advance(minutes=31)
    with pytest.raises(ConsentEnded) as ended:
        xero.connection().token()
    told = str(ended.value)
    assert "a renewal of 2026-04-20 09:00 UTC got no answer" in told
    assert f"Run `{CONNECT}`" in told
    assert SEED not in told
    assert "\n" not in told


def test_a_revoked_or_unused_consent_says_so(xero: Xero) -> None:
    xero.connection().token()
    xero.organisation.clock.advance(days=61)
    for _ in range(2):
        with pytest.raises(ConsentEnded, match="revoked, or not used for 60 days"):
            xero.connection(seed="").token()
        # Xero did answer: a later run must not blame a lost answer.
        xero.organisation.clock.advance(minutes=31)


def test_without_any_token_the_command_is_named(xero: Xero) -> None:
    with pytest.raises(ConsentEnded, match=f"run `{CONNECT}`"):
        xero.connection(seed="").token()
    assert xero.organisation.calls == []


def test_a_setting_that_xero_refuses_is_named(xero: Xero) -> None:
    with pytest.raises(ConsentEnded, match="the setting `refresh_token` is used up or too old"):
        xero.connection(seed="no-such-token").token()


def test_a_new_setting_serves_where_the_stored_consent_has_ended(xero: Xero) -> None:
    xero.connection().token()
    xero.organisation.clock.advance(days=61)
    scopes = "offline_access accounting.settings"
    new = xero.organisation.identity.consent(CLIENT, scopes, "second-refresh-token")
    assert xero.read_name(xero.connection(seed=new)) == "Demo Company (UK)"
    xero.organisation.clock.advance(minutes=31)
    xero.read_name(xero.connection(seed=new))
    assert xero.asked_with.count(new) == 1


def test_a_wrong_secret_leaves_the_consent_as_it_was(xero: Xero) -> None:
    xero.connection().token()
    xero.organisation.clock.advance(minutes=31)
    wrong = TokenEndpoint(CLIENT, "planted-secret", identity_url=xero.url, sleep=xero.sleep)
    connection = OAuthConnection(
        wrong,
        xero.store,
        api_url=xero.url,
        connect=CONNECT,
        now=xero.organisation.clock.now,
        sleep=xero.sleep,
    )
    with pytest.raises(InvalidClient) as refused:
        connection.token()
    assert "planted" not in str(refused.value)
    assert xero.read_name(xero.connection()) == "Demo Company (UK)"


# Refused in the middle


def test_a_401_is_cured_by_one_renewal(xero: Xero) -> None:
    connection = xero.connection()
    xero.read_name(connection)
    xero.organisation.faults.respond(401, {"Title": "Unauthorized"}, path="*/Organisation")
    assert xero.read_name(connection) == "Demo Company (UK)"
    assert len(xero.asked_with) == 2


def test_a_second_401_is_an_error(xero: Xero) -> None:
    xero.organisation.faults.respond(401, {"Title": "No"}, path="*/Organisation", times=2)
    with pytest.raises(Unauthorised):
        xero.read_name(xero.connection())
    assert len(xero.asked_with) == 2


def test_after_a_401_the_token_that_another_process_renewed_serves(xero: Xero) -> None:
    mine, other = xero.connection(), xero.connection()
    refused = mine.token()
    other.token()
    other.forget(f"Bearer {refused}")
    mine.forget(f"Bearer {refused}")
    assert other.token() == mine.token() != refused
    assert len(xero.asked_with) == 2


def test_a_consent_revoked_in_the_middle_ends_with_the_command(xero: Xero) -> None:
    connection = xero.connection()
    xero.read_name(connection)
    revoke = requests.post(
        f"{xero.url}/connect/revocation", data={"token": "x"}, auth=(CLIENT, SECRET), timeout=30
    )
    assert revoke.status_code == 200
    with pytest.raises(ConsentEnded, match=CONNECT):
        xero.read_name(connection)


def test_threads_renew_once(xero: Xero) -> None:
    connection = xero.connection()
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(connection.token())) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert len(found) == 8
    assert len(set(found)) == 1
    assert xero.asked_with == [SEED]


# Organisations


def test_each_call_names_the_only_organisation_which_is_looked_up_once(xero: Xero) -> None:
    connection = xero.connection()
    xero.read_name(connection)
    xero.read_name(connection)
    assert len(xero.calls("/connections")) == 1
    named = {each.headers["Xero-tenant-id"] for each in xero.calls("/api.xro/")}
    assert named == {xero.organisation.organisation_id}


def test_a_tenant_that_is_set_is_not_looked_up(xero: Xero) -> None:
    xero.read_name(xero.connection(tenant_id=xero.organisation.organisation_id))
    assert xero.calls("/connections") == []


def test_of_several_organisations_one_must_be_set(xero: Xero) -> None:
    other = xero.organisation.identity.also_connect(CLIENT, "Second Ltd")
    with pytest.raises(TenantNeeded) as needed:
        xero.read_name(xero.connection())
    told = str(needed.value)
    assert "set `tenant_id`" in told
    assert f"Demo Company (UK): {xero.organisation.organisation_id}" in told
    assert f"Second Ltd: {other}" in told
    assert xero.calls("/api.xro/") == []


def test_a_practice_is_no_organisation(xero: Xero) -> None:
    xero.organisation.identity.also_connect(CLIENT, "Accountants LLP", kind="PRACTICE")
    assert xero.read_name(xero.connection()) == "Demo Company (UK)"


def test_a_consent_without_an_organisation_says_so(xero: Xero) -> None:
    connection = xero.connection()
    bearer = {"Authorization": f"Bearer {connection.token()}"}
    (known,) = requests.get(f"{xero.url}/connections", headers=bearer, timeout=30).json()
    address = f"{xero.url}/connections/{known['id']}"
    assert requests.delete(address, headers=bearer, timeout=30).status_code == 204
    with pytest.raises(TenantNeeded, match="covers no Xero organisation"):
        xero.read_name(connection)


def test_the_list_of_organisations_is_asked_for_again_while_xero_is_away(xero: Xero) -> None:
    faults = xero.organisation.faults
    faults.respond(503, path="/connections")
    faults.drop_response(path="/connections", nth=2)
    faults.respond(200, "<html>", path="/connections", nth=3)
    api = f"{xero.url}/api.xro/2.0"
    (found,) = organisations(api, xero.connection(), sleep=xero.sleep)
    assert found.tenant_id == xero.organisation.organisation_id
    assert xero.waits == [1.0, 2.0, 4.0]
    faults.respond(503, path="/connections", times=None)
    with pytest.raises(Unavailable, match="GET /connections"):
        organisations(api, xero.connection(), sleep=xero.sleep)


def test_a_token_refused_by_the_list_is_renewed_once(xero: Xero) -> None:
    api = f"{xero.url}/api.xro/2.0"
    xero.organisation.faults.respond(401, path="/connections")
    assert len(organisations(api, xero.connection(), sleep=xero.sleep)) == 1
    xero.organisation.faults.respond(401, path="/connections", times=2)
    with pytest.raises(Unauthorised, match="also a fresh one"):
        organisations(api, xero.connection(), sleep=xero.sleep)


# Consent


def ask(xero: Xero, scopes: str = "accounting.settings") -> ConsentRequest:
    return ConsentRequest.make(
        CLIENT, scopes=scopes, redirect_uri=OAUTH_REDIRECT_URI, identity_url=xero.url
    )


def agree(request: ConsentRequest) -> dict[str, str]:
    """Open the address as a browser does, and give the query of the redirect."""
    answer = requests.get(request.url, allow_redirects=False, timeout=30)
    assert answer.status_code == 302, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def test_a_consent_gives_tokens_that_are_kept_before_they_are_used(xero: Xero) -> None:
    request = ask(xero)
    request.redeem(
        request.code_of(agree(request)), xero.endpoint, xero.store, xero.organisation.clock.now
    )
    assert xero.calls("/api.xro/") == []
    assert xero.read_name(xero.connection(seed="")) == "Demo Company (UK)"
    assert xero.asked_with == []


def test_the_address_carries_a_challenge_and_never_the_verifier(xero: Xero) -> None:
    request = ask(xero)
    query = parse_qs(urlsplit(request.url).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["scope"] == ["offline_access accounting.settings"]
    assert request.verifier not in request.url
    assert 43 <= len(request.verifier) <= 128
    assert ask(xero).state != request.state


def test_xero_itself_asks_on_its_login_host() -> None:
    request = ConsentRequest.make("C", scopes="s", redirect_uri=OAUTH_REDIRECT_URI)
    assert request.url.startswith("https://login.xero.com/identity/connect/authorize?")


@pytest.mark.parametrize("state", ["", "another", "ä"])
def test_an_answer_with_a_wrong_state_is_refused(xero: Xero, state: str) -> None:
    request = ask(xero)
    with pytest.raises(ForeignAnswer):
        request.code_of({**agree(request), "state": state})


def test_an_owner_who_declines_ends_it(xero: Xero) -> None:
    xero.organisation.identity.browser.declines = True
    request = ask(xero)
    with pytest.raises(ConsentEnded, match="access_denied"):
        request.code_of(agree(request))


def test_a_code_of_more_than_five_minutes_is_refused_and_nothing_is_kept(xero: Xero) -> None:
    request = ask(xero)
    code = request.code_of(agree(request))
    xero.organisation.clock.advance(minutes=5)
    with pytest.raises(ConsentEnded, match="used up or too old") as ended:
        request.redeem(code, xero.endpoint, xero.store, xero.organisation.clock.now)
    assert code not in str(ended.value)
    assert xero.store.history == []


def test_an_answer_to_another_question_does_not_redeem(xero: Xero) -> None:
    """PKCE: a code that was caught on the way is worth nothing without the verifier."""
    code = agree(ask(xero))["code"]
    with pytest.raises(ConsentEnded):
        ask(xero).redeem(code, xero.endpoint, xero.store, xero.organisation.clock.now)
