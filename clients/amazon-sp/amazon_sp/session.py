"""The one HTTP policy towards Amazon: who is asked, how often, and what a refusal means."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import requests

from amazon_sp import exact
from amazon_sp.auth import TIMEOUT, TOKEN_HEADER, TRIES, LwaAuth
from amazon_sp.errors import (
    AccessDenied,
    AmazonError,
    NotFound,
    Refused,
    Throttled,
    Unavailable,
    vendor_words,
)
from amazon_sp.hosts import NotAllowed, origin, secure
from amazon_sp.limits import Bucket, Limits

RATE_HEADER = "x-amzn-RateLimit-Limit"
# A PATCH of a listing sets absolute figures: sent twice it leaves what it left the first time.
REPEATABLE = {"GET", "HEAD", "PATCH"}
_ORDERS = (
    "'Inventory and Order Tracking' or 'Finance and Accounting' (for buyer data, the restricted"
    " roles as well)"
)
ROLES = {
    "searchOrders": _ORDERS,
    "getOrder": _ORDERS,
    "getOrders": "'Inventory and Order Tracking' or 'Finance and Accounting'",
    "getOrderItems": "'Inventory and Order Tracking' or 'Finance and Accounting'",
    "createReport": "that this kind of report needs: 'Inventory and Order Tracking' for orders,"
    " 'Product Listing' for listings",
    "getReport": "that this kind of report needs",
    "getReportDocument": "that this kind of report needs",
    "getInventorySummaries": "'Amazon Fulfillment' or 'Product Listing'",
    "getMarketplaceParticipations": "'Selling Partner Insights'",
    **dict.fromkeys(
        (
            "searchListingsItems",
            "getListingsItem",
            "patchListingsItem",
            "createFeedDocument",
            "createFeed",
            "getFeeds",
            "getFeed",
            "getFeedDocument",
        ),
        "'Product Listing'",
    ),
}
# What to look at when Amazon refuses an operation, where it is not the tap's settings.
_LISTING = "check seller_id, marketplace_ids and the SKU"
CHECKS = {
    "searchListingsItems": _LISTING,
    "getListingsItem": _LISTING,
    "patchListingsItem": _LISTING,
    "createFeedDocument": "run again later",
    "createFeed": "check seller_id and marketplace_ids",
    "getFeeds": "run again later",
    "getFeed": "run again later",
    "getFeedDocument": "run again later",
}
LOST = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


class Session(requests.Session):
    """A session with one region of the Selling Partner API: signs, paces, retries, explains.

    Paths start with `/`; no request leaves for another host and no redirect is followed, so the
    access token stays with Amazon. Reads, and a PATCH, are repeated after 500, 503 and lost
    connections; a 429 is waited for; a 403 is tried once more with a new token; 400 and 404 never.
    """

    def __init__(self, endpoint: str, auth: LwaAuth, limits: Limits | None = None) -> None:
        super().__init__()
        self.endpoint = secure(endpoint, "api_url")
        self.auth: LwaAuth = auth
        self.limits = limits or auth.limits
        self.headers.update({"User-Agent": auth.user_agent, "Accept": "application/json"})

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> Any:
        """Send one request to a path of the API."""
        path = url if isinstance(url, str) else url.decode()
        if not path.startswith("/") or path.startswith("//"):
            raise NotAllowed("a session takes paths of its own host only")
        kwargs.setdefault("timeout", TIMEOUT)
        return super().request(method, self.endpoint + path, *args, **kwargs)

    def read(self, path: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """GET a JSON object; every fraction in it is a Decimal."""
        return self._body(self.get(path, params=params), path, "GET")

    def write(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST a JSON object and give the answer; what may have been done is not sent twice."""
        return self._body(self.post(path, json=body), path, "POST")

    def amend(
        self, path: str, body: dict[str, Any], params: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """PATCH with a JSON object whose Decimals are written digit for digit; give the answer."""
        sent = self.patch(
            path,
            data=exact.written(body).encode(),
            params=params,
            headers={"Content-Type": "application/json"},
        )
        return self._body(sent, path, "PATCH")

    def _body(self, response: requests.Response, path: str, method: str) -> dict[str, Any]:
        try:
            body = json.loads(response.content, parse_float=Decimal)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            operation = self.limits.bucket(path, method).operation
            raise Unavailable(
                f"Amazon answered {operation} with something that is not a JSON object;"
                " run again later",
                response.headers.get("x-amzn-RequestId"),
            )
        return body

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a signed request within the usage plan until it is answered or refused for good."""
        if origin(request.url or "") != origin(self.endpoint):
            raise NotAllowed("a session talks to its own host only")
        bucket = self.limits.bucket(urlsplit(request.url or "").path, request.method or "GET")
        waited, failures, throttled, renewed = 0.0, 0, 0, False
        while True:
            while short := bucket.shortage():
                why = f"Amazon's pace for {bucket.operation}"
                waited = self.limits.pause(short, waited, why, bucket)
            bucket.take()
            answer = self._once(request, bucket, kwargs)
            if isinstance(answer, requests.Response):
                return answer
            if isinstance(answer, Throttled):
                throttled += 1
                pause = self.limits.after_throttling(bucket, throttled)
            elif isinstance(answer, AccessDenied) and not renewed:
                renewed, pause = True, 0.0
                self.auth.forget(request.headers.get(TOKEN_HEADER))
            elif isinstance(answer, Unavailable) and failures < TRIES - 1 and _harmless(request):
                failures += 1
                pause = self.limits.after_failure(failures)
            else:
                raise answer
            if pause:
                waited = self.limits.pause(pause, waited, str(answer), bucket)

    def _once(
        self, request: requests.PreparedRequest, bucket: Bucket, kwargs: dict[str, Any]
    ) -> requests.Response | AmazonError:
        # Signed here and not where it was prepared: a wait may outlive the token.
        self.auth(request)
        try:
            response = super().send(request, **{**kwargs, "allow_redirects": False})
        except requests.exceptions.SSLError:
            raise Unavailable(
                "Amazon's certificate is not accepted: check api_url, the clock and the network"
            ) from None
        except LOST as error:
            return Unavailable(
                f"The connection to Amazon failed during {bucket.operation}"
                f" ({type(error).__name__}); check the network and run again"
            )
        self.limits.learn(bucket, response.headers.get(RATE_HEADER))
        if response.status_code < requests.codes.multiple_choices:
            return response
        with response:
            return self._refusal(response, bucket.operation)

    def _refusal(self, response: requests.Response, operation: str) -> AmazonError:
        status = response.status_code
        payload = _payload(response)
        words = self.auth.hide(vendor_words(response.text, payload))
        said = f"(HTTP {status}: {words})"
        request_id = response.headers.get("x-amzn-RequestId")
        if status in {requests.codes.unauthorized, requests.codes.forbidden}:
            denied = f"{_denied(operation, words)} {said}"
            return AccessDenied(denied, request_id, code=_code(payload))
        if status == requests.codes.not_found:
            return NotFound(f"Amazon does not find what {operation} asks for {said}", request_id)
        if status == requests.codes.too_many_requests:
            return Throttled(f"Amazon throttles {operation} {said}", request_id)
        if status >= requests.codes.internal_server_error:
            return Unavailable(f"Amazon fails at {operation}; run again later {said}", request_id)
        if status < requests.codes.bad_request:
            return Refused(
                f"Amazon redirects {operation}, which is not followed, since the access token"
                f" would go along; check region and api_url (HTTP {status})",
                request_id,
            )
        checks = CHECKS.get(operation, "check start_date, end_date and marketplace_ids")
        return Refused(f"Amazon refuses {operation}; {checks} {said}", request_id)


def _denied(operation: str, words: str) -> str:
    """Tell what a 401 or 403 means and what to do; Amazon's words tell two causes apart."""
    if "access token" in words.lower():
        return (
            f"Amazon does not take the access token for {operation}, not even a new one: check that"
            " region is the one where the seller authorised the application, and authorise it again"
        )
    role = ROLES.get(operation, "'Finance and Accounting'")
    return (
        f"Amazon denies {operation}: give the application the role {role} and authorise it again"
        " after that, since a role added later counts only then; also check that region and"
        " marketplace_ids are the seller's and that the seller account is active"
    )


def _harmless(request: requests.PreparedRequest) -> bool:
    return request.method in REPEATABLE


def _code(payload: Any) -> str | None:
    """Give the first error's code, where the body has the shape that Amazon documents."""
    errors = payload.get("errors") if isinstance(payload, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    code = first.get("code") if isinstance(first, dict) else None
    return code if isinstance(code, str) else None


def _payload(response: requests.Response) -> Any:
    try:
        return json.loads(response.content)
    except ValueError:
        return None
