"""Settlement files as the simulator writes them: columns, summary row, dialects."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from simulators.amazon_sp import Dialect, Settlement, SettlementRow
from simulators.amazon_sp.flatfile import compress, encoded, text

DOCUMENTED = [
    *("settlement-id", "settlement-start-date", "settlement-end-date", "deposit-date"),
    *("total-amount", "currency", "transaction-type", "order-id", "merchant-order-id"),
    *("adjustment-id", "shipment-id", "marketplace-name", "amount-type", "amount-description"),
    *("amount", "fulfillment-id", "posted-date", "posted-date-time", "order-item-code"),
    *("merchant-order-item-id", "merchant-adjustment-item-id", "sku", "quantity-purchased"),
]
POSTED = datetime(2023, 3, 4, 5, 6, 7, tzinfo=UTC)


def settlement(*amounts: str, stated: str | None = None) -> Settlement:
    return Settlement(
        settlement_id="77",
        start=datetime(2023, 3, 1, tzinfo=UTC),
        end=datetime(2023, 3, 14, 7, 49, 55, tzinfo=UTC),
        deposit=None,
        currency="EUR",
        stated_total=Decimal(stated) if stated else None,
        rows=[
            SettlementRow(
                transaction_type="Order",
                amount_type="ItemPrice",
                amount_description="Principal",
                amount=Decimal(amount),
                posted=POSTED,
                sku="MUG-BLÜ",
                quantity=2,
                promotion_id="P",
            )
            for amount in amounts
        ],
    )


def cells(written: str, row: int) -> dict[str, str]:
    header, *lines = [line.split("\t") for line in written.splitlines()]
    return dict(zip(header, lines[row], strict=True))


def test_the_columns_are_the_documented_23_and_promotion_id() -> None:
    header = text(settlement(), Dialect()).splitlines()[0].split("\t")
    assert header == [*DOCUMENTED, "promotion-id"]
    narrow = text(settlement("1.00"), Dialect(columns=23))
    assert {len(line.split("\t")) for line in narrow.splitlines()} == {23}
    assert narrow.splitlines()[0].split("\t") == DOCUMENTED


def test_the_summary_row_comes_first_and_its_figures_stand_nowhere_else() -> None:
    written = text(settlement("10.00", "-1.50"), Dialect())
    summary, detail = cells(written, 0), cells(written, 1)
    assert (summary["total-amount"], summary["currency"]) == ("8.50", "EUR")
    assert summary["deposit-date"] == ""
    assert {name for name, value in summary.items() if value} == {
        *("settlement-id", "settlement-start-date", "settlement-end-date"),
        *("total-amount", "currency"),
    }
    assert detail["settlement-id"] == "77"
    assert not any(detail[name] for name in DOCUMENTED[1:6])


def test_a_broken_file_states_a_total_that_its_rows_do_not_have() -> None:
    assert cells(text(settlement("1.00", stated="1.01"), Dialect()), 0)["total-amount"] == "1.01"


@pytest.mark.parametrize(
    ("decimal", "thousands", "amount", "written"),
    [
        (".", "", "-1141.18", "-1141.18"),
        (",", "", "1141.18", "1141,18"),
        (",", ".", "1234567.8", "1.234.567,80"),
        (".", ",", "1234.5", "1,234.50"),
        (",", "\u00a0", "-1234.5", "-1\u00a0234,50"),
        (".", "", "1000", "1000.00"),
        (".", "", "0.05", "0.05"),
    ],
)
def test_amounts_have_two_decimals_in_the_files_own_separators(
    decimal: str, thousands: str, amount: str, written: str
) -> None:
    dialect = Dialect(decimal=decimal, thousands=thousands)  # type: ignore[arg-type]
    assert cells(text(settlement(amount), dialect), 1)["amount"] == written


@pytest.mark.parametrize(
    ("dates", "day"),
    [("dotted", "04.03.2023"), ("dashed", "2023-03-04"), ("slashed", "2023/03/04")],
)
def test_dates_follow_the_dialect_and_times_are_utc(dates: str, day: str) -> None:
    written = text(settlement("1.00"), Dialect(dates=dates))  # type: ignore[arg-type]
    row = cells(written, 1)
    assert (row["posted-date"], row["posted-date-time"]) == (day, f"{day} 05:06:07 UTC")
    if dates == "dotted":
        assert cells(written, 0)["settlement-end-date"] == "14.03.2023 07:49:55 UTC"


@pytest.mark.parametrize(
    ("encoding", "blue"),
    [("utf-8", b"\xc3\x9c"), ("utf-8-sig", b"\xc3\x9c"), ("cp1252", b"\xdc")],
)
def test_bytes_follow_the_encoding(encoding: str, blue: bytes) -> None:
    dialect = Dialect(encoding=encoding, newline="\r\n")  # type: ignore[arg-type]
    content = encoded(settlement("1.00"), dialect)
    assert b"MUG-BL" + blue + b"\t" in content
    assert content.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")
    assert content.count(b"\r\n") == content.count(b"\n") == 3


def test_japanese_files_are_shift_jis() -> None:
    tea = SettlementRow(
        transaction_type="Order",
        amount_type="ItemPrice",
        amount_description="Principal",
        amount=Decimal(1000),
        posted=POSTED,
        sku="お茶",
    )
    written = encoded(
        Settlement(
            settlement_id="1",
            start=POSTED,
            end=POSTED,
            deposit=POSTED,
            currency="JPY",
            rows=[tea],
        ),
        Dialect(dates="slashed", encoding="cp932"),
    )
    assert "お茶" in written.decode("shift_jis")
    assert b"\t1000.00\t" in written


def test_compression_gives_the_same_bytes_every_time() -> None:
    assert compress(b"a" * 100) == compress(b"a" * 100)
