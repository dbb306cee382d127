"""Orders of the Orders API: the invoice of a shipped one, the credit note of a cancelled one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import books
from transforms import records
from transforms.cancelled import cancellation
from transforms.gathering import Made
from transforms.ledger.book import Book, Marketplace
from transforms.ledger.documents import Invoice
from transforms.ledger.elsewhere import NotTold, told
from transforms.ledger.lines_to_add import marketplace_line
from transforms.ledger.orders import Order, UnclearAmounts, order_invoice
from transforms.ledger.outcome import Held
from transforms.ledger.placing import NON_AMAZON
from transforms.ledger.sales import UnmappedSku
from transforms.ledger.unplaced import Unplaced
from transforms.posted import invoice_posted, is_settled
from transforms.vat import VatShelf

Record = dict[str, Any]


class Orders:
    """Makes documents of orders of marketplaces in style `orders`; counts those left out.

    One that was not read from the Orders API is a document of its own, posted only if the order
    has no invoice yet: the API or a settlement may bring the same order.
    """

    def __init__(self, book: Book, kept: books.Books | None, zone: ZoneInfo, vat: VatShelf) -> None:
        self._book = book
        self._books = kept
        self._zone = zone
        self._vat = vat
        self.left_out: Counter[tuple[str, str]] = Counter()
        self.not_told: Counter[str] = Counter()

    def made(self, record: Record) -> Iterator[Made]:
        """Give an order's document, what holds it, or the id of an invoice not needed any more.

        An order that is cancelled after its invoice was posted is credited.
        """
        marketplace = self._marketplace_of(record)
        source = records.source_of(record)
        document_id = f"invoice:{record['order_id']}" + ("" if source == "api" else f":{source}")
        if marketplace is None:
            return
        if record["status"] == "CANCELLED":
            note = cancellation(record, marketplace, self._book, self._books, self._zone)
            if note is not None:
                yield note
            # What waited to be invoiced is not sold.
            yield document_id
        elif record["status"] == "SHIPPED":
            yield from self._shipped(record, marketplace, document_id)

    def _shipped(
        self, record: Record, marketplace: Marketplace, document_id: str
    ) -> Iterator[Made]:
        reason = "unclear_amounts"
        try:
            read = records.order(record, marketplace, self._zone)
            if read.day < self._book.choices.books_start:
                return
            invoice = self._invoice(read, records.source_of(record))
        except NotTold:
            self.not_told[marketplace.name] += 1
            yield document_id
            return
        except UnmappedSku as fault:
            reason, details = "unmapped_sku", f"{fault}{_waiting(record)}"
        except Unplaced as fault:
            reason, details = fault.reason, str(fault)
        except (UnclearAmounts, records.Unreadable) as fault:
            # Nobody can mend Amazon's figures; the settlement that pays the order invoices it.
            if is_settled(record["order_id"], self._book.choices.organisation, self._books):
                yield document_id
                return
            details = f"{fault}: its settlement will make its invoice"
        else:
            if invoice is not None and invoice.document_id != document_id:
                invoice = replace(invoice, document_id=document_id, if_absent=True)
            yield document_id if invoice is None else invoice
            return
        yield Held(
            document_id=document_id,
            stream="invoices",
            reason=reason,
            details=details,
            record={"type": "order", "record": record},
            order_id=record["order_id"],
        )

    def _invoice(self, read: Order, source: str) -> Invoice | None:
        """Make an order's invoice, by the VAT report unless it was posted before that came."""
        order = read if source == "api" else told(read, source)
        vat = self._vat.report([order.order_id])
        invoice = order_invoice(order, self._book, vat)
        if not vat.lines:
            return invoice
        return invoice_posted(invoice, order_invoice(order, self._book), self._books)

    def _marketplace_of(self, record: Record) -> Marketplace | None:
        """Find the marketplace whose orders become invoices; None where they do not."""
        channel = (record["channel"] or "").replace("_", "-").casefold()
        if channel.startswith(NON_AMAZON):
            return None
        marketplace = self._book.marketplace_by_id(record["marketplace_id"] or "")
        if marketplace is None:
            self.left_out[_lacking(record)] += 1
            return None
        return marketplace if marketplace.posting == "orders" else None


def _waiting(record: Record) -> str:
    """Say how much waits with an order, where its source states what the seller receives."""
    if records.source_of(record) != "api" or not record["grand_total"]:
        return ""
    return f"; {record['grand_total']} {record['currency']} waits to be invoiced"


def _lacking(record: Record) -> tuple[str, str]:
    """Name the marketplace of an order that the maps lack, and the line to add for it."""
    marketplace_id = record["marketplace_id"] or "MARKETPLACE_ID"
    name = record["marketplace_name"] or record["marketplace_id"] or "?"
    return name, marketplace_line(name, "CURRENCY", marketplace_id)
