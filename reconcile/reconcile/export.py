"""The books in notations that other programs read: CSV, JSON, and a plain-text ledger."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import IO, Any

from reconcile.ledger import Chart, Transaction, balances
from reconcile.settlements import Settlement
from reconcile.waterfall import waterfall

_ROOTS = {
    "ASSET": "Assets",
    "LIABILITY": "Liabilities",
    "EQUITY": "Equity",
    "REVENUE": "Revenue",
    "EXPENSE": "Expenses",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def settlements_csv(found: Iterable[Settlement], out: IO[str]) -> None:
    """Write one line for each settlement and class, for a spreadsheet."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        [
            "organisation",
            "settlement_id",
            "marketplace",
            "currency",
            "start",
            "end",
            "deposit_date",
            "status",
            "bank",
            "group",
            "class",
            "rows",
            "amount",
        ]
    )
    for each in found:
        head = [
            each.organisation,
            each.settlement_id,
            each.marketplace,
            each.currency,
            each.proof["start"],
            each.proof["end"],
            each.proof["deposit_date"],
            str(each.status),
            str(each.bank),
        ]
        for group in waterfall(each):
            for step in group.steps:
                line = [*head, group.name, step.accounting_class, step.rows, step.amount]
                writer.writerow([_cell(cell) for cell in line])


def as_json(found: Iterable[Settlement], ledger: Sequence[Transaction], out: IO[str]) -> None:
    """Write everything known: proofs, what became of their documents, the ledger's entries."""
    document = {
        "settlements": [_settlement(each) for each in found],
        "transactions": [_transaction(each) for each in ledger],
        "balances": [
            {"account": account, "currency": currency, "amount": total}
            for (account, currency), total in balances(ledger).items()
        ],
    }
    json.dump(document, out, default=_exact, ensure_ascii=False, indent=1)
    out.write("\n")


def plain_text(ledger: Iterable[Transaction], chart: Chart, out: IO[str]) -> None:
    """Write a journal that hledger and ledger read; every transaction balances by itself."""
    out.write("; Amazon settlements as they stand in Xero, from the books.\n")
    for each in ledger:
        description = each.number or each.document_id
        out.write(f"\n{each.date} * ({_word(each.vendor_id)}) {_word(description)}\n")
        out.write(f"    ; document: {_word(each.document_id)}\n")
        for name, value in (("settlement", each.settlement_id), ("order", each.order_id)):
            if value:
                out.write(f"    ; {name}: {_word(value)}\n")
        for entry in each.entries:
            account = account_name(entry.account, chart)
            out.write(f"    {account}    {entry.amount:f} {entry.currency}\n")


def account_name(label: str, chart: Chart) -> str:
    """Name an account in the notation of plain-text ledgers, under its class."""
    account = chart.find(label)
    if account is None:
        return f"Unclassified:{_word(label)}"
    root = _ROOTS.get(account.account_class, "Unclassified")
    return f"{root}:{_word(' '.join(filter(None, [account.code, account.name])))}"


def _word(text: str) -> str:
    """Keep a text from being read as notation: no line ends, comments, colons or wide gaps."""
    return re.sub(r"[\s;:|()\[\]{}]+", " ", text).strip() or "-"


def _cell(value: Any) -> str:
    """Write a cell so that no spreadsheet takes it for a formula."""
    if isinstance(value, Decimal):
        return format(value, "f")
    text = "" if value is None else str(value)
    if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _settlement(settlement: Settlement) -> dict[str, Any]:
    return {
        **settlement.proof,
        "bank": str(settlement.bank),
        "became": str(settlement.status),
        "posted": settlement.posted,
        "waits": settlement.waits,
        "unexplained": settlement.difference,
        "of_orders": settlement.of_orders.counts,
        "documents": [
            {
                "document_id": each.document_id,
                "stream": each.stream,
                "number": each.number,
                "date": each.date,
                "amount": each.amount,
                "state": each.state,
                "why": each.why,
            }
            for each in settlement.documents
        ],
    }


def _transaction(transaction: Transaction) -> dict[str, Any]:
    return {
        "document_id": transaction.document_id,
        "stream": transaction.stream,
        "xero_id": transaction.vendor_id,
        "date": transaction.date,
        "number": transaction.number,
        "settlement_id": transaction.settlement_id,
        "order_id": transaction.order_id,
        "entries": [
            {"account": entry.account, "amount": entry.amount, "currency": entry.currency}
            for entry in transaction.entries
        ],
    }


def _exact(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} has no place in an export")
