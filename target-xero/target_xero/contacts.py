"""Contacts by their exact name: from the books, from Xero, or made there once."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from books import Books, Posting, State
from xero_api import OutcomeUnknown, Session, reads, writes

_NUMBER_LENGTH = 50
_TRIES = 3


class UnusableContact(Exception):
    """A contact that documents cannot be posted to; the message says what to do."""


class Contacts:
    """The contacts of one organisation; documents carry nothing of them but the id."""

    def __init__(self, session: Session, books: Books, tenant: str) -> None:
        self._session = session
        self._books = books
        self._tenant = tenant
        self._ids: dict[str, str] | None = None
        self.made: set[str] = set()

    def id_of(self, name: str, number: str | None = None) -> str:
        """Xero's id of the contact of this name, which is made when there is none.

        number: our own number for it; None derives one from the name.
        """
        if self._ids is None:
            known = self._books.postings(self._tenant, stream="contacts", states=[State.POSTED])
            self._ids = {p.number: p.vendor_id for p in known if p.number and p.vendor_id}
        if name not in self._ids:
            self._ids[name] = self._find(name) or self._make(name, number)
            self._remember(name, self._ids[name])
        return self._ids[name]

    def forget(self, name: str) -> None:
        """Look a contact up again next time: Xero refused a document because of it."""
        rows = self._books.postings(self._tenant, stream="contacts", numbers=[name])
        self._books.save([replace(row, state=State.HELD, vendor_id=None) for row in rows])
        if self._ids is not None:
            self._ids.pop(name, None)

    def _find(self, name: str) -> str | None:
        found = reads.contact_by_name(self._session, name)
        if found is None:
            return None
        if found.get("ContactStatus") == "ARCHIVED":
            raise UnusableContact(f"the contact {name} is archived in Xero: restore it")
        return str(found["ContactID"])

    def _make(self, name: str, number: str | None) -> str:
        """Create a contact; Xero keeps names and numbers unique, so a repeat cannot make two."""
        payload = {"Name": name, "ContactNumber": number or contact_number(name)}
        for attempt in range(_TRIES):
            key = writes.key_of(self._tenant, "Contacts", [payload], f"{attempt}")
            try:
                (made,) = writes.create(self._session, "Contacts", [payload], key)
            except OutcomeUnknown:
                if attempt == _TRIES - 1:
                    raise
                if found := self._find(name):
                    return found
                continue
            if not made.errors:
                self.made.add(name)
                return str(made.element["ContactID"])
            # Renamed by a person in Xero: it still has our number.
            found_by_number = reads.contact_by_number(self._session, payload["ContactNumber"])
            if found_by_number and found_by_number.get("ContactStatus") != "ARCHIVED":
                return str(found_by_number["ContactID"])
            raise UnusableContact(f"Xero refuses the contact {name}: {'; '.join(made.errors)}")
        raise AssertionError("the last try returns or raises")

    def _remember(self, name: str, contact_id: str) -> None:
        row = Posting(
            tenant=self._tenant,
            document_id=f"contact:{name}",
            stream="contacts",
            state=State.POSTED,
            content_hash="",
            document="{}",
            vendor_id=contact_id,
            number=name,
        )
        self._books.save([row])


def contact_number(name: str) -> str:
    """Our own number for a contact: amz-amazon-co-uk."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    return f"amz-{slug}"[:_NUMBER_LENGTH].rstrip("-")
