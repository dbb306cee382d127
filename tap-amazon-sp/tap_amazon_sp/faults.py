"""What makes a settlement file unreadable: said once, with the row, and never guessed around."""

from __future__ import annotations

from amazon_sp import AmazonError


class Unreadable(Exception):
    """A settlement file that would have to be guessed at.

    reason: one clause with the figures or names that disagree. row: the line in the file, where
    the header is line 1, or None when the whole file is meant. settlement_id: as far as known.
    """

    def __init__(self, reason: str, row: int | None = None) -> None:
        self.reason, self.row = reason, row
        self.settlement_id: str | None = None
        super().__init__(reason if row is None else f"row {row}: {reason}")


class ReportUnreadable(AmazonError):
    """A report, or a file in its place, that cannot be read and without which a stream is wrong."""


def shown(text: str) -> str:
    """Quote a text from a file, short enough for a sentence."""
    return repr(text if len(text) <= 60 else text[:57] + "...")  # noqa: PLR2004
