"""Fixtures every layer of tests may use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# Tables are read as they are without a terminal, however wide the one is that runs the tests.
os.environ.pop("COLUMNS", None)

# No property may fail because the machine is busy.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


# Folders whose tests share something outside them: Meltano's catalog, the test database. Those
# of the first take longest, and so begin.
TOGETHER = ("tests/pipelines", "tests/books")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process is left waiting for it."""
    items.sort(key=lambda item: not item.nodeid.startswith(TOGETHER[0]))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give the tests of a module to one process, so that what it makes once is made once."""
    # Only there when tests are spread; it has no types.
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class ByModule(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            module = nodeid.partition("::")[0]
            return next((folder for folder in TOGETHER if module.startswith(folder)), module)

    return ByModule(config, log)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the vendors' published models, which stands beside the project in CI only."""
    folder = Path(os.environ.get("SHARED_DIR") or ROOT.parent / "shared")
    if not (folder / "specs").is_dir():
        pytest.skip("the vendors' models (../shared/specs) are not on this machine")
    return folder
