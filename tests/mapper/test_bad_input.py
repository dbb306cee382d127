"""Bad input, and what a bookkeeper reads of it: file, row, amount, and the line to add."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from amazon_tap import settlement_file
from source_records import ORDER_ID, closing, order, row, sale

from tap_amazon_sp import flatfile
from tap_amazon_sp.faults import Unreadable
from transforms.maps import MapFaults, load

Message = dict[str, Any]
Run = Callable[..., list[Message]]


def held(written: list[Message]) -> dict[str, Any]:
    """What waits, when it is one document; nothing of the settlement may be posted beside it."""
    records = [each for each in written if each["type"] == "RECORD"]
    found: dict[str, Any]
    (found,) = [each["record"] for each in records if each["stream"] == "held"]
    assert {each["stream"] for each in records} <= {"held", "settlements"}
    return found


def other(number: int, description: str, amount: str) -> Message:
    return row(number, f"other-transaction/other-transaction/{description}", amount)


def test_an_unknown_triple(run: Run) -> None:
    found = held(run([*sale(3, "10.00"), other(6, "Battery Fee", "-1.25"), closing("9.75")]))
    assert found["details"] == (
        "report R1: unknown rows other-transaction / other-transaction / Battery Fee of -1.25 GBP "
        "(row 6): add a line `other-transaction,other-transaction,Battery Fee,CLASS` to rules.csv"
    )


def test_many_unknown_triples_are_one_line_each_ready_to_paste(run: Run, maps_folder: Path) -> None:
    fees = [other(10 + n, f"New Fee {n % 12}", "-0.10") for n in range(24)]
    typed = [
        row(40, "FBAFees/New typed fee/Base fee", "-5.00"),
        row(41, "FBAFees/New typed fee/Tax on fee", "-1.00"),
    ]
    settlement = [*sale(3, "10.00"), *fees, *typed, closing("2.60")]
    details = held(run(settlement))["details"]
    first, *lines = details.splitlines()
    assert first == "report R1, 14 lines:"
    assert lines[0] == (
        "  unknown rows other-transaction / other-transaction / New Fee 0 of -0.20 GBP "
        "(row 10 and 1 more): add a line `other-transaction,other-transaction,New Fee 0,CLASS` "
        "to rules.csv"
    )
    pasted = [re.findall("`(.*)`", line)[0].replace("CLASS", "service_fee") for line in lines]
    assert pasted[-1].endswith("Tax on fee,fee_tax")
    header = "transaction_type,amount_type,amount_description,class"
    (maps_folder / "rules.csv").write_text("\n".join([header, *pasted]) + "\n", encoding="utf-8")
    streams = [each["stream"] for each in run(settlement) if each["type"] == "RECORD"]
    assert "held" not in streams
    assert "journals" in streams


def test_an_unknown_triple_that_goes_to_suspense_is_named_in_the_proof(
    run: Run, maps_folder: Path
) -> None:
    choices = maps_folder / "books.yml"
    text = choices.read_text(encoding="utf-8")
    choices.write_text(text.replace("unknown_rows: hold", "unknown_rows: suspense"), "utf-8")
    written = run([*sale(3, "10.00"), other(6, "Battery Fee", "-1.25"), closing("9.75")])
    (proof,) = [e["record"] for e in written if e.get("stream") == "settlements" and "record" in e]
    (named,) = [each for each in proof["differences"] if each["name"] == "unknown_rows"]
    assert named["amount"] == "-1.25"
    assert "posted to suspense (row 6): add a line" in named["details"]


def test_rows_that_the_sellers_own_rule_calls_suspense_ask_for_no_second_rule(
    run: Run, maps_folder: Path
) -> None:
    """A line below it would be refused: the first hides it."""
    header = "transaction_type,amount_type,amount_description,class"
    rule = "other-transaction,other-transaction,Battery Fee,suspense"
    (maps_folder / "rules.csv").write_text(f"{header}\n{rule}\n", encoding="utf-8")
    written = run([*sale(3, "10.00"), other(6, "Battery Fee", "-1.25"), closing("9.75")])
    [held] = [e["record"] for e in written if e.get("stream") == "held" and "record" in e]
    assert held["reason"] == "unknown_rows"
    assert "add a line" not in held["details"]
    assert "of -1.25 GBP (row 6): rules.csv itself says suspense" in held["details"]


def test_an_unmapped_sku(run: Run) -> None:
    written = run([*sale(3, "10.00", sku="NEW"), closing("11.00")])
    (found,) = [e["record"] for e in written if e.get("stream") == "held" and "record" in e]
    assert found["details"] == (
        f"report R1, row 3 and 1 more: order {ORDER_ID} sells SKU NEW, which skus.csv lacks: add "
        "`NEW,Amazon.co.uk,ITEM_CODE,,,`; 12.00 GBP waits in clearing"
    )


def test_an_unmapped_sku_of_an_order(run: Run) -> None:
    assert held(run([order("10.00", sku="NEW")]))["details"] == (
        f"order {ORDER_ID} sells SKU NEW, which skus.csv lacks: add "
        "`NEW,Amazon.co.uk,ITEM_CODE,,,`; 12.00 GBP waits to be invoiced"
    )


def test_a_marketplace_without_map(run: Run) -> None:
    french = [each | {"record": each["record"] | FRENCH} for each in sale(3, "10.00")]
    found = held(run([*french, closing("11.00", currency="PLN")]))
    assert found["details"] == (
        "report R1: settlement 7001 of 11.00 PLN: its rows name Amazon.pl, and marketplaces.csv "
        "does not say which of its lines in PLN it belongs to: add a line "
        "`MARKETPLACE_ID,Amazon.pl,PLN,Amazon.pl,,CLEARING,BANK,`"
    )


FRENCH = {"marketplace_name": "Amazon.pl", "currency": "PLN"}


FEE = "other-transaction/other-transaction/Subscription Fee"


def two_in_pounds(folder: Path) -> None:
    with (folder / "marketplaces.csv").open("a", encoding="utf-8") as file:
        file.write("A28R8C7NBKEWEA,Amazon.ie,GBP,Amazon.ie,,610,090,orders\n")


def test_a_settlement_that_names_no_marketplace_where_several_have_its_currency(
    run: Run, maps_folder: Path
) -> None:
    """A line of marketplaces.csv more would cure nothing: as in the euro, where six share one."""
    two_in_pounds(maps_folder)
    settlement = [row(3, FEE, "-25.00", marketplace_name=None), closing("-25.00")]
    assert held(run(settlement))["details"] == (
        "report R1: settlement 7001 of -25.00 GBP: its rows name no marketplace, and of "
        "Amazon.co.uk, Amazon.ie each could be its marketplace: add a line `7001,MARKETPLACE` to "
        "settlements.csv"
    )
    table = maps_folder / "settlements.csv"
    table.write_text("settlement_id,marketplace\n7001,Amazon.ie\n", encoding="utf-8")
    written = run(settlement)
    (proof,) = [e["record"] for e in written if e.get("stream") == "settlements" and "record" in e]
    assert (proof["status"], proof["marketplace"]) == ("tied", "Amazon.ie")


def test_a_settlement_that_names_two_marketplaces_equally_often(
    run: Run, maps_folder: Path
) -> None:
    two_in_pounds(maps_folder)
    rows = [
        row(3, FEE, "-25.00"),
        row(4, FEE, "-1.00", marketplace_name="Amazon.ie"),
    ]
    details = held(run([*rows, closing("-26.00")]))["details"]
    assert "its rows name Amazon.co.uk, Amazon.ie, and of Amazon.co.uk, Amazon.ie each" in details
    assert details.endswith("add a line `7001,MARKETPLACE` to settlements.csv")


def test_a_settlement_that_is_told_to_belong_where_another_currency_is(
    run: Run, maps_folder: Path
) -> None:
    table = maps_folder / "settlements.csv"
    table.write_text("settlement_id,marketplace\n7001,Amazon.de\n", encoding="utf-8")
    assert held(run([*sale(3, "10.00"), closing("11.00")]))["details"] == (
        "report R1: settlement 7001 of 11.00 GBP: settlements.csv says Amazon.de, which settles in "
        "EUR: correct its line"
    )


def test_lines_of_settlements_csv_that_say_nothing(maps_folder: Path) -> None:
    lines = ["settlement_id,marketplace", "7001,Amazon.de", "7001,Amazon.co.uk", "7002,Amazon.fr"]
    assert faults(maps_folder, "settlements.csv", *lines, "2.28E+11,Amazon.de") == [
        "settlements.csv, line N: 7001 stands already on line N",
        (
            "settlements.csv, line N: marketplace 'Amazon.fr' is not in marketplaces.csv, which "
            "has Amazon.co.uk, Amazon.de"
        ),
        (
            "settlements.csv, line N: settlement_id is '2.28E+11'; wanted: all digits of the "
            "settlement id, as the message has them; a spreadsheet may have shortened it."
        ),
    ]


def test_rows_of_a_marketplace_without_map_in_the_settlement_of_another(run: Run) -> None:
    strange = row(6, "Order/ItemFees/Commission", "-1.00", marketplace_name="Amazon.pl")
    found = held(run([*sale(3, "10.00"), strange, closing("10.00")]))
    assert found["details"] == (
        "report R1: rows name marketplace Amazon.pl, which marketplaces.csv lacks: add a line "
        "`MARKETPLACE_ID,Amazon.pl,GBP,Amazon.pl,,CLEARING,BANK,` (row 6, -1.00)"
    )


def test_a_class_without_account(run: Run, maps_folder: Path) -> None:
    accounts = maps_folder / "accounts.csv"
    lines = accounts.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("referral_fee,")]
    accounts.write_text("\n".join(kept) + "\n", encoding="utf-8")
    found = held(run([*sale(3, "10.00"), closing("11.00")]))
    assert found["details"] == (
        "report R1: no account for class referral_fee at Amazon.co.uk with treatment taxed: add a "
        "line `referral_fee,Amazon.co.uk,taxed,,ACCOUNT,TAX_TYPE` to accounts.csv (row 5, -1.00)"
    )


def test_a_tax_that_belongs_to_no_fee(run: Run, maps_folder: Path) -> None:
    settlement = [*sale(3, "10.00"), other(6, "Tax", "-0.40"), closing("10.60")]
    assert held(run(settlement))["details"] == (
        "report R1: other-transaction / other-transaction / Tax (fee_tax) belongs to no line: give "
        "it the class of one, `other-transaction,other-transaction,Tax,CLASS` in rules.csv, or "
        "fee_tax an account of its own in accounts.csv (row 6, -0.40)"
    )
    (maps_folder / "rules.csv").write_text(
        "transaction_type,amount_type,amount_description,class\n"
        "other-transaction,other-transaction,Tax,service_fee\n",
        encoding="utf-8",
    )
    assert "held" not in [e["stream"] for e in run(settlement) if e["type"] == "RECORD"]


def test_two_currencies_in_one_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "two.txt"
    file.write_text(settlement_file([{"amount": "10.00", "currency": "EUR"}]), encoding="utf-8")
    with file.open("rb") as source, pytest.raises(Unreadable) as refused:
        flatfile.examine(source)
    fault = f"file {file.name}, {refused.value}"
    found = held(run([closing("10.00", fault=fault, fault_row=refused.value.row)]))
    assert found["details"] == (
        "file two.txt, row 3: currency EUR, where the summary row has GBP; nothing of it is "
        "posted, 10.00 GBP waits: give the file as Amazon delivered it and run again"
    )


def test_a_file_whose_rows_do_not_sum_to_its_total(run: Run) -> None:
    found = held(run([*sale(3, "10.00"), closing("11.01")]))
    assert found["details"] == (
        "report R1: settlement 7001, total-amount against the sum of its rows: 11.01 stated, "
        "11.00 found, difference 0.01; nothing of it is posted"
    )


def faults(folder: Path, table: str, *lines: str) -> list[str]:
    """Append lines to a table and give the faults, without the numbers of their lines."""
    path = folder / table
    with path.open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    with pytest.raises(MapFaults) as refused:
        load(folder)
    assert all(each.line for each in refused.value.faults)
    return [re.sub(r"line \d+", "line N", str(each)) for each in refused.value.faults]


def test_a_map_row_that_hides_another(maps_folder: Path) -> None:
    rules = [
        "transaction_type,amount_type,amount_description,class",
        "ServiceFee,*,*,service_fee",
        "ServiceFee,Cost of Advertising,*,advertising",
    ]
    (fault,) = faults(maps_folder, "rules.csv", *rules)
    assert fault == ("rules.csv, line N: hidden by the rule of line N: put it above that line")


def test_an_account_row_that_would_be_hidden(maps_folder: Path) -> None:
    (fault,) = faults(maps_folder, "accounts.csv", "points,,,,999,NONE")
    assert fault == (
        "accounts.csv, line N: points stands already on line N: this line, account 999, would be "
        "hidden: keep one of the two"
    )


def test_an_account_mapped_to_two_tax_types(maps_folder: Path) -> None:
    (fault,) = faults(maps_folder, "accounts.csv", "sales,,untaxed,,200,OUTPUT2")
    assert fault == (
        "accounts.csv, line N: sales, untaxed stands already on line N: account 200 has tax type "
        "ZERORATEDOUTPUT there and OUTPUT2 here: keep one of the two lines"
    )


def test_a_class_on_the_clearing_account(maps_folder: Path) -> None:
    (fault,) = faults(maps_folder, "accounts.csv", "transfer,Amazon.co.uk,,,610,NONE")
    assert fault == (
        "accounts.csv, line N: transfer: account 610 is the clearing account of Amazon.co.uk: name "
        "another"
    )


def test_a_rate_spelt_in_two_ways_is_one_destination(maps_folder: Path) -> None:
    lines = ["sales,,taxed,FR 20,207,OSSFR", "sales,,taxed,FR 20.0,208,OSSFR"]
    (fault,) = faults(maps_folder, "accounts.csv", *lines)
    assert fault == (
        "accounts.csv, line N: sales, taxed, FR 20.0 stands already on line N: this line, account "
        "208, would be hidden: keep one of the two"
    )


def test_a_tax_type_beside_a_joined_line(maps_folder: Path) -> None:
    (fault,) = faults(maps_folder, "accounts.csv", "fee_tax,Amazon.co.uk,,,=,INPUT2")
    assert fault == (
        "accounts.csv, line N: tax_type INPUT2 would be passed over: `=` takes that of the line "
        "that it joins: leave it blank"
    )


def test_one_account_may_have_a_tax_type_for_each_destination(maps_folder: Path) -> None:
    with (maps_folder / "accounts.csv").open("a", encoding="utf-8") as file:
        file.write("sales,,taxed,FR,200,OSSFR\nsales,,taxed,FR 5.50,200,OSSFR5\n")
    assert "FR 5.5" in {each.destination for each in load(maps_folder).accounts}


@pytest.mark.parametrize("destination", ["UK", "UK 20", "France", "FR 20%", "fr"])
def test_a_destination_that_is_no_country(maps_folder: Path, destination: str) -> None:
    (fault,) = faults(maps_folder, "accounts.csv", f"sales,,taxed,{destination},200,OUTPUT2")
    assert fault.startswith("accounts.csv, line N: destination")


def test_an_order_whose_class_has_no_account_waits_with_the_line_to_add(
    run: Run, maps_folder: Path
) -> None:
    file = maps_folder / "accounts.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("sales,,")]
    file.write_text("\n".join(kept) + "\n", encoding="utf-8")
    found = held(run([order("10.00")]))
    assert (found["document_id"], found["reason"]) == (f"invoice:{ORDER_ID}", "no_account")
    assert "no account for class sales at Amazon.co.uk" in found["details"]
    assert "add a line `sales,Amazon.co.uk," in found["details"]
