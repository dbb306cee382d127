"""Does what stands in Xero say the same as what we posted? Differences, in words; pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from xero_api.exact import amount, day

Element = dict[str, Any]

GONE = frozenset({"VOIDED", "DELETED"})
_HEAD = (
    "InvoiceNumber",
    "CreditNoteNumber",
    "Reference",
    "Narration",
    "LineAmountTypes",
    "CurrencyCode",
    "Type",
)
_ACCOUNTS = (
    ("BankAccount", "AccountID"),
    ("FromBankAccount", "AccountID"),
    ("ToBankAccount", "AccountID"),
)


def is_gone(element: Element) -> bool:
    """Tell whether a person voided or deleted it; it stays so."""
    return element.get("Status") in GONE


def is_paid(element: Element) -> bool:
    """Tell whether payments, credits, refunds or allocations on it lock its amounts."""
    if element.get("Status") == "PAID":
        return True
    if "RemainingCredit" in element:
        return amount(element["RemainingCredit"]) != amount(element.get("Total"))
    return bool(amount(element.get("AmountPaid")) or amount(element.get("AmountCredited")))


def head_differences(element: Element, *, contact: str, total: Decimal, currency: str) -> list[str]:
    """Compare an invoice found by its number: contact name, total and currency."""
    found = {
        "contact": (element.get("Contact") or {}).get("Name"),
        "total": amount(element.get("Total")),
        "currency": element.get("CurrencyCode"),
    }
    asked: dict[str, Any] = {"contact": contact, "total": total, "currency": currency}
    return [
        f"{name} is {_words(found[name])} in Xero, {_words(asked[name])} here"
        for name in asked
        if found[name] != asked[name]
    ]


def differences(element: Element, payload: Element) -> list[str]:
    """Compare an element of Xero with a payload, in all that the payload says."""
    found = [
        _difference(name, element.get(name), payload[name])
        for name in _HEAD
        if name in payload and element.get(name) != payload[name]
    ]
    found.extend(
        _difference(name, day(element.get(name)), payload[name])
        for name in ("Date", "DueDate")
        if name in payload and day(element.get(name)) != day(payload[name])
    )
    for name, key in (("Contact", "ContactID"), *_ACCOUNTS):
        theirs, ours = (each.get(name) or {} for each in (element, payload))
        if name in payload and theirs.get(key) != ours.get(key):
            found.append(_difference(name, theirs.get("Name", theirs.get(key)), "another"))
    for name in ("LineItems", "JournalLines"):
        if name in payload:
            found.extend(_line_differences(element.get(name) or [], payload[name]))
    return found


def echo_faults(element: Element, payload: Element, total: Decimal | None) -> list[str]:
    """Compare Xero's echo of a write: a line or an account that it lost, a total that it changed.

    total: what the document must come to, None where Xero gives no total.
    """
    found: list[str] = []
    for name in ("LineItems", "JournalLines"):
        if name not in payload or name not in element:
            continue
        theirs, ours = element[name] or [], payload[name]
        if len(theirs) != len(ours):
            found.append(f"Xero kept {len(theirs)} of {len(ours)} lines")
        codes = [line.get("AccountCode") for line in theirs]
        lost = [line["AccountCode"] for line in ours if line["AccountCode"] not in codes]
        found.extend(f"Xero lost account {code}" for code in dict.fromkeys(lost))
    if total is not None and "Total" in element and amount(element["Total"]) != total:
        found.append(f"Xero makes the total {element['Total']}, the document says {total}")
    return found


def by_account(lines: Iterable[Element]) -> dict[str, Decimal]:
    """Sum lines by account code; zero sums are left out."""
    sums: dict[str, Decimal] = {}
    for line in lines:
        code = str(line.get("AccountCode"))
        sums[code] = sums.get(code, Decimal(0)) + amount(line.get("LineAmount"))
    return {code: total for code, total in sums.items() if total}


def money_differences(element: Element, payload: Element) -> list[str]:
    """Compare a document found by its marker: date and amount by account, not wording."""
    found: list[str] = []
    if day(element.get("Date")) != day(payload["Date"]):
        found.append(_difference("Date", day(element.get("Date")), payload["Date"]))
    if "Amount" in payload and amount(element.get("Amount")) != payload["Amount"]:
        found.append(_difference("Amount", amount(element.get("Amount")), payload["Amount"]))
    for name, key in _ACCOUNTS[1:]:
        theirs, ours = (each.get(name) or {} for each in (element, payload))
        if theirs.get(key) != ours.get(key):
            found.append(_difference(name, theirs.get("Name", theirs.get(key)), "another"))
    for name in ("LineItems", "JournalLines"):
        if name in payload:
            sums, wanted = by_account(element.get(name) or []), by_account(payload[name])
            zero = Decimal(0)
            found.extend(
                _difference(f"account {code}", sums.get(code, zero), wanted.get(code, zero))
                for code in sorted(sums.keys() | wanted.keys())
                if sums.get(code) != wanted.get(code)
            )
    return found


def _line_differences(theirs: list[Element], ours: list[Element]) -> list[str]:
    if len(theirs) != len(ours):
        return [f"{len(theirs)} lines in Xero, {len(ours)} here"]
    return [
        f"line {number}: {_difference(name, _part(found, name), _part(asked, name))}"
        for number, (found, asked) in enumerate(zip(theirs, ours, strict=True), start=1)
        for name in ("Description", "LineAmount", "AccountCode", "TaxType", "ItemCode", "Tracking")
        if _part(found, name) != _part(asked, name) and (name != "TaxType" or name in asked)
    ]


def _part(line: Element, name: str) -> Any:
    if name == "LineAmount":
        return amount(line.get(name))
    if name == "Tracking":
        return sorted((each.get("Name"), each.get("Option")) for each in line.get(name) or ())
    return line.get(name) or None


def _difference(name: str, theirs: Any, ours: Any) -> str:
    return f"{name} is {_words(theirs)} in Xero, {_words(ours)} here"


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join("/".join(str(part) for part in each) for each in value) or "none"
    if isinstance(value, Decimal):
        return format(value, ".2f")
    return "none" if value is None else str(value)
