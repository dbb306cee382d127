"""The organisations that a consent covers: GET /connections, beside the Accounting API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from xero_api.addresses import checked_address
from xero_api.errors import TenantNeeded, Unauthorised, Unavailable
from xero_api.exact import decode
from xero_api.tokens import Connection

_PAUSES = (1.0, 2.0, 4.0)
_ACCOUNTING = "/api.xro/2.0"


@dataclass(frozen=True, slots=True)
class Tenant:
    """One organisation."""

    tenant_id: str
    name: str

    def __str__(self) -> str:
        return f"{self.name}: {self.tenant_id}"


def organisations(
    api_url: str,
    connection: Connection,
    *,
    sleep: Callable[[float], None],
    timeout: float = 30.0,
) -> list[Tenant]:
    """List the organisations by name, practices left out; a refused token is renewed once."""
    url = checked_address(api_url, "api_url").removesuffix(_ACCOUNTING) + "/connections"
    renewed = False
    for pause in (*_PAUSES, None):
        signed = f"Bearer {connection.token()}"
        status, body = _asked(url, signed, timeout)
        if status == requests.codes.ok and isinstance(body, list):
            return _organisations_of(body)
        if status == requests.codes.unauthorized:
            if renewed:
                raise Unauthorised("GET /connections: Xero refuses the token, also a fresh one")
            renewed = True
            connection.forget(signed)
        elif pause is not None:
            sleep(pause)
    raise Unavailable(f"GET /connections: {body or f'status {status}'}")


def _asked(url: str, signed: str, timeout: float) -> tuple[int, Any]:
    """Ask once; without an answer that can be read, status 0 or the body as words."""
    try:
        response = requests.get(
            url,
            headers={"Authorization": signed, "Accept": "application/json"},
            timeout=timeout,
            allow_redirects=False,
        )
    except requests.RequestException as lost:
        return 0, f"no answer ({type(lost).__name__})"
    try:
        return response.status_code, decode(response.content)
    except ValueError:
        return response.status_code, f"status {response.status_code}, and no JSON"


def _organisations_of(body: list[Any]) -> list[Tenant]:
    found = [
        Tenant(str(each["tenantId"]), str(each.get("tenantName")))
        for each in body
        if isinstance(each, dict) and each.get("tenantType") == "ORGANISATION"
    ]
    return sorted(found, key=str)


def only_organisation(found: Sequence[Tenant], connect: str) -> Tenant:
    """Give the one organisation there is; TenantNeeded, with the list, when there is not one."""
    if len(found) == 1:
        return found[0]
    if not found:
        raise TenantNeeded(
            f"The consent covers no Xero organisation: run `{connect}` and choose one"
        )
    raise TenantNeeded(
        f"The consent covers {len(found)} organisations: set `tenant_id` to the one these books "
        f"are for ({'; '.join(str(each) for each in found)})"
    )
