"""edgeX, its first version: the rules by which it makes an order's nonce and expiry. Data only.

Source: edgeX's Go SDK (`CalcNonce` and `l2ExpireTime`). The exchange itself tells its markets and its collateral, in
the answer of `getMetaData`, and they change; a venue is made of what it tells and of these rules:

    >>> from starkcore.starkex import Market, Network, Venue
    >>> venue = Venue(
    ...     name=NAME,
    ...     markets={"BTCUSD": Market("BTCUSD", synthetic_id=0x4254432D3130000000000000000000, resolution=10**10)},
    ...     networks={"mainnet": Network("mainnet", chain_id=1, collateral_id=0xA1, collateral_resolution=10**6)},
    ...     **RULES,
    ... )
    >>> hex(venue.nonce("abc"))  # FIPS 180: sha256("abc") begins with it
    '0xba7816bf'
"""

from typing import Literal, TypedDict

__all__ = ["NAME", "RULES", "Rules"]


class Rules(TypedDict):
    """The arguments of `Venue` that are rules."""

    order_buffer_hours: int
    round_expiration: Literal["up", "down"]
    nonce_bytes: Literal["last", "first"]


NAME = "edgeX"

# Orders are signed with an expiry 14 days later than the one that was asked for, in hours that have begun.
RULES: Rules = {"order_buffer_hours": 14 * 24, "round_expiration": "down", "nonce_bytes": "first"}
