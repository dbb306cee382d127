"""What the mapper should say of a row, and does not yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from source_records import closing, sale

Message = dict[str, Any]
Run = Callable[..., list[Message]]


@pytest.mark.xfail(strict=True, reason="it ends the run with decimal.InvalidOperation")
def test_an_amount_that_is_no_figure_holds_its_settlement_with_the_row(run: Run) -> None:
    """Our own tap never writes one; a tap of somebody else's may."""
    price, *others = sale(3, "10.00")
    price["record"]["amount"] = "ten"
    written = run([price, *others, closing("11.00")])
    (held,) = [e["record"] for e in written if e.get("stream") == "held" and "record" in e]
    assert held["reason"] == "unreadable"
    assert "row 3" in held["details"]
