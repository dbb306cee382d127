"""Amazon's refusals: their status, code and wording.

Every API refuses with `{"errors": [{"code", "message", "details"}]}` (`ErrorList` of the models).
Wording is what sellers report; where nobody has, it is the models' own description. Clients
should go by the status: codes are not a closed set.
"""

from __future__ import annotations

from simulators.wsgi import Response

BAD_REQUEST_PAGE = (
    "<html>\r\n<head><title>400 Bad Request</title></head>\r\n<body>\r\n"
    "<center><h1>400 Bad Request</h1></center>\r\n</body>\r\n</html>\r\n"
)

TOKEN_MISSING = "Access token is missing in the request header."
TOKEN_INVALID = "The access token you provided is revoked, malformed or invalid."
TOKEN_EXPIRED = "The access token you provided has expired."


class Refusal(Exception):
    """A request that Amazon refuses, with what it answers."""

    def __init__(self, status: int, code: str, message: str, details: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.body = error_list(code, message, details)

    def response(self) -> Response:
        """Give the answer to send."""
        return Response(self.status, self.body)


def error_list(code: str, message: str, details: str = "") -> dict[str, object]:
    """Write one error in the shape that every API has."""
    return {"errors": [{"code": code, "message": message, "details": details}]}


def invalid_input(message: str, details: str = "") -> Refusal:
    """Refuse what a parameter says (400)."""
    return Refusal(400, "InvalidInput", message, details)


def denied(details: str = "") -> Refusal:
    """Refuse for want of a good access token or of a role (403)."""
    return Refusal(403, "Unauthorized", "Access to requested resource is denied.", details)


def not_found(message: str = "The resource specified does not exist.") -> Refusal:
    """Refuse what does not exist, or is kept no longer (404)."""
    return Refusal(404, "NotFound", message)


def over_quota() -> Refusal:
    """Refuse one call too many (429): no Retry-After, no rate."""
    return Refusal(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")


def storage_error(status: int, code: str, message: str, **more: str) -> Response:
    """Write a refusal of the document storage, which speaks XML and not JSON."""
    parts = "".join(f"<{name}>{text}</{name}>" for name, text in more.items())
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message>{parts}</Error>"
    )
    return Response(status, body, {"Content-Type": "application/xml"})
