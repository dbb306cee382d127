"""Take the pictures of the page that `make demo` wrote: `python docs/screenshots.py [page]`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
SIZE: ViewportSize = {"width": 1180, "height": 900}


def main(page_file: Path) -> None:
    """Open the page and take the overview, a settlement, an order, the months; dark and print."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto(page_file.as_uri())
        shot(page, "#main", "page-overview")
        settlement = page.locator("#settlements tbody a").nth(5).inner_text()
        shot(page, f"#settlement/{settlement}", "page-settlement")
        order = page.evaluate(
            "() => [...document.querySelectorAll('#settlement tbody th a')]"
            ".map(a => a.hash).find(h => /\\/\\d{3}-/.test(h))"
        )
        shot(page, str(order), "page-order")
        shot(page, "#months", "page-months")
        shot(page, "#held", "page-held")
        page.emulate_media(color_scheme="dark")
        shot(page, f"#settlement/{settlement}", "page-dark")
        page.emulate_media(media="print", color_scheme="light")
        shot(page, "#main", "page-print")
        page.emulate_media(media="screen")
        page.select_option("select[name=marketplace]", "Amazon.de")
        page.screenshot(path=IMAGES / "page-filter.png")
        browser.close()


def shot(page: Any, address: str, name: str) -> None:
    """Go to a part of the page and take its picture."""
    page.evaluate("address => { location.hash = address; }", address)
    page.wait_for_function("address => document.body.dataset.shown === address", arg=address)
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "data" / "demo" / "reconcile.html")
