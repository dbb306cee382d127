"""History notes and attachments of a document."""

from __future__ import annotations

import mimetypes

from simulators.wsgi import Request
from simulators.xero.batches import elements_of
from simulators.xero.endpoints import Endpoint
from simulators.xero.errors import Invalid
from simulators.xero.organisation import Organisation
from simulators.xero.values import Document, new_id

LONGEST_NOTE = 2500
_MOST_ATTACHMENTS = 10
_NOT_IN_A_NAME = set('<>:"/\\|?*')


def list_history(org: Organisation, identity: str, _: Request) -> Document:
    """List the notes of a document, newest first."""
    return {"HistoryRecords": list(reversed(org.history.get(identity, [])))}


def add_history(org: Organisation, identity: str, request: Request) -> Document:
    """Add notes; Xero names no user of an API and says System Generated."""
    added = []
    for element in elements_of(org, request, "HistoryRecords"):
        details = element.get("Details", "")
        if not details or len(details) > LONGEST_NOTE:
            raise Invalid(f"Details must have 1 to {LONGEST_NOTE} characters")
        now = org.clock.now()
        added.append(
            {
                "Changes": "Note",
                "DateUTCString": f"{now:%Y-%m-%dT%H:%M:%S}",
                "DateUTC": now,
                "User": "System Generated",
                "Details": details,
            }
        )
    org.history.setdefault(identity, []).extend(added)
    return {"HistoryRecords": added}


def list_attachments(org: Organisation, identity: str, _: Request) -> Document:
    """List the attachments of a document."""
    return {"Attachments": org.attachments.get(identity, [])}


def add_attachment(
    org: Organisation, endpoint: Endpoint, document: Document, request: Request, file_name: str
) -> Document:
    """Attach a file; the same name again replaces it."""
    if _NOT_IN_A_NAME & set(file_name) or not file_name.isprintable() or "." not in file_name:
        raise Invalid(f"'{file_name}' is no name of a file")
    identity = document[endpoint.id_field]
    kept = [each for each in org.attachments.get(identity, []) if each["FileName"] != file_name]
    if len(kept) >= _MOST_ATTACHMENTS:
        raise Invalid(f"A document can have {_MOST_ATTACHMENTS} attachments at most")
    if not request.body:
        raise Invalid("The attachment is empty")
    guessed, _ = mimetypes.guess_type(file_name)
    attachment = {
        "AttachmentID": new_id(),
        "FileName": file_name,
        "Url": f"https://api.xero.com/api.xro/2.0/{endpoint.name}/{identity}/Attachments/{file_name}",
        "MimeType": request.headers.get("Content-Type") or guessed or "application/octet-stream",
        "ContentLength": len(request.body),
        "_content": request.body,
    }
    org.attachments[identity] = [*kept, attachment]
    return {"Attachments": [attachment]}
