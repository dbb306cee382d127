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

from singer_sdk.helpers._batch import BaseBatchFileEncoding

from tap_amazon_sp.rowlines import Lines

_LEFT_OVER = 24 * 3600


def faults(config: dict[str, Any]) -> Iterator[str]:
    """Give what is wrong with a `batch_config`."""
    encoding, storage = _part(config, "encoding"), _part(config, "storage")
    if encoding.get("format") != "jsonl":
        yield "batch_config: encoding.format must be jsonl"
    if _compression(encoding) not in {"none", "gzip"}:
        yield "batch_config: encoding.compression must be none or gzip"
    root = str(storage.get("root") or "")
    if not root or urlsplit(root).scheme not in {"", "file"} or urlsplit(root).netloc:
        yield "batch_config: storage.root must be a folder of this machine, file:///..."
    if set(str(storage.get("prefix") or "")) & set("/\\*?["):
        yield "batch_config: storage.prefix is the start of a file's name"


def _part(config: dict[str, Any], name: str) -> dict[str, Any]:
    part = config.get(name)
    return part if isinstance(part, dict) else {}


def _compression(encoding: dict[str, Any]) -> str:
    return str(encoding.get("compression") or "none")


class Batches:
    """The folder where one stream's batch files are made, each readable by its owner alone."""

    def __init__(self, config: dict[str, Any], stream: str) -> None:
        encoding, storage = _part(config, "encoding"), _part(config, "storage")
        root = urlsplit(str(storage["root"]))
        self._folder = Path(unquote(root.path)).resolve()
        self._start = f"{storage.get('prefix') or ''}{stream}-"
        self._packed = _compression(encoding) == "gzip"
        self._encoding = BaseBatchFileEncoding("jsonl", "gzip" if self._packed else None)
        self._path: Path | None = None
        self._folder.mkdir(parents=True, exist_ok=True)
        self._sweep(time.time() - _LEFT_OVER)

    @contextmanager
    def file(self) -> Iterator[IO[bytes]]:
        """Give a new file to write; it goes again unless `done` hands it over."""
        path = self._new(".jsonl")
        with _create(path) as file:
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
            packed = self._new(".jsonl.gz")
            with _create(packed) as raw, gzip.GzipFile("", "wb", 1, raw) as out:
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


def _create(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")


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
