"""Bank transfers in Xero, and documents on a clearing account that is a bank account.

No journal and no line of a document may touch a bank account. Where clearing is one, a journal
becomes money spent or received on it, and a payout a transfer from it; both keep their marker.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

from books import State
from target_xero import documents, payloads
from target_xero.accounts import BankAccounts, UnknownBankAccount
from target_xero.desk import Desk, Impossible, Pending
from target_xero.documents import BankTransfer, Document
from target_xero.kinds import Element, Ready, by_marker, window
from target_xero.payloads import Payload
from xero_api import reads

_KEPT = ("document_id", "date", "currency", "source", "lock_dates", "moved_from")
_NOBODY = "Amazon"


class BankTransfers:
    """Transfers between bank accounts: never updated, found again by the marker."""

    stream = documents.BANK_TRANSFERS
    resource = "BankTransfers"
    id_name = "BankTransferID"
    mark_name = "Reference"

    def find(self, desk: Desk, ready: Sequence[Ready]) -> dict[str, Element]:
        """In a window of dates, all in one call."""
        found = reads.bank_transfers_between(desk.session, *window(desk, ready))
        return by_marker(ready, found, self.mark_name)

    def render(self, desk: Desk, document: Document, number: str | None) -> Payload:
        """The body; raises Impossible when an account is no bank account of the currency."""
        del number
        transfer = cast(BankTransfer, document)
        try:
            ids = [
                desk.bank_accounts.id_of(account, transfer.currency)
                for account in (transfer.from_account, transfer.to_account)
            ]
        except UnknownBankAccount as fault:
            raise Impossible(str(fault)) from fault
        return payloads.bank_transfer(transfer, *ids)

    def expected_total(self, document: Document) -> Decimal | None:
        """A transfer has an amount, and no total."""
        del document
        return None

    def ready(self, desk: Desk, pending: Pending) -> Ready:
        """A new bank transfer."""
        payload = self.render(desk, pending.document, None)
        return Ready(pending, payload, amount=cast(BankTransfer, pending.document).amount)


def place(pending: Pending, banks: BankAccounts) -> None:
    """Turn a document on a clearing account of type BANK into what Xero takes there.

    One that is in Xero, or on its way, stays what it became then: that costs no call.
    """
    if pending.stream not in _MAKERS:
        return
    record = json.loads(pending.text)
    other = _on_a_bank_account(pending.stream, record)
    if other is None:
        return
    clearing, stream = other
    known = pending.posting
    settled = known is not None and (known.vendor_id or known.state is State.INTENDED)
    if known.stream == stream if known is not None and settled else banks.has(clearing):
        made = _MAKERS[pending.stream](record, clearing)
        new = Pending.of(stream, made, pending.arrival)
        pending.stream, pending.document = new.stream, new.document
        pending.text, pending.content_hash = new.text, new.content_hash


def _on_a_bank_account(stream: str, record: dict[str, Any]) -> tuple[str, str] | None:
    """Name the account that may be a bank account, and the stream it would go to."""
    if stream == documents.JOURNALS and record.get("clearing_account"):
        return record["clearing_account"], documents.BANK_TRANSACTIONS
    if stream == documents.BANK_TRANSACTIONS:
        accounts = {line["account"] for line in record["lines"]}
        if len(accounts) == 1 and accounts != {record["bank_account"]}:
            return accounts.pop(), documents.BANK_TRANSFERS
    return None


def _journal_on_bank(record: dict[str, Any], clearing: str) -> dict[str, Any]:
    """The journal as money spent, or received, on its clearing account."""
    others = [line for line in record["lines"] if line["account"] != clearing]
    spent = sum((Decimal(line["amount"]) for line in others), Decimal(0))
    sign = 1 if spent >= 0 else -1
    return {
        **_kept(record),
        "kind": "spend" if sign > 0 else "receive",
        "bank_account": clearing,
        "contact": (record.get("source") or {}).get("marketplace") or _NOBODY,
        "reference": record["narration"],
        "lines": [
            {**line, "amount": format(sign * Decimal(line["amount"]), "f")} for line in others
        ],
        "total": format(sign * spent, "f"),
    }


def _payout_as_transfer(record: dict[str, Any], clearing: str) -> dict[str, Any]:
    """The payout as a transfer from the clearing account to the bank, or back."""
    ends = (clearing, record["bank_account"])
    source, target = ends if record["kind"] == "receive" else reversed(ends)
    return {
        **_kept(record),
        "from_account": source,
        "to_account": target,
        "amount": record["total"],
        "reference": record["reference"],
    }


def _kept(record: dict[str, Any]) -> dict[str, Any]:
    """What a document is on whichever account: its identity, date, currency and trace."""
    return {name: record[name] for name in _KEPT if name in record}


_MAKERS = {
    documents.JOURNALS: _journal_on_bank,
    documents.BANK_TRANSACTIONS: _payout_as_transfer,
}
