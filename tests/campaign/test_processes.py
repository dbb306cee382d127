"""Real processes: killed with SIGKILL while a call is under way, and two of them at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from campaign.books_of_xero import Figures, figures
from campaign.random_runs import random_loads
from target.xero_documents import Recorded, lines

from simulators.clock import Clock
from simulators.xero import Organisation, server
from simulators.xero.demo import demo_organisation

COMMAND = [sys.executable, "-c", "from target_xero.target import TargetXero; TargetXero.cli()"]
SEEDS = range(int(os.environ.get("CAMPAIGN_PROCESSES") or 6))


class Targets:
    """Processes of the target, all on one Xero and one database."""

    def __init__(self, url: str, folder: Path) -> None:
        self._config = folder / "config.json"
        self._stream = folder / "stream.jsonl"
        config = {
            "client_id": "DEMOXEROCLIENT",
            "client_secret": "demo-xero-secret",
            "api_url": f"{url}/api.xro/2.0",
            "identity_url": url,
            "books": f"sqlite:///{folder / 'books.db'}",
            "batch_size": 3,
            "attach_evidence": True,
        }
        self._config.write_text(json.dumps(config))

    def start(self, load: list[Recorded]) -> subprocess.Popen[str]:
        self._stream.write_text(lines(load, {"bookmarks": {}}))
        with self._stream.open() as stream:
            return subprocess.Popen(
                [*COMMAND, "--config", str(self._config)],
                stdin=stream,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "LOGLEVEL": "WARNING"},
            )

    def run(self, load: list[Recorded]) -> None:
        process = self.start(load)
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors


def organisation() -> Organisation:
    found = demo_organisation(Clock())
    found.limits.per_minute = 1000
    return found


def undisturbed(load: list[Recorded]) -> Figures:
    with TemporaryDirectory() as folder, server(found := organisation()) as xero:
        targets = Targets(xero.url, Path(folder))
        targets.run(load)
        targets.run(load)
    return figures(found)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_killed_with_sigkill_at_random_calls(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    load = random_loads(random)[0]
    kills = 0
    with server(xero_books := organisation()) as xero:
        targets = Targets(xero.url, tmp_path)
        for _ in range(4):
            fault = xero_books.faults.hang(
                random.choice(["committed", "never", "late"]),
                path="/api.xro/*",
                nth=random.randint(1, 14),
            )
            process = targets.start(load)
            while process.poll() is None and not xero_books.faults.wait_until_hanging(timeout=0.05):
                continue
            if process.poll() is None:
                kills += 1
                os.kill(process.pid, signal.SIGKILL)
            out, errors = process.communicate()
            assert process.returncode in (0, -signal.SIGKILL), errors
            assert process.returncode == 0 or out == "", "no state leaves what was killed"
            fault.times = 0
            xero_books.faults.release()
            xero_books.clock.advance(minutes=random.choice([0, 10]))
        targets.run(load)
        targets.run(load)
    assert kills
    assert figures(xero_books) == undisturbed(load)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_two_processes_at_once(seed: int, tmp_path: Path) -> None:
    """Whichever is second leaves the work to the first, or comes after it."""
    load = random_loads(Random(100 + seed))[0]
    with server(xero_books := organisation()) as xero:
        targets = Targets(xero.url, tmp_path)
        both = [targets.start(load), targets.start(load)]
        for process in both:
            _, errors = process.communicate(timeout=120)
            assert process.returncode == 0, errors
        targets.run(load)
        assert 429 not in {each.status for each in xero_books.calls}
    assert figures(xero_books) == undisturbed(load)
