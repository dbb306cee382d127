"""The general ledger behind the documents: it always balances, in every currency."""

from __future__ import annotations

import random
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from xero_caller import Caller, Json, journal, line, payment

SALES = ("OUTPUT2", "RROUTPUT", "ZERORATEDOUTPUT", "NONE")
COSTS = ("INPUT2", "RRINPUT", "EXEMPTINPUT", "NONE")
OPTIONS = ("Amazon.co.uk", "Amazon.de")


def amount(rng: random.Random, largest: int = 20000) -> float:
    return rng.randint(1, largest) / 100


def random_line(rng: random.Random, *, sale: bool) -> Json:
    tracking = [{"Name": "Marketplace", "Option": rng.choice(OPTIONS)}]
    return line(
        Quantity=rng.randint(1, 4),
        UnitAmount=rng.randint(1, 99999) / 10000,
        AccountCode=rng.choice(("200", "201", "270") if sale else ("400", "401", "402")),
        TaxType=rng.choice(SALES if sale else COSTS),
        Tracking=rng.choice((None, tracking)),
    )


def random_document(rng: random.Random, contact: Json, number: int) -> tuple[str, Json]:
    day = f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    sale = rng.random() < 0.7
    lines = [random_line(rng, sale=sale) for _ in range(rng.randint(1, 4))]
    head: Json = {
        "Contact": contact,
        "Date": day,
        "DueDate": day,
        "LineAmountTypes": rng.choice(("Inclusive", "Exclusive", "NoTax")),
        "LineItems": lines,
    }
    kind = rng.choice(("Invoices", "Invoices", "CreditNotes", "BankTransactions"))
    if kind == "BankTransactions":
        bank = {"Code": rng.choice(("090", "095", "097"))}
        return kind, {**head, "Type": "RECEIVE" if sale else "SPEND", "BankAccount": bank}
    head |= {"Status": "AUTHORISED", "CurrencyCode": rng.choice(("GBP", "EUR"))}
    if head["CurrencyCode"] == "EUR":
        head["CurrencyRate"] = rng.randint(10500, 12500) / 10000
    if kind == "CreditNotes":
        return kind, {**head, "Type": "ACCRECCREDIT" if sale else "ACCPAYCREDIT"}
    return kind, {**head, "Type": "ACCREC" if sale else "ACCPAY", "InvoiceNumber": f"N{number}"}


def random_payment(rng: random.Random, document: Json) -> Json:
    due = document["AmountDue" if "AmountDue" in document else "RemainingCredit"]
    part = due if rng.random() < 0.5 else round(float(due) * rng.random(), 2)
    code = rng.choice(
        ("610", "090", "095") if document["CurrencyCode"] == "EUR" else ("610", "090")
    )
    named: Json = (
        {"Invoice": {"InvoiceID": document["InvoiceID"]}}
        if "InvoiceID" in document
        else {"CreditNote": {"CreditNoteID": document["CreditNoteID"]}}
    )
    element: Json = {
        **named,
        "Account": {"Code": code},
        "Date": "2026-12-31",
        "Amount": float(part),
    }
    if document["CurrencyCode"] == "EUR":
        element["CurrencyRate"] = rng.randint(10500, 12500) / 10000
    return element


def assert_balanced(xero: Caller) -> None:
    balance = xero.org.trial_balance
    assert sum(balance().values()) == 0
    assert sum(balance(("account", "tracking")).values()) == 0
    months: defaultdict[str, Decimal] = defaultdict(Decimal)
    for key, figure in balance(("account", "month")).items():
        months[key[1]] += figure
    assert set(months.values()) <= {0}


@pytest.mark.parametrize("seed", range(4))
def test_random_documents_balance_in_base_currency_after_every_write(
    xero: Caller, seed: int
) -> None:
    rng = random.Random(seed)
    contact = xero.contact()
    open_documents: list[Json] = []
    for number in range(40):
        kind, element = random_document(rng, contact, number)
        document = xero.put(kind, element).only(kind)
        assert document["StatusAttributeString"] == "OK", document
        if kind != "BankTransactions" and document["Total"]:
            open_documents.append(document)
        assert_balanced(xero)
        if open_documents and rng.random() < 0.5:
            paid = open_documents.pop(rng.randrange(len(open_documents)))
            answer = xero.put("Payments", random_payment(rng, paid))
            assert_balanced(xero)
            if not answer.messages and rng.random() < 0.3:
                identity = answer.only("Payments")["PaymentID"]
                body = {"Payments": [{"Status": "DELETED"}]}
                assert xero.call("POST", f"Payments/{identity}", body).status == 200
                assert_balanced(xero)
    assert len(xero.org.trial_balance()) > 8


def test_receivables_of_the_ledger_are_what_the_documents_say_is_due(xero: Caller) -> None:
    rng = random.Random(7)
    contact = xero.contact()
    for number in range(30):
        kind, element = random_document(rng, contact, number)
        document = xero.put(kind, element).only(kind)
        if kind != "BankTransactions" and document["Total"] and rng.random() < 0.6:
            xero.put("Payments", random_payment(rng, document))
    due: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for invoice in xero.org.invoices:
        control, sign = ("120", 1) if invoice["Type"] == "ACCREC" else ("800", -1)
        due[control, invoice["CurrencyCode"]] += sign * invoice["AmountDue"]
    for note in xero.org.credit_notes:
        control, sign = ("120", -1) if note["Type"] == "ACCRECCREDIT" else ("800", 1)
        due[control, note["CurrencyCode"]] += sign * note["RemainingCredit"]
    balance = xero.org.trial_balance(currency=True)
    assert {key: balance[key] for key in due} == due


def test_voiding_everything_empties_the_ledger(xero: Caller) -> None:
    rng = random.Random(3)
    contact = xero.contact()
    for number in range(20):
        kind, element = random_document(rng, contact, number)
        made = xero.put(kind, element).only(kind)
        if kind != "BankTransactions" and not made["Total"]:
            continue
        field = {"Invoices": "InvoiceID", "CreditNotes": "CreditNoteID"}.get(kind)
        status = "VOIDED" if field else "DELETED"
        identity = made[field or "BankTransactionID"]
        assert xero.post(f"{kind}/{identity}", {"Status": status}).messages == []
    assert xero.org.trial_balance() == {}


def test_the_trial_balance_is_by_account_month_and_tracking(xero: Caller) -> None:
    tracked = [line(Tracking=[{"Name": "Marketplace", "Option": "Amazon.co.uk"}])]
    invoice = xero.posted(Date="2026-04-30", LineItems=tracked)
    xero.put("Payments", payment(invoice, 12, Date="2026-05-03"))
    xero.put("ManualJournals", journal())
    assert xero.org.trial_balance() == {
        "120": 0,
        "200": -10,
        "401": 10,
        "610": 0,
        "820": 0,
    }
    assert xero.org.trial_balance(("account", "month"))["120", "2026-04"] == 12
    assert xero.org.trial_balance(("account", "month"))["120", "2026-05"] == -12
    assert xero.org.trial_balance(("account", "tracking"))["200", "Amazon.co.uk"] == -10


def test_programs_outside_read_the_same_figures(xero: Caller) -> None:
    xero.posted(CurrencyCode="EUR", CurrencyRate=1.2, Date="2026-04-30")
    state: Any = xero.send("GET", "/__control__/state").json
    assert state["organisation"] == "Demo Company (UK)"
    assert state["documents"]["Invoices"] == {"AUTHORISED": 1}
    assert state["trial_balance"] == {"120": "10.00", "200": "-8.33", "820": "-1.67"}
    assert state["total"] == "0.00"
    assert state["writes"] == 2
    rows = xero.send("GET", "/__control__/trial-balance?by=account,month&currency=true").json
    assert rows["rows"] == [
        ["120", "2026-04", "EUR", "12.00"],
        ["200", "2026-04", "EUR", "-10.00"],
        ["820", "2026-04", "EUR", "-2.00"],
    ]
