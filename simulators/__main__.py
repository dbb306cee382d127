"""`python -m simulators serve`: both simulators on loopback ports, until interrupted."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from simulators import amazon_sp, xero
from simulators.amazon_sp.demo import demo_seller
from simulators.wsgi import LoopbackServer
from simulators.xero.demo import demo_organisation


def main(arguments: list[str] | None = None) -> int:
    """Serve the demo seller and the demo organisation; writes the URLs to --port-file."""
    parser = argparse.ArgumentParser(prog="python -m simulators")
    parser.add_argument("command", choices=["serve"])
    parser.add_argument("--amazon-port", type=int, default=8801, help="0 for any free port")
    parser.add_argument("--xero-port", type=int, default=8802, help="0 for any free port")
    parser.add_argument("--port-file", type=Path, help="JSON file that receives the URLs")
    given = parser.parse_args(arguments)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    seller = demo_seller(datetime.now(UTC))
    organisation = demo_organisation()
    with (
        LoopbackServer(amazon_sp.application(seller), given.amazon_port) as amazon,
        LoopbackServer(xero.application(organisation), given.xero_port) as books,
    ):
        if given.port_file:
            waiting = given.port_file.with_suffix(".tmp")
            waiting.write_text(json.dumps({"amazon": amazon.url, "xero": books.url}))
            waiting.rename(given.port_file)
        print(f"Amazon SP-API simulator: {amazon.url}")  # noqa: T201
        print(f"Xero simulator:          {books.url}", flush=True)  # noqa: T201
        stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
