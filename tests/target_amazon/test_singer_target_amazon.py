"""The target as Singer sees it: the SDK's own suite, state, settings, exit codes, secrets."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from singer_sdk.exceptions import (
    ConfigValidationError,
    InvalidRecord,
    RecordsWithoutSchemaException,
)
from singer_sdk.testing import SuiteConfig, get_target_test_class
from singer_sdk.testing.suites import SingerTestSuite, target_tests
from singer_sdk.testing.target_tests import (
    TargetCliPrintsTest,
    TargetInvalidSchemaTest,
    TargetRecordBeforeSchemaTest,
)
from singer_sdk.testing.templates import TargetFileTestTemplate
from target_amazon.price_desk import (
    SELLER,
    UK,
    Document,
    opened_desk,
    participation,
    price,
    quantity,
)

from books import open_books
from simulators.amazon_sp import Seller, server
from simulators.clock import Clock
from target_amazon_sp import commands
from target_amazon_sp.target import TargetAmazonSP, UnknownStream

CREDENTIALS = {
    "client_id": "amzn1.application-oa2-client.demo",
    "client_secret": "amzn1.oa2-cs.v1.demo",
    "refresh_token": "Atzr|demo",
    "seller_id": SELLER,
    "region": "eu",
}
SECRETS = ("amzn1.oa2-cs.v1.demo", "Atzr|demo")
STATE = {"bookmarks": {"items": {"replication_key_value": "2026-11-20"}}}
SCHEMAS = Path(__file__).resolve().parents[2] / "transforms" / "transforms" / "schemas"

APPLY = [TargetCliPrintsTest, TargetInvalidSchemaTest, TargetRecordBeforeSchemaTest]
OTHER_STREAMS = "its stream is no price or quantity, and a stream without a place is refused"
DO_NOT_APPLY = {each.name: OTHER_STREAMS for each in target_tests.tests if each not in APPLY}

TestSdkSuite = get_target_test_class(
    TargetAmazonSP,
    config=dict(CREDENTIALS),
    custom_suites=[SingerTestSuite(kind="target", tests=APPLY)],
    suite_config=SuiteConfig(),
    include_target_tests=False,
)


@pytest.mark.parametrize(
    "standard", [each for each in target_tests.tests if each.name in DO_NOT_APPLY]
)
def test_a_stream_that_is_no_wish_is_refused(standard: type[TargetFileTestTemplate]) -> None:
    recorded = standard().singer_filepath.read_text(encoding="utf-8")
    with pytest.raises(UnknownStream, match="meltano run tap-xero price-mapper target-amazon-sp"):
        TargetAmazonSP(config=dict(CREDENTIALS)).listen(io.StringIO(recorded))


@pytest.fixture
def config(tmp_path: Path) -> Any:
    """Settings for a seller whose time is the real one, with changes applied at once."""
    from datetime import timedelta

    seller = Seller(clock=Clock(), participations=[participation(UK)])
    seller.apply_time = timedelta(0)
    with server(seller) as running:
        given = {
            **CREDENTIALS,
            "api_url": running.url,
            "auth_url": f"{running.url}/auth/o2/token",
            "books": f"sqlite:///{tmp_path / 'books.db'}",
            "mode": "apply",
        }
        yield seller, given


def lines(documents: list[Document], state: dict[str, Any] | None = None) -> str:
    streams = dict.fromkeys(stream for stream, _ in documents)
    messages: list[dict[str, Any]] = [
        {
            "type": "SCHEMA",
            "stream": stream,
            "schema": json.loads((SCHEMAS / f"{stream}.json").read_text(encoding="utf-8")),
            "key_properties": ["document_id"],
        }
        for stream in streams
    ]
    messages += [
        {"type": "RECORD", "stream": stream, "record": record} for stream, record in documents
    ]
    if state is not None:
        messages.append({"type": "STATE", "value": state})
    return "".join(json.dumps(message) + "\n" for message in messages)


def listen(config: dict[str, Any], text: str, **more: Any) -> TargetAmazonSP:
    target = TargetAmazonSP(config={**config, **more})
    # The first look comes five seconds after; nobody waits for it here.
    target.run.sleep = lambda _: None
    try:
        target.listen(io.StringIO(text))
    finally:
        target.close()
    return target


def test_state_is_emitted_once_the_listings_are_written_down(
    config: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    seller, given = config
    seller.add_listing("A", "10.00", quantity=1)
    target = listen(given, lines([price("A", "11.00"), quantity("A", 4)], STATE))
    assert json.loads(capsys.readouterr().out) == STATE
    assert target.exit_code == 0
    assert (seller.listing("A").price(), seller.listing("A").quantity) == (Decimal("11.00"), 4)


def test_no_state_leaves_a_run_that_refuses_or_a_preview(
    config: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    seller, given = config
    seller.add_listing("A", "10.00")
    assert listen(given, lines([price("A", "11.123")], STATE)).exit_code == 1
    assert listen(given, lines([price("A", "11.00")], STATE), mode="preview").exit_code == 0
    assert capsys.readouterr().out == ""


def test_a_record_that_its_schema_does_not_allow_leaves_the_others(config: Any) -> None:
    seller, given = config
    for sku in ("A", "B"):
        seller.add_listing(sku, "10.00")
    bad = price("A", "11.00")
    del bad[1]["price"]
    more = price("C", "11.00", surprise=1)
    target = listen(given, lines([bad, more, price("B", "11.00")]))
    assert target.exit_code == 1
    assert seller.listing("B").price() == Decimal("11.00")
    assert "'price' is a required property" in target.run.tally.lines[0]


def test_held_documents_of_the_mapper_are_kept_and_closed(config: Any) -> None:
    _, given = config
    record: dict[str, Any] = {
        "document_id": "price:item:X",
        "stream": "prices",
        "organisation": "Demo",
        "state": "held",
        "reason": "no_listing",
        "details": "item X has no listing",
        "amount": None,
        "currency": None,
        "settlement_id": None,
        "order_id": None,
        "record": None,
    }
    target = listen(given, lines([("held", record)]))
    assert "held by the mapper: price:item:X: item X has no listing" in target.run.tally.lines
    assert target.run.tally.summary().endswith("1 held by the mapper")
    with open_books(given["books"]) as books:
        assert [each.document_id for each in books.held()] == ["price:item:X"]
    target = listen(given, lines([("held", record | {"state": "resolved"})]))
    assert target.run.tally.lines == []
    with open_books(given["books"]) as books:
        assert books.held() == []


def test_a_held_record_that_is_none_ends_the_run(config: Any) -> None:
    _, given = config
    with pytest.raises(InvalidRecord):
        listen(given, lines([("held", {"document_id": "x"})]))


def test_a_record_before_its_schema_is_refused(config: Any) -> None:
    _, given = config
    message = {"type": "RECORD", "stream": "prices", "record": {}}
    with pytest.raises((RecordsWithoutSchemaException, UnknownStream)):
        listen(given, json.dumps(message) + "\n")


# Settings


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"max_change_percent": "many"}, "max_change_percent is 'many'"),
        ({"max_change_percent": "-5"}, "max_change_percent is '-5'"),
        ({"min_price_guard": "NaN"}, "min_price_guard is 'NaN'"),
        ({"min_price_guard": True}, "min_price_guard is True"),
        ({"mode": "write"}, "'write' is not one of"),
        ({"region": "mars"}, "mars"),
        ({"region": None}, "region is None"),
        ({"api_url": "http://example.com"}, "api_url must be https"),
        ({"auth_url": "http://example.com"}, "auth_url must be https"),
        ({"marketplace_ids": "A1F83G8C2ARO7P"}, "must be a JSON array"),
        ({"seller_id": " "}, "'seller_id' is a required property"),
        ({"user_agent_app": "no version"}, "user_agent_app must be"),
        ({"read_back_minutes": -1}, "-1 is less than the minimum"),
    ],
)
def test_settings_that_are_wrong_are_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigValidationError) as found:
        TargetAmazonSP(config=CREDENTIALS | changes)
    said = "; ".join(found.value.errors)
    assert words in said
    assert not any(secret in said for secret in SECRETS)


@pytest.mark.parametrize("given", ["12.5", 12.5, " 12.5 "])
def test_a_percentage_is_exact_as_text_and_as_a_number(given: Any) -> None:
    job = TargetAmazonSP(config=CREDENTIALS | {"max_change_percent": given}).job
    assert job.limits.max_change_percent == Decimal("12.5")


def test_what_is_not_set_is_careful() -> None:
    blank = {"mode": "", "max_change_percent": "", "min_price_guard": "", "marketplace_ids": ""}
    for config in (CREDENTIALS, CREDENTIALS | blank):
        job = TargetAmazonSP(config=dict(config)).job
        assert job.mode == "preview"
        assert job.limits.max_change_percent == 20
        assert job.limits.min_price is None
        assert job.read_back_minutes == 5
        assert job.marketplace_ids is None


# The process


def process(config: dict[str, Any], text: str, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        **{f"TARGET_AMAZON_SP_{name.upper()}": str(value) for name, value in config.items()},
    }
    return subprocess.run(
        [Path(sys.executable).parent / "target-amazon-sp", "--config=ENV", *options],
        input=text,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_process_applies_and_tells_and_keeps_its_secrets(config: Any) -> None:
    seller, given = config
    seller.add_listing("A", "10.00")
    seller.add_listing("B", "10.00")
    ended = process(given, lines([price("A", "11.00"), price("B", "50.00")], STATE))
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == STATE
    assert "1 applied" in ended.stderr
    assert "meltano invoke target-amazon-sp:confirm 'price:Amazon.co.uk:B'" in ended.stderr
    assert not any(secret in ended.stderr for secret in (*SECRETS, "Atza|"))
    assert seller.listing("A").price() == Decimal("11.00")


def test_a_stream_without_a_place_is_one_line(config: Any) -> None:
    _, given = config
    schema = {"type": "SCHEMA", "stream": "items", "schema": {"properties": {}}}
    ended = process(given, json.dumps(schema) + "\n")
    assert ended.returncode == 1
    assert "Is the mapper missing" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_credentials_that_amazon_refuses_are_one_line(config: Any) -> None:
    seller, given = config
    seller.add_listing("A", "10.00")
    ended = process(given | {"client_secret": "wrong-secret"}, lines([price("A", "11.00")]))
    assert ended.returncode == 1
    assert "client_secret" in ended.stderr
    assert "wrong-secret" not in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_second_run_at_once_leaves_it_to_the_first(config: Any) -> None:
    _, given = config
    with open_books(given["books"]) as books, books.exclusive(SELLER):
        ended = process(given, lines([price("A", "11.00")], STATE))
    assert ended.returncode == 0
    assert ended.stdout == ""
    assert "this run leaves it to that one" in ended.stderr


def test_secrets_are_in_no_log_of_any_level(config: Any, caplog: pytest.LogCaptureFixture) -> None:
    seller, given = config
    seller.add_listing("A", "10.00")
    caplog.set_level(logging.DEBUG)
    seller.throttle(method="PATCH")
    listen(given, lines([price("A", "11.00")]))
    assert caplog.records
    assert not any(secret in caplog.text for secret in (*SECRETS, "Atza|", "X-Amz-Signature"))


# The commands beside the run


@pytest.fixture
def settled(tmp_path: Path) -> Any:
    """Books with an applied change, one that can be confirmed, and one that cannot."""
    with opened_desk(tmp_path) as desk:
        for sku in ("A", "B", "C"):
            desk.seller.add_listing(sku, "10.00")
        held = price("C", "11.00", minimum="12.00")
        desk.run([price("A", "11.00"), price("B", "50.00"), held])
        yield desk, {"TARGET_AMAZON_SP_BOOKS": desk.books_url, "COLUMNS": "200"}


def invoke(command: Any, environment: dict[str, str], *arguments: str, **more: Any) -> Any:
    return CliRunner().invoke(command, list(arguments), env=environment, **more)


def test_changes_shows_who_changed_what(settled: Any) -> None:
    _, environment = settled
    shown = invoke(commands.changes, environment)
    assert shown.exit_code == 0
    assert "applied" in shown.output
    assert "+400.0 %" in shown.output
    assert "1 applied, 2 held" in shown.output
    [applied] = [line for line in shown.output.splitlines() if "applied  Amazon" in line]
    assert "10.00 -> 11.00 GBP  +10.0 %" in applied
    only = invoke(commands.changes, environment, "--sku", "A")
    assert "11.00 GBP" in only.output
    assert "50.00" not in only.output
    none = invoke(commands.changes, environment, "--since", f"{datetime.now(UTC).year + 9}-01-01")
    assert none.output == "nothing of that is in the books\n"


def test_changes_are_written_for_a_spreadsheet(settled: Any, tmp_path: Path) -> None:
    _, environment = settled
    file = tmp_path / "changes.csv"
    ended = invoke(commands.changes, environment, "--csv", str(file))
    assert "3 changes" in ended.output
    rows = file.read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].startswith("when,state,marketplace,sku,kind,old,new,currency")
    assert len(rows) == 4


def test_confirm_marks_exactly_what_is_named(settled: Any) -> None:
    desk, environment = settled
    shown = invoke(commands.confirm, environment)
    assert "1 of 2 held can be confirmed" in shown.output
    ended = invoke(commands.confirm, environment, "price:Amazon.co.uk:B")
    assert ended.exit_code == 0
    assert "1 confirmed" in ended.output
    assert desk.price("B") == Decimal("10.00")
    desk.run([price("B", "50.00")])
    assert desk.price("B") == Decimal("50.00")
    assert "was held" in invoke(commands.changes, environment, "--sku", "B").output


def test_what_cannot_be_confirmed_is_said_with_its_reason(settled: Any) -> None:
    _, environment = settled
    ended = invoke(commands.confirm, environment, "price:Amazon.co.uk:C", "price:unknown")
    assert ended.exit_code == 1
    assert "is below the minimum of prices.csv" in ended.output
    assert "price:unknown is not held" in ended.output


def test_confirm_all_asks_first(settled: Any) -> None:
    desk, environment = settled
    assert invoke(commands.confirm, environment, "--all", input="n\n").exit_code == 1
    desk.run([price("B", "50.00")])
    assert desk.price("B") == Decimal("10.00")
    ended = invoke(commands.confirm, environment, "--all", "--yes")
    assert "50.00 GBP" in ended.output
    assert "1 confirmed" in ended.output


def test_the_commands_say_when_there_are_no_books(tmp_path: Path) -> None:
    environment = {"TARGET_AMAZON_SP_BOOKS": f"sqlite:///{tmp_path / 'none.db'}"}
    for command in (commands.changes, commands.confirm):
        ended = invoke(command, environment)
        assert ended.exit_code == 1
        assert "no books there yet" in ended.output


def checked(config: dict[str, Any], tmp_path: Path) -> Any:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config), encoding="utf-8")
    return invoke(commands.check, {}, "--config", str(file))


def test_check_looks_at_everything_before_the_first_run(config: Any, tmp_path: Path) -> None:
    seller, given = config
    seller.add_listing("A", "10.00")
    ended = checked(given, tmp_path)
    assert ended.exit_code == 0, ended.output
    assert "1 listings, prices in GBP" in ended.output
    assert "No fault" in ended.output
    assert not any(secret in ended.output for secret in SECRETS)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_secret": "x"}, "client_secret"),
        ({"seller_id": "A2SOMEONEELSE"}, "check seller_id"),
        ({"marketplace_ids": ["ATVPDKIKX0DER"]}, "lies in region na, not eu"),
        ({"marketplace_ids": ["NOWHERE"]}, "not a marketplace of Amazon's"),
    ],
)
def test_check_names_what_is_wrong(
    config: Any, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    _, given = config
    ended = checked(given | changes, tmp_path)
    assert ended.exit_code == 1
    assert words in ended.output


def test_check_names_a_role_that_is_missing(config: Any, tmp_path: Path) -> None:
    seller, given = config
    seller.roles.discard("Product Listing")
    ended = checked(given, tmp_path)
    assert ended.exit_code == 1
    assert "'Product Listing'" in ended.output
