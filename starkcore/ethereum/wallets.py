"""Ethereum signatures of typed data (EIP-712), by a local key, a wallet behind a web3 provider, or anything like them.

A signer is anything with the one method of `TypedDataSigner`. `sign_typed_data` asks a signer, corrects what wallets do
differently, and refuses a signature that isn't by the address that was asked for: nothing that another wallet signed
leaves this process.

Signatures of some typed data are secrets, because keys are made from them. No error shows one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

from starkcore import _native
from starkcore.errors import InvalidInput, StarkcoreError, _invalid
from starkcore.ethereum.address import address_bytes, address_of, checksum_address, same_address
from starkcore.ethereum.typed_data import AnyTypedData, TypedData
from starkcore.extras import require
from starkcore.saved_text import looks_like

__all__ = [
    "LocalKey",
    "PersonalSigner",
    "SigningFailed",
    "SigningRefused",
    "TypedDataSigner",
    "Web3Account",
    "Web3Wallet",
    "WrongSigner",
    "recover_address",
    "sign_personal",
    "sign_typed_data",
    "wallet_address",
]

_keccak = _native.keccak256
_SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

RawSignature: TypeAlias = bytes | str


class SigningFailed(StarkcoreError):
    """A wallet gave no signature, or something that is none."""


class SigningRefused(SigningFailed):
    """The person who holds the wallet said no. Nothing is wrong with it."""


class WrongSigner(InvalidInput):
    """The signer isn't the address that was asked for. Nothing was sent."""


@runtime_checkable
class TypedDataSigner(Protocol):
    """Whatever can sign typed data."""

    def sign_typed_data(self, data: TypedData | AnyTypedData, address: str) -> RawSignature:
        """The signature r ‖ s ‖ v, 65 bytes or their hex text, by the key of `address` over `data.digest`."""
        ...


@runtime_checkable
class PersonalSigner(Protocol):
    """Whatever can sign a text as a person reads it: `personal_sign`, EIP-191's version 45."""

    def sign_personal(self, message: bytes, address: str) -> RawSignature:
        """The signature r ‖ s ‖ v, 65 bytes or their hex text, by the key of `address` over
        `personal_digest(message)`.
        """
        ...


def personal_digest(message: bytes) -> bytes:
    """What `personal_sign` signs: keccak256(19 "Ethereum Signed Message:" 0a ‖ length in decimal ‖ message)."""
    return _keccak(b"\x19Ethereum Signed Message:\n" + str(len(message)).encode() + message)


class LocalKey:
    """A private key of Ethereum in this process, held by libsecp256k1 (coincurve) where that is installed.

    Args:
        secret: 32 bytes, 64 hex digits with or without 0x, or an object with `to_bytes()` such as eth-keys' PrivateKey.

    Attributes:
        address: in checksum form.

    Raises:
        InvalidInput, InputTypeError: `field` is "eth_private_key"; neither shows the value.
    """

    __slots__ = ("_raw", "_sign", "address")
    address: str

    def __init__(self, secret: object) -> None:
        if not isinstance(secret, (str, bytes, bytearray, memoryview, int)) and hasattr(secret, "to_bytes"):
            secret = secret.to_bytes()
        kind = looks_like(secret)
        if kind is not None and "key" not in kind:
            raise _invalid("eth_private_key", f"must be 32 bytes or 64 hex digits, and not {kind}")
        raw = _native.fixed_bytes(secret, 32, "eth_private_key")  # type: ignore[arg-type]
        if not 0 < int.from_bytes(raw, "big") < _SECP256K1_ORDER:
            raise _invalid("eth_private_key", "must be in [1, n), n the order of secp256k1")
        self._sign, public = _coincurve_key(raw) or _eth_keys_key(raw)
        self._raw = raw
        self.address = address_of(public)

    def to_account(self) -> Any:
        """The same key as eth-account's account, which signs transactions, too."""
        return require("eth_account", "client").Account.from_key(self._raw)

    def sign_typed_data(self, data: TypedData | AnyTypedData, address: str) -> bytes:
        """Sign, when `address` is this key's."""
        if address != self.address and not same_address(address, self.address):
            raise WrongSigner("ethereum_address", f"must be the one of the Ethereum key, {self.address}, not {address}")
        signature: bytes = self._sign(data.digest)
        return signature

    def sign_personal(self, message: bytes, address: str) -> bytes:
        """Sign a text, when `address` is this key's."""
        if not same_address(address, self.address):
            raise WrongSigner("ethereum_address", f"must be the one of the Ethereum key, {self.address}, not {address}")
        return self._sign(personal_digest(message))

    def __repr__(self) -> str:
        return f"<LocalKey of {self.address}>"

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("an Ethereum key can't be copied or pickled")


class Web3Wallet:
    """The accounts of a web3 connection: a wallet or a node that signs (`eth_signTypedData_v4`).

    Args:
        web3: a `web3.Web3`.
    """

    __slots__ = ("_web3",)

    def __init__(self, web3: Any) -> None:
        self._web3 = web3

    @property
    def default_address(self) -> str | None:
        """`web3.eth.default_account`, where one is set."""
        for name in ("default_account", "defaultAccount"):
            address = getattr(self._web3.eth, name, None)
            if isinstance(address, str) and address:
                return address
        return None

    def sign_typed_data(self, data: TypedData | AnyTypedData, address: str) -> RawSignature:
        """Ask the wallet, in the ways that wallets understand, until one does. A person's no ends it."""
        content = data.to_json()
        return self._ask(
            address,
            ("eth_signTypedData_v4", [address, content]),
            ("eth_signTypedData_v4", [address, json.dumps(content)]),  # as browser wallets want it
            ("eth_signTypedData", [address, content]),
        )

    def sign_personal(self, message: bytes, address: str) -> RawSignature:
        """Ask the wallet for `personal_sign`."""
        return self._ask(address, ("personal_sign", ["0x" + message.hex(), address]))

    def _ask(self, address: str, *attempts: tuple[str, list[Any]]) -> RawSignature:
        """The first answer; or of the refusals the one that says most."""
        refusals = []
        for method, parameters in attempts:
            try:
                return self._web3.manager.request_blocking(method, parameters)  # type: ignore[no-any-return]
            except Exception as error:
                refusals.append(_refusal(error))
            if not refusals[-1].another_way:
                break
        raise max(refusals, key=lambda one: one.weight).told(f"the wallet of {address} gave no signature")

    def __repr__(self) -> str:
        return "<Web3Wallet>"


class Web3Account:
    """An account object with eth-account's `sign_typed_data(full_message=…)`, for keys that stay elsewhere."""

    __slots__ = ("_account", "address")
    address: str

    def __init__(self, account: Any) -> None:
        self._account = account
        self.address = account.address

    def sign_typed_data(self, data: TypedData | AnyTypedData, address: str) -> RawSignature:
        return self._signed(address, lambda: self._account.sign_typed_data(full_message=data.to_json()))

    def sign_personal(self, message: bytes, address: str) -> RawSignature:
        encoded = require("eth_account.messages", "client").encode_defunct(primitive=message)
        return self._signed(address, lambda: self._account.sign_message(encoded))

    def _signed(self, address: str, sign: Callable[[], Any]) -> RawSignature:
        if not same_address(address, self.address):
            raise WrongSigner("ethereum_address", f"must be the one of the account, {self.address}, not {address}")
        try:
            return sign().signature  # type: ignore[no-any-return]
        except Exception as error:
            refusal = _refusal(error)
        raise refusal.told(f"the account {self.address} gave no signature")

    def __repr__(self) -> str:
        return f"<Web3Account {self.address}>"


def wallet_address(wallet: object, address: str | None = None) -> str:
    """The Ethereum address that a wallet signs with: the one that is asked for, or its own.

    Raises:
        InvalidInput: neither is there; `field` is "address".
    """
    own = getattr(wallet, "address", None) or getattr(wallet, "default_address", None)
    chosen = own if address is None else address
    if not isinstance(chosen, str):
        raise _invalid("address", "must be given: the wallet has no address of its own")
    return checksum_address(chosen, "address")


def sign_personal(signer: PersonalSigner, message: bytes, address: str, *, repeatable: bool = False) -> bytes:
    """The signature r ‖ s ‖ v of a text, 65 bytes, v being 1b or 1c, certainly by `address`.

    Args:
        repeatable: as in `sign_typed_data`.

    Raises:
        WrongSigner, SigningFailed, InvalidInput, InputTypeError: as `sign_typed_data`.
    """
    address_bytes(address, "ethereum_address")

    def once() -> bytes:
        return _certain(signer.sign_personal(message, address), personal_digest(message), address)

    return _twice(once, signer) if repeatable else once()


def _twice(sign: Callable[[], bytes], signer: object) -> bytes:
    """A signature that the signer makes each time: asked for twice, unless the key is here and is known to do so."""
    first = sign()
    if type(signer) is not LocalKey and sign() != first:
        raise SigningFailed(
            "the wallet signs the same thing differently each time, as wallets do whose key several parties share: a "
            "key that is made of it would never come back. Use a wallet that signs as RFC 6979 has it, or a Stark key "
            "that is kept by itself"
        )
    return first


def _certain(raw: RawSignature, digest: bytes, address: str) -> bytes:
    """A wallet's answer in our form, refused when another key made it."""
    signature = _normalized(raw)
    actual = recover_address(digest, signature)
    if not same_address(actual, address):
        raise WrongSigner("ethereum_address", f"must be the signer's: asked was {address}, but {actual} signed")
    return signature


def sign_typed_data(
    signer: TypedDataSigner, data: TypedData | AnyTypedData, address: str, *, repeatable: bool = False
) -> bytes:
    """The signature r ‖ s ‖ v of typed data, 65 bytes, v being 1b or 1c, certainly by `address`.

    Args:
        address: an Ethereum address; mixed case must have the right checksum.
        repeatable: a key is made of it, which must come back: a wallet is asked twice, and both must be the same.

    Raises:
        WrongSigner: another key signed.
        SigningRefused: the wallet's owner said no.
        SigningFailed: no signature came, or nothing that is one, or another one each time.
        InvalidInput, InputTypeError: the address.
    """
    address_bytes(address, "ethereum_address")
    if repeatable:
        return _twice(lambda: sign_typed_data(signer, data, address), signer)
    raw = signer.sign_typed_data(data, address)
    if type(signer) is LocalKey:  # made it over this digest with the key of this address, itself
        return bytes(raw)  # type: ignore[arg-type]
    return _certain(raw, data.digest, address)


def recover_address(digest: bytes, signature: bytes) -> str:
    """The address, in checksum form, whose key made the signature r ‖ s ‖ v over the digest.

    Raises:
        SigningFailed: no key did.
    """
    recovered = signature[:64] + bytes([signature[64] - 27])
    public = b""
    try:
        try:
            coincurve = require("coincurve", "client")
        except ImportError:
            keys = require("eth_keys.datatypes", "client")
            public = keys.Signature(recovered).recover_public_key_from_msg_hash(digest).to_bytes()
        else:
            point = coincurve.PublicKey.from_signature_and_message(recovered, digest, hasher=None)
            public = point.format(compressed=False)[1:]
    except ImportError:
        raise
    except Exception:
        public = b""  # told below: the library's own words hold parts of the signature
    if not public:
        raise SigningFailed("the wallet's signature is none: no key has made it")
    return address_of(public)


_SIGNATURE_TEXT = re.compile(r"(?:0[xX])?[0-9a-fA-F]{130}")


def _normalized(raw: object) -> bytes:
    """65 bytes r ‖ s ‖ v with v = 27 or 28, of whatever a wallet answered."""
    text = None
    try:
        if not isinstance(raw, str):
            text = bytes(raw)  # type: ignore[call-overload]
        elif _SIGNATURE_TEXT.fullmatch(raw):  # `fromhex` alone skips white space
            text = bytes.fromhex(raw[-130:])
    except (TypeError, ValueError, OverflowError, MemoryError):
        text = None
    if text is None or isinstance(raw, int) or len(text) != 65:
        raise SigningFailed("the wallet's signature must be 65 bytes: r, s and v")
    if text[64] not in (0, 1, 27, 28):
        raise SigningFailed("the wallet's signature must end in v = 27 or 28 (or 0 or 1)")
    return bytes(text[:64]) + bytes([27 + (text[64] - 27 if text[64] >= 27 else text[64])])


# EIP-1193's code of a person's no; and those behind which another form of the same question may be understood: a method
# that isn't there, parameters that aren't (JSON-RPC); an internal error, "server error", a method that isn't supported.
_REJECTED = 4001
_NOT_UNDERSTOOD = (-32601, -32602, -32603, -32000, 4200)
# What nodes say that hold no key of the address: geth and its kin, ganache, hardhat and anvil, erigon.
_NO_KEY = ("unknown account", "no private key", "no key for", "account not found", "no signer", "not found in wallet")


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why a wallet didn't sign, in our words: its own text may quote what was to be signed, and isn't repeated.

    Attributes:
        what: the error's class, and its code.
        another_way: whether the same question in another form may be understood.
        weight: of several, the heaviest is told.
    """

    what: str
    kind: type[SigningFailed] = SigningFailed
    another_way: bool = False
    weight: int = 1

    def told(self, beginning: str) -> SigningFailed:
        return self.kind(f"{beginning}: {self.what}")


def _refusal(error: Exception) -> _Refusal:
    response = getattr(error, "rpc_response", None)
    told = response.get("error") if isinstance(response, Mapping) else None
    code = told.get("code") if isinstance(told, Mapping) else getattr(error, "code", None)
    text = str(told.get("message", "") if isinstance(told, Mapping) else error).lower()
    name = type(error).__name__
    what = f"{name}, code {code}" if isinstance(code, int) else name
    if code == _REJECTED or "user rejected" in text or "user denied" in text:
        return _Refusal(f"it was refused there ({what})", SigningRefused, weight=3)
    if any(words in text for words in _NO_KEY):
        return _Refusal(f"the node has no key of that address; give eth_private_key, or ask the wallet itself ({what})",
                        another_way=True, weight=2)  # fmt: skip
    if code == -32601 or name in ("MethodUnavailable", "MethodNotSupported", "NotImplementedError"):
        return _Refusal("it doesn't sign such data, as nodes without keys don't; give eth_private_key, or ask the "
                        f"wallet itself ({what})", another_way=True, weight=0)  # fmt: skip
    return _Refusal(what, another_way=code in _NOT_UNDERSTOOD)


def _coincurve_key(raw: bytes) -> tuple[Callable[[bytes], bytes], bytes] | None:
    try:
        coincurve = require("coincurve", "client")
    except ImportError:
        return None
    key = coincurve.PrivateKey(raw)

    def sign(digest: bytes) -> bytes:
        signature: bytes = key.sign_recoverable(digest, hasher=None)
        return signature[:64] + bytes([27 + signature[64]])

    return sign, key.public_key.format(compressed=False)[1:]


def _eth_keys_key(raw: bytes) -> tuple[Callable[[bytes], bytes], bytes]:
    key = require("eth_keys.datatypes", "client").PrivateKey(raw)

    def sign(digest: bytes) -> bytes:
        signature: bytes = key.sign_msg_hash(digest).to_bytes()
        return signature[:64] + bytes([27 + signature[64]])

    return sign, key.public_key.to_bytes()
