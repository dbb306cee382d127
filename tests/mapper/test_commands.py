"""The commands beside the run: check, suggest, explain."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from singer_sdk.exceptions import ConfigValidationError
from source_records import ORDER_ID, closing, sale, schema

import books
from simulators.xero.demo import demo_organisation
from transforms import charts
from transforms.commands import check, explain, suggest
from transforms.mapper import MapperAmazonXero

Message = dict[str, Any]
CHARTS = Path(__file__).parent.parent / "maps/standard_charts"
ACCOUNTS = ("Code", "Name", "Type", "TaxType", "Status", "SystemAccount", "CurrencyCode")


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """The demo organisation's chart as a tap would dump it: Singer lines in one file."""
    organisation = demo_organisation()
    streams = {
        "accounts": [
            {
                **{name: each.get(name) for name in ACCOUNTS},
                "enable_payments_to_account": each.get("EnablePaymentsToAccount"),
            }
            for each in organisation.accounts
        ],
        "tax_rates": [
            {
                "tax_type": each["TaxType"],
                "effective_rate": str(each["EffectiveRate"]),
                **{name: can for name, can in each.items() if name.startswith("Can")},
            }
            for each in organisation.tax_rates
        ],
        "items": [{"code": each["Code"], "name": each["Name"]} for each in organisation.items],
    }
    lines = [
        {"type": "RECORD", "stream": stream, "record": record}
        for stream, records in streams.items()
        for record in records
    ]
    file = tmp_path / "xero.singer"
    messages = [{"type": "STATE", "value": {}}, *lines]
    file.write_text("".join(json.dumps(each) + "\n" for each in messages), encoding="utf-8")
    return file


def invoke(command: Any, *arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(each) for each in arguments])


def test_the_example_maps_fit_the_demo_organisation(maps_folder: Path, dump: Path) -> None:
    result = invoke(check, "--maps", maps_folder, "--chart", dump)
    assert result.output == "0 faults: the maps fit this chart\n"
    assert result.exit_code == 0


def test_a_bank_account_may_be_named_without_its_code(maps_folder: Path, dump: Path) -> None:
    file = maps_folder / "marketplaces.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(",610,090,", ",610,Business Bank Account,"), encoding="utf-8")
    assert invoke(check, "--maps", maps_folder, "--chart", dump).exit_code == 0


@pytest.mark.parametrize(
    ("table", "before", "after", "words"),
    [
        ("accounts.csv", "referral_fee,,,,401,", "referral_fee,,,,777,", "Xero has no account 777"),
        ("accounts.csv", "referral_fee,,,,401,", "referral_fee,,,,999,", "it is archived"),
        ("accounts.csv", "referral_fee,,,,401,", "referral_fee,,,,090,", "type BANK takes no"),
        ("accounts.csv", "referral_fee,,,,401,", "referral_fee,,,,800,", "itself (CREDITORS)"),
        ("accounts.csv", "401,INPUT2", "401,OUTPUT2", "OUTPUT2 may not be used with account 401"),
        ("accounts.csv", "401,INPUT2", "401,INPUT9", "Xero has no tax type INPUT9"),
        (
            "accounts.csv",
            "sales,Amazon.de,,,210,NONE",
            "sales,Amazon.de,,,210,OUTPUT2",
            "OUTPUT2 finds tax inside sales of Amazon.de, whose tax rows have account 825",
        ),
        ("accounts.csv", "loan,,,,830,NONE\n", "", "class loan has no account at Amazon.co.uk"),
        ("accounts.csv", "transfer,,,,", "loan,Amazon.de,,,", "class transfer has no account at"),
        ("marketplaces.csv", ",610,090,", ",613,090,", "613 Amazon Rollover takes no payments"),
        ("marketplaces.csv", ",610,090,", ",210,090,", "takes no journals or payments"),
        ("marketplaces.csv", ",610,090,", ",610,095,", "Euro Bank Account is in EUR, not GBP"),
        ("marketplaces.csv", ",610,090,", ",610,091,", "Xero has no bank account 091"),
        ("skus.csv", "GADGET-1,,,", "GADGET-1,,OUTPUT9,", "Xero has no tax type OUTPUT9"),
        ("skus.csv", "WIDGET-S", "WIDGET-XS", "Xero has no item WIDGET-XS"),
    ],
)
def test_each_fault_names_file_and_line_and_the_exit_code_says_so(
    maps_folder: Path, dump: Path, table: str, before: str, after: str, words: str
) -> None:
    file = maps_folder / table
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    result = invoke(check, "--maps", maps_folder, "--chart", dump)
    assert words in result.output
    assert result.output.startswith(table)
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (None, "books.yml: Xero has no tracking category Marketplace: `meltano invoke target-xero"),
        (
            {"name": "Marketplace", "options": [{"name": "Amazon.de"}]},
            "marketplaces.csv: Marketplace has no option Amazon.co.uk in Xero: `meltano invoke",
        ),
    ],
)
def test_a_tracking_category_or_option_that_xero_lacks_is_found(
    maps_folder: Path, dump: Path, record: Message | None, words: str
) -> None:
    message = {"type": "SCHEMA" if record is None else "RECORD", "stream": "tracking_categories"}
    with dump.open("a", encoding="utf-8") as file:
        file.write(json.dumps(message | {"record": record}) + "\n")
    result = invoke(check, "--maps", maps_folder, "--chart", dump)
    assert result.output.startswith(words)
    assert result.exit_code == 1


def test_an_organisation_without_items_lacks_those_of_the_maps(
    maps_folder: Path, dump: Path
) -> None:
    lines = dump.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if json.loads(line).get("stream") != "items"]
    dump.write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert invoke(check, "--maps", maps_folder, "--chart", dump).exit_code == 0
    with dump.open("a", encoding="utf-8") as file:
        file.write('{"type": "SCHEMA", "stream": "items"}\n')
    result = invoke(check, "--maps", maps_folder, "--chart", dump)
    assert "skus.csv, line 2: Xero has no item WIDGET-S: make it in Xero" in result.output
    with (maps_folder / "books.yml").open("a", encoding="utf-8") as file:
        file.write("items: listings\n")
    assert invoke(check, "--maps", maps_folder, "--chart", dump).exit_code == 0


def test_rows_that_go_to_suspense_need_its_account(maps_folder: Path, dump: Path) -> None:
    for name, pattern, new in (
        ("accounts.csv", r"suspense,.*\n", ""),
        ("books.yml", "unknown_rows: hold", "unknown_rows: suspense"),
    ):
        assert (
            "suspense has no account"
            not in invoke(check, "--maps", maps_folder, "--chart", dump).output
        )
        file = maps_folder / name
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(pattern, new, text), encoding="utf-8")
    result = invoke(check, "--maps", maps_folder, "--chart", dump)
    assert "class suspense has no account at Amazon.co.uk: add a line" in result.output


def test_the_account_of_a_sku_is_looked_up_with_its_line(maps_folder: Path, dump: Path) -> None:
    file = maps_folder / "skus.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("GADGET-1,,", "GADGET-1,777,OUTPUT2"), encoding="utf-8")
    result = invoke(check, "--maps", maps_folder, "--chart", dump)
    assert result.output.startswith("skus.csv, line 4, GAD-1: Xero has no account 777")


def test_faulty_maps_and_a_missing_dump_stop_the_other_commands_too(
    maps_folder: Path, posted: str, tmp_path: Path
) -> None:
    drafted = invoke(suggest, "--chart", tmp_path / "nothing")
    assert "give the dump of tap-xero" in drafted.output
    (maps_folder / "skus.csv").write_text("seller_sku\n", encoding="utf-8")
    told = invoke(explain, "7001", "--maps", maps_folder, "--books", posted)
    assert "column 'item_code' is missing" in told.output
    assert [drafted.exit_code, told.exit_code] == [1, 1]


def test_maps_or_a_dump_that_cannot_be_read_say_what_to_give(
    maps_folder: Path, dump: Path, tmp_path: Path
) -> None:
    missing = invoke(check, "--maps", maps_folder, "--chart", tmp_path / "nothing")
    assert "give the dump of tap-xero" in missing.output
    (tmp_path / "items.json").write_text('{"Items": []}')
    empty = invoke(check, "--maps", maps_folder, "--chart", tmp_path / "items.json")
    assert "holds no accounts" in empty.output
    (maps_folder / "accounts.csv").write_text("class\n")
    faulty = invoke(check, "--maps", maps_folder, "--chart", dump)
    assert "column 'account' is missing" in faulty.output
    assert [each.exit_code for each in (missing, empty, faulty)] == [1, 1, 1]


def test_a_dump_is_read_in_each_of_its_forms(tmp_path: Path) -> None:
    account = {"Code": "200", "Name": "Sales", "Type": "REVENUE"}
    forms = {
        "answer/accounts.json": json.dumps({"Id": "x", "Accounts": [account]}),
        "list/accounts.json": json.dumps([account]),
        "tap/accounts.jsonl": json.dumps({"code": "200", "name": "Sales", "type": "REVENUE"}),
        "one/accounts.jsonl": json.dumps({**account, "Lines": []}),
    }
    for name, text in forms.items():
        file = tmp_path / name
        file.parent.mkdir()
        file.write_text(text, encoding="utf-8")
        assert charts.read(file.parent).by_code("accounts")["200"]["name"] == "Sales"


def test_of_dumps_that_were_added_to_one_file_the_last_word_counts(tmp_path: Path) -> None:
    account = {"account_id": "A1", "code": "200", "name": "Sales", "type": "REVENUE"}
    rate = {"tax_type": "OUTPUT2", "status": "ACTIVE"}
    for changes, status in (({}, "ACTIVE"), ({"status": "ARCHIVED", "code": "201"}, "DELETED")):
        for name, record in (("accounts", account | changes), ("tax_rates", rate)):
            with (tmp_path / f"{name}.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(record | {"status": changes.get("status", status)}) + "\n")
    chart = charts.read(tmp_path)
    assert [each["code"] for each in chart["accounts"]] == ["201"]
    assert chart.tax_types() == {}


def test_a_previews_documents_are_not_taken_for_xeros_items(dump: Path) -> None:
    line = {"document_id": "item:NEW", "code": "NEW", "name": "a\u2028b"}
    message = {"type": "RECORD", "stream": "items", "record": line}
    with dump.open("a", encoding="utf-8") as file:
        file.write(json.dumps(message, ensure_ascii=False) + "\n")
    assert "NEW" not in charts.read(dump).by_code("items")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("accounts.json", '{"Accounts": []}'.encode("utf-16"), "is not UTF-8"),
        ("accounts.json", b'{"Accounts": ["200"]}', "accounts hold '200', which is no record"),
        ("accounts.jsonl", b'{"code": "200"}\n{"co', "accounts.jsonl, line 2 is no JSON"),
        ("x.jsonl", b'{"type": "RECORD", "stream": "items"}', "is a RECORD without its 'record'"),
    ],
)
def test_a_dump_that_is_none_says_where(
    tmp_path: Path, maps_folder: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    result = invoke(check, "--maps", maps_folder, "--chart", tmp_path / name)
    assert words in result.output
    assert result.exit_code == 1


def test_a_draft_names_the_accounts_that_are_alike_and_how_alike() -> None:
    result = invoke(suggest, "--chart", CHARTS / "au")
    assert result.exit_code == 0
    drafted = {each["class"]: each for each in csv.DictReader(io.StringIO(result.output))}
    assert (drafted["sales"]["account"], drafted["sales"]["tax_type"]) == ("200", "OUTPUT")
    assert drafted["advertising"]["account"] == "400"
    assert drafted["loan"]["account"] == "900"
    assert drafted["loan"]["tax_type"] == "BASEXCLUDED"
    assert drafted["reserve_current"]["account"] == ""
    assert "name an account" in drafted["reserve_current"]["like"]
    assert int(drafted["advertising"]["score"]) > int(drafted["reserve_current"]["score"])


def test_words_that_many_accounts_share_make_none_alike() -> None:
    result = invoke(suggest, "--chart", CHARTS / "uk")
    drafted = {each["class"]: each for each in csv.DictReader(io.StringIO(result.output))}
    assert {drafted[name]["account"] for name in ("referral_fee", "storage_fee")} == {""}
    assert {drafted[name]["account"] for name in ("shipping_income", "gift_wrap_income")} == {""}
    assert drafted["payment_fee"]["account"] == "404"


def test_a_draft_puts_no_tax_on_what_has_none() -> None:
    for country, none in (("uk", "NONE"), ("au", "BASEXCLUDED")):
        result = invoke(suggest, "--chart", CHARTS / country)
        drafted = {each["class"]: each for each in csv.DictReader(io.StringIO(result.output))}
        names = ("cost_of_goods", "reimbursement", "clawback", "safe_t")
        assert {drafted[name]["tax_type"] for name in names} == {none}


def test_a_draft_is_refused_as_a_map_until_a_person_has_read_it(
    maps_folder: Path, dump: Path, tmp_path: Path
) -> None:
    drafts = tmp_path / "drafts"
    assert invoke(suggest, "--chart", dump, "--out", drafts).exit_code == 0
    (maps_folder / "accounts.csv").write_bytes((drafts / "accounts.csv").read_bytes())
    refused = invoke(check, "--maps", maps_folder, "--chart", dump)
    assert "unknown column 'like'" in refused.output


def test_drafts_never_replace_a_file(dump: Path, maps_folder: Path) -> None:
    before = (maps_folder / "accounts.csv").read_bytes()
    result = invoke(suggest, "--chart", dump, "--out", maps_folder)
    assert "is there already" in result.output
    assert result.exit_code == 1
    assert (maps_folder / "accounts.csv").read_bytes() == before


def test_where_one_draft_is_there_already_the_other_is_not_written(
    dump: Path, tmp_path: Path
) -> None:
    record = {"seller_sku": "A", "marketplace": "Amazon.co.uk", "title": "A"}
    with dump.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"type": "RECORD", "stream": "listings", "record": record}) + "\n")
    (tmp_path / "skus.csv").write_text("mine", encoding="utf-8")
    assert invoke(suggest, "--chart", dump, "--out", tmp_path).exit_code == 1
    assert not (tmp_path / "accounts.csv").exists()


def test_listings_are_drafted_to_the_item_with_their_code_or_their_name(
    dump: Path, tmp_path: Path
) -> None:
    listings = [
        {"seller_sku": "mug_blue", "marketplace": "Amazon.co.uk", "title": "x"},
        {"seller_sku": "9Z-77", "marketplace": "Amazon.co.uk", "title": "Lamp of oak, Oak lamp"},
        {"seller_sku": "QQQ", "marketplace": "Amazon.co.uk", "title": "~"},
    ]
    with dump.open("a", encoding="utf-8") as file:
        for each in listings:
            message = {"type": "RECORD", "stream": "listings", "record": each}
            file.write(json.dumps(message) + "\n")
    assert invoke(suggest, "--chart", dump, "--out", tmp_path / "drafts").exit_code == 0
    with (tmp_path / "drafts/skus.csv").open(encoding="utf-8", newline="") as file:
        drafted = {each["seller_sku"]: each for each in csv.DictReader(file)}
    assert drafted["mug_blue"]["item_code"] == "MUG-BLUE"
    assert drafted["9Z-77"]["item_code"] == "LAMP-OAK"
    assert drafted["QQQ"]["item_code"] == "ITEM_CODE"


def test_a_sku_that_is_one_item_everywhere_is_one_line_of_the_draft(
    dump: Path, tmp_path: Path
) -> None:
    places = ("Amazon.co.uk", "Amazon.de", "Amazon.fr")
    listings = [
        *({"seller_sku": "MUG-BLUE", "marketplace": place, "title": ""} for place in places),
        {"seller_sku": "9Z-77", "marketplace": "Amazon.co.uk", "title": "Lamp, oak"},
        {"seller_sku": "9Z-77", "marketplace": "Amazon.de", "title": "~"},
    ]
    with dump.open("a", encoding="utf-8") as file:
        for each in listings:
            message = {"type": "RECORD", "stream": "listings", "record": each}
            file.write(json.dumps(message) + "\n")
    invoke(suggest, "--chart", dump, "--out", tmp_path / "drafts")
    with (tmp_path / "drafts/skus.csv").open(encoding="utf-8", newline="") as file:
        drafted = [
            (each["seller_sku"], each["marketplace"], each["item_code"])
            for each in csv.DictReader(file)
        ]
    assert drafted == [
        ("MUG-BLUE", "", "MUG-BLUE"),
        ("9Z-77", "Amazon.co.uk", "LAMP-OAK"),
        ("9Z-77", "Amazon.de", "ITEM_CODE"),
    ]


@pytest.fixture
def posted(run: Callable[..., list[Message]], books_url: str) -> str:
    """Books in which a settlement's documents stand as a target would write them down."""
    messages = run([schema("settlement_rows"), *sale(3, "10.00"), closing("11.00")])
    records = [each for each in messages if each["type"] == "RECORD"]
    with books.open_books(books_url) as kept:
        kept.tenant("T1", "Demo Company (UK)")
        for each in records:
            if each["stream"] == "settlements":
                kept.record_proof(each["record"])
            elif each["stream"] == "held":
                kept.record_held(each["record"])
            elif each["stream"] == "settlement_orders":
                kept.record_trace(each["record"])
            else:
                kept.save([posting(each["stream"], each["record"])])
    return books_url


def posting(stream: str, record: Message) -> books.Posting:
    return books.Posting(
        tenant="T1",
        document_id=record["document_id"],
        stream=stream,
        state=books.State.POSTED,
        content_hash="h",
        document=json.dumps(record),
        vendor_id="XERO-1",
        number=record.get("number"),
        settlement_id=record["source"]["settlement_id"],
        order_id=record["source"]["order_id"],
        date=record["date"],
        amount=None,
        currency=record["currency"],
    )


def journal(document_id: str, organisation: str = "Demo Company (UK)") -> Message:
    return {
        "document_id": document_id,
        "source": {"organisation": organisation, "settlement_id": None, "order_id": None},
        "date": "2026-05-31",
        "currency": "GBP",
        "lines": [],
    }


def test_a_settlement_is_explained_from_its_rows_to_xero(posted: str, maps_folder: Path) -> None:
    result = invoke(explain, "7001", "--maps", maps_folder, "--books", posted)
    assert result.exit_code == 0, result.output
    assert "Settlement 7001, Amazon.co.uk, style orders: 3 rows, deposit 11.00 GBP" in result.output
    sales = next(each for each in result.output.splitlines() if each.strip().startswith("sales"))
    assert "10.00  1 rows  accounts.csv:2 (any treatment) -> 200 OUTPUT2" in sales
    assert "payout:7001" in result.output
    assert "in Xero XERO-1" in result.output


def test_an_order_and_a_document_are_explained_with_the_lines_of_the_maps(
    posted: str, maps_folder: Path
) -> None:
    of_order = invoke(explain, ORDER_ID, "--maps", maps_folder, "--books", posted)
    assert f"made from settlement 7001, order {ORDER_ID}" in of_order.output
    assert "accounts.csv:2 sales" in of_order.output
    of_document = invoke(explain, "payout:7001", "--maps", maps_folder, "--books", posted)
    assert "Document payout:7001" in of_document.output
    assert "marketplaces.csv Amazon.co.uk clearing" in of_document.output


def test_a_line_that_is_valid_from_a_day_says_so(posted: str, maps_folder: Path) -> None:
    file = maps_folder / "accounts.csv"
    first, *lines = file.read_text(encoding="utf-8").splitlines()
    dated = [f"{first},valid_from", *(f"{line}," for line in lines)]
    dated.append("referral_fee,,,,409,INPUT2,2026-07-01")
    file.write_text("\n".join(dated) + "\n", encoding="utf-8")
    result = invoke(explain, " 7001 ", "--maps", maps_folder, "--books", posted)
    assert "(any treatment, from 2026-07-01) -> 409 INPUT2" in result.output


def test_an_order_is_explained_row_by_row(posted: str, maps_folder: Path) -> None:
    result = invoke(explain, ORDER_ID, "--maps", maps_folder, "--books", posted)
    lines = [line.split("  ") for line in result.output.splitlines()]
    rows = [[cell.strip() for cell in line if cell.strip()] for line in lines if len(line) > 2]
    assert "rows of settlement 7001" in result.output
    day, sku = "2026-06-03", "WID-S-UK"
    assert [row for row in rows if row[0] == day] == [
        [day, "10.00", "sales", "Order / ItemPrice / Principal", sku],
        [day, "2.00", "tax_collected", "Order / ItemPrice / Tax", sku],
        [day, "-1.00", "referral_fee", "Order / ItemFees / Commission", sku],
    ]


def test_an_order_that_has_rows_but_no_document_is_known(posted: str, maps_folder: Path) -> None:
    with books.open_books(posted) as kept:
        record = {
            "organisation": "Demo Company (UK)",
            "settlement_id": "7002",
            "part": 0,
            "kinds": [["Refund", "ItemPrice", "Principal", "", "2026-06-20", "refund"]],
            "orders": json.dumps([["026-2222222-2222222", [[0, "WID-S-UK", "-10.00", 2, 0]]]]),
        }
        kept.record_trace(record)
        kept.record_trace(record | {"organisation": "Another Ltd", "settlement_id": "7003"})
    result = invoke(explain, "026-2222222-2222222", "--maps", maps_folder, "--books", posted)
    assert "rows of settlement 7002" in result.output
    assert "-10.00  refund" in result.output
    assert "2 rows" in result.output
    assert "7003" not in result.output


def test_a_document_is_found_by_the_number_that_xero_shows(posted: str, maps_folder: Path) -> None:
    number = f"AMZ-{ORDER_ID}"
    result = invoke(explain, number, "--maps", maps_folder, "--books", posted)
    assert result.output.startswith(f"Document {number}\n")
    assert "None" not in result.output


def test_what_another_organisation_has_under_the_same_id_is_not_told(
    posted: str, maps_folder: Path
) -> None:
    document = journal("deferred:Amazon.co.uk:2026-05", "Another Ltd")
    with books.open_books(posted) as kept:
        kept.save([posting("journals", document)])
    result = invoke(
        explain, "deferred:Amazon.co.uk:2026-05", "--maps", maps_folder, "--books", posted
    )
    assert "the books know nothing of deferred:Amazon.co.uk:2026-05" in result.output


def test_what_waits_is_explained_and_what_is_unknown_is_said(
    run: Callable[..., list[Message]], books_url: str, maps_folder: Path
) -> None:
    messages = run([schema("settlement_rows"), *sale(3, "10.00"), closing("12.00")])
    with books.open_books(books_url) as kept:
        for each in messages:
            if each["type"] == "RECORD" and each["stream"] == "held":
                kept.record_held(each["record"])
            elif each["type"] == "RECORD" and each["stream"] == "settlements":
                kept.record_proof(each["record"])
        refused = posting("journals", journal("journal:1:2026-05"))
        kept.save([replace(refused, state=books.State.REJECTED, error="Xero says no")])
    document = invoke(explain, "journal:1:2026-05", "--maps", maps_folder, "--books", books_url)
    assert "    Xero says no" in document.output
    waits = invoke(explain, "7001", "--maps", maps_folder, "--books", books_url)
    assert "deposit 12.00 GBP, held" in waits.output
    assert "waits: settlement:7001 (gate)" in waits.output
    assert "12.00 stated, 11.00 found" in waits.output
    unknown = invoke(explain, "7999", "--maps", maps_folder, "--books", books_url)
    assert "the books know nothing of 7999: give an order id, a settlement id" in unknown.output
    nothing = invoke(explain, "7001", "--maps", maps_folder, "--books", "sqlite:////nowhere/b.db")
    assert "there are no books there yet" in nothing.output


@pytest.mark.parametrize("url", ["nonsense", "sqlite:///{}", "nosuch+driver://u:secret@h/b"])
def test_books_that_cannot_be_opened_say_what_to_write(tmp_path: Path, url: str) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Not a database, whatever its name says. " * 9, encoding="utf-8")
    result = invoke(explain, "7001", "--books", url.format(file))
    assert "Error: " in result.output
    assert "books" in result.output
    assert "secret" not in result.output
    assert result.exit_code == 1


def test_the_mapper_says_so_too_in_one_line(maps_folder: Path) -> None:
    with pytest.raises(ConfigValidationError, match="`books` is no URL of a database"):
        MapperAmazonXero(config={"maps": str(maps_folder), "books": "nonsense"})
