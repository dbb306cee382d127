"""Documents of reports and feeds in storage, behind presigned addresses that live five minutes.

Storage is not the Selling Partner API: it answers in XML, knows no usage plan, and refuses a
request that brings an access token along (a token sent there would leave Amazon's API).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from simulators.amazon_sp import instants
from simulators.amazon_sp.errors import storage_error
from simulators.amazon_sp.seller import Seller
from simulators.amazon_sp.stored import Document
from simulators.wsgi import Request, Response

PREFIX = "/documents/"
LIFE = timedelta(minutes=5)

_KEY = secrets.token_bytes(32)
STAMP = "%Y%m%dT%H%M%SZ"
_ENCODING = "response-content-encoding"


def presigned(seller: Seller, document_id: str, request: Request, *, content_encoding: bool) -> str:
    """Sign an address for a document, on the host the request came to."""
    document = _stored(seller, document_id)
    gzip = content_encoding and document is not None and document.compressed
    stamp = seller.clock.now().strftime(STAMP)
    encoding = "gzip" if gzip else "identity"
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": str(int(LIFE.total_seconds())),
        _ENCODING: encoding,
        "X-Amz-Signature": signature(document_id, stamp, encoding),
    }
    host = request.headers.get("Host", "127.0.0.1")
    return f"http://{host}{PREFIX}{quote(document_id)}?{urlencode(query)}"


def signature(*signed: str) -> str:
    """Sign what an address stands for."""
    return hmac.new(_KEY, "\n".join(signed).encode(), hashlib.sha256).hexdigest()


def _stored(seller: Seller, document_id: str) -> Document | None:
    """Find a document of a report, of a feed or of a product type."""
    kinds = (seller.documents, seller.feed_documents, seller.schemas)
    return next((kind[document_id] for kind in kinds if document_id in kind), None)


def fetch(seller: Seller, request: Request) -> Response:
    """Answer a download."""
    refusal = carries_credentials(request) or _badly_signed(request) or expired(seller, request)
    if refusal is not None:
        return refusal
    document = _stored(seller, _document_id(request))
    if document is None:
        return storage_error(404, "NoSuchKey", "The specified key does not exist.")
    headers = {"Content-Encoding": request.arg(_ENCODING)}
    if document.content_type is not None:
        headers["Content-Type"] = document.content_type
    return Response(200, document.content, headers)


def _document_id(request: Request) -> str:
    return request.path.removeprefix(PREFIX)


def carries_credentials(request: Request) -> Response | None:
    """Refuse a request that brings an access token or any other authorisation along."""
    if "Authorization" in request.headers:
        return storage_error(
            400,
            "InvalidArgument",
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "
            "Signature query string parameter or the Authorization header should be specified",
            ArgumentName="Authorization",
        )
    if "x-amz-access-token" in request.headers:
        return storage_error(
            403,
            "AccessDenied",
            "There were headers present in the request which were not signed",
            HeadersNotSigned="x-amz-access-token",
        )
    return None


def _badly_signed(request: Request) -> Response | None:
    """Refuse an address that was not given out, or was given out for something else."""
    given = request.arg("X-Amz-Signature")
    due = signature(_document_id(request), request.arg("X-Amz-Date"), request.arg(_ENCODING))
    if request.method == "GET" and hmac.compare_digest(given.encode(), due.encode()):
        return None
    return wrongly_signed()


def wrongly_signed() -> Response:
    """Refuse what was not signed as it is."""
    return storage_error(
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method.",
    )


def expired(seller: Seller, request: Request) -> Response | None:
    """Refuse an address that was given out over five minutes ago."""
    signed = datetime.strptime(request.arg("X-Amz-Date"), STAMP).replace(tzinfo=UTC)
    now = seller.clock.now()
    if now < signed + LIFE:
        return None
    return storage_error(
        403,
        "AccessDenied",
        "Request has expired",
        **{
            "X-Amz-Expires": str(int(LIFE.total_seconds())),
            "Expires": instants.written(signed + LIFE),
            "ServerTime": instants.written(now),
        },
    )
