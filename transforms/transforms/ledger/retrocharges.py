"""Tax that Amazon reclassifies after the sale: its rows of one order sum to nothing, as a rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from transforms.ledger.difference import Difference
from transforms.ledger.money import ZERO
from transforms.ledger.placing import Classified
from transforms.ledger.settlement import Kind, Settlement


def retrocharges(classified: Iterable[Classified], settlement: Settlement) -> Iterator[Difference]:
    """Name each order of which such rows leave something on the account of tax_reclass.

    Source: settlement fact sheet, 1.3 no. 7. `classified`: the sum of each kind of rows.
    """
    kinds = {
        Kind(entry.triple, entry.group.marketplace, entry.day)
        for entry, accounting_class in classified
        if accounting_class == "tax_reclass"
    }
    numbers = {number for number, kind in enumerate(settlement.kinds) if kind in kinds}
    for order_id in settlement.orders if numbers else ():
        content = settlement.filed(order_id).content
        if numbers.isdisjoint([part.kind for part in content.layout.parts]):
            continue
        amounts = [
            value
            for part, value in zip(content.layout.parts, content.values(), strict=True)
            if part.kind in numbers
        ]
        if left := sum(amounts, ZERO):
            whose = f"order {order_id}" if order_id else "no order"
            words = (
                f"tax reclassified for {whose} does not net to zero: {left} stays on its account"
            )
            yield Difference("retrocharge", left, words)
