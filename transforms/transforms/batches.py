"""The SDK's BATCH messages: rows that come in files beside the pipe.

Source: Singer SDK, "Batch Messages": a manifest of file addresses, one bare record a line, encoded
as jsonl, plain or gzip. Meltano carries one short line instead of a million.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import unquote, urlsplit

import msgspec

from transforms.rows import STREAM, Rows

# Rows of one block stay in the processor's cache from decoding to their sums.
_BLOCK = 2**16


class BatchRefused(RuntimeError):
    """A batch that cannot be read; nothing of its settlement is posted."""


def fold(message: dict[str, Any], rows: Rows) -> None:
    """Add the rows of a batch's files to their settlement, and delete each file after it."""
    stream, encoding = message["stream"], message.get("encoding") or {}
    if stream != STREAM:
        raise BatchRefused(
            f"{stream} comes in batch files, which only {STREAM} may: select no batch_config for it"
        )
    written = (encoding.get("format"), encoding.get("compression") or "none")
    if written not in {("jsonl", "none"), ("jsonl", "gzip")}:
        raise BatchRefused(
            f"batch files of {STREAM} are {written[0]} with compression {written[1]}: set the "
            "tap's batch_config to format jsonl, compression gzip or none"
        )
    for address in message["manifest"]:
        path = _path(address)
        try:
            with _opened(path, written[1]) as file:
                for block in _blocks(file):
                    rows.block(block)
        except (OSError, EOFError, zlib.error, msgspec.DecodeError) as error:
            raise BatchRefused(
                f"batch file {path} cannot be read ({error}): nothing of its settlement is posted, "
                "the bookmark stays, run again"
            ) from error
        path.unlink()


def _path(address: str) -> Path:
    parts = urlsplit(address)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        raise BatchRefused(
            f"batch file {address} is not on this machine: set the tap's batch_config to a "
            "storage root that begins with file://"
        )
    return Path(unquote(parts.path))


def _opened(path: Path, compression: str) -> IO[bytes]:
    if compression == "none":
        return path.open("rb")
    return cast("IO[bytes]", gzip.open(path))


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Give whole lines, a block at a time."""
    while block := file.read(_BLOCK):
        yield block + file.readline()
