"""A plain HTTP caller of the Xero simulator, and documents that Xero takes as they are."""

from __future__ import annotations

import base64
import http.client
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from simulators.xero import Organisation

ALL_SCOPES = (
    "accounting.invoices accounting.payments accounting.banktransactions "
    "accounting.manualjournals accounting.contacts accounting.settings accounting.attachments"
)
BASIC = "Basic " + base64.b64encode(b"DEMOXEROCLIENT:demo-xero-secret").decode()
Json = dict[str, Any]


@dataclass
class Answer:
    """One answer as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON, numbers exact."""
        return json.loads(self.body, parse_float=Decimal)

    def only(self, name: str) -> Json:
        """The one element of an answer."""
        (element,) = self.json[name]
        return dict(element)

    @property
    def messages(self) -> list[str]:
        """What was wrong, from a 400 or from the elements of a 200."""
        body = self.json
        elements = body.get("Elements")
        if elements is None:
            elements = next(value for value in body.values() if isinstance(value, list))
        return [fault["Message"] for each in elements for fault in each.get("ValidationErrors", [])]


class Caller:
    """Speaks HTTP to one simulator, with a token of its own."""

    def __init__(self, url: str, organisation: Organisation) -> None:
        self.org = organisation
        self.host = url.removeprefix("http://")
        self.token = ""
        self._connection = http.client.HTTPConnection(self.host)

    def send(self, method: str, target: str, body: bytes | str = b"", **headers: str) -> Answer:
        """Send one request as it is; underscores in header names stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            self._connection.request(method, target, body, named)
            response = self._connection.getresponse()
            return Answer(response.status, dict(response.headers.items()), response.read())
        except (http.client.HTTPException, ConnectionError):
            self._connection.close()
            raise

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def sign_in(self, scope: str = ALL_SCOPES, authorization: str = BASIC, **form: str) -> Answer:
        """Ask for a token as a custom connection and keep it."""
        fields = {"grant_type": "client_credentials", "scope": scope, **form}
        answer = self.send(
            "POST",
            "/connect/token",
            urlencode(fields),
            Authorization=authorization,
            Content_Type="application/x-www-form-urlencoded",
        )
        if answer.status == 200:
            self.token = answer.json["access_token"]
        return answer

    def call(
        self, method: str, path: str, body: Any = None, query: Json | None = None, **headers: str
    ) -> Answer:
        """Call the Accounting API with JSON."""
        if not self.token:
            self.sign_in()
        given = {
            "Authorization": f"Bearer {self.token}",
            "Accept": "application/json",
            "Content_Type": "application/json",
        }
        target = f"/api.xro/2.0/{path}" + (f"?{urlencode(query)}" if query else "")
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        return self.send(method, target, content, **{**given, **headers})

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> Answer:
        """Read."""
        return self.call("GET", path, query=query, **(headers or {}))

    def put(self, endpoint: str, *elements: Json, **query: Any) -> Answer:
        """Create; each element answers for itself unless `summarizeErrors` says otherwise."""
        query = {"summarizeErrors": "false", "unitdp": 4, **query}
        return self.call("PUT", endpoint, {endpoint: elements}, query)

    def post(self, path: str, *elements: Json, **query: Any) -> Answer:
        """Create or update."""
        query = {"summarizeErrors": "false", "unitdp": 4, **query}
        return self.call("POST", path, {path.partition("/")[0]: elements}, query)

    def contact(self, name: str = "Amazon.co.uk") -> Json:
        """Refer to a contact, made at the first time of asking."""
        known = self.get("Contacts", where=f'Name=="{name}"').json["Contacts"]
        contact = known[0] if known else self.put("Contacts", {"Name": name}).only("Contacts")
        return {"ContactID": contact["ContactID"]}

    def invoice(self, **changes: Any) -> Json:
        """Write a sales invoice of 12.00, 2.00 of it VAT, that Xero takes."""
        whole = {
            "Type": "ACCREC",
            "Status": "AUTHORISED",
            "Contact": None if "Contact" in changes else self.contact(),
            "Date": "2026-05-01",
            "DueDate": "2026-05-01",
            "LineAmountTypes": "Inclusive",
            "LineItems": [line()],
            **changes,
        }
        return {name: value for name, value in whole.items() if value is not None}

    def posted(self, **changes: Any) -> Json:
        """Post such an invoice."""
        return self.put("Invoices", self.invoice(**changes)).only("Invoices")

    def receive(self, **changes: Any) -> Json:
        """Write a receipt of 10.00 into the bank from clearing, that Xero takes."""
        whole = {
            "Type": "RECEIVE",
            "Contact": None if "Contact" in changes else self.contact(),
            "BankAccount": {"Code": "090"},
            "Date": "2026-05-05",
            "LineAmountTypes": "NoTax",
            "LineItems": [line(AccountCode="610", TaxType="NONE", UnitAmount=10)],
            **changes,
        }
        return {name: value for name, value in whole.items() if value is not None}


def line(**changes: Any) -> Json:
    """Write a line of 12.00 on sales with 20% VAT; None leaves a field out."""
    whole = {
        "Description": "Widget",
        "Quantity": 1,
        "UnitAmount": 12,
        "AccountCode": "200",
        "TaxType": "OUTPUT2",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def journal(*lines: Json, **changes: Any) -> Json:
    """Write a posted journal; without lines, 12.00 of fees against clearing."""
    whole = {
        "Narration": "Amazon settlement",
        "Date": "2026-05-03",
        "Status": "POSTED",
        "LineAmountTypes": "Inclusive",
        "JournalLines": list(lines)
        or [
            {"AccountCode": "401", "LineAmount": 12, "TaxType": "INPUT2"},
            {"AccountCode": "610", "LineAmount": -12, "TaxType": "NONE"},
        ],
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def payment(invoice: Json, amount: Any, **changes: Any) -> Json:
    """Write a payment of an invoice into clearing."""
    return {
        "Invoice": {"InvoiceID": invoice["InvoiceID"]},
        "Account": {"Code": "610"},
        "Date": "2026-05-03",
        "Amount": amount,
        **changes,
    }
