from __future__ import annotations

from typing import Any

import pytest
from singer_sdk.exceptions import ConfigValidationError

from tap_amazon_sp.settings import SCHEMA, tidy
from tap_amazon_sp.tap import TapAmazonSP

# Design, section 9: these names are fixed; max_wait_minutes came later.
NAMES = [
    "client_id",
    "client_secret",
    "refresh_token",
    "region",
    "marketplace_ids",
    "start_date",
    "end_date",
    "include_pii",
    "settlement_files",
    "vat_report_files",
    "order_source",
    "sqs_queue_url",
    "max_wait_minutes",
    "api_url",
    "auth_url",
    "user_agent_app",
    # The Singer SDK's own name.
    "batch_config",
]


def test_the_settings_are_exactly_the_fixed_names() -> None:
    assert list(SCHEMA["properties"]) == NAMES


def test_about_tells_the_same_settings() -> None:
    assert list(TapAmazonSP._get_about_info().settings["properties"]) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_has_a_title_and_a_description(name: str) -> None:
    setting: dict[str, Any] = SCHEMA["properties"][name]
    assert setting["title"]
    assert setting["description"].endswith(".")


def test_secrets_are_marked_as_such() -> None:
    secret = [name for name in NAMES if SCHEMA["properties"][name].get("secret")]
    assert secret == ["client_secret", "refresh_token"]


def test_only_the_credentials_are_required() -> None:
    assert SCHEMA["required"] == ["client_id", "client_secret", "refresh_token"]


def test_blank_settings_count_as_unset() -> None:
    config = {"region": "", "marketplace_ids": "", "start_date": None, "api_url": " ", "x": False}
    assert tidy(config) == []
    assert config == {"x": False}


def test_lists_may_come_as_json_arrays() -> None:
    config: dict[str, Any] = {"marketplace_ids": '["A1", "B2"]', "settlement_files": ["*.txt"]}
    assert tidy(config) == []
    assert config == {"marketplace_ids": ["A1", "B2"], "settlement_files": ["*.txt"]}


def test_a_list_that_is_no_json_array_is_a_fault() -> None:
    assert tidy({"marketplace_ids": "A1,B2"}) == [
        'marketplace_ids must be a JSON array such as ["A1F83G8C2ARO7P"]'
    ]


def test_every_fault_is_told_at_once_and_no_secret_with_it() -> None:
    config = {
        "client_id": "a",
        "client_secret": 123456,
        "region": "us",
        "start_date": "soon",
        "order_source": "reports",
        "marketplace_ids": "A1",
    }
    with pytest.raises(ConfigValidationError) as caught:
        TapAmazonSP(config=config)
    told = "\n".join(caught.value.errors)
    for name in ("refresh_token", "region", "start_date", "order_source", "marketplace_ids"):
        assert name in told
    assert "client_secret" in told
    assert "123456" not in told
