"""One consent's OAuth tokens, encrypted, and the lock under which they are renewed.

Only the service, the client id, the tenant and the hour at which the access token ends are
readable without the key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import ColumnElement, Engine, insert, select, update

from books import database, schema
from books.keys import TokensBusy, WrongKey

# Longer than a renewal with all its patience takes.
_PATIENCE = 180


class TokenSafe:
    """The tokens of one consent: service (`xero`), client id, and tenant ("" for any)."""

    def __init__(
        self,
        engine: Engine,
        now: Callable[[], datetime],
        key: str,
        *,
        service: str,
        client_id: str,
        tenant: str = "",
    ) -> None:
        self._engine = engine
        self._now = now
        self._fernet = Fernet(key)
        self._row = {"service": service, "client_id": client_id, "tenant": tenant}

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only process that renews this consent; TokensBusy after three minutes' wait."""
        name = "tokens " + json.dumps(self._row, sort_keys=True)
        with ExitStack() as held:
            try:
                held.enter_context(database.exclusive(self._engine, name, wait=_PATIENCE))
            except database.AtWork as taken:
                raise TokensBusy(
                    f"Another process has been renewing Xero's tokens for {_PATIENCE} seconds: "
                    "end it if it hangs, and run again"
                ) from taken
            yield

    @property
    def is_filled(self) -> bool:
        """Tell whether there are tokens, without reading them."""
        return self._ciphertext() is not None

    def read(self) -> dict[str, str] | None:
        """Decrypt the tokens; None when there are none, WrongKey when they are not ours to read."""
        ciphertext = self._ciphertext()
        if ciphertext is None:
            return None
        try:
            content: dict[str, str] = json.loads(self._fernet.decrypt(ciphertext.encode()))
        except InvalidToken:
            raise WrongKey(
                "The tokens in the books were encrypted with another key: give that one as "
                "books_key or BOOKS_KEY, or connect again"
            ) from None
        return content

    def write(self, content: Mapping[str, str], expires_at: datetime | None) -> None:
        """Encrypt the tokens and commit them; they replace the ones before."""
        table = schema.tokens
        values = {
            "ciphertext": self._fernet.encrypt(json.dumps(dict(content)).encode()).decode(),
            "expires_at": expires_at,
            "updated_at": self._now(),
        }
        with self._engine.begin() as connection:
            done = connection.execute(update(table).where(*self._where()).values(**values))
            if done.rowcount == 0:
                connection.execute(insert(table).values(**self._row, **values))

    def _ciphertext(self) -> str | None:
        with self._engine.connect() as connection:
            return connection.scalar(select(schema.tokens.c.ciphertext).where(*self._where()))

    def _where(self) -> list[ColumnElement[bool]]:
        return [schema.tokens.c[name] == value for name, value in self._row.items()]
