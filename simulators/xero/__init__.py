"""A strict, stateful Xero on the loopback: an organisation with a real general ledger.

with server(demo_organisation()) as xero:
    ...  # xero.url serves /connect/token, /connections and /api.xro/2.0
"""

from simulators.wsgi import LoopbackServer
from simulators.xero.organisation import Organisation
from simulators.xero.routes import application

__all__ = ["Organisation", "application", "server"]


def server(organisation: Organisation, port: int = 0) -> LoopbackServer:
    """Serve an organisation on the loopback; port 0 takes a free one."""
    return LoopbackServer(application(organisation), port)
