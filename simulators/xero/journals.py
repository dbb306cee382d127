"""Manual journals: balanced, in base currency, and never on accounts that Xero keeps itself."""

from __future__ import annotations

from decimal import Decimal

from simulators.xero.chart import check_line_account, check_tax
from simulators.xero.documents import Faults, label, options
from simulators.xero.errors import ACCOUNT_MISSING, DOCUMENT_UNKNOWN, Invalid
from simulators.xero.ledger import Entry
from simulators.xero.lines import LineAmountTypes, amount_types, net_of, tax_on, tracking
from simulators.xero.organisation import Organisation
from simulators.xero.values import Document, money, new_id

_STEPS = {
    "DRAFT": {"DRAFT", "POSTED", "DELETED"},
    "POSTED": {"POSTED", "VOIDED"},
}
_FEWEST_LINES = 2


def create(org: Organisation, element: Document) -> Document:
    """Create a manual journal, a DRAFT without tax unless it says otherwise."""
    status = element.get("Status", "DRAFT")
    if status not in ("DRAFT", "POSTED"):
        raise Invalid(f"Manual journal status '{status}' is not valid for creation")
    fresh = {"ManualJournalID": new_id(), "Status": status, "HasAttachments": False}
    return _post(org, _filled(org, element, fresh))


def create_or_update(org: Organisation, element: Document) -> Document:
    """Update the manual journal with the id; without an id create one."""
    if "ManualJournalID" not in element:
        return create(org, element)
    known = org.manual_journals.get(element["ManualJournalID"])
    if known is None:
        raise Invalid(DOCUMENT_UNKNOWN)
    org.check_date(known["Date"])
    wanted = element.get("Status", known["Status"])
    if wanted not in _STEPS.get(known["Status"], set()):
        raise Invalid(f"A {known['Status']} manual journal cannot become {wanted}")
    if wanted in ("DELETED", "VOIDED"):
        org.ledger.post(known["ManualJournalID"], ())
        return org.save(org.manual_journals, known | {"Status": wanted})
    merged = known | element
    if not element.get("JournalLines"):
        merged["JournalLines"] = known["JournalLines"]
    return _post(org, _filled(org, merged, known | {"_warnings": []}))


def _filled(org: Organisation, element: Document, base: Document) -> Document:
    status = element.get("Status", base["Status"])
    faults = Faults()
    if not element.get("Narration", "").strip():
        faults.add("The narration must be specified")
    day = element.get("Date") or org.today()
    faults.of(org.check_date, day)
    amounts: LineAmountTypes = faults.of(amount_types, element, "NoTax") or "NoTax"
    given = element.get("JournalLines", [])
    if len(given) < _FEWEST_LINES:
        faults.add("A manual journal must have at least two lines")
    lines, warnings = [], []
    for line in given:
        if status == "DRAFT" and (removed := _unrecognised(org, line)):
            warnings.append(
                f"Account code '{removed}' has been removed as it does not match a recognised "
                "account."
            )
            line = {name: line[name] for name in line.keys() - {"AccountCode", "AccountID"}}  # noqa: PLW2901
        lines.append(faults.of(_line, org, line, amounts, status == "POSTED"))
    faults.refuse()
    _check_balance(lines, amounts)
    return {
        **base,
        "Narration": element["Narration"],
        "Date": day,
        "Status": status,
        "LineAmountTypes": amounts,
        "JournalLines": lines,
        "Url": element.get("Url"),
        "ShowOnCashBasisReports": element.get("ShowOnCashBasisReports", True),
        "_warnings": warnings,
    }


def _unrecognised(org: Organisation, line: Document) -> str:
    try:
        org.account(line)
    except Invalid:
        return str(line.get("AccountCode") or line.get("AccountID"))
    return ""


def _line(org: Organisation, line: Document, amounts: LineAmountTypes, posted: bool) -> Document:
    account = org.account(line)
    if account is None and posted:
        raise Invalid(ACCOUNT_MISSING)
    if account is not None:
        check_line_account(account, journal=True)
    amount = line.get("LineAmount")
    if amount is None or amount != money(amount):
        raise Invalid("The line amount must be specified, with two decimals at most")
    tax_type = "NONE"
    if amounts != "NoTax" and account is not None:
        tax_type = line.get("TaxType") or account["TaxType"]
        rate = check_tax(org.tax_rates.get(tax_type), tax_type, account)
        tax = tax_on(amount, rate["EffectiveRate"], amounts)
    else:
        tax = Decimal("0.00")
    return {
        "LineAmount": money(amount),
        "AccountCode": account.get("Code") if account else None,
        "AccountID": account["AccountID"] if account else None,
        "Description": line.get("Description"),
        "TaxType": tax_type,
        "TaxAmount": tax,
        "Tracking": tracking(org, line),
        "IsBlank": False,
    }


def _check_balance(lines: list[Document], amounts: LineAmountTypes) -> None:
    whole = [
        line["LineAmount"] + (line["TaxAmount"] if amounts == "Exclusive" else 0) for line in lines
    ]
    if sum(whole) != 0:
        debits = sum((amount for amount in whole if amount > 0), Decimal("0.00"))
        credits_ = sum((amount for amount in whole if amount < 0), Decimal("0.00"))
        raise Invalid(f"The total debits ({debits}) must equal total credits ({credits_})")


def _post(org: Organisation, journal: Document) -> Document:
    posted: list[Entry] = []
    if journal["Status"] == "POSTED":
        day, currency = journal["Date"], org.base_currency
        for line in journal["JournalLines"]:
            account = org.accounts.get(line["AccountID"])
            if account is None:
                raise LookupError(f"the ledger has no account {line['AccountID']}")
            net, tax = net_of(line, journal["LineAmountTypes"]), line["TaxAmount"]
            tracked = options(line["Tracking"])
            posted.append(Entry(label(account), day, net, currency, net, tracked))
            if tax:
                vat = label(org.system_account("GST"))
                posted.append(Entry(vat, day, tax, currency, tax))
    org.ledger.post(journal["ManualJournalID"], posted)
    return org.save(org.manual_journals, journal)
