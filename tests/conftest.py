"""Fixtures every layer of tests may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent


# No property may fail because the machine is busy.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


# Folders whose tests share something outside them: Meltano's catalog, the test database.
TOGETHER = {"pipelines", "books"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep a module's tests in one process, so that what it makes once is made once."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        folder = item.path.parent.name
        group = folder if folder in TOGETHER else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))


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
