from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal

import pytest
from amazon_tap import settlement_file
from hypothesis import assume, given
from hypothesis import strategies as st

from tap_amazon_sp.faults import Unreadable
from tap_amazon_sp.flatfile import examine, rows
from tap_amazon_sp.instants import utc

AMOUNTS = st.decimals(min_value=Decimal("-99999999.99"), max_value=Decimal("99999999.99"), places=2)
NEGATIVES = st.sampled_from(["-{}", "- {}", "\u2212{}", "({})", "( {} )"])


@st.composite
def dialects(draw: st.DrawFn) -> tuple[str, str]:
    decimal = draw(st.sampled_from(".,"))
    others = ["", " ", "\u00a0", "\u202f", "," if decimal == "." else "."]
    return decimal, draw(st.sampled_from(others))


def spelled(amount: Decimal, dialect: tuple[str, str], negative: str) -> str:
    decimal, thousands = dialect
    whole, _, part = f"{abs(amount):,.2f}".partition(".")
    text = whole.replace(",", thousands) + decimal + part
    return negative.format(text) if amount < 0 else text


@given(st.lists(AMOUNTS, min_size=1, max_size=30), dialects(), NEGATIVES)
def test_amounts_in_any_dialect_read_back_equal(
    amounts: list[Decimal], dialect: tuple[str, str], negative: str
) -> None:
    texts = [spelled(amount, dialect, negative) for amount in amounts]
    total = spelled(sum(amounts, Decimal("0.00")), dialect, negative)
    content = settlement_file([{"amount": text} for text in texts], {"total_amount": total})
    file = io.BytesIO(content.encode())
    settlement = examine(file)
    found = [Decimal(row.amount) for row in rows(file, settlement)]
    assert found == amounts
    assert Decimal(settlement.total_amount) == sum(found)


@given(st.lists(AMOUNTS, min_size=1, max_size=10), dialects(), dialects(), NEGATIVES)
def test_two_dialects_in_one_file_are_never_read(
    amounts: list[Decimal], one: tuple[str, str], other: tuple[str, str], negative: str
) -> None:
    assume(one[0] != other[0])
    texts = [spelled(amount, one, negative) for amount in amounts]
    content = settlement_file(
        [{"amount": text} for text in texts], {"total_amount": spelled(amounts[0], other, negative)}
    )
    with pytest.raises(Unreadable, match="cannot both be read"):
        examine(io.BytesIO(content.encode()))


@given(st.datetimes().map(lambda at: at.replace(microsecond=0)))
def test_an_instant_reads_the_same_in_every_shape(at: datetime) -> None:
    shapes = ["%d.%m.%Y %H:%M:%S UTC", "%Y-%m-%d %H:%M:%S UTC", "%Y/%m/%d %H:%M:%S UTC"]
    year = format(at, "%Y").zfill(4)
    texts = [format(at, shape.replace("%Y", year)) for shape in shapes]
    texts.append(format(at, f"{year}-%m-%dT%H:%M:%S+00:00"))
    assert {utc(text) for text in texts} == {format(at, f"{year}-%m-%dT%H:%M:%SZ")}


@given(st.binary(max_size=300))
def test_bytes_at_random_are_refused_in_one_line_and_nothing_else(content: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        examine(io.BytesIO(content))
    assert "\n" not in str(caught.value)


@given(st.data())
def test_a_file_with_one_character_changed_is_read_or_refused_in_one_line(
    data: st.DataObject,
) -> None:
    content = settlement_file([{}, {"amount": "-2.50"}, {"sku": "\u00dc"}])
    at = data.draw(st.integers(0, len(content) - 1))
    changed = content[:at] + data.draw(st.text(max_size=2)) + content[at + 1 :]
    file = io.BytesIO(changed.encode("utf-8", "replace"))
    try:
        settlement = examine(file)
    except Unreadable as fault:
        assert "\n" not in str(fault)  # noqa: PT017 - either outcome is right
    else:
        assert len(list(rows(file, settlement))) == settlement.row_count
