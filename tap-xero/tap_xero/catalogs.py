"""Catalogs as people and Meltano write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_METHODS = ("replication-method", "forced-replication-method")


def with_methods(catalog: Mapping[str, Any]) -> dict[str, Any]:
    """Write each stream's replication method where the SDK looks for it.

    The SDK takes it from beside the metadata alone, where a discovered catalog has the stream's
    own; what a person sets is in the metadata.
    """
    return {**catalog, "streams": [_with_method(each) for each in catalog.get("streams", ())]}


def _with_method(stream: Mapping[str, Any]) -> dict[str, Any]:
    roots = [each for each in stream.get("metadata", ()) if not each["breadcrumb"]]
    root: Mapping[str, Any] = roots[0]["metadata"] if roots else {}
    chosen = next((root[name] for name in _METHODS if root.get(name)), None)
    return {**stream, "replication_method": chosen} if chosen else dict(stream)
