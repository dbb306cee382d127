"""What a spreadsheet does to a settlement file, recognised cell by cell.

Opening a tab-separated file in a spreadsheet and saving it again turns long ids into rounded
numbers, instants into day counts, formula-looking texts into errors, and drops leading zeros.
What it made cannot be undone, so the file is refused; Amazon's own file is never changed.
"""

from __future__ import annotations

import re

from tap_amazon_sp.faults import shown

# 1.21E+18, or 18 digits where dashes belong (121-1397397-… became 1211397397571528200).
_ROUNDED = re.compile(r"\d+(?:[.,]\d+)?E\+?\d+|\d{17,}", re.ASCII | re.IGNORECASE)
_EXPONENT = re.compile(r"\d+(?:[.,]\d+)?E\+?\d+", re.ASCII | re.IGNORECASE)
# A SKU may look like 1E5; with a decimal sign and a plus only a spreadsheet writes it.
_SURE_EXPONENT = re.compile(r"\d[.,]\d+E\+\d{2,}", re.ASCII | re.IGNORECASE)
_ORDER = re.compile(r"\d{3}-\d{7}-\d{7}", re.ASCII)
_NEARLY_ORDER = re.compile(r"\d{1,3}-\d{1,7}-\d{1,7}", re.ASCII)
_ERROR = re.compile(r"#(?:NAME\?|REF!|VALUE!|N/A|DIV/0!|NUM!|NULL!|#+)")
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?", re.ASCII)

_CURE = "use the file as Amazon served it"
# Free words, where a hash or a number is nothing unusual.
FREE = frozenset({"transaction-type", "marketplace-name", "amount-type", "amount-description"})


def fault(column: str, text: str) -> str | None:
    """Give what a spreadsheet has done to a cell, None when it is as Amazon writes it."""
    if column == "order-id" and _ORDER.fullmatch(text):
        return None
    if text.startswith("#") and _ERROR.fullmatch(text):
        return f"{column} {shown(text)} is a spreadsheet's error in place of the text; {_CURE}"
    if column in FREE:
        return None
    if column == "order-id":
        if _NEARLY_ORDER.fullmatch(text):
            return f"order-id {shown(text)} has lost digits to a spreadsheet; {_CURE}"
        number = _ROUNDED
    else:
        number = _EXPONENT if column in {"settlement-id", "order-item-code"} else _SURE_EXPONENT
    return turned_into_a_number(column, text) if number.fullmatch(text) else None


def turned_into_a_number(column: str, text: str) -> str:
    """Say that a cell is no longer what Amazon wrote."""
    return f"{column} {shown(text)} was turned into a number by a spreadsheet; {_CURE}"


def is_serial(text: str) -> bool:
    """Tell whether a text is an instant as a spreadsheet counts it: days since 1899."""
    return bool(_SERIAL.fullmatch(text))
