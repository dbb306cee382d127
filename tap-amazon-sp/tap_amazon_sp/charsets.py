"""Which encoding a settlement file is in. Amazon documents none and has served several.

Order: a byte order mark, the charset that came with the download, UTF-8, cp932 where the file is
Japanese, cp1252. The whole file must fit; the first that fits it is taken.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from tap_amazon_sp.faults import Unreadable

UNKNOWN = "the text is in no encoding that is known here (UTF-8, cp1252, cp932)"
_HEAD = 2**16
_CHUNK = 2**18
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What servers call Latin-1 and Shift_JIS is in practice the larger Windows code page.
_LARGER = {"iso8859-1": "cp1252", "ascii": "utf-8", "shift_jis": "cp932"}
# Python's codecs that are charsets of text files; others (hex, zlib, unicode_escape) are not.
_CHARSET = re.compile(
    r"utf-(?:8|16|32)(?:-(?:sig|le|be))?|ascii|iso8859-\d+|cp\d+|shift_jis\w*|euc_\w+"
    r"|iso2022_\w+|gb\w+|big5\w*|koi8-\w|mac-\w+"
)


def recognise(file: IO[bytes], declared: str | None) -> str:
    """Give a file's encoding: the first that all of it fits."""
    for encoding in candidates(file, declared):
        if fits(file, encoding):
            return encoding
    raise Unreadable(UNKNOWN)


def candidates(file: IO[bytes], declared: str | None) -> list[str]:
    """Give the encodings to try, best first.

    declared: the charset of the download's Content-Type, or None.
    """
    return list(dict.fromkeys(_candidates(file, declared)))


def fits(file: IO[bytes], encoding: str) -> bool:
    """Tell whether a file can be read to its end in an encoding."""
    try:
        with decoded(file, encoding) as text:
            while text.read(_CHUNK):
                pass
    except UnicodeError:
        return False
    return True


@contextmanager
def decoded(file: IO[bytes], encoding: str) -> Iterator[io.TextIOWrapper]:
    """Open a binary file as text from its start, newlines made plain; leave the file open."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, errors="strict", newline=None)
    try:
        yield text
    finally:
        text.detach()


def _candidates(file: IO[bytes], declared: str | None) -> Iterator[str]:
    file.seek(0)
    head = file.read(_HEAD)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            yield encoding
            return
    if name := _known(declared or ""):
        yield _LARGER.get(name, name)
    yield "utf-8"
    if b"\tJPY" in head or b"amazon.co.jp" in head.lower():
        yield "cp932"
    yield "cp1252"


def _known(declared: str) -> str:
    try:
        name = codecs.lookup(declared).name
    except (LookupError, ValueError):
        return ""
    return name if _CHARSET.fullmatch(name) else ""
