"""The old client's class by its old name."""

from starkcore.dydx.client import Client

__all__ = ["Client"]
