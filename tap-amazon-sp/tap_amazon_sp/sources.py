"""Where settlement files come from: Amazon's reports, and files archived earlier."""

from __future__ import annotations

import glob
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any

from amazon_sp import Document, Session, download
from amazon_sp.documents import IN_MEMORY
from tap_amazon_sp import retired
from tap_amazon_sp.faults import Unreadable
from tap_amazon_sp.guard import Guard
from tap_amazon_sp.instants import moment

GZIP_MAGIC = b"\x1f\x8b"
_PIECE = 2**18
_HEAD = 2**12


@dataclass(frozen=True, slots=True)
class Report:
    """A settlement report that Amazon has finished."""

    session: Session
    report_id: str
    document_id: str
    created: datetime

    source = "report"

    @property
    def place(self) -> str:
        """The file in words, for a fault."""
        return f"settlement report {self.report_id} (document {self.document_id})"

    @property
    def stand_in(self) -> str:
        """What stands for the settlement id while the file does not tell it."""
        return f"report-{self.report_id}"

    @contextmanager
    def open(self) -> Iterator[Document]:
        """Download the report's document."""
        with download(self.session, self.document_id, lambda: Guard().see) as document:
            yield document


@dataclass(frozen=True, slots=True)
class Archived:
    """A settlement file on disk, as Amazon served it once; GZIP or plain."""

    path: Path

    report_id = document_id = created = None

    @property
    def source(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def place(self) -> str:
        """The file in words, for a fault."""
        return f"settlement file {self.path.name}"

    @property
    def stand_in(self) -> str:
        """What stands for the settlement id while the file does not tell it."""
        return f"file-{self.path.name}"

    def is_retired(self) -> bool:
        """Tell a file of the retired layout V1 by its first line."""
        try:
            with self.path.open("rb") as file:
                packed = file.read(2) == GZIP_MAGIC
                file.seek(0)
                head = (gzip.GzipFile(fileobj=file) if packed else file).read(_HEAD)
        except (EOFError, OSError, zlib.error):
            return False
        return retired.is_retired(head.decode("utf-8-sig", "replace").partition("\n")[0])

    @contextmanager
    def open(self) -> Iterator[Document]:
        """Open the file, unpacked; raise Unreadable when it is cut short."""
        with self.path.open("rb") as file:
            packed = file.read(2) == GZIP_MAGIC
            file.seek(0)
            if not packed:
                yield Document(file, None)
                return
            with SpooledTemporaryFile(max_size=IN_MEMORY) as plain:
                guard, unpacked = Guard(), gzip.GzipFile(fileobj=file)
                try:
                    while piece := unpacked.read(_PIECE):
                        guard.see(piece)
                        plain.write(piece)
                except (EOFError, OSError, zlib.error):
                    raise Unreadable("the GZIP file is cut short or broken") from None
                plain.seek(0)
                yield Document(plain, None)


Source = Report | Archived


def archived(patterns: list[str]) -> tuple[list[Archived], list[str]]:
    """Give the files that patterns name, each once, by name; and the patterns that name none."""
    # Path.glob does not take absolute patterns.
    found = {each: sorted(glob.glob(each, recursive=True)) for each in patterns}  # noqa: PTH207
    paths = dict.fromkeys(Path(name) for names in found.values() for name in names)
    files = [Archived(path) for path in paths if path.is_file()]
    return files, [pattern for pattern, names in found.items() if not names]


def finished(
    session: Session, listed: list[dict[str, Any]]
) -> tuple[list[Report], list[dict[str, Any]]]:
    """Give the finished reports, oldest first, and the others as Amazon lists them."""
    ready, others = [], []
    for report in listed:
        if report.get("processingStatus") == "DONE" and report.get("reportDocumentId"):
            created = moment(report["createdTime"])
            ready.append(Report(session, report["reportId"], report["reportDocumentId"], created))
        else:
            others.append(report)
    return sorted(ready, key=lambda each: (each.created, each.report_id)), others
