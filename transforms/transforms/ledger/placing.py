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
from transforms.ledger.lines_to_add import line_to_add
from transforms.ledger.money import ZERO
from transforms.ledger.settlement import Entry, Group, is_order_id

NON_AMAZON = "non-amazon"

ItemKey = tuple[str, str, str]


class Unplaced(Exception):
    """Rows that cannot be posted as the maps stand; each fault names its next step."""

    def __init__(self, reason: str, faults: Iterable[str]) -> None:
        self.reason = reason
        self.faults = tuple(dict.fromkeys(faults))
        super().__init__("; ".join(self.faults))


class Classified(NamedTuple):
    """A sum of rows and its accounting class."""

    entry: Entry
    accounting_class: str


class Target(NamedTuple):
    """Where rows of one kind, class and treatment go."""

    component: str
    account: str
    tax_type: str
    tracking: tuple[Tracking, ...]


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


def tracking_of(book: Book, marketplace: Marketplace) -> tuple[Tracking, ...]:
    """Give the tracking of a marketplace's lines; none where the maps name no option."""
    if not (book.choices.tracking_category and marketplace.tracking_option):
        return ()
    return (Tracking(book.choices.tracking_category, marketplace.tracking_option),)


def without_netted_tax(lines: list[Placed]) -> list[Placed]:
    """Leave out the tax that Amazon collected and withheld again, where it nets to zero.

    By order and kind of transaction: what remains between the two is the seller's own.
    """
    nets: dict[tuple[str, str], Decimal] = {}
    for line in lines:
        if line.is_facilitator_tax:
            nets[line.transaction] = nets.get(line.transaction, ZERO) + line.amount
    return [line for line in lines if not line.is_facilitator_tax or nets[line.transaction]]


class Placer:
    """Finds account, tax type and tracking of each sum of one settlement or order.

    What it found, or found missing, for rows of one kind it remembers.
    """

    def __init__(self, book: Book, home: Marketplace) -> None:
        self._book = book
        self._home = home
        self._rules: dict[tuple[str, str, Treatment, int], AccountRule | None] = {}
        self._tracking: dict[str, tuple[Tracking, ...]] = {}
        self._targets: dict[tuple[str, Triple, str, Treatment, date], Target | Unplaced] = {}

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
        faults: list[str] = []
        reason = "no_account"
        for line in lines:
            treatment = found.get(item_of(line.entry.group), Treatment.NONE)
            try:
                placed.append(self.place(line, treatment))
            except Unplaced as fault:
                reason = fault.reason
                faults.extend(fault.faults)
        if faults:
            raise Unplaced(reason, faults)
        return placed

    def place(self, line: Classified, treatment: Treatment) -> Placed:
        """Place one sum under a treatment that is already known."""
        entry, accounting_class = line
        group = entry.group
        key = (accounting_class, entry.triple, group.marketplace, treatment, entry.day)
        target = self._targets.get(key) or self._remembered(key)
        if isinstance(target, Unplaced):
            raise target
        component, account, tax_type, tracking = target
        if component == "sales" and group.sku and self._book.places_by_sku:
            sku = self._book.sku(group.sku, self._marketplace(group.marketplace).name, entry.day)
            if sku and sku.account:
                account, tax_type = sku.account, sku.tax_type or tax_type
        return Placed(entry, accounting_class, component, treatment, account, tax_type, tracking)

    def _remembered(self, key: tuple[str, Triple, str, Treatment, date]) -> Target | Unplaced:
        try:
            self._targets[key] = self._target(*key)
        except Unplaced as fault:
            self._targets[key] = fault.with_traceback(None)
        return self._targets[key]

    def _target(
        self, accounting_class: str, triple: Triple, name: str, treatment: Treatment, day: date
    ) -> Target:
        marketplace = self._marketplace(name)
        component = accounting_class
        rule = self._rule(accounting_class, marketplace.name, treatment, day)
        if rule and rule.account == JOIN and accounting_class in JOINING_CLASSES:
            component = self._joined(triple, accounting_class)
            rule = self._rule(component, marketplace.name, treatment, day)
        if rule is None or rule.account in ("", JOIN):
            raise Unplaced("no_account", [_missing(component, marketplace.name, treatment)])
        return Target(component, rule.account, rule.tax_type, self._tracking_of(marketplace))

    def _rule(
        self, accounting_class: str, marketplace: str, treatment: Treatment, day: date
    ) -> AccountRule | None:
        """Find a class's line; facilitator tax collected and withheld meet on one account."""
        key = (accounting_class, marketplace, treatment, self._book.era(day))
        if key not in self._rules:
            self._rules[key] = self._find_rule(accounting_class, marketplace, treatment, day)
        return self._rules[key]

    def _find_rule(
        self, accounting_class: str, marketplace: str, treatment: Treatment, day: date
    ) -> AccountRule | None:
        if treatment is Treatment.FACILITATOR and accounting_class in SALES_TAX_CLASSES:
            for meeting in ("tax_withheld", "tax_collected"):
                rule = self._book.account(meeting, marketplace, day, treatment)
                if rule and rule.account != JOIN:
                    return rule
        return self._book.account(accounting_class, marketplace, day, treatment)

    def _marketplace(self, name: str) -> Marketplace:
        """A row's own marketplace; rows that name none, or none of Amazon's, stay at home."""
        if not name or name.casefold().startswith(NON_AMAZON):
            return self._home
        found = self._book.marketplace(name)
        if found is None:
            raise Unplaced(
                "unclear_marketplace",
                [f"rows name marketplace {name}, which marketplaces.csv lacks: add its line"],
            )
        return found

    def _tracking_of(self, marketplace: Marketplace) -> tuple[Tracking, ...]:
        if marketplace.name not in self._tracking:
            self._tracking[marketplace.name] = tracking_of(self._book, marketplace)
        return self._tracking[marketplace.name]

    def _joined(self, triple: Triple, accounting_class: str) -> str:
        component = self._book.catalogue.joins(triple, accounting_class)
        if component is None:
            raise Unplaced(
                "no_account",
                [
                    (
                        f"{triple} ({accounting_class}) belongs to no line: "
                        f"give {accounting_class} an account of its own in accounts.csv"
                    )
                ],
            )
        return component


def _missing(accounting_class: str, marketplace: str, treatment: Treatment) -> str:
    treated = f" with treatment {treatment}" if treatment else ""
    line = line_to_add(accounting_class, marketplace, treatment, "", "ACCOUNT", "TAX_TYPE")
    return (
        f"no account for class {accounting_class} at {marketplace}{treated}: "
        f"add a line {line} to accounts.csv"
    )
