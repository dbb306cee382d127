"""Amazon's Selling Partner API over HTTP: signs, paces, retries, raises typed errors."""

from amazon_sp.auth import LwaAuth
from amazon_sp.documents import Document, download
from amazon_sp.errors import AmazonError
from amazon_sp.hosts import LWA_URL, REGIONS, NotAllowed, endpoint, secure
from amazon_sp.limits import Limits
from amazon_sp.session import Session

__all__ = [
    "LWA_URL",
    "REGIONS",
    "AmazonError",
    "Document",
    "Limits",
    "LwaAuth",
    "NotAllowed",
    "Session",
    "download",
    "endpoint",
    "secure",
]
