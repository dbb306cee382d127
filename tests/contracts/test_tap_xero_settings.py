"""The settings of tap-xero: names, secrets, defaults, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from singer_sdk.exceptions import ConfigValidationError

from tap_xero.settings import SCHEMA, tidy
from tap_xero.tap import STREAMS, TapXero

# The names are fixed by the contract between the plugins.
NAMES = [
    *("client_id", "client_secret", "auth_method", "refresh_token", "tenant_id", "scopes"),
    *("books", "books_key", "start_date", "calls_per_minute", "calls_per_day", "api_url"),
    "identity_url",
]
CREDENTIALS = {"client_id": "our-app", "client_secret": "s3cret-1"}


def test_the_settings_are_exactly_the_fixed_names() -> None:
    assert list(SCHEMA["properties"]) == NAMES
    assert list(TapXero._get_about_info().settings["properties"]) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_has_a_title_and_a_description(name: str) -> None:
    setting: dict[str, Any] = SCHEMA["properties"][name]
    assert setting["title"]
    assert setting["description"].endswith(".")


def test_secrets_are_marked_and_only_the_credentials_are_required() -> None:
    secret = [name for name in NAMES if SCHEMA["properties"][name].get("secret")]
    assert secret == ["client_secret", "refresh_token", "books_key"]
    assert SCHEMA["required"] == ["client_id", "client_secret"]


def test_defaults_are_those_of_target_xero() -> None:
    from target_xero.settings import SCHEMA as TARGET

    for name in ("auth_method", "calls_per_minute", "calls_per_day", "api_url", "identity_url"):
        assert SCHEMA["properties"][name]["default"] == TARGET["properties"][name]["default"]


def test_blank_settings_count_as_unset() -> None:
    config = {"scopes": "", "tenant_id": None, "books": " ", "calls_per_day": 7}
    tidy(config)
    assert config == {"calls_per_day": 7}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"api_url": "http://api.xero.com/api.xro/2.0"}, "api_url must be an https address"),
        ({"identity_url": "http://10.0.0.1"}, "identity_url must be an https address"),
        ({"refresh_token": "s3cret-2"}, "refresh_token is for auth_method oauth"),
        ({"start_date": "yesterday"}, "start_date must be a date or instant"),
        ({"calls_per_minute": 61}, "61 is greater than the maximum of 60"),
        ({"auth_method": "basic"}, "'basic' is not one of"),
    ],
)
def test_a_wrong_setting_is_told(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigValidationError) as caught:
        TapXero(config={**CREDENTIALS, **changes})
    assert any(words in each for each in caught.value.errors), caught.value.errors


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8802/api.xro/2.0", "http://localhost:1", "https://x.example"]
)
def test_https_and_the_loopback_are_taken(address: str) -> None:
    TapXero(config={**CREDENTIALS, "api_url": address, "identity_url": address})


def test_streams_are_those_of_the_contract_in_its_order() -> None:
    assert [vars(stream)["name"] for stream in STREAMS] == [
        *("organisation", "accounts", "tax_rates", "tracking_categories", "currencies"),
        *("exchange_rates", "items", "contacts", "invoices", "credit_notes", "payments"),
        *("manual_journals", "bank_transactions"),
    ]
    by_default = [vars(s)["name"] for s in STREAMS if s.selected_by_default]
    assert by_default[-2:] == ["exchange_rates", "items"]
    assert len(by_default) == 7
