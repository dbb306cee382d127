"""From one settlement to its documents and its proof; the whole of it, or nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from transforms.ledger.bank import charges
from transforms.ledger.book import Book, Marketplace
from transforms.ledger.catalogue import Triple
from transforms.ledger.classes import Treatment
from transforms.ledger.documents import DoesNotTie
from transforms.ledger.home import home_marketplace
from transforms.ledger.lines_to_add import line_to_add
from transforms.ledger.money import ZERO
from transforms.ledger.outcome import Held, NotPosted, Outcome
from transforms.ledger.placing import (
    Classified,
    Placed,
    Placer,
    Unplaced,
    classify,
)
from transforms.ledger.proof import (
    Difference,
    EventGroup,
    Proof,
    Status,
    class_sums,
    event_group_differences,
    proven,
)
from transforms.ledger.rest import Rest
from transforms.ledger.sales import is_revenue
from transforms.ledger.settlement import Entry, Group, Settlement
from transforms.ledger.shapes import Shapes
from transforms.ledger.style_orders import by_order, post_order, post_rest, settled_order
from transforms.ledger.summary import summary_invoices


def settle(settlement: Settlement, book: Book, group: EventGroup | None = None) -> Outcome:
    """Post a settlement in its marketplace's style, or hold it whole with its reason."""
    whole = Outcome()
    try:
        for part in post(settlement, book, group):
            whole.join(part)
    except NotPosted as refusal:
        return refusal.outcome
    if whole.proof is not None:
        whole.proof = replace(whole.proof, documents=tuple(whole.proven))
    return whole


def post(settlement: Settlement, book: Book, group: EventGroup | None = None) -> Iterator[Outcome]:
    """Post a settlement part by part: its orders, then all else and the proof.

    The proof names no documents: each part does. Raises NotPosted, perhaps after parts were
    given, which then are void. Held: the rows do not sum to total-amount, a row is unknown, a
    row's account is missing, or its marketplace is unclear. Left out: it ends before books_start.
    """
    classified, unknown = classify(settlement.by_kind(), book)
    nothing = _Nothing(settlement, classified, group)
    try:
        marketplace = nothing.marketplace = home_marketplace(settlement, book)
        settlement.check()
        if settlement.closed.end_day < book.choices.books_start:
            yield nothing.posted("left_out", "it ends before books_start")
            return
        _refuse_unknown(unknown, book)
        yield from _Posting(settlement, classified, book, marketplace, group).parts()
    except DoesNotTie as gate:
        raise NotPosted(nothing.held("gate", f"{gate}; nothing of it is posted")) from gate
    except Unplaced as fault:
        raise NotPosted(nothing.held(fault.reason, str(fault))) from fault


def _is_nobodys(line: Placed) -> bool:  # noqa: ARG001 - of any line
    """Style `settlements` makes no document of one order."""
    return False


class _Posting:
    """One settlement on its way into the books of one marketplace, order by order."""

    def __init__(
        self,
        settlement: Settlement,
        classified: list[Classified],
        book: Book,
        marketplace: Marketplace,
        group: EventGroup | None,
    ) -> None:
        self._settlement = settlement
        self._classified = classified
        self._book = book
        self._marketplace = marketplace
        self._group = group
        self._placer = Placer(book, marketplace)
        self._rest = Rest(settlement.kinds)
        is_own = is_revenue if marketplace.posting == "orders" else _is_nobodys
        self._shapes = Shapes(settlement, book, self._placer, self._rest, is_own)
        self._effect = ZERO
        self._differences: list[Difference] = []

    def parts(self) -> Iterator[Outcome]:
        """Give the documents of each order, then those of all else with the proof."""
        header = self._settlement.closed
        faults: dict[str, str] = {}
        for order_id in self._settlement.orders:
            try:
                part = self._order(order_id)
            except Unplaced as fault:
                faults.update(dict.fromkeys(fault.faults, fault.reason))
                continue
            if part is not None and not faults:
                yield self._counted(part)
        if faults:
            raise Unplaced(list(faults.values())[-1], faults)
        closing = _closing_lines(self._settlement, self._placer, self._group)
        if header.total > ZERO and header.deposit_day is None and not closing:
            raise Unplaced("unreadable", ["the report names no deposit date for its payout"])
        last = self._counted(self._last(closing))
        last.proof = self._proof(ZERO if closing else header.total)
        yield last

    def _order(self, order_id: str) -> Outcome | None:
        """Post an order's rows; what belongs to no order's document waits for the last part."""
        lines = self._shapes.place(order_id)
        if not lines:
            return None
        part = Outcome()
        self._rest.add(post_order(lines, self._settlement, self._book, self._marketplace, part))
        return part

    def _last(self, closing: list[Placed]) -> Outcome:
        header, book, marketplace = self._settlement.closed, self._book, self._marketplace
        lines = self._rest.lines()
        if marketplace.posting == "orders":
            return post_rest(lines, closing, header, book, marketplace, self._group)
        outcome = Outcome()
        for invoice in summary_invoices([*lines, *closing], header, book, marketplace):
            outcome.add(invoice, proven(invoice))
        for charge in charges(lines, header, book, marketplace):
            outcome.add(charge, proven(charge))
        return outcome

    def _counted(self, part: Outcome) -> Outcome:
        """Add up what the documents contribute to the deposit."""
        for document in part.proven:
            if document.stream != "bank_transactions":
                self._effect += document.amount
        self._differences += part.differences
        return part

    def _proof(self, expected: Decimal) -> Proof:
        """Check by a second path that the documents equal the deposit; write the proof."""
        settlement, header = self._settlement, self._settlement.closed
        if self._effect != expected:
            raise DoesNotTie(
                f"documents of settlement {header.settlement_id}", expected, self._effect
            )
        return Proof(
            header=header,
            status="tied",
            reason=None,
            marketplace=self._marketplace.name,
            posting=self._marketplace.posting,
            rows=settlement.row_count,
            rows_total=settlement.rows_total,
            difference=expected - self._effect,
            classes=class_sums(self._classified),
            documents=(),
            differences=(
                *self._differences,
                *event_group_differences(header, self._group),
                *_returned_transfers(self._classified),
            ),
            event_group=self._group,
        )


def settle_order(part: Settlement, marketplace: Marketplace, book: Book) -> Outcome:
    """Make the invoice and payment of one order that waited, from its kept rows.

    Raises UnmappedSku or Unplaced while it still has to wait.
    """
    classified, _ = classify(part.entries(), book)
    lines = Placer(book, marketplace).place_all(classified)
    outcome = Outcome()
    for order_lines in by_order(line for line in lines if is_revenue(line)):
        settled_order(order_lines, part.settlement_id, book, marketplace, outcome)
    return outcome


def _refuse_unknown(unknown: list[Entry], book: Book) -> None:
    """Refuse rows that nothing knows, unless books.yml sends them to suspense."""
    if not unknown or book.choices.unknown_rows == "suspense":
        return
    sums: dict[Triple, Decimal] = {}
    for entry in unknown:
        sums[entry.triple] = sums.get(entry.triple, ZERO) + entry.amount
    raise Unplaced(
        "unknown_rows",
        [
            f"unknown rows {triple} of {amount}: add a line "
            f"{line_to_add(*triple, 'CLASS')} to rules.csv"
            for triple, amount in sums.items()
        ],
    )


def _closing_lines(
    settlement: Settlement, placer: Placer, group: EventGroup | None
) -> list[Placed]:
    """Stand in for a payout that the bank never saw: a debt carried on, or a failed transfer."""
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


def _returned_transfers(classified: list[Classified]) -> list[Difference]:
    return [
        Difference(
            "failed_transfer",
            line.entry.amount,
            f"an earlier payout of {line.entry.amount} came back: void its RECEIVE in the books",
        )
        for line in classified
        if line.accounting_class == "failed_transfer"
    ]


@dataclass(slots=True)
class _Nothing:
    """A settlement of which nothing is posted: the proof that says why, and what is held."""

    settlement: Settlement
    classified: list[Classified]
    group: EventGroup | None
    marketplace: Marketplace | None = None

    def posted(self, status: Status, reason: str) -> Outcome:
        proof = Proof(
            header=self.settlement.closed,
            status=status,
            reason=reason,
            marketplace=self.marketplace.name if self.marketplace else None,
            posting=self.marketplace.posting if self.marketplace else None,
            rows=self.settlement.row_count,
            rows_total=self.settlement.rows_total,
            difference=None,
            classes=class_sums(self.classified),
            documents=(),
            differences=(),
            event_group=self.group,
        )
        return Outcome(proof=proof)

    def held(self, reason: str, details: str) -> Outcome:
        outcome = self.posted("held", f"{reason}: {details}")
        settlement = self.settlement
        outcome.held.append(
            Held(
                document_id=f"settlement:{settlement.settlement_id}",
                stream="settlements",
                reason=reason,
                details=details,
                record={
                    "type": "settlement",
                    "settlement": settlement.to_record(),
                    "event_group": None,
                },
                currency=settlement.closed.currency,
                settlement_id=settlement.settlement_id,
            )
        )
        return outcome
