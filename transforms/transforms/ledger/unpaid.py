"""Payouts that the bank never saw: a settlement below zero, and a transfer that failed."""

from __future__ import annotations

from transforms.ledger.book import Marketplace
from transforms.ledger.catalogue import Triple
from transforms.ledger.classes import Treatment
from transforms.ledger.difference import Difference
from transforms.ledger.money import ZERO
from transforms.ledger.placing import Classified, Placed, Placer
from transforms.ledger.proof import EventGroup
from transforms.ledger.settlement import Entry, Group, Settlement


def stand_ins(settlement: Settlement, placer: Placer, group: EventGroup | None) -> list[Placed]:
    """Give the lines that stand in for a payout: a debt that is carried on, a failed transfer."""
    header = settlement.closed
    if header.total < ZERO:
        accounting_class = "carried_debt"
    elif header.total > ZERO and group is not None and group.has_failed:
        accounting_class = "failed_transfer"
    else:
        return []
    triple = Triple("", "closing", accounting_class)
    entry = Entry(Group("", "", "", "", ""), triple, settlement.last_day, -header.total, 0, 0)
    return [placer.place(Classified(entry, accounting_class), Treatment.NONE)]


def returned_transfers(classified: list[Classified], marketplace: Marketplace) -> list[Difference]:
    """Name each earlier payout that came back, and what is to be done about it."""
    if marketplace.posting == "orders":
        words = (
            "void its RECEIVE in the books, unless it stands on the account of failed_transfer "
            "already"
        )
    else:
        words = (
            "the invoice of its settlement is not paid by the bank: pay it from the account of "
            "failed_transfer"
        )
    return [
        Difference(
            "failed_transfer",
            line.entry.amount,
            f"an earlier payout of {line.entry.amount} came back: {words}",
        )
        for line in classified
        if line.accounting_class == "failed_transfer"
    ]
