"""Contacts: who a document is for, found by id, number or name."""

from __future__ import annotations

from simulators.xero.errors import CONTACT_MISSING, CONTACT_UNIDENTIFIED, DOCUMENT_UNKNOWN, Invalid
from simulators.xero.organisation import Organisation
from simulators.xero.values import Document, new_id

_LONGEST = {
    "Name": 255,
    "FirstName": 255,
    "LastName": 255,
    "EmailAddress": 255,
    "ContactNumber": 50,
    "AccountNumber": 50,
    "CompanyNumber": 50,
    "TaxNumber": 50,
}


def create(org: Organisation, element: Document) -> Document:
    """Create a contact; Xero chooses the id, whatever the element says."""
    _check(org, element, None)
    return org.save(org.contacts, _blank() | element | {"ContactID": new_id()})


def create_or_update(org: Organisation, element: Document) -> Document:
    """Update the contact with the id, else the number, else the name; create what is not there."""
    known = _matched(org, element)
    if known is None:
        return create(org, element)
    changed = known | element | {"ContactID": known["ContactID"]}
    _check(org, changed, known)
    return org.save(org.contacts, changed)


def of_document(org: Organisation, document: Document) -> Document:
    """Find the contact of a document; a name nobody has makes a new contact, as in Xero.

    Fields beside the ContactID change the contact itself (facts/xero-qbo.md 2.5).
    """
    reference = document.get("Contact")
    if reference is None:
        raise Invalid(CONTACT_MISSING)
    if not reference.keys() & {"ContactID", "ContactNumber", "Name"}:
        raise Invalid(CONTACT_UNIDENTIFIED)
    known = _matched(org, reference)
    if known is None:
        known = create(org, reference)
    elif any(known.get(name) != value for name, value in reference.items()):
        known = create_or_update(org, reference | {"ContactID": known["ContactID"]})
    if known["ContactStatus"] != "ACTIVE":
        raise Invalid(f"The contact {known['Name']} is archived")
    return known


def _matched(org: Organisation, element: Document) -> Document | None:
    if "ContactID" in element:
        found = org.contacts.get(element["ContactID"])
        if found is None:
            raise Invalid(DOCUMENT_UNKNOWN)
        return found
    for field in ("ContactNumber", "Name"):
        for found in org.contacts.named(field, element.get(field, "")):
            if found["ContactStatus"] == "ACTIVE":
                return found
    return None


def _check(org: Organisation, contact: Document, known: Document | None) -> None:
    name = contact.get("Name", "")
    faults = [
        f"The {field} field cannot have more than {longest} characters"
        for field, longest in _LONGEST.items()
        if len(contact.get(field, "")) > longest
    ]
    if not name:
        faults.append("The contact name must be specified")
    if "<" in name or ">" in name or name != " ".join(name.split()):
        faults.append(f"The contact name '{name}' is not valid")
    others = [
        (field, words, other)
        for field, words in (("Name", "name"), ("ContactNumber", "number"))
        for other in org.contacts.named(field, contact.get(field, ""))
        if other is not known
    ]
    for field, words, other in others:
        if field == "Name" and other["ContactStatus"] != "ACTIVE":
            continue
        scope = "all active contacts" if field == "Name" else "all contacts"
        faults.append(
            f"The contact {words} {contact[field]} is already assigned to another contact. "
            f"The contact {words} must be unique across {scope}."
        )
    if faults:
        raise Invalid(*faults)


def _blank() -> Document:
    return {
        "ContactStatus": "ACTIVE",
        "BankAccountDetails": "",
        "Addresses": [],
        "Phones": [],
        "ContactGroups": [],
        "IsSupplier": False,
        "IsCustomer": False,
        "ContactPersons": [],
        "HasAttachments": False,
    }
