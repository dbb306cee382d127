"""Query parameters, read as strictly as Amazon's models describe them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from simulators.amazon_sp import instants
from simulators.amazon_sp.errors import invalid_input
from simulators.wsgi import Request


class Query:
    """The parameters of one call: known names, each given once, lists joined by commas."""

    def __init__(self, request: Request, known: Collection[str]) -> None:
        for name, values in request.query.items():
            if name not in known:
                raise invalid_input(f"Invalid parameter: {name} is not a parameter.")
            if len(values) > 1:
                raise invalid_input(f"Invalid parameter: {name} is given more than once.")
            if not values[0]:
                raise invalid_input(f"Invalid parameter: {name} is empty.")
        self._values = {name: values[0] for name, values in request.query.items()}

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def names(self) -> set[str]:
        """List the parameters that were given."""
        return set(self._values)

    def without(self, *names: str) -> dict[str, str]:
        """Give the parameters as sent, save those named."""
        return {name: value for name, value in self._values.items() if name not in names}

    def text(self, name: str) -> str:
        """Give a parameter that is there."""
        return self._values[name]

    def instant(self, name: str) -> datetime | None:
        """Read an ISO 8601 instant."""
        if name not in self._values:
            return None
        try:
            return instants.read(self._values[name])
        except ValueError:
            raise invalid_input(
                "Invalid Input", f"{name} must be an ISO 8601 date and time."
            ) from None

    def whole(self, name: str, *, default: int, low: int, high: int) -> int:
        """Read a whole number within its bounds."""
        text = self._values.get(name, str(default))
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise invalid_input(
                "Invalid Input", f"{name} must be a whole number from {low} to {high}."
            )
        return int(text)

    def flag(self, name: str) -> bool:
        """Read true or false; absent is false."""
        text = self._values.get(name, "false")
        if text not in {"true", "false"}:
            raise invalid_input("Invalid Input", f"{name} must be true or false.")
        return text == "true"

    def listed(
        self, name: str, *, known: Collection[str] | None = None, most: int | None = None
    ) -> list[str]:
        """Read a list joined by commas; every value known, at most so many."""
        values = self._values[name].split(",") if name in self._values else []
        for value in values:
            if not value or (known is not None and value not in known):
                raise invalid_input("Invalid Input", f"{name} does not know {value!r}.")
        if most is not None and len(values) > most:
            raise invalid_input("Invalid Input", f"{name} takes at most {most} values.")
        return values
