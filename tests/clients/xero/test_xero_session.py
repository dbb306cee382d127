"""The HTTP policy of the Xero client, against the simulator; waits are counted, never slept."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests

from simulators.clock import Clock
from simulators.xero import Organisation, server
from simulators.xero.demo import demo_organisation
from xero_api import (
    AccessDenied,
    CustomConnection,
    DayLimitReached,
    Insecure,
    InvalidClient,
    InvalidScope,
    Limits,
    MinuteLimitReached,
    NotFound,
    OutcomeUnknown,
    OwnQuota,
    Refused,
    Session,
    Unauthorised,
    Unavailable,
    XeroError,
    reads,
    writes,
)

NOW = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)


@dataclass
class Xero:
    organisation: Organisation
    url: str
    waits: list[float] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)

    def session(self, **settings: Any) -> Session:
        clock = self.organisation.clock
        connection = CustomConnection(
            "DEMOXEROCLIENT",
            settings.pop("secret", "demo-xero-secret"),
            identity_url=self.url,
            now=clock.now,
            sleep=self.sleep,
            **{name: settings.pop(name) for name in ("scopes",) if name in settings},
        )
        tenant_id = settings.pop("tenant_id", "")
        read_seconds = settings.pop("read_seconds", 30.0)
        limits = Limits(
            settings.pop("quota", None) or OwnQuota(), now=clock.now, sleep=self.sleep, **settings
        )
        session = Session(
            connection,
            limits,
            api_url=f"{self.url}/api.xro/2.0",
            tenant_id=tenant_id,
            sleep=self.sleep,
            read_seconds=read_seconds,
        )
        self.sessions.append(session)
        return session

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.organisation.clock.advance(seconds=seconds)

    def calls(self, part: str = "/api.xro/") -> list[Any]:
        return [each for each in self.organisation.calls if part in each.path]


@pytest.fixture
def xero() -> Iterator[Xero]:
    organisation = demo_organisation(Clock(NOW))
    with server(organisation) as running:
        made = Xero(organisation, running.url)
        yield made
        organisation.faults.clear()
        for session in made.sessions:
            session.close()


CONTACT = {"Name": "Amazon.co.uk"}


def create(session: Session, key: str = "key-1") -> list[writes.Written]:
    return writes.create(session, "Contacts", [CONTACT], key)


# Tokens


def test_one_token_serves_many_calls_and_is_renewed_early(xero: Xero) -> None:
    session = xero.session()
    reads.organisation(session)
    reads.organisation(session)
    assert len(xero.calls("/connect/token")) == 1
    xero.organisation.clock.advance(minutes=29)
    reads.organisation(session)
    assert len(xero.calls("/connect/token")) == 2
    assert {each.status for each in xero.calls()} == {200}


def test_the_secret_travels_in_the_basic_header_and_scopes_are_asked_for(xero: Xero) -> None:
    reads.organisation(xero.session(scopes="accounting.settings"))
    (call,) = xero.calls("/connect/token")
    assert call.headers["Authorization"].startswith("Basic ")
    assert b"demo-xero-secret" not in call.body
    assert b"scope=accounting.settings" in call.body


def test_a_token_that_xero_refuses_is_renewed_once(xero: Xero) -> None:
    xero.organisation.faults.respond(401, {"Title": "Unauthorized"}, path="*/Organisation")
    assert reads.organisation(xero.session())["Name"] == "Demo Company (UK)"
    assert len(xero.calls("/connect/token")) == 2


def test_a_token_refused_twice_is_an_error(xero: Xero) -> None:
    body = {"Title": "Unauthorized", "Detail": "TokenExpired"}
    xero.organisation.faults.respond(401, body, path="*/Organisation", times=None)
    with pytest.raises(Unauthorised, match=r"GET Organisation: .*TokenExpired"):
        reads.organisation(xero.session())
    assert len(xero.calls()) == 2


def test_a_write_with_an_expired_token_is_done_once(xero: Xero) -> None:
    session = xero.session()
    reads.organisation(session)
    xero.organisation.faults.respond(401, {"Detail": "TokenExpired"}, method="PUT")
    create(session)
    assert len(list(xero.organisation.contacts)) == 1


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"scopes": "accounting.transactions"}, InvalidScope, "know only granular scopes"),
        ({"secret": "wrong"}, InvalidClient, "Check `client_id` and `client_secret`"),
        ({"tenant_id": "f" * 8}, AccessDenied, "check `tenant_id`"),
        ({"scopes": "accounting.contacts"}, AccessDenied, "Add the scope for this"),
    ],
)
def test_a_refusal_says_what_to_do_and_tells_no_secret(
    xero: Xero, settings: dict[str, str], error: type[XeroError], words: str
) -> None:
    with pytest.raises(error, match=words) as refused:
        reads.organisation(xero.session(**settings))
    text = str(refused.value)
    assert "\n" not in text
    assert "demo-xero-secret" not in text
    assert "Bearer" not in text


def test_an_identity_service_that_is_down_is_tried_four_times(xero: Xero) -> None:
    xero.organisation.faults.respond(503, path="/connect/token", times=None)
    with pytest.raises(Unavailable, match="gives no token: status 503"):
        reads.organisation(xero.session())
    assert (len(xero.calls("/connect/token")), xero.waits) == (4, [1.0, 2.0, 4.0])


def test_the_tenant_is_named_only_when_it_is_given(xero: Xero) -> None:
    tenant = xero.organisation.organisation_id
    reads.organisation(xero.session())
    reads.organisation(xero.session(tenant_id=tenant))
    assert [each.headers.get("Xero-tenant-id") for each in xero.calls()] == [None, tenant]


@pytest.mark.parametrize(
    "url", ["http://api.xero.com/api.xro/2.0", "ftp://127.0.0.1", "api.xero.com", ""]
)
def test_an_address_that_would_carry_a_token_in_the_clear_is_refused(xero: Xero, url: str) -> None:
    good = xero.session()
    with pytest.raises(Insecure, match="must be an https address"):
        Session(good._connection, good._limits, api_url=url, sleep=xero.sleep)


def test_a_token_never_follows_a_redirect(xero: Xero) -> None:
    xero.organisation.faults.respond(302, b"", {"Location": "/elsewhere"}, path="*/Organisation")
    with pytest.raises(XeroError, match="redirects"):
        reads.organisation(xero.session())
    assert xero.calls("/elsewhere") == []


# Reads and writes


@pytest.mark.parametrize("status", [500, 503])
def test_a_read_is_retried_with_growing_pauses(xero: Xero, status: int) -> None:
    xero.organisation.faults.respond(status, path="*/Organisation", times=3)
    reads.organisation(xero.session())
    assert xero.waits == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("fault", ["drop_response", "truncate"])
def test_a_read_whose_answer_is_lost_is_retried(xero: Xero, fault: str) -> None:
    add: Callable[..., object] = getattr(xero.organisation.faults, fault)
    add(path="*/Organisation", **({"cut": 20} if fault == "truncate" else {}))
    assert reads.organisation(xero.session())["BaseCurrency"] == "GBP"


def test_a_compressed_answer_is_asked_for_and_read_and_no_body_is_compressed(xero: Xero) -> None:
    """Xero documents compressed answers nowhere, and compressed requests neither (DECISIONS.md)."""
    body = gzip.compress(b'{"Organisations": [{"Name": "Packed"}]}')
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    xero.organisation.faults.respond(200, body, path="*/Organisation", headers=headers)
    session = xero.session()
    assert reads.organisation(session)["Name"] == "Packed"
    writes.create(session, "Contacts", [{"Name": "A"}], "key")
    read, written = [each for each in xero.organisation.calls if "/api.xro/" in each.path]
    assert "gzip" in read.headers["Accept-Encoding"]
    assert "Content-Encoding" not in written.headers
    assert written.body.startswith(b"{")


def test_a_read_gives_up_after_five_tries(xero: Xero) -> None:
    xero.organisation.faults.respond(500, path="*/Organisation", times=None)
    with pytest.raises(Unavailable, match="GET Organisation: status 500"):
        reads.organisation(xero.session())
    assert len(xero.calls()) == 5


@pytest.mark.parametrize(
    ("fault", "answered"),
    [("drop_response", False), ("error_after_commit", True), ("truncate", False)],
)
def test_a_write_is_never_repeated_blindly(xero: Xero, fault: str, answered: bool) -> None:
    add: Callable[..., object] = getattr(xero.organisation.faults, fault)
    add(method="PUT", **({"cut": 20} if fault == "truncate" else {}))
    with pytest.raises(OutcomeUnknown, match="PUT Contacts") as lost:
        create(xero.session())
    assert lost.value.answered is answered
    assert len([each for each in xero.calls() if each.method == "PUT"]) == 1


def test_a_write_that_takes_too_long_may_still_be_running(xero: Xero) -> None:
    xero.organisation.faults.hang("committed", method="PUT")
    with pytest.raises(OutcomeUnknown, match="ReadTimeout") as lost:
        create(xero.session(read_seconds=0.2))
    assert lost.value.answered is False


def test_an_idempotency_key_is_sent_only_when_it_is_given(xero: Xero) -> None:
    session = xero.session()
    (made,) = create(session, "a-key")
    contact_id = made.element["ContactID"]
    writes.update(session, "Contacts", [{"ContactID": contact_id, "Name": "Amazon"}])
    put, post = [each for each in xero.calls() if each.method != "GET"]
    assert put.headers["Idempotency-Key"] == "a-key"
    assert "Idempotency-Key" not in post.headers


def test_a_refusal_of_the_whole_request_carries_xeros_words(xero: Xero) -> None:
    with pytest.raises(Refused, match="PUT Invoices: ") as refused:
        xero.session().write("PUT", "Invoices", {"Invoices": [{"Type": "ACCREC"}]})
    assert refused.value.status == 400
    assert refused.value.error_number == 10
    assert refused.value.elements


def test_what_is_not_there_is_none(xero: Xero) -> None:
    session = xero.session()
    nothing = "00000000-0000-0000-0000-000000000009"
    assert reads.journal(session, nothing) is None
    assert reads.bank_transaction(session, nothing) is None
    with pytest.raises(NotFound):
        session.read(f"Invoices/{nothing}")


def test_elements_are_read_with_their_refusals_and_warnings(xero: Xero) -> None:
    session = xero.session()
    create(session)
    again, other = writes.create(session, "Contacts", [CONTACT, {"Name": "Amazon.de"}], "key-2")
    assert "already assigned to another contact" in again.errors[0]
    assert (other.errors, other.warnings) == ((), ())


@pytest.mark.parametrize("mark", ["HasErrors", "HasValidationErrors", "StatusAttributeString"])
def test_an_element_marked_as_refused_is_refused_even_without_a_reason(mark: str) -> None:
    value = "ERROR" if mark == "StatusAttributeString" else True
    assert writes.Written.of({mark: value}).errors == ("Xero refused it without a reason",)


# Pacing


def test_the_pace_is_kept_before_a_call_and_never_met_with_429(xero: Xero) -> None:
    session = xero.session(calls_per_minute=55)
    for _ in range(120):
        reads.organisation(session)
    assert {each.status for each in xero.calls()} == {200}
    assert len(xero.waits) >= 2


def test_a_minute_429_waits_for_retry_after_and_a_write_is_done_once(xero: Xero) -> None:
    headers = {"Retry-After": "23", "X-Rate-Limit-Problem": "minute"}
    xero.organisation.faults.respond(429, b"", headers, method="PUT")
    create(xero.session())
    assert xero.waits == [pytest.approx(23, abs=1)]
    assert len(list(xero.organisation.contacts)) == 1


def test_a_429_without_a_header_waits_a_little(xero: Xero) -> None:
    xero.organisation.faults.respond(429, b"", path="*/Organisation")
    reads.organisation(xero.session())
    assert xero.waits == [pytest.approx(5, abs=1)]


def test_patience_with_the_minute_ends(xero: Xero) -> None:
    headers = {"Retry-After": "2", "X-Rate-Limit-Problem": "minute"}
    xero.organisation.faults.respond(429, b"", headers, path="*/Organisation", times=None)
    with pytest.raises(MinuteLimitReached, match="still answers 429"):
        reads.organisation(xero.session())
    too_long = {"Retry-After": "900", "X-Rate-Limit-Problem": "appminute"}
    xero.organisation.faults.clear()
    xero.organisation.faults.respond(429, b"", too_long, path="*/Organisation")
    with pytest.raises(MinuteLimitReached, match="0:15:00"):
        reads.organisation(xero.session())


def test_the_days_429_is_not_slept_through(xero: Xero) -> None:
    xero.organisation.limits.per_day = 0
    session = xero.session()
    with pytest.raises(DayLimitReached, match="used up, again in 15:00:00") as limit:
        reads.organisation(session)
    assert limit.value.retry_after == 15 * 3600
    assert xero.waits == []
    calls = len(xero.calls())
    with pytest.raises(DayLimitReached, match="wants no call"):
        reads.organisation(session)
    assert len(xero.calls()) == calls
    xero.organisation.limits.per_day = 10
    xero.organisation.clock.advance(hours=16)
    reads.organisation(session)


def test_no_call_is_made_when_none_is_left(xero: Xero) -> None:
    xero.organisation.limits.per_day = 2
    session = xero.session()
    reads.organisation(session)
    reads.organisation(session)
    with pytest.raises(DayLimitReached, match="X-DayLimit-Remaining is 0"):
        reads.organisation(session)
    assert len(xero.calls()) == 2


def test_our_own_daily_cap_slides(xero: Xero) -> None:
    session = xero.session(calls_per_day=2)
    reads.organisation(session)
    reads.organisation(session)
    with pytest.raises(DayLimitReached, match="calls_per_day"):
        reads.organisation(session)
    xero.organisation.clock.advance(hours=25)
    reads.organisation(session)


def test_no_more_calls_are_in_flight_than_allowed(xero: Xero) -> None:
    session = xero.session(max_in_flight=2)
    session._connection.token()
    xero.organisation.faults.hang("committed", path="*/Organisation", times=None)
    threads = [
        threading.Thread(target=reads.organisation, args=(session,), daemon=True) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    assert xero.organisation.faults.wait_until_hanging(2)
    assert not xero.organisation.faults.wait_until_hanging(3, timeout=0.2)
    xero.organisation.faults.clear()
    for thread in threads:
        thread.join()
    assert len(xero.calls()) == 4


# Look-ups


def test_numbers_are_looked_up_forty_a_call(xero: Xero) -> None:
    assert reads.invoices_by_number(xero.session(), [f"AMZ-{n}" for n in range(100)]) == []
    asked = [each.query["InvoiceNumbers"][0].count(",") + 1 for each in xero.calls()]
    assert asked == [40, 40, 20]
    assert all(each.query["page"] == ["1"] for each in xero.calls()), "or lines are left out"


def test_pages_are_read_to_the_last(xero: Xero, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads, "PAGE_SIZE", 2)
    session = xero.session()
    lines = [{"LineAmount": 1, "AccountCode": "401"}, {"LineAmount": -1, "AccountCode": "610"}]
    made = [
        {"Narration": f"{n}", "Date": f"2026-04-0{n}", "JournalLines": lines} for n in range(1, 6)
    ]
    writes.create(session, "ManualJournals", made, "key-1")
    found = list(reads.journals_between(session, date(2026, 4, 2), date(2026, 4, 4)))
    assert sorted(each["Narration"] for each in found) == ["2", "3", "4"]
    assert len(xero.calls()) == 3
    assert found[0]["JournalLines"]


def journals(session: Session, number: int) -> None:
    lines = [{"LineAmount": 1, "AccountCode": "401"}, {"LineAmount": -1, "AccountCode": "610"}]
    made = [
        {"Narration": f"{n}", "Date": "2026-04-02", "JournalLines": lines} for n in range(number)
    ]
    writes.create(session, "ManualJournals", made, "key-1")


def to_the_last_page(xero: Xero) -> None:
    """A person changes the first journal, and the others move up."""
    register = xero.organisation.manual_journals
    first = next(iter(register))
    register._set(first["ManualJournalID"], None)
    register._set(first["ManualJournalID"], first)


def test_an_element_that_moves_between_pages_is_not_missed(
    xero: Xero, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "PAGE_SIZE", 2)
    session = xero.session()
    journals(session, 5)
    found = reads.journals_between(session, date(2026, 4, 2), date(2026, 4, 2))
    first = [next(found), next(found)]
    to_the_last_page(xero)
    assert {each["Narration"] for each in [*first, *found]} == {"0", "1", "2", "3", "4"}


def test_pages_that_never_stand_still_are_no_answer(
    xero: Xero, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "PAGE_SIZE", 2)
    session = xero.session()
    journals(session, 5)
    found = reads.journals_between(session, date(2026, 4, 2), date(2026, 4, 2))

    def read_on() -> None:
        for at, _ in enumerate(found):
            if at % 5 == 1:
                to_the_last_page(xero)

    with pytest.raises(Unavailable, match="its pages change faster"):
        read_on()


def test_a_name_with_quotes_is_looked_up_as_it_is(xero: Xero) -> None:
    session = xero.session()
    name = 'Bob "the seller" & Söhne'
    writes.create(session, "Contacts", [{"Name": name}], "key-1")
    assert (reads.contact_by_name(session, name) or {}).get("Name") == name
    assert reads.contact_by_name(session, "Nobody") is None


def test_a_connection_error_is_not_taken_for_an_answer(xero: Xero) -> None:
    session = xero.session()
    session.close()
    session._api_url = "http://127.0.0.1:9/api.xro/2.0"
    with pytest.raises(OutcomeUnknown) as lost:
        create(session)
    assert isinstance(lost.value.__cause__, requests.ConnectionError)


def test_a_key_tells_bodies_tenants_and_attempts_apart() -> None:
    keys = {
        writes.key_of("tenant", "Payments", [{"Amount": Decimal("1.00")}]),
        writes.key_of("other", "Payments", [{"Amount": Decimal("1.00")}]),
        writes.key_of("tenant", "Invoices", [{"Amount": Decimal("1.00")}]),
        writes.key_of("tenant", "Payments", [{"Amount": Decimal("1.01")}]),
        writes.key_of("tenant", "Payments", [{"Amount": Decimal("1.00")}], "1"),
    }
    assert len(keys) == 5
    assert all(len(each) == 64 for each in keys)


def test_a_shared_quota_is_asked_before_each_call(xero: Xero) -> None:
    """Another process has used the minute: this one waits without having called itself."""
    quota = OwnQuota()
    for _ in range(60):
        quota.take(NOW, 60)
    reads.organisation(xero.session(quota=quota))
    assert xero.waits == [60.0]
    assert xero.organisation.clock.now() == NOW + timedelta(seconds=60)


def test_the_calls_left_today_are_the_fewer_of_our_count_and_xero_s(xero: Xero) -> None:
    session = xero.session(calls_per_day=20)
    assert session.calls_left_today() == 20
    reads.organisation(session)
    assert session.calls_left_today() == 19
    xero.organisation.limits.per_day = 10
    reads.organisation(session)
    assert session.calls_left_today() == 8


def test_the_scopes_of_a_token_are_those_that_xero_granted(xero: Xero) -> None:
    session = xero.session(scopes="accounting.settings accounting.payments.read")
    assert session.granted_scopes == frozenset()
    reads.organisation(session)
    assert session.granted_scopes == {"accounting.settings", "accounting.payments.read"}
