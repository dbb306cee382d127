"""Items of the price list, never tracked: written by their code, and only what differs.

The list is read before it is written: Xero takes an item's side (sales, purchases) as a whole, so
that what a person keeps beside our fields is sent back with them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from books import Posting, State
from target_xero.cards import (
    ITEMS,
    Card,
    CardDesk,
    ContactCard,
    Item,
    Price,
    post_contacts,
    posted_text,
    read_card,
)
from target_xero.desk import Desk
from target_xero.payloads import Payload
from target_xero.tally import Did
from xero_api import OutcomeUnknown, Refused, Written, reads, writes
from xero_api.exact import amount

CODE_LENGTH, NAME_LENGTH, DESCRIPTION_LENGTH = 30, 50, 4000
_PLACES = Decimal("0.0001")
_PAUSE = 2.0
NEW_ITEM, CONFIRMED = "new_item", "confirmed"
"""Reasons of an item that is new to Xero: it waits for a person's word, or has it."""
_SIDES = ("SalesDetails", "PurchaseDetails")

Element = dict[str, Any]


def post_cards(desk: Desk, cards: Sequence[Card]) -> None:
    """Bring contacts, then items, to their end."""
    post_contacts(desk, [card for card in cards if isinstance(card, ContactCard)])
    ItemPosting(desk).process([card for card in cards if isinstance(card, Item)])


class ItemPosting:
    """Posts the items of one drain."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def process(self, items: Sequence[Item]) -> None:
        """Bring every item to its end: posted, updated, already there, held or rejected."""
        books = CardDesk(self._desk, ITEMS, items)
        new = [item for item in items if not books.is_unchanged(item)]
        if not new:
            return
        there = {str(each.get("Code")): each for each in reads.items(self._desk.session)}
        ready: list[tuple[Item, Payload]] = []
        for item in new:
            row = books.known.get(item.document_id)
            text = posted_text(row) if row and row.posted_hash else None
            before = cast(Item, read_card(ITEMS, json.loads(text))) if text else None
            if waits_for_word(item, there.get(item.code), row):
                self._draft(books, item)
                continue
            would, words, body = verdict(item, there.get(item.code), before)
            if would == "reject":
                books.rejected(item, words, item.code)
            elif would == "hold":
                books.held(item, "edited", words, item.code)
            elif body:
                ready.append((item, body))
            else:
                item_id = str(there[item.code].get("ItemID"))
                books.posted(item, item_id, item.code, Did.ALREADY_THERE)
        for start in range(0, len(ready), self._desk.batch_size):
            self._write(books, ready[start : start + self._desk.batch_size], there)

    def _draft(self, books: CardDesk, item: Item) -> None:
        """Hold an item that is new to Xero, and put it on the draft list."""
        told = draft(item)
        words = f"new to Xero: {told}; to post it: meltano invoke target-xero:confirm {item.code}"
        books.held(item, NEW_ITEM, words, item.code)
        self._desk.tally.drafts[item.document_id] = told

    def _write(
        self,
        books: CardDesk,
        batch: Sequence[tuple[Item, Payload]],
        there: Mapping[str, Element],
    ) -> None:
        try:
            written = self._send([body for _, body in batch])
        except Refused as refused:
            if len(batch) == 1:
                books.rejected(batch[0][0], str(refused), batch[0][0].code)
                return
            for each in batch:
                self._write(books, [each], there)
            return
        answers = {str(answer.element.get("Code")): answer for answer in written}
        for item, _ in batch:
            answer = answers.get(item.code)
            if answer is None or answer.errors:
                words = "; ".join(answer.errors) if answer else "Xero's answer does not name it"
                books.rejected(item, words, item.code)
            else:
                did = Did.UPDATED if item.code in there else Did.POSTED
                books.posted(item, str(answer.element.get("ItemID")), item.code, did)

    def _send(self, bodies: Sequence[Payload]) -> list[Written]:
        """Write by code; twice the same is one, so a lost answer is asked for again."""
        try:
            return writes.update(self._desk.session, "Items", bodies)
        except OutcomeUnknown:
            self._desk.sleep(_PAUSE)
            return writes.update(self._desk.session, "Items", bodies)


def waits_for_word(item: Item, element: Element | None, row: Posting | None) -> bool:
    """Tell whether an item is new to Xero and nobody has confirmed it yet.

    One that was confirmed and refused by Xero needs no second word.
    """
    is_confirmed = row is not None and (
        row.reason == CONFIRMED
        or (row.state is State.REJECTED and '"confirm":true' in row.document)
    )
    return item.confirm and element is None and not is_confirmed and not _fault(item)


def draft(item: Item) -> str:
    """Say what would be made: code, name, price and account."""
    price = "no price" if item.sale.amount is None else f"{item.sale.amount:f}"
    return f"{item.code}, {item.name}, {price}, account {item.sale.account}"


def verdict(
    item: Item, element: Element | None, before: Item | None
) -> tuple[str, str, Payload | None]:
    """Say what is to be done with an item, why, and with which body; pure.

    element: the item in Xero; before: the item as it was last posted.
    """
    if fault := _fault(item):
        return "reject", fault, None
    wanted = _wanted(item, element)
    if element is None:
        return "post", "", {"Code": item.code, "IsPurchased": False, **wanted}
    changes = _changes(wanted, element)
    if not changes:
        return "leave", "", None
    if before is not None and (edits := list(_edits(wanted, element, _wanted(before, element)))):
        return "hold", f"a person edited it in Xero: {'; '.join(edits)}", None
    return "update", "", {"Code": item.code, **changes}


def _fault(item: Item) -> str:
    if len(item.code) > CODE_LENGTH:
        return (
            f"the item code {item.code} has {len(item.code)} characters, Xero takes "
            f"{CODE_LENGTH}: give a shorter one in skus.csv"
        )
    prices = [item.sale.amount, item.purchase.amount if item.purchase else None]
    for price in prices:
        if price is not None and price != price.quantize(_PLACES):
            return f"the price {price} of {item.code} has more than four decimals"
    return ""


def _wanted(item: Item, element: Element | None) -> Payload:
    """The fields that an item says; a tracked item keeps its accounts of stock and cost."""
    wanted: Payload = {"Name": item.name[:NAME_LENGTH]}
    if item.description is not None:
        wanted["Description"] = item.description[:DESCRIPTION_LENGTH]
    wanted |= {"IsSold": True, "SalesDetails": _side(item.sale)}
    if item.purchase is not None:
        side = _side(item.purchase)
        if element is not None and element.get("IsTrackedAsInventory"):
            side = {name: value for name, value in side.items() if name == "UnitPrice"}
        wanted |= {"IsPurchased": True, "PurchaseDetails": side}
    return wanted


def _side(price: Price) -> Payload:
    fields = {
        "UnitPrice": price.amount,
        "AccountCode": price.account,
        "TaxType": price.tax_type,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _flat(body: Payload) -> Iterator[tuple[str, str, Any]]:
    """Each single value of a body: side or none, field, value."""
    for name, value in body.items():
        if name in _SIDES:
            yield from ((name, field, part) for field, part in value.items())
        else:
            yield "", name, value


def _there(element: Element, side: str, field: str) -> Any:
    holder = (element.get(side) or {}) if side else element
    value = holder.get(field)
    return amount(value) if field == "UnitPrice" and value is not None else value


def _changes(wanted: Payload, element: Element) -> Payload:
    differing = {
        side or field
        for side, field, value in _flat(wanted)
        if _there(element, side, field) != value
    }
    return {
        name: {**(element.get(name) or {}), **value} if name in _SIDES else value
        for name, value in wanted.items()
        if name in differing
    }


def _edits(wanted: Payload, element: Element, before: Payload) -> Iterator[str]:
    """Name each value in Xero that is neither what was posted nor what is to be posted."""
    posted = {(side, field): value for side, field, value in _flat(before)}
    for side, field, value in _flat(wanted):
        found = _there(element, side, field)
        if found not in (value, posted.get((side, field), found)):
            yield f"{side} {field}".strip() + f" is {found} in Xero, {value} here"
