"""A seller's account at Amazon, as the Selling Partner API shows it: stateful, strict, loopback.

with server(demo_seller(now)) as amazon:      # simulators.amazon_sp.demo
    ...                                       # API, token endpoint and documents at amazon.url
"""

from __future__ import annotations

from simulators.amazon_sp.flatfile import Dialect, Settlement, SettlementRow
from simulators.amazon_sp.routes import application
from simulators.amazon_sp.seller import Seller
from simulators.amazon_sp.stored import Document
from simulators.wsgi import LoopbackServer

__all__ = [
    "Dialect",
    "Document",
    "Seller",
    "Settlement",
    "SettlementRow",
    "application",
    "server",
]


def server(seller: Seller, port: int = 0) -> LoopbackServer:
    """Put a seller's account on the loopback; port 0 takes a free one."""
    return LoopbackServer(application(seller), port)
