"""Word of what waits goes out once a run, and never with a secret or at the run's expense."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from singer_sdk.exceptions import ConfigValidationError
from target.test_singer_target import CREDENTIALS, run
from target.xero_desk import Desk
from target.xero_documents import held, invoice, invoice_line, lines, order_id, proof, settlement

from simulators.wsgi import LoopbackServer, Request, Response
from target_xero import alerts
from target_xero.target import TargetXero

ORDER = order_id(1)
REFUSED = invoice(order_id(2), lines=[invoice_line("12.00", account="777")])
CHANGED_REPORT = {
    "name": "changed_report",
    "amount": "1.00",
    "details": "Amazon's report of it has changed since it was posted: 9.60 then, 8.60 now",
}


@dataclass
class Inbox:
    """A service that takes Apprise's JSON messages; `status` is what it answers."""

    status: int = 200
    url: str = ""
    received: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        self.received.append(json.loads(request.body))
        return Response(self.status, {})

    def address(self, options: str = "") -> str:
        return self.url.replace("http://", "json://") + f"/planted-secret{options}"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    taking = Inbox()
    with LoopbackServer(taking) as server:
        taking.url = server.url
        yield taking


@pytest.fixture
def config(desk: Desk, inbox: Inbox) -> dict[str, Any]:
    return {
        **CREDENTIALS,
        "api_url": f"{desk.url}/api.xro/2.0",
        "identity_url": desk.url,
        "books": desk.books_url,
        "alerts": inbox.address(),
    }


def listen(config: dict[str, Any], text: str) -> TargetXero:
    target = TargetXero(config=config)
    try:
        target.listen(io.StringIO(text))
    finally:
        target.close()
    return target


def test_one_message_tells_what_was_rejected_held_or_differs_and_the_next_step(
    config: dict[str, Any], inbox: Inbox
) -> None:
    differing = proof("S1", differences=[CHANGED_REPORT])
    listen(config, lines([REFUSED, held("invoice:9"), differing]))
    (told,) = inbox.received
    assert told["title"] == "Xero, Demo Company (UK): 1 rejected, 1 held, 1 with a difference"
    for words in (
        f"rejected: invoice:{order_id(2)}: Account code '777' is not a valid code",
        "held: invoice:9: SKU NEW-SKU-9 is not in skus.csv",
        "difference: settlement S1: Amazon's report of it has changed",
        "Next: mend the map or Xero",
    ):
        assert words in told["message"]


def test_a_difference_that_was_told_is_not_told_again(config: dict[str, Any], inbox: Inbox) -> None:
    differing = [*settlement("S1", [ORDER])[:-1], proof("S1", differences=[CHANGED_REPORT])]
    listen(config, lines(differing))
    listen(config, lines(differing))
    assert len(inbox.received) == 1


def test_a_harmless_difference_is_no_alert(config: dict[str, Any], inbox: Inbox) -> None:
    harmless = CHANGED_REPORT | {"name": "event_group_missing"}
    listen(config, lines([invoice(ORDER), proof("S1", differences=[harmless])]))
    assert inbox.received == []


def test_nothing_is_sent_when_all_is_well_unless_asked(
    config: dict[str, Any], inbox: Inbox
) -> None:
    listen(config, lines(settlement("S1", [ORDER])))
    assert inbox.received == []
    asked = [inbox.address("?when=always"), inbox.address("?when=trouble"), inbox.address()]
    listen({**config, "alerts": json.dumps(asked)}, lines(settlement("S2", [order_id(3)])))
    (told,) = inbox.received
    assert told["title"] == "Xero, Demo Company (UK): all is well"
    assert told["message"].startswith("posted 1 invoice, 1 payment, 1 journal")


def test_a_dry_run_sends_nothing(config: dict[str, Any], inbox: Inbox) -> None:
    url = inbox.address("?when=always")
    listen({**config, "dry_run": True, "alerts": url}, lines([REFUSED]))
    assert inbox.received == []


def test_a_message_that_cannot_be_sent_fails_no_run_and_is_one_line_without_the_address(
    config: dict[str, Any], inbox: Inbox, tmp_path: Path
) -> None:
    inbox.status = 500
    gone = "json://127.0.0.1:1/planted-secret"
    urls = json.dumps([inbox.address(), gone])
    done = run({**config, "fail_on": "never", "alerts": urls}, lines([REFUSED]), tmp_path)
    assert done.returncode == 0, done.stderr
    (line,) = [each for each in done.stderr.splitlines() if "no alert could be sent" in each]
    assert "alerts[1] (json), alerts[2] (json); the run itself is not affected" in line
    assert "planted-secret" not in done.stdout + done.stderr
    assert inbox.received


def test_a_run_that_cannot_be_finished_is_told_too(
    config: dict[str, Any], inbox: Inbox, tmp_path: Path
) -> None:
    done = run({**config, "client_secret": "wrong-secret"}, lines([invoice(ORDER)]), tmp_path)
    assert done.returncode == 1
    (told,) = inbox.received
    assert told["title"] == "Xero: the run failed"
    assert "Check `client_id` and `client_secret`" in told["message"]
    assert "wrong-secret" not in json.dumps(told)


def test_no_log_of_any_level_names_an_address(
    config: dict[str, Any], inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        listen(config, lines([REFUSED]))
    assert inbox.received
    assert "planted-secret" not in caplog.text


def test_the_option_is_taken_off_wherever_it_stands() -> None:
    plain, first, last = alerts.read(
        '["json://h/x?a=1&b=2", "json://h/x?when=always&b=2", "mailto://u:p@h?to=a@b.c&when=always"]'
    )
    assert (plain.url, plain.is_always) == ("json://h/x?a=1&b=2", False)
    assert (first.url, first.is_always) == ("json://h/x?b=2", True)
    assert (last.url, last.is_always) == ("mailto://u:p@h?to=a@b.c", True)
    assert repr(last) == "alerts[3] (mailto)"


def test_a_list_as_meltano_yml_has_it_is_one_of_addresses(
    config: dict[str, Any], inbox: Inbox
) -> None:
    listen({**config, "alerts": [inbox.address(), inbox.address()]}, lines([REFUSED]))
    assert len(inbox.received) == 2


def test_a_list_that_is_wrong_is_refused_without_being_shown(config: dict[str, Any]) -> None:
    with pytest.raises(ConfigValidationError) as refused:
        TargetXero(config={**config, "alerts": ["nosuch://planted-secret", 5]})
    assert "planted-secret" not in str(refused.value) + str(refused.value.errors)


def test_a_long_list_is_cut_and_says_so(config: dict[str, Any], inbox: Inbox) -> None:
    listen(config, lines(held(f"invoice:{number}") for number in range(25)))
    assert "... and 5 more" in inbox.received[0]["message"]


@pytest.mark.parametrize("setting", ['["json://h", 5]', "[", "nosuch://secret", "slack://secret"])
def test_a_setting_that_would_lose_every_alert_is_refused_without_being_shown(
    setting: str,
) -> None:
    (fault,) = alerts.faults(setting)
    assert fault.startswith("alerts")
    assert "secret" not in fault
