"""Where a document is seen in Xero: an address of go.xero.com for each kind, from Xero's id.

The addresses open in the organisation that the reader is signed in to.
"""

from __future__ import annotations

_XERO = "https://go.xero.com"
_PAGES = {
    "sale": "AccountsReceivable/View.aspx?InvoiceID=",
    "bill": "AccountsPayable/View.aspx?InvoiceID=",
    "credit_notes": "AccountsReceivable/ViewCreditNote.aspx?creditNoteID=",
    "bill_credit": "AccountsPayable/ViewCreditNote.aspx?creditNoteID=",
    "payments": "Bank/ViewTransaction.aspx?bankTransactionID=",
    "journals": "Journal/View.aspx?invoiceID=",
    "bank_transactions": "Bank/ViewTransaction.aspx?bankTransactionID=",
    "bank_transfers": "Bank/ViewTransaction.aspx?bankTransactionID=",
    "contacts": "Contacts/View/",
}


def link(stream: str, vendor_id: str | None, kind: str | None = None) -> str:
    """Give the address of a document; empty when it is not in Xero or has no page of its own.

    kind: of an invoice, `bill` or anything else for a sales invoice.
    """
    if stream == "invoices":
        stream = "bill" if kind == "bill" else "sale"
    elif stream == "credit_notes" and kind == "bill":
        stream = "bill_credit"
    if not vendor_id or stream not in _PAGES:
        return ""
    return f"{_XERO}/{_PAGES[stream]}{vendor_id}"
