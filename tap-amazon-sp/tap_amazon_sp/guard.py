"""What stops a file early that can be no settlement report, whatever it would unpack to.

A download is looked at while it arrives: a bomb of a few megabytes that unpacks to terabytes costs
as much memory and disk as its first lines.
"""

from __future__ import annotations

from tap_amazon_sp.faults import Unreadable

# Four times what a line may have in characters; in UTF-16 and UTF-8 a character has up to four.
LONGEST = 2**20
# Some four million rows; Amazon's largest sellers have a few hundred thousand.
MOST = 2**30
_KINDS = (
    (b"PK\x03\x04", "a spreadsheet (or a ZIP archive)"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet (.xls)"),
    (b"%pdf", "a PDF"),
    (b"\x1f\x8b", "packed twice"),
    (b"<!doctype html", "a web page, most likely one that asks to sign in"),
    (b"<html", "a web page, most likely one that asks to sign in"),
    (b"<", "XML, which Amazon no longer delivers"),
    (b"{", "JSON, most likely an error message"),
)
_UTF_8_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def foreign(head: bytes) -> str | None:
    """Say what a file is instead of a settlement report, from its first bytes; None if unknown."""
    start = head.removeprefix(_UTF_8_MARK).lstrip()[:32]
    for mark, kind in _KINDS:
        if start.startswith(mark) or start.lower().startswith(mark):
            return f"the file is {kind}; use the flat file V2 as Amazon served it"
    return None


class Guard:
    """Looks at a file piece by piece; raises Unreadable as soon as it can be no settlement."""

    def __init__(self) -> None:
        self._size = self._line = 0
        self._may_have_nul = False

    def see(self, piece: bytes) -> None:
        """Look at the next piece, some ten thousand bytes."""
        if not self._size:
            if reason := foreign(piece):
                raise Unreadable(reason)
            self._may_have_nul = piece.startswith(_UTF_16_MARKS)
        self._size += len(piece)
        if self._size > MOST:
            raise Unreadable(f"the file has more than {MOST:,} bytes; no settlement report has")
        if not self._may_have_nul and b"\0" in piece:
            raise Unreadable("the file holds NUL characters: it is damaged or no text")
        end = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
        self._line = len(piece) - end - 1 if end >= 0 else self._line + len(piece)
        if self._line > LONGEST:
            raise Unreadable(f"a line of the file has more than {LONGEST:,} bytes")
