"""Settings: what the code declares, meltano.yml and docs/settings.md say the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tap_amazon_sp.tap import STREAMS

NAMES = {
    "tap-amazon-sp": """
        client_id client_secret refresh_token region marketplace_ids start_date end_date include_pii
        settlement_files vat_report_files order_source sqs_queue_url max_wait_minutes api_url
        auth_url user_agent_app batch_config
        """,
    "mapper-amazon-xero": "maps books",
    "target-xero": """
        client_id client_secret auth_method refresh_token tenant_id scopes books books_key dry_run
        fail_on batch_size max_concurrency calls_per_minute calls_per_day attach_evidence alerts
        api_url identity_url
        """,
}
NAMES |= {
    "tap-xero": """
        client_id client_secret auth_method refresh_token tenant_id scopes books books_key
        start_date calls_per_minute calls_per_day api_url identity_url
        """,
    "mapper-xero-amazon": "maps books",
    "target-amazon-sp": """
        client_id client_secret refresh_token region seller_id marketplace_ids mode
        max_change_percent min_price_guard read_back_minutes max_wait_minutes user_agent_app api_url
        auth_url books
        """,
}
SECRETS = {"client_secret", "refresh_token", "books_key", "alerts"}


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((root / "meltano.yml").read_text(encoding="utf-8"))
    return loaded


def settings_of(project: dict[str, Any], plugin: str) -> dict[str, dict[str, Any]]:
    plugins = [each for kind in project["plugins"].values() for each in kind]
    found = next(each for each in plugins if each["name"] == plugin)
    return {setting["name"]: setting for setting in found["settings"]}


def test_meltano_yml_and_the_page_are_written_from_the_code(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, root / "docs" / "settings.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("plugin", NAMES)
def test_the_names_of_settings_are_those_of_the_contract(
    project: dict[str, Any], plugin: str
) -> None:
    assert set(settings_of(project, plugin)) == set(NAMES[plugin].split())


@pytest.mark.parametrize("plugin", NAMES)
def test_about_declares_the_same_names(plugin: str) -> None:
    command = [str(Path(sys.executable).parent / plugin), "--about", "--format=json"]
    about = json.loads(subprocess.check_output(command, text=True))
    builtin = {
        name for name in about["settings"]["properties"] if name not in NAMES[plugin].split()
    }
    assert all(name.startswith(("stream_map", "flattening", "faker")) for name in builtin), builtin


@pytest.mark.parametrize("plugin", NAMES)
def test_secrets_are_sensitive_and_every_setting_is_described(
    project: dict[str, Any], plugin: str
) -> None:
    for name, setting in settings_of(project, plugin).items():
        assert bool(setting.get("sensitive")) == (name in SECRETS), name
        assert setting["description"], name
        assert setting["kind"], name


def test_the_environments_and_the_mapping_have_the_names_that_users_type(
    project: dict[str, Any],
) -> None:
    assert project["default_environment"] == "demo"
    assert [each["name"] for each in project["environments"]] == ["demo", "prod"]
    mappings = [each["mappings"] for each in project["plugins"]["mappers"]]
    names = [[each["name"] for each in named] for named in mappings]
    assert names == [["mapper"], ["price-mapper"]]
    assert "config" not in project["environments"][1], "prod takes its settings from the user"


def test_the_streams_that_meltano_selects_are_those_that_cost_no_report(
    project: dict[str, Any],
) -> None:
    [tap] = (each for each in project["plugins"]["extractors"] if each["name"] == "tap-amazon-sp")
    by_default = {vars(stream)["name"] for stream in STREAMS if stream.selected_by_default}
    assert {each.removesuffix(".*") for each in tap["select"]} == by_default
    assert not {"listings", "order_report_lines"} & by_default
