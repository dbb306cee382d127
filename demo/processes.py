"""The processes of the demo: both simulators, and `meltano run` against them."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PIPELINE = ("tap-amazon-sp", "mapper", "target-xero")
PRICES = ("tap-xero", "price-mapper", "target-amazon-sp")


class RunFailed(RuntimeError):
    """A process of the demo ended with an error; its last lines are the message."""


@dataclass(frozen=True)
class Simulators:
    """Where the two simulators listen."""

    amazon: str
    xero: str

    def xero_calls(self) -> list[dict[str, Any]]:
        """Give the calls that Xero's accounting API has had so far."""
        calls = _get(f"{self.xero}/__control__/calls")["calls"]
        return [call for call in calls if call["path"].startswith("/api.xro/")]

    def amazon_calls(self) -> list[dict[str, Any]]:
        """Give the calls that Amazon has had so far, without those for tokens."""
        calls = _get(f"{self.amazon}/__control__/calls")["calls"]
        return [call for call in calls if not call["path"].startswith("/auth/")]

    def xero_state(self) -> dict[str, Any]:
        """Give the organisation's own account of itself: trial balance and documents."""
        return _get(f"{self.xero}/__control__/state")


def _get(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=30) as response:  # noqa: S310 - loopback only
        loaded: dict[str, Any] = json.loads(response.read())
    return loaded


@contextmanager
def simulators(folder: Path) -> Iterator[Simulators]:
    """Start both simulators, on the ports of meltano.yml where they are free."""
    port_file = folder / "ports.json"
    port_file.unlink(missing_ok=True)
    amazon, xero = (port if _is_free(port) else 0 for port in (8801, 8802))
    command = [sys.executable, "-m", "simulators", "serve", "--amazon-port", str(amazon)]
    command += ["--xero-port", str(xero), "--port-file", str(port_file)]
    with (folder / "simulators.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)  # noqa: S603
        try:
            while not port_file.exists():
                if process.poll() is not None:
                    raise RunFailed((folder / "simulators.log").read_text())
                time.sleep(0.05)
            ports = json.loads(port_file.read_text())
            yield Simulators(ports["amazon"], ports["xero"])
        finally:
            process.terminate()
            process.wait()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


class Project:
    """The Meltano project of this repository, with a state, books and maps of the demo's own."""

    def __init__(self, folder: Path, running: Simulators) -> None:
        self.folder = folder
        self.maps = folder / "maps"
        self.books_url = f"sqlite:///{folder / 'books.db'}"
        self._environment = {
            **os.environ,
            "MELTANO_DATABASE_URI": f"sqlite:///{folder / 'meltano.db'}",
            "NO_COLOR": "1",
            "COLUMNS": "100",
            "MAPS_DIR": str(self.maps),
            "BOOKS_URL": self.books_url,
            "TAP_AMAZON_SP_API_URL": running.amazon,
            "TAP_AMAZON_SP_AUTH_URL": f"{running.amazon}/auth/o2/token",
            "TARGET_XERO_API_URL": f"{running.xero}/api.xro/2.0",
            "TARGET_XERO_IDENTITY_URL": running.xero,
            "TAP_XERO_API_URL": f"{running.xero}/api.xro/2.0",
            "TAP_XERO_IDENTITY_URL": running.xero,
            "TARGET_AMAZON_SP_API_URL": running.amazon,
            "TARGET_AMAZON_SP_AUTH_URL": f"{running.amazon}/auth/o2/token",
        }
        shutil.copytree(ROOT / "maps", self.maps)

    def run(self, *plugins: str, **environment: str) -> str:
        """Run a pipeline once; gives its log, raises RunFailed when it fails."""
        done = self._meltano("run", *(plugins or PIPELINE), **environment)
        return done.stdout + done.stderr

    def invoke(self, *arguments: str) -> str:
        """Invoke a plugin's command; gives what it printed, raises RunFailed when it fails."""
        return self._meltano("--log-level=warning", "invoke", *arguments).stdout

    def _meltano(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        meltano = shutil.which("meltano", path=str(Path(sys.executable).parent))
        if meltano is None:
            raise RunFailed("Meltano is not installed here: run `make install` first")
        done = subprocess.run(  # noqa: S603 - fixed arguments
            [meltano, "--environment=demo", *arguments],
            cwd=ROOT,
            env=self._environment | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        log = done.stdout + done.stderr
        with (self.folder / "meltano.log").open("a", encoding="utf-8") as file:
            file.write(log)
        if done.returncode:
            last = "\n".join(log.splitlines()[-15:])
            raise RunFailed(f"meltano {arguments[0]} ended with {done.returncode}:\n{last}")
        return done
