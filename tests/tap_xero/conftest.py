from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from xero_tap import XeroDesk, xero_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[XeroDesk]:
    """The demo organisation at noon of 10 May 2026, and no books."""
    with xero_desk(f"sqlite:///{tmp_path / 'books.db'}") as made:
        yield made
