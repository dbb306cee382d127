"""Fields of a record, read one by one; each fault names the stream, the document and the field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any


class Unreadable(ValueError):
    """A record is not the document that its stream promises."""


class Fields:
    """Reads one record, field by field."""

    def __init__(self, stream: str, record: Mapping[str, Any], where: str = "") -> None:
        self.stream = stream
        self.record = record
        self.where = where or str(record.get("document_id", "without document_id"))

    def text(self, name: str) -> str:
        """A text that must be there."""
        value = self._get(name)
        if not isinstance(value, str):
            raise self._fault(name, f"is {type(value).__name__}, not text")
        return value

    def maybe_text(self, name: str) -> str | None:
        """A text, or None."""
        return None if self.record.get(name) is None else self.text(name)

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._get(name)
        if not isinstance(value, bool):
            raise self._fault(name, "is neither true nor false")
        return value

    def money(self, name: str) -> Decimal:
        """An exact amount; never a float."""
        value = self._get(name)
        if isinstance(value, bool | float) or not isinstance(value, str | int | Decimal):
            raise self._fault(name, "is no exact amount")
        try:
            amount = Decimal(value)
        except InvalidOperation:
            amount = Decimal("nan")
        if not amount.is_finite():
            raise self._fault(name, f"is no amount: {value!r}")
        return amount

    def day(self, name: str) -> date:
        """A calendar day."""
        value = self._get(name)
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            raise self._fault(name, f"is no date: {value!r}") from None

    def maybe_day(self, name: str) -> date | None:
        """A calendar day, or None."""
        return None if self.record.get(name) is None else self.day(name)

    def parts(self, name: str) -> list[Fields]:
        """The objects of a list."""
        value = self._get(name)
        if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
            raise self._fault(name, "is no list of objects")
        return [
            Fields(self.stream, each, f"{self.where}, {name}[{at}]")
            for at, each in enumerate(value)
        ]

    def maybe_money(self, name: str) -> Decimal | None:
        """An exact amount, or None."""
        return None if self.record.get(name) is None else self.money(name)

    def maybe_part(self, name: str) -> Fields | None:
        """The fields of an object inside, or None."""
        value = self.record.get(name)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self._fault(name, "is no object")
        return Fields(self.stream, value, f"{self.where}, {name}")

    def _get(self, name: str) -> Any:
        if name not in self.record:
            raise self._fault(name, "is missing")
        return self.record[name]

    def _fault(self, name: str, what: str) -> Unreadable:
        return Unreadable(f"stream {self.stream}, document {self.where}: `{name}` {what}")
