"""Keys and registration of Extended's accounts."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starkcore import exact
from starkcore.errors import _invalid, _wrong_type
from starkcore.extended.networks import Network, find
from starkcore.hashing import pedersen_hash
from starkcore.keys import PrivateKey, grind_key
from starkcore.starknet.felts import read_uint

if TYPE_CHECKING:
    from starkcore.ethereum import PersonalSigner, TypedDataSigner

__all__ = ["api_key_headers", "derive_key", "onboarding", "sub_account"]

_DOMAIN = [{"name": "name", "type": "string"}]
_CREATION = [
    {"name": "accountIndex", "type": "int8"},
    {"name": "wallet", "type": "address"},
    {"name": "tosAccepted", "type": "bool"},
]
_REGISTRATION = [*_CREATION, *({"name": name, "type": "string"} for name in ("time", "action", "host"))]


def derive_key(
    wallet: TypedDataSigner,
    network: str | Network = "mainnet",
    account_index: int = 0,
    *,
    address: str | None = None,
) -> PrivateKey:
    """The Stark key of an Ethereum wallet's account at Extended.

    The wallet signs EIP-712 typed data, AccountCreation of the account's index and the wallet's address, and the r of
    its signature is ground, without its leading zero bytes, as the exchange's own SDK does it.

    Args:
        wallet: whatever `starkcore.ethereum` signs with: a `LocalKey`, a `Web3Wallet`, a `Web3Account`.
        network: "mainnet" or "testnet": their keys differ.
        account_index: 0 for the main account, and 1 … 127 for sub-accounts.
        address: the wallet's Ethereum address; when left out, the wallet's own.

    Raises:
        SigningFailed, WrongSigner: the wallet gave no signature, or another key's.
    """
    from starkcore.ethereum import sign_typed_data, wallet_address

    owner = wallet_address(wallet, address)
    creation = {"accountIndex": _index(account_index), "wallet": owner, "tosAccepted": True}
    signature = sign_typed_data(
        wallet, _typed(find(network), "AccountCreation", _CREATION, creation), owner, repeatable=True
    )
    return grind_key(signature[:32], strip_zeros=True)


def onboarding(
    wallet: TypedDataSigner,
    key: PrivateKey,
    network: str | Network = "mainnet",
    *,
    address: str | None = None,
    time: datetime | None = None,
    referral_code: str | None = None,
) -> dict[str, Any]:
    """The body of POST /auth/onboard, which registers a wallet's main account and its Stark key.

    It says that the wallet's owner accepts the exchange's terms of service (tosAccepted).

    Args:
        key: of the account: `derive_key(wallet, network)`.
        time: an aware datetime; now, when left out.
        referral_code: whoever brought the wallet here, if anybody.
    """
    from starkcore.ethereum import sign_typed_data, wallet_address

    where, owner = find(network), wallet_address(wallet, address)
    registration = _registration(owner, 0, time, "REGISTER", where.host)
    signature = sign_typed_data(wallet, _typed(where, "AccountRegistration", _REGISTRATION, registration), owner)
    return {
        "l1Signature": "0x" + signature.hex(),
        **_key_and_signature(owner, key),
        "accountCreation": registration,
        "referralCode": None if referral_code is None else exact.text(referral_code, "referral_code"),
    }


def sub_account(
    address: str,
    key: PrivateKey,
    network: str | Network = "mainnet",
    *,
    account_index: int,
    description: str,
    time: datetime | None = None,
) -> dict[str, Any]:
    """The body of POST /auth/onboard/subaccount, which adds an account to a registered wallet's.

    Args:
        address: the wallet's Ethereum address.
        key: of the new account: `derive_key(wallet, network, account_index)`.
        account_index: 1 … 127.
        description: what the owner calls it.
    """
    from starkcore.ethereum import checksum_address

    description = exact.text(description, "description")
    owner = checksum_address(address)
    index = _index(account_index)
    if index == 0:
        raise _invalid("account_index", "must be in [1, 127]: 0 is the main account, see onboarding()")
    return {
        **_key_and_signature(owner, key),
        "accountCreation": _registration(owner, index, time, "CREATE_SUB_ACCOUNT", find(network).host),
        "description": description,
    }


def api_key_headers(
    wallet: PersonalSigner,
    path: str = "/api/v1/user/account/api-key",
    *,
    address: str | None = None,
    time: datetime | None = None,
) -> dict[str, str]:
    """The headers of a request that the wallet signs, such as the one that makes an API key.

    Args:
        path: of the request, from its first slash.
        time: an aware datetime; now, when left out.
    """
    from starkcore.ethereum import sign_personal, wallet_address

    path = exact.text(path, "path")
    if not path.startswith("/"):
        raise _invalid("path", "must be text that begins with a slash")
    moment = _moment(time)
    signature = sign_personal(wallet, f"{path}@{moment}".encode(), wallet_address(wallet, address))
    return {"L1_SIGNATURE": "0x" + signature.hex(), "L1_MESSAGE_TIME": moment}


def _typed(network: Network, kind: str, members: list[dict[str, str]], message: Mapping[str, Any]) -> Any:
    from starkcore.ethereum import AnyTypedData

    return AnyTypedData(
        {
            "types": {"EIP712Domain": _DOMAIN, kind: members},
            "primaryType": kind,
            "domain": {"name": network.signing_domain},
            "message": message,
        }
    )


def _registration(owner: str, index: int, time: datetime | None, action: str, host: str) -> dict[str, Any]:
    return {
        "accountIndex": index,
        "wallet": owner,
        "tosAccepted": True,
        "time": _moment(time),
        "action": action,
        "host": host,
    }


def _key_and_signature(owner: str, key: PrivateKey) -> dict[str, Any]:
    """The account's public key, and its signature over the wallet's address."""
    if not isinstance(key, PrivateKey):
        raise _wrong_type("key", "a PrivateKey", type(key))
    public = key.public_key.x
    r, s = key.sign(pedersen_hash(int(owner, 16), public))
    return {"l2Key": hex(public), "l2Signature": {"r": hex(r), "s": hex(s)}}


def _index(account_index: object) -> int:
    """An int8 that isn't negative."""
    return read_uint(account_index, 7, "account_index")


def _moment(time: datetime | None) -> str:
    """A time in whole seconds, cut, in UTC."""
    if time is None:
        time = datetime.now(UTC)
    if not exact.is_a(time, datetime):
        raise _wrong_type("time", "a datetime", type(time))
    moment = exact.moment(time)
    if moment is None:
        raise _invalid("time", "must have a time zone")
    with suppress(OverflowError):
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    raise _invalid("time", "must be in the years 1 to 9999, in UTC, too")
