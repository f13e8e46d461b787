"""The old client's errors by their old names."""

from starkcore.dydx.errors import DydxApiError, DydxError
from starkcore.errors import TransactionReverted

__all__ = ["DydxApiError", "DydxError", "TransactionReverted"]
