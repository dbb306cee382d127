"""The log tells an accountant what was posted, when, by whom, from what, and where to see it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from target.xero_desk import Desk
from target.xero_documents import held, invoice, invoice_line, order_id, settlement

from target_xero import spreadsheet
from target_xero.commands import check, log
from xero_api import links

ORDER, OTHER = order_id(1), order_id(2)


def shown(desk: Desk, *arguments: str) -> Result:
    environment: dict[str, str | None] = {"TARGET_XERO_BOOKS": desk.books_url, "COLUMNS": None}
    return CliRunner(env=environment).invoke(log, arguments, catch_exceptions=False)


def rows(desk: Desk, *arguments: str) -> dict[str, dict[str, str]]:
    done = shown(desk, "--csv", str(desk.folder / "log.csv"), *arguments)
    assert done.exit_code == 0, done.output
    text = (desk.folder / "log.csv").read_text(encoding="utf-8-sig")
    return {each["document"]: each for each in csv.DictReader(io.StringIO(text))}


def test_each_document_is_told_with_its_run_its_source_and_its_place_in_xero(desk: Desk) -> None:
    desk.post(*settlement("S1", [ORDER]))
    mark = desk.mark
    found = rows(desk)
    (posted,) = desk.organisation.invoices
    line = found[f"invoice:{ORDER}:S1"]
    assert line["state"] == "posted"
    assert line["number"] == f"AMZ-{ORDER}"
    assert (line["amount"], line["currency"], line["date"]) == ("12.00", "GBP", "2026-04-02")
    assert (line["settlement"], line["order"]) == ("S1", ORDER)
    assert line["run"] == desk.posting(f"invoice:{ORDER}:S1").run_id
    assert line["run_by"].startswith("process ")
    assert line["xero"].endswith(f"AccountsReceivable/View.aspx?InvoiceID={posted['InvoiceID']}")
    assert found["journal:S1:2026-04"]["month"] == "2026-04"
    assert "Journal/View.aspx?invoiceID=" in found["journal:S1:2026-04"]["xero"]
    assert set(found) == {
        f"invoice:{ORDER}:S1",
        f"payment:S1:{ORDER}",
        "journal:S1:2026-04",
        "payout:S1",
    }
    assert desk.calls(mark) == [], "the books alone know"


def test_a_settlement_s_log_has_the_orders_own_invoices_that_it_pays(desk: Desk) -> None:
    desk.post(invoice(ORDER), invoice(OTHER))
    desk.post(*settlement("S1", [ORDER])[1:])
    assert set(rows(desk, "--settlement", "S1")) == {
        f"invoice:{ORDER}",
        f"payment:S1:{ORDER}",
        "journal:S1:2026-04",
        "payout:S1",
    }
    assert set(rows(desk, "--order", OTHER)) == {f"invoice:{OTHER}"}


def test_since_leaves_out_what_did_not_change(desk: Desk) -> None:
    desk.post(invoice(ORDER))
    desk.organisation.clock.advance(days=2)
    desk.post(invoice(OTHER))
    assert set(rows(desk, "--since", "2026-04-21")) == {f"invoice:{OTHER}"}


def test_refused_and_waiting_documents_are_told_with_their_words(desk: Desk) -> None:
    refused = invoice(ORDER, lines=[invoice_line("12.00", account="777")])
    desk.post(refused, held("invoice:9", order_id=OTHER))
    found = rows(desk)
    assert "Account code '777'" in found[f"invoice:{ORDER}"]["words"]
    assert found["invoice:9"]["state"] == "held by the mapper"
    assert set(rows(desk, "--order", OTHER)) == {"invoice:9"}
    table = shown(desk).output
    assert "rejected" in table
    assert "SKU NEW-SKU-9 is not in skus.csv" in table


def test_the_table_shows_the_link(desk: Desk) -> None:
    desk.post(invoice(ORDER))
    (posted,) = desk.organisation.invoices
    output = shown(desk).output
    assert f"InvoiceID={posted['InvoiceID']}\n" in output
    assert output.endswith("1 posted\n")


def test_in_a_narrow_window_nothing_is_cut_off(desk: Desk) -> None:
    desk.post(invoice(ORDER))
    environment = {"TARGET_XERO_BOOKS": desk.books_url, "COLUMNS": "100"}
    output = CliRunner(env=environment).invoke(log).output
    lines = output.splitlines()
    assert max(len(each) for each in lines if "https://" not in each) <= 100
    assert "…" not in output
    (posted,) = desk.organisation.invoices
    (link,) = [each for each in lines if "https://" in each]
    assert link.endswith(f"InvoiceID={posted['InvoiceID']}"), "an address is never broken"


def test_without_books_the_log_says_so_and_makes_none(desk: Desk) -> None:
    done = shown(desk)
    assert done.exit_code == 1
    assert "there are no books there yet" in done.output
    assert not list(desk.folder.glob("books.db*"))


def test_the_books_may_be_named_in_a_settings_file(desk: Desk, tmp_path: Path) -> None:
    desk.post(invoice(ORDER))
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"books": desk.books_url}))
    done = CliRunner().invoke(log, ["--config", str(file), "--order", "nothing of it"])
    assert (done.exit_code, done.output) == (0, "nothing of that is in the books\n")


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+44 20", "'+44 20"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
        ("\t=1", "'\t=1"),
        ("\uff1d1", "'\uff1d1"),
        (" =1", "' =1"),
        ("-5.00", "-5.00"),
        ("plain, with a comma", "plain, with a comma"),
        ("", ""),
    ],
)
def test_no_cell_can_be_a_formula(cell: str, written: str) -> None:
    text = io.StringIO()
    spreadsheet.write(text, ["a"], [[cell]])
    assert list(csv.reader(io.StringIO(text.getvalue(), newline="")))[1] == [written]


def test_a_planted_formula_is_harmless_in_the_file(desk: Desk) -> None:
    refused = invoice(ORDER, number="=1+1", lines=[invoice_line("12.00", account="777")])
    desk.post(refused)
    assert rows(desk)[f"invoice:{ORDER}"]["number"] == "'=1+1"


def test_a_document_without_a_page_of_its_own_has_no_link() -> None:
    assert links.link("items", "id") == ""
    assert links.link("invoices", None) == ""
    assert links.link("invoices", "id", "bill").endswith("AccountsPayable/View.aspx?InvoiceID=id")


@pytest.mark.parametrize("command", [log, check])
def test_books_that_are_no_database_are_one_line_and_no_trace(command: click.Command) -> None:
    environment = {
        "TARGET_XERO_BOOKS": "nonsense",
        "TARGET_XERO_CLIENT_ID": "app",
        "TARGET_XERO_CLIENT_SECRET": "secret",
        "MAPS_DIR": str(Path(__file__).parents[2] / "maps"),
    }
    done = CliRunner(env=environment).invoke(command, catch_exceptions=False)
    assert done.exit_code == 1
    assert done.output.startswith("Error: `books` is no URL of a database: write sqlite:///")
