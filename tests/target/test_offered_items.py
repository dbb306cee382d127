"""Items that are new to Xero wait on a draft list until a person confirms them."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner, Result
from target.xero_desk import Desk
from target.xero_documents import Recorded, invoice, invoice_line, item, order_id

from books import State, open_books
from target_xero.confirm import confirm
from target_xero.tally import Did


def offered(code: str = "NEW-1", price: str | None = "7.1234", **more: Any) -> Recorded:
    return item(code, price, confirm=True, **more)


@pytest.fixture
def command(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TARGET_XERO_BOOKS", desk.books_url)

    def run(*arguments: str, answer: str = "") -> Result:
        return CliRunner().invoke(confirm, list(arguments), input=answer)

    return run


def codes(desk: Desk) -> set[str]:
    return {each["Code"] for each in desk.organisation.items if each["Code"].startswith("NEW")}


def test_a_new_item_waits_on_the_draft_list_at_the_end(desk: Desk) -> None:
    tally = desk.post(offered(), offered("NEW-2", None, account="201"))
    assert codes(desk) == set()
    assert {each.reason for each in desk.postings(State.HELD)} == {"new_item"}
    assert tally.summary() == "held 2 items"
    assert tally.lines == [
        (
            "draft list: 2 items new to Xero, held until you confirm: meltano invoke "
            "target-xero:confirm CODE ... (or --all)"
        ),
        "draft: NEW-1, New widget, 7.1234, account 200",
        "draft: NEW-2, New widget, no price, account 201",
    ]


def test_an_item_that_is_there_is_updated_as_ever(desk: Desk) -> None:
    tally = desk.post(offered("WIDGET-S", "9.99"))
    assert tally.count(Did.UPDATED, "items") == 1
    assert desk.post(offered("WIDGET-S", "9.99")).count(Did.UNCHANGED, "items") == 1


def test_what_was_posted_before_items_were_offered_is_unchanged(desk: Desk) -> None:
    desk.post(item())
    mark = desk.mark
    assert desk.post(offered()).count(Did.UNCHANGED, "items") == 1
    assert desk.calls(mark)[1:] == []


def test_a_confirmed_item_is_made_by_the_next_run_and_only_once(desk: Desk, command: Any) -> None:
    desk.post(offered(), offered("NEW-2"))
    mark = desk.mark
    done = command("item:NEW-1")
    assert (done.exit_code, done.output) == (0, "1 confirmed: the next run makes them in Xero\n")
    assert desk.calls(mark) == [], "confirming makes no call"
    assert desk.post().count(Did.POSTED, "items") == 1, "whatever the next run brings"
    assert codes(desk) == {"NEW-1"}
    mark = desk.mark
    tally = desk.post(offered(), offered("NEW-2"))
    assert desk.writes(mark) == []
    assert tally.summary() == "skipped unchanged 1 item; held 1 item"


def test_it_is_made_as_its_listing_says_by_then(desk: Desk, command: Any) -> None:
    desk.post(offered(price="7.00"))
    command("NEW-1")
    desk.post(offered(price="8.00"))
    (made,) = desk.organisation.items.named("Code", "NEW-1")
    assert made["SalesDetails"]["UnitPrice"] == 8


def test_all_are_shown_and_asked_for_first(desk: Desk, command: Any) -> None:
    desk.post(offered(), offered("NEW-2"))
    refused = command("--all", answer="n\n")
    assert refused.exit_code == 1
    assert "item:NEW-1: NEW-1, New widget, 7.1234, account 200" in refused.output
    desk.post()
    assert codes(desk) == set()
    assert command("--all", answer="y\n").exit_code == 0
    desk.post()
    assert codes(desk) == {"NEW-1", "NEW-2"}


def test_all_without_asking(desk: Desk, command: Any) -> None:
    desk.post(offered())
    assert command("--all", "--yes").output.splitlines()[-1].startswith("1 confirmed")
    assert command("--all", "--yes").output == "0 on the draft list\n"


def test_the_list_alone_confirms_nothing(desk: Desk, command: Any) -> None:
    desk.post(offered())
    assert command("--list").output == (
        "item:NEW-1: NEW-1, New widget, 7.1234, account 200\n1 on the draft list\n"
    )
    desk.post()
    assert codes(desk) == set()


def test_one_name_that_is_not_on_the_list_confirms_none(desk: Desk, command: Any) -> None:
    desk.post(offered())
    done = command("NEW-1", "NEW-9")
    assert done.exit_code == 1
    assert "not on the draft list (see --list): item:NEW-9" in done.output
    assert {each.reason for each in desk.postings(State.HELD)} == {"new_item"}


def test_nothing_named_is_a_question_back(desk: Desk, command: Any) -> None:
    desk.post(offered())
    assert command().exit_code == 2


def test_without_books_there_is_nothing_to_confirm(command: Any) -> None:
    assert "there are no books there yet" in command("NEW-1").output


def test_a_run_at_work_is_not_disturbed(desk: Desk, command: Any) -> None:
    desk.post(offered())
    (tenant,) = {each.tenant for each in desk.postings()}
    with open_books(desk.books_url) as books, books.exclusive(tenant):
        done = command("NEW-1")
    assert done.exit_code == 1
    assert "confirm again when it has ended" in done.output


def test_what_xero_refuses_after_the_word_needs_no_second_word(desk: Desk, command: Any) -> None:
    desk.post(offered(account="777"))
    command("NEW-1")
    assert desk.post().count(Did.REJECTED, "items") == 1
    assert desk.post(offered()).count(Did.POSTED, "items") == 1


def test_an_item_that_a_person_makes_meanwhile_leaves_the_draft_list(
    desk: Desk, command: Any
) -> None:
    desk.post(offered())
    desk.organisation.add_item("NEW-1", "Mine", "200")
    desk.post(offered())
    assert command("--list").output == "0 on the draft list\n"


def test_an_invoice_that_names_it_is_posted_once_it_is_there(desk: Desk, command: Any) -> None:
    sale = invoice(order_id(1), lines=[invoice_line("12.00", item_code="NEW-1")])
    tally = desk.post(offered(), sale)
    assert tally.count(Did.REJECTED, "invoices") == 1
    command("--all", "--yes")
    tally = desk.post(offered())
    assert (tally.count(Did.POSTED, "items"), tally.count(Did.POSTED, "invoices")) == (1, 1)
