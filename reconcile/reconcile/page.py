"""The proof as one page: an HTML file that needs no network, no server and no other file.

Everything that comes from reports is data: it stands in the page as JSON or base64, and the
scripts write it as text. A policy in the page forbids any other script and any request.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from books import Books, Held, TracedOrder
from reconcile.settlements import Settlement, Status
from reconcile.table import money, summary
from reconcile.waterfall import waterfall
from xero_api.links import link

MAX_BYTES = 4_800_000
"""Of the whole page; what does not fit is left to pages of single settlements."""
_SHOWN_DOCUMENTS = 300
_LOG_ENTRIES = 2000
_SCRIPTS = ("chart.umd.min.js", "amounts.js", "charts.js", "views.js", "page.js")
_STYLES = ("page.css",)
_COMPRESSION = 6


@dataclass
class Page:
    """A page and what had to be left out of it."""

    html: str
    without_orders: list[str]


def build(books: Books, found: Sequence[Settlement], now: datetime, limit: int = MAX_BYTES) -> Page:
    """Build the page over settlements; orders of the newest ones first, as far as they fit."""
    scripts = [_asset(name) for name in _SCRIPTS]
    data: dict[str, Any] = {
        "written": now.isoformat(timespec="minutes"),
        "settlements": [_settlement(each) for each in found],
        "held": [_held(each) for each in books.held() if _concerns(each, found)],
        "log": _log(books),
    }
    packed = _packed(data)
    room = limit - sum(len(text.encode()) for text in scripts) - len(packed) - 100_000
    orders, without = _orders(books, found, room)
    html = (
        _environment()
        .get_template("page.html.j2")
        .render(
            title=_title(found),
            summary=summary(found),
            written=f"{now:%Y-%m-%d %H:%M} UTC",
            settlements=[_row(each) for each in found],
            is_bad=any(each.status is Status.UNEXPLAINED for each in found),
            data=packed,
            orders=orders,
            styles=Markup("\n".join(_asset(name) for name in _STYLES)),  # noqa: S704 - our own files
            scripts=[Markup(text) for text in scripts],  # noqa: S704 - our own files
            policy=_policy(scripts),
        )
    )
    return Page(html, without)


def _settlement(settlement: Settlement) -> dict[str, Any]:
    """Everything of a settlement but its orders; amounts as exact text."""
    proof = settlement.proof
    documents = settlement.documents
    shown = [each for each in documents if not each.is_posted][:_SHOWN_DOCUMENTS]
    shown += [each for each in documents if each.is_posted][:_SHOWN_DOCUMENTS]
    return {
        "id": settlement.settlement_id,
        "organisation": settlement.organisation,
        "marketplace": settlement.marketplace,
        "currency": settlement.currency,
        "period": settlement.period,
        "month": settlement.month,
        "depositDate": proof["deposit_date"],
        "style": proof["posting"],
        "total": str(settlement.total),
        "expected": str(settlement.expected),
        "posted": str(settlement.posted),
        "waits": str(settlement.waits),
        "difference": str(settlement.difference),
        "status": str(settlement.status),
        "bank": str(settlement.bank),
        "reasons": settlement.reasons[:_SHOWN_DOCUMENTS],
        "groups": [
            {
                "name": group.name,
                "amount": str(group.amount),
                "steps": [
                    {
                        "class": step.accounting_class,
                        "label": step.label,
                        "rows": step.rows,
                        "amount": str(step.amount),
                        "places": [
                            [place.account, place.tax_type, place.document, str(value)]
                            for place, value in step.destinations.items()
                        ],
                    }
                    for step in group.steps
                ],
            }
            for group in waterfall(settlement)
        ],
        "documents": [
            {
                "id": each.document_id,
                "stream": each.stream,
                "number": each.number,
                "date": each.date,
                "amount": str(each.amount),
                "state": each.state,
                "why": each.why,
                "link": link(each.stream, each.became.vendor_id if each.became else None),
            }
            for each in shown
        ],
        "counts": _counts(settlement),
        "eventGroup": _texts(proof["event_group"]),
        "events": [_texts(each) for each in proof.get("events") or ()],
        "eventsRead": proof.get("events") is not None,
        "differences": [_texts(each) for each in proof["differences"]],
        "report": proof["report_id"],
        "checksum": proof["checksum"],
        "rows": proof["rows"],
    }


def _counts(settlement: Settlement) -> dict[str, int]:
    """Count the posted documents by kind: those of orders are too many to list."""
    counts = Counter(settlement.of_orders.counts)
    counts.update(each.stream for each in settlement.documents if each.is_posted)
    return dict(counts)


def _held(held: Held) -> dict[str, Any]:
    return {
        "id": held.document_id,
        "settlement": held.settlement_id,
        "order": held.order_id,
        "reason": held.reason,
        "details": held.details,
        "amount": None if held.amount is None else str(held.amount),
        "currency": held.currency,
        "since": f"{held.since:%Y-%m-%d}",
    }


def _concerns(held: Held, found: Sequence[Settlement]) -> bool:
    organisations = {each.organisation for each in found}
    return held.organisation in organisations


def _log(books: Books) -> dict[str, Any]:
    """The newest entries of the audit trail, newest first, and how many there are."""
    entries = books.recent_trail(_LOG_ENTRIES)
    return {
        "total": books.trail_length(),
        "entries": [
            [
                f"{each.posting.updated_at:%Y-%m-%d %H:%M}" if each.posting.updated_at else "",
                str(each.posting.state),
                each.posting.stream,
                each.posting.document_id,
                each.posting.number or "",
                each.posting.date or "",
                "" if each.posting.amount is None else str(each.posting.amount),
                each.posting.currency or "",
                (each.posting.run_id or "")[:8],
                each.posting.error or each.posting.warnings or "",
                link(each.posting.stream, each.posting.vendor_id),
            ]
            for each in entries
        ],
    }


def _orders(
    books: Books, found: Sequence[Settlement], room: int
) -> tuple[list[tuple[str, str]], list[str]]:
    """Pack the rows behind settlements, newest first, as long as there is room."""
    packed: list[tuple[str, str]] = []
    without: list[str] = []
    for each in sorted(found, key=lambda one: str(one.proof["end"] or ""), reverse=True):
        if without:
            without.append(each.settlement_id)
            continue
        text = _packed([_order(each, order) for order in books.traces(each.settlement_id)])
        if len(text) > room:
            without.append(each.settlement_id)
            continue
        room -= len(text) + 100
        packed.append((each.settlement_id, text))
    return packed, without


def _order(settlement: Settlement, order: TracedOrder) -> list[Any]:
    """One order and its rows, each with where its class went."""
    return [
        order.order_id,
        [
            [
                row.transaction_type,
                row.amount_type,
                row.amount_description,
                row.accounting_class.replace("_", " "),
                row.sku,
                row.quantity,
                str(row.amount),
                *settlement.places(order.order_id, row.accounting_class, row.day),
            ]
            for row in order.rows
        ],
    ]


def _texts(record: dict[str, Any] | None) -> dict[str, Any] | None:
    if record is None:
        return None
    return {
        name: str(value) if isinstance(value, Decimal) else value for name, value in record.items()
    }


def _packed(value: Any) -> str:
    """Pack data so that nothing of it can be read as a part of the page."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), _COMPRESSION, mtime=0)).decode()


def _row(settlement: Settlement) -> dict[str, str]:
    """The cells of the overview, which stand in the page even where no script runs."""
    return {
        "id": settlement.settlement_id,
        "period": settlement.period,
        "month": settlement.month,
        "marketplace": settlement.marketplace or "unclear",
        "currency": settlement.currency,
        "total": money(settlement.total),
        "posted": money(settlement.posted),
        "waits": money(settlement.waits) if settlement.waits else "",
        "difference": money(settlement.difference),
        "status": str(settlement.status),
        "bank": str(settlement.bank),
    }


def _title(found: Sequence[Settlement]) -> str:
    names = sorted({each.organisation for each in found})
    return ", ".join(names) or "No settlements yet"


def _policy(scripts: Sequence[str]) -> str:
    """Allow exactly these scripts, styles of the page, and nothing from anywhere else."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in scripts
    )
    return f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:"


def _asset(name: str) -> str:
    return files("reconcile").joinpath("assets", name).read_text(encoding="utf-8")


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("reconcile"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
