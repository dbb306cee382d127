from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from target_amazon.price_desk import PriceDesk, opened_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[PriceDesk]:
    with opened_desk(tmp_path) as opened:
        yield opened
