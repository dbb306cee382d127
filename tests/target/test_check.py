"""`check` finds before the first post what Xero would refuse after it."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from target.test_singer_target import CREDENTIALS
from target.xero_desk import NOW, Desk
from target.xero_documents import invoice, invoice_line, order_id, payout

from books import Posting, State, open_books
from simulators.xero.stock import track
from target_xero import check_chart
from target_xero.commands import check
from xero_api import GRANULAR_SCOPES


@dataclass
class Office:
    """A desk with maps of the test's own."""

    desk: Desk
    maps: Path
    settings: dict[str, str]

    def check(self, *arguments: str) -> Result:
        desk = self.desk
        environment: dict[str, str | None] = {
            "TARGET_XERO_API_URL": f"{desk.url}/api.xro/2.0",
            "TARGET_XERO_IDENTITY_URL": desk.url,
            "TARGET_XERO_BOOKS": desk.books_url,
            "MAPS_DIR": str(self.maps),
            "COLUMNS": None,
            **{f"TARGET_XERO_{name.upper()}": value for name, value in self.settings.items()},
        }
        return CliRunner(env=environment).invoke(check, arguments, catch_exceptions=False)

    def line(self, *words: str) -> str:
        """The one line of the table that has these words."""
        done = self.check()
        (line,) = [each for each in done.output.splitlines() if all(word in each for word in words)]
        return line

    def edit(self, table: str, old: str, new: str) -> None:
        file = self.maps / table
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def office(desk: Desk, root: Path, tmp_path: Path) -> Office:
    shutil.copytree(root / "maps", tmp_path / "maps")
    return Office(desk, tmp_path / "maps", dict(CREDENTIALS))


def account(office: Office, code: str, **changes: Any) -> None:
    org = office.desk.organisation
    (known,) = org.accounts.named("Code", code)
    org.accounts.put(known | changes)


def test_the_demo_is_ready_and_nothing_is_written(office: Office) -> None:
    done = office.check()
    assert done.exit_code == 0, done.output
    assert "0 faults, 0 warnings: a run may be started" in done.output
    assert office.desk.writes() == []
    assert len(office.desk.calls()) <= 15
    assert not list(office.desk.folder.glob("books.db*"))


def archive(office: Office) -> None:
    account(office, "401", Status="ARCHIVED")


def no_payments(office: Office) -> None:
    account(office, "610", EnablePaymentsToAccount=False)


def no_contact(office: Office) -> None:
    office.desk.post(payout("S1"))
    (known,) = office.desk.organisation.contacts
    office.desk.organisation.contacts.put(known | {"ContactStatus": "ARCHIVED"})


def no_euro(office: Office) -> None:
    del office.desk.organisation.currencies["EUR"]


def no_tax(office: Office) -> None:
    office.edit("accounts.csv", "sales,,,,200,OUTPUT2", "sales,,,,200,OUTPUT9")


def odd_tax(office: Office) -> None:
    office.edit("accounts.csv", "sales,,,,200,OUTPUT2", "sales,,,,200,INPUT2")


def bank_line(office: Office) -> None:
    office.edit("accounts.csv", "suspense,,,,615", "suspense,,,,090")


def system_line(office: Office) -> None:
    office.edit("accounts.csv", "suspense,,,,615", "suspense,,,,120")


def inventory_line(office: Office) -> None:
    office.edit("accounts.csv", "suspense,,,,615", "suspense,,,,630")


def no_account(office: Office) -> None:
    office.edit("accounts.csv", "suspense,,,,615", "suspense,,,,616")


def sku_account(office: Office) -> None:
    office.edit("skus.csv", "GAD-1,,GADGET-1,,,", "GAD-1,,GADGET-1,617,,")


def sku_tax(office: Office) -> None:
    office.edit("skus.csv", "GAD-1,,GADGET-1,,,", "GAD-1,,GADGET-1,,OUTPUT9,")


def clearing_bank(office: Office) -> None:
    office.edit("marketplaces.csv", ",610,090,", ",090,090,")


def clearing_missing(office: Office) -> None:
    office.edit("marketplaces.csv", ",610,090,", ",699,090,")


def bank_missing(office: Office) -> None:
    office.edit("marketplaces.csv", ",610,090,", ",610,099,")


def bank_currency(office: Office) -> None:
    office.edit("marketplaces.csv", ",611,095,", ",611,090,")


def no_item(office: Office) -> None:
    office.edit("skus.csv", "GADGET-1", "GADGET-9")


def no_option(office: Office) -> None:
    office.edit("marketplaces.csv", "Amazon.de,Amazon.de,611", "Amazon.de,Amazon.fr,611")


def no_category(office: Office) -> None:
    office.edit("books.yml", "tracking_category: Marketplace", "tracking_category: Shop")


def base(office: Office) -> None:
    office.edit("books.yml", "base_currency: GBP", "base_currency: EUR")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (archive, "account 401|it is archived|accounts.csv, line"),
        (no_payments, "clearing account of Amazon.co.uk|takes no payments|tick"),
        (clearing_bank, "clearing account of Amazon.co.uk|is BANK|Current Asset"),
        (clearing_missing, "clearing account of Amazon.co.uk|no account 699"),
        (bank_missing, "bank account of Amazon.co.uk|no bank account with the code"),
        (bank_currency, "bank account of Amazon.de|is in GBP, the document in EUR"),
        (bank_line, "account 090|a bank account takes no lines|suspense"),
        (system_line, "account 120|Xero keeps it itself (DEBTORS)|suspense"),
        (inventory_line, "account 630|only lines of tracked items|suspense"),
        (no_account, "account 616|Xero has no such account|suspense"),
        (sku_account, "account 617|Xero has no such account|skus.csv, line 4: GAD-1"),
        (sku_tax, "tax type OUTPUT9|Xero has no such tax type|skus.csv, line 4: GAD-1"),
        (no_tax, "tax type OUTPUT9|Xero has no such tax type|line 2: sales; Xero has ECZR"),
        (odd_tax, "tax type INPUT2|may not be used with account 200|line 2: sales"),
        (no_item, "item GADGET-9|Xero has no such item|correct skus.csv"),
        (no_option, "tracking Marketplace: Amazon.fr|no such option|--create-tracking"),
        (no_category, "tracking Shop|no such category|--create-tracking"),
        (no_euro, "currency EUR|not enabled|Settings, Currencies"),
        (no_contact, "contact Amazon.co.uk|archived|restore it"),
        (base, "base currency|GBP in Xero, EUR in books.yml|correct base_currency"),
    ],
)
def test_what_xero_would_refuse_is_a_fault_that_says_what_to_do(
    office: Office, spoil: Callable[[Office], None], words: str
) -> None:
    spoil(office)
    line = office.line("fault ", *words.split("|")[:1])
    assert all(word in line for word in words.split("|")), line
    assert office.check().exit_code == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"client_secret": "wrong-secret"}, "Check `client_id` and `client_secret`"),
        ({"scopes": "accounting.transactions"}, "Xero refuses the scopes"),
        ({"tenant_id": "00000000-0000-0000-0000-000000000000"}, "check `tenant_id`"),
    ],
)
def test_credentials_that_do_not_open_xero_are_one_fault(
    office: Office, settings: dict[str, str], words: str
) -> None:
    office.settings |= settings
    done = office.check()
    assert done.exit_code == 1
    assert words in " ".join(done.output.split())
    assert "1 fault," in done.output
    assert "wrong-secret" not in done.output


def test_a_scope_that_may_only_read_is_missing(office: Office) -> None:
    office.settings["scopes"] = GRANULAR_SCOPES.replace(
        "accounting.payments", "accounting.payments.read"
    )
    line = office.line("fault ", "scope accounting.payments")
    assert "developer.xero.com" in line


def test_a_permission_that_only_a_call_shows_is_a_fault(office: Office) -> None:
    office.desk.organisation.faults.respond(
        403, {"Title": "Forbidden"}, path="*/ManualJournals", times=9
    )
    assert "reporting permission" in " ".join(office.check().output.split())
    assert office.check().exit_code == 1


def test_missing_tracking_is_made_when_that_is_asked_for(office: Office) -> None:
    no_category(office)
    done = office.check("--create-tracking")
    assert done.exit_code == 0, done.output
    assert done.output.count("made in Xero just now") == 3
    again = office.check("--create-tracking")
    assert "made in Xero just now" not in again.output
    assert again.exit_code == 0
    tracked = [{"category": "Shop", "option": "Amazon.de"}]
    office.desk.post(invoice(order_id(1), lines=[invoice_line("12.00", tracking=tracked)]))
    assert office.desk.documents() == {"Invoices": {"AUTHORISED": 1}}


def test_a_third_tracking_category_is_refused_in_xero_s_words(office: Office) -> None:
    no_category(office)
    office.desk.organisation.add_tracking_category("Region", [])
    done = office.check("--create-tracking")
    assert done.exit_code == 1
    assert "Xero allows two categories in use" in " ".join(done.output.split())


def two_categories(office: Office) -> None:
    file = office.maps / "books.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "product_tracking_category: Product\n", encoding="utf-8")
    office.edit("skus.csv", "unit_cost", "unit_cost,product_group")
    office.edit("skus.csv", "TOY-CAR,,,", "TOY-CAR,,,,Toys")


def test_a_second_category_by_product_group_is_checked_and_made(office: Office) -> None:
    two_categories(office)
    assert "--create-tracking" in office.line("fault ", "tracking Product", "no such category")
    done = office.check("--create-tracking")
    assert done.exit_code == 0, done.output
    assert done.output.count("made in Xero just now") == 2
    both = [
        {"category": "Marketplace", "option": "Amazon.de"},
        {"category": "Product", "option": "Toys"},
    ]
    office.desk.post(invoice(order_id(1), lines=[invoice_line("12.00", tracking=both)]))
    (made,) = office.desk.organisation.invoices
    tracked = {each["Name"]: each["Option"] for each in made["LineItems"][0]["Tracking"]}
    assert tracked == {"Marketplace": "Amazon.de", "Product": "Toys"}


def bank_clearing(office: Office, code: str, style: str = "orders") -> None:
    """Germany in style orders, cleared at a bank account."""
    office.edit("marketplaces.csv", "bank_account,posting", "bank_account,posting,clearing_type")
    office.edit("marketplaces.csv", ",611,095,settlements", f",{code},095,{style},bank")


def test_a_clearing_account_may_be_a_bank_account_of_its_currency(office: Office) -> None:
    details = {"BankAccountNumber": "DE1", "BankAccountType": "BANK", "CurrencyCode": "EUR"}
    office.desk.organisation.add_account("098", "Amazon Clearing Germany", "BANK", **details)
    bank_clearing(office, "098")
    assert "098 Amazon Clearing Germany, BANK, EUR" in office.line("clearing account of Amazon.de")
    assert office.check().exit_code == 0


@pytest.mark.parametrize(
    ("code", "words"),
    [("090", "is in GBP, the settlements in EUR"), ("610", "says clearing_type bank")],
)
def test_a_bank_clearing_of_another_kind_or_currency_is_a_fault(
    office: Office, code: str, words: str
) -> None:
    bank_clearing(office, code)
    assert words in office.line("fault ", "clearing account of Amazon.de")


def test_deposits_in_another_currency_need_a_bank_account_of_that_currency(
    office: Office,
) -> None:
    office.edit("marketplaces.csv", "bank_account,posting", "bank_account,posting,bank_currency")
    office.edit("marketplaces.csv", ",611,095,settlements", ",611,095,settlements,GBP")
    assert "is in EUR, the document in GBP" in office.line("fault ", "bank account of Amazon.de")
    office.edit("marketplaces.csv", ",611,095,", ",611,090,")
    assert office.check().exit_code == 0


def test_an_item_that_the_listings_make_need_not_be_there(office: Office) -> None:
    no_item(office)
    office.edit("books.yml", "refunds:", "items: listings\nrefunds:")
    assert "GADGET-9: made by the run" in office.line("items", "GADGET-9")
    assert office.check().exit_code == 0


def test_stock_needs_items_that_are_tracked_and_not_too_many(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.edit("books.yml", "refunds:", "stock_to_xero: tracked_items\nrefunds:")
    org = office.desk.organisation
    for item in list(org.items)[1:]:
        track(org, item["Code"])
    left_out = next(iter(org.items))["Code"]
    assert f"not tracked as inventory: {left_out}" in office.line("warning", "stock")
    track(org, left_out)
    assert f"{len(org.items)} items are tracked as inventory" in office.line("ok", "stock")
    monkeypatch.setattr(check_chart, "MOST_TRACKED", 3)
    assert "Xero bears 3" in office.line("warning", "stock")


def test_a_tracked_item_is_a_warning_where_stock_is_not_kept(office: Office) -> None:
    track(office.desk.organisation, "LAMP-OAK")
    assert "tracked as inventory: LAMP-OAK" in office.line("warning", "items")


def test_documents_of_another_tool_are_a_warning(office: Office) -> None:
    stream, record = invoice(order_id(7), number="A2X-1", reference="Settlement by another tool")
    today = datetime.now(UTC).date().isoformat()  # the command keeps real time
    office.desk.post((stream, record), payout("S1", date=today))
    for register, field in (
        (office.desk.organisation.invoices, "Reference"),
        (office.desk.organisation.bank_transactions, "Reference"),
    ):
        (document,) = register
        register.put(document | {field: "by another tool"})
    office.desk.lose_books()
    assert "A2X-1" in office.line("warning", "other tools: invoices")
    assert "1 deposit of Amazon is coded already" in office.line("warning", "other tools: deposits")
    assert office.check().exit_code == 0


def test_another_tool_s_invoice_behind_many_of_ours_is_found(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page after page, from books_start on; what is older counted once and is no matter."""
    monkeypatch.setattr("xero_api.reads.PAGE_SIZE", 3)
    old = invoice(order_id(8), number="OLD-1", date="2026-03-02", due_date="2026-03-02")
    office.desk.post(*(invoice(order_id(n)) for n in range(7)), old)
    org = office.desk.organisation
    for document in list(org.invoices):
        if document["InvoiceNumber"] in ("OLD-1", f"AMZ-{order_id(6)}"):
            org.invoices.put(document | {"Reference": "by another tool"})
    office.desk.lose_books()
    line = office.line("warning", "other tools: invoices")
    assert "1 for Amazon" in line
    assert order_id(6) in line
    monkeypatch.setattr("target_xero.check._MOST", 4)
    assert "only the first 4 invoices" in " ".join(office.check().output.split())


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("CreateApprovedInvoice", "approve invoices"),
        ("CreateInvoicePayment", "pay invoices"),
        ("UseMulticurrency", "another currency"),
    ],
)
def test_what_the_plan_does_not_allow_is_a_fault(office: Office, action: str, words: str) -> None:
    office.desk.organisation.forbidden_actions.add(action)
    line = office.line("fault ", f"plan: {action}")
    assert words in line
    assert "larger plan" in line


def test_our_own_documents_are_no_other_tool_s_and_tell_of_lost_books(office: Office) -> None:
    office.desk.post(invoice(order_id(1)), payout("S1"))
    assert "warning" not in office.check().output.replace("0 warnings", "")
    office.desk.lose_books()
    line = office.line("warning", "books")
    assert "--full-refresh" in line


def test_many_orders_a_month_recommend_style_settlements(office: Office) -> None:
    tenant = office.desk.organisation.organisation_id
    with open_books(office.desk.books_url) as books:
        books.tenant(tenant, "Demo Company (UK)")
        books.save(
            Posting(
                tenant=tenant,
                document_id=f"invoice:{number}",
                stream="invoices",
                state=State.POSTED,
                content_hash="",
                document="{}",
                order_id=order_id(number),
                date="2026-04-02",
            )
            for number in range(1001)
        )
    line = office.line("warning", "orders a month")
    assert "1001 orders in 2026-04" in line
    assert "posting: settlements" in line


def test_a_lock_date_after_the_start_of_the_books_is_a_warning(office: Office) -> None:
    office.desk.organisation.lock_dates["PeriodLockDate"] = NOW.date()
    assert "books_start is 2026-04-01" in office.line("warning", "lock dates")


def test_with_next_open_day_a_lock_date_is_a_note_that_names_the_day(office: Office) -> None:
    office.desk.organisation.lock_dates["PeriodLockDate"] = NOW.date()
    office.edit("books.yml", "lock_dates: hold", "lock_dates: next_open_day")
    assert "is posted on 2026-04-21" in office.line("note", "lock dates")


def test_the_calls_that_are_left_are_xero_s_own_count(office: Office) -> None:
    office.desk.organisation.limits.per_day = 100
    line = office.line("warning", "calls left today")
    left = int(line.split()[4])
    assert 80 <= left < 100


def test_tables_saved_by_a_spreadsheet_are_read(office: Office) -> None:
    for name in ("accounts", "marketplaces", "skus"):
        file = office.maps / f"{name}.csv"
        rows = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
        text = "\r\n".join(";".join(row) for row in rows)
        file.write_text(text, encoding="utf-8-sig")
    assert office.check().exit_code == 0


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("marketplaces.csv", None, "is missing: name the maps folder with --maps"),
        ("books.yml", "a: [", "is no YAML"),
        ("books.yml", "text", "is no list of `name: value`"),
    ],
)
def test_maps_that_cannot_be_read_are_one_line(
    office: Office, file: str, text: str | None, words: str
) -> None:
    (office.maps / file).unlink()
    if text is not None:
        (office.maps / file).write_text(text)
    done = office.check()
    assert done.exit_code == 1
    assert words in done.output
    assert office.desk.calls() == []


def test_settings_may_come_from_a_file_and_the_maps_from_an_option(
    office: Office, tmp_path: Path
) -> None:
    office.settings = {}
    assert "client_id" in office.check().output
    config = tmp_path / "config.json"
    config.write_text(json.dumps(CREDENTIALS))
    done = office.check("--config", str(config), "--maps", str(tmp_path / "nowhere"))
    assert done.exit_code == 1
    assert "nowhere" in done.output
    assert office.check("--config", str(config)).exit_code == 0


def test_xero_down_is_one_line(office: Office) -> None:
    office.settings["calls_per_day"] = "1"
    done = office.check()
    assert done.exit_code == 1
    assert "(calls_per_day)" in done.output
    assert "Traceback" not in done.output
