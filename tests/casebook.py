"""Settlements and books small enough to read in a test: accounts are named after their class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from transforms.ledger.book import AccountRule, Book, Choices, Marketplace, Sku
from transforms.ledger.breakdowns import Breakdowns
from transforms.ledger.catalogue import Catalogue, Rule, Triple
from transforms.ledger.classes import MAP_CLASSES
from transforms.ledger.documents import (
    BankTransaction,
    CreditNote,
    Document,
    Invoice,
    Journal,
    Payment,
)
from transforms.ledger.outcome import Outcome
from transforms.ledger.proof import EventGroup, Proof
from transforms.ledger.settlement import Header, Row, Settlement
from transforms.maps.load import shipped_breakdowns, shipped_rules

UK = Marketplace(
    marketplace_id="A1F83G8C2ARO7P",
    name="Amazon.co.uk",
    currency="GBP",
    contact="Amazon UK",
    tracking_option="UK",
    clearing_account="clearing",
    bank_account="bank",
    posting="orders",
)
DE = Marketplace(
    marketplace_id="A1PA6795UKMFR9",
    name="Amazon.de",
    currency="EUR",
    contact="Amazon DE",
    tracking_option="DE",
    clearing_account="clearing_de",
    bank_account="bank_de",
    posting="settlements",
)
T = TypeVar("T")
ORDER = "026-1111111-1111111"
OTHER_ORDER = "026-2222222-2222222"


def rule(accounting_class: str, account: str, tax_type: str = "NONE", **cells: str) -> AccountRule:
    """A line of accounts.csv."""
    return AccountRule(
        accounting_class=accounting_class,
        marketplace=cells.get("marketplace", ""),
        treatment=cells.get("treatment", ""),
        destination=cells.get("destination", ""),
        account=account,
        tax_type=tax_type,
    )


def book(
    *extra: AccountRule,
    rules: tuple[Rule, ...] = (),
    skus: tuple[str, ...] = ("CUP", "TOY"),
    marketplaces: tuple[Marketplace, ...] = (UK, DE),
    **choices: Any,
) -> Book:
    """Books where each class has the account of its own name, and taxes join their lines."""
    given = {(each.accounting_class, each.marketplace, each.treatment) for each in extra}
    joining = {"tax_collected", "tax_withheld", "tax_discount", "fee_tax"}
    accounts = [
        rule(name, "=" if name in joining else name)
        for name in sorted(MAP_CLASSES)
        if (name, "", "") not in given
    ]
    chosen = Choices(
        organisation="Casebook Ltd",
        base_currency="GBP",
        time_zone="Europe/London",
        document_prefix="AMZ",
        unmapped_sku="hold",
        unknown_rows="hold",
        refunds="journal",
        invoice_status="AUTHORISED",
        tracking_category="Marketplace",
        books_start=date(2026, 4, 1),
    )
    return Book(
        choices=replace(chosen, **choices),
        marketplaces=marketplaces,
        accounts=(*accounts, *extra),
        skus=tuple(Sku(sku, "", f"ITEM-{sku}", "", "") for sku in skus),
        catalogue=Catalogue(shipped_rules(), rules),
        breakdowns=Breakdowns(shipped_breakdowns()),
    )


def settlement(
    table: str,
    total: str | None = None,
    *,
    currency: str = "GBP",
    settlement_id: str = "7001",
    deposit: date | None = date(2026, 5, 20),
) -> Settlement:
    """A settlement from lines of `day | type | amount type | description | amount | cells`.

    The cells are `order=`, `sku=`, `item=`, `qty=`, `market=`; total defaults to the rows' sum.
    """
    made = Settlement(settlement_id)
    for number, line in enumerate(filter(str.strip, table.splitlines()), start=3):
        day, kind, amount_type, description, amount, *rest = (p.strip() for p in line.split("|"))
        cells = dict(cell.split("=", 1) for cell in (rest[0].split() if rest else ()))
        made.add(
            Row(
                number=number,
                triple=Triple(kind, amount_type, description),
                order_id=cells.get("order", ""),
                item=cells.get("item", ""),
                sku=cells.get("sku", ""),
                marketplace=cells.get("market", "Amazon.co.uk" if currency == "GBP" else ""),
                day=date.fromisoformat(day),
                amount=Decimal(amount),
                quantity=int(cells.get("qty", "0")),
            )
        )
    made.header = Header(
        settlement_id=settlement_id,
        currency=currency,
        total=made.rows_total if total is None else Decimal(total),
        start="2026-05-01T00:00:00Z",
        end="2026-05-15T00:00:00Z",
        end_day=date(2026, 5, 15),
        deposit_day=deposit,
        report_id="R1",
        checksum="c0ffee00",
    )
    return made


def event_group(**changes: Any) -> EventGroup:
    """The event group of the settlement that `settlement` makes, by default in pounds."""
    made = EventGroup(
        group_id="G1",
        start="2026-05-01T00:00:00Z",
        end="2026-05-15T00:00:00Z",
        currency="GBP",
        original_total=None,
        converted_total=None,
        converted_currency=None,
        fund_transfer_status="Succeeded",
        trace_id=None,
        account_tail=None,
    )
    return replace(made, **changes)


def balances(outcome: Outcome) -> dict[str, Decimal]:
    """What the documents leave on each account, debit positive, tax left inside the lines.

    An invoice made only if absent counts as made: the settlement is alone in these books.
    """
    found: dict[str, Decimal] = {}
    for document in outcome.documents:
        for account, amount in movements(document):
            found[account] = found.get(account, Decimal(0)) + amount
    return {account: amount for account, amount in sorted(found.items()) if amount}


def movements(document: Document) -> Iterator[tuple[str, Decimal]]:
    """What one document moves, account by account, debit positive."""
    match document:
        case Invoice() | CreditNote():
            sign = 1 if isinstance(document, Invoice) else -1
            yield "receivable", sign * document.total
            for line in document.lines:
                yield line.account, -sign * line.amount
            if isinstance(document, CreditNote) and document.refund is not None:
                yield "receivable", document.refund.amount
                yield document.refund.account, -document.refund.amount
        case Payment():
            yield document.account, document.amount
            yield "receivable", -document.amount
        case Journal():
            for journal_line in document.lines:
                yield journal_line.account, journal_line.amount
        case BankTransaction():
            sign = 1 if document.kind == "receive" else -1
            yield document.bank_account, sign * document.total
            for bank_line in document.lines:
                yield bank_line.account, -sign * bank_line.amount


def proof_of(outcome: Outcome) -> Proof:
    """The proof, which every settlement has."""
    assert outcome.proof is not None
    return outcome.proof


def of_kind(outcome: Outcome, kind: type[T]) -> list[T]:
    """The documents of one kind."""
    return [document for document in outcome.documents if isinstance(document, kind)]
