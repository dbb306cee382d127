"""From one settlement to its documents and its proof; the whole of it, or nothing of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from transforms.ledger.bank import charges
from transforms.ledger.book import Book, Marketplace
from transforms.ledger.catalogue import Triple
from transforms.ledger.classes import Treatment
from transforms.ledger.cost import CostOfGoods, cost_of_goods
from transforms.ledger.difference import Difference
from transforms.ledger.documents import DoesNotTie
from transforms.ledger.events import Events
from transforms.ledger.homes import home_marketplace
from transforms.ledger.lines_to_add import line_to_add
from transforms.ledger.money import ZERO, minor_unit
from transforms.ledger.outcome import Held, Outcome
from transforms.ledger.placing import (
    Classified,
    Placed,
    Placer,
    Unplaced,
    classify,
)
from transforms.ledger.proof import (
    ClassSum,
    EventGroup,
    Proof,
    Status,
    class_sums,
    compared,
    event_group_differences,
    proven,
)
from transforms.ledger.sales import is_revenue
from transforms.ledger.settlement import Entry, Group, Settlement
from transforms.ledger.style_orders import by_order, post_orders, settled_order
from transforms.ledger.summary import summary_invoices


def settle(
    settlement: Settlement,
    book: Book,
    group: EventGroup | None = None,
    events: Events | None = None,
) -> Outcome:
    """Post a settlement in its marketplace's style, or hold it whole with its reason.

    events: the transactions that Finances lists for it, to compare with; None if none were read.

    Held: the rows do not sum to total-amount, a row is unknown, a row's account is missing, or
    its marketplace is unclear. Left out: it ends before books_start.
    """
    classified, unknown = classify(settlement.entries(), book)
    nothing = _Nothing(settlement, classified, group)
    try:
        marketplace = nothing.marketplace = home_marketplace(settlement, book)
        settlement.check()
        _refuse_fractions(settlement)
        if settlement.closed.end_day < book.choices.books_start:
            return nothing.posted("left_out", "it ends before books_start")
        _refuse_unknown(unknown, book)
        outcome = _posted(settlement, classified, book, marketplace, group)
    except DoesNotTie as gate:
        return nothing.held("gate", f"{gate}; nothing of it is posted")
    except Unplaced as fault:
        return nothing.held(fault.reason, str(fault))
    if outcome.proof is not None and events is not None:
        outcome.proof = compared(outcome.proof, classified, events)
    return outcome


def _posted(
    settlement: Settlement,
    classified: list[Classified],
    book: Book,
    marketplace: Marketplace,
    group: EventGroup | None,
) -> Outcome:
    header = settlement.closed
    placer = Placer(book, marketplace)
    lines = placer.place_all(classified)
    closing = _closing_lines(settlement, placer, group)
    if header.total > ZERO and header.deposit_day is None and not closing:
        raise Unplaced("unreadable", ["the report names no deposit date for its payout"])
    if marketplace.posting == "orders":
        outcome = post_orders(settlement, lines, closing, book, marketplace, group)
    else:
        outcome = _post_summary(settlement, lines, closing, book, marketplace, group)
    cost = cost_of_goods(lines, header, book, marketplace)
    for journal in cost.journals:
        outcome.add(journal, proven(journal))
    outcome.differences.extend(cost.differences)
    expected = ZERO if closing else header.total
    _prove(outcome, settlement, classified, closing, marketplace, group, expected, cost)
    return outcome


def _post_summary(
    settlement: Settlement,
    lines: list[Placed],
    closing: list[Placed],
    book: Book,
    marketplace: Marketplace,
    group: EventGroup | None,
) -> Outcome:
    outcome = Outcome()
    header = settlement.closed
    for invoice in summary_invoices([*lines, *closing], header, book, marketplace, group):
        outcome.add(invoice, proven(invoice))
    outcome.trace.add_by_month([*lines, *closing], "invoices", f"settlement:{header.settlement_id}")
    for charge in charges(lines, header, book, marketplace):
        outcome.add(charge, proven(charge))
    return outcome


def _prove(
    outcome: Outcome,
    settlement: Settlement,
    classified: list[Classified],
    closing: list[Placed],
    marketplace: Marketplace,
    group: EventGroup | None,
    expected: Decimal,
    cost: CostOfGoods,
) -> None:
    """Check by a second path that the documents equal the deposit; write the proof."""
    header = settlement.closed
    effect = sum(
        (line.amount for line in outcome.proven if line.stream != "bank_transactions"), ZERO
    )
    if effect != expected:
        raise DoesNotTie(f"documents of settlement {header.settlement_id}", expected, effect)
    sums = class_sums(classified)
    outcome.differences.extend(event_group_differences(header, group))
    outcome.differences.extend(_returned_transfers(classified))
    outcome.proof = Proof(
        header=header,
        status="tied",
        reason=None,
        marketplace=marketplace.name,
        posting=marketplace.posting,
        rows=settlement.row_count,
        rows_total=settlement.rows_total,
        difference=expected - effect,
        classes=sums,
        documents=tuple(outcome.proven),
        differences=tuple(outcome.differences),
        event_group=group,
        postings=outcome.trace.postings(
            _class_amounts(sums, closing), {each.document_id for each in outcome.proven}
        ),
        costs=cost.costs,
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


def _class_amounts(sums: Iterable[ClassSum], closing: Iterable[Placed]) -> dict[str, Decimal]:
    """Give what each class amounts to, with the lines that close the settlement."""
    amounts = {each.accounting_class: each.amount for each in sums}
    for line in closing:
        name = line.accounting_class
        amounts[name] = amounts.get(name, ZERO) + line.amount
    return amounts


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


def _refuse_fractions(settlement: Settlement) -> None:
    """Refuse amounts finer than the currency has: no bank ever paid half a yen."""
    currency = settlement.closed.currency
    unit = minor_unit(currency)
    faults = [
        f"{entry.triple} of {entry.amount} {currency} is finer than {unit}: fetch the report again "
        "from Amazon, and ask Seller Support when it says the same"
        for entry in settlement.entries()
        if entry.amount % unit
    ]
    if faults:
        raise Unplaced("gate", faults)


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
            f"an earlier payout of {line.entry.amount} came back: void its RECEIVE in the books, "
            "unless it stands on the account of failed_transfer already",
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
