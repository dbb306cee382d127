from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from amazon_tap import CREDENTIALS, Json

from simulators.amazon_sp import Seller, server
from simulators.amazon_sp.demo import demo_seller

COMMAND = [
    sys.executable,
    "-c",
    "from tap_amazon_sp.tap import TapAmazonSP; TapAmazonSP.cli()",
]
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def live_seller() -> Seller:
    return demo_seller(datetime.now(UTC))


@pytest.fixture
def environment(live_seller: Seller) -> Iterator[dict[str, str]]:
    """Settings by environment, as Meltano gives them."""
    with server(live_seller) as host:
        settings = {**CREDENTIALS, "api_url": host.url, "auth_url": f"{host.url}/auth/o2/token"}
        yield {f"TAP_AMAZON_SP_{name.upper()}": text for name, text in settings.items()}


@pytest.fixture
def tap_command(environment: dict[str, str]) -> Command:
    """Run the tap as a process of its own."""

    def run(*options: str, **settings: str) -> subprocess.CompletedProcess[str]:
        given = {f"TAP_AMAZON_SP_{name.upper()}": text for name, text in settings.items()}
        return subprocess.run(
            [*COMMAND, "--config", "ENV", *options],
            env={**os.environ, **environment, **given},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


def _messages(done: subprocess.CompletedProcess[str]) -> list[Json]:
    return [json.loads(text) for text in done.stdout.splitlines()]


def _errors(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [text for text in done.stderr.splitlines() if "| ERROR" in text]


def test_settings_come_from_the_environment_lists_as_json(tap_command: Command) -> None:
    start = datetime.now(UTC) - timedelta(days=80)
    done = tap_command(
        marketplace_ids='["A1PA6795UKMFR9"]', region="", start_date=start.isoformat()
    )
    assert done.returncode == 0, done.stderr
    orders = [m["record"] for m in _messages(done) if m.get("stream") == "orders" and "record" in m]
    assert {order["marketplace_name"] for order in orders} == {"Amazon.de"}


def test_revoked_authorisation_is_one_line_and_no_state(
    tap_command: Command, live_seller: Seller
) -> None:
    live_seller.revoke()
    done = tap_command()
    assert done.returncode == 1
    (line,) = _errors(done)
    assert "authorise the application again in Seller Central" in line
    assert "Traceback" not in done.stderr
    assert [m["type"] for m in _messages(done) if m["type"] != "SCHEMA"] == []


def test_a_missing_role_is_one_line_and_no_state_beyond_what_was_written(
    tap_command: Command, live_seller: Seller
) -> None:
    live_seller.roles.discard("Finance and Accounting")
    done = tap_command()
    assert done.returncode == 1
    (line,) = _errors(done)
    assert "Amazon denies listFinancialEventGroups" in line
    assert "'Finance and Accounting'" in line
    assert [m for m in _messages(done) if m["type"] in {"STATE", "RECORD"}] == []


def test_secrets_are_in_no_output(tap_command: Command, live_seller: Seller) -> None:
    for done in (tap_command(), tap_command(client_secret="amzn1.oa2-cs.v1.lost")):
        for secret in ("amzn1.oa2-cs.v1", "Atzr|demo", "Atza|", "X-Amz-Signature"):
            assert secret not in done.stdout + done.stderr
    assert live_seller.calls


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("order_source", "v0", "'v0' is not one of ['api', 'report']"),
        ("sqs_queue_url", "http://sqs.example/1/q", "sqs_queue_url must be https"),
        ("max_wait_minutes", "0", "max_wait_minutes must be more than 0"),
        ("api_url", "http://example.com", "api_url must be https"),
        ("auth_url", "http://example.com", "auth_url must be https"),
        ("region", "us", "'us' is not one of ['na', 'eu', 'fe']"),
        ("start_date", "yesterday", "start_date must be a date or instant such as 2026-04-01"),
        ("user_agent_app", "nameless", "user_agent_app must be a name and version"),
        ("client_secret", "", "'client_secret' is a required property"),
    ],
)
def test_a_setting_that_cannot_be_honoured_stops_the_run_before_any_call(
    tap_command: Command, live_seller: Seller, setting: str, value: str, words: str
) -> None:
    done = tap_command(**{setting: value})
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stdout == ""
    assert live_seller.calls == []


def test_the_connection_test_ends_in_one_line_too(
    tap_command: Command, live_seller: Seller
) -> None:
    live_seller.revoke()
    done = tap_command("--test")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
