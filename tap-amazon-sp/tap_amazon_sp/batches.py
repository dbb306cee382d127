"""Files of settlement rows that a BATCH message names, instead of a line each through the pipe.

The message and its setting `batch_config` are the Singer SDK's. Whoever reads a file deletes it
afterwards; what a killed run has left is deleted by the first run that begins a day later.
"""

from __future__ import annotations

import gzip
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from singer_sdk.helpers._batch import BaseBatchFileEncoding, BatchConfig

from tap_amazon_sp.rowlines import Lines

_LEFT_OVER = 24 * 3600
_COMPRESSIONS = {None: "", "none": "", "gzip": ".gz"}


def faults(config: dict[str, Any]) -> Iterator[str]:
    """Give what is wrong with a `batch_config`."""
    encoding, storage = config.get("encoding") or {}, config.get("storage") or {}
    if encoding.get("format") != "jsonl":
        yield "batch_config: encoding.format must be jsonl"
    if encoding.get("compression") not in _COMPRESSIONS:
        yield "batch_config: encoding.compression must be none or gzip"
    if not storage.get("root") or urlsplit(str(storage["root"])).scheme not in {"", "file"}:
        yield "batch_config: storage.root must be a folder of this machine, file:///..."
    if set(str(storage.get("prefix") or "")) & set("/\\"):
        yield "batch_config: storage.prefix is the start of a file's name and has no slashes"


class Batches:
    """The folder where one stream's batch files are made, each readable by its owner alone."""

    def __init__(self, config: BatchConfig, stream: str) -> None:
        root = urlsplit(config.storage.root)
        self._folder = Path(unquote(root.path) if root.scheme else config.storage.root).resolve()
        self._start = f"{config.storage.prefix or ''}{stream}-"
        compression = config.encoding.compression
        self._packed = _COMPRESSIONS[compression]
        self._encoding = BaseBatchFileEncoding("jsonl", compression if self._packed else None)
        self._path: Path | None = None
        self._folder.mkdir(parents=True, exist_ok=True)
        self._sweep(time.time() - _LEFT_OVER)

    @contextmanager
    def file(self) -> Iterator[IO[bytes]]:
        """Give a new file to write; it goes again unless `done` hands it over."""
        path = self._new(".jsonl")
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            self._path = path
            try:
                yield file
            finally:
                if self._path:
                    self._path.unlink(missing_ok=True)
                    self._path = None

    def done(self, lines: Lines) -> tuple[BaseBatchFileEncoding, list[str]]:
        """Hand a file over: give the encoding and the manifest of its BATCH message."""
        if self._path is None:
            raise AssertionError("a batch file is open while its rows are written")
        lines.file.flush()
        path = self._path
        if self._packed:
            packed = self._new(".jsonl" + self._packed)
            with os.fdopen(os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw:
                with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1) as out:
                    out.writelines(lines.pieces())
            path = packed
        else:
            self._path = None
        return self._encoding, [path.as_uri()]

    def _new(self, ending: str) -> Path:
        return self._folder / f"{self._start}{uuid4().hex}{ending}"

    def _sweep(self, before: float) -> None:
        """Delete the files that nobody has read in time."""
        for path in self._folder.glob(f"{self._start}*.jsonl*"):
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)


def write_through(pieces: Iterable[bytes]) -> None:
    """Write whole lines to standard output, past its text layer where it has one."""
    raw = getattr(sys.stdout, "buffer", None)
    if raw is None:
        for piece in pieces:
            sys.stdout.write(piece.decode("ascii"))
        return
    sys.stdout.flush()
    for piece in pieces:
        raw.write(piece)
    raw.flush()
