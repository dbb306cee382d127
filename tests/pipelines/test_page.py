"""The page over the demo seller, in a real browser: its numbers, and what a person does with it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import books
from reconcile.commands import main
from reconcile.settlements import Settlement, Status, settlements

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed here"),
    # What the browser's driver leaves to the garbage collector is not ours.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def known(project: Any) -> dict[str, Settlement]:
    with books.open_books(project.books_url) as kept:
        return {each.settlement_id: each for each in settlements(kept)}


@pytest.fixture(scope="module")
def file(project: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("page") / "reconcile.html"
    done = CliRunner().invoke(main, ["--books", project.books_url, "page", "--output", str(output)])
    assert done.exit_code == 0, done.output
    assert str(output) in done.output
    return output


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any, file: Path) -> Iterator[Any]:
    opened = browser.new_page(color_scheme="light")
    faults: list[str] = []
    requests: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    opened.on("request", lambda request: requests.append(request.url))
    opened.goto(file.as_uri())
    opened.wait_for_function("() => document.body.dataset.shown")
    yield opened
    assert faults == []
    assert {each.partition("#")[0] for each in requests} == {file.as_uri()}
    opened.close()


def go(page: Any, address: str) -> None:
    page.evaluate("address => { location.hash = address; }", address)
    page.wait_for_function("address => document.body.dataset.shown === `#${address}`", arg=address)


def shown(page: Any) -> list[str]:
    rows = page.locator("#settlements tbody tr:visible th")
    return [str(text) for text in rows.all_inner_texts()]


def figure(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def test_the_overview_says_what_the_books_say(page: Any, known: dict[str, Settlement]) -> None:
    assert sorted(shown(page)) == sorted(known)
    for row in page.locator("#settlements tbody tr").all():
        cells = [row.locator("th").inner_text(), *row.locator("td").all_inner_texts()]
        each = known[cells[0]]
        assert cells[1:3] == [each.period, each.marketplace]
        assert [figure(cells[3]), figure(cells[5])] == [each.total, each.posted]
        assert figure(cells[6] or "0") == each.waits
        assert figure(cells[7]) == each.difference == 0
        assert cells[8:] == [str(each.status), str(each.bank)]
    for currency in {each.currency for each in known.values()}:
        mine = [each for each in known.values() if each.currency == currency]
        tile = page.locator(f"[data-tile=posted-{currency}]").inner_text()
        assert figure(tile) == sum(each.posted for each in mine)


def test_filters_keep_what_they_say(page: Any, known: dict[str, Settlement]) -> None:
    page.select_option("select[name=marketplace]", "Amazon.de")
    expected = {name for name, each in known.items() if each.marketplace == "Amazon.de"}
    assert set(shown(page)) == expected
    page.select_option("select[name=status]", "held")
    held = {name for name in expected if known[name].status is Status.HELD}
    assert set(shown(page)) == held
    page.get_by_role("button", name="Show all").click()
    page.wait_for_function(
        "() => document.querySelectorAll('#settlements tbody tr:not([hidden])').length === "
        f"{len(known)}"
    )


def test_from_a_settlement_to_the_rows_of_one_order(
    page: Any, known: dict[str, Settlement], project: Any
) -> None:
    each = next(
        one for one in known.values() if one.posting == "orders" and one.status is Status.TIED
    )
    page.get_by_role("link", name=each.settlement_id).click()
    page.wait_for_function(
        "id => document.body.dataset.shown === `#settlement/${id}`", arg=each.settlement_id
    )
    text = page.locator("#settlement").inner_text()
    assert each.settlement_id in text
    with books.open_books(project.books_url) as kept:
        orders = list(kept.traces(each.settlement_id))
    order = next(one for one in orders if one.order_id)
    page.get_by_role("link", name=order.order_id).first.click()
    page.wait_for_function(
        "id => document.body.dataset.shown.endsWith(`/${id}`)", arg=order.order_id
    )
    rows = page.locator("#settlement tbody tr")
    assert rows.count() == len(order.rows)
    amounts = [figure(row.locator("td.figure").nth(1).inner_text()) for row in rows.all()]
    assert sum(amounts) == sum(row.amount for row in order.rows)


def test_an_order_is_found_in_its_settlement(
    page: Any, known: dict[str, Settlement], project: Any
) -> None:
    with books.open_books(project.books_url) as kept:
        places: dict[str, list[str]] = {}
        for name in known:
            for order in kept.traces(name):
                places.setdefault(order.order_id, []).append(name)
    order_id, name = next((each, names[0]) for each, names in places.items() if len(names) == 1)
    assert order_id
    page.fill("input[name=find]", order_id)
    page.wait_for_function(
        "() => document.querySelectorAll('#settlements tbody tr:not([hidden])').length === 1"
    )
    assert shown(page) == [name]


def test_the_waterfall_ends_at_the_deposit(page: Any, known: dict[str, Settlement]) -> None:
    for each in known.values():
        go(page, f"settlement/{each.settlement_id}")
        last = page.locator("#settlement tr.sum td.figure").nth(1)
        assert figure(last.inner_text()) == each.total
        groups = page.locator("#settlement tr.group td.figure:nth-of-type(2)")
        assert sum(figure(text) for text in groups.all_inner_texts()) == each.total
        assert page.locator("#settlement canvas[role=img]").get_attribute("aria-label")


def test_held_records_show_the_line_to_add(page: Any) -> None:
    page.get_by_role("link", name="Held").click()
    page.wait_for_function("() => document.body.dataset.shown === '#held'")
    lines = page.locator("#held code.line").all_inner_texts()
    assert any(line.startswith("NEW-SKU-9,") for line in lines)
    assert any("Lithium" in line for line in lines)


def test_a_keyboard_reaches_everything(page: Any) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.name || document.activeElement.hash || ''"))
    assert {"marketplace", "month", "status", "find", "#months", "#held", "#log"} <= seen
    assert any(address.startswith("#settlement/") for address in seen)
    page.locator("#settlements a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.body.dataset.shown.startsWith('#settlement/')")
    assert page.evaluate("document.activeElement.id") == "settlement-title"


def test_dark_mode_and_print_change_the_colours(page: Any, file: Path) -> None:
    def ground() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    light = ground()
    page.emulate_media(color_scheme="dark")
    assert ground() != light
    page.emulate_media(media="print")
    assert ground() == "rgb(255, 255, 255)"
    assert not page.locator(".filters").is_visible()
    assert page.pdf(format="A4")[:5] == b"%PDF-"
    assert file.stat().st_size < 5_000_000


def test_months_add_up_to_the_settlements(page: Any, known: dict[str, Settlement]) -> None:
    go(page, "months")
    tables = page.locator("#months table")
    assert tables.count() == len({each.currency for each in known.values()})
    for table in tables.all():
        for row in table.locator("tbody tr").all():
            cells = [figure(text) for text in row.locator("td.figure").all_inner_texts()[:-1]]
            sales, beside, *fees, all_fees, net = cells
            assert sum(fees) == all_fees
            assert sales + beside + all_fees == net
