"""Small things for requests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from starkcore import exact
from starkcore.dydx.auth import timestamp
from starkcore.dydx.messages import random_client_id
from starkcore.errors import _invalid

__all__ = [
    "epoch_seconds_to_iso",
    "generate_now_iso",
    "generate_query_path",
    "iso_to_epoch_seconds",
    "json_stringify",
    "random_client_id",
    "remove_nones",
]


def generate_query_path(url: str, params: Mapping[str, Any]) -> str:
    """A path with what of its query isn't None, in its order; nothing is quoted."""
    query = "&".join(f"{name}={value}" for name, value in params.items() if value is not None)
    return f"{url}?{query}" if query else url


def json_stringify(data: Any) -> str:
    """Compact JSON, as it is signed."""
    return json.dumps(data, separators=(",", ":"))


def generate_now_iso() -> str:
    """The time, ISO 8601 with milliseconds and Z."""
    return timestamp()


def iso_to_epoch_seconds(iso: str) -> float:
    """Seconds since the epoch, of ISO 8601 text."""
    text = exact.text(iso, "iso")
    with suppress(ValueError):  # which carries the text along
        return datetime.fromisoformat(text).timestamp()
    raise _invalid("iso", "must be ISO 8601 text")


def epoch_seconds_to_iso(epoch: float) -> str:
    """ISO 8601 text with milliseconds and Z, of seconds since the epoch."""
    return timestamp(datetime.fromtimestamp(epoch, UTC))


def remove_nones(original: Mapping[str, Any]) -> dict[str, Any]:
    """The members that aren't None."""
    return {name: value for name, value in original.items() if value is not None}
