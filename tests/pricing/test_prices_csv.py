"""prices.csv: what it means, and every fault at once with file, line and reason."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from transforms import maps
from transforms.maps import MapFaults
from transforms.pricing.price_list import PriceLine
from transforms.pricing.rounding import Rounding

HEADER = (
    "marketplace,currency,source,tax_rate,exchange_rate,rounding,minimum,maximum,valid_from,"
    "item_code"
)
GOOD = "Amazon.co.uk,GBP,sales,20,,.99,,,,"


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "maps"
    shutil.copytree(root / "maps", copy)
    return copy


def write(folder: Path, *lines: str, header: str = HEADER) -> None:
    (folder / "prices.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


def faults(folder: Path) -> list[str]:
    with pytest.raises(MapFaults) as refused:
        maps.load_with_prices(folder)
    return [str(fault) for fault in refused.value.faults]


def loaded(folder: Path) -> tuple[PriceLine, ...]:
    return maps.load_with_prices(folder)[1].lines


def test_a_line_is_read_as_it_is_written(folder: Path) -> None:
    write(folder, "Amazon.de,EUR,sales,xero,1.15,.90,5.00,120,2026-06-01,GADGET-1")
    assert loaded(folder) == (
        PriceLine(
            line=2,
            item_code="GADGET-1",
            marketplace="Amazon.de",
            source="sales",
            tax_rate="xero",
            exchange_rate=Decimal("1.15"),
            rounding=Rounding(".90"),
            minimum=Decimal("5.00"),
            maximum=Decimal(120),
            valid_from=date(2026, 6, 1),
        ),
    )


def test_blank_cells_add_nothing_and_guard_nothing(folder: Path) -> None:
    write(folder, "Amazon.co.uk,,sales_with_tax,,,,,,,")
    [line] = loaded(folder)
    assert (line.tax_rate, line.exchange_rate) == (Decimal(0), Decimal(1))
    assert line.rounding == Rounding("minor")
    assert (line.minimum, line.maximum, line.valid_from) == (None, None, date.min)


def test_the_columns_of_currency_day_and_item_may_be_left_out(folder: Path) -> None:
    short = "marketplace,source,tax_rate,exchange_rate,rounding,minimum,maximum"
    write(folder, "Amazon.co.uk,sales,20,,.99,,", header=short)
    assert len(loaded(folder)) == 1


def test_a_spreadsheet_may_save_it_with_semicolons(folder: Path) -> None:
    write(folder, GOOD.replace(",", ";"), header=HEADER.replace(",", ";"))
    assert len(loaded(folder)) == 1


def test_one_line_may_price_every_marketplace(folder: Path) -> None:
    write(folder, ",,sales,20,xero,.99,1.00,500.00,,")
    assert len(loaded(folder)) == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Amazon.fr,EUR,sales,20,1.15,.99,,,,", "marketplace 'Amazon.fr' is not in"),
        ("Amazon.de,GBP,sales,19,1.15,.99,,,,", "currency is GBP, but Amazon.de sells in EUR"),
        (",GBP,sales,20,xero,.99,,,,", "currency is GBP, but Amazon.de sells in EUR"),
        ("Amazon.de,euro,sales,19,1.15,.99,,,,", "currency is 'euro'"),
        ("Amazon.de,EUR,,19,1.15,.99,,,,", "source is ''; it may be 'sales', 'sales_with_tax'"),
        ("Amazon.de,EUR,cost,19,1.15,.99,,,,", "source is 'cost'; it may be"),
        ("Amazon.de,EUR,sales,19,,.99,,,,", "exchange_rate is blank, but Amazon.de sells in EUR"),
        (",,sales,19,,.99,,,,", "exchange_rate is blank, but Amazon.de sells in EUR"),
        ("Amazon.co.uk,GBP,sales,20,1.15,.99,,,,", "exchange_rate 1.15 would change its prices"),
        (",,sales,20,1.15,.99,,,,", "Amazon.co.uk sells in GBP, as the books are: exchange_rate"),
        ("Amazon.de,EUR,sales,19,0,.99,,,,", "exchange_rate is zero"),
        ("Amazon.de,EUR,sales,19,-1.15,.99,,,,", "exchange_rate is '-1.15': it is below zero"),
        ('Amazon.de,EUR,sales,19,"1,15",.99,,,,', "'1,15': a decimal comma; write 1.15"),
        ("Amazon.de,EUR,sales,19,ecb,.99,,,,", "exchange_rate is 'ecb'; wanted: a figure such"),
        ("Amazon.co.uk,GBP,sales,-20,,.99,,,,", "tax_rate is '-20': it is below zero"),
        ("Amazon.co.uk,GBP,sales,20%,,.99,,,,", "tax_rate is '20%': write 20, without the sign"),
        ("Amazon.co.uk,GBP,sales,0.20,,.99,,,,", "tax_rate is 0.20, which is less than one"),
        ("Amazon.co.uk,GBP,sales,2000,,.99,,,,", "tax_rate is 2000: more than 100 percent"),
        ("Amazon.co.uk,GBP,sales,1e1,,.99,,,,", "tax_rate is '1e1'; wanted: a figure"),
        ("Amazon.co.uk,GBP,sales_with_tax,20,,.99,,,,", "sales_with_tax includes the tax"),
        ("Amazon.co.uk,GBP,sales_with_tax,xero,,.99,,,,", "sales_with_tax includes the tax"),
        ("Amazon.co.uk,GBP,sales,20,,nearest,,,,", "rounding is 'nearest'; it may be minor, up"),
        ("Amazon.co.uk,GBP,sales,20,,.9,,,,", "no price in GBP ends in .9: it has 2 decimals"),
        ("Amazon.co.uk,GBP,sales,20,,.99,9,5,,", "minimum 9 is above maximum 5"),
        ("Amazon.co.uk,GBP,sales,20,,.99,0,,,", "minimum is zero: leave it blank for none"),
        ("Amazon.co.uk,GBP,sales,20,,.99,,0.00,,", "maximum is zero: leave it blank for none"),
        ("Amazon.co.uk,GBP,sales,20,,.99,-1,,,", "minimum is '-1': it is below zero"),
        ('Amazon.co.uk,GBP,sales,20,,.99,"4,99",,,', "'4,99': a decimal comma; write 4.99"),
        ('Amazon.co.uk,GBP,sales,20,,.99,,"1,500.00",,', "a comma between thousands; write 1500"),
        ("Amazon.co.uk,GBP,sales,20,,.99,4.99999,,,", "minimum 4.99999 has more decimals than GBP"),
        ("Amazon.co.uk,GBP,sales,20,,.99,xero,,,", "minimum is 'xero'; wanted: a figure such as"),
        ("Amazon.co.uk,GBP,sales,20,,.99,,,2026-02-30,", "valid_from '2026-02-30' is no date"),
        ("Amazon.co.uk,GBP,sales,20,,.99,,,soon,", "valid_from is 'soon'"),
        ("Amazon.co.uk,GBP,sales,20,,.99,,,,GADGET-7", "item_code 'GADGET-7' is not in skus.csv"),
        ("Amazon.co.uk,GBP,sales,20,,.99,12,50,,,", "11 cells under 10 columns"),
    ],
)
def test_a_fault_names_file_line_and_reason(folder: Path, line: str, reason: str) -> None:
    write(folder, line)
    found = faults(folder)
    assert any(each.startswith("prices.csv, line 2: ") and reason in each for each in found), found


def test_every_fault_of_every_file_is_listed_at_once(folder: Path) -> None:
    write(folder, "Amazon.co.uk,EUR,sales,20%,,.99,,,,", "Amazon.de,EUR,sales,19,,.99,,,,")
    with (folder / "skus.csv").open("a", encoding="utf-8") as skus:
        skus.write("NEW,Amazon.fr,NEW,,,\n")
    found = faults(folder)
    assert [each.partition(":")[0] for each in found] == [
        "prices.csv, line 2",
        "prices.csv, line 3",
        "skus.csv, line 10",
    ]


def test_faults_of_books_yml_hide_none_of_the_figures(folder: Path) -> None:
    write(folder, "Amazon.co.uk,GBP,sales,x,,.99,,,,")
    text = (folder / "books.yml").read_text(encoding="utf-8")
    books = text.replace("Europe/London", "Europe/Londn")
    (folder / "books.yml").write_text(books, encoding="utf-8")
    assert [each.partition(":")[0] for each in faults(folder)] == [
        "books.yml",
        "prices.csv, line 2",
    ]


def test_a_line_that_stands_twice_is_a_fault(folder: Path) -> None:
    write(folder, GOOD, GOOD.replace("20", "19"))
    assert faults(folder) == ["prices.csv, line 3: Amazon.co.uk stands already on line 2"]
    general = ",,sales,20,xero,.99,,,,"
    write(folder, general, general)
    assert faults(folder) == ["prices.csv, line 3: the same stands already on line 2"]


def test_a_line_that_no_marketplace_can_reach_is_a_fault(folder: Path) -> None:
    german = "Amazon.de,EUR,sales,19,1.15,.99,,,,"
    write(folder, ",,sales,20,xero,.99,,,,", GOOD, german)
    assert faults(folder) == [
        "prices.csv, line 2: hidden: every marketplace has a line of its own (3, 4): take one away"
    ]
    write(folder, ",,sales,20,xero,.99,,,,", GOOD, german.replace(",,,,", ",,,2026-09-01,"))
    assert len(loaded(folder)) == 3


def test_a_general_line_is_checked_only_where_it_prices(folder: Path) -> None:
    write(folder, ",,sales,20,,.99,,,,", "Amazon.de,EUR,sales,19,1.15,.99,,,,")
    assert len(loaded(folder)) == 2
    write(
        folder,
        ",,sales,20,,.99,,,,",
        "Amazon.de,EUR,sales,19,1.15,.99,,,,",
        ",,sales,20,,.99,3.00,,,GADGET-1",
    )
    [fault] = faults(folder)
    assert fault.startswith("prices.csv, line 4: exchange_rate is blank, but Amazon.de sells in")


def test_whole_yen_have_no_decimals(folder: Path) -> None:
    with (folder / "marketplaces.csv").open("a", encoding="utf-8") as marketplaces:
        marketplaces.write("A1VC38T7YXB528,Amazon.co.jp,JPY,Amazon.co.jp,,,,settlements\n")
    write(folder, "Amazon.co.jp,JPY,sales,10,190,.99,980.50,,,")
    where = "prices.csv, line 2: "
    assert faults(folder) == [
        f"{where}minimum 980.50 has more decimals than JPY, which has 0, at Amazon.co.jp",
        f"{where}rounding at Amazon.co.jp: no price in JPY ends in .99: it has no decimals",
    ]
    write(folder, "Amazon.co.jp,JPY,sales,10,190,80,980,,,")
    assert len(loaded(folder)) == 1


def test_without_the_file_or_a_line_nothing_is_priced(folder: Path) -> None:
    (folder / "prices.csv").unlink()
    assert faults(folder) == ["prices.csv: the file is missing"]
    assert maps.load(folder).marketplaces, "the bookkeeping needs no prices.csv"
    write(folder)
    assert faults(folder) == ["prices.csv: no line: nothing would be priced"]


def test_bookkeeping_does_not_stop_at_a_fault_of_prices_csv(folder: Path) -> None:
    write(folder, "nonsense")
    assert maps.load(folder).marketplaces


@pytest.mark.parametrize("country", ["uk", "eu", "us", "au", "ca", "jp"])
def test_the_starters_have_a_line_for_each_of_their_marketplaces(root: Path, country: str) -> None:
    book, prices = maps.load_with_prices(root / "maps/starters" / country)
    names = [marketplace.name for marketplace in book.marketplaces]
    assert [line.marketplace for line in prices.lines] == names
