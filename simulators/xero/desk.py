"""The control desk of an organisation: its books in figures, faults, lock dates.

    GET  /__control__/state                          documents, trial balance, calls
    GET  /__control__/trial-balance?by=account,month&currency=true
    POST /__control__/lock-dates                     {"PeriodLockDate": "2026-03-31"}, null opens

The rest is in `simulators.control`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from simulators.control import PREFIX, ControlDesk
from simulators.wsgi import Request, Response
from simulators.xero.organisation import Organisation
from simulators.xero.values import Document


def control_desk(org: Organisation) -> ControlDesk:
    """Make the control desk of an organisation."""
    desk = ControlDesk(org.faults, org.calls, org.clock, lambda: state(org))
    desk.router.add("GET", f"{PREFIX}trial-balance", lambda request: _trial_balance(org, request))
    desk.router.add("POST", f"{PREFIX}lock-dates", lambda request: _lock(org, request))
    return desk


def _trial_balance(org: Organisation, request: Request) -> Response:
    by: Any = request.arg("by", "account").split(",")
    balance = org.trial_balance(by, currency=request.arg("currency") == "true")
    rows = [
        [*([key] if isinstance(key, str) else key), str(amount)] for key, amount in balance.items()
    ]
    return Response(200, {"rows": rows})


def _lock(org: Organisation, request: Request) -> Response:
    for field, text in request.json().items():
        if field not in ("PeriodLockDate", "EndOfYearLockDate"):
            raise ValueError(f"{field} is not a lock date")
        org.lock_dates.pop(field, None)
        if text:
            org.lock_dates[field] = date.fromisoformat(text)
    return Response(200, {field: day.isoformat() for field, day in org.lock_dates.items()})


def state(org: Organisation) -> Document:
    """Sum an organisation up for programs outside; amounts are decimal text."""
    with org.lock:
        balance = org.trial_balance()
        by_currency = org.trial_balance(currency=True)
        return {
            "organisation": org.name,
            "now": org.clock.now().isoformat(),
            "documents": org.documents(),
            "contacts": len(org.contacts),
            "accounts": {
                str(each.get("Code") or each["Name"]): each["Name"] for each in org.accounts
            },
            "trial_balance": {str(code): str(amount) for code, amount in balance.items()},
            "trial_balance_by_currency": [
                [*key, str(amount)] for key, amount in by_currency.items()
            ],
            "total": str(sum(balance.values(), Decimal(0))),
            "lock_dates": {field: day.isoformat() for field, day in org.lock_dates.items()},
            "calls": len(org.calls),
            "writes": sum(
                call.method != "GET" and call.path.startswith("/api.xro/") for call in org.calls
            ),
            "hanging": org.faults.hanging,
            "ignored_fields": dict(org.ignored_fields),
        }
