"""From rows to accounts: each sum gets its class, its treatment, its account and its tax type.

Nothing is guessed: what no rule knows comes back as a list of everything that is missing, so
that a bookkeeper can add all the lines at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from transforms.ledger.book import JOIN, AccountRule, Book, Marketplace
from transforms.ledger.catalogue import Triple, fold
from transforms.ledger.classes import JOINING_CLASSES, SALES_TAX_CLASSES, Treatment
from transforms.ledger.documents import Tracking
from transforms.ledger.lines_to_add import line_to_add, marketplace_line
from transforms.ledger.money import ZERO
from transforms.ledger.settlement import Entry, Group, is_order_id
from transforms.ledger.unplaced import Unplaced
from transforms.ledger.vat import NO_REPORT, VatReport

NON_AMAZON = "non-amazon"

ItemKey = tuple[str, str, str]


class Classified(NamedTuple):
    """A sum of rows and its accounting class."""

    entry: Entry
    accounting_class: str


class Target(NamedTuple):
    """Where rows of one kind, class and treatment go.

    `is_given`: that Amazon collects the tax, or where the goods went, has decided on the tax type;
    a SKU's own does not count.
    """

    component: str
    account: str
    tax_type: str
    tracking: tuple[Tracking, ...]
    is_given: bool


@dataclass(slots=True)
class Placed:
    """A sum of rows, placed: its class, the class whose line it stands on, account and tax."""

    entry: Entry
    accounting_class: str
    component: str
    treatment: Treatment
    account: str
    tax_type: str
    tracking: tuple[Tracking, ...]

    def of(self, entry: Entry) -> Placed:
        """Place another sum as this one is."""
        return Placed(
            entry,
            self.accounting_class,
            self.component,
            self.treatment,
            self.account,
            self.tax_type,
            self.tracking,
        )

    @property
    def amount(self) -> Decimal:
        """The sum as Amazon states it: positive is the seller's."""
        return self.entry.amount

    @property
    def day(self) -> date:
        """The day on which the rows were posted."""
        return self.entry.day

    @property
    def transaction(self) -> tuple[str, str]:
        """The kind of transaction and the order that the rows belong to."""
        return (fold(self.entry.group.transaction_type), self.entry.group.order_id)

    @property
    def is_facilitator_tax(self) -> bool:
        """Whether the rows are tax of an item whose tax Amazon collects and pays itself."""
        return (
            self.treatment is Treatment.FACILITATOR and self.accounting_class in SALES_TAX_CLASSES
        )


def classify(entries: Iterable[Entry], book: Book) -> tuple[list[Classified], list[Entry]]:
    """Give each sum its class; the second list is what is unknown, or known as suspense."""
    known: list[Classified] = []
    unknown: list[Entry] = []
    for entry in entries:
        accounting_class = book.catalogue.classify(entry.triple)
        if accounting_class in (None, "suspense"):
            unknown.append(entry)
        known.append(Classified(entry, accounting_class or "suspense"))
    return known, unknown


def item_of(group: Group) -> ItemKey:
    """Name the item that a group of rows is about: an order's and its refund's are two."""
    return (fold(group.transaction_type), group.order_id, group.sku or group.item)


def treatments(classified: Iterable[Classified]) -> dict[ItemKey, Treatment]:
    """Find the treatment of every item of an order or a refund.

    Any withheld tax makes an item `facilitator`; tax without it makes it `taxed`; none makes it
    `untaxed`. A tax row of 0.00 is no tax: booking it as taxed would derive tax that the buyer
    never paid.
    """
    found: dict[ItemKey, Treatment] = {}
    for line in classified:
        group = line.entry.group
        if not is_order_id(group.order_id) or not (group.sku or group.item):
            continue
        item = item_of(group)
        before = found.setdefault(item, Treatment.UNTAXED)
        if line.entry.amount == ZERO:
            continue
        if line.accounting_class == "tax_withheld":
            found[item] = Treatment.FACILITATOR
        elif line.accounting_class == "tax_collected" and before is Treatment.UNTAXED:
            found[item] = Treatment.TAXED
    return found


def tracking_of(
    book: Book, marketplace: Marketplace, sku: str = "", day: date = date.min
) -> tuple[Tracking, ...]:
    """Give the tracking of a marketplace's lines and, for a SKU, of its product group.

    None where the maps name no option. Xero allows two categories in use.
    """
    choices, found = book.choices, []
    if choices.tracking_category and marketplace.tracking_option:
        found.append(Tracking(choices.tracking_category, marketplace.tracking_option))
    if sku and book.tracks_products:
        group = book.product_group(sku, marketplace.name, day)
        if group:
            found.append(Tracking(choices.product_tracking_category, group))
    return tuple(found)


def marketplace_of(name: str, book: Book, home: Marketplace) -> Marketplace:
    """Find a row's own marketplace; rows that name none, or none of Amazon's, stay at home."""
    if not name or name.casefold().startswith(NON_AMAZON):
        return home
    found = book.marketplace(name)
    if found is None:
        line = marketplace_line(name, home.currency)
        raise Unplaced(
            "unclear_marketplace",
            [f"rows name marketplace {name}, which marketplaces.csv lacks: add a line {line}"],
        )
    return found


def without_netted_tax(lines: list[Placed]) -> list[Placed]:
    """Leave out the tax that Amazon collected and withheld again, where it nets to zero.

    By order and kind of transaction: what remains between the two is the seller's own.
    """
    nets: dict[tuple[str, str], Decimal] = {}
    for line in lines:
        if line.is_facilitator_tax:
            nets[line.transaction] = nets.get(line.transaction, ZERO) + line.amount
    return [line for line in lines if not line.is_facilitator_tax or nets[line.transaction]]


class Asked(NamedTuple):
    """What accounts.csv is asked by, beside class and day."""

    marketplace: str
    treatment: Treatment
    destination: str


TargetKey = tuple[str, Triple, Asked, date]


class Placer:
    """Finds account, tax type and tracking of each sum of one settlement or order.

    What it found, or found missing, for rows of one kind it remembers.
    """

    def __init__(self, book: Book, home: Marketplace, vat: VatReport = NO_REPORT) -> None:
        self.book = book
        self.home = home
        self._vat = vat
        self._rules: dict[tuple[str, Asked, int], AccountRule | None] = {}
        self._tracking: dict[tuple[str, str, date], tuple[Tracking, ...]] = {}
        self._targets: dict[TargetKey, Target | Unplaced] = {}

    def stands_alone(self, order_id: str) -> bool:
        """Say whether an order is placed by more than its rows: by what the VAT report says."""
        return self._vat.knows(order_id)

    def place_all(self, classified: Iterable[Classified]) -> list[Placed]:
        """Place every sum of whole orders, or say all that is missing at once (Unplaced).

        What Amazon collected and withheld again is left out where it nets to zero.
        """
        return without_netted_tax(self.place_each(classified))

    def place_each(self, classified: Iterable[Classified]) -> list[Placed]:
        """Place every sum of whole orders, those too that will net to zero."""
        lines = list(classified)
        found = treatments(lines)
        placed: list[Placed] = []
        faults: Unplaced | None = None
        for line in lines:
            treatment = found.get(item_of(line.entry.group), Treatment.NONE)
            try:
                placed.append(self.place(line, treatment))
            except Unplaced as fault:
                faults = fault.of(line.entry).joined(faults)
        if faults is not None:
            raise faults
        return placed

    def place(self, line: Classified, treatment: Treatment) -> Placed:
        """Place one sum under the treatment of its rows, which the VAT report may refine."""
        entry, accounting_class = line
        group = entry.group
        destination = ""
        if treatment and self._vat.knows(group.order_id):
            sent = self._vat.destination(group)
            if sent is not None:
                treatment, destination = sent.treats(treatment), sent.code
        asked = Asked(group.marketplace, treatment, destination)
        key = (accounting_class, entry.triple, asked, entry.day)
        target = self._targets.get(key) or self._remembered(key)
        if isinstance(target, Unplaced):
            raise target
        component, account, tax_type, tracking, is_given = target
        if group.sku and self.book.places_by_sku:
            marketplace = self._marketplace(group.marketplace)
            tracking = self._tracked(marketplace, group.sku, entry.day)
            sku = self.book.sku(group.sku, marketplace.name, entry.day)
            if component == "sales" and sku:
                account = sku.account or account
                tax_type = tax_type if is_given else sku.tax_type or tax_type
        return Placed(entry, accounting_class, component, treatment, account, tax_type, tracking)

    def _remembered(self, key: TargetKey) -> Target | Unplaced:
        try:
            self._targets[key] = self._target(*key)
        except Unplaced as fault:
            self._targets[key] = fault.with_traceback(None)
        return self._targets[key]

    def _target(self, accounting_class: str, triple: Triple, asked: Asked, day: date) -> Target:
        marketplace = self._marketplace(asked.marketplace)
        asked = asked._replace(marketplace=marketplace.name)
        component = accounting_class
        rule = self._rule(accounting_class, asked, day)
        if rule and rule.account == JOIN and accounting_class in JOINING_CLASSES:
            component = self._joined(triple, accounting_class)
            rule = self._rule(component, asked, day)
        if rule is None or rule.account in ("", JOIN):
            raise Unplaced("no_account", [_missing(component, asked)])
        untaxed_there = bool(asked.destination) and asked.treatment is Treatment.UNTAXED
        is_given = (
            asked.treatment is Treatment.FACILITATOR or untaxed_there or bool(rule.destination)
        )
        tracking = self._tracking_of(marketplace)
        return Target(component, rule.account, rule.tax_type, tracking, is_given)

    def _rule(self, accounting_class: str, asked: Asked, day: date) -> AccountRule | None:
        """Find a class's line; facilitator tax collected and withheld meet on one account."""
        key = (accounting_class, asked, self.book.era(day))
        if key not in self._rules:
            self._rules[key] = self._find_rule(accounting_class, asked, day)
        return self._rules[key]

    def _find_rule(self, accounting_class: str, asked: Asked, day: date) -> AccountRule | None:
        marketplace, treatment, destination = asked
        if treatment is Treatment.FACILITATOR and accounting_class in SALES_TAX_CLASSES:
            for meeting in ("tax_withheld", "tax_collected"):
                rule = self.book.account(meeting, marketplace, day, treatment, destination)
                if rule and rule.account != JOIN:
                    return rule
        return self.book.account(accounting_class, marketplace, day, treatment, destination)

    def _marketplace(self, name: str) -> Marketplace:
        return marketplace_of(name, self.book, self.home)

    def _tracking_of(self, marketplace: Marketplace) -> tuple[Tracking, ...]:
        return self._tracked(marketplace, "", date.min)

    def _tracked(self, marketplace: Marketplace, sku: str, day: date) -> tuple[Tracking, ...]:
        key = (marketplace.name, sku, day)
        if key not in self._tracking:
            self._tracking[key] = tracking_of(self.book, marketplace, sku, day)
        return self._tracking[key]

    def _joined(self, triple: Triple, accounting_class: str) -> str:
        component = self.book.catalogue.joins(triple, accounting_class)
        if component is None:
            raise Unplaced(
                "no_account",
                [
                    (
                        f"{triple} ({accounting_class}) belongs to no line: give it the class of "
                        f"one, {line_to_add(*triple, 'CLASS')} in rules.csv, or {accounting_class} "
                        "an account of its own in accounts.csv"
                    )
                ],
            )
        return component


def _missing(accounting_class: str, asked: Asked) -> str:
    marketplace, treatment, destination = asked
    treated = f" with treatment {treatment}" if treatment else ""
    treated += f", sent to {destination} %" if destination else ""
    line = line_to_add(accounting_class, marketplace, treatment, "", "ACCOUNT", "TAX_TYPE")
    return (
        f"no account for class {accounting_class} at {marketplace}{treated}: "
        f"add a line {line} to accounts.csv"
    )
