"""Feed documents on their way in: a presigned address takes one upload, for five minutes.

The content type is part of what is signed: one that differs by a letter is refused (403).
"""

from __future__ import annotations

import hmac
import uuid
from urllib.parse import quote, unquote, urlencode, urlsplit

from simulators.amazon_sp.documents import (
    LIFE,
    STAMP,
    carries_credentials,
    expired,
    signature,
    wrongly_signed,
)
from simulators.amazon_sp.errors import storage_error
from simulators.amazon_sp.seller import Seller
from simulators.amazon_sp.shop import Upload
from simulators.amazon_sp.stored import Document
from simulators.wsgi import Request, Response

PREFIX = "/uploads/"


def opened(seller: Seller, content_type: str, request: Request) -> tuple[str, str]:
    """Open a feed document: its id, and the address on this host that takes its contents."""
    document_id = f"amzn1.tortuga.4.eu.{uuid.uuid4()}.T{uuid.uuid4().hex[:13].upper()}"
    seller.uploads[document_id] = Upload(content_type, seller.clock.now())
    stamp = seller.clock.now().strftime(STAMP)
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Date": stamp,
        "X-Amz-SignedHeaders": "content-type;host",
        "X-Amz-Expires": str(int(LIFE.total_seconds())),
        "X-Amz-Signature": signature(document_id, stamp, content_type),
    }
    host = request.headers.get("Host", "127.0.0.1")
    return document_id, f"http://{host}{PREFIX}{quote(document_id)}?{urlencode(query)}"


def take(seller: Seller, request: Request) -> Response:
    """Answer an upload."""
    refusal = carries_credentials(request)
    if refusal is not None:
        return refusal
    document_id = unquote(urlsplit(request.target).path).removeprefix(PREFIX)
    stamp, kind = request.arg("X-Amz-Date"), request.headers.get("Content-Type", "")
    given, due = request.arg("X-Amz-Signature"), signature(document_id, stamp, kind)
    if request.method != "PUT" or not hmac.compare_digest(given.encode(), due.encode()):
        return wrongly_signed()
    refusal = expired(seller, request)
    if refusal is not None:
        return refusal
    if document_id in seller.feed_documents:
        return storage_error(403, "AccessDenied", "The document has been uploaded already.")
    seller.feed_documents[document_id] = Document(document_id, request.body, content_type=kind)
    return Response(200)
