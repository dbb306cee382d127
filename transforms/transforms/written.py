"""Documents as records: the only code that writes the targets' dictionaries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from transforms.ledger.documents import (
    BankTransaction,
    CreditNote,
    Document,
    Invoice,
    InvoiceLine,
    Journal,
    Payment,
    Source,
    Tracking,
)
from transforms.ledger.items import Item
from transforms.ledger.money import text
from transforms.ledger.stock import StockLevel

Record = dict[str, Any]


def document_record(document: Document) -> tuple[str, Record]:
    """Write a document; with it the stream that it belongs on."""
    match document:
        case Invoice():
            return "invoices", _invoice(document)
        case CreditNote():
            return "credit_notes", _credit_note(document)
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
        "lines": [_invoice_line(line) for line in invoice.lines],
        "total": text(invoice.total),
        "status": invoice.status,
        "if_absent": invoice.if_absent,
        "source": _source(invoice.source),
    }


def _invoice_line(line: InvoiceLine) -> Record:
    return {
        "description": line.description,
        "quantity": str(line.quantity),
        "unit_amount": text(line.unit_amount),
        "amount": text(line.amount),
        "account": line.account,
        "tax_type": line.tax_type,
        "item_code": line.item_code,
        "tracking": _tracking(line.tracking),
    }


def _credit_note(note: CreditNote) -> Record:
    refund = note.refund
    return {
        "document_id": note.document_id,
        "number": note.number,
        "contact": note.contact,
        "date": note.date.isoformat(),
        "currency": note.currency,
        "amounts_include_tax": True,
        "reference": note.reference,
        "lines": [_invoice_line(line) for line in note.lines],
        "total": text(note.total),
        "refunds": note.refunds,
        "refund": None
        if refund is None
        else {
            "account": refund.account,
            "date": refund.date.isoformat(),
            "amount": text(refund.amount),
        },
        "status": note.status,
        "source": _source(note.source),
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


def item_record(item: Item) -> Record:
    """Write an item of the price list."""
    return {
        "document_id": item.document_id,
        "code": item.code,
        "name": item.name,
        "description": item.description,
        "sale_price": None if item.sale_price is None else text(item.sale_price),
        "account": item.account,
        "tax_type": item.tax_type,
        "source": _source(item.source),
    }


def stock_record(level: StockLevel) -> Record:
    """Write what an item is to have on hand."""
    return {
        "document_id": level.document_id,
        "item_code": level.item_code,
        "quantity": level.quantity,
        "parts": [asdict(part) for part in level.parts],
        "date": level.date.isoformat(),
        "contact": level.contact,
        "account": level.account,
        "tax_type": level.tax_type,
        "currency": level.currency,
        "unit_cost": None if level.unit_cost is None else text(level.unit_cost),
        "source": {"organisation": level.source.organisation},
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
