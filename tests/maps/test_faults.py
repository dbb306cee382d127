from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from transforms.ledger.classes import Treatment
from transforms.maps import MapFaults, load


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "maps"
    shutil.copytree(root / "maps", copy)
    return copy


def faults(folder: Path) -> list[str]:
    with pytest.raises(MapFaults) as refused:
        load(folder)
    return [str(fault) for fault in refused.value.faults]


def append(folder: Path, table: str, *lines: str) -> int:
    """Append lines to a table and give the number of the first."""
    path = folder / table
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\n".join(lines) + "\n", encoding="utf-8")
    return text.count("\n") + 1


def replace(folder: Path, table: str, old: str, new: str) -> None:
    path = folder / table
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_example_sellers_maps_load(folder: Path) -> None:
    assert [each.name for each in load(folder).marketplaces] == ["Amazon.co.uk", "Amazon.de"]


def test_every_fault_of_every_table_is_listed_at_once_with_file_and_line(folder: Path) -> None:
    account = append(folder, "accounts.csv", "shiping_income,,,,201,OUTPUT2", "sales,,,,201,X")
    sku = append(folder, "skus.csv", "GAD-1,,AGAIN,,,", "NEW,Amazon.fr,NEW,,,")
    replace(folder, "books.yml", "Europe/London", "Europe/Londn")
    found = faults(folder)
    words = "unknown class 'shiping_income': did you mean shipping_income?"
    assert f"accounts.csv, line {account}: {words}" in found
    assert any(
        line.startswith(f"accounts.csv, line {account + 1}: sales stands already") for line in found
    )
    assert any(line.startswith(f"skus.csv, line {sku}: GAD-1 stands already") for line in found)
    words = "is not in marketplaces.csv, which has Amazon.co.uk, Amazon.de"
    assert f"skus.csv, line {sku + 1}: marketplace 'Amazon.fr' {words}" in found
    assert any("Europe/Londn" in line for line in found)
    assert len(found) == 5


@pytest.mark.parametrize(
    ("table", "old", "new", "reason"),
    [
        ("accounts.csv", "class,marketplace", "klass,marketplace", "unknown column 'klass'"),
        ("accounts.csv", "class,marketplace", "klass,marketplace", "column 'class' is missing"),
        ("accounts.csv", "sales,,,,200,OUTPUT2", "sales,,,,200,", "tax_type is blank"),
        ("accounts.csv", "sales,,,,200,OUTPUT2", "sales,,,,,OUTPUT2", "account is blank"),
        ("accounts.csv", "sales,,,,200,OUTPUT2", "sales,,,,=,", "cannot join a line"),
        ("accounts.csv", "sales,,untaxed", "sales,,exempt", "treatment is 'exempt'"),
        ("marketplaces.csv", ",610,090,", ",,090,", "Amazon.co.uk has no clearing_account"),
        ("marketplaces.csv", ",610,090,", ",610,,", "Amazon.co.uk has no bank_account"),
        ("marketplaces.csv", "095,settlements", "095,orders", "use posting settlements"),
        ("marketplaces.csv", "095,settlements", "095,summary", "posting is 'summary'"),
        ("marketplaces.csv", ",GBP,", ",Pounds,", "currency is 'Pounds'"),
        ("marketplaces.csv", "A1PA6795UKMFR9", "A1F83G8C2ARO7P", "stands already on line 2"),
        ("books.yml", "unmapped_sku: hold", "unmapped_sku: guess", "unmapped_sku is 'guess'"),
        ("books.yml", "books_start: 2026-04-01", "books_start: April", "books_start"),
        ("books.yml", "lock_dates: hold", "lock_date: hold", "lock_date"),
        ("books.yml", "organisation:", "organisation: [", "not YAML"),
        ("skus.csv", "WIDGET-S", "WIDGET-S-IS-MORE-THAN-THIRTY-LETTERS", "item_code"),
        ("skus.csv", "CABLE-2M,,CABLE-2M,,,", "CABLE-2M,,CABLE-2M,,,,,", "8 cells"),
        ("skus.csv", "CABLE-2M,,CABLE-2M,,,", "CABLE-2M,,CABLE-2M,,,2,50", "7 cells"),
        ("skus.csv", "GADGET-1,,,", "GADGET-1,,,`2,50`", "with a decimal point (3.50)"),
        ("books.yml", "2026-04-01", "01/04/2026", "A day, YYYY-MM-DD"),
        ("books.yml", "base_currency: GBP\ntime_zone: Europe/London\n", "", "time_zone is missing"),
        ("books.yml", "lock_dates: hold", "lock_date: hold", "unknown: lock_date; known are"),
        ("books.yml", "posting: orders", "posting: [orders]", "wanted: one value"),
        ("books.yml", "2026-04-01", "2026-02-30", "books_start '2026-02-30' is no date"),
        ("accounts.csv", "tax_type\n", "tax_type,class\n", "column 'class' stands twice"),
        ("skus.csv", "GAD-1,", ",", "seller_sku is blank"),
    ],
)
def test_a_fault_names_its_reason(
    folder: Path, table: str, old: str, new: str, reason: str
) -> None:
    replace(folder, table, old, new.replace("`", '"'))
    assert any(reason in line and line.startswith(table) for line in faults(folder))


@pytest.mark.parametrize(
    ("edits", "reason"),
    [
        (
            [("skus.csv", "GADGET-1,,,", "GADGET-1,,,2.50")],
            "accounts.csv: skus.csv gives unit costs: add a line `stock,,,,ACCOUNT,NONE`",
        ),
        (
            [("books.yml", "refunds:", "deferred: accrue\nrefunds:")],
            "accounts.csv: books.yml says accrue: add a line `deferred_balance,,,,ACCOUNT,NONE`",
        ),
        (
            [
                ("marketplaces.csv", "bank_account,posting", "bank_account,posting,bank_currency"),
                ("marketplaces.csv", "090,orders", "090,orders,USD"),
            ],
            (
                "accounts.csv: deposits of Amazon.co.uk arrive in USD: "
                "add a line `currency_conversion,,,,ACCOUNT,NONE`"
            ),
        ),
        (
            [
                ("skus.csv", "unit_cost", "unit_cost,product_group"),
                ("skus.csv", "GADGET-1,,,", "GADGET-1,,,,Gadgets"),
            ],
            "skus.csv, line 4: product_group needs product_tracking_category in books.yml",
        ),
        (
            [("books.yml", "refunds:", "product_tracking_category: Marketplace\nrefunds:")],
            "books.yml: product_tracking_category 'Marketplace' is the marketplaces' already",
        ),
        (
            [("marketplaces.csv", ",610,090,", ",610,610,")],
            "marketplaces.csv, line 2: Amazon.co.uk: clearing_account and bank_account are one",
        ),
        (
            [("skus.csv", "GAD-1,,GADGET-1,,,", "GAD-1,,GADGET-1,,,2.50\nGAD-1,,GADGET-1,,,2.60")],
            "skus.csv, line 5: GAD-1 stands already on line 4",
        ),
        (
            [("skus.csv", "GADGET-1,,,", "GADGET-1,,,-2.50")],
            (
                "skus.csv, line 4: unit_cost is '-2.50'; wanted: Cost of one unit in base "
                "currency, with a decimal point (3.50); blank for none."
            ),
        ),
    ],
)
def test_what_a_choice_needs_is_a_fault_with_the_line_to_add(
    folder: Path, edits: list[tuple[str, str, str]], reason: str
) -> None:
    for table, old, new in edits:
        replace(folder, table, old, new)
    assert reason in faults(folder)


def test_a_marketplace_in_another_currency_may_clear_at_a_bank_account(folder: Path) -> None:
    replace(folder, "marketplaces.csv", "095,settlements", "095,orders")
    assert any("clearing_type bank" in line for line in faults(folder))
    replace(
        folder, "marketplaces.csv", "bank_account,posting", "bank_account,posting,clearing_type"
    )
    replace(folder, "marketplaces.csv", "095,orders", "095,orders,bank")
    [_, germany] = load(folder).marketplaces
    assert (germany.posting, germany.clearing_type) == ("orders", "bank")


def test_costs_and_groups_are_read(folder: Path) -> None:
    replace(folder, "skus.csv", "unit_cost", "unit_cost,product_group,valid_from")
    replace(folder, "skus.csv", "GADGET-1,,,", "GADGET-1,,,2.50,Gadgets,2026-05-01")
    replace(folder, "books.yml", "refunds:", "product_tracking_category: Product\nrefunds:")
    append(folder, "accounts.csv", "cost_of_goods,,,,310,", "stock,,,,630,")
    book = load(folder)
    may = date(2026, 5, 1)
    assert book.unit_cost("GAD-1", "Amazon.co.uk", may) == Decimal("2.50")
    assert book.product_group("GAD-1", "Amazon.de", may) == "Gadgets"
    assert book.unit_cost("GAD-1", "Amazon.co.uk", date(2026, 4, 30)) is None


def test_tracking_options_need_their_category(folder: Path) -> None:
    replace(folder, "books.yml", "tracking_category: Marketplace", "tracking_category:")
    needs = "tracking_option needs tracking_category in books.yml"
    assert faults(folder) == [f"marketplaces.csv, line {line}: {needs}" for line in (2, 3)]


def test_maps_without_a_marketplace_or_without_a_choice_say_so(folder: Path) -> None:
    header = (folder / "marketplaces.csv").read_text(encoding="utf-8").splitlines()[0]
    (folder / "marketplaces.csv").write_text(f"{header}\n\n", encoding="utf-8")
    assert "marketplaces.csv: no marketplace" in faults(folder)
    (folder / "books.yml").write_text("", encoding="utf-8")
    assert "books.yml, line 1: wanted: lines of `name: value`" in faults(folder)


def test_books_yml_faults_carry_their_line(folder: Path) -> None:
    replace(folder, "books.yml", "posting: orders ", "posting: daily ")
    assert any(line.startswith("books.yml, line 6: posting is 'daily'") for line in faults(folder))


def test_a_choice_that_stands_twice_is_a_fault_not_the_last_of_the_two(folder: Path) -> None:
    line = append(folder, "books.yml", "posting: settlements")
    assert faults(folder) == [
        f"books.yml, line {line}: posting stands already on line 6: keep one of the two"
    ]


@pytest.mark.parametrize("table", ["accounts.csv", "skus.csv"])
def test_a_quotation_mark_that_is_not_closed_never_swallows_the_lines_after_it(
    folder: Path, table: str
) -> None:
    lines = (folder / table).read_text(encoding="utf-8").splitlines()
    lines[3] = f'"{lines[3]}'
    (folder / table).write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert faults(folder)[0].startswith(f"{table}, line 4: a cell does not end: look for a single")
    lines[6] = lines[6].replace(",", '",', 1)
    (folder / table).write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert f"{table}, line 4: a cell goes on to line 7: look for" in faults(folder)[0]


def test_a_line_pasted_from_a_message_is_refused_until_its_words_are_replaced(
    folder: Path,
) -> None:
    account = append(folder, "accounts.csv", "points,Amazon.de,,,ACCOUNT,TAX_TYPE")
    sku = append(folder, "skus.csv", "NEW,,ITEM_CODE,,,")
    append(folder, "marketplaces.csv", "MARKETPLACE_ID,Amazon.fr,EUR,Amazon.fr,,CLEARING,BANK,")
    yours = "write yours in its place"
    assert faults(folder) == [
        f"accounts.csv, line {account}: account is still ACCOUNT: {yours}",
        f"accounts.csv, line {account}: tax_type is still TAX_TYPE: {yours}",
        f"marketplaces.csv, line 4: bank_account is still BANK: {yours}",
        f"marketplaces.csv, line 4: clearing_account is still CLEARING: {yours}",
        f"marketplaces.csv, line 4: marketplace_id is still MARKETPLACE_ID: {yours}",
        f"skus.csv, line {sku}: item_code is still ITEM_CODE: {yours}",
    ]


def test_columns_that_a_spreadsheet_emptied_are_no_columns(folder: Path) -> None:
    path = folder / "accounts.csv"
    before = load(folder)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("".join(f"{line},,\n" for line in lines), encoding="utf-8")
    assert load(folder).accounts == before.accounts


def test_skus_that_differ_in_case_are_two(folder: Path) -> None:
    append(folder, "skus.csv", "gad-1,,GADGET-2,,,")
    book = load(folder)
    found = [book.sku(sku, "Amazon.co.uk", date(2026, 6, 1)) for sku in ("GAD-1", "gad-1")]
    assert [each and each.item_code for each in found] == ["GADGET-1", "GADGET-2"]


def test_a_line_for_everything_would_hide_what_is_known_and_is_a_fault(folder: Path) -> None:
    (folder / "rules.csv").write_text(
        "transaction_type,amount_type,amount_description,class\n*,*,*,service_fee\n",
        encoding="utf-8",
    )
    (folder / "breakdowns.csv").write_text(
        "transaction_type,breakdown,class\n*,*,Storage Fee\n", encoding="utf-8"
    )
    everything = "this line takes everything, what is known too: name what it is for"
    assert faults(folder) == [
        f"breakdowns.csv, line 2: {everything}",
        "breakdowns.csv, line 2: unknown class 'Storage Fee': did you mean storage_fee?",
        f"rules.csv, line 2: {everything}",
    ]


def test_a_rule_hidden_by_an_earlier_one_is_a_fault(folder: Path) -> None:
    (folder / "rules.csv").write_text(
        "transaction_type,amount_type,amount_description,class\n"
        "ServiceFee,*,*,service_fee\n"
        "service-fee,Cost of Advertising,TransactionTotalAmount,advertising\n"
        "other-transaction,other-transaction,Lithium Battery Surcharge,fee\n",
        encoding="utf-8",
    )
    assert faults(folder) == [
        "rules.csv, line 3: hidden by the rule of line 2: put it above that line",
        "rules.csv, line 4: unknown class 'fee'",
    ]


def test_a_missing_folder_says_which_files_are_missing(tmp_path: Path) -> None:
    assert faults(tmp_path) == [
        "accounts.csv: the file is missing",
        "books.yml: the file is missing",
        "marketplaces.csv: the file is missing",
    ]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_table_saved_by_a_spreadsheet_loads(folder: Path, delimiter: str) -> None:
    path = folder / "skus.csv"
    text = path.read_text(encoding="utf-8").replace(",", delimiter).replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode("utf-8"))
    sku = load(folder).sku("MUG-BLÜ", "Amazon.co.uk", date(2026, 6, 1))
    assert sku is not None
    assert sku.item_code == "MUG-BLUE"


def test_a_table_in_another_encoding_is_refused(folder: Path) -> None:
    path = folder / "skus.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1252"))
    assert faults(folder) == ["skus.csv, line 6: not UTF-8: save it as CSV UTF-8"]
    replace(folder, "books.yml", "Demo", "Demö")
    text = (folder / "books.yml").read_text(encoding="utf-8")
    (folder / "books.yml").write_bytes(text.encode("cp1252"))
    assert "books.yml, line 2: not UTF-8: save it as UTF-8" in faults(folder)


def test_the_more_specific_account_wins_then_marketplace_then_treatment(folder: Path) -> None:
    append(folder, "accounts.csv", "points,Amazon.co.uk,,,281,NONE", "points,,taxed,,282,NONE")
    book = load(folder)

    def account(marketplace: str, treatment: Treatment) -> str:
        rule = book.account("points", marketplace, date(2026, 6, 1), treatment)
        assert rule is not None
        return rule.account

    assert account("Amazon.de", Treatment.NONE) == "203"
    assert account("Amazon.de", Treatment.TAXED) == "282"
    assert account("Amazon.co.uk", Treatment.NONE) == "281"
    assert account("Amazon.co.uk", Treatment.TAXED) == "281"


def test_a_line_is_valid_from_its_day_on_and_the_newest_of_equals_wins(folder: Path) -> None:
    path = folder / "accounts.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    dated = [f"{lines[0]},valid_from", *(f"{line}," for line in lines[1:])]
    dated += ["points,,,,290,NONE,2026-06-01", "points,,,,291,NONE,2026-09-01"]
    path.write_text("\n".join(dated) + "\n", encoding="utf-8")
    book = load(folder)

    def account(day: date) -> str:
        rule = book.account("points", "Amazon.co.uk", day)
        assert rule is not None
        return rule.account

    assert account(date(2026, 5, 31)) == "203"
    assert account(date(2026, 6, 1)) == "290"
    assert account(date(2026, 8, 31)) == "290"
    assert account(date(2026, 9, 1)) == "291"


def test_a_day_that_is_no_date_is_a_fault(folder: Path) -> None:
    (folder / "skus.csv").write_text(
        "seller_sku,item_code,valid_from\nA,A,2026-02-30\nB,B,soon\n", encoding="utf-8"
    )
    first, second = faults(folder)
    assert first == "skus.csv, line 2: valid_from '2026-02-30' is no date"
    assert second.startswith("skus.csv, line 3: valid_from is 'soon'; wanted: First day")


@pytest.mark.parametrize("name", ["rule.csv", "Rules.csv", "sku.csv", "break_downs.csv"])
def test_a_table_that_is_nearly_named_as_one_that_is_read_is_a_fault(
    folder: Path, name: str
) -> None:
    (folder / "skus.csv").unlink()
    (folder / name).write_text("a,b\n1,2\n", encoding="utf-8")
    [fault] = [each for each in faults(folder) if name in each]
    assert "nobody reads a table of this name: is it " in fault


def test_tables_of_somebody_elses_and_copies_are_left_alone(folder: Path) -> None:
    for name in ("accounts2.csv", "notes.csv", "rules.draft.csv", "skus copy.csv"):
        (folder / name).write_text("a,b\n1,2\n", encoding="utf-8")
    assert load(folder).marketplaces
