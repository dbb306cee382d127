"""Documents as records: the only code that writes the targets' dictionaries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from transforms.ledger.documents import (
    BankTransaction,
    Document,
    Invoice,
    Journal,
    Payment,
    Source,
    Tracking,
)
from transforms.ledger.money import text

Record = dict[str, Any]


def document_record(document: Document) -> tuple[str, Record]:
    """Write a document; with it the stream that it belongs on."""
    match document:
        case Invoice():
            return "invoices", _invoice(document)
        case Payment():
            return "payments", _payment(document)
        case Journal():
            return "journals", _journal(document)
        case BankTransaction():
            return "bank_transactions", _bank_transaction(document)


def _invoice(invoice: Invoice) -> Record:
    return {
        "document_id": invoice.document_id,
        "kind": invoice.kind,
        "number": invoice.number,
        "contact": invoice.contact,
        "date": invoice.date.isoformat(),
        "due_date": invoice.due_date.isoformat(),
        "currency": invoice.currency,
        "amounts_include_tax": True,
        "reference": invoice.reference,
        "lines": [
            {
                "description": line.description,
                "quantity": str(line.quantity),
                "unit_amount": text(line.unit_amount),
                "amount": text(line.amount),
                "account": line.account,
                "tax_type": line.tax_type,
                "item_code": line.item_code,
                "tracking": _tracking(line.tracking),
            }
            for line in invoice.lines
        ],
        "total": text(invoice.total),
        "status": invoice.status,
        "if_absent": invoice.if_absent,
        "source": _source(invoice.source),
    }


def _payment(payment: Payment) -> Record:
    return {
        "document_id": payment.document_id,
        "pays": payment.pays,
        "account": payment.account,
        "date": payment.date.isoformat(),
        "currency": payment.currency,
        "amount": text(payment.amount),
        "reference": payment.reference,
        "source": _source(payment.source),
    }


def _journal(journal: Journal) -> Record:
    return {
        "document_id": journal.document_id,
        "date": journal.date.isoformat(),
        "narration": journal.narration,
        "currency": journal.currency,
        "lines": [
            {
                "account": line.account,
                "amount": text(line.amount),
                "tax_type": line.tax_type,
                "tracking": _tracking(line.tracking),
                "description": line.description,
            }
            for line in journal.lines
        ],
        "clearing_account": journal.clearing_account,
        "source": _source(journal.source),
    }


def _bank_transaction(transaction: BankTransaction) -> Record:
    return {
        "document_id": transaction.document_id,
        "kind": transaction.kind,
        "bank_account": transaction.bank_account,
        "contact": transaction.contact,
        "date": transaction.date.isoformat(),
        "currency": transaction.currency,
        "reference": transaction.reference,
        "lines": [
            {
                "description": line.description,
                "amount": text(line.amount),
                "account": line.account,
                "tax_type": line.tax_type,
                "tracking": _tracking(line.tracking),
            }
            for line in transaction.lines
        ],
        "total": text(transaction.total),
        "source": _source(transaction.source),
    }


def _source(source: Source) -> Record:
    return {
        "organisation": source.organisation,
        "marketplace": source.marketplace,
        "settlement_id": source.settlement_id,
        "order_id": source.order_id,
        "month": source.month,
    }


def _tracking(tracking: Iterable[Tracking]) -> list[Record]:
    return [{"category": each.category, "option": each.option} for each in tracking]
