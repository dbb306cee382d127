"""A Meltano project on simulators, run once for all the questions asked of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

BIN = Path(sys.executable).parent


@dataclass
class Project:
    """This repository as a Meltano project, with books, state and maps of a test's own."""

    root: Path
    folder: Path
    amazon: str
    xero: str
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shutil.copytree(self.root / "maps", self.folder / "maps")
        self.environment = {
            **os.environ,
            "MELTANO_DATABASE_URI": f"sqlite:///{self.folder / 'meltano.db'}",
            "MAPS_DIR": str(self.folder / "maps"),
            "BOOKS_URL": self.books_url,
            "TAP_AMAZON_SP_API_URL": self.amazon,
            "TAP_AMAZON_SP_AUTH_URL": f"{self.amazon}/auth/o2/token",
            "TARGET_XERO_API_URL": f"{self.xero}/api.xro/2.0",
            "TARGET_XERO_IDENTITY_URL": self.xero,
            "TAP_XERO_API_URL": f"{self.xero}/api.xro/2.0",
            "TAP_XERO_IDENTITY_URL": self.xero,
            "TARGET_AMAZON_SP_API_URL": self.amazon,
            "TARGET_AMAZON_SP_AUTH_URL": f"{self.amazon}/auth/o2/token",
            "NO_COLOR": "1",
        }

    @property
    def books_url(self) -> str:
        return f"sqlite:///{self.folder / 'books.db'}"

    def meltano(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Meltano; what it leaves behind when a plugin fails is ended too."""
        process = subprocess.Popen(
            [BIN / "meltano", "--environment=demo", *arguments],
            cwd=self.root,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        out, error = process.communicate()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        return subprocess.CompletedProcess(process.args, process.returncode, out, error)

    def run(self, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        plugins = ("tap-amazon-sp", "mapper", "target-xero")
        return self.meltano("run", *options, *plugins, **environment)

    def let_usage_plans_refill(self) -> None:
        """Move Amazon's clock on half an hour, or a second full run would have to wait."""
        data = json.dumps({"seconds": 1800}).encode()
        url = f"{self.amazon}/__control__/clock"
        with urllib.request.urlopen(url, data, timeout=60) as response:
            assert response.status == 200

    @staticmethod
    def control(url: str, what: str) -> dict[str, Any]:
        """Ask a simulator's control desk."""
        with urllib.request.urlopen(f"{url}/__control__/{what}", timeout=60) as response:
            loaded: dict[str, Any] = json.loads(response.read())
        return loaded

    def state(self) -> str:
        """The bookmark that Meltano keeps for this pipeline."""
        return self.meltano("state", "get", "demo:tap-amazon-sp-to-target-xero").stdout.strip()

    def xero_calls(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = self.control(self.xero, "calls")["calls"]
        return [call for call in calls if call["path"].startswith("/api.xro/")]

    def xero_writes(self) -> list[dict[str, Any]]:
        return [call for call in self.xero_calls() if call["method"] != "GET"]


@pytest.fixture(scope="session")
def meltano_is_installed(root: Path) -> None:
    if not (root / ".meltano").is_dir() or not (BIN / "meltano").exists():
        pytest.skip("the plugins are not installed: run `make install`")


@pytest.fixture(scope="session")
def new_project(
    root: Path,
    tmp_path_factory: pytest.TempPathFactory,
    meltano_is_installed: None,  # noqa: ARG001
) -> Iterator[Callable[[], Project]]:
    """Make projects, each with simulators of its own; all are stopped at the end."""
    running: list[subprocess.Popen[bytes]] = []

    def make() -> Project:
        folder = tmp_path_factory.mktemp("project")
        ports = folder / "ports.json"
        command = [sys.executable, "-m", "simulators", "serve", "--amazon-port", "0"]
        command += ["--xero-port", "0", "--port-file", str(ports)]
        process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL)
        running.append(process)
        while not ports.exists():
            assert process.poll() is None, "the simulators did not start"
            time.sleep(0.05)
        urls = json.loads(ports.read_text())
        return Project(root, folder, urls["amazon"], urls["xero"])

    yield make
    for process in running:
        process.terminate()
        process.wait()


@pytest.fixture(scope="session")
def project(new_project: Callable[[], Project]) -> Project:
    """A project whose pipeline has run once, without a fault."""
    made = new_project()
    done = made.run()
    assert done.returncode == 0, done.stdout + done.stderr
    return made
