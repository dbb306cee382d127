"""What a message must be like before anyone reads it: its size, its media types."""

from __future__ import annotations

from simulators.wsgi import Request, Response
from simulators.xero.errors import BadRequest, NotImitated, Refusal, Unparsable

LARGEST_BODY = 3_500_000
LARGEST_ATTACHMENT = 10_000_000


def check_message(request: Request) -> None:
    """Refuse what Xero would read or answer as XML, and what is too large."""
    attachment = "/Attachments/" in request.path
    if len(request.body) > (LARGEST_ATTACHMENT if attachment else LARGEST_BODY):
        raise Refusal(Response(413, b""))
    if "json" not in request.headers.get("Accept", ""):
        raise NotImitated("answers in XML, which Xero gives without Accept: application/json")
    if request.method in ("PUT", "POST") and not attachment:
        if not request.body:
            raise Unparsable("JSON for post data was invalid: the body is empty")
        if "json" not in request.headers.get("Content-Type", ""):
            raise BadRequest("The Content-Type must be application/json")
