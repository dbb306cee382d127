"""Contacts and items: the cards of Xero's files, which documents name and which bear no date.

Xero keeps names and codes unique, so that writing a card twice cannot make two of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from books import Posting, State
from target_xero.advice import advised
from target_xero.contacts import UnusableContact
from target_xero.desk import Desk
from target_xero.documents import as_text
from target_xero.fields import Fields
from target_xero.tally import Did

CONTACTS, ITEMS = CARDS = ("contacts", "items")
"""Streams of cards, posted before all documents."""


_NOT_SAID = ("source", "confirm")


@dataclass(frozen=True, slots=True)
class Card:
    """What contacts and items have: an identity, and their record as text."""

    document_id: str
    text: str

    @property
    def content_hash(self) -> str:
        """Hash what the card says; not where it came from, nor who has to confirm it."""
        content = {k: v for k, v in json.loads(self.text).items() if k not in _NOT_SAID}
        return hashlib.sha256(as_text(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ContactCard(Card):
    """A party that documents are made out to."""

    name: str
    number: str | None


@dataclass(frozen=True, slots=True)
class Price:
    """One side of an item: how it is sold, or bought."""

    amount: Decimal | None
    account: str
    tax_type: str | None


@dataclass(frozen=True, slots=True)
class Item(Card):
    """A product of the price list; confirm: one that is new waits until a person agrees."""

    code: str
    name: str
    description: str | None
    sale: Price
    purchase: Price | None
    confirm: bool = False


def read_card(stream: str, record: Mapping[str, Any]) -> Card:
    """Make a card of its record; raises fields.Unreadable when the record is none."""
    fields = Fields(stream, record)
    head = fields.text("document_id"), as_text(record)
    if stream == CONTACTS:
        return ContactCard(*head, fields.text("name"), fields.maybe_text("number"))
    purchase = fields.maybe_part("purchase")
    return Item(
        *head,
        code=fields.text("code"),
        name=fields.text("name"),
        description=fields.maybe_text("description"),
        sale=_price(fields, "sale_price"),
        purchase=_price(purchase, "price") if purchase else None,
        confirm="confirm" in record and fields.flag("confirm"),
    )


def _price(fields: Fields, amount: str) -> Price:
    return Price(fields.maybe_money(amount), fields.text("account"), fields.maybe_text("tax_type"))


def cards_of(rows: Iterable[Posting]) -> Iterator[Card]:
    """Make the cards again that earlier runs could not post."""
    for row in rows:
        # A contact that only documents named has no record of its own.
        if row.stream in CARDS and row.document != "{}":
            yield read_card(row.stream, json.loads(row.document))


class CardDesk:
    """The books' rows of cards, and how their outcomes are written down."""

    def __init__(self, desk: Desk, stream: str, cards: Sequence[Card]) -> None:
        self._desk = desk
        self._stream = stream
        ids = [card.document_id for card in cards]
        rows = desk.books.postings(desk.tenant.tenant, document_ids=ids)
        self.known = {row.document_id: row for row in rows}

    def is_unchanged(self, card: Card) -> bool:
        """Finish a card that is in Xero and says the same as there."""
        row = self.known.get(card.document_id)
        same = (
            row is not None and row.state is State.POSTED and row.posted_hash == card.content_hash
        )
        if same:
            self._desk.tally.add(card.document_id, Did.UNCHANGED, self._stream)
        return same

    def posted(self, card: Card, vendor_id: str, name: str, did: Did) -> None:
        """Write down that a card is in Xero as it should be."""
        self._save(card, State.POSTED, did, vendor_id=vendor_id, number=name)

    def rejected(self, card: Card, words: str, name: str) -> None:
        """Write down that a card was refused, and what to do next."""
        self._save(
            card, State.REJECTED, Did.REJECTED, advised(words), reason="refused", number=name
        )

    def held(self, card: Card, reason: str, words: str, name: str) -> None:
        """Write down that a card is left as a person made it."""
        self._save(card, State.HELD, Did.HELD, words, reason=reason, number=name)

    def _save(self, card: Card, state: State, did: Did, words: str = "", **more: Any) -> None:
        before = self.known.get(card.document_id)
        kept: dict[str, Any] = {}
        if state is State.POSTED:
            kept = {"posted_hash": card.content_hash}
        elif before is not None:
            kept = {
                "vendor_id": before.vendor_id,
                "posted_hash": before.posted_hash,
                "posted_document": posted_text(before),
            }
        row = Posting(
            tenant=self._desk.tenant.tenant,
            document_id=card.document_id,
            stream=self._stream,
            state=state,
            content_hash=card.content_hash,
            document=card.text,
            error=words or None,
            run_id=self._desk.run_id,
            **{**kept, **more},
        )
        self._desk.books.save([row])
        self._desk.tally.add(card.document_id, did, self._stream, words)


def posted_text(row: Posting) -> str | None:
    """The record of a card as it was last posted; None when it never was."""
    text = row.document if row.state is State.POSTED else row.posted_document
    return None if text == "{}" else text


def post_contacts(desk: Desk, cards: Sequence[ContactCard]) -> None:
    """Find each contact by its exact name, or make it once."""
    books = CardDesk(desk, CONTACTS, cards)
    for card in cards:
        if books.is_unchanged(card):
            continue
        try:
            contact_id = desk.contacts.id_of(card.name, card.number)
        except UnusableContact as fault:
            books.rejected(card, str(fault), card.name)
            continue
        did = Did.POSTED if card.name in desk.contacts.made else Did.ALREADY_THERE
        books.posted(card, contact_id, card.name, did)
