"""docs/stock.md: what it says of reasons and commands is what the code has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REASON = re.compile(r'(?:Conflict\(\s*|STREAM, )"([a-z_]+)"')


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "stock.md").read_text(encoding="utf-8")


def test_each_reason_to_wait_is_explained_and_no_other(root: Path, page: str) -> None:
    files = (
        "target-xero/target_xero/stock.py",
        "target-xero/target_xero/stock_posting.py",
        "transforms/transforms/stock.py",
        "transforms/transforms/ledger/stock.py",
    )
    used = {
        reason
        for file in files
        for reason in REASON.findall((root / file).read_text(encoding="utf-8"))
    }
    table = page.split("## What waits, and why")[1].partition("\n\nOne item")[0]
    told = {
        word
        for line in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for word in re.findall(r"`(\w+)`", line)
    }
    assert told - {"locked_period"} == used


def test_the_page_says_what_xero_advises_and_how_to_switch_it_on(page: str) -> None:
    for words in (
        "4,000 items",
        "off unless you switch them on",
        "meltano select tap-amazon-sp inventory '*'",
        "meltano select tap-amazon-sp listings '*'",
        "`stock_to_xero: tracked_items`",
        "`stock_adjustment,,,,ACCOUNT,NONE`",
        "target-xero:confirm --all",
    ):
        assert words in page
