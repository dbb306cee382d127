"""The arrows between the parts run one way."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

STANDARD = frozenset(sys.stdlib_module_names)
FOLDERS = {
    "books/books": {"books", "sqlalchemy", "cryptography"},
    "clients/amazon-sp/amazon_sp": {"amazon_sp", "requests", "backoff"},
    "clients/xero/xero_api": {"xero_api", "requests", "backoff"},
    "tap-amazon-sp/tap_amazon_sp": {
        "tap_amazon_sp",
        "amazon_sp",
        "singer_sdk",
        "requests",
        "msgspec",
        "boto3",
        "botocore",
        "click",
    },
    "tap-xero/tap_xero": {
        "tap_xero",
        "xero_api",
        "books",
        "singer_sdk",
        "requests",
        "click",
    },
    "target-amazon-sp/target_amazon_sp": {
        "target_amazon_sp",
        "amazon_sp",
        "books",
        "singer_sdk",
        "requests",
        "click",
        "rich",
    },
    "target-xero/target_xero": {
        "target_xero",
        "xero_api",
        "books",
        "singer_sdk",
        "requests",
        "apprise",
        "click",
        "rich",
        "yaml",
    },
    "transforms/transforms": {
        "transforms",
        "books",
        "singer_sdk",
        "msgspec",
        "click",
        "rapidfuzz",
        "jsonschema",
        "yaml",
    },
    "transforms/transforms/ledger": {"transforms"},
    "transforms/transforms/pricing": {"transforms"},
    "reconcile/reconcile": {
        "reconcile",
        "books",
        "xero_api",
        "click",
        "jinja2",
        "markupsafe",
        "rich",
    },
    "simulators": {"simulators"},
}


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            yield node.module or ""


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_part_imports_only_what_it_may(root: Path, folder: str) -> None:
    allowed = FOLDERS[folder] | STANDARD
    strangers = {
        f"{file.relative_to(root)} imports {module}"
        for file in (root / folder).rglob("*.py")
        for module in imported(file)
        if module.partition(".")[0] not in allowed
    }
    assert strangers == set()


def test_the_ledger_imports_nothing_of_the_mapper_around_it(root: Path) -> None:
    strangers = {
        f"{file.name} imports {module}"
        for file in (root / "transforms/transforms/ledger").rglob("*.py")
        for module in imported(file)
        if module.startswith("transforms") and not module.startswith("transforms.ledger")
    }
    assert strangers == set()


def test_every_import_rule_looks_at_code_that_exists(root: Path) -> None:
    assert all(any((root / folder).rglob("*.py")) for folder in FOLDERS)


def test_files_stay_readable(root: Path) -> None:
    """A file of much over 300 lines is two files."""
    long = {
        str(file.relative_to(root)): lines
        for folder in FOLDERS
        for file in (root / folder).rglob("*.py")
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > 360
    }
    assert long == {}
