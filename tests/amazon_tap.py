"""Runs of the tap inside a test: its messages, its state, and the settlement files it reads."""

from __future__ import annotations

import contextlib
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from amazon_sp import Limits
from simulators.clock import Clock
from tap_amazon_sp.tap import TapAmazonSP

Json = dict[str, Any]

HEADER = [
    *("settlement-id", "settlement-start-date", "settlement-end-date", "deposit-date"),
    *("total-amount", "currency", "transaction-type", "order-id", "merchant-order-id"),
    *("adjustment-id", "shipment-id", "marketplace-name", "amount-type", "amount-description"),
    *("amount", "fulfillment-id", "posted-date", "posted-date-time", "order-item-code"),
    *("merchant-order-item-id", "merchant-adjustment-item-id", "sku", "quantity-purchased"),
    "promotion-id",
]
CREDENTIALS = {
    "client_id": "amzn1.application-oa2-client.demo",
    "client_secret": "amzn1.oa2-cs.v1.demo",
    "refresh_token": "Atzr|demo",
}


def line(columns: Iterable[str] = HEADER, **cells: str) -> str:
    """Write one line of a settlement file; cells by column name, hyphens as underscores."""
    given = {name.replace("_", "-"): text for name, text in cells.items()}
    names = list(columns)
    if unknown := given.keys() - set(names):
        raise KeyError(unknown)
    return "\t".join(given.get(name, "") for name in names)


SUMMARY = {
    "settlement_id": "11111",
    "settlement_start_date": "2026-10-01 00:00:00 UTC",
    "settlement_end_date": "2026-10-15 00:00:00 UTC",
    "deposit_date": "2026-10-17 00:00:00 UTC",
    "total_amount": "10.00",
    "currency": "GBP",
}
DETAIL = {
    "settlement_id": "11111",
    "transaction_type": "Order",
    "order_id": "202-1234567-1234567",
    "marketplace_name": "Amazon.co.uk",
    "amount_type": "ItemPrice",
    "amount_description": "Principal",
    "amount": "10.00",
    "posted_date": "2026-10-02",
    "posted_date_time": "2026-10-02 10:11:12 UTC",
    "sku": "WID-S-UK",
    "quantity_purchased": "1",
}


def settlement_file(
    details: Iterable[Mapping[str, str]] = ({},),
    summary: Mapping[str, str] | None = None,
    columns: Iterable[str] = HEADER,
) -> str:
    """Write a settlement file: each detail row as DETAIL with changes, the summary as SUMMARY."""
    names = list(columns)
    lines = ["\t".join(names)]
    lines.append(line(names, **{**SUMMARY, **(summary or {})}))
    lines += [line(names, **{**DETAIL, **row}) for row in details]
    return "\n".join(lines) + "\n"


@dataclass
class Run:
    """What one run of the tap wrote, and the error that ended it, if any."""

    messages: list[Json]
    error: Exception | None = None
    waits: list[float] = field(default_factory=list)

    def records(self, stream: str) -> list[Json]:
        """Give the records of a stream, in order."""
        return [
            message["record"]
            for message in self.messages
            if message["type"] == "RECORD" and message["stream"] == stream
        ]

    @property
    def state(self) -> Json:
        """The last STATE, empty when there was none."""
        states: list[Json] = [m["value"] for m in self.messages if m["type"] == "STATE"]
        return states[-1] if states else {}

    def bookmark(self, stream: str) -> str | None:
        """Give a stream's bookmark in the last STATE."""
        found = self.state.get("bookmarks", {}).get(stream, {}).get("replication_key_value")
        return None if found is None else str(found)

    def outline(self) -> list[str]:
        """Give the messages in short: kind and stream, repeats left out."""
        short = [f"{m['type']} {m.get('stream', '')}".strip() for m in self.messages]
        return [text for at, text in enumerate(short) if at == 0 or short[at - 1] != text]


def run(
    config: Json,
    *,
    clock: Clock,
    ours: Clock | None = None,
    state: Json | None = None,
    streams: Iterable[str] = (),
    catalog: Json | None = None,
    written: io.StringIO | None = None,
) -> Run:
    """Run the tap in this process, in the simulated time of `clock`; `ours` may tell another.

    written: takes what the tap writes, and may end it there.
    """
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock.advance(seconds=seconds)

    class TimedTap(TapAmazonSP):
        POLL_SECONDS = 0

        def now(self) -> datetime:
            return (ours or clock).now().replace(microsecond=0)

        def limits(self) -> Limits:
            return Limits(
                60.0 * self.config["max_wait_minutes"],
                clock=lambda: clock.now().timestamp(),
                sleep=sleep,
                chance=lambda: 0.0,
            )

    written = io.StringIO() if written is None else written
    error: Exception | None = None
    with contextlib.redirect_stdout(written):
        tap = TimedTap(
            config=dict(config), state=state or {}, catalog=catalog or _selected(config, streams)
        )
        try:
            tap.sync_all()
        except Exception as caught:  # noqa: BLE001 - the test looks at it
            error = caught
        finally:
            if "session" in vars(tap):
                tap.session.close()
    return Run([json.loads(text) for text in written.getvalue().splitlines()], error, waits)


class Tap(Protocol):
    """Runs the tap against the test's account; streams to select, settings by name."""

    def __call__(
        self,
        *streams: str,
        state: Json | None = None,
        catalog: Json | None = None,
        **settings: object,
    ) -> Run: ...


class Deliver(Protocol):
    """Puts a settlement report into the test's account."""

    def __call__(
        self,
        report_id: str,
        text: str | bytes,
        *,
        created: str = ...,
        status: str = ...,
        content_type: str | None = ...,
        compressed: bool = ...,
    ) -> None: ...


def _selected(config: Json, streams: Iterable[str]) -> Json | None:
    """Give a catalog that selects some streams, or None for all."""
    wanted = set(streams)
    if not wanted:
        return None
    catalog = TapAmazonSP(config=dict(config), catalog=None).catalog_dict
    for entry in catalog["streams"]:
        by_place: defaultdict[tuple[str, ...], Json] = defaultdict(dict)
        for each in entry["metadata"]:
            by_place[tuple(each["breadcrumb"])] = each["metadata"]
        by_place[()]["selected"] = entry["tap_stream_id"] in wanted
    return catalog


def settled(settlement_id: str, *amounts: str) -> str:
    """Write the file of a settlement with these amounts."""
    rows = [{"settlement_id": settlement_id, "amount": each} for each in amounts]
    return settlement_file(rows, {"settlement_id": settlement_id})


def catalog_without(*fields: str) -> Json:
    """Give a catalog that selects the settlement streams without some fields."""
    config = {
        "client_id": "a",
        "client_secret": "b",
        "refresh_token": "c",
        "api_url": "http://127.0.0.1:9",
    }
    catalog = TapAmazonSP(config=config).catalog_dict
    for entry in catalog["streams"]:
        for each in entry["metadata"]:
            if not each["breadcrumb"]:
                each["metadata"]["selected"] = entry["stream"].startswith("settlement")
            elif each["breadcrumb"][-1] in fields:
                each["metadata"]["selected"] = False
    return dict(catalog)


def catalog_with(stream: str, method: str, key: str | None = None) -> Json:
    """Give a catalog that selects one stream, read by another method than its own."""
    config = {**CREDENTIALS, "region": "eu"}
    catalog = _selected(config, [stream]) or {}
    for entry in catalog["streams"]:
        if entry["stream"] == stream:
            entry["replication_method"] = method
            if key:
                entry["replication_key"] = key
    return catalog


def never_ahead(messages: list[Json]) -> None:
    """Check that no bookmark passes a settlement that is not written with all its rows."""
    rows: dict[str, int] = {}
    written: dict[str, str] = {}
    created = {
        m["record"]["settlement_id"]: m["record"]["created"]
        for m in messages
        if m["type"] == "RECORD" and m["stream"] == "settlements"
    }
    for message in messages:
        if message["type"] == "RECORD" and message["stream"] == "settlement_rows":
            key = message["record"]["settlement_id"]
            assert key not in written, "a row after its settlement"
            rows[key] = rows.get(key, 0) + 1
        elif message["type"] == "RECORD" and message["stream"] == "settlements":
            record = message["record"]
            assert rows.get(record["settlement_id"], 0) == record["row_count"]
            written[record["settlement_id"]] = record["created"]
        elif message["type"] == "STATE":
            bookmark = message["value"]["bookmarks"].get("settlements", {})
            bound = bookmark.get("replication_key_value", "")
            assert all(key in written for key, at in created.items() if at <= bound)
