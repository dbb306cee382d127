from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from target.oauth_processes import OAuthDesk
from target.xero_desk import Desk, demo_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with demo_desk(tmp_path) as made:
        yield made


@pytest.fixture
def oauth(desk: Desk) -> Iterator[OAuthDesk]:
    made = OAuthDesk(desk)
    yield made
    made.end()
