"""`tap-amazon-sp-check` and `--about`, as a person meets them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from amazon_tap import CREDENTIALS
from click.testing import CliRunner, Result

from simulators.amazon_sp import Seller
from tap_amazon_sp import commands
from tap_amazon_sp.tap import TapAmazonSP

SECRETS = ("amzn1.oa2-cs.v1.demo", "Atzr|demo", "Atza|")


def check(settings: dict[str, str], *options: str, **more: str) -> Result:
    given = settings | {f"TAP_AMAZON_SP_{name.upper()}": text for name, text in more.items()}
    return CliRunner().invoke(commands.check, options, env=given)


def line(result: Result, subject: str) -> str:
    (found,) = [text for text in result.output.splitlines() if text[7:].startswith(f"{subject} ")]
    return found


def test_every_stream_has_a_line_and_all_is_well(settings: dict[str, str]) -> None:
    done = check(settings)
    assert done.exit_code == 0, done.output
    subjects = [text[7:].split()[0] for text in done.output.splitlines()[:-1]]
    expected = {
        name
        for name, each in TapAmazonSP(config={**CREDENTIALS, "region": "eu"}).streams.items()
        if not each.parent_stream_type
    }
    assert set(subjects) == expected | {"credentials", "clock"}
    assert subjects[:2] == ["credentials", "marketplaces"]
    assert "Amazon.co.uk, Amazon.de" in line(done, "marketplaces")
    assert "read only when selected" in line(done, "transactions")
    assert "with it settlement_transactions, settlement_rows" in line(done, "settlements")
    assert done.output.splitlines()[-1] == "No fault: a run may be started."


def test_it_costs_a_call_or_two_for_each_stream(settings: dict[str, str], account: Seller) -> None:
    check(settings)
    calls = [call.path for call in account.calls]
    assert len(calls) <= 8
    assert calls.count("/orders/2026-01-01/orders") == 1


def test_refused_credentials_are_the_only_line(settings: dict[str, str]) -> None:
    done = check(settings, client_secret="amzn1.oa2-cs.v1.old")
    assert done.exit_code == 1
    assert "fault  credentials" in done.output
    assert "180 days" in done.output
    assert "1 fault: put right first" in done.output
    assert "orders" not in done.output
    assert "amzn1.oa2-cs.v1.old" not in done.output


def test_a_missing_role_is_a_fault_of_the_streams_that_need_it(
    settings: dict[str, str], account: Seller
) -> None:
    account.roles = {"Inventory and Order Tracking"}
    done = check(settings)
    assert done.exit_code == 1
    assert line(done, "orders").startswith("ok")
    denied = line(done, "financial_event_groups")
    assert denied.startswith("fault")
    assert "give the application the role 'Finance and Accounting'" in denied
    # What is off by default is worth a note: a run does not need it.
    assert line(done, "inventory").startswith("note")
    assert line(done, "transactions").startswith("note")


def test_what_would_take_long_is_told_and_not_waited_for(
    settings: dict[str, str], account: Seller
) -> None:
    account.throttle(path="/orders/*", times=None)
    done = check(settings, max_wait_minutes="600")
    assert done.exit_code == 0
    assert line(done, "orders").startswith("note   orders")
    assert "Amazon throttles searchOrders" in line(done, "orders")
    assert line(done, "settlements").startswith("ok")


@pytest.mark.parametrize(
    ("minutes", "words", "verdict"),
    [(10, "10 minutes ahead of Amazon's", "note"), (-11, "11 minutes behind Amazon's", "fault")],
)
def test_a_clock_that_is_off_is_told(
    settings: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    minutes: int,
    words: str,
    verdict: str,
) -> None:
    now = TapAmazonSP.now
    monkeypatch.setattr(TapAmazonSP, "now", lambda tap: now(tap) + timedelta(minutes=minutes))
    found = line(check(settings), "clock")
    assert words in found
    assert found.startswith(verdict)


def test_wrong_settings_are_one_line(settings: dict[str, str]) -> None:
    done = check(settings, api_url="http://example.com")
    assert done.exit_code == 1
    assert done.output.strip() == (
        "Error: api_url must be https, since example.com is not this machine"
    )


def test_settings_may_come_from_a_file(settings: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"client_secret": "amzn1.oa2-cs.v1.old"}), encoding="utf-8")
    assert check(settings, "--config", str(file)).exit_code == 1
    file.write_text("[1]", encoding="utf-8")
    assert "is no JSON object of settings" in check(settings, "--config", str(file)).output


def test_about_tells_a_person_the_streams_the_settings_and_where_to_begin() -> None:
    done = CliRunner().invoke(TapAmazonSP.cli, ["--about"])
    assert done.exit_code == 0
    assert "Begin with `tap-amazon-sp-check`" in done.output
    tap = TapAmazonSP(config={**CREDENTIALS, "region": "eu"})
    for name, stream in tap.streams.items():
        assert f"\n  {name}{'' if stream.selected_by_default else ' (off)'}\n" in done.output
    for name, about in tap.config_jsonschema["properties"].items():
        assert f"\n  {name}" in done.output
        assert about["description"].split()[0] in done.output
    for_machines = CliRunner().invoke(TapAmazonSP.cli, ["--about", "--format=json"])
    assert json.loads(for_machines.output)["name"] == "tap-amazon-sp"


def test_no_secret_is_shown(settings: dict[str, str], account: Seller) -> None:
    account.roles.clear()
    done = check(settings)
    assert not [secret for secret in SECRETS if secret in done.output]
