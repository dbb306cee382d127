"""What can be read with these settings, stream by stream, each with what to do when it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Literal

from amazon_sp import AmazonError
from amazon_sp.errors import Throttled

if TYPE_CHECKING:
    from tap_amazon_sp.streams import SellingPartnerStream
    from tap_amazon_sp.tap import TapAmazonSP

Verdict = Literal["ok", "note", "fault"]

_OFF = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: how to take it, what it is, and what was found, with what to do."""

    verdict: Verdict
    subject: str
    found: str

    def __str__(self) -> str:
        return f"{self.verdict:<6} {self.subject:<24} {self.found}"


class Look:
    """One look at a seller's account through the tap's settings; a call or two for each stream."""

    def __init__(self, tap: TapAmazonSP) -> None:
        self._tap = tap
        self._amazon_says: datetime | None = None
        self._we_say = tap.now()

    def findings(self) -> Iterator[Finding]:
        """Look at everything, in the order in which a person would put it right."""
        self._tap.session.hooks["response"].append(self._hear)
        try:
            self._tap.session.auth.token()
        except AmazonError as error:
            yield Finding("fault", "credentials", str(error))
            return
        yield Finding("ok", "credentials", "Login with Amazon accepts them")
        streams = [each for each in self._tap.streams.values() if not each.parent_stream_type]
        # The marketplaces first: they tell whether it is the right seller and region.
        for stream in sorted(streams, key=lambda each: each.name != "marketplaces"):
            yield self._stream(stream)  # type: ignore[arg-type]
        yield self._clock()

    def _stream(self, stream: SellingPartnerStream) -> Finding:
        below = ", ".join(child.name for child in stream.child_streams)
        also = f"; with it {below}" if below else ""
        optional = "" if stream.selected_by_default else "; read only when selected"
        try:
            found = stream.look()
        except Throttled as error:
            return Finding("note", stream.name, f"not looked at: {error}")
        except AmazonError as error:
            verdict: Verdict = "fault" if stream.selected_by_default else "note"
            return Finding(verdict, stream.name, f"{error}{optional}")
        if found is None:
            return Finding("note", stream.name, f"not looked at: no single call shows it{optional}")
        return Finding("ok", stream.name, f"{found}{also}{optional}")

    def _clock(self) -> Finding:
        if self._amazon_says is None:
            return Finding("note", "clock", "Amazon did not tell the time")
        ahead = self._we_say - self._amazon_says
        if abs(ahead) < _OFF:
            return Finding("ok", "clock", "this machine's agrees with Amazon's")
        minutes = round(abs(ahead).total_seconds() / 60)
        side = "ahead of" if ahead > timedelta(0) else "behind"
        found = f"this machine's is {minutes} minutes {side} Amazon's: set it (ntp)"
        return Finding("fault" if minutes > 10 else "note", "clock", found)  # noqa: PLR2004

    def _hear(self, response: Any, *_: Any, **__: Any) -> None:
        """Note down what time it is at Amazon, and here at the same moment."""
        try:
            told = parsedate_to_datetime(response.headers["Date"])
        except (KeyError, TypeError, ValueError):
            return
        self._amazon_says, self._we_say = told.astimezone(UTC), self._tap.now()


def summary(findings: list[Finding]) -> str:
    """Say in one line whether a run may be started."""
    faults = sum(each.verdict == "fault" for each in findings)
    if not faults:
        return "No fault: a run may be started."
    return f"{faults} fault{'s' * (faults != 1)}: put right first what is marked so."
