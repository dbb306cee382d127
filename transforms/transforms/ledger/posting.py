"""From one settlement to its documents and its proof; the whole of it, or nothing of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from transforms.ledger.bank import charges
from transforms.ledger.book import Book, Marketplace
from transforms.ledger.catalogue import Triple
from transforms.ledger.classes import Treatment
from transforms.ledger.documents import DoesNotTie
from transforms.ledger.home import home_marketplace
from transforms.ledger.money import ZERO
from transforms.ledger.outcome import Held, Outcome
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
from transforms.ledger.sales import is_revenue
from transforms.ledger.settlement import Entry, Group, Header, Settlement
from transforms.ledger.style_orders import by_order, post_orders, settled_order
from transforms.ledger.summary import summary_invoices
from transforms.ledger.unknown import unknown_triples
from transforms.ledger.vat import NO_REPORT, VatReport
from transforms.ledger.vat_proof import destination_sums, vat_differences


def settle(
    settlement: Settlement,
    book: Book,
    group: EventGroup | None = None,
    vat: VatReport = NO_REPORT,
) -> Outcome:
    """Post a settlement in its marketplace's style, or hold it whole with its reason.

    Held: the rows do not sum to total-amount, a row is unknown, a row's account is missing, or
    its marketplace is unclear. Left out: it ends before books_start. The VAT report, where there
    is one, tells where each item was sent.
    """
    classified, unknown = classify(settlement.entries(), book)
    nothing = _Nothing(settlement, classified, group)
    try:
        marketplace = nothing.marketplace = home_marketplace(settlement, book)
        settlement.check()
        if settlement.closed.end_day < book.choices.books_start:
            return nothing.posted("left_out", "it ends before books_start")
        _refuse_unknown(unknown, settlement.closed, book)
        outcome = _posted(settlement, classified, Placer(book, marketplace, vat), group)
        outcome.naming(_suspended(unknown, settlement.closed))
        return outcome.naming(vat_differences(classified, vat)).sending(
            destination_sums(classified, vat)
        )
    except DoesNotTie as gate:
        report = settlement.closed.report_id
        return nothing.held("gate", f"report {report}: {gate}; nothing of it is posted")
    except Unplaced as fault:
        return nothing.held(fault.reason, _in_report(settlement.closed, fault))


def _posted(
    settlement: Settlement,
    classified: list[Classified],
    placer: Placer,
    group: EventGroup | None,
) -> Outcome:
    header, book, marketplace = settlement.closed, placer.book, placer.home
    lines = placer.place_all(classified)
    closing = _closing_lines(settlement, placer, group)
    if header.total > ZERO and header.deposit_day is None and not closing:
        raise Unplaced("unreadable", ["the report names no deposit date for its payout"])
    if marketplace.posting == "orders":
        outcome = post_orders(settlement, lines, closing, book, marketplace, group)
    else:
        outcome = _post_summary(settlement, lines, closing, book, marketplace)
    expected = ZERO if closing else header.total
    _prove(outcome, settlement, classified, marketplace, group, expected)
    return outcome


def _post_summary(
    settlement: Settlement,
    lines: list[Placed],
    closing: list[Placed],
    book: Book,
    marketplace: Marketplace,
) -> Outcome:
    outcome = Outcome()
    header = settlement.closed
    for invoice in summary_invoices([*lines, *closing], header, book, marketplace):
        outcome.add(invoice, proven(invoice))
    for charge in charges(lines, header, book, marketplace):
        outcome.add(charge, proven(charge))
    return outcome


def _prove(
    outcome: Outcome,
    settlement: Settlement,
    classified: list[Classified],
    marketplace: Marketplace,
    group: EventGroup | None,
    expected: Decimal,
) -> None:
    """Check by a second path that the documents equal the deposit; write the proof."""
    header = settlement.closed
    effect = sum(
        (line.amount for line in outcome.proven if line.stream != "bank_transactions"), ZERO
    )
    if effect != expected:
        raise DoesNotTie(f"documents of settlement {header.settlement_id}", expected, effect)
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
        classes=class_sums(classified),
        documents=tuple(outcome.proven),
        differences=tuple(outcome.differences),
        event_group=group,
    )


def settle_order(
    part: Settlement, marketplace: Marketplace, book: Book, vat: VatReport = NO_REPORT
) -> Outcome:
    """Make the invoice and payment of one order that waited, from its kept rows.

    Raises UnmappedSku or Unplaced while it still has to wait.
    """
    classified, _ = classify(part.entries(), book)
    lines = Placer(book, marketplace, vat).place_all(classified)
    outcome = Outcome()
    for order_lines in by_order(line for line in lines if is_revenue(line)):
        settled_order(order_lines, part.settlement_id, book, marketplace, outcome)
    return outcome


def _in_report(header: Header, fault: Unplaced) -> str:
    """Name the report, then each fault on a line of its own."""
    if len(fault.faults) == 1:
        return f"report {header.report_id}: {fault}"
    return "\n  ".join([f"report {header.report_id}, {len(fault.faults)} lines:", *fault.faults])


def _refuse_unknown(unknown: list[Entry], header: Header, book: Book) -> None:
    """Refuse rows that nothing knows, unless books.yml sends them to suspense."""
    if unknown and book.choices.unknown_rows != "suspense":
        raise Unplaced("unknown_rows", [each.line(header) for each in unknown_triples(unknown)])


def _suspended(unknown: list[Entry], header: Header) -> list[Difference]:
    """Name each kind of row that books.yml sends to suspense, with the line that ends it."""
    return [
        Difference("unknown_rows", each.amount, each.line(header, suspended=True))
        for each in unknown_triples(unknown)
    ]


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
