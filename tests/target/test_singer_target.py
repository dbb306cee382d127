"""The target as Singer sees it: the SDK's own suite, messages, state, settings, exit codes."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from singer_sdk.exceptions import (
    ConfigValidationError,
    InvalidRecord,
    MissingKeyPropertiesError,
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
from target.xero_desk import Desk
from target.xero_documents import (
    held,
    invoice,
    invoice_line,
    lines,
    messages,
    order_id,
    payment,
    proof,
    settlement,
)

from books import open_books
from target_xero.settings import SCHEMA
from target_xero.target import TargetXero, UnknownStream

ORDERS = [order_id(number) for number in range(1, 4)]
STATE = {"bookmarks": {"settlements": {"replication_key_value": "2026-04-16"}}}
CREDENTIALS = {"client_id": "DEMOXEROCLIENT", "client_secret": "demo-xero-secret"}

APPLY = [TargetCliPrintsTest, TargetInvalidSchemaTest, TargetRecordBeforeSchemaTest]
OTHER_STREAMS = "its stream is no accounting document, and a stream without a place is refused"
SAME_RULE_BELOW = f"{OTHER_STREAMS}; the rule is proven below on invoices"
DO_NOT_APPLY = {
    "array_data": OTHER_STREAMS,
    "camelcase": OTHER_STREAMS,
    "camelcase_complex_schema": OTHER_STREAMS,
    "duplicate_records": SAME_RULE_BELOW,
    "encoded_string_data": SAME_RULE_BELOW,
    "no_primary_keys": OTHER_STREAMS,
    "optional_attributes": SAME_RULE_BELOW,
    "pk_updates": OTHER_STREAMS,
    "record_missing_fields": SAME_RULE_BELOW,
    "record_missing_key_property": SAME_RULE_BELOW,
    "schema_no_properties": OTHER_STREAMS,
    "schema_updates": SAME_RULE_BELOW,
    "special_chars_in_attributes": OTHER_STREAMS,
}

TestSdkSuite = get_target_test_class(
    TargetXero,
    config=dict(CREDENTIALS),
    custom_suites=[SingerTestSuite(kind="target", tests=APPLY)],
    suite_config=SuiteConfig(),
    include_target_tests=False,
)


def test_every_test_of_the_sdk_suite_is_run_or_named_with_its_reason() -> None:
    assert {each.name for each in target_tests.tests} == {each.name for each in APPLY} | set(
        DO_NOT_APPLY
    )


@pytest.mark.parametrize(
    "standard", [each for each in target_tests.tests if each.name in DO_NOT_APPLY]
)
def test_a_stream_that_is_no_accounting_document_is_refused(
    standard: type[TargetFileTestTemplate],
) -> None:
    recorded = standard().singer_filepath.read_text(encoding="utf-8")
    with pytest.raises(UnknownStream, match="Is the mapper missing"):
        TargetXero(config=dict(CREDENTIALS)).listen(io.StringIO(recorded))


@pytest.fixture
def config(desk: Desk) -> dict[str, Any]:
    # The target keeps real time, so the simulator's stands where it is.
    return {
        **CREDENTIALS,
        "api_url": f"{desk.url}/api.xro/2.0",
        "identity_url": desk.url,
        "books": desk.books_url,
    }


def listen(config: dict[str, Any], text: str) -> TargetXero:
    target = TargetXero(config=dict(config))
    try:
        target.listen(io.StringIO(text))
    finally:
        target.close()
    return target


def test_state_is_emitted_once_everything_before_it_is_written_down(
    config: dict[str, Any], desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    waiting = payment(ORDERS[1], "S1")
    target = listen(config, lines([invoice(ORDERS[0]), waiting, held("invoice:9")], STATE))
    assert json.loads(capsys.readouterr().out) == STATE
    assert target.exit_code == 0
    assert len(desk.postings()) == 2


def test_the_bookmark_stays_while_xero_refuses_a_document(
    config: dict[str, Any], desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """The cure may be a map: the mapper has to see the source again."""
    bad = invoice(ORDERS[1], lines=[invoice_line("12.00", account="777")])
    assert listen(config, lines([invoice(ORDERS[0]), bad], STATE)).exit_code == 1
    assert capsys.readouterr().out == ""
    mended = listen(config, lines([invoice(ORDERS[0]), invoice(ORDERS[1])], STATE))
    assert mended.exit_code == 0
    assert json.loads(capsys.readouterr().out) == STATE
    assert desk.documents() == {"Invoices": {"AUTHORISED": 2}}


def test_no_state_leaves_a_run_that_fails(
    config: dict[str, Any], desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.organisation.faults.respond(403, {"Title": "Forbidden"}, path="*/ManualJournals")
    with pytest.raises(Exception, match="Add the scope for this"):
        listen(config, lines(settlement("S1", ORDERS), STATE))
    assert capsys.readouterr().out == ""


def deferral(released: str | None = None) -> tuple[str, dict[str, Any]]:
    record = {
        "document_id": "deferral:T1",
        "organisation": "Demo Company (UK)",
        "transaction_id": "T1",
        "transaction_type": "Shipment",
        "marketplace": "Amazon.co.uk",
        "currency": "GBP",
        "posted": "2026-05-28",
        "released": released,
        "was_released": released is not None,
        "order_id": order_id(1),
        "reason": "DD7",
        "parts": [{"seller_sku": "MUG", "breakdown": "ProductCharges", "amount": "20.00"}],
    }
    return "deferrals", record


def test_deferred_transactions_are_kept_for_the_mappers_month_ends(
    config: dict[str, Any], desk: Desk
) -> None:
    listen(config, lines([deferral(), deferral("2026-06-04")], STATE))
    with open_books(desk.books_url) as books:
        kept = books.deferrals.one("Demo Company (UK)", "T1")
    assert kept == deferral("2026-06-04")[1]
    assert desk.calls() == [], "they are no documents"


def test_a_dry_run_keeps_no_deferred_transaction(config: dict[str, Any], desk: Desk) -> None:
    listen({**config, "dry_run": True}, lines([deferral()]))
    assert not list(desk.folder.glob("books.db*"))


def test_the_summary_is_told_in_words(
    config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "target-xero"):
        listen(config, lines([*settlement("S1", ORDERS), held("invoice:9")]))
    assert (
        "Xero: posted 3 invoices, 3 payments, 1 journal, 1 bank transaction; "
        "1 held by the mapper; kept 1 settlement proof"
    ) in caplog.messages


def test_duplicate_records_are_one_document(config: dict[str, Any], desk: Desk) -> None:
    listen(config, lines([invoice(ORDERS[0])] * 3))
    assert desk.documents() == {"Invoices": {"AUTHORISED": 1}}


def test_encoded_text_arrives_as_it_was_written(config: dict[str, Any], desk: Desk) -> None:
    words = 'Lampe »Eiche« 50 % größer 台灯 ✓ \\ "'
    line = invoice_line("12.00", description=words)
    listen(config, lines([invoice(ORDERS[0], lines=[line])]))
    (found,) = desk.organisation.invoices
    assert found["LineItems"][0]["Description"] == words


def test_a_record_that_lacks_a_required_field_stops_the_run(config: dict[str, Any]) -> None:
    stream, record = invoice(ORDERS[0])
    del record["contact"]
    with pytest.raises(
        InvalidRecord, match=f"invoice:{ORDERS[0]}: 'contact' is a required property"
    ):
        listen(config, lines([(stream, record)]))


def test_a_record_with_a_date_that_is_none_stops_the_run(config: dict[str, Any]) -> None:
    with pytest.raises(InvalidRecord, match="2026-02-30"):
        listen(config, lines([invoice(ORDERS[0], date="2026-02-30")]))


def test_a_record_without_its_key_stops_the_run(config: dict[str, Any]) -> None:
    stream, record = proof("S1")
    told = list(messages([(stream, record)]))
    told[0]["schema"].pop("required")
    del told[1]["record"]["document_id"]
    with pytest.raises(MissingKeyPropertiesError):
        listen(config, "".join(json.dumps(each) + "\n" for each in told))


def test_a_record_before_its_schema_stops_the_run(config: dict[str, Any]) -> None:
    _, *rest = messages([invoice(ORDERS[0])])
    with pytest.raises(RecordsWithoutSchemaException):
        listen(config, json.dumps(rest[0]))


def test_an_amount_as_a_json_number_is_read_exactly(config: dict[str, Any], desk: Desk) -> None:
    told = list(messages([invoice(ORDERS[0], "12.10")]))
    text = "".join(json.dumps(each) + "\n" for each in told).replace('"12.10"', "12.10")
    text = text.replace(
        '"type": "string", "format": "singer.decimal"', '"type": ["string", "number"]'
    )
    listen(config, text)
    assert b'"UnitAmount":12.10,' in next(w for w in desk.writes() if "Inv" in w.path).body


def test_a_schema_that_is_sent_again_changes_nothing(config: dict[str, Any], desk: Desk) -> None:
    listen(config, lines([invoice(ORDERS[0])]) + lines([payment(ORDERS[0], "S1")]))
    listen(config, lines([invoice(ORDERS[0])]) + lines([invoice(ORDERS[0])]))
    assert desk.documents() == {"Invoices": {"PAID": 1}, "Payments": {"AUTHORISED": 1}}


def test_a_schema_that_changes_keeps_what_came_before(config: dict[str, Any], desk: Desk) -> None:
    told = list(messages([invoice(ORDERS[0])])) + list(messages([invoice(ORDERS[1])]))
    told[2]["schema"]["properties"]["note"] = {"type": ["string", "null"]}
    listen(config, "".join(json.dumps(each) + "\n" for each in told))
    assert desk.documents() == {"Invoices": {"AUTHORISED": 2}}


# Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("refresh_token", "secret"),
        ("alerts", "nosuch://secret"),
        ("alerts", "[1]"),
        ("alerts", "json://127.0.0.1/?when=sometimes"),
        ("api_url", "http://example.com/api.xro/2.0"),
        ("identity_url", "ftp://127.0.0.1"),
        ("client_id", ""),
        ("batch_size", 51),
        ("calls_per_minute", 61),
        ("fail_on", "sometimes"),
    ],
)
def test_a_setting_that_would_be_ignored_or_unsafe_is_refused_at_the_start(
    name: str, value: object
) -> None:
    with pytest.raises(ConfigValidationError) as refused:
        TargetXero(config={**CREDENTIALS, name: value})
    (fault,) = refused.value.errors
    assert name in fault
    assert "secret" not in fault.replace("client_secret", "")


def test_empty_settings_mean_their_defaults() -> None:
    """Meltano expands an unset variable to an empty string."""
    names = ("refresh_token", "tenant_id", "scopes", "books", "books_key", "alerts", "api_url")
    TargetXero(config={**CREDENTIALS, **dict.fromkeys(names, "")})
    TargetXero(config={**CREDENTIALS, **dict.fromkeys(names)})


def test_the_settings_are_those_of_the_design() -> None:
    design = (
        "client_id client_secret auth_method refresh_token tenant_id scopes books books_key "
        "dry_run fail_on batch_size max_concurrency calls_per_minute calls_per_day "
        "attach_evidence alerts api_url identity_url"
    )
    about = TargetXero._get_about_info().settings["properties"]
    assert list(about) == design.split()
    assert all(each.get("description") for each in about.values())
    assert [name for name, each in SCHEMA["properties"].items() if each.get("secret")] == [
        "client_secret",
        "refresh_token",
        "books_key",
        "alerts",
    ]


# The process


def run(config: dict[str, Any], text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "config.json").write_text(json.dumps(config))
    command = "from target_xero.target import TargetXero; TargetXero.cli()"
    return subprocess.run(
        [sys.executable, "-c", command, "--config", str(folder / "config.json")],
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "LOGLEVEL": "INFO"},
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"scopes": "accounting.transactions"}, "Xero refuses the scopes"),
        ({"client_secret": "wrong-secret"}, "Check `client_id` and `client_secret`"),
        ({"tenant_id": "00000000-0000-0000-0000-000000000000"}, "check `tenant_id`"),
    ],
)
def test_wrong_credentials_are_one_clear_line_and_post_nothing(
    config: dict[str, Any], desk: Desk, tmp_path: Path, settings: dict[str, str], words: str
) -> None:
    done = run({**config, **settings}, lines(settlement("S1", ORDERS), STATE), tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert sum(words in each for each in done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert "wrong-secret" not in done.stderr
    assert "demo-xero-secret" not in done.stderr
    assert desk.writes() == []


@pytest.mark.parametrize(("fail_on", "code"), [("never", 0), ("rejected", 1), ("held", 1)])
def test_the_exit_code_tells_of_a_rejected_document_and_state_follows_it(
    config: dict[str, Any], tmp_path: Path, fail_on: str, code: int
) -> None:
    bad = invoice(ORDERS[1], lines=[invoice_line("12.00", account="777")])
    done = run({**config, "fail_on": fail_on}, lines([bad], STATE), tmp_path)
    assert done.returncode == code, done.stderr
    assert done.stdout == ("" if code else json.dumps(STATE) + "\n")
    assert "Account code '777' is not a valid code for this document." in done.stderr


def test_the_second_of_two_runs_at_once_leaves_the_work_to_the_first(
    config: dict[str, Any], desk: Desk, tmp_path: Path
) -> None:
    with open_books(desk.books_url) as books:
        books.start_run(desk.organisation.organisation_id)
        with books.exclusive(desk.organisation.organisation_id):
            done = run(config, lines(settlement("S1", ORDERS), STATE), tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "", "its bookmark must not move"
    assert f"process {os.getpid()} on " in done.stderr
    assert desk.writes() == []


def test_a_termination_signal_stops_without_posting_the_rest(
    config: dict[str, Any], desk: Desk, tmp_path: Path
) -> None:
    """Draining from inside a call, as the SDK would, could send the same documents again."""
    (tmp_path / "config.json").write_text(json.dumps(config))
    command = "from target_xero.target import TargetXero; TargetXero.cli()"
    desk.organisation.faults.hang("committed", method="PUT", path="*/Invoices")
    process = subprocess.Popen(
        [sys.executable, "-c", command, "--config", str(tmp_path / "config.json")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    process.stdin.write(lines(settlement("S1", ORDERS), STATE))
    process.stdin.close()
    process.stdin = None
    assert desk.organisation.faults.wait_until_hanging()
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=60)
    desk.organisation.faults.release()
    assert (process.returncode, out) == (128 + signal.SIGTERM, ""), errors
    assert len(desk.writes()) == 2, "the contact and the invoices, once"
    desk.post(*settlement("S1", ORDERS))
    assert desk.documents()["Invoices"] == {"PAID": 3}
