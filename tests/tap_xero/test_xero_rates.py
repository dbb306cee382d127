"""Exchange rates, read off the newest document of each currency."""

from __future__ import annotations

from decimal import Decimal

import pytest
from xero_caller import line
from xero_tap import XeroDesk

ONLY = "exchange_rates"
BANK_SCOPE = "accounting.banktransactions.read"
SCOPES = f"accounting.settings.read accounting.invoices.read {BANK_SCOPE}"


def post(desk: XeroDesk, number: str, day: str, rate: float, **changes: object) -> None:
    given = {"InvoiceNumber": number, "Date": day, "CurrencyCode": "EUR", "CurrencyRate": rate}
    desk.caller.posted(**{**given, **changes})


def receive(desk: XeroDesk, day: str, rate: float, **changes: object) -> None:
    lines = [line(AccountCode="200", TaxType="NONE", UnitAmount=10)]
    given = {"BankAccount": {"Code": "095"}, "Date": day, "LineItems": lines, "CurrencyRate": rate}
    made = desk.caller.put("BankTransactions", desk.caller.receive(**{**given, **changes}))
    assert made.messages == []


def test_the_newest_approved_document_counts(desk: XeroDesk) -> None:
    post(desk, "A", "2026-05-02", 1.16)
    post(desk, "B", "2026-05-04", 1.1734567891)
    post(desk, "C", "2026-05-03", 1.18)
    post(desk, "D", "2026-05-09", 1.19, Status="DRAFT", DueDate=None)
    post(desk, "E", "2026-05-09", 9, CurrencyCode="GBP", CurrencyRate=None)
    (rate,) = desk.run(ONLY).records(ONLY)
    assert rate.pop("document_id")
    assert rate == {
        "currency_code": "EUR",
        "base_currency": "GBP",
        "rate": "1.1734567891",
        "document_type": "ACCREC",
        "document_number": "B",
        "date": "2026-05-04",
    }


def test_the_rate_is_units_of_the_currency_for_one_of_base_currency(desk: XeroDesk) -> None:
    # 12.00 EUR at 1.20 EUR for 1 GBP are 10.00 GBP on the ledger (Xero, multicurrency).
    post(desk, "A", "2026-05-02", 1.2)
    (rate,) = desk.run(ONLY).records(ONLY)
    debtors = desk.org.trial_balance()["120"]
    assert Decimal("12.00") / Decimal(rate["rate"]) == debtors == Decimal("10.00")


def test_each_other_currency_takes_one_call(desk: XeroDesk) -> None:
    desk.org.enable_currency("USD", Decimal("1.3"), "US Dollar")
    desk.org.enable_currency("SEK", Decimal("12.6"), "Krona")
    post(desk, "A", "2026-05-02", 1.16)
    post(desk, "B", "2026-05-02", 1.31, CurrencyCode="USD", Type="ACCPAY")
    since = desk.mark
    ran = desk.run(ONLY)
    found = {each["currency_code"]: each for each in ran.records(ONLY)}
    assert {code: each["rate"] for code, each in found.items()} == {"EUR": "1.16", "USD": "1.31"}
    assert found["USD"]["document_type"] == "ACCPAY"
    assert desk.paths(since) == ["Organisation", "Currencies", *["Invoices"] * 3]
    for call in desk.calls(since)[2:]:
        assert call.query["page"] == ["1"]
        assert call.query["order"] == ["Date DESC"]


def test_bank_transactions_are_looked_at_where_their_scope_is_asked_for(desk: XeroDesk) -> None:
    post(desk, "A", "2026-05-02", 1.16)
    receive(desk, "2026-05-05", 1.21, Reference="payout")
    receive(desk, "2026-05-01", 1.22)
    assert [each["rate"] for each in desk.run(ONLY).records(ONLY)] == ["1.16"]
    for ran in (desk.run(ONLY, scopes=SCOPES), desk.run(ONLY, "bank_transactions")):
        assert ran.error is None
        (rate,) = ran.records(ONLY)
        assert (rate["rate"], rate["document_type"]) == ("1.21", "RECEIVE")
        assert (rate["document_number"], rate["date"]) == ("payout", "2026-05-05")


def test_a_deleted_bank_transaction_has_no_say(desk: XeroDesk) -> None:
    receive(desk, "2026-05-05", 1.21)
    (made,) = desk.org.bank_transactions
    gone = {"BankTransactionID": made["BankTransactionID"], "Status": "DELETED"}
    desk.caller.post("BankTransactions", gone)
    assert desk.run(ONLY, scopes=SCOPES).records(ONLY) == []


@pytest.mark.parametrize("lost", [None, Decimal(0)])
def test_a_document_without_its_rate_is_passed_by(desk: XeroDesk, lost: Decimal | None) -> None:
    # Xero leaves CurrencyRate out of some documents (XeroAPI/xero-python, issue 129).
    post(desk, "A", "2026-05-02", 1.16)
    post(desk, "B", "2026-05-04", 1.17)
    newest = desk.org.invoices.named("InvoiceNumber", "B")[0]
    desk.org.invoices.put(newest | {"CurrencyRate": lost})
    (rate,) = desk.run(ONLY).records(ONLY)
    assert (rate["rate"], rate["document_number"]) == ("1.16", "A")


def test_a_currency_without_a_document_has_no_rate(
    desk: XeroDesk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        ran = desk.run(ONLY)
    assert (ran.error, ran.records(ONLY)) == (None, [])
    assert "Xero has no approved document in EUR, so there is no rate" in caplog.text
