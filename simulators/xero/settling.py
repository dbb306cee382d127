"""How payments and credit notes bring a document's due amount down, and back up again.

`_base_due` keeps what the control account still carries for the document in base currency, so
that the last payment clears it to the cent whatever the rates were.
"""

from __future__ import annotations

from decimal import Decimal

from simulators.xero.documents import label
from simulators.xero.ledger import Entry
from simulators.xero.organisation import Organisation
from simulators.xero.records import Register
from simulators.xero.values import Document, money

_CONTROLS = {"ACCREC": "DEBTORS", "ACCPAY": "CREDITORS"}


def register_of(org: Organisation, document: Document) -> tuple[Register, str]:
    """Name the register of an invoice or credit note, and the field of its due amount."""
    if "InvoiceID" in document:
        return org.invoices, "AmountDue"
    return org.credit_notes, "RemainingCredit"


def lower(org: Organisation, document: Document, amount: Decimal, changes: Document) -> Decimal:
    """Lower a document's due amount; what that is in base currency.

    `changes` are further fields to set; a document with nothing due becomes PAID.
    """
    register, due = register_of(org, document)
    rest = document[due] - amount
    share: Decimal = document["_base_due"]
    if rest:
        share = min(share, money(amount / document["CurrencyRate"]))
    changes = {due: rest, "_base_due": document["_base_due"] - share, **changes}
    if not rest:
        changes["Status"] = "PAID"
        changes["FullyPaidOnDate"] = max(document["Date"], changes["_last_settled"])
    org.save(register, document | changes)
    return share


def restore(
    org: Organisation, document: Document, amount: Decimal, share: Decimal, changes: Document
) -> None:
    """Put a due amount back, after a payment or an allocation was taken away."""
    register, due = register_of(org, document)
    changes = {
        due: document[due] + amount,
        "_base_due": document["_base_due"] + share,
        "Status": "AUTHORISED",
        "FullyPaidOnDate": None,
        **changes,
    }
    org.save(register, document | changes)


def settle(
    org: Organisation, invoice: Document, credit_note: Document, allocation: Document
) -> None:
    """Allocate a credit note to an invoice; rates that differ give a currency gain or loss."""
    amount, day = allocation["Amount"], allocation["Date"]
    credited = {
        "AmountCredited": invoice["AmountCredited"] + amount,
        "_credits": [*invoice["_credits"], allocation["AllocationID"]],
        "_last_settled": day,
    }
    ours = lower(org, invoice, amount, credited)
    theirs = lower(org, credit_note, amount, {"_last_settled": day})
    lowered = org.credit_notes.get(credit_note["CreditNoteID"]) or credit_note
    kept = allocation | {"_share": ours, "_credit_share": theirs}
    allocations = [*lowered["Allocations"], kept]
    org.save(org.credit_notes, lowered | {"Allocations": allocations})
    difference = ours - theirs
    if difference:
        sign = 1 if invoice["Type"] == "ACCREC" else -1
        control = label(org.system_account(_CONTROLS[invoice["Type"]]))
        gain = label(org.system_account("REALISEDCURRENCYGAIN"))
        base, nothing = org.base_currency, Decimal(0)
        org.ledger.post(
            allocation["AllocationID"],
            [
                Entry(control, day, -sign * difference, base, nothing),
                Entry(gain, day, sign * difference, base, sign * difference),
            ],
        )


def release(org: Organisation, credit_note: Document, allocation: Document) -> None:
    """Take an allocation back from both documents."""
    amount = allocation["Amount"]
    rest = [each for each in credit_note["Allocations"] if each is not allocation]
    restore(org, credit_note, amount, allocation["_credit_share"], {"Allocations": rest})
    invoice = org.invoices.get(allocation["Invoice"]["InvoiceID"])
    if invoice is None:
        raise LookupError(f"no invoice {allocation['Invoice']['InvoiceID']}")
    credits_left = [each for each in invoice["_credits"] if each != allocation["AllocationID"]]
    less = {"AmountCredited": invoice["AmountCredited"] - amount, "_credits": credits_left}
    restore(org, invoice, amount, allocation["_share"], less)
    org.ledger.post(allocation["AllocationID"], ())
