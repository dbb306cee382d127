"""The line that a bookkeeper adds to a map so that what waits can be posted."""

from __future__ import annotations

import csv
import io


def line_to_add(*cells: str) -> str:
    """Write a line of a map in backquotes, as a spreadsheet would: ready to paste."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return f"`{text.getvalue()}`"
