"""Money goes out and comes back digit for digit; Xero's dates are days."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_api.exact import amount, day, decode, encode, instant

money = st.decimals(
    allow_nan=False, allow_infinity=False, places=4, min_value=-(10**10), max_value=10**10
)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(money)
def test_a_decimal_keeps_every_digit(value: Decimal) -> None:
    assert decode(encode({"Amount": value})) == {"Amount": value}
    assert encode(value) == format(value, "f")


@given(json_values)
def test_everything_else_is_plain_json(value: Any) -> None:
    assert json.loads(encode(value)) == value


@pytest.mark.parametrize("value", [1.1, Decimal("NaN"), Decimal("Infinity"), {1.5: 2}, object()])
def test_what_has_no_exact_form_is_refused(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        encode({"Amount": value} if not isinstance(value, dict) else list(value))


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "", "{", "<html>"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"JSON|Expecting"):
        decode(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/Date(1539129600000+0000)/", date(2018, 10, 10)),
        ("/Date(1539129600000)/", date(2018, 10, 10)),
        ("/Date(0+0000)/", date(1970, 1, 1)),
        ("/Date(-86400000+0000)/", date(1969, 12, 31)),
        ("/Date(1539129600000+1300)/", date(2018, 10, 10)),
        ("2018-10-10T00:00:00", date(2018, 10, 10)),
        ("2018-10-10", date(2018, 10, 10)),
        (None, None),
        ("", None),
    ],
)
def test_a_date_is_the_day_that_is_written(value: str | None, expected: date | None) -> None:
    assert day(value) == expected


def test_an_instant_is_in_utc() -> None:
    assert instant("/Date(1573755038314)/") == datetime(2019, 11, 14, 18, 10, 38, 314000, UTC)
    assert instant("2019-11-14T18:10:38") == datetime(2019, 11, 14, 18, 10, 38, tzinfo=UTC)


def test_an_amount_of_an_answer() -> None:
    assert [amount(each) for each in (None, 3, Decimal("1.10"), "2.5")] == [
        Decimal(0),
        Decimal(3),
        Decimal("1.10"),
        Decimal("2.5"),
    ]
