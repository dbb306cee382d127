"""What a settlement becomes, written part by part; nothing of it is said before all is right.

Documents of orders that are alike say the same beside the order's id: they are written once, with
the id left open, and it is filled in for each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec

from transforms import messages, proofs
from transforms.ledger.book import Choices
from transforms.ledger.outcome import Again, Outcome, Part, Pattern
from transforms.ledger.proof import Proof
from transforms.wire import Line, ManyValues, Spool

# Stands for an order's id. No text from Amazon or the maps holds a NUL character.
_OPEN = "\0order\0"
_OPEN_WRITTEN = msgspec.json.encode(_OPEN)[1:-1]
_MEMORY = 4096


class Form:
    """The lines of an order's documents, and their values in the proof, without the order's id."""

    def __init__(self, lines: bytes, values: bytes) -> None:
        self._lines = lines.split(_OPEN_WRITTEN)
        self._values = values.split(_OPEN_WRITTEN)

    def lines(self, order_id: bytes) -> bytes:
        """Give the lines for an order."""
        return order_id.join(self._lines)

    def values(self, order_id: bytes) -> bytes:
        """Give the values for an order."""
        return order_id.join(self._values)


class Draft:
    """A settlement's documents and the values of its proof. `waiting`: ids of what waits by now.

    `made` are those of them that are made after all.
    """

    def __init__(self, choices: Choices, waiting: Collection[str]) -> None:
        self.proof: Proof | None = None
        self.values = ManyValues()
        self.made: list[str] = []
        self._choices = choices
        self._waiting = waiting
        self._spool = Spool()
        self._forms: dict[Pattern, Form] = {}

    def add(self, part: Part) -> None:
        """Write a part."""
        if isinstance(part, Outcome):
            self._add(part)
        elif self._waiting:
            self._add(part.outcome())
        else:
            form, order_id = self._form(part), part.order_id.encode()
            self._spool.add(form.lines(order_id))
            self.values.add_written(form.values(order_id))

    def _add(self, part: Outcome) -> None:
        held = {each.document_id for each in part.held}
        for document in part.documents:
            if document.document_id in self._waiting and document.document_id not in held:
                self.made.append(document.document_id)
        for line in self._lines(part):
            self._spool.add(line)
        for each in part.proven:
            self.values.add(proofs.proven_record(each))
        self.proof = part.proof

    def _lines(self, part: Outcome) -> Iterator[bytes]:
        """Write documents, with what becomes of each in a locked period, and what waits."""
        for document in part.documents:
            yield messages.document_line(document, self._choices.lock_dates).line
        for each in part.held:
            yield messages.held_line(each, self._choices.organisation).line

    def _form(self, part: Again) -> Form:
        """Give the form of a pattern, written at its first use."""
        form = self._forms.get(part.pattern)
        if form is None:
            if len(self._forms) >= _MEMORY:
                self._forms.clear()
            outcome = part.pattern.made_for(_OPEN)
            values = ManyValues.written(proofs.proven_record(each) for each in outcome.proven)
            form = self._forms[part.pattern] = Form(b"".join(self._lines(outcome)), values)
        return form

    def lines(self) -> Iterator[Line]:
        """Give all that was written, once."""
        return self._spool.lines()

    def drop(self) -> None:
        """Forget what was written."""
        self._spool.drop()
