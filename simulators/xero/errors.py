"""Xero's refusals: their codes, bodies and words.

    Refusal                   any answer that is not what was asked for
      NotSignedIn, Forbidden  401 and 403, the problem shape
      Unparsable              400, ErrorNumber 14: the body is not what the endpoint reads
      BadQuery                400, ErrorNumber 16: a `where` or `order` that Xero cannot parse
      NotFound                404, plain text
      Throttled               429, no body
      NotImitated             501: Xero can do this, the simulator does not
    Invalid                   one element breaks rules; the batch decides what becomes of it

Words in quotation marks of the fact sheet (facts/xero-qbo.md, 2.3) are Xero's own; the others say
the same thing plainly.
"""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from simulators.wsgi import Response


class Refusal(Exception):
    """An answer with an error status."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"{response.status}: {response.content().decode()[:500]}")
        self.response = response


def _problem(status: int, title: str, detail: str) -> Response:
    return Response(
        status,
        {
            "Type": None,
            "Title": title,
            "Status": status,
            "Detail": detail,
            "Instance": str(uuid.uuid4()),
            "Extensions": {},
        },
    )


def _exception(status: int, number: int, kind: str, message: str) -> Response:
    return Response(status, {"ErrorNumber": number, "Type": kind, "Message": message})


class NotSignedIn(Refusal):
    """401: no token, an unknown one, or one that has expired."""

    def __init__(self, detail: str) -> None:
        super().__init__(_problem(401, "Unauthorized", detail))


class Forbidden(Refusal):
    """403: the token is good, but not for this organisation."""

    def __init__(self) -> None:
        super().__init__(_problem(403, "Forbidden", "AuthenticationUnsuccessful"))


class MissingScope(Refusal):
    """The token is good, but was never given the scope; 403, or 401 as some apps see it."""

    def __init__(self, status: int) -> None:
        title = "Forbidden" if status == 403 else "Unauthorized"  # noqa: PLR2004
        response = _problem(status, title, "AuthorizationUnsuccessful")
        response.headers["WWW-Authenticate"] = "insufficient_scope"
        super().__init__(response)


class BadRequest(Refusal):
    """400 in the problem shape: a header that makes no sense."""

    def __init__(self, detail: str) -> None:
        super().__init__(_problem(400, "Bad Request", detail))


class Unparsable(Refusal):
    """400: malformed JSON, or a value that is not of its field's kind."""

    def __init__(self, message: str) -> None:
        super().__init__(_exception(400, 14, "PostDataInvalidException", message))


class BadQuery(Refusal):
    """400: a filter or sort order that cannot be parsed."""

    def __init__(self, message: str) -> None:
        super().__init__(_exception(400, 16, "QueryParseException", message))


class NotFound(Refusal):
    """404: no such resource."""

    def __init__(self) -> None:
        super().__init__(Response(404, "The resource you're looking for cannot be found"))


class Throttled(Refusal):
    """429 with an empty body; `problem` is minute, day, appminute or concurrent."""

    def __init__(self, problem: str, retry_after: int | None) -> None:
        headers = {"X-Rate-Limit-Problem": problem}
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        super().__init__(Response(429, b"", headers))


class NotImitated(Refusal):
    """501: the real Xero answers this, the simulator says that it does not."""

    def __init__(self, what: str) -> None:
        super().__init__(Response(501, f"This simulator does not imitate {what}."))


class Invalid(Exception):
    """One element breaks one or more rules; the messages are in Xero's order of checking."""

    def __init__(self, *messages: str) -> None:
        super().__init__("; ".join(messages))
        self.messages = list(messages)


def validation_exception(elements: list[dict[str, Any]]) -> Response:
    """Give the 400 that lists the elements at fault."""
    return Response(
        400,
        {
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": "A validation exception occurred",
            "Elements": elements,
        },
    )


# Xero's own words (facts/xero-qbo.md 2.3; the currency message is widely quoted by integrators).
CONTACT_UNIDENTIFIED = (
    "The Contact must contain at least 1 of the following elements to identify the contact: "
    "Name, ContactID, ContactNumber"
)
CONTACT_MISSING = "A Contact must be specified for this type of transaction"
NO_LINES = "One or more line items must be specified"
ACCOUNT_MISSING = "Account code or ID must be specified"
NEGATIVE_TOTAL = "The Total for this document must be greater than or equal to zero."
SUBTOTAL_DIFFERS = "The document sub total does not equal the sub total of the lines"
TAX_TOO_LARGE = "The tax amount cannot be greater than the line amount"
NUMBER_TAKEN = "Invoice # must be unique."
WRONG_STATUS_FOR_CREATION = "Invoice not of valid status for creation"
WRONG_STATUS_FOR_CHANGE = "Invoice not of valid status for modification"
HAS_PAYMENTS = "This document cannot be edited as it has a payment or credit note allocated to it"
INVOICE_UNKNOWN = "An existing invoice with the specified ID could not be found"
CREDIT_NOTE_UNKNOWN = "An existing Credit Note with the specified CreditNoteID could not be found"
DOCUMENT_UNKNOWN = "The document with the supplied id was not found for this endpoint."
PAYMENT_TOO_LARGE = "Payment amount exceeds the amount outstanding on this document"
PLAN_IS_FULL = "You have reached the limit of invoices you can approve"
PAYMENT_NEEDS_AUTHORISED = "Payments can only be made against Authorised documents"


def account_not_valid(code: str) -> str:
    """Word the refusal of an account that is unknown or may not stand on the document."""
    return f"Account code '{code}' is not a valid code for this document."


def below_zero(code: str, quantity: Decimal, value: Decimal) -> str:
    """Word the refusal of a movement that would leave less than nothing of a tracked item.

    That Xero refuses it, its help says (Inventory_AdjGS); its words are not known.
    """
    return (
        f"The quantity or value of the tracked item '{code}' cannot fall below zero: "
        f"{quantity:.4f} on hand, worth {value:.2f}"
    )


def negative_quantity(quantity: Decimal) -> str:
    """Word the refusal of a negative quantity, as integrators quote it."""
    return f"The quantity value '{quantity:.4f}' is invalid. Quantity must not be less than zero."


def account_archived(code: str) -> str:
    """Word the refusal of an account that is no longer in use."""
    return f"Account code '{code}' has been archived or has been deleted"


def tax_type_unknown(tax_type: str) -> str:
    """Word the refusal of a tax type that the organisation does not have."""
    return (
        f"The TaxType code {tax_type} does not exist or cannot be used "
        "for this type of transaction."
    )


def tax_type_not_for_account(tax_type: str, code: str) -> str:
    """Word the refusal of a tax type on an account of the wrong class."""
    return f"The TaxType code '{tax_type}' cannot be used with account code '{code}'."


def not_subscribed(currency: str) -> str:
    """Word the refusal of a currency that is not enabled."""
    return f"Organisation is not subscribed to currency {currency}"
