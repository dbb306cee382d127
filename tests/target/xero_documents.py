"""Documents as the mapper writes them, made by hand for the demo organisation's chart."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Record = dict[str, Any]
Recorded = tuple[str, Record]
"""A stream's name and one record of it."""

SCHEMAS = Path(__file__).resolve().parents[2] / "transforms" / "transforms" / "schemas"
ORGANISATION = "Demo Company (UK)"
CONTACT = "Amazon.co.uk"
UK = {"category": "Marketplace", "option": "Amazon.co.uk"}


def order_id(number: int) -> str:
    return f"026-{number:07d}-0000001"


def source(
    settlement: str | None = None, order: str | None = None, month: str | None = None
) -> Record:
    return {
        "organisation": ORGANISATION,
        "marketplace": "Amazon.co.uk",
        "settlement_id": settlement,
        "order_id": order,
        "month": month,
    }


def invoice_line(amount: str, **more: Any) -> Record:
    return {
        "description": "Widget, small",
        "quantity": "1",
        "unit_amount": amount,
        "amount": amount,
        "account": "200",
        "tax_type": "OUTPUT2",
        "item_code": "WIDGET-S",
        "tracking": [UK],
        **more,
    }


def invoice(
    order: str, total: str = "12.00", settlement: str | None = None, **more: Any
) -> Recorded:
    """An order's invoice; with a settlement, the one made from its rows if none exists yet."""
    identity = f"invoice:{order}:{settlement}" if settlement else f"invoice:{order}"
    record = {
        "document_id": identity,
        "kind": "sale",
        "number": f"AMZ-{order}",
        "contact": CONTACT,
        "date": "2026-04-02",
        "due_date": "2026-04-02",
        "currency": "GBP",
        "amounts_include_tax": True,
        "reference": f"Amazon.co.uk order {order}",
        "lines": [invoice_line(total)],
        "total": total,
        "status": "AUTHORISED",
        "if_absent": settlement is not None,
        "source": source(settlement, order),
    }
    return "invoices", record | more


def payment(order: str, settlement: str, amount: str = "12.00", **more: Any) -> Recorded:
    record = {
        "document_id": f"payment:{settlement}:{order}",
        "pays": f"AMZ-{order}",
        "account": "610",
        "date": "2026-04-14",
        "currency": "GBP",
        "amount": amount,
        "reference": f"Amazon.co.uk settlement {settlement}",
        "source": source(settlement, order),
    }
    return "payments", record | more


def journal_line(account: str, amount: str, tax_type: str = "NONE") -> Record:
    return {
        "account": account,
        "amount": amount,
        "tax_type": tax_type,
        "tracking": [],
        "description": f"Account {account}",
    }


def journal(settlement: str, month: str = "2026-04", fees: str = "2.40", **more: Any) -> Recorded:
    record = {
        "document_id": f"journal:{settlement}:{month}",
        "date": f"{month}-14",
        "narration": f"Amazon.co.uk settlement {settlement}: fees of {month}",
        "currency": "GBP",
        "lines": [journal_line("401", fees, "INPUT2"), journal_line("610", f"-{fees}")],
        "clearing_account": "610",
        "source": source(settlement, month=month),
    }
    return "journals", record | more


def payout(settlement: str, total: str = "9.60", **more: Any) -> Recorded:
    reference = f"Amazon.co.uk settlement {settlement}"
    record = {
        "document_id": f"payout:{settlement}",
        "kind": "receive",
        "bank_account": "090",
        "contact": CONTACT,
        "date": "2026-04-16",
        "currency": "GBP",
        "reference": reference,
        "lines": [
            {
                "description": f"Payout of {reference}",
                "amount": total,
                "account": "610",
                "tax_type": "NONE",
                "tracking": [],
            }
        ],
        "total": total,
        "source": source(settlement),
    }
    return "bank_transactions", record | more


def credit_note(
    order: str,
    settlement: str,
    total: str = "5.00",
    refund: str | None = "5.00",
    **more: Any,
) -> Recorded:
    """What is given back for an order; refund: the part paid back out of clearing."""
    paid = {"account": "610", "date": "2026-04-15", "amount": refund} if refund else None
    record = {
        "document_id": f"credit:{settlement}:{order}",
        "number": f"AMZ-{order}-R1",
        "contact": CONTACT,
        "date": "2026-04-15",
        "currency": "GBP",
        "amounts_include_tax": True,
        "reference": f"Amazon.co.uk refund of order {order}",
        "lines": [invoice_line(total, account="204", item_code=None)],
        "total": total,
        "status": "AUTHORISED",
        "refunds": f"AMZ-{order}",
        "refund": paid,
        "source": source(settlement, order),
    }
    return "credit_notes", record | more


def item(code: str = "NEW-1", price: str | None = "7.1234", **more: Any) -> Recorded:
    record = {
        "document_id": f"item:{code}",
        "code": code,
        "name": "New widget",
        "description": "A widget that is new",
        "sale_price": price,
        "account": "200",
        "tax_type": "OUTPUT2",
    }
    return "items", record | more


def contact(name: str = "Amazon.de", number: str | None = "amazon-de") -> Recorded:
    return "contacts", {"document_id": f"contact:{name}", "name": name, "number": number}


def transfer(name: str = "T1", amount: str = "5.00", **more: Any) -> Recorded:
    record = {
        "document_id": f"transfer:{name}",
        "from_account": "090",
        "to_account": "097",
        "date": "2026-04-16",
        "currency": "GBP",
        "amount": amount,
        "reference": "Card payment",
        "source": source(name),
    }
    return "bank_transfers", record | more


def proof(settlement: str, **more: Any) -> Recorded:
    schema = json.loads((SCHEMAS / "settlements.json").read_text())
    empty: Record = {
        name: [] if "array" in (types := part.get("type", [])) or types == "array" else None
        for name, part in schema["properties"].items()
    }
    record = empty | {
        "document_id": f"settlement:{settlement}",
        "organisation": ORGANISATION,
        "settlement_id": settlement,
        "deposit": "9.60",
        "status": "tied",
        "documents": [
            {
                "document_id": f"payout:{settlement}",
                "stream": "bank_transactions",
                "number": None,
                "date": "2026-04-16",
                "amount": "9.60",
                "held": False,
            }
        ],
    }
    return "settlements", record | more


def held(document_id: str, state: str = "held", **more: Any) -> Recorded:
    record = {
        "document_id": document_id,
        "stream": "invoices",
        "organisation": ORGANISATION,
        "state": state,
        "reason": "unmapped_sku" if state == "held" else None,
        "details": "SKU NEW-SKU-9 is not in skus.csv" if state == "held" else None,
        "amount": "12.00" if state == "held" else None,
        "currency": "GBP" if state == "held" else None,
        "settlement_id": None,
        "order_id": None,
        "record": '{"type": "order"}' if state == "held" else None,
    }
    return "held", record | more


def settlement(name: str, orders: Iterable[str], total: str = "12.00") -> list[Recorded]:
    """A settlement in style `orders`: its invoices if absent, payments, fees and payout."""
    documents: list[Recorded] = []
    for order in orders:
        documents += [invoice(order, total, name), payment(order, name, total)]
    return [*documents, journal(name), payout(name), proof(name)]


def messages(recorded: Iterable[Recorded], state: Record | None = None) -> Iterator[Record]:
    """Singer messages: each stream's schema before its first record, and a state at the end."""
    told: set[str] = set()
    for stream, record in recorded:
        if stream not in told:
            told.add(stream)
            yield {
                "type": "SCHEMA",
                "stream": stream,
                "schema": json.loads((SCHEMAS / f"{stream}.json").read_text()),
                "key_properties": ["document_id"],
            }
        yield {"type": "RECORD", "stream": stream, "record": record}
    if state is not None:
        yield {"type": "STATE", "value": state}


def lines(recorded: Iterable[Recorded], state: Record | None = None) -> str:
    """The same as text, one message a line."""
    return "".join(json.dumps(message) + "\n" for message in messages(recorded, state))
