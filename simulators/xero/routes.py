"""Xero over HTTP: which request is which work, in the order in which Xero looks at it.

fault on the way -> token -> tenant -> rate limit -> scope -> idempotency key -> the work
"""

from __future__ import annotations

from collections.abc import Callable

from simulators.faults import Fault
from simulators.wsgi import App, Call, Request, Response, Router
from simulators.xero import credit_notes, payments, reports, settings, tracking
from simulators.xero.batches import elements_of, write
from simulators.xero.desk import control_desk
from simulators.xero.endpoints import ENDPOINTS, Endpoint, rounded_units
from simulators.xero.errors import (
    Invalid,
    NotFound,
    Refusal,
    validation_exception,
)
from simulators.xero.listing import asked, listed, without_details
from simulators.xero.messages import check_message
from simulators.xero.notes import add_attachment, add_history, list_attachments, list_history
from simulators.xero.organisation import Organisation
from simulators.xero.values import Document, is_guid, net_date, new_id, shown

ROOT = "/api.xro/2.0"
_BY_NAME = {endpoint.name: endpoint for endpoint in ENDPOINTS}


def application(org: Organisation) -> App:
    """Serve an organisation: identity, connections, Accounting API and the control desk."""
    return _Application(org)


class _Application:
    def __init__(self, org: Organisation) -> None:
        self._org = org
        self._router = Router()
        self._desk = control_desk(org)
        self._identity = Router()
        self._identity.add("POST", "/connect/token", org.identity.token)
        self._identity.add("POST", "/connect/revocation", org.identity.revoke)
        self._identity.add("GET", "/identity/connect/authorize", org.identity.browser.authorize)
        self._identity.add("GET", "/connections", org.identity.connections)
        self._identity.add("DELETE", "/connections/{connection_id}", org.identity.disconnect)
        self._add_settings()
        for endpoint in ENDPOINTS:
            self._add(endpoint)
        self._add_special()

    def __call__(self, request: Request) -> Response:
        if self._desk.handles(request):
            return self._desk(request)
        call = Call.of(request)
        self._org.calls.append(call)
        fault = self._org.faults.take(request)
        response = (
            fault.outside(lambda: self._serve(request, fault))
            if fault
            else self._serve(request, None)
        )
        call.status = response.status
        return response

    def _serve(self, request: Request, fault: Fault | None) -> Response:
        try:
            if request.path.startswith(f"{ROOT}/"):
                return self._accounting(request, fault)
            return _acted_out(fault, lambda: self._identity(request))
        except Refusal as refusal:
            return refusal.response

    def _accounting(self, request: Request, fault: Fault | None) -> Response:
        org = self._org
        app, scopes = org.identity.authorise(request)
        org.identity.check_tenant(request, app)
        try:
            with org.limits.admitted():
                name = request.path.removeprefix(f"{ROOT}/").partition("/")[0]
                needed = _scopes_of(name, request)
                org.identity.check_scope(scopes, needed, request.method, org.scope_refusal)
                response = org.idempotency.once(
                    app.client_id,
                    request,
                    lambda: _acted_out(fault, lambda: self._work(request)),
                )
        except Refusal as refusal:
            response = refusal.response
        response = Response(response.status, response.body, dict(response.headers))
        response.headers |= org.limits.headers()
        return response

    def _work(self, request: Request) -> Response:
        try:
            check_message(request)
            with self._org.lock, self._org.changes.all_or_nothing():
                answer = self._router(request)
        except Refusal as refusal:
            return refusal.response
        except Invalid as invalid:
            errors = [{"Message": message} for message in invalid.messages]
            return validation_exception([{"ValidationErrors": errors}])
        if answer.status == 404 and not answer.content():  # noqa: PLR2004
            return NotFound().response
        return answer

    # Routes

    def _add(self, endpoint: Endpoint) -> None:
        root = f"{ROOT}/{endpoint.name}"
        org = self._org
        one = f"{root}/{{identity}}"
        self._router.add("GET", root, lambda request: self._list(endpoint, request))
        self._router.add(
            "GET", one, lambda request, identity: self._one(endpoint, request, identity)
        )
        if endpoint.put:
            self._router.add("PUT", root, lambda request: self._write(endpoint, request))
        if endpoint.post:
            self._router.add("POST", root, lambda request: self._write(endpoint, request))
            self._router.add(
                "POST", one, lambda request, identity: self._write(endpoint, request, identity)
            )
        for method, part, serve in (
            ("GET", "History", list_history),
            ("PUT", "History", add_history),
            ("GET", "Attachments", list_attachments),
        ):
            self._router.add(
                method,
                f"{one}/{part}",
                lambda request, identity, serve=serve: self._envelope(
                    serve(org, self._found(endpoint, identity)[endpoint.id_field], request)
                ),
            )
        for method in ("PUT", "POST"):
            self._router.add(
                method,
                f"{one}/Attachments/{{file_name}}",
                lambda request, identity, file_name: self._envelope(
                    add_attachment(
                        org, endpoint, self._found(endpoint, identity), request, file_name
                    )
                ),
            )

    def _add_settings(self) -> None:
        org = self._org
        for name in ("Organisation", "Organisations"):
            self._router.add(
                "GET",
                f"{ROOT}/{name}",
                lambda _: self._envelope({"Organisations": [settings.described(org)]}),
            )
        self._router.add(
            "GET",
            f"{ROOT}/Organisation/Actions",
            lambda _: self._envelope({"Actions": settings.actions(org)}),
        )
        self._router.add(
            "GET",
            f"{ROOT}/Currencies",
            lambda _: self._envelope({"Currencies": list(org.currencies.values())}),
        )
        self._router.add("POST", f"{ROOT}/Accounts/{{identity}}", self._change_account)

    def _add_special(self) -> None:
        root = f"{ROOT}/CreditNotes/{{identity}}/Allocations"
        self._router.add("PUT", root, self._allocate)
        self._router.add("DELETE", f"{root}/{{allocation_id}}", self._deallocate)
        self._router.add(
            "GET",
            f"{ROOT}/Reports/TrialBalance",
            lambda request: self._envelope(reports.trial_balance(self._org, request)),
        )
        root = f"{ROOT}/TrackingCategories/{{identity}}/Options"
        self._router.add("PUT", root, self._add_tracking_options)

    # Answers

    def _envelope(self, content: Document) -> Response:
        head = {
            "Id": new_id(),
            "Status": "OK",
            "ProviderName": "Simulator",
            "DateTimeUTC": net_date(self._org.clock.now()),
        }
        return Response(200, head | shown(content))

    def _shown(self, endpoint: Endpoint, document: Document, request: Request) -> Document:
        unitdp = 4 if asked(request, "unitdp") == "4" else 2
        answer = document | endpoint.extras(self._org, document)
        if document.get("_warnings"):
            answer["Warnings"] = [{"Message": each} for each in document["_warnings"]]
        return rounded_units(answer, unitdp)

    def _list(self, endpoint: Endpoint, request: Request) -> Response:
        found, pagination, light = listed(self._org, endpoint, request)
        summary = asked(request, "summaryOnly").lower() == "true"
        documents = [self._shown(endpoint, each, request) for each in found]
        if light or summary:
            documents = [without_details(endpoint, request, each) for each in documents]
        head = {"pagination": pagination} if pagination else {}
        return self._envelope(head | {endpoint.name: documents})

    def _found(self, endpoint: Endpoint, identity: str) -> Document:
        register = endpoint.register(self._org)
        found = register.get(identity.lower() if is_guid(identity) else identity)
        for name in endpoint.names:
            found = found or next(iter(register.named(name, identity)), None)
        if found is None:
            raise NotFound
        return found

    def _one(self, endpoint: Endpoint, request: Request, identity: str) -> Response:
        document = self._found(endpoint, identity)
        return self._envelope({endpoint.name: [self._shown(endpoint, document, request)]})

    def _write(self, endpoint: Endpoint, request: Request, identity: str = "") -> Response:
        org = self._org
        unitdp = 4 if asked(request, "unitdp") == "4" else 2
        act = endpoint.put if request.method == "PUT" else endpoint.post
        known = self._found(endpoint, identity) if identity else None

        def acted(element: Document) -> Document:
            if known is not None and endpoint.name == "Payments":
                return payments.delete(org, known, element)
            if known is not None:
                element = element | {endpoint.id_field: known[endpoint.id_field]}
            return act(org, element, unitdp) if act else {}

        written = write(
            org,
            endpoint,
            request,
            acted,
            lambda document: self._shown(endpoint, document, request),
            creates=request.method == "PUT",
        )
        if isinstance(written, Response):
            return written
        return self._envelope({endpoint.name: written})

    def _change_account(self, request: Request, identity: str) -> Response:
        endpoint = _BY_NAME["Accounts"]
        known = self._found(endpoint, identity)
        written = write(
            self._org,
            endpoint,
            request,
            lambda element: settings.update_account(self._org, known, element),
            lambda document: document,
            creates=False,
        )
        return written if isinstance(written, Response) else self._envelope({"Accounts": written})

    def _allocate(self, request: Request, identity: str) -> Response:
        endpoint = _BY_NAME["CreditNotes"]
        answers = []
        for element in elements_of(self._org, request, "Allocations"):
            note = self._found(endpoint, identity)
            answers.append(credit_notes.allocate(self._org, note, element))
        return self._envelope({"Allocations": answers})

    def _deallocate(self, _: Request, identity: str, allocation_id: str) -> Response:
        note = self._found(_BY_NAME["CreditNotes"], identity)
        gone = credit_notes.deallocate(self._org, note, allocation_id)
        if gone is None:
            raise NotFound
        return self._envelope({"Allocations": [gone]})

    def _add_tracking_options(self, request: Request, identity: str) -> Response:
        org, endpoint = self._org, _BY_NAME["TrackingCategories"]
        options = [
            tracking.create_option(org, self._found(endpoint, identity), element)
            for element in elements_of(org, request, "Options")
        ]
        return self._envelope({"Options": options})


def _acted_out(fault: Fault | None, answer: Callable[[], Response]) -> Response:
    return fault.inside(answer) if fault else answer()


def _scopes_of(name: str, request: Request) -> tuple[str, ...]:
    if "/Attachments" in request.path:
        return ("accounting.attachments",)
    if name == "Reports":
        return reports.SCOPES
    endpoint = _BY_NAME.get(name)
    if endpoint is None:
        return ("accounting.settings",)
    return endpoint.scopes if request.method == "GET" else endpoint.write_scopes or endpoint.scopes
