"""A dump of the tap is what the mapper's commands read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from xero_tap import Run, XeroDesk

from transforms import charts
from transforms.commands import check, suggest


@pytest.fixture
def maps(root: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "maps"
    shutil.copytree(root / "maps", folder)
    return folder


def lines_of(ran: Run, folder: Path) -> Path:
    file = folder / "xero.singer"
    file.write_text("".join(json.dumps(each) + "\n" for each in ran.messages), encoding="utf-8")
    return file


def files_of(ran: Run, folder: Path) -> Path:
    """Write the records as target-jsonl does: a file for each stream, in one folder."""
    dump = folder / "output"
    dump.mkdir()
    for stream in ran.streams:
        text = "".join(json.dumps(each) + "\n" for each in ran.records(stream))
        (dump / f"{stream}.jsonl").write_text(text, encoding="utf-8")
    return dump


@pytest.mark.parametrize("write", [lines_of, files_of])
def test_the_example_maps_fit_what_the_tap_dumps(
    desk: XeroDesk, maps: Path, tmp_path: Path, write: object
) -> None:
    assert callable(write)
    dump = write(desk.run(), tmp_path)
    result = CliRunner().invoke(check, ["--maps", str(maps), "--chart", str(dump)])
    assert result.output == "0 faults: the maps fit this chart\n"
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("table", "before", "after", "words"),
    [
        ("accounts.csv", "referral_fee,,,,401,", "referral_fee,,,,999,", "it is archived"),
        ("accounts.csv", "referral_fee,,,,401,", "referral_fee,,,,090,", "type BANK takes no"),
        ("accounts.csv", "referral_fee,,,,401,", "referral_fee,,,,800,", "itself (CREDITORS)"),
        ("accounts.csv", "401,INPUT2", "401,OUTPUT2", "OUTPUT2 may not be used with account 401"),
        ("marketplaces.csv", ",610,090,", ",613,090,", "613 Amazon Rollover takes no payments"),
        ("marketplaces.csv", ",610,090,", ",610,095,", "Euro Bank Account is in EUR, not GBP"),
        ("skus.csv", "WIDGET-S", "WIDGET-XS", "Xero has no item WIDGET-XS"),
    ],
)
def test_faults_of_the_maps_are_seen_in_the_dump(
    desk: XeroDesk, maps: Path, tmp_path: Path, table: str, before: str, after: str, words: str
) -> None:
    file = maps / table
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    dump = lines_of(desk.run(), tmp_path)
    result = CliRunner().invoke(check, ["--maps", str(maps), "--chart", str(dump)])
    assert words in result.output
    assert result.exit_code == 1


def test_a_draft_of_the_maps_is_made_from_the_dump(desk: XeroDesk, tmp_path: Path) -> None:
    dump = lines_of(desk.run(), tmp_path)
    assert set(charts.read(dump).streams) >= {"accounts", "tax_rates", "tracking_categories"}
    result = CliRunner().invoke(suggest, ["--chart", str(dump)])
    assert result.exit_code == 0
    assert "sales,,,,200,OUTPUT2" in result.output
