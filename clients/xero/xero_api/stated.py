"""What Xero says of a document: its state, its day and its lines with the tax that Xero derived.

Pure: from an element of an answer to plain values, the same for every kind of document, so that
an independent ledger can be written from them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xero_api.exact import amount, day

Element = dict[str, Any]

_ZERO = Decimal("0.00")
_WITHOUT_EFFECT = frozenset({"DRAFT", "SUBMITTED", "VOIDED", "DELETED"})


@dataclass(frozen=True, slots=True)
class StatedLine:
    """One line: what it puts on its account without tax, the tax, and the tracking options."""

    account: str
    net: Decimal
    tax: Decimal
    tax_type: str
    tracking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stated:
    """One document as Xero has it.

    kind: the type that Xero gives it (ACCREC, ACCRECPAYMENT, RECEIVE, ...), else MANUALJOURNAL or
    TRANSFER. account: code or id of the bank or clearing account that it pays into or from;
    other_account: where a transfer goes to. total: with tax; zero for a journal. The currency is
    empty where the element names none: a journal's is the base currency. is_reconciled is None
    where Xero reconciles no such document.
    """

    kind: str
    status: str
    updated: str
    date: str
    currency: str
    total: Decimal
    account: str = ""
    other_account: str = ""
    is_reconciled: bool | None = None
    lines: tuple[StatedLine, ...] = ()

    @property
    def has_effect(self) -> bool:
        """Whether it stands in the general ledger: drafts and voided documents do not."""
        return self.status not in _WITHOUT_EFFECT


def stated(resource: str, element: Element) -> Stated:
    """Read an element of `Invoices`, `CreditNotes`, `Payments`, `ManualJournals`, ..."""
    common: dict[str, Any] = {
        "status": str(element.get("Status") or ""),
        "updated": str(element.get("UpdatedDateUTC") or ""),
        "date": _date(element),
    }
    match resource:
        case "Payments":
            return _payment(element, common)
        case "BankTransfers":
            return _transfer(element, common)
        case "ManualJournals":
            lines = _lines(element.get("JournalLines") or (), element)
            return Stated("MANUALJOURNAL", currency="", total=_ZERO, lines=lines, **common)
        case "Invoices" | "CreditNotes" | "BankTransactions":
            return _document(element, common)
        case _:
            raise ValueError(f"{resource} has no effect on the ledger")


def _document(element: Element, common: dict[str, Any]) -> Stated:
    bank = element.get("BankAccount")
    return Stated(
        kind=str(element.get("Type") or ""),
        currency=str(element.get("CurrencyCode") or ""),
        total=amount(element.get("Total")),
        account=_account(bank),
        is_reconciled=bool(element.get("IsReconciled")) if bank else None,
        lines=_lines(element.get("LineItems") or (), element),
        **common,
    )


def _payment(element: Element, common: dict[str, Any]) -> Stated:
    paid = element.get("Invoice") or element.get("CreditNote") or {}
    return Stated(
        kind=str(element.get("PaymentType") or ""),
        currency=str(paid.get("CurrencyCode") or element.get("CurrencyCode") or ""),
        total=amount(element.get("Amount")),
        account=_account(element.get("Account")),
        is_reconciled=bool(element.get("IsReconciled")),
        **common,
    )


def _transfer(element: Element, common: dict[str, Any]) -> Stated:
    reconciled = (element.get("FromIsReconciled"), element.get("ToIsReconciled"))
    return Stated(
        kind="TRANSFER",
        currency=str(element.get("CurrencyCode") or ""),
        total=amount(element.get("Amount")),
        account=_account(element.get("FromBankAccount")),
        other_account=_account(element.get("ToBankAccount")),
        is_reconciled=all(reconciled),
        **common,
    )


def _date(element: Element) -> str:
    found = day(element.get("DateString") or element.get("Date"))
    return found.isoformat() if found else ""


def _account(reference: Any) -> str:
    if not isinstance(reference, dict):
        return ""
    return str(reference.get("Code") or reference.get("AccountID") or "")


def _lines(lines: Iterable[Element], element: Element) -> tuple[StatedLine, ...]:
    """Read lines; an amount that includes tax is given without it."""
    inclusive = element.get("LineAmountTypes") == "Inclusive"
    found = []
    for line in lines:
        tax = amount(line.get("TaxAmount"))
        whole = amount(line.get("LineAmount"))
        found.append(
            StatedLine(
                account=str(line.get("AccountCode") or line.get("AccountID") or ""),
                net=whole - tax if inclusive else whole,
                tax=tax,
                tax_type=str(line.get("TaxType") or ""),
                tracking=tuple(
                    str(each.get("Option") or "") for each in line.get("Tracking") or ()
                ),
            )
        )
    return tuple(found)
