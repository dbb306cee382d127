"""What invoices, credit notes and bank transactions have in common: head, lines, ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from simulators.xero import contacts
from simulators.xero.errors import SUBTOTAL_DIFFERS, Invalid
from simulators.xero.ledger import Entry
from simulators.xero.lines import LineRules, amount_types, net_of, priced, totals
from simulators.xero.organisation import Organisation
from simulators.xero.values import Document, money


class Faults:
    """Gathers what is wrong with a document, so that all of it is said at once."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def of(self, check: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """Run one check and keep what it refuses; None then."""
        try:
            return check(*given, **named)
        except Invalid as invalid:
            self.messages += invalid.messages
            return None

    def add(self, message: str) -> None:
        """Keep one message."""
        self.messages.append(message)

    def refuse(self) -> None:
        """Refuse the document if anything was wrong with it."""
        if self.messages:
            raise Invalid(*dict.fromkeys(self.messages))


def named_contact(org: Organisation, document: Document) -> Document:
    """Give the contact as documents carry it: its id and its name, not the whole of it."""
    contact = contacts.of_document(org, document)
    return {"ContactID": contact["ContactID"], "Name": contact["Name"]}


def currency_of(org: Organisation, document: Document, default: str) -> Document:
    """Settle a document's currency and rate; the rate is foreign units for one of base currency."""
    currency = document.get("CurrencyCode") or default
    org.check_currency(currency)
    rate = document.get("CurrencyRate") or org.rates[currency]
    if currency == org.base_currency:
        rate = Decimal(1)
    if rate <= 0:
        raise Invalid("The currency rate must be greater than zero")
    return {"CurrencyCode": currency, "CurrencyRate": rate}


def lines_and_totals(org: Organisation, document: Document, rules: LineRules) -> Document:
    """Price a document's lines and compare the totals it claims, if it claims any."""
    lines = priced(org, document.get("LineItems", []), rules)
    sums = totals(lines, rules.amounts)
    answer = {
        "LineAmountTypes": rules.amounts,
        "LineItems": lines,
        "SubTotal": sums.sub_total,
        "TotalTax": sums.total_tax,
        "Total": sums.total,
    }
    if document.get("SubTotal", sums.sub_total) != sums.sub_total:
        raise Invalid(SUBTOTAL_DIFFERS)
    for field, words in (("TotalTax", "total tax"), ("Total", "total")):
        if document.get(field, answer[field]) != answer[field]:
            raise Invalid(f"The document {words} does not equal the {words} of the lines")
    return answer


def merged(known: Document, element: Document) -> tuple[Document, int | None]:
    """Lay a partial update over a document; also the unit decimals, when its lines stay.

    Totals of the document as it was are not held against new lines: only those that the element
    itself claims. Lines and contact that it leaves out stay as they were.
    """
    claimed = {"SubTotal", "TotalTax", "Total"}
    answer = {name: value for name, value in known.items() if name not in claimed} | element
    if not element.get("Contact"):
        answer["Contact"] = known["Contact"]
    if element.get("LineItems"):
        return answer, None
    retaxed = amount_types(answer) != known["LineAmountTypes"]
    answer["LineItems"] = [
        {
            name: value
            for name, value in line.items()
            if value is not None and not (retaxed and name == "TaxAmount")
        }
        for line in known["LineItems"]
    ]
    return answer, 4


def line_ids(document: Document) -> frozenset[str]:
    """List the ids of the lines that a document has."""
    return frozenset(line["LineItemID"] for line in document.get("LineItems", []))


def label(account: Document) -> str:
    """Give the code that the ledger shows for an account, or its name when it has no code."""
    return str(account.get("Code") or account["Name"])


def entries(
    org: Organisation, document: Document, control: Document, direction: int
) -> list[Entry]:
    """Write a document into ledger entries against its control or bank account.

    direction: +1 when the control account is debited. The control account takes what rounding the
    lines into base currency leaves over, so that the document balances to the cent.
    """
    others = list(_line_entries(org, document, -direction))
    day, currency = document["Date"], document["CurrencyCode"]
    base = -sum((entry.base for entry in others), Decimal(0))
    total = direction * document["Total"]
    return [Entry(label(control), day, base, currency, total), *others]


def _line_entries(org: Organisation, document: Document, sign: int) -> Iterator[Entry]:
    day, currency, rate = document["Date"], document["CurrencyCode"], document["CurrencyRate"]
    tax = sign * document["TotalTax"]
    for line in document["LineItems"]:
        amount = sign * net_of(line, document["LineAmountTypes"])
        account = org.accounts.get(line["AccountID"])
        if account is None:
            raise LookupError(f"the ledger has no account {line['AccountID']}")
        yield Entry(
            label(account), day, money(amount / rate), currency, amount, options(line["Tracking"])
        )
    if tax:
        vat = label(org.system_account("GST"))
        yield Entry(vat, day, money(tax / rate), currency, tax)


def options(tracking: Iterable[Document]) -> tuple[str, ...]:
    """Name the tracking options of a line, as trial balances show them."""
    return tuple(each["Option"] for each in tracking)
