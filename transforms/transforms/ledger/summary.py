"""Style `settlements`: one invoice per settlement whose total is the deposit.

Across a month end every earlier part carries an equal and opposite rollover line and totals
0.00, so that one document matches the bank line.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from transforms.ledger.book import NO_TAX, Book, Marketplace
from transforms.ledger.documents import Invoice, InvoiceLine, Source, Tracking
from transforms.ledger.journals import by_account, by_month
from transforms.ledger.money import ZERO, text
from transforms.ledger.placing import Placed, tracking_of
from transforms.ledger.proof import EventGroup
from transforms.ledger.settlement import Header
from transforms.ledger.unplaced import Unplaced


def summary_invoices(
    lines: list[Placed],
    header: Header,
    book: Book,
    marketplace: Marketplace,
    group: EventGroup | None = None,
) -> list[Invoice]:
    """Make the settlement's invoice, one part for each calendar month of its rows.

    Where Amazon paid it out in another currency, the part that matches the bank says how much.
    """
    parts = {month: part for month, part in by_month(lines).items() if _has_lines(part)}
    invoices = []
    carried = ZERO
    for position, (month, part) in enumerate(parts.items(), start=1):
        total = sum((line.amount for line in part), ZERO)
        rollover = carried if position == len(parts) else -total
        carried += total if position < len(parts) else ZERO
        invoices.append(_part(month, part, rollover, header, book, marketplace))
    if invoices and (paid := _paid_out(header, group)):
        last = invoices[-1]
        invoices[-1] = replace(last, reference=f"{last.reference}, paid out as {paid}")
    return invoices


def _has_lines(part: list[Placed]) -> bool:
    """Whether a month leaves anything on any account: Xero takes no invoice without lines."""
    return any(amount for amount, _ in by_account(part).values())


def _paid_out(header: Header, group: EventGroup | None) -> str:
    """Name what the bank saw, if Amazon converted it: words by which a person finds it there."""
    if group is None or group.converted_total is None:
        return ""
    if group.converted_currency in (None, header.currency) or header.total <= ZERO:
        return ""
    return f"{text(group.converted_total)} {group.converted_currency}"


def _part(
    month: str,
    part: list[Placed],
    rollover: Decimal,
    header: Header,
    book: Book,
    marketplace: Marketplace,
) -> Invoice:
    lines = [
        summary_line(description, amount, account, tax_type, tracking)
        for (account, tax_type, tracking), (amount, description) in by_account(part).items()
        if amount
    ]
    day = max(line.day for line in part)
    if rollover:
        lines.append(_rollover_line(rollover, day, book, marketplace))
    return Invoice(
        document_id=f"settlement:{header.settlement_id}:{month}",
        kind="settlement",
        number=f"{book.choices.document_prefix}-{header.settlement_id}-{month}",
        contact=marketplace.contact,
        date=day,
        due_date=max(day, _due(header)),
        currency=header.currency,
        reference=f"{marketplace.name} settlement {header.settlement_id}, {month}",
        lines=tuple(lines),
        total=sum((line.amount for line in part), ZERO) + rollover,
        status=book.choices.invoice_status,
        if_absent=False,
        source=Source(
            book.choices.organisation, marketplace.name, header.settlement_id, month=month
        ),
    )


def _due(header: Header) -> date:
    return header.deposit_day or header.end_day


def summary_line(
    description: str, amount: Decimal, account: str, tax_type: str, tracking: tuple[Tracking, ...]
) -> InvoiceLine:
    """Make a line that stands for many rows: quantity one, the sum as its price."""
    return InvoiceLine(
        description=description,
        quantity=Decimal(1),
        unit_amount=amount,
        amount=amount,
        account=account,
        tax_type=tax_type,
        item_code=None,
        tracking=tracking,
    )


def _rollover_line(amount: Decimal, day: date, book: Book, marketplace: Marketplace) -> InvoiceLine:
    rule = book.account("rollover", marketplace.name, day)
    if rule is None or not rule.account:
        raise Unplaced(
            "no_account",
            [
                (
                    f"the settlement crosses a month end and {marketplace.name} has no rollover "
                    "account: add a line `rollover,,,,ACCOUNT,NONE` to accounts.csv"
                )
            ],
        )
    return summary_line(
        "Rolled over to the settlement's other month",
        amount,
        rule.account,
        rule.tax_type or NO_TAX,
        tracking_of(book, marketplace),
    )
