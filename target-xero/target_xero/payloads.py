"""Documents as Xero's request bodies; pure.

The marker stands after the words a bookkeeper reads. Sub-total, tax and total are left to Xero:
echoing them makes it refuse later updates.
"""

from __future__ import annotations

from typing import Any

from target_xero.documents import (
    BankTransaction,
    BankTransfer,
    CreditNote,
    Document,
    Invoice,
    Journal,
    Line,
    Payment,
    Refund,
)

Payload = dict[str, Any]

# Xero documents no limit for a reference; 255 is what its other short texts have.
REFERENCE_LENGTH = 255
NARRATION_LENGTH = 4000
DESCRIPTION_LENGTH = 4000


def invoice(document: Invoice, contact_id: str, number: str) -> Payload:
    """An ACCREC invoice, or an ACCPAY bill, which keeps its marker in its number.

    number: the resolved one, which for a further shipment ends in -2.
    """
    payload: Payload = {
        "Type": "ACCPAY" if document.is_bill else "ACCREC",
        "Contact": {"ContactID": contact_id},
        "Date": document.date.isoformat(),
        "DueDate": max(document.due_date, document.date).isoformat(),
        "LineAmountTypes": "Inclusive" if document.amounts_include_tax else "Exclusive",
        "InvoiceNumber": bill_number(document) if document.is_bill else number,
        "CurrencyCode": document.currency,
        "Status": document.status,
        "LineItems": [_invoice_line(line) for line in document.lines],
    }
    return _with_words(payload, document)


def payment(document: Payment, invoice_id: str, amount: Any) -> Payload:
    """A payment of an invoice into the clearing account; amount may be the due part of it."""
    return {
        "Invoice": {"InvoiceID": invoice_id},
        "Account": {"Code": document.account},
        "Date": document.date.isoformat(),
        "Amount": amount,
        "Reference": reference(document, document.reference),
    }


def credit_note(document: CreditNote, contact_id: str, number: str) -> Payload:
    """A credit note under a resolved number; a supplier's keeps its marker in that."""
    payload: Payload = {
        "Type": "ACCPAYCREDIT" if document.is_bill else "ACCRECCREDIT",
        "Contact": {"ContactID": contact_id},
        "Date": document.date.isoformat(),
        "LineAmountTypes": "Inclusive" if document.amounts_include_tax else "Exclusive",
        "CreditNoteNumber": bill_number(document) if document.is_bill else number,
        "CurrencyCode": document.currency,
        "Status": document.status,
        "LineItems": [_invoice_line(line) for line in document.lines],
    }
    return _with_words(payload, document)


def refund(document: Refund, credit_note_id: str) -> Payload:
    """The payment that refunds a credit note out of the clearing account."""
    return {
        "CreditNote": {"CreditNoteID": credit_note_id},
        "Account": {"Code": document.account},
        "Date": document.date.isoformat(),
        "Amount": document.amount,
        "Reference": reference(document, document.reference),
    }


def bank_transfer(document: BankTransfer, from_id: str, to_id: str) -> Payload:
    """Money moved between bank accounts; left for the bank feed to reconcile."""
    return {
        "FromBankAccount": {"AccountID": from_id},
        "ToBankAccount": {"AccountID": to_id},
        "Amount": document.amount,
        "Date": document.date.isoformat(),
        "Reference": reference(document, document.reference),
    }


def journal(document: Journal) -> Payload:
    """A posted manual journal; Inclusive, so that the tax types of its lines count."""
    return {
        "Narration": reference(document, document.narration, NARRATION_LENGTH),
        "Date": document.date.isoformat(),
        "LineAmountTypes": "Inclusive",
        "Status": "POSTED",
        "JournalLines": [
            {
                "LineAmount": line.amount,
                "AccountCode": line.account,
                "Description": line.description[:DESCRIPTION_LENGTH],
                **_tax_and_tracking(line),
            }
            for line in document.lines
        ],
    }


def bank_transaction(document: BankTransaction, contact_id: str, account_id: str) -> Payload:
    """Money received or spent; never marked as reconciled, so that the bank feed offers it."""
    return {
        "Type": document.kind.upper(),
        "Contact": {"ContactID": contact_id},
        "BankAccount": {"AccountID": account_id},
        "Date": document.date.isoformat(),
        "Reference": reference(document, document.reference),
        "LineAmountTypes": "Inclusive",
        "Status": "AUTHORISED",
        "LineItems": [
            {
                "Description": line.description[:DESCRIPTION_LENGTH],
                "Quantity": 1,
                "UnitAmount": line.amount,
                "LineAmount": line.amount,
                "AccountCode": line.account,
                **_tax_and_tracking(line),
            }
            for line in document.lines
        ],
    }


def reference(document: Document, words: str, limit: int = REFERENCE_LENGTH) -> str:
    """The words that a bookkeeper reads, the own date of a moved document, and the marker."""
    return marked(words, f"{document.words_of_move} {document.marker}".strip(), limit)


def bill_number(document: Invoice | CreditNote) -> str:
    """A bill's number with its marker: Xero drops the Reference of a bill."""
    return marked(document.number, document.marker, REFERENCE_LENGTH)


def marked(words: str, mark: str, limit: int) -> str:
    """Put the marker after the words, which are cut where both are too long together."""
    return f"{words.strip()[: limit - len(mark) - 1].rstrip()} {mark}".strip()


def _with_words(payload: Payload, document: Invoice | CreditNote) -> Payload:
    """Add reference and marker; a bill has none, so its first line says what it was dated."""
    if not document.is_bill:
        payload["Reference"] = reference(document, document.reference)
    elif document.moved_from and payload["LineItems"]:
        first = payload["LineItems"][0]
        words = marked(first["Description"], document.words_of_move, DESCRIPTION_LENGTH)
        first["Description"] = words
    return payload


def _invoice_line(line: Line) -> Payload:
    payload: Payload = {
        "Description": line.description[:DESCRIPTION_LENGTH],
        "Quantity": 1 if line.unit_amount is None else line.quantity,
        "UnitAmount": line.amount if line.unit_amount is None else line.unit_amount,
        "LineAmount": line.amount,
        "AccountCode": line.account,
    }
    if line.item_code:
        payload["ItemCode"] = line.item_code
    return payload | _tax_and_tracking(line)


def _tax_and_tracking(line: Line) -> Payload:
    payload: Payload = {}
    if line.tax_type:
        payload["TaxType"] = line.tax_type
    if line.tracking:
        payload["Tracking"] = [
            {"Name": each.category, "Option": each.option} for each in line.tracking
        ]
    return payload
