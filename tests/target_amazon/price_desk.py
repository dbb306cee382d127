"""A seller's listings on the loopback, runs of the target over them, and what is in the books."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests
from amazon_stub import TOKEN_PATH, Time

from amazon_sp import Limits, LwaAuth, Session
from books import Books, PriceChange, open_books
from simulators.amazon_sp import Seller, server
from simulators.clock import Clock
from target_amazon_sp.places import PLACES
from target_amazon_sp.run import Job, Run
from target_amazon_sp.settings import Limits as Guards

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
UK, DE, JP, US = "A1F83G8C2ARO7P", "A1PA6795UKMFR9", "A1VC38T7YXB528", "ATVPDKIKX0DER"
SELLER = "A2DEMOSELLER01"

Document = tuple[str, dict[str, Any]]


class Killed(BaseException):
    """The process ends here, as under SIGKILL."""


class MortalSession(Session):
    """A session whose process is killed at its nth request: before it leaves, or once answered."""

    dies_at = 0
    answered_first = False

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        self.dies_at -= 1
        if self.dies_at == 0 and not self.answered_first:
            raise Killed
        response = super().send(request, **kwargs)
        if self.dies_at == 0:
            raise Killed
        return response


@dataclass
class PriceDesk:
    """A seller with listings, books, and time that passes only when somebody sleeps."""

    seller: Seller
    url: str
    books_url: str
    time: Time
    session_class: type[Session] = Session
    runs: list[Run] = field(default_factory=list)

    @contextmanager
    def session(self, max_wait: float = 3600.0) -> Iterator[Session]:
        limits = Limits(max_wait=max_wait, clock=self.time, sleep=self.time.sleep, chance=lambda: 0)
        auth = LwaAuth(
            "amzn1.application-oa2-client.demo",
            "amzn1.oa2-cs.v1.demo",
            "Atzr|demo",
            url=self.url + TOKEN_PATH,
            user_agent_app="books-test/1.0",
            limits=limits,
        )
        with self.session_class(self.url, auth) as session:
            yield session

    def run(self, documents: Iterable[Document], **job: Any) -> Run:
        """Run the target over documents, with mode apply unless it is told otherwise."""
        with self.session(job.pop("max_wait", 3600.0)) as session, self.books() as books:
            run = Run(session, books, make_job(**job), self.seller.clock.now, self.time.sleep)
            self.runs.append(run)
            for stream, record in documents:
                if stream == "held":
                    run.add_held(record)
                else:
                    run.add(stream, record)
            run.work()
            return run

    @contextmanager
    def books(self) -> Iterator[Books]:
        with open_books(self.books_url, self.seller.clock.now) as books:
            yield books

    def history(self, sku: str | None = None) -> list[PriceChange]:
        with self.books() as books:
            return books.changes.history(sku=sku)

    def confirm(self, *document_ids: str) -> int:
        with self.books() as books:
            ids = [r.change_id for r in books.changes.open(SELLER) if r.document_id in document_ids]
            return books.changes.confirm(ids)

    def price(self, sku: str, marketplace_id: str = UK) -> Decimal | None:
        return self.seller.listing(sku, marketplace_id).price()

    def calls(self) -> Counter[str]:
        """Count the calls made so far by method and the kind of path, tokens left out."""
        return Counter(
            kind for call in self.seller.calls if (kind := call_kind(call.method, call.path))
        )

    def real_patches(self) -> list[dict[str, Any]]:
        """The bodies of the patches that were not previews."""
        return [
            json.loads(call.body, parse_float=Decimal)
            for call in self.seller.calls
            if call.method == "PATCH" and "mode" not in call.query
        ]


def call_kind(method: str, path: str) -> str:
    parts = path.strip("/").split("/")
    if parts[0] == "auth":
        return ""
    if parts[0] == "listings":
        return f"{method} item" if len(parts) > 4 else "search"
    return (
        f"{method} {parts[0] if parts[0] in {'uploads', 'documents'} else '/'.join(parts[::2][:2])}"
    )


def make_job(**changes: Any) -> Job:
    percent, least = changes.pop("max_change_percent", "20"), changes.pop("min_price", None)
    given: dict[str, Any] = {
        "seller_id": SELLER,
        "mode": "apply",
        "limits": Guards(Decimal(percent), None if least is None else Decimal(least)),
        "read_back_minutes": 5,
        "marketplace_ids": None,
        "region": None,
    }
    return Job(**given | changes)


def participation(marketplace_id: str) -> dict[str, Any]:
    place = PLACES[marketplace_id]
    return {
        "marketplace": {
            "id": marketplace_id,
            "name": place.name,
            "countryCode": "GB",
            "defaultCurrencyCode": place.currency,
            "defaultLanguageCode": "en_GB",
            "domainName": f"www.{place.name.lower()}",
        },
        "storeName": "Shop",
        "participation": {"isParticipating": True, "hasSuspendedListings": False},
    }


@contextmanager
def opened_desk(folder: Path, places: Iterable[str] = (UK, DE)) -> Iterator[PriceDesk]:
    time = Time()
    clock = Clock(at=NOON)
    time.followers.append(clock)
    seller = Seller(clock=clock, participations=[participation(place) for place in places])
    with server(seller) as running:
        yield PriceDesk(seller, running.url, f"sqlite:///{folder / 'books.db'}", time)


def about(sku: str, marketplace_id: str, kind: str) -> dict[str, Any]:
    place = PLACES[marketplace_id]
    return {
        "document_id": f"{kind}:{place.name}:{sku}",
        "marketplace_id": marketplace_id,
        "marketplace": place.name,
        "seller_sku": sku,
        "item_code": "ITEM",
        "if_listed": False,
        "explanation": "from Xero",
        "source": {"organisation": "Demo", "item_id": None, "updated": None},
    }


def price(sku: str, figure: str, place: str = UK, **changes: Any) -> Document:
    more = {"currency": PLACES[place].currency, "price": figure, "minimum": None, "maximum": None}
    return "prices", about(sku, place, "price") | more | changes


def quantity(sku: str, figure: int, place: str = UK, **changes: Any) -> Document:
    return "quantities", about(sku, place, "quantity") | {"quantity": figure} | changes
