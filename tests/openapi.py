"""A vendor's OpenAPI 3.0 document as something to hold messages against."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft4Validator, FormatChecker

Json = dict[str, Any]
Key = tuple[str, str]


class OpenApi:
    """An OpenAPI 3.0 document: schemas as JSON Schema, and the examples inside it."""

    def __init__(self, file: Path) -> None:
        with file.open(encoding="utf-8") as stream:
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            self.document: Json = _plain(yaml.load(stream, Loader=loader))
        self.schemas = _adapted(self.document["components"]["schemas"])
        self.known_names = set(_names(self.schemas, schema=True))
        for path in self.document["paths"].values():
            self.known_names |= set(_names(path, schema=False))

    def operation(self, key: Key) -> Json:
        """Find an operation by method and path."""
        method, path = key
        operation: Json = self.document["paths"][path][method.lower()]
        return operation

    def content(self, holder: Json) -> Json:
        """Give the JSON content of a request body or a response."""
        if "$ref" in holder:
            _, _, section, name = holder["$ref"].split("/")
            holder = self.document["components"][section][name]
        content: Json = holder["content"]["application/json"]
        return content

    def example(self, holder: Json) -> Any:
        """Give the example of a request body or a response."""
        content = self.content(holder)
        if "examples" in content:
            return next(iter(content["examples"].values()))["value"]
        return content["example"]

    def faults(self, schema: Json, instance: Any) -> list[str]:
        """List where an instance departs from a schema, and names that Xero nowhere uses."""
        # In OpenAPI 3.0, as in Draft 4, what stands beside a $ref does not count.
        whole = {**_adapted(schema), "components": {"schemas": self.schemas}}
        checker = FormatChecker(formats=("uuid",))
        validator = Draft4Validator(whole, format_checker=checker)
        strangers = set(_names(instance, schema=False)) - self.known_names
        return [
            f"{error.json_path}: {error.message}" for error in validator.iter_errors(instance)
        ] + [f"unknown name {name}" for name in sorted(strangers)]


def _plain(value: Any) -> Any:
    # YAML reads unquoted dates of the examples as dates; Xero sends them as text.
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def _adapted(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_adapted(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    adapted = {name: _adapted(each) for name, each in schema.items()}
    if adapted.pop("nullable", False) is True and isinstance(adapted.get("type"), str):
        adapted["type"] = [adapted["type"], "null"]
    return adapted


def _names(value: Any, *, schema: bool) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _names(each, schema=schema)
    if isinstance(value, dict):
        for name, each in value.items():
            if not schema or name == "properties":
                yield from each if schema else (name,)
            yield from _names(each, schema=schema)
