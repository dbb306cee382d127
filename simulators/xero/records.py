"""Registers of documents, and changes that can be taken back as one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from simulators.xero.values import Document


class Changes:
    """Remembers how to take changes back, so that a refused document leaves nothing behind."""

    def __init__(self) -> None:
        self._back: list[Callable[[], None]] = []
        self._depth = 0

    def note(self, back: Callable[[], None]) -> None:
        """Remember how to take one change back, while anyone may still want to."""
        if self._depth:
            self._back.append(back)

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Keep every change made inside, or none of them when an exception leaves."""
        start = len(self._back)
        self._depth += 1
        try:
            yield
        except BaseException:
            while len(self._back) > start:
                self._back.pop()()
            raise
        finally:
            self._depth -= 1
            if not self._depth:
                self._back.clear()


class Register:
    """Documents of one kind in order of creation, by id and by the fields that name them.

    A document in a register is never changed in place: a changed copy is put instead.
    """

    def __init__(self, changes: Changes, id_field: str, *name_fields: str) -> None:
        self.id_field = id_field
        self._changes = changes
        self._by_id: dict[str, Document] = {}
        self._by_name: dict[str, dict[str, list[str]]] = {
            field: defaultdict(list) for field in name_fields
        }

    def __iter__(self) -> Iterator[Document]:
        return iter(list(self._by_id.values()))

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, identity: str) -> Document | None:
        """Get the document with an id."""
        return self._by_id.get(identity)

    def named(self, field: str, name: str) -> list[Document]:
        """List the documents that carry a name, in any case of letters."""
        return [self._by_id[each] for each in self._by_name[field].get(name.lower(), [])]

    def put(self, document: Document) -> None:
        """Add a document, or put a changed one in the place of the old."""
        identity: str = document[self.id_field]
        old = self._by_id.get(identity)
        self._set(identity, document)
        self._changes.note(lambda: self._set(identity, old))

    def _set(self, identity: str, document: Document | None) -> None:
        old = self._by_id.get(identity)
        for field, ids in self._by_name.items():
            if old and old.get(field):
                ids[old[field].lower()].remove(identity)
            if document and document.get(field):
                ids[document[field].lower()].append(identity)
        if document is None:
            self._by_id.pop(identity, None)
        else:
            self._by_id[identity] = document
