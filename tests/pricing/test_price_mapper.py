"""The price-mapper over Singer lines, as `meltano run` would give them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from singer_sdk.exceptions import ConfigValidationError

import books
from transforms import messages
from transforms.mapper import MapperAmazonXero
from transforms.price_clerk import OtherBooks
from transforms.price_mapper import MapperXeroAmazon

Record = dict[str, Any]
Message = dict[str, Any]
Run = Callable[[Iterable[Message]], list[Message]]
HEADER = (
    "marketplace,currency,source,tax_rate,exchange_rate,rounding,minimum,maximum,valid_from,"
    "item_code\n"
)


@pytest.fixture
def maps_folder(root: Path, tmp_path: Path) -> Path:
    """The example seller's maps with three SKUs, priced in pounds and in euros."""
    folder = tmp_path / "maps"
    folder.mkdir()
    for file in (root / "maps").iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    write(
        folder,
        "skus.csv",
        "seller_sku,marketplace,item_code\nCUP-1,,CUP\nTASSE,Amazon.de,CUP\nJUG-1,,JUG\n",
    )
    write(
        folder,
        "prices.csv",
        f"{HEADER}Amazon.co.uk,GBP,sales,xero,,minor,1.00,99.00,,\n"
        "Amazon.de,EUR,sales,19,xero,.99,,,,\n",
    )
    return folder


@pytest.fixture
def books_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'books.db'}"


@pytest.fixture
def run(maps_folder: Path, books_url: str, capsys: pytest.CaptureFixture[str]) -> Run:
    def run_mapper(lines: Iterable[Message]) -> list[Message]:
        mapper = MapperXeroAmazon(config={"maps": str(maps_folder), "books": books_url})
        capsys.readouterr()
        mapper.listen(io.StringIO("".join(json.dumps(line) + "\n" for line in lines)))
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run_mapper


def write(folder: Path, table: str, text: str) -> None:
    (folder / table).write_text(text, encoding="utf-8")


def choose(folder: Path, *lines: str) -> None:
    with (folder / "books.yml").open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def schema(stream: str) -> Message:
    return {"type": "SCHEMA", "stream": stream, "schema": {"properties": {}}, "key_properties": []}


def record(stream: str, values: Record) -> Message:
    return {"type": "RECORD", "stream": stream, "record": values}


def state(value: str) -> Message:
    return {"type": "STATE", "value": {"bookmarks": {"items": {"updated": value}}}}


def organisation(**changes: Any) -> Message:
    values = {"name": "Demo Company (UK)", "base_currency": "GBP"}
    return record("organisation", values | changes)


def tax_rate(tax_type: str = "OUTPUT2", rate: str = "20.0000") -> Message:
    values = {"tax_type": tax_type, "name": rate, "status": "ACTIVE", "effective_rate": rate}
    return record("tax_rates", values)


def euro(rate: str = "1.15", days_old: int = 1) -> Message:
    values = {
        "currency_code": "EUR",
        "base_currency": "GBP",
        "rate": rate,
        "document_type": "ACCREC",
        "document_number": "AMZ-1-2026-05",
        "date": (datetime.now(UTC).date() - timedelta(days=days_old)).isoformat(),
    }
    return record("exchange_rates", values)


def item(code: str, price: str | None = "10.0000", **changes: Any) -> Message:
    values = {
        "item_id": f"id-{code}",
        "code": code,
        "name": code.title(),
        "description": None,
        "is_sold": True,
        "is_purchased": False,
        "is_tracked_as_inventory": False,
        "quantity_on_hand": None,
        "sales_details": {"unit_price": price, "account_code": "200", "tax_type": "OUTPUT2"},
        "purchase_details": {},
        "updated_date_utc": "2026-06-01T10:00:00Z",
    }
    return record("items", values | changes)


XERO = [schema("organisation"), organisation(), tax_rate(), euro(), schema("items")]


def records_of(written: list[Message], stream: str) -> list[Record]:
    return [
        each["record"] for each in written if each["type"] == "RECORD" and each["stream"] == stream
    ]


def prices(written: list[Message]) -> dict[str, str]:
    return {each["document_id"]: each["price"] for each in records_of(written, "prices")}


def held(written: list[Message]) -> dict[str, str | None]:
    """What waits and why; None for what no longer does."""
    return {each["document_id"]: each["reason"] for each in records_of(written, "held")}


def keep(written: list[Message], url: str) -> None:
    """Do what a target does with `held`."""
    with books.open_books(url) as kept:
        for each in records_of(written, "held"):
            if each["state"] == "held":
                kept.record_held(each)
            else:
                kept.resolve_held(each["organisation"], each["document_id"])


def test_an_item_becomes_the_price_of_each_of_its_listings(run: Run) -> None:
    written = run([*XERO, item("CUP"), item("JUG", "2.5000")])
    assert prices(written) == {
        "price:Amazon.co.uk:CUP-1": "12.00",
        "price:Amazon.co.uk:JUG-1": "3.00",
        "price:Amazon.de:CUP-1": "13.99",
        "price:Amazon.de:JUG-1": "2.99",
        "price:Amazon.de:TASSE": "13.99",
    }
    assert list(prices(written)) == sorted(prices(written))
    assert records_of(written, "prices")[4] == {
        "document_id": "price:Amazon.de:TASSE",
        "marketplace_id": "A1PA6795UKMFR9",
        "marketplace": "Amazon.de",
        "seller_sku": "TASSE",
        "item_code": "CUP",
        "if_listed": False,
        "source": {
            "organisation": "Demo Company (UK)",
            "item_id": "id-CUP",
            "updated": "2026-06-01T10:00:00Z",
        },
        "explanation": records_of(written, "prices")[4]["explanation"],
        "currency": "EUR",
        "price": "13.99",
        "minimum": None,
        "maximum": None,
    }
    assert "(invoice AMZ-1-2026-05 of " in records_of(written, "prices")[4]["explanation"]


def test_every_record_fits_its_schema(run: Run, maps_folder: Path) -> None:
    choose(maps_folder, "stock_to_amazon: merchant_listings")
    tracked: Record = {"is_tracked_as_inventory": True, "quantity_on_hand": "7.0000"}
    written = run([*XERO, item("CUP", **tracked), item("JUG", "0"), item("NEW")])
    for stream in ("prices", "quantities", "held"):
        found = records_of(written, stream)
        assert found, stream
        for each in found:
            assert list(Draft202012Validator(messages.schema(stream)).iter_errors(each)) == []


def test_schemas_come_first_then_documents_then_the_state_behind_them(run: Run) -> None:
    written = run([*XERO, item("CUP"), state("1"), item("JUG"), state("2")])
    kinds = [(each["type"], each.get("stream")) for each in written]
    assert kinds[:2] == [("SCHEMA", "prices"), ("SCHEMA", "held")]
    assert [each["value"] for each in written if each["type"] == "STATE"] == [state("2")["value"]]
    assert kinds[-1] == ("STATE", None)


def test_a_state_before_the_items_passes(run: Run) -> None:
    written = run([organisation(), state("early"), schema("items"), item("CUP"), state("late")])
    kinds = [each["type"] for each in written]
    assert kinds[2] == "STATE"
    assert kinds[-1] == "STATE"
    assert kinds.index("RECORD") > 2


def test_rates_may_come_after_the_items(run: Run) -> None:
    made = prices(run([item("CUP"), organisation(), item("JUG"), euro(), tax_rate()]))
    assert made["price:Amazon.de:TASSE"] == "13.99"
    assert made["price:Amazon.co.uk:CUP-1"] == "12.00"


def test_streams_that_set_no_price_are_passed_over(run: Run) -> None:
    accounts = [schema("accounts"), record("accounts", {"code": "200"}), state("x")]
    version = {"type": "ACTIVATE_VERSION", "stream": "items", "version": 1}
    written = run([*accounts, *XERO, version, item("CUP"), item("JUG")])
    assert {each.get("stream") for each in written} == {"prices", "held", None}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "Another Client Ltd"}, "Xero says Another Client Ltd, books.yml says organ"),
        ({"name": None}, "Xero says None"),
        ({"base_currency": "EUR"}, "Xero says EUR, books.yml says base_currency GBP"),
    ],
)
def test_prices_of_other_books_are_refused(
    run: Run, capsys: pytest.CaptureFixture[str], changes: Record, words: str
) -> None:
    for lines in (
        [organisation(**changes), *XERO[2:], item("CUP")],
        [*XERO[2:], item("CUP"), state("x"), organisation(**changes)],
    ):
        with pytest.raises(OtherBooks, match=words.replace("(", r"\(")):
            run(lines)
        assert '"RECORD"' not in capsys.readouterr().out


def test_prices_of_unknown_books_are_refused(run: Run) -> None:
    with pytest.raises(OtherBooks, match="select the tap's stream organisation"):
        run([*XERO[2:], item("CUP")])


def test_without_items_nothing_is_made_or_resolved(
    run: Run, books_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    keep(run([*XERO, item("CUP", None), item("JUG")]), books_url)
    written = run([organisation(), state("x")])
    assert [each["type"] for each in written] == ["SCHEMA", "SCHEMA", "STATE"]
    assert "The tap gave no items" in caplog.text
    assert run([])[0]["type"] == "SCHEMA"


def test_faults_of_the_maps_are_listed_before_anything_is_read(run: Run, maps_folder: Path) -> None:
    write(maps_folder, "prices.csv", f"{HEADER}Amazon.co.uk,GBP,sales,20%,,.99,,,,\n")
    with pytest.raises(ConfigValidationError) as refused:
        run([])
    assert any("prices.csv, line 2: tax_rate is '20%'" in each for each in refused.value.errors)
    (maps_folder / "prices.csv").unlink()
    with pytest.raises(ConfigValidationError) as refused:
        run([])
    assert "  prices.csv: the file is missing" in refused.value.errors


def test_what_waited_is_resolved_once_it_is_made_or_gone(
    run: Run, books_url: str, maps_folder: Path
) -> None:
    first = run([*XERO, item("CUP", None), item("JUG"), item("NEW")])
    assert held(first) == {
        "price:Amazon.co.uk:CUP-1": "no_sales_price",
        "price:Amazon.de:CUP-1": "no_sales_price",
        "price:Amazon.de:TASSE": "no_sales_price",
        "price:item:NEW": "unmapped_item",
    }
    keep(first, books_url)
    text = (maps_folder / "skus.csv").read_text(encoding="utf-8")
    write(maps_folder, "skus.csv", text.replace("TASSE,Amazon.de,CUP\n", "NEW-1,,NEW\n"))

    second = run([*XERO, item("CUP"), item("JUG"), item("NEW", "0")])

    assert held(second) == {
        "price:Amazon.co.uk:CUP-1": None,
        "price:Amazon.co.uk:NEW-1": "price_not_positive",
        "price:Amazon.de:CUP-1": None,
        "price:Amazon.de:NEW-1": "price_not_positive",
        "price:Amazon.de:TASSE": None,
        "price:item:NEW": None,
    }
    keep(second, books_url)
    third = run([*XERO, item("CUP"), item("JUG"), item("NEW")])
    assert held(third) == {
        "price:Amazon.co.uk:NEW-1": None,
        "price:Amazon.de:NEW-1": None,
    }
    keep(third, books_url)
    assert held(run([*XERO, item("CUP"), item("JUG"), item("NEW")])) == {}


def test_what_others_hold_is_left_to_them(run: Run, books_url: str) -> None:
    [waits] = records_of(run([*XERO, item("CUP"), item("JUG"), item("NEW")]), "held")
    with books.open_books(books_url) as kept:
        for changes in (
            {"document_id": "invoice:1", "stream": "invoices"},
            {"document_id": "price:Amazon.co.uk:CUP-1", "reason": "max_change_percent"},
            {"document_id": "price:item:THEIRS", "organisation": "Another client"},
        ):
            kept.record_held(waits | changes)
    assert held(run([*XERO, item("CUP"), item("JUG")])) == {}


def test_the_mapper_of_settlements_leaves_prices_alone(
    run: Run, books_url: str, maps_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    choose(maps_folder, "stock_to_amazon: merchant_listings")
    keep(run([*XERO, item("CUP"), item("JUG", None), item("NEW")]), books_url)
    with books.open_books(books_url) as kept:
        assert {each.stream for each in kept.held()} == {"prices", "quantities"}
    mapper = MapperAmazonXero(config={"maps": str(maps_folder), "books": books_url})
    mapper.listen(io.StringIO(json.dumps(state("x")) + "\n"))
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each for each in written if each["type"] == "RECORD"] == []


def test_unmapped_items_are_summed_up_in_one_line(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    strangers = [item(f"NEW-{number:02}") for number in range(12)]
    written = run([*XERO, item("CUP"), item("JUG"), *strangers])
    assert len(records_of(written, "held")) == 12
    [said] = [each.getMessage() for each in caplog.records if "no line in skus" in each.msg]
    assert said.startswith("12 items for sale in Xero have no line in skus.csv")
    assert "NEW-00, NEW-01" in said
    assert said.endswith("NEW-09 and 2 more.")


def test_quantities_of_tracked_items(run: Run, maps_folder: Path) -> None:
    choose(maps_folder, "stock_to_amazon: merchant_listings", "stock_buffer: 3")
    tracked: Record = {"is_tracked_as_inventory": True, "quantity_on_hand": "10.0000"}
    written = run([*XERO, item("CUP", **tracked), item("JUG")])
    assert ("SCHEMA", "quantities") in [(each["type"], each.get("stream")) for each in written]
    made = {each["document_id"]: each["quantity"] for each in records_of(written, "quantities")}
    assert made == {
        "quantity:Amazon.co.uk:CUP-1": 7,
        "quantity:Amazon.de:CUP-1": 7,
        "quantity:Amazon.de:TASSE": 7,
    }
    assert records_of(written, "quantities")[0]["explanation"] == (
        "10 on hand in Xero, less the buffer of 3 in books.yml: 7"
    )
    assert held(written) == {
        "quantity:Amazon.co.uk:JUG-1": "not_tracked",
        "quantity:Amazon.de:JUG-1": "not_tracked",
    }


@pytest.mark.parametrize("name", ["LAMP/OAK 01", "50% OFF", "X" * 40, "MUG-BLÜ", 'A "B", C', "+1"])
def test_a_sku_is_never_bent(run: Run, maps_folder: Path, name: str) -> None:
    quoted = name.replace('"', '""')
    write(maps_folder, "skus.csv", f'seller_sku,marketplace,item_code\n"{quoted}",,CUP\n')
    [british, _] = records_of(run([*XERO, item("CUP")]), "prices")
    assert british["seller_sku"] == name
    assert british["document_id"] == f"price:Amazon.co.uk:{name}"


def test_the_last_word_on_an_item_counts(run: Run) -> None:
    written = run([*XERO, item("CUP", "1.0000"), item("JUG"), item("CUP", "20.0000")])
    assert prices(written)["price:Amazon.co.uk:CUP-1"] == "24.00"


def test_a_json_number_is_read_as_it_is_written(
    maps_folder: Path, books_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = "".join(json.dumps(line) + "\n" for line in [*XERO, item("CUP"), item("JUG")])
    lines = lines.replace('"unit_price": "10.0000"', '"unit_price": 8.3292')
    mapper = MapperXeroAmazon(config={"maps": str(maps_folder), "books": books_url})
    mapper.listen(io.StringIO(lines))
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert prices(written)["price:Amazon.co.uk:CUP-1"] == "10.00"


def test_the_process_ends_with_one_clear_line(maps_folder: Path, tmp_path: Path) -> None:
    settings = {"maps": str(maps_folder), "books": f"sqlite:///{tmp_path / 'books.db'}"}
    config = tmp_path / "config.json"
    config.write_text(json.dumps(settings), encoding="utf-8")
    command = [str(Path(sys.executable).parent / "mapper-xero-amazon"), f"--config={config}"]

    def process(lines: list[Message]) -> subprocess.CompletedProcess[str]:
        text = "".join(json.dumps(line) + "\n" for line in lines)
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False)

    good = process([*XERO, item("CUP"), item("JUG")])
    assert good.returncode == 0
    assert good.stdout.count('"RECORD"') == 5
    other = process([organisation(name="Another Client Ltd"), item("CUP")])
    assert other.returncode == 1
    assert '"RECORD"' not in other.stdout
    assert "these are the prices of other books, none is sent" in other.stderr
    assert "Traceback" not in other.stderr


def test_the_example_sellers_prices(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What `maps/prices.csv` makes of the demo organisation's items."""
    taken = [
        item("WIDGET-S", "7.0750"),
        item("LAMP-OAK", "3.5417"),
        item("MUG-BLUE", None),
        item("MUG-GREEN", "9.3750"),
        item("CABLE-2M", "7.4917"),
    ]
    mapper = MapperXeroAmazon(config={"maps": str(root / "maps"), "books": "sqlite:///none.db"})
    mapper.listen(io.StringIO("".join(json.dumps(line) + "\n" for line in [*XERO, *taken])))
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert prices(written) == {
        "price:Amazon.co.uk:CABLE-2M": "8.99",
        "price:Amazon.co.uk:LAMP/OAK 01": "4.25",
        "price:Amazon.co.uk:WID-S-UK": "8.49",
        "price:Amazon.de:CABLE-2M": "9.90",
        "price:Amazon.de:WID-S-UK": "9.90",
    }
    assert held(written)["price:Amazon.de:LAMP/OAK 01"] == "below_minimum"
    assert held(written)["price:item:MUG-GREEN"] == "unmapped_item"


def test_what_still_waits_is_said_again_and_not_resolved(run: Run, books_url: str) -> None:
    first = run([*XERO, item("CUP", "0"), item("JUG")])
    keep(first, books_url)
    second = run([*XERO, item("CUP", "0"), item("JUG")])
    assert records_of(second, "held") == records_of(first, "held")
    assert {each["state"] for each in records_of(second, "held")} == {"held"}
