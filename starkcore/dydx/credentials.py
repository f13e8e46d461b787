"""What an account signs with: its Stark key and the credentials of an API key, as one value."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar, NoReturn

from starkcore import PrivateKey, PublicKey, exact
from starkcore.dydx import local_storage
from starkcore.dydx.address import checksum_address
from starkcore.dydx.networks import MAINNET, SEPOLIA
from starkcore.dydx.results import ApiKeyCredentials
from starkcore.errors import _invalid, _wrong_type
from starkcore.keystore.entry import Entry, Secret

__all__ = ["ApiKey", "Credentials"]

VENUE = "dydx"
_NETWORKS = {MAINNET: "mainnet", SEPOLIA: "sepolia"}
_KEY_NAMES = ("stark_public_key", "stark_public_key_y_coordinate", "has_api_key")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key with what requests are signed with. Secret and passphrase stay out of its repr.

    Attributes:
        key: a UUID; it goes with every request.
        secret: the HMAC's key, base64url.
        passphrase: goes with every request, too.
        network_id: of the credentials that a wallet has by itself, the chain that it signed for: it has others on
            another chain. None where that isn't known.
    """

    key: str
    secret: str = field(repr=False)
    passphrase: str = field(repr=False)
    network_id: int | None = field(default=None, kw_only=True, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("key", "secret", "passphrase"):
            value = getattr(self, name)
            value = exact.text(value, name)
            object.__setattr__(self, name, value)
            if not re.fullmatch(r"[!-~]{1,200}", value, flags=re.ASCII):
                raise _invalid(name, "must be 1 to 200 printable ASCII characters without spaces")
        if self.network_id is not None:
            object.__setattr__(self, "network_id", _whole(self.network_id, "network_id", 1))
        try:
            base64.b64decode(self.secret.encode(), altchars=b"-_", validate=True)
        except binascii.Error:
            raise _invalid("secret", "must be base64url text") from None

    def as_dict(self) -> dict[str, str]:
        """The three as the client's `api_key_credentials` takes them. This shows the secrets."""
        return {"key": self.key, "secret": self.secret, "passphrase": self.passphrase}

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials can't be copied or pickled: as_dict() is the one way out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A wallet's Stark key and API key.

    Attributes:
        ethereum_address: the wallet, in checksum form.
        stark_key: the private key; None where there are API credentials alone.
        api_key: None where there is a Stark key alone.
        network_id: the chain, 1 for mainnet.
        position_id: the account's position, once it is known.
    """

    ethereum_address: str
    stark_key: PrivateKey | None = None
    api_key: ApiKey | None = None
    network_id: int = 1
    position_id: int | None = None

    ADDRESS: ClassVar[Callable[[Any], bool]] = lambda value: _is_address(value)
    FACTS: ClassVar[Mapping[str, Callable[[Any], bool]]] = {
        "network_id": lambda value: _is_whole(value, 1),
        "position_id": lambda value: value is None or _is_whole(value, 0),
    }
    KEY_FACTS: ClassVar[frozenset[str]] = frozenset({"position_id"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "ethereum_address", checksum_address(self.ethereum_address))
        for name, kind in (("stark_key", PrivateKey), ("api_key", ApiKey)):
            value = getattr(self, name)
            if value is not None and not isinstance(value, kind):
                raise _wrong_type(name, f"a {kind.__name__} or None", type(value))
        object.__setattr__(self, "network_id", _whole(self.network_id, "network_id", 1))
        if self.position_id is not None:
            object.__setattr__(self, "position_id", _whole(self.position_id, "position_id", 0))

    @classmethod
    def from_local_storage(
        cls,
        *,
        stark_key_pairs: local_storage.Source | None = None,
        api_key_pairs: local_storage.Source | None = None,
        ethereum_address: str | None = None,
        network_id: int = 1,
    ) -> Credentials:
        """From what the website keeps in the browser: the values of STARK_KEY_PAIRS and API_KEY_PAIRS.

        Args:
            stark_key_pairs, api_key_pairs: JSON text, its bytes, or the path of a file with it; at least one of the
                two. One wallet's own object, a row with its name and a console's output are read, too.
            ethereum_address: which wallet; not needed where there is one. What other wallets have isn't read then.
            network_id: the chain that the keys are for.

        Raises:
            InvalidInput, InputTypeError: a public key that isn't the private key's, several wallets and none named,
                text that isn't what the website writes. No error shows a key.
        """
        sources: dict[str, local_storage.Pairs] = {}
        if stark_key_pairs is not None:
            members = local_storage.STARK_MEMBERS
            sources["stark_key_pairs"] = local_storage.read_pairs(
                stark_key_pairs, "stark_key_pairs", members, ethereum_address
            )
        if api_key_pairs is not None:
            sources["api_key_pairs"] = local_storage.read_pairs(
                api_key_pairs, "api_key_pairs", local_storage.API_MEMBERS, ethereum_address
            )
        if not sources:
            raise _invalid("stark_key_pairs", "or api_key_pairs must be given")
        wallet = local_storage.choose_wallet(sources, ethereum_address)
        stark, api = (sources.get(name, {}).get(wallet) for name in ("stark_key_pairs", "api_key_pairs"))
        return cls(
            ethereum_address=wallet,
            stark_key=_stark_key(stark, wallet) if stark else None,
            api_key=_api_key(api, wallet) if api else None,
            network_id=network_id,
        )

    def to_entry(self) -> Entry:
        """What a key file holds of this: see `starkcore.keystore`."""
        secret = Secret(self.stark_key, None if self.api_key is None else self.api_key.as_dict())
        facts = {"network_id": self.network_id, "position_id": self.position_id}
        return Entry.of(VENUE, _network(self.network_id), self.ethereum_address, secret, facts)

    @classmethod
    def from_entry(cls, entry: Entry) -> Credentials:
        """The credentials of a key file that was opened.

        Raises:
            InvalidInput, InputTypeError: it is of another venue, or not of this kind.
        """
        if not isinstance(entry, Entry) or entry.secret is None or entry.venue != VENUE:
            raise _invalid("entry", "must be an opened entry of dYdX v3")
        facts, api = entry.facts, entry.secret.api_key
        if api is not None and api.keys() != {"key", "secret", "passphrase"}:
            raise _invalid("entry", "must have key, secret and passphrase of its API key")
        return cls(
            ethereum_address=entry.address,
            stark_key=entry.secret.stark_key,
            api_key=None if api is None else ApiKey(api["key"], api["secret"], api["passphrase"]),
            network_id=facts["network_id"],  # type: ignore[arg-type]
            position_id=facts["position_id"],  # type: ignore[arg-type]
        )

    @classmethod
    def first_entry(cls, public: Mapping[str, Any]) -> Entry:
        """The entry, not opened, of a key file from before key files named their venue.

        Raises:
            InvalidInput, InputTypeError, KeyError: it is none.
        """
        if public.keys() != {"ethereum_address", "network_id", "position_id", *_KEY_NAMES}:
            raise _invalid("public", "must have the names of a key file of dYdX v3")
        address, chain = public["ethereum_address"], public["network_id"]
        if not _is_whole(chain, 1) or not _is_address(address):
            raise _invalid("public", "must have an address in checksum form, and a chain's id")
        names = ("network_id", "position_id", *_KEY_NAMES)
        return Entry(
            venue=VENUE, network=_network(chain), address=address, public={name: public[name] for name in names}
        )

    def client_arguments(self) -> dict[str, Any]:
        """The keywords of `Client` that carry these credentials: `Client(host, **credentials.client_arguments())`."""
        arguments: dict[str, Any] = {
            "default_ethereum_address": self.ethereum_address,
            "network_id": self.network_id,
        }
        if self.stark_key is not None:
            arguments["stark_private_key"] = self.stark_key.secret_hex()
        if self.api_key is not None:
            arguments["api_key_credentials"] = self.api_key.as_dict()
        return arguments


def _network(chain: int) -> str:
    """A chain's name in key files; its number, where it is none that dYdX had."""
    return _NETWORKS.get(chain, str(chain))


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < 1 << 64


def _is_address(value: object) -> bool:
    """An address in checksum form, as every key file has it."""
    with suppress(ValueError, TypeError):
        return isinstance(value, str) and checksum_address(value) == value
    return False


def _whole(value: object, name: str, least: int) -> int:
    number = exact.integer(value, name)
    if not least <= number < 1 << 64:
        raise _invalid(name, f"must be in [{least}, 2^64)")
    return number


def _stark_key(pair: dict[str, str], wallet: str) -> PrivateKey:
    """The private key of a pair, whose public key must be the one beside it."""
    try:
        key = PrivateKey(pair["privateKey"])
        public = PublicKey(pair["publicKey"], pair["publicKeyYCoordinate"])
    except ValueError as error:
        rule = getattr(error, "rule", "must be keys of the Stark curve")
        raise _invalid("stark_key_pairs", f"must have keys of the Stark curve for {wallet}: {rule}") from None
    if key.public_key != public:
        raise _invalid("stark_key_pairs", f"must have the public key of its private key for {wallet}")
    return key


def _api_key(pair: dict[str, str], wallet: str) -> ApiKey:
    try:
        return ApiKey(key=pair["key"], secret=pair["secret"], passphrase=pair["passphrase"])
    except ValueError as error:
        rule = f"{getattr(error, 'field', 'key')} {getattr(error, 'rule', '')}"
        raise _invalid("api_key_pairs", f"must have well-formed credentials for {wallet}: {rule}") from None


def api_key_of(value: Any, field: str = "api_key_credentials") -> ApiKey | None:
    """Credentials, from a mapping with key, secret and passphrase, or an ApiKey; `field` is the parameter's name for
    errors.
    """
    if isinstance(value, ApiKey) or value is None:
        return value
    if not isinstance(value, Mapping) or not {"key", "secret", "passphrase"} <= value.keys():
        raise _invalid(field, "must be a dict with key, secret and passphrase")
    problem = None
    try:
        chain = getattr(value, "_network_id", None)  # of our own ApiKeyCredentials, which says it besides the three
        return ApiKey(key=value["key"], secret=value["secret"], passphrase=value["passphrase"], network_id=chain)
    except (TypeError, ValueError) as error:
        problem = f"must be well-formed: {getattr(error, 'field', 'key')} {getattr(error, 'rule', '')}"
    raise _invalid(field, str(problem))


def credentials_of(api_key: ApiKey) -> ApiKeyCredentials:
    """The dictionary of the old client; which network's credentials they are goes with it, beside the three."""
    credentials = ApiKeyCredentials(api_key.as_dict())
    object.__setattr__(credentials, "_network_id", api_key.network_id)
    return credentials
