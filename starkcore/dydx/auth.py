"""How requests are signed: by an API key (HMAC), or by the wallet (typed data).

And what else wallets' signatures make.
"""

from __future__ import annotations

import base64
import hmac
import uuid
from datetime import UTC, datetime

from starkcore import PrivateKey, keccak256
from starkcore.dydx.credentials import ApiKey
from starkcore.ethereum import AnyTypedData, TypedData, TypedDataSigner, sign_typed_data
from starkcore.http.request import Request

__all__ = [
    "TIMESTAMP",
    "all_stark_keys",
    "default_api_key",
    "hmac_headers",
    "hmac_signature",
    "personal_stark_keys",
    "timestamp",
]

NO_PREPEND = b"\x00"
"""The last byte of a typed signature: nothing was prepended to the digest. (dYdX: SignatureType.NO_PREPEND.)"""

TIMESTAMP = "DYDX-TIMESTAMP"
"""The header with the time that a request is signed with."""


def timestamp(moment: datetime | None = None) -> str:
    """ISO 8601 with milliseconds and Z, as the exchange has it.

    >>> timestamp(datetime(2021, 1, 8, 10, 6, 12, 500_999, UTC))
    '2021-01-08T10:06:12.500Z'
    """
    text = (datetime.now(UTC) if moment is None else moment).astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def hmac_signature(secret: str, timestamp: str, method: str, path: str, body: bytes = b"") -> str:
    """base64url(HMAC-SHA256(base64url-decoded secret, timestamp ‖ METHOD ‖ path ‖ body)).

    >>> hmac_signature("rdHdKDAOCa0B_Mq-Q9kh8Fz6rK3ocZNOhKB4QsR9", "2021-01-08T10:06:12.500Z", "GET", "/v3/api-keys")
    'VIuKVa3zCeRHZAVp1AUvSq2ejoCAWmhWV1g4WY_LbKs='
    """
    message = (timestamp + method + path).encode() + body
    digest = hmac.digest(base64.urlsafe_b64decode(secret), message, "sha256")
    return base64.urlsafe_b64encode(digest).decode()


def hmac_headers(api_key: ApiKey, request: Request, now: str) -> dict[str, str]:
    """The headers that vouch for a request with an API key, at that time."""
    return {
        "DYDX-SIGNATURE": hmac_signature(api_key.secret, now, request.method, request.path, request.body),
        "DYDX-API-KEY": api_key.key,
        TIMESTAMP: now,
        "DYDX-PASSPHRASE": api_key.passphrase,
    }


def sign_typed(
    signer: TypedDataSigner, data: TypedData | AnyTypedData, address: str, *, repeatable: bool = False
) -> bytes:
    """A typed signature as dYdX takes it: r ‖ s ‖ v ‖ 00, 66 bytes. See `starkcore.ethereum.sign_typed_data`."""
    return sign_typed_data(signer, data, address, repeatable=repeatable) + NO_PREPEND


def default_api_key(onboarding_signature: bytes) -> ApiKey:
    """The credentials that the website makes of a wallet's signature of the onboarding action.

    Args:
        onboarding_signature: r ‖ s ‖ …: with a = keccak256(r) and b = keccak256(s), the secret is a[:30], the key the
            UUID b[:16], the passphrase b[16:31].
    """
    a, b = keccak256(onboarding_signature[:32]), keccak256(onboarding_signature[32:64])
    return ApiKey(
        key=str(uuid.UUID(bytes=b[:16])),
        secret=base64.urlsafe_b64encode(a[:30]).decode(),
        passphrase=base64.urlsafe_b64encode(b[16:31]).decode(),
    )


# How else wallets have written v, and the type of the signature, that the website hashed.
_OTHER_V = {0x1B: 0x00, 0x1C: 0x01}
_OTHER_TYPE = 0x03


def personal_stark_keys(personal_signature: bytes) -> list[PrivateKey]:
    """The keys that the website made of personal_sign's signature of the derivation text, by how the wallet wrote v.

    Args:
        personal_signature: r ‖ s ‖ v, with v = 1b or 1c.
    """
    r_s, v = personal_signature[:64], personal_signature[64]
    return [PrivateKey.from_seed(r_s + bytes((end, _OTHER_TYPE))) for end in (v, _OTHER_V[v])]


def all_stark_keys(typed_signature: bytes) -> list[PrivateKey]:
    """The keys that the website could have made of a wallet's signature, by how the wallet wrote it.

    The first is today's; then with v as 00 or 01, with the type 03 (personal_sign), with both.

    Args:
        typed_signature: r ‖ s ‖ v ‖ 00, with v = 1b or 1c.
    """
    r_s, v, kind = typed_signature[:64], typed_signature[64], typed_signature[65]
    other = _OTHER_V[v]
    ends = ((v, kind), (other, kind), (v, _OTHER_TYPE), (other, _OTHER_TYPE))
    return [PrivateKey.from_seed(r_s + bytes(end)) for end in ends]
