"""A market of Extended's: what an order in it signs of the assets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starkcore import exact
from starkcore.errors import InvalidInput, _wrong_type
from starkcore.starknet.felts import read_element, read_uint

__all__ = ["Market"]


@dataclass(frozen=True, slots=True)
class Market:
    """A market: an order in it buys or sells a synthetic asset, the base, for collateral, the quote.

    Attributes:
        name: as the exchange writes it, "BTC-USD".
        synthetic_id, collateral_id: the assets' ids, field elements.
        synthetic_resolution, collateral_resolution: units in one of the asset, ints in [1, 2^128).
    """

    name: str
    synthetic_id: int
    synthetic_resolution: int
    collateral_id: int
    collateral_resolution: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", exact.text(self.name, "name"))
        for field in ("synthetic_id", "collateral_id"):
            object.__setattr__(self, field, read_element(getattr(self, field), field))
        for field in ("synthetic_resolution", "collateral_resolution"):
            resolution = read_uint(getattr(self, field), 128, field)
            if resolution == 0:
                raise InvalidInput(field, "must be in [1, 2^128)")
            object.__setattr__(self, field, resolution)

    @classmethod
    def from_api(cls, answer: Mapping[str, Any]) -> Market:
        """A market out of the exchange's answer (GET /api/v1/info/markets): one entry of its data.

        Raises:
            InvalidInput: it lacks name or l2Config, or one of their values is of no use; `field` says which.
        """
        if not isinstance(answer, Mapping):
            raise _wrong_type("answer", "a mapping", type(answer))
        config = answer.get("l2Config")
        if not isinstance(config, Mapping) or "name" not in answer:
            raise InvalidInput("answer", "must have name and l2Config")
        names = ("syntheticId", "syntheticResolution", "collateralId", "collateralResolution")
        for name in names:
            if name not in config:
                raise InvalidInput("answer", f"must have {name} in l2Config")
        return cls(answer["name"], *(config[name] for name in names))
