"""Addresses that may carry secrets: https, or http on this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from xero_api.errors import Insecure


def checked_address(url: str, setting: str) -> str:
    """Give the address without a final slash; Insecure when it would carry secrets in the clear."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and _loopback(host))):
        raise Insecure(f"{setting} must be an https address (http only on the loopback), not {url}")
    return url.rstrip("/")


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
