"""What the bank saw of a settlement: its payout, and each charge to a card or account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from transforms.ledger.book import Book, Marketplace
from transforms.ledger.documents import BankLine, BankTransaction, Journal, JournalLine, Source
from transforms.ledger.lines_to_add import line_to_add
from transforms.ledger.money import ZERO, text
from transforms.ledger.placing import Placed
from transforms.ledger.proof import EventGroup
from transforms.ledger.settlement import Entry, Header
from transforms.ledger.unplaced import Affected, Unplaced


def payouts(
    header: Header,
    deposit_day: date,
    book: Book,
    marketplace: Marketplace,
    group: EventGroup | None,
) -> list[BankTransaction | Journal]:
    """Receive the deposit on the bank account, out of clearing, on the deposit date.

    Where Amazon converts it, the bank receives what the event group says was paid; the account
    of class currency_conversion stands between, and keeps what the two rates differ by.
    """
    received = _payout(header, deposit_day, book, marketplace, group.trace_id if group else None)
    if not marketplace.is_converted:
        return [received]
    converted = converted_total(marketplace, group)
    between = _conversion_account(book, marketplace, deposit_day)
    words = (
        f"{text(header.total)} {header.currency} paid out as "
        f"{text(converted)} {marketplace.bank_currency}"
    )
    line = replace(received.lines[0], amount=converted, account=between)
    paid = replace(
        received,
        currency=marketplace.bank_currency,
        reference=f"{received.reference} ({words})",
        lines=(line,),
        total=converted,
    )
    return [_out_of_clearing(received, between, words, marketplace), paid]


def converted_total(marketplace: Marketplace, group: EventGroup | None) -> Decimal:
    """Find what Amazon paid out in the bank's currency; Unplaced while it is not known."""
    wanted = marketplace.bank_currency
    total = group.converted_total if group else None
    if group is None or not total or total < ZERO or group.converted_currency != wanted:
        said = "no event group of it was read"
        if group is not None:
            said = f"event group {group.group_id} says {_said(group)}"
        raise Unplaced(
            "no_conversion",
            [
                (
                    f"{marketplace.name} pays out in {wanted} (bank_currency), and Amazon's "
                    f"converted total is not known: {said}; it is posted as soon as the stream "
                    "financial_event_groups gives it"
                )
            ],
        )
    return total


def _said(group: EventGroup) -> str:
    if group.converted_total is None:
        return "no converted total"
    return f"{group.converted_total} {group.converted_currency}"


def _conversion_account(book: Book, marketplace: Marketplace, day: date) -> str:
    rule = book.account("currency_conversion", marketplace.name, day)
    if rule is None:
        line = line_to_add("currency_conversion", "", "", "", "ACCOUNT", "NONE")
        raise Unplaced(
            "no_account",
            [f"{marketplace.name} is paid out in another currency: add {line} to accounts.csv"],
        )
    return rule.account


def _out_of_clearing(
    received: BankTransaction, between: str, words: str, marketplace: Marketplace
) -> BankTransaction | Journal:
    """Take the deposit out of clearing: money spent there if it is a bank account."""
    settlement_id = received.source.settlement_id
    identity = f"conversion:{settlement_id}"
    if marketplace.clearing_type == "bank":
        return replace(
            received,
            document_id=identity,
            kind="spend",
            bank_account=marketplace.clearing_account,
            reference=f"{received.reference} ({words})",
            lines=(replace(received.lines[0], account=between),),
        )
    tax_type = received.lines[0].tax_type
    return Journal(
        document_id=identity,
        date=received.date,
        narration=f"{marketplace.name} settlement {settlement_id}: {words}",
        currency=received.currency,
        lines=(
            JournalLine(between, received.total, tax_type, (), words),
            JournalLine(marketplace.clearing_account, -received.total, tax_type, (), words),
        ),
        clearing_account=None,
        source=received.source,
    )


def _payout(
    header: Header, deposit_day: date, book: Book, marketplace: Marketplace, trace_id: str | None
) -> BankTransaction:
    reference = f"{marketplace.name} settlement {header.settlement_id}"
    line = BankLine(
        description=f"Payout of {reference}",
        amount=header.total,
        account=marketplace.clearing_account,
        tax_type=book.no_tax(marketplace.name, deposit_day),
        tracking=(),
    )
    return BankTransaction(
        document_id=f"payout:{header.settlement_id}",
        kind="receive",
        bank_account=marketplace.bank_account,
        contact=marketplace.contact,
        date=deposit_day,
        currency=header.currency,
        reference=f"{reference}, trace {trace_id}" if trace_id else reference,
        lines=(line,),
        total=header.total,
        source=Source(book.choices.organisation, marketplace.name, header.settlement_id),
    )


def charges(
    lines: Iterable[Placed], header: Header, book: Book, marketplace: Marketplace
) -> list[BankTransaction]:
    """Spend each `Successful charge` on the bank account, to the account where its row lands.

    A charge that Amazon gives back (a row below zero) comes in there again.
    """
    charged = [line for line in lines if line.accounting_class == "debt_payment"]
    if charged and not marketplace.bank_account:
        raise _no_bank_account([line.entry for line in charged], marketplace)
    if charged and marketplace.is_converted:
        raise Unplaced("no_conversion", [_charged_elsewhere(line, marketplace) for line in charged])
    return [
        _charge(line, header, book, marketplace, position)
        for position, line in enumerate(charged, start=1)
        if line.amount
    ]


def _no_bank_account(charged: list[Entry], marketplace: Marketplace) -> Unplaced:
    words = (
        f"{marketplace.name} was charged at a card or bank account: name it as bank_account of "
        f"{marketplace.name} in marketplaces.csv"
    )
    amount = sum((each.amount for each in charged), ZERO)
    rows, first = sum(each.rows for each in charged), min(each.first for each in charged)
    return Unplaced("no_account", [words], {words: Affected(amount, rows, first)})


def _charged_elsewhere(line: Placed, marketplace: Marketplace) -> str:
    return (
        f"{line.amount} {marketplace.currency} was charged to a card or bank account on "
        f"{line.day}; Amazon gives no amount in {marketplace.bank_currency} for a charge: name "
        f"a bank_account in {marketplace.currency} and leave bank_currency blank"
    )


def _charge(
    line: Placed, header: Header, book: Book, marketplace: Marketplace, position: int
) -> BankTransaction:
    amount, is_refund = abs(line.amount), line.amount < ZERO
    words = "Charge for Amazon debt" + (", given back" if is_refund else "")
    reference = f"{marketplace.name} settlement {header.settlement_id}, charge {position}"
    return BankTransaction(
        document_id=f"charge:{header.settlement_id}:{position}",
        kind="receive" if is_refund else "spend",
        bank_account=marketplace.bank_account,
        contact=marketplace.contact,
        date=line.day,
        currency=header.currency,
        reference=reference,
        lines=(BankLine(words, amount, line.account, line.tax_type, ()),),
        total=amount,
        source=Source(book.choices.organisation, marketplace.name, header.settlement_id),
    )
