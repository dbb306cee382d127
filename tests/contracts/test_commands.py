"""The commands that the pages tell a person to type: meltano.yml has them, they are installed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture(scope="module")
def commands(root: Path) -> dict[str, dict[str, Any]]:
    """The commands of each plugin in meltano.yml; a mapper's by the names of its mappings."""
    project = yaml.safe_load((root / "meltano.yml").read_text(encoding="utf-8"))
    found: dict[str, dict[str, Any]] = {}
    for plugins in project["plugins"].values():
        for plugin in plugins:
            names = [plugin["name"], *(each["name"] for each in plugin.get("mappings") or ())]
            found |= dict.fromkeys(names, plugin.get("commands") or {})
    return found


def test_every_command_of_the_pages_is_one_of_meltano_yml(
    root: Path, commands: dict[str, dict[str, Any]]
) -> None:
    pages = [root / "README.md", root / "CHANGELOG.md", *sorted((root / "docs").glob("*.md"))]
    typed = {
        (page.name, plugin, command)
        for page in pages
        for plugin, command in re.findall(
            r"meltano invoke ([\w-]+):([\w-]+)", page.read_text(encoding="utf-8")
        )
    }
    assert {plugin for _, plugin, _ in typed} >= {"mapper", "target-xero", "reconcile"}
    assert [each for each in sorted(typed) if each[2] not in commands.get(each[1], {})] == []


def test_every_command_of_meltano_yml_is_installed_by_its_distribution(
    root: Path, commands: dict[str, dict[str, Any]]
) -> None:
    scripts: set[str] = set()
    for file in [*root.glob("*/pyproject.toml"), *root.glob("clients/*/pyproject.toml")]:
        project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
        scripts |= set(project.get("scripts", {}))
    named = {
        each["executable"]
        for known in commands.values()
        for each in known.values()
        if "executable" in each
    }
    assert len(named) > 5
    assert named - {"python"} <= scripts
