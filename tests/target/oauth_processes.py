"""The target with OAuth over the demo desk: settings, processes, and a browser of its own."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from target.xero_desk import Desk

from simulators.xero.browser import App
from simulators.xero.demo import OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET, OAUTH_REFRESH_TOKEN

KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
TARGET = "from target_xero.target import TargetXero; TargetXero.cli()"
CONNECT = "from target_xero.connect import main; main()"
_KEYLESS = {name: value for name, value in os.environ.items() if name != "BOOKS_KEY"}


@dataclass
class Done:
    """How a process ended."""

    code: int
    out: str
    errors: str


@dataclass
class OAuthDesk:
    """A desk whose target signs in by OAuth."""

    desk: Desk
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def config(self, **changes: Any) -> dict[str, Any]:
        whole = {
            "auth_method": "oauth",
            "client_id": OAUTH_CLIENT_ID,
            "client_secret": OAUTH_CLIENT_SECRET,
            "refresh_token": OAUTH_REFRESH_TOKEN,
            "books_key": KEY,
            "api_url": f"{self.desk.url}/api.xro/2.0",
            "identity_url": self.desk.url,
            "books": self.desk.books_url,
            **changes,
        }
        return {name: value for name, value in whole.items() if value is not None}

    def start(
        self, code: str, *arguments: str, level: str = "INFO", **changes: Any
    ) -> subprocess.Popen[str]:
        """Start a process with these settings in a file of its own."""
        file = self.desk.folder / f"config-{len(list(self.desk.folder.iterdir()))}.json"
        file.write_text(json.dumps(self.config(**changes)))
        process = subprocess.Popen(
            [sys.executable, "-c", code, "--config", str(file), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**_KEYLESS, "LOGLEVEL": level},
        )
        self.processes.append(process)
        return process

    def end(self) -> None:
        """End what a failed test left running."""
        for process in self.processes:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()

    def run(self, text: str, level: str = "INFO", **changes: Any) -> Done:
        """Run the target as a process over these lines."""
        process = self.start(TARGET, level=level, **changes)
        out, errors = process.communicate(text, timeout=120)
        return Done(process.returncode, out, errors)

    @property
    def renewals(self) -> int:
        """How often a token was asked for."""
        return sum(each.path == "/connect/token" for each in self.desk.organisation.calls)

    @property
    def secrets(self) -> list[str]:
        """Every secret there is: of the app, of the books, and what Xero issued."""
        identity = self.desk.organisation.identity
        return [OAUTH_CLIENT_SECRET, KEY, *identity._refresh, *identity._access]


class Browser:
    """A person at the consent page of a `connect` process that was started with --port 0."""

    def __init__(self, oauth: OAuthDesk, **changes: Any) -> None:
        self.process = oauth.start(CONNECT, "--port", "0", **{"refresh_token": None, **changes})
        assert self.process.stderr
        self.told: list[str] = []
        for line in self.process.stderr:
            self.told.append(line.rstrip())
            if "/identity/connect/authorize?" in line:
                break
        else:
            return
        self.redirect_uri = self.told[0].rpartition(" ")[2]
        # The port is free of choice here; at Xero the address is registered once.
        app = App(
            OAUTH_CLIENT_ID,
            OAUTH_CLIENT_SECRET,
            custom=False,
            redirect_uris=frozenset({self.redirect_uri}),
        )
        oauth.desk.organisation.identity.register(app)

    def answer(self) -> str:
        """Give the address to which the consent page sends the browser."""
        page = requests.get(self.told[-1], allow_redirects=False, timeout=30)
        assert page.status_code == 302, page.text
        return str(page.headers["Location"])

    def open(self, address: str) -> tuple[int, str]:
        """Open an address of the listener and give what it shows."""
        page = requests.get(address, timeout=30)
        return page.status_code, page.text

    def end(self) -> Done:
        """Wait for the process."""
        out, errors = self.process.communicate(timeout=60)
        return Done(self.process.returncode, out, "\n".join([*self.told, errors]))


def read_all(folder: Path) -> bytes:
    """Give the content of every file of the books."""
    return b"".join(each.read_bytes() for each in folder.glob("books.db*"))
