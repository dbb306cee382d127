"""Report documents in storage, behind presigned addresses that live five minutes.

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
from simulators.wsgi import Request, Response

PREFIX = "/documents/"
LIFE = timedelta(minutes=5)

_KEY = secrets.token_bytes(32)
_STAMP = "%Y%m%dT%H%M%SZ"
_ENCODING = "response-content-encoding"


def presigned(seller: Seller, document_id: str, request: Request, *, content_encoding: bool) -> str:
    """Sign an address for a document, on the host the request came to."""
    gzip = content_encoding and seller.documents[document_id].compressed
    stamp = seller.clock.now().strftime(_STAMP)
    encoding = "gzip" if gzip else "identity"
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": str(int(LIFE.total_seconds())),
        _ENCODING: encoding,
        "X-Amz-Signature": _signature(document_id, stamp, encoding),
    }
    host = request.headers.get("Host", "127.0.0.1")
    return f"http://{host}{PREFIX}{quote(document_id)}?{urlencode(query)}"


def _signature(document_id: str, stamp: str, encoding: str) -> str:
    message = f"{document_id}\n{stamp}\n{encoding}".encode()
    return hmac.new(_KEY, message, hashlib.sha256).hexdigest()


def fetch(seller: Seller, request: Request) -> Response:
    """Answer a download."""
    refusal = _carries_credentials(request) or _badly_signed(request) or _expired(seller, request)
    if refusal is not None:
        return refusal
    document = seller.documents.get(_document_id(request))
    if document is None:
        return storage_error(404, "NoSuchKey", "The specified key does not exist.")
    headers = {"Content-Encoding": request.arg(_ENCODING)}
    if document.content_type is not None:
        headers["Content-Type"] = document.content_type
    return Response(200, document.content, headers)


def _document_id(request: Request) -> str:
    return request.path.removeprefix(PREFIX)


def _carries_credentials(request: Request) -> Response | None:
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
    due = _signature(_document_id(request), request.arg("X-Amz-Date"), request.arg(_ENCODING))
    if request.method == "GET" and hmac.compare_digest(given.encode(), due.encode()):
        return None
    return storage_error(
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method.",
    )


def _expired(seller: Seller, request: Request) -> Response | None:
    signed = datetime.strptime(request.arg("X-Amz-Date"), _STAMP).replace(tzinfo=UTC)
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
