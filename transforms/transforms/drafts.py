"""What a settlement becomes, written part by part; nothing of it is said before all is right.

Documents of orders that are placed alike say the same beside the order's id and its amounts: they
are written once, as a form, which is filled in for each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from transforms import messages, proofs
from transforms.forms import Form, Written, form_of
from transforms.ledger.book import Choices
from transforms.ledger.outcome import Again, Outcome, Part, Pattern
from transforms.ledger.proof import Proof
from transforms.ledger.settlement import ORDER_ID
from transforms.wire import Lines, ManyValues, Spool

_MEMORY = 4096


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
        self._orders_waiting = {each for name in waiting for each in ORDER_ID.findall(name)}
        self._spool = Spool()
        self._forms: dict[Pattern, Form | None] = {}

    def add(self, part: Part) -> None:
        """Write a part."""
        if isinstance(part, Outcome):
            self._add(part)
            return
        written = None if part.order_id in self._orders_waiting else self._filled(part)
        if written is None:
            self._add(part.outcome())
        else:
            self._spool.add(written[0])
            self.values.add_written(written[1])

    def _filled(self, part: Again) -> Written | None:
        """Fill the form of a pattern, which is made at its first use; None where it has none."""
        pattern = part.pattern
        if pattern not in self._forms:
            if len(self._forms) >= _MEMORY:
                self._forms.clear()
            self._forms[pattern] = form_of(part, self.written)
        form = self._forms[pattern]
        return None if form is None else form.filled(part)

    def written(self, part: Outcome) -> Written:
        """Write documents by themselves, and their values in the proof."""
        values = ManyValues.written(proofs.proven_record(each) for each in part.proven)
        return b"".join(self._lines(part)), values

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

    def lines(self) -> Iterator[Lines]:
        """Give all that was written, many lines at a time, once."""
        return self._spool.lines()

    def close(self) -> None:
        """Forget what was written."""
        self._spool.close()
