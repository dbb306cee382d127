"""Documents in plain ledger notation: what hledger, Ledger and an accountant read.

A transaction a document: date, number in brackets, what it is, and its postings, debit positive.
What a document says beyond its amounts stands behind a semicolon. A settlement's proof, and what
is held, are comments.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Record = dict[str, Any]


def block(stream: str, record: Record) -> str:
    """One document of a stream."""
    return "\n".join(_BLOCKS[stream](record))


def _invoice(record: Record) -> Iterator[str]:
    only = ", if absent" if record["if_absent"] else ""
    yield f"{record['date']} ({record['number']}) {record['contact']} | invoice{only}"
    yield _posting("receivable", record["total"], record["currency"], f"due {record['due_date']}")
    for line in record["lines"]:
        yield _line(line, _negative(line["amount"]), record["currency"])


def _credit_note(record: Record) -> Iterator[str]:
    yield f"{record['date']} ({record['number']}) {record['contact']} | {record['reference']}"
    yield _posting("receivable", _negative(record["total"]), record["currency"])
    for line in record["lines"]:
        yield _line(line, line["amount"], record["currency"])
    if refund := record["refund"]:
        yield ""
        yield f"{refund['date']} ({record['number']}) {record['contact']} | refund"
        yield _posting("receivable", refund["amount"], record["currency"])
        yield _posting(refund["account"], _negative(refund["amount"]), record["currency"])


def _line(line: Record, amount: str, currency: str) -> str:
    item = f" [{line['item_code']}]" if line["item_code"] else ""
    priced = f"{line['quantity']} x {line['unit_amount']}"
    words = f"{line['tax_type']}, {priced}: {line['description']}{item}"
    return _posting(line["account"], amount, currency, words)


def _payment(record: Record) -> Iterator[str]:
    yield f"{record['date']} ({record['pays']}) payment | {record['reference']}"
    yield _posting(record["account"], record["amount"], record["currency"])
    yield _posting("receivable", _negative(record["amount"]), record["currency"])


def _journal(record: Record) -> Iterator[str]:
    yield f"{record['date']} journal | {record['narration']}"
    for line in record["lines"]:
        words = f"{line['tax_type']}: {line['description']}"
        yield _posting(line["account"], line["amount"], record["currency"], words)


def _bank_transaction(record: Record) -> Iterator[str]:
    sign = (lambda amount: amount) if record["kind"] == "receive" else _negative
    yield f"{record['date']} {record['kind']} | {record['reference']}"
    yield _posting(record["bank_account"], sign(record["total"]), record["currency"])
    for line in record["lines"]:
        yield _posting(line["account"], _negative(sign(line["amount"])), record["currency"])


def _proof(record: Record) -> Iterator[str]:
    yield f"; proof: {record['marketplace']}, style {record['posting']}, {record['status']}"
    yield f";   deposit {record['deposit']} {record['currency']}, difference {record['difference']}"
    yield f";   {record['rows']} rows, {record['rows_total']}"
    for each in record["classes"]:
        yield f";   {each['class']:<24} {each['amount']:>12}  {each['rows']} rows"
    for each in record["destinations"]:
        place = f"to {each['country']} at {each['rate']} %, {each['treatment']}"
        yield f";   {place:<28} {each['amount']:>8}  {len(each['items'])} items"
    for each in record["differences"]:
        amount = f" {each['amount']}" if each["amount"] else ""
        yield f";   named: {each['name']}{amount}"


def _held(record: Record) -> Iterator[str]:
    yield f"; held: {record['document_id']}: {record['reason']}"
    yield from (f";   {line.strip()}" for line in record["details"].splitlines())


def _posting(account: str, amount: str, currency: str, words: str = "") -> str:
    line = f"    {account:<24}  {amount:>12} {currency}"
    return f"{line}  ; {words}" if words else line


def _negative(amount: str) -> str:
    return amount[1:] if amount.startswith("-") else f"-{amount}"


_BLOCKS = {
    "invoices": _invoice,
    "credit_notes": _credit_note,
    "payments": _payment,
    "journals": _journal,
    "bank_transactions": _bank_transaction,
    "settlements": _proof,
    "held": _held,
}
