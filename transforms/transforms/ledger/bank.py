"""What the bank saw of a settlement: its payout, and each charge to a card or account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from transforms.ledger.book import Book, Marketplace
from transforms.ledger.documents import BankLine, BankTransaction, Source
from transforms.ledger.money import ZERO
from transforms.ledger.placing import Placed, Unplaced
from transforms.ledger.settlement import Header


def payout(
    header: Header, deposit_day: date, book: Book, marketplace: Marketplace, trace_id: str | None
) -> BankTransaction:
    """Receive the deposit on the bank account, out of clearing, on the deposit date."""
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
    """Spend each `Successful charge` on the bank account, to the account where its row lands."""
    charged = [line for line in lines if line.accounting_class == "debt_payment"]
    if charged and not marketplace.bank_account:
        raise Unplaced(
            "no_account",
            [f"{marketplace.name} was charged, but marketplaces.csv names no bank_account for it"],
        )
    return [
        _charge(line, header, book, marketplace, position)
        for position, line in enumerate(charged, start=1)
        if line.amount > ZERO
    ]


def _charge(
    line: Placed, header: Header, book: Book, marketplace: Marketplace, position: int
) -> BankTransaction:
    amount: Decimal = line.amount
    reference = f"{marketplace.name} settlement {header.settlement_id}, charge {position}"
    return BankTransaction(
        document_id=f"charge:{header.settlement_id}:{position}",
        kind="spend",
        bank_account=marketplace.bank_account,
        contact=marketplace.contact,
        date=line.day,
        currency=header.currency,
        reference=reference,
        lines=(BankLine("Charge for Amazon debt", amount, line.account, line.tax_type, ()),),
        total=amount,
        source=Source(book.choices.organisation, marketplace.name, header.settlement_id),
    )
