"""The documents: what a settlement or an order becomes, neutral of any accounting system.

A document that does not add up cannot be built. Amounts include tax; debit is positive on
journals. Every document knows what it was made from.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from transforms.ledger.money import ZERO


class DoesNotTie(ValueError):
    """Two figures that must be equal are not; the message gives both."""

    def __init__(self, what: str, stated: Decimal, found: Decimal) -> None:
        super().__init__(f"{what}: {stated} stated, {found} found, difference {stated - found}")
        self.stated = stated
        self.found = found


@dataclass(frozen=True, slots=True)
class Tracking:
    """A tracking category and the option chosen."""

    category: str
    option: str


@dataclass(frozen=True, slots=True)
class Source:
    """What a document was made from: the trace back to Amazon."""

    organisation: str
    marketplace: str | None = None
    settlement_id: str | None = None
    order_id: str | None = None
    month: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A line of an invoice; the amount includes tax and is negative for discounts and fees."""

    description: str
    quantity: Decimal
    unit_amount: Decimal
    amount: Decimal
    account: str
    tax_type: str
    item_code: str | None
    tracking: tuple[Tracking, ...]


@dataclass(frozen=True, slots=True)
class Invoice:
    """A sales invoice of one order, or the summary invoice of a settlement's month part."""

    document_id: str
    kind: Literal["sale", "settlement"]
    number: str
    contact: str
    date: dt.date
    due_date: dt.date
    currency: str
    reference: str
    lines: tuple[InvoiceLine, ...]
    total: Decimal
    status: str
    if_absent: bool
    source: Source

    def __post_init__(self) -> None:
        found = sum((line.amount for line in self.lines), ZERO)
        if found != self.total:
            raise DoesNotTie(f"lines of invoice {self.number}", self.total, found)


@dataclass(frozen=True, slots=True)
class Payment:
    """What one settlement pays of one order's invoice, into the clearing account."""

    document_id: str
    pays: str
    account: str
    date: dt.date
    currency: str
    amount: Decimal
    reference: str
    source: Source

    def __post_init__(self) -> None:
        if self.amount <= ZERO:
            raise DoesNotTie(f"payment of {self.pays} must be positive", ZERO, self.amount)


@dataclass(frozen=True, slots=True)
class Refund:
    """Money paid back for a credit note, out of the clearing account."""

    account: str
    date: dt.date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class CreditNote:
    """What one settlement gives back for one order; amounts are positive for what is credited.

    refunds: number of the order's invoice. What is not paid back is set against that invoice.
    """

    document_id: str
    number: str
    contact: str
    date: dt.date
    currency: str
    reference: str
    lines: tuple[InvoiceLine, ...]
    total: Decimal
    refunds: str | None
    refund: Refund | None
    status: str
    source: Source

    def __post_init__(self) -> None:
        found = sum((line.amount for line in self.lines), ZERO)
        if found != self.total or found <= ZERO:
            raise DoesNotTie(f"lines of credit note {self.number}", self.total, found)
        if self.refund is not None and not ZERO < self.refund.amount <= self.total:
            raise DoesNotTie(f"refund of credit note {self.number}", self.total, self.refund.amount)


@dataclass(frozen=True, slots=True)
class JournalLine:
    """A line of a journal; debit positive, credit negative, tax included."""

    account: str
    amount: Decimal
    tax_type: str
    tracking: tuple[Tracking, ...]
    description: str


@dataclass(frozen=True, slots=True)
class Journal:
    """A balanced journal of one calendar month; the clearing account, if it is among its lines."""

    document_id: str
    date: dt.date
    narration: str
    currency: str
    lines: tuple[JournalLine, ...]
    clearing_account: str | None
    source: Source

    def __post_init__(self) -> None:
        if residual := sum((line.amount for line in self.lines), ZERO):
            raise DoesNotTie(f"journal {self.document_id}: debits less credits", ZERO, residual)


@dataclass(frozen=True, slots=True)
class BankLine:
    """A line of a bank transaction."""

    description: str
    amount: Decimal
    account: str
    tax_type: str
    tracking: tuple[Tracking, ...]


@dataclass(frozen=True, slots=True)
class BankTransaction:
    """Money that the bank saw: a payout received, or a charge spent."""

    document_id: str
    kind: Literal["receive", "spend"]
    bank_account: str
    contact: str
    date: dt.date
    currency: str
    reference: str
    lines: tuple[BankLine, ...]
    total: Decimal
    source: Source

    def __post_init__(self) -> None:
        found = sum((line.amount for line in self.lines), ZERO)
        if found != self.total or found <= ZERO:
            raise DoesNotTie(f"lines of {self.document_id}", self.total, found)


Document = Invoice | CreditNote | Payment | Journal | BankTransaction
