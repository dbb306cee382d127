"""An order's revenue: the lines of its invoice and the payment that a settlement makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from transforms.ledger.book import Book, Marketplace
from transforms.ledger.catalogue import fold
from transforms.ledger.classes import REVENUE_CLASSES, label
from transforms.ledger.documents import Invoice, InvoiceLine, Payment, Source
from transforms.ledger.lines_to_add import line_to_add
from transforms.ledger.money import ZERO, price_per_unit
from transforms.ledger.placing import Placed
from transforms.ledger.settlement import is_order_id

MAX_DESCRIPTION = 4000


class UnmappedSku(Exception):
    """SKUs of an order that skus.csv does not know."""

    def __init__(self, order_id: str, skus: Iterable[str], marketplace: str) -> None:
        self.skus = tuple(dict.fromkeys(skus))
        named = [sku for sku in self.skus if sku]
        lines = ", ".join(line_to_add(sku, marketplace, "ITEM_CODE", "", "", "") for sku in named)
        words = []
        if named:
            words.append(f"sells SKU {', '.join(named)}, which skus.csv lacks: add {lines}")
        if len(named) < len(self.skus):
            words.append(
                "sells something without a SKU, of which skus.csv can say nothing: its line is "
                "posted without an item if books.yml says `unmapped_sku: no_item`"
            )
        super().__init__(f"order {order_id} {', and '.join(words)}")


def is_revenue(line: Placed) -> bool:
    """Say whether a sum is revenue that an order's payment settles; all else is the journal's."""
    group = line.entry.group
    return (
        line.accounting_class in REVENUE_CLASSES
        and fold(group.transaction_type) == "order"
        and is_order_id(group.order_id)
    )


def invoice_number(book: Book, order_id: str) -> str:
    """Number an order's invoice."""
    return f"{book.choices.document_prefix}-{order_id}"


@dataclass(slots=True)
class _Line:
    amount: Decimal = ZERO
    quantity: int = 0
    parts: list[Placed] = field(default_factory=list)


def invoice_lines(
    lines: Iterable[Placed],
    book: Book,
    marketplace: Marketplace,
    describe: Callable[[str], str] = str,
) -> tuple[InvoiceLine, ...]:
    """Make one line per item and component: product, shipping, gift wrap, discount, tax.

    An item whose SKU the maps lack raises UnmappedSku, unless books.yml says `no_item`.
    """
    sums: dict[tuple[object, ...], _Line] = {}
    for placed in lines:
        group = placed.entry.group
        item = (group.sku, group.item) if placed.component == "sales" else ("", "")
        key = (*item, placed.component, placed.account, placed.tax_type, placed.tracking)
        line = sums.setdefault(key, _Line())
        line.amount += placed.amount
        if placed.accounting_class == "sales":
            line.quantity += placed.entry.quantity
        line.parts.append(placed)
    codes = _item_codes(sums.values(), book, marketplace)
    return tuple(_invoice_line(line, codes, describe) for line in sums.values() if line.amount)


def has_unit_prices(lines: Iterable[Placed]) -> bool:
    """Say whether an item is sold in several units, so that its price per unit is reckoned."""
    units: Counter[tuple[str, str]] = Counter()
    for line in lines:
        if line.accounting_class == "sales":
            units[line.entry.group.sku, line.entry.group.item] += line.entry.quantity
    return any(number > 1 for number in units.values())


def _item_codes(
    lines: Iterable[_Line], book: Book, marketplace: Marketplace
) -> dict[str, str | None]:
    """Map the SKUs of product lines to item codes; unmapped ones raise together."""
    codes: dict[str, str | None] = {}
    unmapped: list[str] = []
    order_id = ""
    for line in lines:
        first = line.parts[0]
        group = first.entry.group
        if first.component != "sales" or not line.amount:
            continue
        order_id = group.order_id
        sku = book.sku(group.sku, marketplace.name, first.day)
        if sku is None and book.choices.unmapped_sku == "hold":
            unmapped.append(group.sku)
        codes[group.sku] = (sku.item_code or None) if sku else None
    if unmapped:
        raise UnmappedSku(order_id, unmapped, marketplace.name)
    return codes


def _invoice_line(
    line: _Line, codes: dict[str, str | None], describe: Callable[[str], str]
) -> InvoiceLine:
    first = line.parts[0]
    sku = first.entry.group.sku
    is_product = first.component == "sales"
    quantity, unit_amount = price_per_unit(line.amount, line.quantity if is_product else 1)
    description = describe(sku) if is_product else label(first.component)
    if is_product and line.quantity > 1 and quantity == 1:
        description = f"{line.quantity} x {description}"
    return InvoiceLine(
        description=description[:MAX_DESCRIPTION],
        quantity=quantity,
        unit_amount=unit_amount,
        amount=line.amount,
        account=first.account,
        tax_type=first.tax_type,
        item_code=codes.get(sku) if is_product else None,
        tracking=first.tracking,
    )


def settled_invoice(
    order_id: str, lines: list[Placed], book: Book, marketplace: Marketplace, settlement_id: str
) -> Invoice:
    """Make an order's invoice from a settlement's own rows, posted only if none exists yet."""
    day = min(line.day for line in lines)
    made = invoice_lines(lines, book, marketplace)
    return Invoice(
        document_id=f"invoice:{order_id}:{settlement_id}",
        kind="sale",
        number=invoice_number(book, order_id),
        contact=marketplace.contact,
        date=day,
        due_date=day,
        currency=marketplace.currency,
        reference=f"{marketplace.name} order {order_id}",
        lines=made,
        total=sum((line.amount for line in lines), ZERO),
        status=book.choices.invoice_status,
        if_absent=True,
        source=Source(book.choices.organisation, marketplace.name, settlement_id, order_id),
    )


def settled_payment(
    order_id: str, lines: list[Placed], book: Book, marketplace: Marketplace, settlement_id: str
) -> Payment:
    """Make the payment of an order's revenue rows, dated with the last of them."""
    return Payment(
        document_id=f"payment:{settlement_id}:{order_id}",
        pays=invoice_number(book, order_id),
        account=marketplace.clearing_account,
        date=max(line.day for line in lines),
        currency=marketplace.currency,
        amount=sum((line.amount for line in lines), ZERO),
        reference=f"{marketplace.name} settlement {settlement_id}",
        source=Source(book.choices.organisation, marketplace.name, settlement_id, order_id),
    )
