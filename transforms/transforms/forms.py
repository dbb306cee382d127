"""Documents of many orders, written once, with what differs from order to order left open.

A form is made by having a pattern write documents for an order whose id is a mark, and each of
whose amounts is a mark too: a power of ten of its own, beside a carry far above any real amount. So
each amount of the documents says by its digits which of the order's amounts it is the sum of.

No form is trusted for its looks: it must give, byte for byte, what the pattern itself writes for a
real order, or it is not used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from operator import itemgetter

import msgspec

from transforms.ledger.money import ZERO, text
from transforms.ledger.outcome import Again, Outcome, Pattern

# Stands for an order's id. No text from Amazon or the maps holds a NUL character.
_ID = "\0order\0"
# Amounts of a form at most: a sum of marks is their number, and then a digit for each.
_MOST = 12
_OPEN = re.compile(
    b'%b|"(-?)(\\d{1,2})([01]{%d})\\.00"' % (re.escape(msgspec.json.encode(_ID)[1:-1]), _MOST)
)
_ONE = ord("1")

Written = tuple[bytes, bytes]
"""An order's lines, and the values of its documents in the proof."""
Write = Callable[[Outcome], Written]


def form_of(again: Again, write: Write) -> Form | None:
    """Make the form of an order's pattern; None where it does not give what the pattern writes."""
    pattern = again.pattern
    if len(again.values) > _MOST:
        return None
    form = Form(pattern, len(again.values), write)
    return form if form.filled(again) == write(again.outcome()) else None


class Form:
    """An order's lines and values, with its id and amounts left open."""

    def __init__(self, pattern: Pattern, amounts: int, write: Write) -> None:
        self._signs = [-1 if at in pattern.refunded else 1 for at in range(amounts)]
        self._slots: dict[tuple[int, tuple[int, ...]], int] = {}
        marks = [Decimal(sign * (10**_MOST + 10**at)) for at, sign in enumerate(self._signs)]
        lines, values = write(pattern.made_for(_ID, marks))
        self._lines, self._values = self._opened(lines), self._opened(values)
        self._sums = [_summing(sign, positions) for sign, positions in self._slots]

    def filled(self, again: Again) -> Written | None:
        """Give an order's lines and values; None where a line of 0.00 would be left out of them."""
        sums = [summed(again.values) for summed in self._sums]
        if not all(sums):
            return None
        texts = [again.order_id.encode(), *[text(each).encode() for each in sums]]
        return self._lines(texts), self._values(texts)

    def _opened(self, written: bytes) -> Callable[[list[bytes]], bytes]:
        """Give what fills a text: its slots are the order's id and the sums of marks."""
        slots: list[int] = []
        template, end = b"", 0
        for found in _OPEN.finditer(written):
            slot = 0 if found[3] is None else self._slot(found)
            if slot is not None:
                literal = written[end : found.start()].replace(b"%", b"%%")
                template += literal + (b'"%b"' if slot else b"%b")
                slots.append(slot)
                end = found.end()
        template += written[end:].replace(b"%", b"%%") + b"%.0b"
        chosen = itemgetter(*slots, 0)  # Of one slot alone it would give no tuple.
        return lambda texts: template % chosen(texts)

    def _slot(self, found: re.Match[bytes]) -> int | None:
        """Number the slot of a sum of marks; None where it is none after all."""
        positions = tuple(at for at, digit in enumerate(reversed(found[3])) if digit == _ONE)
        signs = {self._signs[at] for at in positions if at < len(self._signs)}
        if len(positions) != int(found[2]) or len(signs) != 1:
            return None
        sign = signs.pop() * (-1 if found[1] else 1)
        return self._slots.setdefault((sign, positions), len(self._slots) + 1)


def _summing(sign: int, positions: tuple[int, ...]) -> Callable[[Sequence[Decimal]], Decimal]:
    """Give what sums the amounts at some positions."""
    if len(positions) == 1:
        one = itemgetter(*positions)
        return one if sign > 0 else lambda values: -one(values)
    chosen = itemgetter(*positions)
    return lambda values: sum(chosen(values), ZERO) if sign > 0 else -sum(chosen(values), ZERO)
