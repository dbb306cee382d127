"""Amounts that no bank can have paid: finer than the currency has."""

from __future__ import annotations

from decimal import Decimal

from transforms.ledger.money import minor_unit
from transforms.ledger.settlement import Settlement
from transforms.ledger.unplaced import Unplaced


def refuse_fractions(settlement: Settlement) -> None:
    """Refuse a settlement with amounts finer than its currency has: half a yen, a tenth of a cent.

    A sum keeps the decimals of its finest amount; only then the amounts are looked at.
    """
    currency = settlement.closed.currency
    unit = minor_unit(currency)
    if all(_decimals(each.amount) <= _decimals(unit) for each in settlement.by_kind()):
        return
    faults = [
        f"{entry.triple} of {entry.amount} {currency} is finer than {unit}: fetch the report again "
        "from Amazon, and ask Seller Support when it says the same"
        for entry in settlement.entries()
        if entry.amount % unit
    ]
    if faults:
        raise Unplaced("gate", faults)


def _decimals(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
