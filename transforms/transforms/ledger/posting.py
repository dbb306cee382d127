"""From one settlement to its documents and its proof; the whole of it, or nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial

from transforms.ledger.bank import charges
from transforms.ledger.book import Book, Marketplace
from transforms.ledger.contents import Content
from transforms.ledger.cost import CostOfGoods, cost_of_goods
from transforms.ledger.difference import Difference
from transforms.ledger.documents import DoesNotTie
from transforms.ledger.events import Events
from transforms.ledger.gate import refuse_fractions
from transforms.ledger.home import home_marketplace
from transforms.ledger.money import ZERO
from transforms.ledger.nothing import Nothing, in_report
from transforms.ledger.outcome import Again, NotPosted, Outcome, Part, Pattern
from transforms.ledger.placing import Classified, Placed, Placer, classify
from transforms.ledger.proof import (
    EventGroup,
    Proof,
    class_sums,
    compared,
    event_group_differences,
    proven,
)
from transforms.ledger.refunds import is_of_order
from transforms.ledger.rest import Rest
from transforms.ledger.retrocharges import retrocharges
from transforms.ledger.sales import has_unit_prices, is_revenue
from transforms.ledger.settlement import Settlement
from transforms.ledger.shapes import Case, Shapes
from transforms.ledger.style_orders import by_order, post_order, post_rest, settled_order
from transforms.ledger.summary import summary_invoices
from transforms.ledger.trace import Trace
from transforms.ledger.unknown import refuse_unknown, suspended
from transforms.ledger.unpaid import returned_transfers, stand_ins
from transforms.ledger.unplaced import Unplaced
from transforms.ledger.vat import NO_REPORT, VatReport
from transforms.ledger.vat_proof import VatProof

_MEMORY = 4096


def settle(
    settlement: Settlement,
    book: Book,
    group: EventGroup | None = None,
    events: Events | None = None,
    vat: VatReport = NO_REPORT,
) -> Outcome:
    """Post a settlement in its marketplace's style, or hold it whole with its reason."""
    whole = Outcome()
    try:
        for part in post(settlement, book, group, events, vat):
            whole.join(part.outcome() if isinstance(part, Again) else part)
    except NotPosted as refusal:
        return refusal.outcome
    if whole.proof is not None:
        whole.proof = replace(whole.proof, documents=tuple(whole.proven))
    return whole


def post(
    settlement: Settlement,
    book: Book,
    group: EventGroup | None = None,
    events: Events | None = None,
    vat: VatReport = NO_REPORT,
) -> Iterator[Part]:
    """Post a settlement part by part: its orders, then all else and the proof.

    events: the transactions that Finances lists for it, to compare with; None if none were read.

    The proof names no documents: each part does. Raises NotPosted, perhaps after parts were
    given, which then are void. Held: the rows do not sum to total-amount, a row is unknown, a
    row's account is missing, or its marketplace is unclear. Left out: it ends before books_start.
    The VAT report, where there is one, tells where each item was sent.
    """
    classified, unknown = classify(settlement.by_kind(), book)
    nothing = Nothing(settlement, classified, group)
    try:
        marketplace = nothing.marketplace = home_marketplace(settlement, book)
        settlement.check()
        refuse_fractions(settlement)
        if settlement.closed.end_day < book.choices.books_start:
            yield nothing.posted("left_out", "it ends before books_start")
            return
        refuse_unknown(unknown, settlement.closed, book)
        named = suspended(unknown, settlement.closed, book)
        placer = Placer(book, marketplace, vat)
        for part in _Posting(settlement, classified, placer, group, vat, named).parts():
            if isinstance(part, Outcome) and part.proof is not None and events is not None:
                rows, _ = classify(settlement.entries(), book)
                part.proof = compared(part.proof, rows, events)
            yield part
    except DoesNotTie as gate:
        report = settlement.closed.report_id
        words = f"report {report}: {gate}; nothing of it is posted"
        raise NotPosted(nothing.held("gate", words)) from gate
    except Unplaced as fault:
        words = in_report(settlement.closed, fault)
        raise NotPosted(nothing.held(fault.reason, words)) from fault


def _own(marketplace: Marketplace, book: Book) -> Callable[[Placed], bool]:
    """Say which rows an order's own documents take."""
    if marketplace.posting != "orders":
        return _is_nobodys
    return is_of_order if book.choices.refunds == "credit_notes" else is_revenue


def _is_nobodys(line: Placed) -> bool:  # noqa: ARG001 - of any line
    """Style `settlements` makes no document of one order."""
    return False


class _Posting:
    """One settlement on its way into the books of one marketplace, order by order."""

    def __init__(
        self,
        settlement: Settlement,
        classified: list[Classified],
        placer: Placer,
        group: EventGroup | None,
        vat: VatReport,
        named: list[Difference],
    ) -> None:
        self._settlement = settlement
        self._classified = classified
        self._book = placer.book
        self._marketplace = placer.home
        self._group = group
        self._placer = placer
        self._vat = vat
        self._vat_proof = VatProof(vat, settlement.closed.currency)
        self._rest = Rest(settlement.kinds)
        self._trace = Trace()
        is_own = _own(self._marketplace, self._book)
        self._shapes = Shapes(settlement, self._book, placer, self._rest, self._trace, is_own)
        self._patterns: dict[tuple[Case, tuple[str, ...]], Pattern | None] = {}
        self._effect = ZERO
        self._differences = named

    def parts(self) -> Iterator[Part]:
        """Give the documents of each order, then those of all else with the proof."""
        header = self._settlement.closed
        faults: Unplaced | None = None
        settlement = self._settlement
        for order_id in settlement.orders:
            try:
                part = self._order(order_id, settlement.filed(order_id).content)
            except Unplaced as fault:
                faults = fault.joined(faults)
                continue
            if part is not None and faults is None:
                yield self._counted(part)
        if faults is not None:
            raise faults
        closing = stand_ins(self._settlement, self._placer, self._group)
        if header.total > ZERO and header.deposit_day is None and not closing:
            payout = f"its payout of {header.total} {header.currency}"
            raise Unplaced("unreadable", [f"the report names no deposit date for {payout}"])
        last = self._last(closing)
        cost = cost_of_goods(self._settlement.entries(), header, self._book, self._marketplace)
        for journal in cost.journals:
            last.add(journal, proven(journal))
        last.differences.extend(cost.differences)
        self._counted(last)
        last.proof = self._proof(last, closing, cost, ZERO if closing else header.total)
        yield last

    def _order(self, order_id: str, content: Content) -> Part | None:
        """Post an order's rows; what belongs to no order's document waits for the last part."""
        alike = self._shapes.alike(order_id, content)
        if alike is None:
            return self._by_itself(order_id)
        if alike.pattern is not None:
            return Again(alike.pattern, order_id, alike.own, alike.effect)
        if not alike.own:
            return None
        case = alike.case
        key = (case, content.skus)
        pattern = self._patterns.get(key)
        effect = pattern.effect(alike.own) if pattern else None
        if pattern and effect is not None:
            alike.pattern, alike.effect = pattern, effect
            return Again(pattern, order_id, alike.own, effect)
        lines = self._shapes.lines(order_id, case)
        part = self._posted(order_id, lines)
        # What waits, or is named as a difference, tells of this one order's rows.
        if key not in self._patterns and not (part.held or part.differences):
            if len(self._patterns) >= _MEMORY:
                self._patterns.clear()
            self._patterns[key] = self._pattern(lines, part)
        return part

    def _pattern(self, lines: list[Placed], part: Outcome) -> Pattern | None:
        """Tell what orders become that are like one; None where each has prices to be reckoned."""
        if _effect(part) != sum((line.amount for line in lines), ZERO) or has_unit_prices(lines):
            return None
        sold = [is_revenue(line) for line in lines]
        return Pattern(
            partial(self._documents, lines),
            tuple(position for position, each in enumerate(sold) if each),
            tuple(position for position, each in enumerate(sold) if not each),
        )

    def _by_itself(self, order_id: str) -> Outcome | None:
        lines = self._shapes.by_itself(order_id)
        if self._vat.knows(order_id):
            entries = self._settlement.entries_of(order_id)
            self._vat_proof.add(classify(entries, self._book)[0])
        return self._posted(order_id, lines) if lines else None

    def _documents(self, lines: list[Placed], order_id: str, values: Sequence[Decimal]) -> Outcome:
        """Make of an order what was made of another that is like it."""
        part = Outcome()
        own = [
            line.of(line.entry._replace(amount=v)) for line, v in zip(lines, values, strict=True)
        ]
        post_order(order_id, own, self._settlement, self._book, self._marketplace, part)
        return part

    def _posted(self, order_id: str, lines: list[Placed]) -> Outcome:
        part = Outcome()
        back = post_order(order_id, lines, self._settlement, self._book, self._marketplace, part)
        self._rest.add(back)
        self._trace.take_back(back)
        for held in part.held:
            waiting = [line for line in lines if is_revenue(line)]
            self._trace.take_back(waiting)
            self._trace.held(waiting, held.document_id)
        return part

    def _last(self, closing: list[Placed]) -> Outcome:
        header, book, marketplace = self._settlement.closed, self._book, self._marketplace
        self._shapes.finish()
        lines = self._rest.lines()
        self._trace_rest([*lines, *closing])
        if marketplace.posting == "orders":
            return post_rest(lines, closing, header, book, marketplace, self._group)
        outcome = Outcome()
        for invoice in summary_invoices([*lines, *closing], header, book, marketplace, self._group):
            outcome.add(invoice, proven(invoice))
        for charge in charges(lines, header, book, marketplace):
            outcome.add(charge, proven(charge))
        return outcome

    def _trace_rest(self, lines: list[Placed]) -> None:
        settlement_id = self._settlement.settlement_id
        if self._marketplace.posting == "orders":
            self._trace.add_by_month(lines, "journals", f"journal:{settlement_id}")
        else:
            self._trace.add_by_month(lines, "invoices", f"settlement:{settlement_id}")

    def _counted(self, part: Part) -> Part:
        """Add up what the documents contribute to the deposit."""
        if isinstance(part, Again):
            self._effect += part.effect
            return part
        self._effect += _effect(part)
        self._differences += part.differences
        return part

    def _proof(
        self, last: Outcome, closing: list[Placed], cost: CostOfGoods, expected: Decimal
    ) -> Proof:
        """Check by a second path that the documents equal the deposit; write the proof."""
        settlement, header = self._settlement, self._settlement.closed
        if self._effect != expected:
            raise DoesNotTie(
                f"documents of settlement {header.settlement_id}", expected, self._effect
            )
        sums = class_sums(self._classified)
        made = {document.document_id for document in last.proven}
        return Proof(
            header=header,
            status="tied",
            reason=None,
            marketplace=self._marketplace.name,
            posting=self._marketplace.posting,
            rows=settlement.row_count,
            rows_total=settlement.rows_total,
            difference=expected - self._effect,
            classes=sums,
            documents=(),
            postings=self._trace.postings(sums, closing, made),
            costs=cost.costs,
            differences=(
                *self._differences,
                *event_group_differences(header, self._group),
                *returned_transfers(self._classified, self._marketplace),
                *retrocharges(self._classified, settlement),
                *self._vat_proof.differences(),
            ),
            event_group=self._group,
            destinations=self._vat_proof.destinations(),
        )


def _effect(part: Outcome) -> Decimal:
    return sum((each.amount for each in part.proven if each.stream != "bank_transactions"), ZERO)


def settle_order(
    part: Settlement, marketplace: Marketplace, book: Book, vat: VatReport = NO_REPORT
) -> Outcome:
    """Make the invoice and payment of one order that waited, from its kept rows.

    Raises UnmappedSku or Unplaced while it still has to wait.
    """
    classified, _ = classify(part.entries(), book)
    lines = Placer(book, marketplace, vat).place_all(classified)
    outcome = Outcome()
    for order_id, sold in by_order(line for line in lines if is_revenue(line)).items():
        settled_order(order_id, sold, part.settlement_id, book, marketplace, outcome)
    return outcome
