"""Runs of tap-xero inside a test, over a simulated organisation and in its time."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from xero_caller import Caller, journal, payment

from simulators.clock import Clock
from simulators.wsgi import Call
from simulators.xero import Organisation, server
from simulators.xero.demo import CLIENT_ID, CLIENT_SECRET, demo_organisation
from simulators.xero.values import Document, new_id
from tap_xero import connection
from tap_xero.tap import STREAMS, TapXero

Json = dict[str, Any]
NOON = datetime(2026, 5, 10, 12, tzinfo=UTC)
ALL = tuple(str(vars(stream)["name"]) for stream in STREAMS)


@dataclass
class Run:
    """What one run of the tap wrote, the error that ended it, if any, and its waits."""

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

    @property
    def streams(self) -> list[str]:
        """The streams that were announced, in order."""
        return [m["stream"] for m in self.messages if m["type"] == "SCHEMA"]


@dataclass
class XeroDesk:
    """A simulated organisation, and runs of the tap over it, in the simulator's time."""

    org: Organisation
    url: str
    ours: Clock
    caller: Caller
    books: str

    def config(self, **changes: Any) -> Json:
        """Give settings that reach the organisation; None leaves one out."""
        whole = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "api_url": f"{self.url}/api.xro/2.0",
            "identity_url": self.url,
            "books": self.books,
            **changes,
        }
        return {name: value for name, value in whole.items() if value is not None}

    def run(
        self,
        *streams: str,
        state: Json | None = None,
        catalog: Json | None = None,
        written: io.StringIO | None = None,
        **settings: Any,
    ) -> Run:
        """Run the tap once in this process; without streams, those that are by default."""
        config, waits = self.config(**settings), list[float]()

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            self.org.clock.advance(seconds=seconds)
            if self.ours is not self.org.clock:
                self.ours.advance(seconds=seconds)

        class TimedTap(TapXero):
            def clock(self) -> connection.Clock:
                return connection.Clock(desk.ours.now, sleep)

        desk, error = self, None
        written = io.StringIO() if written is None else written
        chosen = catalog or (catalog_of(streams) if streams else None)
        with contextlib.redirect_stdout(written):
            tap = TimedTap(config=config, state=json.loads(json.dumps(state or {})), catalog=chosen)
            try:
                tap.sync_all()
            except Exception as caught:  # noqa: BLE001 - the test looks at it
                error = caught
        return Run([json.loads(text) for text in written.getvalue().splitlines()], error, waits)

    def later(self, **time: float) -> None:
        """Let time pass, more than the caller's token lives."""
        self.org.clock.advance(timedelta(**time))
        self.caller.token = ""

    @property
    def mark(self) -> int:
        """Where the list of calls ends now."""
        return len(self.org.calls)

    def calls(self, since: int = 0) -> list[Call]:
        """Calls to the Accounting API, tokens aside."""
        return [each for each in self.org.calls[since:] if "/api.xro/" in each.path]

    def paths(self, since: int = 0) -> list[str]:
        """The lists that were asked for, in order."""
        return [each.path.rpartition("/")[2] for each in self.calls(since)]

    def copies(self, invoice: Document, count: int) -> None:
        """Put copies of an invoice into the books, each with an id and a number of its own."""
        for number in range(count):
            own = {"InvoiceID": new_id(), "InvoiceNumber": f"COPY-{number}"}
            self.org.save(self.org.invoices, invoice | own)


@contextmanager
def xero_desk(books: str, at: datetime = NOON, ours: Clock | None = None) -> Iterator[XeroDesk]:
    """Serve a demo organisation whose clock stands still; `ours` may tell another time."""
    org = demo_organisation(Clock(at))
    with server(org) as running:
        caller = Caller(running.url, org)
        try:
            yield XeroDesk(org, running.url, ours or org.clock, caller, books)
        finally:
            caller.close()


def catalog_of(streams: Iterable[str], **methods: str) -> Json:
    """Give a catalog that selects some streams; methods: a stream's replication method."""
    config = {"client_id": "a", "client_secret": "b", "books": "sqlite:///nowhere/books.db"}
    catalog = TapXero(config=config).catalog_dict
    wanted = set(streams)
    for entry in catalog["streams"]:
        (root,) = (each["metadata"] for each in entry["metadata"] if not each["breadcrumb"])
        root["selected"] = entry["tap_stream_id"] in wanted
        if method := methods.get(entry["tap_stream_id"]):
            root["replication-method"] = method
    return dict(catalog)


def bookmarked(stream: str, at: str) -> Json:
    """Give the state of a tap that has read a stream up to an instant."""
    mark = {"replication_key": "updated_date_utc", "replication_key_value": at}
    return {"bookmarks": {stream: mark}}


def fill(desk: XeroDesk) -> None:
    """Put a document of each kind into the organisation, some of them in euros."""
    xero = desk.caller
    invoice = xero.posted(InvoiceNumber="INV-1", Reference="r")
    xero.posted(InvoiceNumber="INV-2", CurrencyCode="EUR", CurrencyRate=1.17)
    note = xero.put("CreditNotes", xero.invoice(Type="ACCRECCREDIT")).only("CreditNotes")
    allocation = {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": 2, "Date": "2026-05-05"}
    xero.call(
        "PUT",
        f"CreditNotes/{note['CreditNoteID']}/Allocations",
        {"Allocations": [allocation]},
    )
    xero.put("Payments", payment(invoice, 5))
    xero.put("ManualJournals", journal())
    xero.put("BankTransactions", xero.receive())
    xero.put(
        "Items",
        {
            "Code": "BOX",
            "Name": "Box",
            "SalesDetails": {"UnitPrice": 9.9875, "AccountCode": "200", "TaxType": "OUTPUT2"},
            "PurchaseDetails": {"UnitPrice": 4.25, "COGSAccountCode": "310"},
            "InventoryAssetAccountCode": "630",
        },
    )
