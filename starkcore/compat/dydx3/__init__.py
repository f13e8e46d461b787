"""In the place of dydx-v3-python 2.1.0, dYdX's own client: `compat.install("dydx3")`, or
`import starkcore.compat.dydx3`.

Its names, and starkcore's client behind them.

Where it differs, in short; docs/dydx3.md tells the rest:

- `derive_stark_key` hashes all 66 bytes of the wallet's signature, as the website does; `legacy_python=True` gives the
  old key.
- Floats are no amounts: text, Decimal and int are.
- `DydxApiError` is raised for an unknown outcome as well, `OutcomeUnknown`.
- `modules`, `eth_signing`, `helpers.requests` and `starkex.starkex_resources` aren't there.
"""

from starkcore.compat.dydx3.dydx_client import Client
from starkcore.compat.dydx3.errors import DydxApiError, DydxError, TransactionReverted
from starkcore.compat.dydx3.helpers.request_helpers import epoch_seconds_to_iso, iso_to_epoch_seconds
from starkcore.compat.dydx3.starkex.helpers import (
    generate_private_key_hex_unsafe,
    private_key_from_bytes,
    private_key_to_public_hex,
    private_key_to_public_key_pair_hex,
)
from starkcore.compat.dydx3.starkex.order import SignableOrder
from starkcore.compat.dydx3.starkex.withdrawal import SignableWithdrawal

__all__ = [
    "Client",
    "DydxApiError",
    "DydxError",
    "SignableOrder",
    "SignableWithdrawal",
    "TransactionReverted",
    "epoch_seconds_to_iso",
    "generate_private_key_hex_unsafe",
    "iso_to_epoch_seconds",
    "private_key_from_bytes",
    "private_key_to_public_hex",
    "private_key_to_public_key_pair_hex",
]
