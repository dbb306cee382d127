"""Everything that a first post rests on, looked at before it; reads alone, about 15 calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from books import Books
from target_xero import check_chart, tracking
from target_xero.accounts import BankAccounts, UnknownBankAccount
from target_xero.agreement import is_gone
from target_xero.desk import Organisation
from target_xero.documents import INVOICES, NEXT_OPEN_DAY
from target_xero.findings import Finding, fault, good, note, warning
from target_xero.named import Named
from xero_api import GRANULAR_SCOPES, AccessDenied, NotAuthorised, Session, reads

Element = dict[str, Any]

_MARK = "[amz:"
_AMAZON = "Amazon"
_RECENT = timedelta(days=92)
_MOST = 10_000
"""Documents looked at for another tool's: ten pages."""
_CURRENCIES = "UseMulticurrency"
_ACTIONS = {
    "CreateApprovedInvoice": "approve invoices",
    "CreateInvoicePayment": "pay invoices",
    _CURRENCIES: "post in another currency than its own",
}
_MANY_ORDERS = 1000
"""Orders a month, above which Xero itself advises against an invoice for each."""
_FEW_CALLS = 200
_OLD_SCOPE = "accounting.transactions"
_AREAS = ("invoices", "payments", "banktransactions", "manualjournals")
_LIMITED_PLANS = frozenset({"STARTER", "IGNITE", "GST_CASHBOOK", "NON_GST_CASHBOOK", "LEDGER"})


@dataclass
class Check:
    """One look at an organisation through the maps of one set of books."""

    session: Session
    books: Books | None
    named: Named
    now: Callable[[], datetime]
    create_tracking: bool = False
    _tenant: str = field(default="", init=False)

    def findings(self) -> Iterator[Finding]:
        """Look at everything, in the order in which a person would put it right.

        Raises XeroError when Xero is down or the day's calls are used up.
        """
        try:
            element = reads.organisation(self.session)
        except NotAuthorised as refused:
            yield fault("credentials", str(refused), "")
            return
        organisation = Organisation.of(element)
        self._tenant = organisation.tenant
        yield good("credentials", f"they open {organisation.name}")
        yield from self._scopes()
        yield from self._organisation(organisation, element)
        yield from self._chart()
        yield from self._asked("plan", self._actions)
        yield from self._asked("tracking", self._tracking)
        yield from self._asked("currencies", self._currencies)
        yield from self._asked("contacts", self._contacts)
        yield from self._asked("invoices", self._invoices)
        yield from self._asked("bank transactions", self._receipts)
        for resource in ("Payments", "ManualJournals"):
            yield from self._asked(resource, partial(self._readable, resource))
        yield from self._orders_a_month()
        yield self._calls_left()

    def _asked(self, subject: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
        """Look at something that the connection may not be allowed to see."""
        try:
            yield from look()
        except AccessDenied as denied:
            yield fault(subject, str(denied), "add the scope or the permission, authorise again")

    def _readable(self, resource: str) -> Iterator[Finding]:
        reads.one_of(self.session, resource)
        yield from ()

    def _scopes(self) -> Iterator[Finding]:
        granted = self.session.granted_scopes
        if _OLD_SCOPE in granted:
            granted |= {f"accounting.{area}" for area in _AREAS}
        missing = [scope for scope in GRANULAR_SCOPES.split() if scope not in granted]
        if not granted:
            yield note("scopes", "Xero does not say; what follows shows what may be read")
        elif not missing:
            yield good("scopes", "all that are needed")
        for scope in missing if granted else ():
            do = "add it to the app at developer.xero.com and to `scopes`, then authorise again"
            yield fault(f"scope {scope}", "the connection does not have it", do)

    def _organisation(self, organisation: Organisation, element: Element) -> Iterator[Finding]:
        named, plan = self.named, str(element.get("Class") or "")
        if named.organisation == organisation.name:
            yield good("organisation", f"{organisation.name}, plan {plan or 'unknown'}")
        else:
            found = f"Xero says {organisation.name}, books.yml {named.organisation or 'nothing'}"
            yield warning("organisation", found, "make sure that this is the right connection")
        if plan in _LIMITED_PLANS:
            do = "choose a larger plan, or `posting: settlements`"
            yield warning("plan", f"{plan} limits how many invoices a month may be approved", do)
        if named.base_currency == organisation.base_currency:
            yield good("base currency", organisation.base_currency)
        else:
            found = f"{organisation.base_currency} in Xero, {named.base_currency} in books.yml"
            yield fault("base currency", found, "correct base_currency in books.yml")
        zone = element.get("Timezone") or "unknown"
        yield note("time zone", f"{zone} in Xero, {named.time_zone} in books.yml: compare")
        yield self._lock_dates(organisation)
        yield from self._own_books(organisation)

    def _lock_dates(self, organisation: Organisation) -> Finding:
        locked, start = organisation.locked_until, self.named.books_start
        if locked is None:
            return good("lock dates", "none")
        if start and start <= locked.isoformat():
            found = f"Xero is locked up to {locked}, books_start is {start}"
            if self.named.lock_dates == NEXT_OPEN_DAY:
                do = f"what is dated before is posted on {locked + timedelta(days=1)}, as chosen"
                return note("lock dates", f"{found}: {do}")
            do = "what is dated before is held: move the lock date or books_start"
            return warning("lock dates", found, do)
        return good("lock dates", f"locked up to {locked}, before books_start")

    def _own_books(self, organisation: Organisation) -> Iterator[Finding]:
        tenant = self.books.known_tenant(organisation.tenant) if self.books else None
        if tenant is None:
            yield note("books", "they know nothing of this organisation yet")
        else:
            yield good("books", f"they know {organisation.name} since {tenant.began:%Y-%m-%d}")

    def _chart(self) -> Iterator[Finding]:
        try:
            chart = reads.accounts(self.session)
            rates = reads.tax_rates(self.session)
            items = reads.items(self.session) if self.named.items else []
            banks = list(self._bank_accounts())
        except AccessDenied as denied:
            yield fault("chart of accounts", str(denied), "add accounting.settings")
            return
        yield from check_chart.clearing_accounts(self.named, chart)
        yield from banks
        yield from check_chart.accounts(self.named, chart)
        yield from check_chart.tax_types(self.named, chart, rates)
        yield from check_chart.items(self.named, items)

    def _bank_accounts(self) -> Iterator[Finding]:
        banks = BankAccounts(self.session)
        for each in self.named.marketplaces:
            if not each.bank_account:
                continue
            subject = f"bank account of {each.name}"
            try:
                banks.id_of(each.bank_account, each.currency)
            except UnknownBankAccount as unknown:
                yield fault(subject, *_cause_and_cure(str(unknown)))
            else:
                yield good(subject, f"{each.bank_account}, {each.currency}")

    def _tracking(self) -> Iterator[Finding]:
        made = tracking.make(self.session, self._tenant, self.named) if self.create_tracking else []
        yield from made
        told = {each.subject for each in made}
        categories = reads.tracking_categories(self.session)
        for each in tracking.findings(self.named, categories):
            if each.subject not in told:
                yield each

    def _currencies(self) -> Iterator[Finding]:
        enabled = reads.currencies(self.session)
        for currency in dict.fromkeys(each.currency for each in self.named.marketplaces):
            if currency in enabled:
                yield good(f"currency {currency}", "enabled")
            else:
                do = "enable it in Xero: Settings, Currencies (it needs a plan that has them)"
                yield fault(f"currency {currency}", "not enabled", do)

    def _actions(self) -> Iterator[Finding]:
        """What the plan, or the connecting user, does not let an app do."""
        allowed = reads.actions(self.session)
        others = {each.currency for each in self.named.marketplaces} - {self.named.base_currency}
        needed = _ACTIONS if others else {k: v for k, v in _ACTIONS.items() if k != _CURRENCIES}
        for action, what in needed.items():
            if not allowed.get(action, True):
                do = "choose a larger plan in Xero, or give the connecting user the right to it"
                yield fault(f"plan: {action}", f"Xero does not allow to {what}", do)
        if all(allowed.get(action, True) for action in needed):
            yield good("plan", "it allows what is needed")

    def _contacts(self) -> Iterator[Finding]:
        for name in dict.fromkeys(each.contact for each in self.named.marketplaces):
            found = reads.contact_by_name(self.session, name)
            if found is None:
                yield good(f"contact {name}", "made by the first run")
            elif found.get("ContactStatus") == "ARCHIVED":
                yield fault(f"contact {name}", "archived", "restore it in Xero")
            else:
                yield good(f"contact {name}", "there")

    def _invoices(self) -> Iterator[Finding]:
        """Another tool's invoices for Amazon, and our own that these books have lost."""
        there = reads.invoices_mentioning(self.session, _AMAZON, self._first_day())
        found = [each for each in islice(there, _MOST) if not is_gone(each)]
        yield from _cut("invoices", there)
        ours = [each for each in found if _is_marked(each, "Reference", "InvoiceNumber")]
        known = self._known([str(each.get("InvoiceNumber")) for each in found])
        others = [each for each in found if each not in ours and each["InvoiceID"] not in known]
        if ours and not (self.books and self.books.has_posted(self._tenant)):
            do = "if books were lost, run once with --full-refresh: held documents went with them"
            yield warning("books", "Xero holds documents of ours that these books do not know", do)
        if others:
            numbers = [str(each.get("InvoiceNumber") or each["InvoiceID"]) for each in others]
            yield _posted_twice("invoices", f"{len(others)} for Amazon, such as {numbers[0]}")
        else:
            yield good("other tools", "no invoice for Amazon by another tool")

    def _receipts(self) -> Iterator[Finding]:
        """Deposits that a bank rule or another tool has coded already."""
        since = self._first_day()
        there = reads.receipts_since(self.session, since)
        others = [
            each
            for each in islice(there, _MOST)
            if not is_gone(each)
            and not _is_marked(each, "Reference")
            and _AMAZON.lower() in str((each.get("Contact") or {}).get("Name")).lower()
        ]
        yield from _cut("deposits", there)
        if others:
            number = len(others)
            are = "1 deposit of Amazon is" if number == 1 else f"{number} deposits of Amazon are"
            yield _posted_twice("deposits", f"{are} coded already since {since}")

    def _first_day(self) -> date:
        """The first day that is ours: what another tool posted before counts once."""
        try:
            return date.fromisoformat(self.named.books_start)
        except ValueError:  # the mapper says what is wrong with it
            return (self.now() - _RECENT).date()

    def _known(self, numbers: list[str]) -> set[str | None]:
        if self.books is None:
            return set()
        rows = self.books.postings(self._tenant, stream=INVOICES, numbers=numbers)
        return {row.vendor_id for row in rows}

    def _orders_a_month(self) -> Iterator[Finding]:
        styles = {each.posting for each in self.named.marketplaces}
        if self.books is None or "orders" not in styles:
            return
        rows = self.books.postings(self._tenant, stream=INVOICES)
        orders = {(row.date[:7], row.order_id) for row in rows if row.date and row.order_id}
        months = Counter(month for month, _ in orders)
        most = max(months, key=lambda month: months[month], default=None)
        if most is not None and months[most] > _MANY_ORDERS:
            found = f"{months[most]} orders in {most}: Xero advises against an invoice for each"
            yield warning("orders a month", found, "choose `posting: settlements`")

    def _calls_left(self) -> Finding:
        left = self.session.calls_left_today()
        if left < _FEW_CALLS:
            do = "a long first run may stop and go on tomorrow; see calls_per_day"
            return warning("calls left today", str(left), do)
        return good("calls left today", str(left))


def _cause_and_cure(words: str) -> tuple[str, str]:
    """Cut a message of the run into what was found and what to do about it."""
    cause, colon, cure = words.partition(": ")
    return cause, cure if colon else "name another in marketplaces.csv"


def _cut(what: str, there: Iterator[Element]) -> Iterator[Finding]:
    """Say when there is more than was looked at."""
    if next(there, None) is not None:
        found = f"only the first {_MOST:,} {what} were looked at for documents of other tools"
        yield note(f"other tools: {what}", found)


def _is_marked(element: Element, *names: str) -> bool:
    return any(_MARK in str(element.get(name) or "") for name in names)


def _posted_twice(subject: str, found: str) -> Finding:
    do = "stop the other tool or bank rule first, and set books_start to the first day that is ours"
    return warning(f"other tools: {subject}", found, do)
