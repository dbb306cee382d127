"""The tap's settings: declared once, tidied as they come from Meltano, and refused when wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from singer_sdk import typing as th

from amazon_sp import LWA_URL, REGIONS, NotAllowed, endpoint, secure
from amazon_sp.auth import user_agent
from tap_amazon_sp import batches

SECRETS = ("client_secret", "refresh_token")
LISTS = ("marketplace_ids", "settlement_files", "vat_report_files")
OBJECTS = ("batch_config",)

SCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property(
        "client_id",
        th.StringType,
        required=True,
        title="LWA client id",
        description="Login with Amazon client id of your application (Developer Console).",
    ),
    th.Property(
        "client_secret",
        th.StringType,
        required=True,
        secret=True,
        title="LWA client secret",
        description="Its secret. Amazon ends it after 180 days: make a new one before that.",
    ),
    th.Property(
        "refresh_token",
        th.StringType,
        required=True,
        secret=True,
        title="Refresh token",
        description="What authorising the application gave you, for one seller in one region.",
    ),
    th.Property(
        "region",
        th.StringType,
        allowed_values=list(REGIONS),
        title="Region",
        description="Where the seller account is: na (Americas), eu (Europe, Middle East, India),"
        " fe (Japan, Australia, Singapore). Needed unless api_url is given.",
    ),
    th.Property(
        "marketplace_ids",
        th.ArrayType(th.StringType),
        title="Marketplaces",
        description="Only orders, listings and stock of these marketplaces (at most 50 ids, a JSON"
        " array in the environment); all when empty. Money always comes for the whole account.",
    ),
    th.Property(
        "start_date",
        th.DateTimeType,
        title="Start date",
        description="From when to read on the first run. Unset: orders of the last 30 days, and"
        " settlements and other money of the last 90, as far back as Amazon keeps reports.",
    ),
    th.Property(
        "end_date",
        th.DateTimeType,
        title="End date",
        description="Up to when to read; up to now when unset.",
    ),
    th.Property(
        "include_pii",
        th.BooleanType,
        default=False,
        title="Include buyer data",
        description="Ask Amazon for buyers and addresses. Needs restricted roles; bookkeeping"
        " does not need it.",
    ),
    th.Property(
        "settlement_files",
        th.ArrayType(th.StringType),
        title="Archived settlement files",
        description="Files or patterns (a JSON array in the environment) of settlement reports"
        " downloaded earlier, V2 or the retired V1 layout, GZIP or plain, read as if Amazon had"
        " served them, each content once.",
    ),
    th.Property(
        "vat_report_files",
        th.ArrayType(th.StringType),
        title="VAT report files",
        description="Files or patterns (a JSON array in the environment) of Amazon VAT Transactions"
        " Reports from Seller Central's Tax Document Library, read before settlements.",
    ),
    th.Property(
        "order_source",
        th.StringType,
        default="api",
        allowed_values=["api", "report"],
        title="Source of orders",
        description="api: the Orders API, 100 orders in three minutes. report: an order report for"
        " every 30 days, for reading far back; it lacks ship dates and item ids, and is half an"
        " hour late.",
    ),
    th.Property(
        "sqs_queue_url",
        th.StringType,
        title="Notification queue",
        description="URL of the SQS queue that Amazon sends ORDER_CHANGE, TRANSACTION_UPDATE and"
        " REPORT_PROCESSING_FINISHED to, and nobody else reads: changed orders and new settlements"
        " are then read at once. AWS credentials come from the environment, as for any AWS tool.",
    ),
    th.Property(
        "max_wait_minutes",
        th.IntegerType,
        default=60,
        title="Longest wait",
        description="How long the calls of one operation may wait for Amazon's usage plan in one"
        " run, all together. Beyond it that stream stops where it is, the others go on, the run"
        " ends as failed, and the next one goes on from there.",
    ),
    th.Property(
        "api_url",
        th.StringType,
        title="API address",
        description="Root of the Selling Partner API instead of the region's, for sandboxes and"
        " simulators. Only https, save on this machine.",
    ),
    th.Property(
        "auth_url",
        th.StringType,
        default=LWA_URL,
        title="Login address",
        description="Full address of the Login with Amazon token service.",
    ),
    th.Property(
        "user_agent_app",
        th.StringType,
        default="tap-amazon-sp/0.1.0",
        title="Application name",
        description="Name and version that Amazon asks every application to send.",
    ),
    th.Property(
        "batch_config",
        th.ObjectType(
            th.Property("encoding", th.ObjectType(additional_properties=True)),
            th.Property("storage", th.ObjectType(additional_properties=True)),
            additional_properties=True,
        ),
        title="Batch files",
        description="The Singer SDK's setting, for settlement_rows alone: rows go into jsonl files"
        " (compression none or gzip) in a folder of this machine, and one BATCH message names"
        " them, for mappers and targets that read such messages; what is null is left out. Unset: a"
        " RECORD line per row. For settlements of a hundred thousand rows and more.",
    ),
).to_dict()


def tidy(config: dict[str, Any]) -> list[str]:
    """Take blanks for unset and JSON arrays for lists, in place; give what is wrong with them."""
    faults = []
    for name, value in list(config.items()):
        if value is None or (isinstance(value, str) and not value.strip()):
            del config[name]
        elif name in LISTS and isinstance(value, str):
            try:
                config[name] = json.loads(value)
            except ValueError:
                faults.append(f'{name} must be a JSON array such as ["A1F83G8C2ARO7P"]')
                del config[name]
        elif name in OBJECTS and isinstance(value, str):
            try:
                config[name] = json.loads(value)
            except ValueError:
                faults.append(f"{name} must be a JSON object")
                del config[name]
    return faults


def faults(config: dict[str, Any]) -> Iterator[str]:
    """Give everything about tidied settings that a schema cannot say."""
    if isinstance(batch_config := config.get("batch_config"), dict):
        yield from batches.faults(batch_config)
    for name in ("start_date", "end_date"):
        try:
            datetime.fromisoformat(str(config.get(name, "2026-04-01")))
        except ValueError:
            yield f"{name} must be a date or instant such as 2026-04-01"
    if len(config.get("marketplace_ids") or []) > 50:  # noqa: PLR2004 - Amazon's limit
        yield "marketplace_ids takes at most 50 marketplaces"
    wait = config.get("max_wait_minutes")
    if isinstance(wait, int) and wait <= 0:
        yield "max_wait_minutes must be more than 0"
    yield from _address_faults(config)
    try:
        user_agent(config.get("user_agent_app") or "")
    except ValueError as error:
        yield str(error)


def _address_faults(config: dict[str, Any]) -> Iterator[str]:
    """Give every address that secrets or books must not travel to."""
    checks: tuple[Callable[[], str], ...] = (
        lambda: endpoint(config.get("region"), config.get("api_url")),
        lambda: secure(config.get("auth_url") or LWA_URL, "auth_url"),
        lambda: secure(config.get("sqs_queue_url") or LWA_URL, "sqs_queue_url"),
    )
    for check in checks:
        try:
            check()
        except NotAllowed as error:
            yield str(error)
