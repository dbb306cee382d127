"""Money that Amazon holds back (DD+7, B2B) at a month end: recognised then, reversed on release.

Two documents for each marketplace and month: `deferred` recognises what was posted in the month
and released after it, on the month's last day; `released` takes back, to the cent and on the same
accounts, what an earlier month recognised and this one released. Both stand against the account
of class deferred_balance, which so shows what Amazon still holds. The settlement of the release
books the money itself.
"""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from transforms.ledger.book import AccountRule, Book, Marketplace
from transforms.ledger.documents import Invoice, Journal, JournalLine, Source
from transforms.ledger.journals import LineKey, by_account, month_of
from transforms.ledger.lines_to_add import line_to_add
from transforms.ledger.money import ZERO, minor_unit
from transforms.ledger.placing import Placed, Placer
from transforms.ledger.sales import is_revenue
from transforms.ledger.summary import summary_line
from transforms.ledger.transactions import Part, entries, unknown_breakdown
from transforms.ledger.unplaced import Unplaced

Side = Literal["deferred", "released"]
SIDES: tuple[Side, ...] = ("deferred", "released")


@dataclass(frozen=True, slots=True)
class Deferral:
    """A transaction that was deferred: when it was posted, when it was released if it was.

    was_released without a day: Amazon released it, and its release was not read yet.
    """

    transaction_id: str
    transaction_type: str
    marketplace: str
    currency: str
    posted: date
    released: date | None
    was_released: bool
    order_id: str
    reason: str
    parts: tuple[Part, ...]

    def side(self, month: str) -> Side | None:
        """Say what a month does with it; one posted and released in a month is no deferral."""
        released = month_of(self.released) if self.released else None
        posted = month_of(self.posted)
        if released == posted:
            return None
        if month == posted:
            return "deferred"
        return "released" if month == released else None


def last_day(month: str) -> date:
    """Give the last day of a month."""
    year, number = (int(part) for part in month.split("-"))
    return date(year, number, calendar.monthrange(year, number)[1])


def accrual(
    deferrals: Iterable[Deferral], side: Side, month: str, book: Book, marketplace: Marketplace
) -> Journal | Invoice | None:
    """Make one side of a month's accrual; None when nothing of it is left to recognise.

    What was posted in a month before books_start was never recognised, and is not taken back.
    """
    start = month_of(book.choices.books_start)
    chosen = sorted(
        (each for each in deferrals if each.side(month) == side and month_of(each.posted) >= start),
        key=lambda each: (each.posted, each.transaction_id),
    )
    if faults := [_unknown_release(each) for each in chosen if _is_unclear(each)]:
        raise Unplaced("release_unknown", faults)
    foreign = [each for each in chosen if each.currency != marketplace.currency]
    if foreign:
        raise Unplaced("unclear_amounts", [_other_currency(each, marketplace) for each in foreign])
    placed = _placed_all(chosen, book, marketplace)
    if side == "released":
        day = max((each.released for each in chosen if each.released), default=last_day(month))
        return _document(placed, -1, chosen, side, month, day, book, marketplace)
    return _document(placed, 1, chosen, side, month, last_day(month), book, marketplace)


def _is_unclear(deferral: Deferral) -> bool:
    return deferral.was_released and deferral.released is None


def _unknown_release(deferral: Deferral) -> str:
    return (
        f"transaction {deferral.transaction_id} of {deferral.posted} was released, and neither its "
        "release nor its maturity date was read: run again, or once with an earlier start_date"
    )


def _other_currency(deferral: Deferral, marketplace: Marketplace) -> str:
    return (
        f"transaction {deferral.transaction_id} of {deferral.posted} is in "
        f"{deferral.currency or 'no currency'}, {marketplace.name} settles in "
        f"{marketplace.currency}: look at the currency of its line in marketplaces.csv"
    )


def _placed_all(chosen: list[Deferral], book: Book, marketplace: Marketplace) -> list[Placed]:
    """Place every transaction, or say all that is missing at once, each with where it is first."""
    if faults := list(_unknown_labels(chosen, book)):
        raise Unplaced("unknown_breakdown", faults)
    placed: list[Placed] = []
    missing: dict[str, list[Deferral]] = {}
    for each in chosen:
        try:
            placed.extend(_placed(each, book, marketplace))
        except Unplaced as fault:
            for line in fault.faults:
                missing.setdefault(line, []).append(each)
    if missing:
        raise Unplaced("no_account", [f"{line} {_whose(of)}" for line, of in missing.items()])
    return placed


def _unknown_labels(chosen: list[Deferral], book: Book) -> Iterator[str]:
    found: dict[tuple[str, str], list[Deferral]] = {}
    sums: dict[tuple[str, str], Decimal] = {}
    for each in chosen:
        for part in each.parts:
            where = (each.transaction_type, part.path)
            if part.amount and book.breakdowns.classify(*where) is None:
                found.setdefault(where, []).append(each)
                sums[where] = sums.get(where, ZERO) + part.amount
    for where, of in found.items():
        yield f"{unknown_breakdown(*where, sums[where])} {_whose(of)}"


def _whose(found: list[Deferral]) -> str:
    """Say which transactions it is about: the first, and how many more."""
    ids = dict.fromkeys(each.transaction_id for each in found)
    first = f"transaction {found[0].transaction_id} of {found[0].posted}"
    return f"({first} and {len(ids) - 1} more)" if len(ids) > 1 else f"({first})"


def _placed(deferral: Deferral, book: Book, marketplace: Marketplace) -> list[Placed]:
    """Place the parts by the maps of the day of posting, so that both sides are the same.

    In style `orders` a shipped order's invoice shows its revenue already.
    """
    classified = entries(
        deferral.transaction_type, deferral.order_id, deferral.posted, deferral.parts, book
    )
    placed = Placer(book, marketplace).place_all(classified)
    if marketplace.posting == "settlements":
        return placed
    return [line for line in placed if not is_revenue(line)]


def _document(
    placed: list[Placed],
    sign: int,
    chosen: list[Deferral],
    side: Side,
    month: str,
    day: date,
    book: Book,
    marketplace: Marketplace,
) -> Journal | Invoice | None:
    sums = {key: (sign * a, words) for key, (a, words) in by_account(placed).items() if a}
    if not sums:
        return None
    _refuse_fractions(sums, marketplace.currency)
    balance = _balance_account(book, marketplace, last_day(month))
    words = _words(chosen, side, month, marketplace)
    total = sum((amount for amount, _ in sums.values()), ZERO)
    source = Source(book.choices.organisation, marketplace.name, month=month)
    identity = f"{side}:{marketplace.name}:{month}"
    if marketplace.currency == book.choices.base_currency:
        return Journal(
            document_id=identity,
            date=day,
            narration=words,
            currency=marketplace.currency,
            lines=(
                *(
                    JournalLine(account, -amount, tax_type, tracking, description)
                    for (account, tax_type, tracking), (amount, description) in sums.items()
                ),
                *_journal_balance(balance, total),
            ),
            clearing_account=None,
            source=source,
        )
    lines = [
        summary_line(description, amount, account, tax_type, tracking)
        for (account, tax_type, tracking), (amount, description) in sums.items()
    ]
    if total:
        lines.append(summary_line(_BALANCE, -total, balance.account, balance.tax_type, ()))
    return Invoice(
        document_id=identity,
        kind="settlement",
        number=f"{book.choices.document_prefix}-{marketplace.name}-{month}-{side}",
        contact=marketplace.contact,
        date=day,
        due_date=day,
        currency=marketplace.currency,
        reference=words,
        lines=tuple(lines),
        total=ZERO,
        status=book.choices.invoice_status,
        if_absent=False,
        source=source,
    )


def _refuse_fractions(sums: Mapping[LineKey, tuple[Decimal, str]], currency: str) -> None:
    """Refuse lines finer than the currency has: Finances states parts that are never paid so."""
    unit = minor_unit(currency)
    faults = [
        f"{words} of {amount} {currency} on account {key[0]} is finer than {unit}: run again, and "
        "ask Seller Support when Amazon says the same"
        for key, (amount, words) in sums.items()
        if amount % unit
    ]
    if faults:
        raise Unplaced("unclear_amounts", faults)


_BALANCE = "Deferred by Amazon"


def _journal_balance(balance: AccountRule, total: Decimal) -> list[JournalLine]:
    if not total:
        return []
    return [JournalLine(balance.account, total, balance.tax_type, (), _BALANCE)]


def _balance_account(book: Book, marketplace: Marketplace, day: date) -> AccountRule:
    rule = book.account("deferred_balance", marketplace.name, day)
    if rule is None:
        line = line_to_add("deferred_balance", "", "", "", "ACCOUNT", "NONE")
        raise Unplaced(
            "no_account",
            [f"no account for class deferred_balance: add a line {line} to accounts.csv"],
        )
    return rule


def _words(chosen: list[Deferral], side: Side, month: str, marketplace: Marketplace) -> str:
    """Say how many transactions, and why Amazon held them."""
    reasons = Counter(each.reason or "no reason" for each in chosen)
    listed = ", ".join(f"{reason} {number}" for reason, number in sorted(reasons.items()))
    number = len(chosen)
    what = f"{number} transaction{'' if number == 1 else 's'} ({listed})"
    if side == "deferred":
        return f"{marketplace.name}: {what} deferred at the end of {month}"
    return f"{marketplace.name}: {what} deferred earlier and released in {month}"
