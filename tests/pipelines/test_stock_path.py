"""Amazon's warehouses into Xero's tracked items: tap, mapper and target over both simulators."""

from __future__ import annotations

import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from amazon_tap import CREDENTIALS, run
from target.xero_desk import Desk, demo_desk

from books import State
from simulators.amazon_sp import Seller
from simulators.amazon_sp import server as amazon_server
from simulators.amazon_sp.demo import demo_seller
from simulators.clock import Clock
from simulators.xero.stock import track
from target_xero.target import TargetXero
from transforms.mapper import MapperAmazonXero

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
Job = Callable[..., list[str]]


@pytest.fixture
def seller() -> Seller:
    return demo_seller(NOON, Clock(at=NOON))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with demo_desk(tmp_path) as made:
        yield made


@pytest.fixture
def maps_folder(root: Path, tmp_path: Path) -> Path:
    """The example seller's maps, with stock switched on and an account for its adjustments."""
    folder = tmp_path / "maps"
    folder.mkdir()
    for file in (root / "maps").iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    with (folder / "books.yml").open("a", encoding="utf-8") as choices:
        choices.write("stock_to_xero: tracked_items\n")
    with (folder / "accounts.csv").open("a", encoding="utf-8") as accounts:
        accounts.write("stock_adjustment,,,,310,NONE\n")
    skus = (folder / "skus.csv").read_text(encoding="utf-8").splitlines()
    lines = [skus[0], *(f"{line}2.37" for line in skus[1:])]
    (folder / "skus.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def job(
    seller: Seller,
    desk: Desk,
    maps_folder: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Job]:
    """Run the whole job once; gives what the target told."""
    with amazon_server(seller) as host:
        amazon = {**CREDENTIALS, "api_url": host.url, "auth_url": f"{host.url}/auth/o2/token"}
        xero = {
            "client_id": "DEMOXEROCLIENT",
            "client_secret": "demo-xero-secret",
            "api_url": f"{desk.url}/api.xro/2.0",
            "identity_url": desk.url,
            "books": desk.books_url,
        }

        def run_job(*streams: str, **settings: Any) -> list[str]:
            seller.clock.advance(hours=2)
            desk.organisation.clock.advance(hours=2)
            ran = run({**amazon, **settings}, clock=seller.clock, streams=streams)
            written = "".join(f"{json.dumps(each)}\n" for each in ran.messages)
            config = {"maps": str(maps_folder), "books": desk.books_url}
            capsys.readouterr()
            MapperAmazonXero(config=config).listen(io.StringIO(written))
            made = capsys.readouterr().out
            caplog.clear()
            with caplog.at_level("INFO", "target-xero"):
                TargetXero(config=xero).listen(io.StringIO(made))
            return [each.message for each in caplog.records if each.name == "target-xero"]

        yield run_job


def at_amazon(seller: Seller, maps_folder: Path) -> dict[str, int]:
    """Units by item code, added up from the simulator's own stock and listings."""
    lines = (maps_folder / "skus.csv").read_text(encoding="utf-8").splitlines()[1:]
    codes = {cells[0]: cells[2] for cells in (line.split(",") for line in lines)}
    found: defaultdict[str, int] = defaultdict(int)
    for summaries in seller.inventory.values():
        for each in summaries:
            details = each["inventoryDetails"]
            found[codes[each["sellerSku"]]] += (
                details["fulfillableQuantity"]
                + details["reservedQuantity"]["totalReservedQuantity"]
                + details["researchingQuantity"]["totalResearchingQuantity"]
            )
    return found


def in_xero(desk: Desk) -> dict[str, int]:
    return {
        each["Code"]: int(each["QuantityOnHand"])
        for each in desk.organisation.items
        if each["IsTrackedAsInventory"]
    }


def merchant_units(seller: Seller, maps_folder: Path) -> dict[str, int]:
    """What the merchant's own listings offer, by item code, from the listings report itself."""
    host = amazon_server(seller)
    with host as reached:
        amazon = {**CREDENTIALS, "api_url": reached.url, "auth_url": f"{reached.url}/auth/o2/token"}
        ran = run(amazon, clock=seller.clock, streams=["listings"])
    lines = (maps_folder / "skus.csv").read_text(encoding="utf-8").splitlines()[1:]
    codes = {cells[0]: cells[2] for cells in (line.split(",") for line in lines)}
    found: defaultdict[str, int] = defaultdict(int)
    for each in ran.records("listings"):
        if each["fulfillment_channel"] == "MERCHANT" and each["seller_sku"] in codes:
            found[codes[each["seller_sku"]]] += each["quantity"] or 0
    return found


def test_xero_comes_to_what_amazon_counts_and_stays_there(
    seller: Seller, desk: Desk, job: Job, maps_folder: Path
) -> None:
    for item in list(desk.organisation.items):
        track(desk.organisation, item["Code"])
    own = merchant_units(seller, maps_folder)
    told = job("inventory", "listings")
    wanted = at_amazon(seller, maps_folder)
    expected = {code: wanted.get(code, 0) + own.get(code, 0) for code in in_xero(desk)}
    assert in_xero(desk) == expected
    assert sum(expected.values()) > 300
    assert sum("stock adjusted: " in line for line in told) == len(
        [code for code, units in expected.items() if units]
    )
    assert set(desk.documents()) == {"Invoices"}
    assert desk.balance()["630"] == -desk.balance()["310"]
    mark = desk.mark
    job("inventory", "listings")
    assert desk.writes(mark) == []
    sold = seller.inventory["A1F83G8C2ARO7P"][0]
    sold["inventoryDetails"]["fulfillableQuantity"] -= 3
    job("inventory", "listings")
    assert desk.documents()["CreditNotes"] == {"PAID": 1}
    assert desk.postings(State.HELD, State.REJECTED, State.INTENDED) == []


@pytest.mark.parametrize(
    ("streams", "settings"),
    [(["inventory"], {}), (["inventory", "listings"], {"marketplace_ids": ["A1F83G8C2ARO7P"]})],
    ids=["one stream alone", "some marketplaces alone"],
)
def test_a_partial_read_moves_nothing(
    desk: Desk, job: Job, streams: list[str], settings: dict[str, Any]
) -> None:
    for item in list(desk.organisation.items):
        track(desk.organisation, item["Code"])
    told = job(*streams, **settings)
    assert desk.documents() == {}
    assert any("held: stock:levels: stock is not summed" in line for line in told)


def test_what_cannot_be_adjusted_is_told_and_the_next_run_puts_it_right(
    desk: Desk, job: Job
) -> None:
    for item in list(desk.organisation.items)[1:]:
        track(desk.organisation, item["Code"])
    (left_out, *_) = desk.organisation.items
    told = job("inventory", "listings")
    assert any("does not track item" in line and left_out["Code"] in line for line in told)
    track(desk.organisation, left_out["Code"])
    job("inventory", "listings")
    assert in_xero(desk)[left_out["Code"]] > 0
    assert desk.postings(State.HELD) == []
