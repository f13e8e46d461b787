"""Who sent a request: Ethereum signatures recovered, HMACs recomputed over the request, timestamps in their window.

Written from the protocol alone, and sharing nothing with the client, so that the two check each other.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from binascii import Error as NotBase64
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from eth_account.messages import encode_typed_data
from eth_keys.datatypes import PrivateKey as EthereumKey
from eth_keys.datatypes import Signature as EthereumSignature
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

from starkcore import _native
from starkcore.errors import StarkcoreError
from starkcore.ethereum.address import address_bytes
from starkcore.sandbox.errors import Refused

__all__ = [
    "ApiKey", "address_of", "check_hmac", "check_timestamp", "compact_body", "default_api_key", "iso",
    "onboarding_signer", "registration", "request_signer",
]  # fmt: skip

WEBSITE = "https://trade.dydx.exchange"
_PERSONAL = b"\x19Ethereum Signed Message:\n"
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """API credentials, and whose they are. Nothing of them is shown."""

    key: str
    account_id: str
    secret: str
    passphrase: str

    def __repr__(self) -> str:
        return "<ApiKey, redacted>"


def iso(milliseconds: int) -> str:
    """Milliseconds since the epoch as the API writes times: "2021-01-08T10:06:12.500Z"."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03}Z"


def check_timestamp(text: str, now: int, window: int, name: str) -> None:
    """Refuses a timestamp that isn't within `window` milliseconds of now."""
    moment = None
    if _TIMESTAMP.fullmatch(text):
        with suppress(ValueError):  # the thirteenth month
            moment = datetime.fromisoformat(text)
    if moment is None:
        raise Refused(f"{name} must be ISO 8601 with milliseconds and Z, as 2021-01-08T10:06:12.500Z", 400)
    if abs(round(moment.timestamp() * 1000) - now) > window:
        raise Refused(f"{name} must be within {window / 1000:g} seconds of the exchange's time; see /v3/time", 401)


# Ethereum


def address_of(text: str, name: str) -> str:
    """An address in lower case; one in mixed case must have the right checksum."""
    try:
        return "0x" + address_bytes(text, name).hex()
    except StarkcoreError as error:
        raise Refused(str(error)) from None


def onboarding_signer(signature: str, chain_id: int, action: str = "dYdX Onboarding") -> str:
    """The address whose key signed the onboarding action, in lower case."""
    message = {"action": action} | ({"onlySignOn": WEBSITE} if chain_id == 1 else {})
    return _signer(signature, chain_id, message)


def request_signer(signature: str, chain_id: int, method: str, path: str, body: str, timestamp: str) -> str:
    """The address whose key signed the request, in lower case. An empty body counts as {}."""
    message = {"method": method, "requestPath": path, "body": body or "{}", "timestamp": timestamp}
    return _signer(signature, chain_id, message)


def _signer(signature: str, chain_id: int, message: dict[str, str]) -> str:
    typed = _typed_bytes(signature)
    kind = typed[65]
    if kind == 3:
        text = _personal_text(chain_id, message).encode()
        digest = _native.keccak256(_PERSONAL + str(len(text)).encode() + text)
    else:
        digest = _typed_data_digest(chain_id, message)
        if kind:
            digest = _native.keccak256(_PERSONAL + (b"32" if kind == 1 else b"\x20") + digest)
    r, s = (int.from_bytes(typed[i : i + 32], "big") for i in (0, 32))
    try:
        recovered = EthereumSignature(vrs=(typed[64] % 27, r, s)).recover_public_key_from_msg_hash(digest)
    except (BadSignature, ValidationError):
        raise Refused("DYDX-SIGNATURE must be an Ethereum signature: no key can have made this one", 401) from None
    return "0x" + recovered.to_canonical_address().hex()


def _typed_bytes(signature: str) -> bytes:
    """A typed signature: r ‖ s ‖ v ‖ type."""
    digits = signature.removeprefix("0x")
    if not re.fullmatch("[0-9a-fA-F]{132}", digits):
        raise Refused("DYDX-SIGNATURE must be 66 bytes in hex digits: r, s, v and the signature's type", 401)
    typed = bytes.fromhex(digits)
    if typed[64] not in (0, 1, 27, 28) or typed[65] > 3:
        raise Refused("DYDX-SIGNATURE must end in v, 1b or 1c, and a type from 00 to 03", 401)
    return typed


def _typed_data_digest(chain_id: int, message: dict[str, str]) -> bytes:
    """EIP-712's digest. Which fields a message has is also its type."""
    signable = encode_typed_data(
        {"name": "dYdX", "version": "1.0", "chainId": chain_id},
        {"dYdX": [{"name": name, "type": "string"} for name in message]},
        message,
    )
    return _native.keccak256(b"\x19" + signable.version + signable.header + signable.body)


def _personal_text(chain_id: int, message: dict[str, str]) -> str:
    """What a wallet without typed data signs: domain, then message in alphabetical order, as indented JSON."""
    fields = {"name": "dYdX", "version": "1.0", "chainId": chain_id} | dict(sorted(message.items()))
    return json.dumps(fields, indent=2, ensure_ascii=False)


def registration(key: EthereumKey, address: str, stark_key: int) -> str:
    """The exchange's signature with which the L1 contract registers a user: over UserRegistration: ‖ address ‖ Stark
    key.

    Returns:
        0x and r ‖ s ‖ v in hex, v = 1b or 1c.
    """
    data = b"UserRegistration:" + bytes.fromhex(address.removeprefix("0x")) + stark_key.to_bytes(32, "big")
    signature = key.sign_msg_hash(_native.keccak256(data))
    return f"0x{signature.r:064x}{signature.s:064x}{signature.v + 27:02x}"


# API keys

# A string of JSON, ended or not, so that no text makes the search begin again at each of its quotes.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)


def compact_body(body: bytes) -> bytes:
    """A body's text as its sender signed it: without the white space between its tokens, and nothing for an empty
    object.

    The real exchange signed the parsed body's compact text: dYdX's own client signs that, and then sends spaces after
    commas and colons, and {} with requests that have no body. Two bodies with one compact text have the same tokens, so
    that no signature serves for anything but what was signed. What is no JSON stays none.

    >>> compact_body(b'{"amount": "1 000", "note": "a\\\\" b"}').decode(), compact_body(b"{ }")
    ('{"amount":"1 000","note":"a\\\\" b"}', b'')
    """
    pieces: list[bytes] = []
    end = 0
    for string in _STRING.finditer(body):
        pieces += body[end : string.start()].translate(None, b" \t\n\r"), string[0]
        end = string.end()
    pieces.append(body[end:].translate(None, b" \t\n\r"))
    text = b"".join(pieces)
    return b"" if text == b"{}" else text


def default_api_key(signature: str, account_id: str) -> ApiKey:
    """The credentials that both sides derive from the onboarding signature."""
    typed = _typed_bytes(signature)
    a, b = _native.keccak256(typed[:32]), _native.keccak256(typed[32:64])
    return ApiKey(str(UUID(bytes=b[:16])), account_id, _base64(a[:30]), _base64(b[16:31]))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def check_hmac(
    credentials: Mapping[str, str], keys: Mapping[str, ApiKey], signed: bytes, now: int, window: int
) -> ApiKey:
    """The API key that signed a request.

    Args:
        credentials: signature, key, timestamp and passphrase, under the names that the request has for them.
        signed: what was signed after the timestamp: method, path as it came, and the body's compact text.

    Raises:
        Refused: and which of the four was wrong.
    """
    (signature_name, signature), (key_name, key), (timestamp_name, timestamp), (passphrase_name, passphrase) = (
        credentials.items()
    )
    api_key = keys.get(key)
    if api_key is None:
        raise Refused(f"{key_name} must be an API key of this exchange: this one isn't, or was deleted", 401)
    check_timestamp(timestamp, now, window, timestamp_name)
    if not hmac.compare_digest(passphrase.encode(), api_key.passphrase.encode()):
        raise Refused(f"{passphrase_name} must be that of the API key", 401)
    secret = base64.urlsafe_b64decode(api_key.secret)
    expected = hmac.digest(secret, timestamp.encode() + signed, "sha256")
    try:
        given = base64.b64decode(signature.encode(), altchars=b"-_", validate=True)
    except (NotBase64, ValueError):
        given = b""
    if not hmac.compare_digest(given, expected):
        raise Refused(f"{signature_name} must be the HMAC of timestamp, method, path and compact body", 401)
    return api_key
