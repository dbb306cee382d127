"""Documents of every kind in a simulated Xero, and a connection that may read everything."""

from __future__ import annotations

from target.xero_desk import Desk
from target.xero_documents import (
    Recorded,
    credit_note,
    invoice,
    invoice_line,
    journal,
    order_id,
    payment,
    payout,
    transfer,
)

from xero_api import CustomConnection, Limits, OwnQuota, Session

SETTLEMENT = "1234500001"


def of_every_kind() -> list[Recorded]:
    """Documents of every kind, in two currencies, with and without tax."""
    orders = [order_id(number) for number in (1, 2, 3)]
    euro = [invoice_line("119.00", account="210", tax_type="ZERORATEDOUTPUT", tracking=[])]
    return [
        invoice(orders[0], "12.00"),
        invoice(orders[1], "7.77"),
        invoice(orders[2], "3.33", SETTLEMENT),
        payment(orders[0], SETTLEMENT, "12.00"),
        payment(orders[1], SETTLEMENT, "5.00"),
        credit_note(orders[0], SETTLEMENT, "5.01", "5.01"),
        journal(SETTLEMENT, fees="2.47"),
        payout(SETTLEMENT, "9.52"),
        transfer(),
        invoice("EUR", "119.00", number="AMZ-EUR", currency="EUR", contact="Amazon.de", lines=euro),
    ]


def session_on(desk: Desk) -> Session:
    """A connection that may also read the trial balance."""
    now = desk.organisation.clock.now
    connection = CustomConnection(
        "DEMOXEROCLIENT",
        "demo-xero-secret",
        identity_url=desk.url,
        scopes="accounting.invoices.read accounting.payments.read accounting.settings.read "
        "accounting.banktransactions.read accounting.manualjournals.read "
        "accounting.reports.trialbalance.read",
        now=now,
        sleep=desk.sleep,
    )
    limits = Limits(OwnQuota(), now=now, sleep=desk.sleep)
    return Session(connection, limits, api_url=f"{desk.url}/api.xro/2.0", sleep=desk.sleep)
