"""The listings report says only what is certain; what is not is read for itself."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest

from amazon_sp import Document
from target_amazon_sp import report
from target_amazon_sp.report import Listed, UnreadableReport

HEAD = "item-name\tseller-sku\tprice\tquantity\tfulfillment-channel\n"


def read(text: str, encoding: str = "utf-8", charset: str | None = None) -> dict[str, Listed]:
    document = Document(io.BytesIO(text.encode(encoding)), charset)
    return report.read(document, {"A", "B"}, "cp932")


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("10.50", Decimal("10.50")),
        ("10,50", Decimal("10.50")),
        ("10", Decimal(10)),
        ("10.5", Decimal("10.5")),
        ("1.234", None),
        ("1,234", None),
        ("1.234,50", None),
        ("", None),
        ("-1", None),
        ("GBP 10", None),
    ],
)
def test_a_price_that_can_be_read_two_ways_is_not_read(text: str, price: Decimal | None) -> None:
    assert read(f"{HEAD}n\tA\t{text}\t3\tDEFAULT\n")["A"].price == price


def test_rows_that_are_cut_short_or_not_wanted_are_not_there() -> None:
    found = read(f"{HEAD}n\tA\t10.00\nn\tC\t10.00\t1\tDEFAULT\nn\tB\t9\t\tamazon_eu\r\n")
    assert found == {"B": Listed(Decimal("9.0"), None, "AMAZON_EU")}


def test_columns_that_are_missing_are_named() -> None:
    with pytest.raises(UnreadableReport, match="quantity, fulfillment-channel"):
        read("seller-sku\tprice\nA\t1\n")


def test_japanese_columns_in_shift_jis_are_known() -> None:
    head = "商品名\t出品者SKU\t価格\t数量\tフルフィルメント・チャンネル\n"
    found = read(f"{head}品\tA\t1500\t4\tDEFAULT\n", "cp932")
    assert found == {"A": Listed(Decimal("1500.0"), Decimal(4), "DEFAULT")}


def test_a_byte_order_mark_hides_no_column() -> None:
    assert read("seller-sku\tprice\tquantity\tfulfilment-channel\nA\t1\t1\tDEFAULT\n", "utf-8-sig")
