"""Where Amazon's servers are, and which addresses we are willing to talk to."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

LWA_URL = "https://api.amazon.com/auth/o2/token"
REGIONS = {
    "na": "https://sellingpartnerapi-na.amazon.com",
    "eu": "https://sellingpartnerapi-eu.amazon.com",
    "fe": "https://sellingpartnerapi-fe.amazon.com",
}


class NotAllowed(ValueError):
    """An address that secrets or books must not travel to."""


def endpoint(region: str | None = None, api_url: str | None = None) -> str:
    """Give the root of the API: `api_url` when there is one, else the region's host."""
    if api_url:
        return secure(api_url, "api_url")
    if region not in REGIONS:
        known = ", ".join(REGIONS)
        raise NotAllowed(f"region is {region!r}; choose the one you authorised: {known}")
    return REGIONS[region]


def secure(url: str, setting: str) -> str:
    """Give the address without a trailing slash; refuse all but https, save on the loopback."""
    # No address is shown whole: a presigned one holds its own key.
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.username or parts.password:
        raise NotAllowed(f"{setting} must not carry a user or password")
    if not host or parts.scheme not in {"http", "https"}:
        raise NotAllowed(f"{setting} must be an https address")
    if parts.scheme == "http" and not is_loopback(host):
        raise NotAllowed(f"{setting} must be https, since {host} is not this machine")
    return url.rstrip("/")


def origin(url: str) -> tuple[str, str, int | None]:
    """Give scheme, host and port of an address, so that two can be compared."""
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), port


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
