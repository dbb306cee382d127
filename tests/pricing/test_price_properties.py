"""What holds for every price, whatever Xero and the maps say."""

from __future__ import annotations

import ast
import random
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from pricing.shop import DE, JP, UK, US, euro, item, line, offered, rates, sku

from transforms.ledger.book import Marketplace, Sku
from transforms.ledger.money import minor_unit
from transforms.pricing.figures import EXACT, with_tax
from transforms.pricing.offering import Offers
from transforms.pricing.price_list import PriceLine
from transforms.pricing.refusal import REASONS
from transforms.pricing.xero import Item

SHOPS = [UK, DE, US, JP]
CODES = ["CUP", "JUG", "cup", "NEW"]
UNIT_PRICES = st.integers(1, 10_000_000).map(lambda parts: Decimal(parts) / 10_000)
ANY_PRICE = st.one_of(
    UNIT_PRICES,
    st.none(),
    st.integers(-1_000_000, 1).map(lambda parts: Decimal(parts) / 100_000),
    st.sampled_from(["12,50", "NaN", "", "free"]),
)
TAXES = st.sampled_from(["0", "5", "10", "19", "20", "8.875", "xero"])
BOUNDS = st.one_of(st.none(), st.integers(1, 100_000).map(lambda cents: Decimal(cents) / 100))
WAYS = {
    "GBP": ["minor", "up", "down", ".99", ".95", "9", "00", "9.99"],
    "JPY": ["minor", "up", "down", "80", "9", "980", "0"],
}


def ways(currency: str) -> list[str]:
    return WAYS.get(currency, WAYS["GBP"])


@st.composite
def price_lines(draw: st.DrawFn) -> list[PriceLine]:
    made = []
    for number, shop in enumerate(draw(st.lists(st.sampled_from(SHOPS), unique=True)), start=2):
        for code in draw(st.lists(st.sampled_from(["", "CUP", "JUG"]), min_size=1, unique=True)):
            foreign = "xero" if shop is DE else draw(st.sampled_from(["0.87", "1.27", "191.37"]))
            bounds = [
                bound.quantize(minor_unit(shop.currency)) if bound else None
                for bound in (draw(BOUNDS), draw(BOUNDS))
            ]
            made.append(
                line(
                    line=number,
                    item_code=code,
                    marketplace=shop.name,
                    tax_rate=draw(TAXES),
                    exchange_rate="1" if shop is UK else foreign,
                    rounding=draw(st.sampled_from(ways(shop.currency))),
                    minimum=bounds[0],
                    maximum=bounds[1],
                )
            )
    return made


@st.composite
def shops(draw: st.DrawFn) -> tuple[list[PriceLine], list[Item], list[Sku]]:
    items = [
        item(code, draw(ANY_PRICE), item_id=f"id-{number}", is_sold=draw(st.booleans()))
        for number, code in enumerate(draw(st.lists(st.sampled_from(CODES), max_size=5)))
    ]
    skus = [
        sku(name, code, place, line=number)
        for number, (name, code, place) in enumerate(
            draw(
                st.lists(
                    st.tuples(
                        st.sampled_from(["A", "a", "B/1", "C 2%"]),
                        st.sampled_from(CODES),
                        st.sampled_from(["", "Amazon.co.uk", "Amazon.de", "Amazon.co.jp"]),
                    ),
                    min_size=1,
                    max_size=6,
                )
            ),
            start=2,
        )
    ]
    return draw(price_lines()), items, skus


def offers(shop: tuple[list[PriceLine], list[Item], list[Sku]]) -> Offers:
    lines, items, skus = shop
    # An item of its own code, so that the helper adds none.
    items = [*items, item("UNSOLD", None, is_sold=False)]
    return offered(lines, items, skus, known=rates([euro()]), marketplaces=SHOPS)


@given(shops())
def test_every_price_is_inside_its_guards_in_its_currencys_decimals(
    shop: tuple[list[PriceLine], list[Item], list[Sku]],
) -> None:
    made = offers(shop)
    for price in made.prices:
        low, high = price.line.minimum, price.line.maximum
        assert price.amount > 0
        assert low is None or price.amount >= low
        assert high is None or price.amount <= high
        unit = minor_unit(price.listed.marketplace.currency)
        assert price.amount.as_tuple().exponent == unit.as_tuple().exponent
        if price.listed.marketplace is JP:
            assert price.amount == int(price.amount)


@given(shops())
def test_every_listing_is_priced_or_held_once_and_never_both(
    shop: tuple[list[PriceLine], list[Item], list[Sku]],
) -> None:
    made = offers(shop)
    priced = [each.document_id for each in made.prices]
    waits = [each.document_id for each in made.held]
    assert len({*priced, *waits}) == len(priced) + len(waits)
    assert {each.reason for each in made.held} <= REASONS
    assert priced == sorted(priced)


@given(shops())
def test_no_listing_that_two_items_claim_is_priced(
    shop: tuple[list[PriceLine], list[Item], list[Sku]],
) -> None:
    _, items, skus = shop
    sold: dict[tuple[str, str], str] = {}
    for price in offers(shop).prices:
        where, name = price.listed.marketplace.name, price.listed.sku.seller_sku
        lines = [each for each in skus if each.seller_sku == name]
        own = [each for each in lines if each.marketplace == where]
        general = [each for each in lines if not each.marketplace]
        assert {each.item_code for each in own or general} == {price.item.code}
        assert [each.code for each in items].count(price.item.code) == 1
        assert sold.setdefault((where, name.casefold()), price.item.code) == price.item.code


@given(shops(), st.randoms(use_true_random=False))
def test_the_order_of_lines_and_records_changes_nothing(
    shop: tuple[list[PriceLine], list[Item], list[Sku]], rng: random.Random
) -> None:
    lines, items, skus = shop
    skus = list({(each.seller_sku, each.marketplace): each for each in skus}.values())
    before = offers((lines, items, skus))
    for each in (lines, items, skus):
        rng.shuffle(each)
    after = offers((lines, items, skus))
    assert [(p.document_id, p.amount) for p in after.prices] == [
        (p.document_id, p.amount) for p in before.prices
    ]
    assert [(h.document_id, h.reason) for h in after.held] == [
        (h.document_id, h.reason) for h in before.held
    ]


@given(UNIT_PRICES, UNIT_PRICES, st.sampled_from(SHOPS), st.data())
def test_a_dearer_item_is_never_the_cheaper_listing(
    one: Decimal, other: Decimal, shop: Marketplace, data: st.DataObject
) -> None:
    cheap, dear = sorted((one, other))
    priced = line(
        marketplace=shop.name,
        tax_rate=data.draw(st.sampled_from(["0", "10", "19", "20"])),
        exchange_rate="1" if shop is UK else "1.2345",
        rounding=data.draw(st.sampled_from(ways(shop.currency))),
    )
    low, high = (
        [each.amount for each in offered(priced, item(price=unit), marketplaces=SHOPS).prices]
        for unit in (cheap, dear)
    )
    assert low <= high or not low


@given(UNIT_PRICES, st.sampled_from(SHOPS), st.data())
def test_rounding_goes_to_the_nearest_price_that_may_be_shown(
    unit_price: Decimal, shop: Marketplace, data: st.DataObject
) -> None:
    way = data.draw(st.sampled_from([*ways(shop.currency)[3:]]))
    step = Decimal(10) ** len(way.replace(".", "")) * minor_unit(shop.currency)
    priced = line(marketplace=shop.name, exchange_rate="1", rounding=way)
    [price] = offered(priced, item(price=unit_price), marketplaces=SHOPS).prices
    exact = unit_price * Decimal("1.2")
    assert str(price.amount).endswith(way)
    assert price.amount > 0
    assert abs(price.amount - exact) <= step / 2 or (price.amount <= step and exact < step)


@given(UNIT_PRICES, st.decimals(0, 100, places=4))
def test_nothing_is_rounded_before_the_end(unit_price: Decimal, percent: Decimal) -> None:
    taxed = with_tax(unit_price, percent)
    assert EXACT.multiply(taxed, Decimal(100)) == unit_price * (100 + percent)


@given(st.integers(0, 10**6), st.integers(0, 10**4))
def test_a_quantity_is_a_whole_number_of_units_on_hand_at_most(parts: int, buffer: int) -> None:
    on_hand = Decimal(parts) / 100
    [quantity] = offered(
        line(marketplace="Amazon.co.uk"),
        item(on_hand=on_hand, is_tracked=True),
        stock_to_amazon="merchant_listings",
        stock_buffer=buffer,
    ).quantities
    assert 0 <= quantity.units <= on_hand
    assert quantity.units == max(0, int(on_hand - buffer))


def test_no_binary_fraction_and_no_clock_is_in_the_core(root: Path) -> None:
    for file in (root / "transforms/transforms/pricing").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            is_float = isinstance(node, ast.Constant) and isinstance(node.value, float)
            named = isinstance(node, ast.Name) and node.id == "float"
            clock = isinstance(node, ast.Attribute) and node.attr in {"now", "today"}
            found = is_float or named or clock
            assert not found, f"{file.name}: {ast.dump(node)}"


def test_the_core_imports_the_ledger_and_nothing_else_of_the_mapper(root: Path) -> None:
    for file in (root / "transforms/transforms/pricing").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("transforms"):
                part = (node.module or "").split(".")[1]
                assert part in {"pricing", "ledger"}, f"{file.name} imports {node.module}"
