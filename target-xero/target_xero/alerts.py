"""Alerts: one message per run to e-mail, Slack, Teams, ..., by Apprise.

The setting `alerts` is one Apprise URL, or a JSON array of them. A URL gets a message when a run
holds or rejects something, finds a difference or fails; one that ends in `when=always` (as
`?when=always` or `&when=always`) gets a message after every run that posts. The option is taken off
before Apprise sees the URL.

URLs are secrets: they are named by their place in the list and their service, never shown, and
what Apprise and its HTTP library would log about them is silenced.
"""

from __future__ import annotations

import json
import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from target_xero.tally import Did, Tally

_WHEN = re.compile(r"(?P<before>[?&])when=(?P<when>[^&#]*)(?P<after>&?)")
_MOST_LINES = 20
_TALKATIVE = ("apprise", "urllib3", "requests", "requests_oauthlib", "oauthlib")


class UnusableAlerts(ValueError):
    """The setting cannot be used; the message says why, without the addresses."""


@dataclass(frozen=True)
class Address:
    """Where messages go. place: its number in the setting; repr never shows the URL."""

    place: int
    url: str
    is_always: bool

    def __repr__(self) -> str:
        return f"alerts[{self.place}] ({self.service})"

    @property
    def service(self) -> str:
        """The scheme, such as slack or mailto; the only part that may be shown."""
        scheme, mark, _ = self.url.partition("://")
        return scheme if mark and scheme.isalnum() else "no URL"


@dataclass(frozen=True)
class Message:
    """What is told; is_trouble: something waits for a person."""

    title: str
    body: str
    is_trouble: bool


def read(setting: str | None) -> list[Address]:
    """Read the setting; raises UnusableAlerts when it is no list of texts or an option is wrong."""
    text = (setting or "").strip()
    if not text:
        return []
    urls: Any = [text]
    if text.startswith("["):
        try:
            urls = json.loads(text)
        except ValueError:
            raise UnusableAlerts("alerts begins as a JSON array but is none") from None
    if not all(isinstance(each, str) and each.strip() for each in urls):
        raise UnusableAlerts("alerts must be one Apprise URL, or a JSON array of them")
    return [_address(place, url.strip()) for place, url in enumerate(urls, start=1)]


def as_text(config: Any) -> Any:
    """Give settings with `alerts` as text, where meltano.yml has a list of them.

    Otherwise the check of its type would refuse the list, and show it.
    """
    if isinstance(config, dict) and isinstance(config.get("alerts"), list):
        return {**config, "alerts": json.dumps(config["alerts"])}
    return config


def faults(setting: str | None) -> list[str]:
    """Name what is wrong with the setting, so that no alert is lost for a slip of the pen."""
    try:
        addresses = read(setting)
    except UnusableAlerts as unusable:
        return [str(unusable)]
    with _quiet():
        return [
            f"{each!r} is no address that Apprise knows (github.com/caronc/apprise/wiki)"
            for each in addresses
            if _library().Apprise.instantiate(each.url) is None
        ]


def message(tally: Tally, organisation: str) -> Message:
    """Tell what a run did: held, rejected, differences, and the next step."""
    rejected, held = tally.count(Did.REJECTED), tally.count(Did.HELD)
    waiting = len(tally.waiting_in_mapper)
    counts = {
        "rejected": rejected,
        "held": held + waiting,
        "with a difference": len(tally.differences),
    }
    found = [f"{number} {what}" for what, number in counts.items() if number]
    if tally.day_limit:
        found.append("the day's calls are used up")
    where = f"Xero, {organisation}" if organisation else "Xero"
    lines = [
        *tally.lines,
        *(f"difference: {each}" for each in tally.differences),
    ]
    return Message(
        title=f"{where}: {', '.join(found) or 'all is well'}",
        body="\n".join([tally.summary(), *_cut(lines), *_next_step(tally)]),
        is_trouble=bool(found),
    )


def failure(words: str) -> Message:
    """Tell that a run could not be finished."""
    return Message(
        title="Xero: the run failed",
        body=f"{words}\nNext: put this right and run again; nothing is posted twice.",
        is_trouble=True,
    )


def send(addresses: Sequence[Address], told: Message) -> list[str]:
    """Send a message to each address that wants it; return a line for those that failed."""
    wanted = [each for each in addresses if told.is_trouble or each.is_always]
    failed = [repr(each) for each in wanted if not _sent(each, told)]
    if not failed:
        return []
    return [f"no alert could be sent to {', '.join(failed)}; the run itself is not affected"]


def _sent(address: Address, told: Message) -> bool:
    with _quiet():
        try:
            library = _library()
            kind = library.NotifyType.WARNING if told.is_trouble else library.NotifyType.SUCCESS
            channel = library.Apprise()
            return channel.add(address.url) and bool(
                channel.notify(title=told.title, body=told.body, notify_type=kind)
            )
        except Exception:  # noqa: BLE001 - a hundred services, and none may fail the run
            return False


def _address(place: int, url: str) -> Address:
    found = _WHEN.search(url)
    if found is None:
        return Address(place, url, is_always=False)
    if found["when"] not in ("always", "trouble"):
        raise UnusableAlerts(f"alerts[{place}]: when may be always or trouble")
    kept = found["before"] if found["after"] else ""
    plain = url[: found.start()] + kept + url[found.end() :]
    return Address(place, plain, is_always=found["when"] == "always")


def _cut(lines: Sequence[str]) -> list[str]:
    more = len(lines) - _MOST_LINES
    return [*lines[:_MOST_LINES], *([f"... and {more} more"] if more > 0 else [])]


def _next_step(tally: Tally) -> list[str]:
    if tally.waiting_in_mapper or tally.count(Did.REJECTED) or tally.count(Did.HELD):
        words = "mend the map or Xero as each line says and run again; what waits is posted then"
        return [f"Next: {words}. `meltano invoke target-xero:log` lists it."]
    if tally.differences:
        return ["Next: compare the settlement's proof with Amazon's report."]
    if tally.day_limit:
        return ["Next: nothing; the next run goes on where this one stopped."]
    return []


def _library() -> Any:
    """Load Apprise when it is needed: a run without alerts does without its hundred services."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise
    return apprise


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence loggers that would write addresses down."""
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    before = [(each.level, each.propagate) for each in loggers]
    for each in loggers:
        each.setLevel(logging.CRITICAL + 1)
        each.propagate = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        for each, (level, propagate) in zip(loggers, before, strict=True):
            each.setLevel(level)
            each.propagate = propagate
