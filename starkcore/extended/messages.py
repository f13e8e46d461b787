"""Extended's messages: Poseidon over a domain, a public key and a flat struct (SNIP-12, revision 1, with types of its
own).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from time import time_ns

from starkcore import exact
from starkcore.errors import InvalidExpiration, InvalidInput
from starkcore.extended.networks import Network
from starkcore.hashing import poseidon_hash_many
from starkcore.starkex.expiry import Expiration, _seconds
from starkcore.starknet.felts import P, read_uint, short_string
from starkcore.starknet.template import MessageTemplate

__all__ = ["Buffer", "domain_hash", "expiration_seconds", "fresh_nonce", "read_nonce", "template", "template_of"]

# The hashes of the structs' types, as the exchange's contract has them.
_DOMAIN = 0x1FF2F602E42168014D405A94F75E8A93D640751D71D16311266E140D8B0A210
ORDER = 0x36DA8D51815527CABFAA9C982F564C80FA7429616739306036F1F9B608DD112
LIMIT_ORDER = 0x3C79B3B5997E78A29AB2FB5E8BC8244F222C5E01AE914C10F956BD0F805199A
TRANSFER = 0x1DB88E2709FDF2C59E651D141C3296A42B209CE770871B40413EA109846A3B4
WITHDRAWAL = 0x250A5FA378E8B771654BD43DCB34844534F9D1E29E16B14760D7936EA7F4B1D

DAY = 24 * 60 * 60


class Buffer:
    """Days that are added to an expiry, so that what lives until its last second can still be settled."""

    ORDER = 14
    WITHDRAWAL = 15
    TRANSFER = 21


def domain_hash(network: Network) -> int:
    """The hash of the exchange's domain on a network."""
    return poseidon_hash_many([_DOMAIN, short_string("Perpetuals"), short_string("v0"), short_string(network.chain), 1])


def template(network: Network, public_key: int, kind: int, places: int) -> MessageTemplate:
    """A message of that kind, whose signer's public key stands where an account would."""
    return template_of(network, public_key, [kind, *[None] * places])


def template_of(network: Network, public_key: int, struct: Sequence[int | None]) -> MessageTemplate:
    """The same with a struct of which more is known than its kind."""
    return MessageTemplate(1, domain_hash(network), public_key, struct)


def signed_element(value: int) -> int:
    """A signed amount as a field element: −x is p − x."""
    return value % P


def expiration_seconds(expire_time: Expiration | None, field: str, days: int) -> int:
    """ceil(seconds since the epoch + days): what is signed. None is now."""
    if expire_time is None:
        numerator, denominator = time_ns(), 10**9
    else:
        try:
            numerator, denominator = _seconds(expire_time)
        except InvalidExpiration as error:
            raise InvalidExpiration(field, error.rule) from None
    seconds = -(-numerator // denominator) + days * DAY
    if not 10**9 < seconds < 2 * 10**10:
        raise InvalidExpiration(field, "must be in seconds since the epoch, between the years 2001 and 2603")
    return seconds


def fresh_nonce() -> int:
    """A random nonce in [1, 2^31], which is what the exchange takes; its SDK draws from [0, 2^32)."""
    return 1 + secrets.randbelow(1 << 31)


def read_nonce(nonce: object) -> int:
    """A nonce of the caller's; a fresh one for None."""
    if nonce is None:
        return fresh_nonce()
    value = exact.integer(nonce, "nonce")
    if not 1 <= value <= 1 << 31:
        raise InvalidInput("nonce", "must be in [1, 2^31]")
    return value


def read_vault(vault: object, field: str = "vault") -> int:
    """A position's id."""
    return read_uint(vault, 32, field)
