"""No secret, buyer's name or address leaves the tap's own output: not in a log, an error, a
column of the books, a field of Xero, or what the commands print; with buyers' data asked for, and
everything logged.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from simulators.amazon_sp import application
from simulators.amazon_sp.demo import demo_seller
from simulators.wsgi import LoopbackServer
from simulators.xero import Organisation, server
from simulators.xero.demo import demo_organisation
from simulators.xero.records import Register

BUYER = ["Zelda Plantagenet", "zelda.planted@example.com", "17 Planted Alley", "Plantville"]
SECRETS = ["amzn1.oa2-cs.v1.demo", "Atzr|demo", "demo-xero-secret"]
ROLES = {"Tax Invoicing (Restricted)", "Direct-to-Consumer Delivery (Restricted)"}
TAP = "from tap_amazon_sp.tap import TapAmazonSP; TapAmazonSP.cli()"
MAPPER = "from transforms.mapper import MapperAmazonXero; MapperAmazonXero.cli()"
TARGET = "from target_xero.target import TargetXero; TargetXero.cli()"
LOG = "from target_xero.commands import log; log()"
CHECK = "from target_xero.commands import check; check()"


@dataclass
class Pipeline:
    """What the three plugins wrote: the tap's output, and everything that must be clean."""

    organisation: Organisation
    from_tap: str
    clean: dict[str, str]
    exit_codes: list[int]


def planted_seller() -> Any:
    seller = demo_seller(datetime.now(UTC))
    seller.roles |= ROLES
    name, email, street, city = BUYER
    for order in seller.orders.values():
        order["buyer"] = {"buyerName": name, "buyerEmail": email}
        order["recipient"]["deliveryAddress"] |= {"name": name, "addressLine1": street}
        order["recipient"]["deliveryAddress"]["city"] = city
    return seller


@pytest.fixture(scope="module")
def pipeline(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("secrets")
    organisation = demo_organisation()
    with ExitStack() as running:
        amazon = running.enter_context(LoopbackServer(application(planted_seller())))
        xero = running.enter_context(server(organisation))
        books = f"sqlite:///{folder / 'books.db'}"
        configs: dict[str, dict[str, Any]] = {
            TAP: {
                "client_id": "amzn1.application-oa2-client.demo",
                "client_secret": SECRETS[0],
                "refresh_token": SECRETS[1],
                "region": "eu",
                "include_pii": True,
                "api_url": amazon.url,
                "auth_url": f"{amazon.url}/auth/o2/token",
            },
            MAPPER: {"maps": str(root / "maps"), "books": books},
            TARGET: {
                "client_id": "DEMOXEROCLIENT",
                "client_secret": SECRETS[2],
                "api_url": f"{xero.url}/api.xro/2.0",
                "identity_url": xero.url,
                "books": books,
                "attach_evidence": True,
            },
        }
        # One batch refused, an answer lost, and at last Xero gone: errors of every kind.
        organisation.faults.drop_response(method="PUT", path="*/Invoices", nth=2)
        organisation.faults.respond(400, {"Message": "no"}, method="PUT", path="*/Payments")
        organisation.faults.respond(401, b"", path="*/ManualJournals", times=None)
        texts: dict[str, str] = {}
        codes: list[int] = []
        text = text_for_target = from_tap = ""
        for number, (command, config) in enumerate(configs.items()):
            file = folder / f"{number}.json"
            file.write_text(json.dumps(config))
            done = _run(text, command, "--config", str(file))
            text_for_target = text
            text, from_tap = done.stdout, from_tap or done.stdout
            codes.append(done.returncode)
            texts[f"log {number}"] = done.stderr
            if number:
                texts[f"output {number}"] = done.stdout
        # Then all is well: the rest is posted, and what a person may print is printed.
        organisation.faults.clear()
        organisation.limits.per_minute = 10_000
        dry = folder / "dry.json"
        dry.write_text(json.dumps({**configs[TARGET], "dry_run": True}))
        settings = str(folder / "2.json")
        printing = [
            (TARGET, "--config", settings),
            (TARGET, "--config", str(dry)),
            (LOG, "--config", settings),
            (LOG, "--config", settings, "--csv", "-"),
            (CHECK, "--config", settings, "--maps", str(root / "maps")),
        ]
        for number, command_line in enumerate(printing):
            _begin_a_new_minute(folder / "books.db")
            done = _run(text_for_target, *command_line)
            codes.append(done.returncode)
            texts[f"printed {number}"] = done.stdout + done.stderr
        texts["books"] = "\n".join(_every_value(folder / "books.db"))
        texts["xero"] = "\n".join((*_sent(organisation), *_kept(organisation)))
        yield Pipeline(organisation, from_tap, texts, codes)


def _run(text: str, *command_line: str) -> subprocess.CompletedProcess[str]:
    """Run Python code as a plugin would run, with everything logged."""
    return subprocess.run(
        [sys.executable, "-c", *command_line],
        input=text,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "LOGLEVEL": "DEBUG"},
    )


def _begin_a_new_minute(file: Path) -> None:
    """Forget the calls that were counted, so that no command waits for its turn."""
    with closing(sqlite3.connect(file)) as books, books:
        books.execute("DELETE FROM quota")


def _every_value(file: Path) -> Iterator[str]:
    with closing(sqlite3.connect(file)) as books:
        tables = books.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            for row in books.execute(f"SELECT * FROM {table}"):
                yield from (str(each) for each in row)


def _sent(organisation: Organisation) -> Iterator[str]:
    for call in organisation.calls:
        if "/api.xro/" in call.path:
            yield f"{call.path} {call.query} {call.body.decode('utf-8', 'replace')}"


def _kept(organisation: Organisation) -> Iterator[str]:
    """Every object that Xero has in the end, with its history and its files."""
    registers = [each for each in vars(organisation).values() if isinstance(each, Register)]
    assert len(registers) > 10
    for register in registers:
        yield from (str(document) for document in register)
    yield str(organisation.history)
    yield str(organisation.attachments)


def test_the_run_met_errors_and_had_something_to_hide(pipeline: Pipeline) -> None:
    assert pipeline.exit_codes[0] == 0, pipeline.clean["log 0"][-3000:]
    assert all(planted in pipeline.from_tap for planted in BUYER)
    assert pipeline.exit_codes[:3] == [0, 0, 1]
    assert pipeline.exit_codes[3:] == [0] * 5, pipeline.clean["printed 0"][-3000:]
    assert pipeline.organisation.documents()["ManualJournals"]
    assert "dry run for Demo Company (UK)" in pipeline.clean["printed 1"]
    assert "Journal/View.aspx" in pipeline.clean["printed 2"]
    assert "is the app still connected?" in pipeline.clean["log 2"]
    assert len(pipeline.clean["books"]) > 10_000
    assert len(pipeline.clean["xero"]) > 10_000


@pytest.mark.parametrize("planted", [*BUYER, *SECRETS])
def test_nothing_planted_is_found_anywhere(pipeline: Pipeline, planted: str) -> None:
    assert [where for where, text in pipeline.clean.items() if planted in text] == []


def test_no_access_token_is_found_anywhere(pipeline: Pipeline) -> None:
    issued = list(pipeline.organisation.identity._access)
    assert issued
    found = [where for where, text in pipeline.clean.items() for token in issued if token in text]
    assert found == []
