"""Which encoding a settlement file is in. Amazon documents none and has served several.

Order: a byte order mark, the charset that came with the download, UTF-8, cp932 where the file is
Japanese, cp1252. The whole file must fit; the first that fits it is taken.
"""

from __future__ import annotations

import codecs
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from tap_amazon_sp.faults import Unreadable

_HEAD = 2**16
_CHUNK = 2**18
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What servers call Latin-1 and Shift_JIS is in practice the larger Windows code page.
_LARGER = {"iso8859-1": "cp1252", "ascii": "utf-8", "shift_jis": "cp932"}


def recognise(file: IO[bytes], declared: str | None) -> tuple[str, str]:
    """Give a file's encoding and the SHA-256 of its text with plain newlines, in hex.

    declared: the charset of the download's Content-Type, or None.
    """
    for encoding in dict.fromkeys(_candidates(file, declared)):
        digest = hashlib.sha256()
        try:
            with decoded(file, encoding) as text:
                while chunk := text.read(_CHUNK):
                    digest.update(chunk.encode("utf-8"))
        except UnicodeError:
            continue
        return encoding, digest.hexdigest()
    raise Unreadable("the text is in no encoding that is known here (UTF-8, cp1252, cp932)")


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
    if declared:
        try:
            name = codecs.lookup(declared).name
        except LookupError:
            name = ""
        if name:
            yield _LARGER.get(name, name)
    yield "utf-8"
    if b"\tJPY" in head or b"amazon.co.jp" in head.lower():
        yield "cp932"
    yield "cp1252"
