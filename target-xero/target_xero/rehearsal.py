"""A session that reads Xero and writes nothing: what a run would write is answered here.

Only as far as a run's own decisions rest on an answer: ids, numbers that are taken, what is due on
an invoice and what is left of a credit note. Whether Xero would take an account, a tax type or an
item, `check` says.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn

from target_xero.agreement import is_gone
from xero_api import Session, XeroError, reads
from xero_api.exact import amount

Element = dict[str, Any]

_IDS = {
    "Contacts": "ContactID",
    "Items": "ItemID",
    "Invoices": "InvoiceID",
    "CreditNotes": "CreditNoteID",
    "Allocations": "AllocationID",
    "Payments": "PaymentID",
    "ManualJournals": "ManualJournalID",
    "BankTransactions": "BankTransactionID",
    "BankTransfers": "BankTransferID",
}
_NUMBERS = {"Invoices": "InvoiceNumber", "CreditNotes": "CreditNoteNumber"}
_OPEN = {"Invoices": "AmountDue", "CreditNotes": "RemainingCredit"}
_ASKED_ONCE = ("Organisation", "Accounts")
_TAKEN = {
    "Invoices": "Invoice # must be unique.",
    "CreditNotes": "Credit note # must be unique.",
}
_TOO_MUCH = "Payment amount exceeds the amount outstanding on this document"


class RehearsedSession(Session):
    """Xero as it would be after what was written here; elements made here never leave."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._made: dict[str, dict[str, Element]] = {name: {} for name in _IDS}
        self._changed: dict[str, Element] = {}
        self._paid: dict[str, Decimal] = {}
        self._read: dict[str, Element] = {}
        self._numbers: dict[str, dict[str, Element | None]] = {name: {} for name in _NUMBERS}

    def write(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any],
        *,
        params: Mapping[str, str | int] | None = None,
        idempotency_key: str | None = None,
        not_after: datetime | None = None,
    ) -> dict[str, Any]:
        """Answer a write as Xero would, and change nothing there."""
        del params, idempotency_key, not_after
        resource = path.rpartition("/")[2]
        elements: Sequence[Element] = body[resource]
        if method == "PUT" and resource in _NUMBERS:
            taken = self._taken(resource, [str(each[_NUMBERS[resource]]) for each in elements])
            return {resource: [self._numbered(resource, each, taken) for each in elements]}
        if resource in _NUMBERS:
            self._changed.update({str(each[_IDS[resource]]): each for each in elements})
            return {resource: [{**each, "StatusAttributeString": "OK"} for each in elements]}
        if resource == "Payments":
            self._know(
                [str(each["Invoice"]["InvoiceID"]) for each in elements if "Invoice" in each]
            )
            return {resource: [self._payment(each) for each in elements]}
        if resource == "Allocations":
            self._lower("CreditNotes", path.split("/")[1], elements[0])
            self._lower("Invoices", elements[0]["Invoice"]["InvoiceID"], elements[0])
        return {resource: [self._kept(resource, each) for each in elements]}

    def upload(self, method: str, path: str, *_: Any, **__: Any) -> NoReturn:
        """Refuse to attach anything: a rehearsal has nothing to attach to."""
        raise XeroError(f"{method} {path}: a dry run attaches nothing")

    def read(self, path: str, params: Mapping[str, str | int] | None = None) -> dict[str, Any]:
        """Read Xero, with what was rehearsed on top."""
        resource, _, identity = path.partition("/")
        if path in _ASKED_ONCE:
            if path not in self._read:
                self._read[path] = super().read(path, params)
            return self._read[path]
        if resource not in _NUMBERS:
            return super().read(path, params)
        if identity:
            here = self._made[resource].get(identity)
            answer = {resource: [here]} if here else super().read(path, params)
            return {**answer, resource: list(self._after(resource, answer))}
        return self._listed(resource, dict(params or {}))

    def _listed(self, resource: str, params: dict[str, str | int]) -> dict[str, Any]:
        """A page of a list: ids that were made here are not asked for, and stand on page 1."""
        made = self._made[resource]
        asked = str(params.get("IDs", "")).split(",")
        here = [made[each] for each in asked if each in made]
        if here:
            params["IDs"] = ",".join(each for each in asked if each not in made)
        answer: dict[str, Any] = {resource: [], "pagination": {"pageCount": 1}}
        if not here or params["IDs"]:
            answer = super().read(resource, params)
        text = f"{params.get('InvoiceNumbers', '')},{params.get('where', '')}"
        here += [each for each in made.values() if _is_named(each.get(_NUMBERS[resource]), text)]
        found = self._after(resource, answer)
        return {**answer, resource: [*found, *(here if params.get("page", 1) == 1 else ())]}

    def _after(self, resource: str, answer: Mapping[str, Any]) -> Iterator[Element]:
        """Elements of an answer, as they were changed here, and lowered by what was paid here."""
        name = _OPEN[resource]
        for each in answer.get(resource) or ():
            identity = str(each.get(_IDS[resource]))
            changed, left = self._changed.get(identity, {}), amount(each.get(name))
            if changed:
                left += _total(changed) - amount(each.get("Total"))
            yield {**each, **changed, name: left - self._since(identity)}

    # What is written

    def _taken(self, resource: str, numbers: Sequence[str]) -> set[str]:
        """Those of these numbers that Xero, or this rehearsal, has given away."""
        known = self._numbers[resource]
        new = [number for number in numbers if number not in known]
        find = {
            "Invoices": reads.invoices_by_number,
            "CreditNotes": reads.credit_notes_by_number,
        }[resource]
        known.update(dict.fromkeys(new))
        for element in find(self, new):
            if element.get("Status") != "DELETED":
                known[str(element.get(_NUMBERS[resource]))] = element
        return {number for number in numbers if known[number] is not None}

    def _numbered(self, resource: str, element: Element, taken: set[str]) -> Element:
        number = str(element[_NUMBERS[resource]])
        if number in taken and not element["Type"].startswith("ACCPAY"):
            return {**element, **_refused(_TAKEN[resource])}
        kept = self._kept(resource, {**element, _OPEN[resource]: _total(element), "Payments": []})
        self._numbers[resource][number] = kept
        taken.add(number)
        return kept

    def _know(self, invoice_ids: Sequence[str]) -> None:
        """Read what is due on invoices of Xero, forty a call."""
        made = self._made["Invoices"]
        new = [each for each in invoice_ids if each not in made and each not in self._read]
        self._read.update({each["InvoiceID"]: each for each in reads.invoices_by_id(self, new)})

    def _payment(self, payment: Element) -> Element:
        is_invoice = "Invoice" in payment
        resource = "Invoices" if is_invoice else "CreditNotes"
        identity = payment["Invoice"]["InvoiceID"] if is_invoice else _credit_note_of(payment)
        if not is_invoice and identity not in self._made[resource]:
            self._read[identity] = reads.credit_note(self, identity) or {}
        element = self._made[resource].get(identity) or self._read.get(identity, {})
        left = amount(element.get(_OPEN[resource])) - self._already(resource, identity)
        if is_gone(element) or payment["Amount"] > left:
            return {**payment, **_refused(_TOO_MUCH)}
        self._lower(resource, identity, payment)
        return self._kept("Payments", payment)

    def _already(self, resource: str, identity: str) -> Decimal:
        """What was paid here since the element was read; one made here is lowered in place."""
        return Decimal(0) if identity in self._made[resource] else self._since(identity)

    def _since(self, identity: str) -> Decimal:
        return self._paid.get(identity, Decimal(0))

    def _lower(self, resource: str, identity: str, by: Element) -> None:
        made = self._made[resource].get(identity)
        if made is None:
            self._paid[identity] = self._since(identity) + by["Amount"]
            return
        made[_OPEN[resource]] -= by["Amount"]
        made["Payments"].append({"Reference": "", **by})

    def _kept(self, resource: str, element: Element) -> Element:
        """An element as Xero would have it: under an id, the one that it brings or a new one."""
        name = _IDS[resource]
        kept = {name: str(uuid.uuid4()), "StatusAttributeString": "OK", **element}
        self._made[resource][kept[name]] = kept
        return kept


def _total(element: Element) -> Decimal:
    return sum((line["LineAmount"] for line in element["LineItems"]), Decimal(0))


def _credit_note_of(payment: Element) -> str:
    return str(payment["CreditNote"]["CreditNoteID"])


def _is_named(number: str | None, text: str) -> bool:
    """Tell whether a query asks for a number: in a list, or in quotation marks in a filter."""
    return bool(number) and (number in text.split(",") or f'"{number}"' in text)


def _refused(words: str) -> Element:
    return {"StatusAttributeString": "ERROR", "ValidationErrors": [{"Message": words}]}
