"""Files and notes on a document, for those who want to see what it was made from."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from xero_api.session import Session

SCOPE = "accounting.attachments"
"""Granular and classic apps need the same one."""
LONGEST_NOTE = 2500


def file_names(session: Session, resource: str, identity: str) -> list[str]:
    """The names of the files attached to a document."""
    answer = session.read(f"{resource}/{identity}/Attachments")
    return [str(each.get("FileName")) for each in _elements(answer, "Attachments")]


def attach(
    session: Session,
    resource: str,
    identity: str,
    file_name: str,
    content: bytes,
    *,
    content_type: str,
    replaces: bool,
    idempotency_key: str,
    not_after: datetime | None = None,
) -> str:
    """Attach a file, or replace the one of its name; give Xero's id of it.

    Xero takes ten files of up to 10 MB each on a document.
    """
    path = f"{resource}/{identity}/Attachments/{quote(file_name, safe='')}"
    answer = session.upload(
        "POST" if replaces else "PUT",
        path,
        content,
        content_type=content_type,
        idempotency_key=idempotency_key,
        not_after=not_after,
    )
    return next((str(e.get("AttachmentID")) for e in _elements(answer, "Attachments")), "")


def notes(session: Session, resource: str, identity: str) -> list[str]:
    """What the history of a document says."""
    answer = session.read(f"{resource}/{identity}/History")
    return [str(each.get("Details")) for each in _elements(answer, "HistoryRecords")]


def add_note(
    session: Session,
    resource: str,
    identity: str,
    words: str,
    *,
    idempotency_key: str,
    not_after: datetime | None = None,
) -> None:
    """Add a note to the history of a document; Xero neither changes nor deletes one."""
    session.write(
        "PUT",
        f"{resource}/{identity}/History",
        {"HistoryRecords": [{"Details": words[:LONGEST_NOTE]}]},
        idempotency_key=idempotency_key,
        not_after=not_after,
    )


def _elements(answer: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [each for each in answer.get(name) or () if isinstance(each, dict)]
