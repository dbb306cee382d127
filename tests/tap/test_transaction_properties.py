"""Whatever is posted, deferred and released, and whenever runs happen, the last record is true."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from amazon_tap import CREDENTIALS, Json, run
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.amazon_sp import Seller, instants, server
from simulators.clock import Clock
from tap_amazon_sp.inbox import Inbox
from tap_amazon_sp.movements import Reader
from tap_amazon_sp.queue import Message, Queue

START = datetime(2026, 6, 1, 12, tzinfo=UTC)


def movement(name: str, posted: datetime, status: str, **related: str) -> dict[str, Any]:
    return {
        "transactionId": name,
        "transactionStatus": status,
        "postedDate": instants.written(posted),
        "totalAmount": {"currencyAmount": Decimal("1.00"), "currencyCode": "GBP"},
        "relatedIdentifiers": [
            {"relatedIdentifierName": key, "relatedIdentifierValue": value}
            for key, value in related.items()
        ],
    }


# Day it is posted, days it is held back (none: at once), days until Amazon shows it at all.
MOVEMENTS = st.tuples(
    st.integers(0, 60), st.none() | st.integers(1, 50), st.floats(0, 2, allow_nan=False)
)


@settings(max_examples=12, deadline=None)
@given(
    planned=st.lists(MOVEMENTS, max_size=8),
    runs=st.lists(st.integers(1, 20), min_size=1, max_size=8),
    cut=st.booleans(),
)
def test_the_last_record_of_each_transaction_is_what_amazon_says_in_the_end(
    planned: list[tuple[int, int | None, float]], runs: list[int], cut: bool
) -> None:
    clock = Clock(at=START)
    seller = Seller(clock=clock, transactions_per_page=2, empty_pages=cut)
    events: list[tuple[datetime, int, str]] = []
    for number, (day, held, late) in enumerate(planned):
        posted = START + timedelta(days=day)
        events.append((posted + timedelta(days=late), number, "post"))
        if held is not None:
            # A release is told of after the transaction itself.
            events.append((posted + timedelta(days=held + late), number, "release"))
    events.sort()
    state: Json = {}
    last: dict[str, Json] = {}
    with server(seller) as host:
        config = {
            **CREDENTIALS,
            "api_url": host.url,
            "auth_url": f"{host.url}/auth/o2/token",
            "start_date": "2026-06-01",
        }
        for wait in [*runs, 130]:
            clock.advance(days=wait)
            while events and events[0][0] <= clock.now():
                _happen(seller, planned, *events.pop(0))
            ran = run(config, clock=clock, streams=["transactions"], state=state)
            assert ran.error is None
            state = ran.state
            last |= {each["transaction_id"]: each for each in ran.records("transactions")}
    reader = Reader()
    truth = [reader.transaction(each) for each in seller.transactions]
    assert last == {each["transaction_id"]: each for each in truth}
    assert "deferred_since" not in state["bookmarks"]["transactions"]


def _happen(
    seller: Seller,
    planned: list[tuple[int, int | None, float]],
    at: datetime,
    number: int,
    what: str,
) -> None:
    day, held, _ = planned[number]
    posted = START + timedelta(days=day)
    if what == "post":
        status = "RELEASED" if held is None else "DEFERRED"
        seller.transactions.append(movement(f"t{number}", posted, status))
    else:
        released = at - timedelta(hours=1)
        by = movement(f"r{number}", released, "RELEASED", DEFERRED_TRANSACTION_ID=f"t{number}")
        seller.release(f"t{number}", by)


TREES = st.recursive(
    st.builds(
        lambda kind, cents: {
            "breakdownType": kind,
            "breakdownAmount": {"currencyAmount": Decimal(cents) / 100, "currencyCode": "GBP"},
            "breakdowns": None,
        },
        st.sampled_from(["Sales", "Tax", "Base", ""]),
        st.integers(-(10**9), 10**9),
    ),
    lambda below: st.builds(
        lambda kind, nodes: {
            "breakdownType": kind,
            "breakdownAmount": {
                "currencyAmount": sum(
                    (each["breakdownAmount"]["currencyAmount"] for each in nodes), Decimal(0)
                ),
                "currencyCode": "GBP",
            },
            "breakdowns": nodes,
        },
        st.sampled_from(["Sales", "Expenses", "AmazonFees"]),
        st.lists(below, min_size=1, max_size=4),
    ),
    max_leaves=20,
)


@given(st.lists(TREES, max_size=4))
def test_the_leaves_of_any_tree_come_to_its_roots(trees: list[Json]) -> None:
    flat = Reader().transaction({"transactionId": "t", "breakdowns": trees})["breakdowns"]
    whole = sum((each["breakdownAmount"]["currencyAmount"] for each in trees), Decimal(0))
    assert sum((Decimal(each["amount"]) for each in flat if each["leaf"]), Decimal(0)) == whole
    assert all(each["path"].endswith(each["type"]) for each in flat)


@dataclass
class Held(Queue):
    """A queue in memory whose messages come again until they are deleted."""

    messages: dict[str, Message] = field(default_factory=dict)

    def receive(self) -> list[Message]:
        return list(self.messages.values())[:10]

    def delete(self, messages: Any) -> None:
        for each in messages:
            del self.messages[each.message_id]

    def attributes(self) -> dict[str, str]:
        return {"RedrivePolicy": "{}"}


def change(number: int) -> str:
    return (
        '{"NotificationType": "ORDER_CHANGE", "Payload": {"OrderChangeNotification":'
        f' {{"AmazonOrderId": "o{number}"}}}},'
        f' "NotificationMetadata": {{"NotificationId": "n{number}"}}}}'
    )


# How many messages arrive, and what becomes of the run: kept, lost by the target, or failed.
DAYS = st.tuples(st.integers(0, 9), st.sampled_from(["kept", "lost", "failed"]))


@given(st.lists(DAYS, max_size=12))
def test_no_notification_is_deleted_before_what_it_led_to_is_kept(
    days: list[tuple[int, str]],
) -> None:
    queue, state, kept, sent = Held({}), dict[str, str](), set[str](), 0
    now = START
    for arriving, outcome in [*days, (0, "kept"), (0, "kept"), (0, "kept")]:
        for _ in range(min(arriving, 10 - len(queue.messages))):
            queue.messages[f"m{sent}"] = Message(f"m{sent}", "receipt", change(sent), 1)
            sent += 1
        inbox = Inbox.of(queue, state)
        if outcome == "kept":
            kept |= set(inbox.order_ids)
            state = inbox.acknowledged(now)
        waiting = {each.message_id.removeprefix("m") for each in queue.messages.values()}
        assert {f"o{number}" for number in range(sent)} <= kept | {f"o{one}" for one in waiting}
        now += timedelta(minutes=5)
    assert queue.messages == {}
    assert kept == {f"o{number}" for number in range(sent)}
    # A name whose message was deleted by a run that came to nothing ends with SQS's own memory.
    assert Inbox.of(queue, state).acknowledged(now + timedelta(days=15)) == {}
