"""HTTP in, HTTP out: which operation a request is for, and whether it may be answered.

A request passes, in this order: the edge (malformed HTTP), the route, the User-Agent, the access
token, the usage plan, the role, and then the operation's own rules.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from simulators.amazon_sp import documents, listing_items, lwa, uploads
from simulators.amazon_sp.errors import (
    BAD_REQUEST_PAGE,
    Refusal,
    denied,
    invalid_input,
    over_quota,
)
from simulators.amazon_sp.operations import ROUTES, Operation
from simulators.amazon_sp.query import Query
from simulators.amazon_sp.seller import Seller
from simulators.control import ControlDesk
from simulators.wsgi import App, Call, Request, Response, Router

_ILLEGAL = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]|%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_USER_AGENT = re.compile(r"[^/()]+/[^\s()]+ \((?:[^()]*; ?)?Language=[^;()]+(?:;[^()]*)?\).*")
_LONGEST_USER_AGENT = 500
_STORAGE = {documents.PREFIX: documents.fetch, uploads.PREFIX: uploads.take}
_RATED = {200, 201, 202, 400, 404}


def application(seller: Seller) -> App:
    """Serve a seller's account: the API, the token endpoint, the documents, the control desk."""
    return _Application(seller)


def _routes(seller: Seller) -> Router:
    router = Router()
    for route, operation in ROUTES:
        method, _, path = route.partition(" ")
        router.add(method, path, _handler(seller, operation))
    return router


def _handler(seller: Seller, operation: Operation) -> Callable[..., Response]:
    """Make the route's handler: token, usage plan, role, parameters, then the operation."""

    def handle(request: Request, **segments: str) -> Response:
        seller.login.check(request)
        if not seller.usage.take(operation.name):
            raise over_quota()
        response = _answer(seller, operation, request, segments)
        if response.status in _RATED:
            response.headers["x-amzn-RateLimit-Limit"] = seller.usage.rate(operation.name)
        return response

    return handle


def _answer(
    seller: Seller, operation: Operation, request: Request, segments: dict[str, str]
) -> Response:
    extra: dict[str, Any] = {"request": request} if operation.takes_request else {}
    try:
        _check_allowed(seller, operation)
        _check_body(request)
        query = Query(request, operation.parameters)
        seller.catch_up()
        body = operation.answer(seller, query, *segments.values(), **extra)
        return Response(operation.status, b"" if body is None else body)
    except Refusal as refusal:
        return refusal.response()


def _check_allowed(seller: Seller, operation: Operation) -> None:
    """Refuse for want of a role, or as Amazon refuses an operation to some sellers."""
    if operation.roles and not set(operation.roles) & seller.roles:
        raise denied()
    if code := seller.refused.get(operation.name):
        raise Refusal(403, code, "Access to requested resource is denied.")


def _check_body(request: Request) -> None:
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if request.method in {"POST", "PATCH"} and kind != "application/json":
        raise Refusal(415, "UnsupportedMediaType", "The body must be application/json.")


def _check_user_agent(request: Request) -> None:
    """Refuse a call without `App/Version (Language=...)`, at most 500 characters."""
    agent = request.headers.get("User-Agent", "")
    if len(agent) > _LONGEST_USER_AGENT:
        raise invalid_input("Invalid Input", "The User-Agent header has over 500 characters.")
    if not _USER_AGENT.fullmatch(agent):
        raise invalid_input(
            "Invalid Input", "The User-Agent header must name application and Language."
        )


def _malformed(request: Request) -> bool:
    return bool(_ILLEGAL.search(request.target)) or any(
        _CONTROL.search(value) for value in request.headers.values()
    )


class _Application:
    def __init__(self, seller: Seller) -> None:
        self._seller = seller
        self._router = _routes(seller)
        self._desk = ControlDesk(
            seller.faults, seller.calls, seller.clock, lambda: dict(seller.summary())
        )
        self._desk.router.add("POST", "/__control__/revoke", self._revoke)

    def __call__(self, request: Request) -> Response:
        """Answer a request, noting it down, with the fault that is due if there is one."""
        if self._desk.handles(request):
            return self._desk(request)
        call = Call.of(request)
        self._seller.calls.append(call)
        response = self._seller.faults.around(request, lambda: self._service(request))
        response.headers.setdefault("x-amzn-RequestId", str(uuid.uuid4()))
        call.status = response.status
        return response

    def _service(self, request: Request) -> Response:
        if _malformed(request):
            return Response(400, BAD_REQUEST_PAGE, {"Content-Type": "text/html"})
        with self._seller.lock:
            if request.path == lwa.PATH:
                return self._seller.login.token(request)
            if request.path == lwa.CONSENT:
                return self._seller.login.consent(request)
            for prefix, answer in _STORAGE.items():
                if request.path.startswith(prefix):
                    return answer(self._seller, request)
            try:
                return self._operation(request)
            except Refusal as refusal:
                return refusal.response()

    def _operation(self, request: Request) -> Response:
        # A path is taken apart before it is decoded: a SKU may have a slash in it.
        path = urlsplit(request.target).path
        allowed = self._router.methods(path)
        if not allowed and path.startswith(listing_items.PREFIX):
            # So a SKU is answered whose slash was not encoded: python-amazon-sp-api 495.
            raise denied()
        if not allowed:
            raise Refusal(404, "NotFound", "The resource specified does not exist.")
        found = self._router.find(request.method, path)
        if found is None:
            refusal = Refusal(405, "MethodNotAllowed", "The method is not allowed on this path.")
            response = refusal.response()
            response.headers["Allow"] = ", ".join(allowed)
            return response
        _check_user_agent(request)
        handler, segments = found
        return handler(request, **{name: unquote(part) for name, part in segments.items()})

    def _revoke(self, _: Request) -> Response:
        self._seller.revoke()
        return Response(204)
