"""Why a price or a quantity is not offered."""

from __future__ import annotations

# Every reason of this core, for the one that says when what waited no longer does.
REASONS = frozenset(
    """
    unmapped_item no_item two_items no_sales_price unreadable_price price_not_positive no_price_line
    no_tax_rate no_exchange_rate old_exchange_rate below_minimum above_maximum not_tracked
    no_quantity
    """.split()  # noqa: SIM905 - read as a list of words
)


class NotOffered(Exception):
    """A listing whose price or quantity is in doubt: nothing of it is sent."""

    def __init__(self, reason: str, details: str) -> None:
        super().__init__(details)
        self.reason = reason
