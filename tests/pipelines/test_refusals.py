"""What a run does when Amazon, Xero or the maps refuse it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

NewProject = Callable[[], Any]


@pytest.fixture(scope="module")
def refused(new_project: NewProject) -> Any:
    """A project in which nothing has run yet."""
    return new_project()


def test_a_wrong_xero_scope_is_one_clear_line_and_the_bookmark_stays(refused: Any) -> None:
    done = refused.run(TARGET_XERO_SCOPES="accounting.transactions")
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "scope" in said
    assert "Traceback" not in said
    assert refused.xero_calls() == []
    assert "bookmarks" not in refused.state()


def test_a_revoked_amazon_authorisation_is_one_clear_line(refused: Any) -> None:
    done = refused.run(TAP_AMAZON_SP_REFRESH_TOKEN="Atzr|revoked")
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "authoris" in said or "authoriz" in said
    assert "Atzr|revoked" not in said
    assert refused.xero_writes() == []
    assert "bookmarks" not in refused.state()


def test_faults_in_the_maps_are_all_listed_and_nothing_is_called(refused: Any) -> None:
    skus = refused.folder / "maps" / "skus.csv"
    before = skus.read_text(encoding="utf-8")
    skus.write_text(before + "GAD-1,,TWICE,,,\nX,Amazon.fr,X,,,\n", encoding="utf-8")
    done = refused.run()
    skus.write_text(before, encoding="utf-8")
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "skus.csv, line 10" in said
    assert "skus.csv, line 11" in said
    assert refused.xero_calls() == []
    assert "bookmarks" not in refused.state()


def test_an_account_that_xero_does_not_know_rejects_its_documents_and_no_others(
    new_project: NewProject,
) -> None:
    project = new_project()
    accounts = project.folder / "maps" / "accounts.csv"
    text = accounts.read_text(encoding="utf-8")
    assert "gift_wrap_income,,,,202,OUTPUT2" in text
    accounts.write_text(text.replace(",,,202,OUTPUT2", ",,,9202,OUTPUT2"), encoding="utf-8")
    done = project.run()
    assert done.returncode == 1
    assert "9202" in done.stdout + done.stderr
    assert "bookmarks" not in project.state()
    documents = project.control(project.xero, "state")["documents"]
    assert sum(documents["Invoices"].values()) > 100
    assert sum(documents["ManualJournals"].values()) >= 7
    accounts.write_text(text, encoding="utf-8")
    project.let_usage_plans_refill()
    again = project.run()
    assert again.returncode == 0, again.stderr
    balance = project.control(project.xero, "state")["trial_balance"]
    assert Decimal(balance["202"]) < 0
    assert "bookmarks" in project.state()
