"""Where each class went: the account and the document on which its rows stand.

The waterfall of a settlement is read from it: class by class, beside it account, tax type and
document. What it lists adds up to the classes again, or the settlement is not posted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from transforms.ledger.classes import SALES_TAX_CLASSES
from transforms.ledger.documents import DoesNotTie
from transforms.ledger.money import ZERO
from transforms.ledger.placing import Placed
from transforms.ledger.sales import is_revenue


class Place(NamedTuple):
    """One place of a class: the line it stands on, and the document.

    document_id is None for all order invoices together, and for tax that nets to zero.
    """

    accounting_class: str
    component: str
    account: str | None
    tax_type: str | None
    stream: str | None
    document_id: str | None


@dataclass(frozen=True, slots=True)
class ClassSum:
    """The rows of one class."""

    accounting_class: str
    amount: Decimal
    rows: int


@dataclass(frozen=True, slots=True)
class ClassPosting:
    """The amount of a class in one place, as Amazon states it: positive is the seller's."""

    place: Place
    amount: Decimal


@dataclass(slots=True)
class Trace:
    """Sums of rows by place, filled as documents are made."""

    sums: dict[Place, Decimal] = field(default_factory=dict)

    def own(self, line: Placed, amount: Decimal) -> None:
        """Say that an amount stands, as this line, on the orders' own documents."""
        self._add(line, amount, "invoices" if is_revenue(line) else "credit_notes", None)

    def take_back(self, lines: Iterable[Placed]) -> None:
        """Say that lines of an order stand on no document of its own after all."""
        for line in lines:
            self.own(line, -line.amount)

    def held(self, lines: Iterable[Placed], document_id: str) -> None:
        """Say that lines wait under a document's id."""
        for line in lines:
            self._add(line, line.amount, "held", document_id)

    def add_by_month(self, lines: Iterable[Placed], stream: str, prefix: str) -> None:
        """Say that lines stand on one document for each calendar month: `prefix:YYYY-MM`."""
        names: dict[tuple[int, int], str] = {}
        for line in lines:
            month = (line.day.year, line.day.month)
            if month not in names:
                names[month] = f"{prefix}:{line.day:%Y-%m}"
            self._add(line, line.amount, stream, names[month])

    def _add(self, line: Placed, amount: Decimal, stream: str, document_id: str | None) -> None:
        place = Place(
            line.accounting_class,
            line.component,
            line.account,
            line.tax_type,
            stream,
            document_id,
        )
        self.sums[place] = self.sums.get(place, ZERO) + amount

    def postings(
        self, classes: Iterable[ClassSum], closing: Iterable[Placed], documents: Collection[str]
    ) -> tuple[ClassPosting, ...]:
        """Give every place with its amount; they must add up to what each class amounts to.

        `closing` are lines beside the classes', which stand in for a payout.

        Facilitator tax that nets to zero stands on no document, nor does what leaves a month's
        accounts as they were: its document was not made. Anything else that is missing or too
        much raises DoesNotTie.
        """
        left = {each.accounting_class: each.amount for each in classes}
        for line in closing:
            name = line.accounting_class
            left[name] = left.get(name, ZERO) + line.amount
        for place, amount in self.sums.items():
            name = place.accounting_class
            left[name] = left.get(name, ZERO) - amount
        netted = {name: left.pop(name) for name in SALES_TAX_CLASSES if left.get(name)}
        for name, amount in left.items():
            if amount:
                raise DoesNotTie(f"class {name} on its documents", amount, ZERO)
        if residual := sum(netted.values(), ZERO):
            raise DoesNotTie("facilitator tax that stands on no document", ZERO, residual)
        found = [
            ClassPosting(_made(place, documents), amount)
            for place, amount in self.sums.items()
            if amount
        ]
        found.extend(
            ClassPosting(Place(name, name, None, None, None, None), amount)
            for name, amount in sorted(netted.items())
        )
        return tuple(found)


def _made(place: Place, documents: Collection[str]) -> Place:
    if place.document_id is None or place.stream == "held" or place.document_id in documents:
        return place
    return place._replace(stream=None, document_id=None)
