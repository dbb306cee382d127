"""Writes of elements: each on its own with `summarizeErrors=false`, else all or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulators.wsgi import Request, Response
from simulators.xero.endpoints import Endpoint
from simulators.xero.errors import Invalid, Unparsable, validation_exception
from simulators.xero.listing import asked
from simulators.xero.organisation import Organisation
from simulators.xero.values import NO_ID, Document, read, shown


class _Refused(Exception):
    """The batch as a whole is refused."""


def elements_of(org: Organisation, request: Request, name: str) -> list[Document]:
    """Read the elements of a request: a list under the endpoint's name, or one bare element."""
    try:
        body = request.json()
    except (ValueError, RecursionError) as error:
        raise Unparsable(f"JSON for post data was invalid: {error}") from error
    if isinstance(body, dict):
        wrapped = [value for key, value in body.items() if key.lower() == name.lower()]
        body = wrapped[0] if wrapped else [body]
    if isinstance(body, dict):
        body = [body]
    if not isinstance(body, list) or not body or not all(isinstance(e, dict) for e in body):
        raise Unparsable(f"JSON for post data was invalid: no {name} found")
    return [
        read(each, lambda field: org.ignored_fields.update([f"{name}.{field}"])) for each in body
    ]


def write(
    org: Organisation,
    endpoint: Endpoint,
    request: Request,
    act: Callable[[Document], Document],
    answer: Callable[[Document], Document],
    *,
    creates: bool,
) -> Response | list[Document]:
    """Write every element; the answers in order of the elements, or the 400 for the batch."""
    elements = elements_of(org, request, endpoint.name)
    if endpoint.name == "Accounts":
        elements = elements[:1]  # Xero reads the first alone (XeroAPI/Xero-Net, 285)
    single = asked(request, "summarizeErrors").lower() == "false" and endpoint.name != "Accounts"
    answers: list[Document] = []
    failing: list[Document] = []
    try:
        with org.changes.all_or_nothing():
            for element in elements:
                try:
                    with org.changes.all_or_nothing():
                        org.check_planned(element)
                        document = act(element)
                    answers.append(answer(document) | (_status(document) if single else {}))
                except Invalid as invalid:
                    failing.append(_failed(endpoint, element, invalid, creates=creates))
                    answers.append(failing[-1])
            if failing and not single:
                raise _Refused  # noqa: TRY301 - what takes the changes back is the raising
    except _Refused:
        return validation_exception(failing)
    return answers


def _status(document: Document) -> Document:
    return {"StatusAttributeString": "WARNING" if document.get("_warnings") else "OK"}


def _failed(endpoint: Endpoint, element: Document, invalid: Invalid, *, creates: bool) -> Document:
    given = NO_ID if creates else element.get(endpoint.id_field, NO_ID)
    answer: dict[str, Any] = shown({endpoint.id_field: given, **element})
    answer[endpoint.id_field] = given
    if endpoint.faulty:
        answer[endpoint.faulty] = True
    if endpoint.name != "Accounts":
        answer["StatusAttributeString"] = "ERROR"
    answer["ValidationErrors"] = [{"Message": message} for message in invalid.messages]
    return answer
