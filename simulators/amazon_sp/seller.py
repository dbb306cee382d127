"""The state of one seller's account: what its operations read, and the switches of a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Literal

from simulators.amazon_sp import flatfile, instants
from simulators.amazon_sp.errors import error_list
from simulators.amazon_sp.flatfile import Dialect, Settlement
from simulators.amazon_sp.lwa import Login
from simulators.amazon_sp.pages import PageTokens
from simulators.amazon_sp.shop import Shop
from simulators.amazon_sp.stored import Document
from simulators.amazon_sp.usage import Plan, UsagePlans
from simulators.faults import Fault, Faults
from simulators.wsgi import Call

Record = dict[str, Any]

DEFAULT_ROLES = (
    *("Inventory and Order Tracking", "Finance and Accounting", "Product Listing"),
    "Amazon Fulfillment",
)


@dataclass(frozen=True)
class Spoiled:
    """How a requested report ends badly; a reason becomes its document."""

    status: Literal["CANCELLED", "FATAL"]
    reason: str = ""


@dataclass
class Seller(Shop):
    """A selling partner that has authorised one application; its listings are those of its `Shop`.

    Orders, reports, event groups and participations are kept in Amazon's own JSON shape, whole;
    the operations cut from them what a call may see. Settlements are kept beside their files,
    inventory by marketplace. report_time: how long a requested report takes. orders_v0: orders
    that only v0 has, as it shows them, items inside.
    """

    orders: dict[str, Record] = field(default_factory=dict)
    reports: dict[str, Record] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    event_groups: list[Record] = field(default_factory=list)
    orders_v0: dict[str, Record] = field(default_factory=dict)
    report_time: timedelta = timedelta(seconds=40)
    spoiled: list[Spoiled] = field(default_factory=list)
    making: dict[str, Spoiled | None] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    settlements: dict[str, Settlement] = field(default_factory=dict)
    inventory: dict[str, list[Record]] = field(default_factory=dict)
    transactions_per_page: int = 100
    empty_pages: bool = False
    roles: set[str] = field(default_factory=lambda: set(DEFAULT_ROLES))
    faults: Faults = field(default_factory=Faults)
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.login = Login(self.clock)
        self.usage = UsagePlans(self.clock)
        self.pages = PageTokens(self.clock)
        self._transactions: list[Record] = []
        self._still_to_make: Callable[[], list[Record]] | None = None

    # -- what a test sets up -----------------------------------------------------------------

    @property
    def plans(self) -> dict[str, Plan]:
        """The usage plans by operation, (rate a second, burst); change them at will."""
        return self.usage.plans

    @property
    def transactions(self) -> list[Record]:
        """The movements of money, released and deferred."""
        with self.lock:
            if self._still_to_make is not None:
                make, self._still_to_make = self._still_to_make, None
                self._transactions = make() + self._transactions
            return self._transactions

    @transactions.setter
    def transactions(self, movements: list[Record]) -> None:
        self._transactions = movements

    def make_transactions(self, make: Callable[[], list[Record]]) -> None:
        """Let the transactions be made when they are first asked for: few tests ask."""
        self._still_to_make = make

    def add_order(self, order: Record) -> None:
        """Put an order into the account, or a newer state of it."""
        with self.lock:
            self.orders[order["orderId"]] = order

    def add_settlement(
        self,
        settlement: Settlement,
        dialect: Dialect,
        *,
        report_id: str,
        created: datetime,
        name_charset: bool = True,
    ) -> str:
        """Deliver a settlement's report; returns the id of its document.

        The same settlement may be delivered twice, under two report ids. `name_charset=False`
        leaves the encoding out of the document's content type.
        """
        content = flatfile.encoded(settlement, dialect)
        document_id = f"amzn1.spdoc.1.4.eu.{report_id}.T{settlement.settlement_id}"
        charset = f"; charset={dialect.charset}" if name_charset else ""
        with self.lock:
            self.settlements[report_id] = settlement
            self.add_document(
                Document(
                    document_id,
                    flatfile.compress(content) if dialect.compressed else content,
                    compressed=dialect.compressed,
                    content_type=f"text/plain{charset}",
                )
            )
            self.add_report(
                {
                    "reportId": report_id,
                    "reportType": flatfile.REPORT_TYPE,
                    "dataStartTime": instants.written(settlement.start),
                    "dataEndTime": instants.written(settlement.end),
                    "createdTime": instants.written(created),
                    "processingStatus": "DONE",
                    "processingStartTime": instants.written(created),
                    "processingEndTime": instants.written(created + timedelta(seconds=41)),
                    "reportDocumentId": document_id,
                    "marketplaceIds": self.marketplace_ids,
                }
            )
        return document_id

    def add_report(self, report: Record) -> None:
        """Put a report into the account, or a newer state of it."""
        self.reports[report["reportId"]] = report

    def add_document(self, document: Document) -> None:
        """Put a report document into storage."""
        self.documents[document.document_id] = document

    def settlement_files(self) -> dict[str, bytes]:
        """Give every settlement report's file by report id, as bytes before compression."""
        return {
            report_id: self.documents[self.reports[report_id]["reportDocumentId"]].plain()
            for report_id in self.settlements
        }

    def release(self, transaction_id: str, by: Record) -> None:
        """Release a deferred transaction as Amazon does: in place, and by one that names it."""
        link = {"relatedIdentifierName": "RELEASE_TRANSACTION_ID"}
        with self.lock:
            for each in self.transactions:
                if each["transactionId"] == transaction_id:
                    each["transactionStatus"] = "DEFERRED_RELEASED"
                    link["relatedIdentifierValue"] = by["transactionId"]
                    each["relatedIdentifiers"] = [*each["relatedIdentifiers"], link]
            self.transactions.append(by)

    # -- bad days ----------------------------------------------------------------------------

    def revoke(self) -> None:
        """Let the seller take back the authorisation: tokens are refused from now on."""
        self.login.revoke()

    def throttle(self, times: int | None = 1, **which: Any) -> Fault:
        """Answer the next calls with 429, whatever the usage plans say."""
        body = error_list("QuotaExceeded", "You exceeded your quota for the requested resource.")
        return self.faults.respond(429, body, times=times, **which)

    def fail(self, status: int = 500, times: int | None = 1, **which: Any) -> Fault:
        """Answer the next calls with a fault of Amazon's own: 500 or 503."""
        unavailable = status == HTTPStatus.SERVICE_UNAVAILABLE
        code = "ServiceUnavailable" if unavailable else "InternalFailure"
        message = "We encountered an internal error. Please try again."
        return self.faults.respond(status, error_list(code, message), times=times, **which)

    def refuse(self, operation: str, code: str = "AccessDeniedException") -> None:
        """Answer one operation with 403 from now on, as Amazon does for some sellers."""
        self.refused[operation] = code

    def spoil_report(
        self, status: Literal["CANCELLED", "FATAL"], reason: str = "", times: int = 1
    ) -> None:
        """Let the next reports that are asked for end as cancelled or fatal."""
        self.spoiled += [Spoiled(status, reason)] * times

    def cut_documents(self, cut: int, times: int | None = 1) -> Fault:
        """Send only the first `cut` bytes of a document, then drop the line."""
        return self.faults.truncate(cut, method="GET", path="/documents/*", times=times)

    def shorten_document(self, document_id: str, keep: int) -> None:
        """Keep only the first bytes of a stored document: whole to HTTP, cut short as GZIP."""
        document = self.documents[document_id]
        self.documents[document_id] = Document(
            document_id, document.content[:keep], document.compressed, document.content_type
        )

    def summary(self) -> Mapping[str, Any]:
        """Sum the account up, for programs outside."""
        return {
            "seller_id": self.seller_id,
            "now": instants.written(self.clock.now()),
            "marketplaces": self.marketplace_ids,
            "orders": len(self.orders),
            "event_groups": len(self.event_groups),
            "calls": len(self.calls),
            "settlements": [
                {
                    "report_id": report_id,
                    "settlement_id": settlement.settlement_id,
                    "name": settlement.name,
                    "currency": settlement.currency,
                    "total": str(settlement.total),
                    "start": instants.written(settlement.start),
                    "end": instants.written(settlement.end),
                    "rows": len(settlement.rows),
                }
                for report_id, settlement in self.settlements.items()
            ],
        }
