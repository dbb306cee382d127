"""Xero's dates and numbers as records have them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_xero.shapes import record
from tap_xero.values import Unreadable, day_text, decimal_text, instant_text, moment, spelled

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OFFSETS = st.sampled_from(["", "+0000", "+1300", "-0500", "+0545"])
INSTANTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=UTC, microsecond=at.microsecond // 1000 * 1000)
)


def net(at: datetime, offset: str) -> str:
    return f"/Date({(at - EPOCH) // timedelta(milliseconds=1)}{offset})/"


@given(INSTANTS, OFFSETS)
def test_an_instant_keeps_its_milliseconds_whatever_offset_is_written(
    at: datetime, offset: str
) -> None:
    text = instant_text(net(at, offset))
    assert text is not None
    assert moment(text) == at
    assert spelled(moment(text)) == text


@given(INSTANTS, INSTANTS)
def test_texts_of_instants_sort_as_instants_do(one: datetime, other: datetime) -> None:
    assert (spelled(one) < spelled(other)) == (one < other)


@given(st.dates(), OFFSETS)
def test_a_date_is_its_day_whatever_offset_is_written(day: date, offset: str) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert day_text(net(midnight, offset)) == day.isoformat()
    assert day_text(day.isoformat()) == day.isoformat()
    assert day_text(None, f"{day.isoformat()}T00:00:00") == day.isoformat()


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("/Date(1573755038314)/", "2019-11-14T18:10:38.314Z"),
        ("/Date(1573755038314+0000)/", "2019-11-14T18:10:38.314Z"),
        ("/Date(1573755038314+1300)/", "2019-11-14T18:10:38.314Z"),
        ("/Date(0)/", "1970-01-01T00:00:00.000Z"),
        ("/Date(-1)/", "1969-12-31T23:59:59.999Z"),
        ("/Date(-62135596800000+0000)/", "0001-01-01T00:00:00.000Z"),
        ("2019-11-14T18:10:38+00:00", "2019-11-14T18:10:38.000Z"),
        ("", None),
        (None, None),
    ],
)
def test_instants_as_xero_writes_them(written: str | None, text: str | None) -> None:
    assert instant_text(written) == text


def test_a_day_in_plain_words_counts_before_milliseconds() -> None:
    # Midnight in Auckland, in milliseconds of the day before.
    assert day_text("/Date(1539082800000+1300)/", "2018-10-10T00:00:00") == "2018-10-10"


@pytest.mark.parametrize("value", ["soon", "/Date()/", "/Date(99999999999999999)/", 5, True])
def test_what_is_no_date_is_told(value: object) -> None:
    with pytest.raises(Unreadable, match="is no date or instant"):
        instant_text(value)
    with pytest.raises(Unreadable, match="is no date"):
        day_text(value)
    with pytest.raises(Unreadable, match="is no date"):
        day_text(None, "10.10.18")


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_every_digit(number: Decimal) -> None:
    text = decimal_text(number)
    assert text is not None
    assert Decimal(text) == number
    assert "E" not in text.upper()


@pytest.mark.parametrize(
    ("value", "text"),
    [(12, "12"), (Decimal("20.0000"), "20.0000"), ("7.50", "7.50"), (None, None)],
)
def test_numbers_as_xero_writes_them(value: object, text: str | None) -> None:
    assert decimal_text(value) == text


@pytest.mark.parametrize("value", ["x", True, Decimal("NaN"), 1.5, [1]])
def test_what_is_no_exact_number_is_told(value: object) -> None:
    with pytest.raises(Unreadable, match="is no number"):
        decimal_text(value)


SHAPE = {
    "properties": {
        "item_id": {"type": "string"},
        "cogs_account_code": {"type": ["string", "null"]},
        "is_sold": {"type": ["boolean", "null"]},
        "day": {"type": ["integer", "null"]},
        "total": {"type": ["string", "null"], "format": "singer.decimal"},
        "date": {"type": ["string", "null"], "format": "date"},
        "lines": {"type": "array", "items": {"properties": {"tax_type": {"type": ["string"]}}}},
        "invoice": {"type": ["object", "null"], "properties": {"code": {"type": "string"}}},
        "details": {"type": "object", "properties": {"code": {"type": ["string", "null"]}}},
    }
}


def test_a_record_has_every_property_and_no_other_field() -> None:
    assert record(SHAPE, {"ItemID": "1", "Unknown": {}, "Invoice": {}}) == {
        **dict.fromkeys(("cogs_account_code", "is_sold", "day", "total", "date", "invoice")),
        "item_id": "1",
        "lines": [],
        "details": {"code": None},
    }


def test_names_are_the_same_but_for_case_and_underscores() -> None:
    element = {
        "itemID": "1",
        "COGSAccountCode": 310,
        "IsSold": True,
        "Day": 31,
        "TOTAL": Decimal("1.50"),
        "Date": "/Date(0)/",
        "DateString": "2026-05-01T00:00:00",
        "Lines": [{"TaxType": "NONE", "More": 1}],
        "Invoice": {"Code": "A"},
        "Details": {"Code": "B"},
    }
    assert record(SHAPE, element) == {
        "item_id": "1",
        "cogs_account_code": "310",
        "is_sold": True,
        "day": 31,
        "total": "1.50",
        "date": "2026-05-01",
        "lines": [{"tax_type": "NONE"}],
        "invoice": {"code": "A"},
        "details": {"code": "B"},
    }


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("ItemID", {"a": 1}, "item_id: {'a': 1} is no string"),
        ("IsSold", "yes", "is_sold: 'yes' is no boolean"),
        ("Day", Decimal("1.5"), "day: .* is no integer"),
        ("Total", "much", "total: 'much' is no number"),
        ("Lines", {}, "lines: {} is no list"),
        ("Details", [], "details: .* is no object"),
    ],
)
def test_a_value_of_another_kind_names_its_field(field: str, value: object, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        record(SHAPE, {"ItemID": "1", field: value})
