"""What `Client` and `AsyncClient` have in common: settings, keys, and which modules those allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic

from starkcore import PrivateKey, PublicKey
from starkcore.dydx.contracts import contracts_of
from starkcore.dydx.credentials import ApiKey, api_key_of, credentials_of
from starkcore.dydx.eth import Eth
from starkcore.dydx.eth_private import EthPrivate
from starkcore.dydx.onboarding import Onboarding
from starkcore.dydx.private import Private
from starkcore.dydx.public import Public
from starkcore.dydx.results import ApiKeyCredentials
from starkcore.dydx.session import Session, keys_of, public_key_of
from starkcore.errors import InputTypeError, _invalid, _wrong_type
from starkcore.ethereum import LocalKey, TypedDataSigner, Web3Account, Web3Wallet, checksum_address
from starkcore.ethereum.node import web3_at
from starkcore.ethereum.transactions import checked_options
from starkcore.extras import require
from starkcore.http.calls import Mode
from starkcore.http.rules import Retries, Steps, Timeouts
from starkcore.http.transport import LARGEST_ANSWER

if TYPE_CHECKING:
    from ssl import SSLContext

    from eth_account.signers.base import BaseAccount
    from web3 import Web3
    from web3.providers import BaseProvider

__all__ = ["BaseClient"]


class BaseClient(Generic[Mode]):
    """What both clients have: settings, keys, and which modules those allow."""

    def __init__(
        self,
        host: str | None = None,
        api_timeout: float | Timeouts | None = None,
        default_ethereum_address: str | None = None,
        eth_private_key: bytes | str | None = None,
        eth_send_options: Mapping[str, Any] | None = None,
        network_id: int | str | None = None,
        stark_private_key: PrivateKey | Mapping[str, str] | str | None = None,
        stark_public_key: str | None = None,
        stark_public_key_y_coordinate: str | None = None,
        web3: Web3 | None = None,
        web3_account: BaseAccount | None = None,
        web3_provider: BaseProvider | str | None = None,
        api_key_credentials: ApiKey | Mapping[str, str] | None = None,
        crypto_c_exports_path: object = None,
        *,
        retries: Retries | None = None,
        largest_answer: int = LARGEST_ANSWER,
        ssl_context: SSLContext | None = None,
    ) -> None:
        """Settings and keys; nothing is sent or signed before the first call.

        Args:
            host: "https://api.dydx.exchange"; without https only on this machine. None: `client.eth` alone is used.
            network_id: the chain, 1 for mainnet, 11155111 for Sepolia; an int or its digits. Unless it is given, the
                node behind web3 is asked when it is first needed; without web3 it is mainnet.
            eth_private_key: the wallet's key: 32 bytes or hex text.
            web3: a `web3.Web3`, whose node or wallet signs.
            web3_account: an eth-account account. With its key or `eth_private_key`, web3 is used for `client.eth`
                alone.
            web3_provider: a URL or a web3 provider, instead of `web3`.
            default_ethereum_address: the wallet, where a call names none; otherwise the key's, or web3's default
                account.
            stark_private_key: hex text, a `PrivateKey`, or what `derive_stark_key` returned.
            stark_public_key, stark_public_key_y_coordinate: hex text; they must belong to the private key, or stand for
                one that is kept elsewhere.
            api_key_credentials: an ApiKey, or a dict of key, secret and passphrase. Without, those that the website
                would make for the wallet are used, once they are needed.
            api_timeout: seconds that a request may take in all, or `starkcore.http.rules.Timeouts`.
            eth_send_options: for `client.eth`, in every transaction.
            crypto_c_exports_path: has no effect; the old client's native library was named by it.
            retries: when to stop repeating what may be repeated.
            largest_answer: bytes; of JSON, a name or value for each 64 of them is read, but at least 262 144.
            ssl_context: instead of one that trusts what the operating system trusts.

        Raises:
            InvalidInput, InputTypeError: by its `field`. MissingExtra: install starkcore-native[client].
        """
        del crypto_c_exports_path
        timeouts = Timeouts.of(api_timeout)
        self.web3 = _web3(web3, web3_provider, timeouts)
        self.eth_send_options = checked_options(eth_send_options)
        signer = _signer(eth_private_key, web3_account, self.web3)
        self._account = web3_account
        self._session = Session(
            host,
            network_id=network_id if network_id is not None or self.web3 is None else _chain_of(self.web3),
            signer=signer,
            default_address=_default_address(signer) if default_ethereum_address is None else default_ethereum_address,
            timeouts=timeouts,
            retries=_retries(retries),
        )
        self._session.api_key = api_key_of(api_key_credentials)
        self._session.use_stark_key(keys_of(stark_private_key))
        known = self._session.stark_public
        given = public_key_of(stark_public_key, stark_public_key_y_coordinate, known)
        if known is not None and given is not None and (given.x, given.y) != (known.x, known.y):
            raise _invalid("stark_public_key", "must be that of stark_private_key")
        self._session.stark_public = known if given is None else given
        self._run = self._open(self._session, {"largest_answer": largest_answer, "ssl_context": ssl_context})
        self._eth: Eth | None = None

    def _open(self, session: Session, options: Mapping[str, Any]) -> Callable[[Steps[Any]], Any]:
        """Make the transport; what runs steps is returned."""
        raise NotImplementedError

    # ---- What the old client had as attributes ----

    @property
    def host(self) -> str:
        """Where requests go, without a slash at the end."""
        return "" if self._session.endpoint is None else str(self._session.endpoint)

    @property
    def api_timeout(self) -> Timeouts:
        """How long each phase of a request may take. It may be set, to seconds in all as well."""
        return self._session.timeouts

    @api_timeout.setter
    def api_timeout(self, value: float | Timeouts | None) -> None:
        self._session.timeouts = Timeouts.of(value)

    @property
    def network_id(self) -> int:
        """The chain. It may be set, to its digits as well."""
        return self._session.network_id

    @network_id.setter
    def network_id(self, value: int | str) -> None:
        self._session.network_id = value
        self._eth = None

    @property
    def default_address(self) -> str | None:
        """The wallet, where a call names none; in checksum form. It may be set."""
        return self._session.default_address

    @default_address.setter
    def default_address(self, value: str | None) -> None:
        self._session.default_address = None if value is None else checksum_address(value, "default_address")
        self._eth = None

    @property
    def eth_signer(self) -> TypedDataSigner | None:
        """Who signs for Ethereum. It may be set, to anything that has `sign_typed_data`."""
        return self._session.signer

    @eth_signer.setter
    def eth_signer(self, value: TypedDataSigner | None) -> None:
        if value is not None and not isinstance(value, TypedDataSigner):
            raise _wrong_type("eth_signer", "a LocalKey, a Web3Wallet or the like", type(value))
        self._session.signer = value
        self._eth = None

    @property
    def stark_private_key(self) -> PrivateKey | None:
        """The key that orders are signed with. It may be set, to hex text or a key pair as well."""
        return self._session.stark_key

    @stark_private_key.setter
    def stark_private_key(self, value: Any) -> None:
        self._session.use_stark_key(keys_of(value))

    @property
    def stark_public_key(self) -> str | None:
        """Its public key's x, hex with 0x."""
        known = self._session.stark_public
        return None if known is None else hex(known.x)

    @stark_public_key.setter
    def stark_public_key(self, value: str | None) -> None:
        self._use_public(public_key_of(value, None, self._session.stark_public) if value is not None else None)

    @property
    def stark_public_key_y_coordinate(self) -> str | None:
        """Its public key's y, hex with 0x."""
        known = self._session.stark_public
        return None if known is None or known.y is None else hex(known.y)

    @stark_public_key_y_coordinate.setter
    def stark_public_key_y_coordinate(self, value: str | None) -> None:
        known = self._session.stark_public
        if value is not None:
            self._use_public(public_key_of(None if known is None else hex(known.x), value, known))

    def _use_public(self, key: PublicKey | None) -> None:
        session = self._session
        own = None if session.stark_key is None else session.stark_key.public_key
        if own is not None and key is not None and (own.x != key.x or key.y not in (None, own.y)):
            raise _invalid("stark_public_key", "must be that of stark_private_key")
        session.stark_public = key if own is None else own

    @property
    def api_key_credentials(self) -> ApiKeyCredentials | None:
        """What requests are signed with. It may be set.

        Where none were given, those that the website makes for the wallet; a `Client` asks a wallet elsewhere to sign
        for them. None where there is no wallet, or it is one that has to be awaited: then the first call brings them.
        """
        known = self._session.api_key
        if known is None and self._session.can_have_api_key():
            known = self._default_api_key()
        return None if known is None else credentials_of(known)

    @api_key_credentials.setter
    def api_key_credentials(self, value: Mapping[str, str] | None) -> None:
        self._session.api_key = api_key_of(value)

    def _default_api_key(self) -> ApiKey | None:
        """The wallet's default credentials, where they can be had at once."""
        if not isinstance(self._session.signer, LocalKey):
            return None
        try:
            next(steps := self._session.known_api_key())
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        steps.close()
        return None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.host or 'no host'}, chain {self._session.chain_text}>"

    # ---- The modules ----

    @property
    def public(self) -> Public[Mode]:
        """What everybody may ask."""
        return Public(self._session, self._run)

    @property
    def private(self) -> Private[Mode]:
        """One's own account, orders and money."""
        if not self._session.can_have_api_key():
            raise _invalid("api_key_credentials", "must be given for client.private, or a wallet and its address")
        return Private(self._session, self._run)

    @property
    def onboarding(self) -> Onboarding[Mode]:
        """From a wallet to a Stark key, a user and API credentials."""
        self._needs_wallet("client.onboarding")
        return Onboarding(self._session, self._run)

    @property
    def eth_private(self) -> EthPrivate[Mode]:
        """What the wallet itself signs for: API keys and recovery."""
        self._needs_wallet("client.api_keys")
        return EthPrivate(self._session, self._run)

    api_keys = eth_private

    def _needs_wallet(self, module: str) -> None:
        if self._session.signer is None:
            raise _invalid("eth_private_key", f"or web3, web3_account or web3_provider must be given for {module}")

    def _ethereum(self) -> Eth:
        """The module of the contracts, for the Stark key that the client has now."""
        if self.web3 is None:
            raise _invalid("web3", "or web3_provider must be given for client.eth")
        if self._eth is None:
            account = self._account
            if account is None and isinstance(self._session.signer, LocalKey):
                account = self._session.signer.to_account()
            self._eth = Eth(
                self.web3,
                contracts=contracts_of(self.network_id),
                account=account,
                default_address=self.default_address,
                send_options=self.eth_send_options,
                position_of=self._session.positions.get,
            )
        self._eth.stark_public_key = self.stark_public_key
        return self._eth


def _retries(retries: Retries | None) -> Retries:
    if retries is not None and not isinstance(retries, Retries):
        raise _wrong_type("retries", "Retries", type(retries))
    return Retries() if retries is None else retries


def _web3(web3: Any, provider: Any, timeouts: Timeouts) -> Any:
    """A web3.Web3, from one or from its provider."""
    if type(web3).__name__ == "AsyncWeb3":
        raise InputTypeError("web3", "must be a web3.Web3: this is an AsyncWeb3, whose calls would have to be awaited; "
                             "AsyncClient takes a Web3, too, and asks it in a thread")  # fmt: skip
    if "Async" in type(provider).__name__:
        raise InputTypeError("web3_provider", "must be a URL or a provider of web3.Web3, not an AsyncWeb3's")
    if web3 is not None or provider is None:
        return web3
    if isinstance(provider, str):
        return web3_at(provider, timeouts)
    return require("web3", "ethereum").Web3(provider)


def _chain_of(web3: Any) -> Callable[[], int]:
    """A question for the chain that the node behind web3 is on."""

    def ask() -> int:
        try:
            return int(web3.eth.chain_id)
        except Exception as error:
            what = type(error).__name__
        raise _invalid("network_id", f"must be given: the node behind web3 doesn't say its chain ({what})")

    return ask


def _signer(eth_private_key: Any, account: Any, web3: Any) -> TypedDataSigner | None:
    """Who signs typed data; a key at hand comes before a wallet elsewhere."""
    if eth_private_key is not None:
        return LocalKey(eth_private_key)
    if account is not None:
        if not isinstance(getattr(account, "address", None), str):
            raise _wrong_type("web3_account", "an account of eth-account", type(account))
        key = getattr(account, "key", None)
        return Web3Account(account) if key is None else LocalKey(bytes(key))
    return None if web3 is None else Web3Wallet(web3)


def _default_address(signer: TypedDataSigner | None) -> str | None:
    if isinstance(signer, (LocalKey, Web3Account)):
        return signer.address
    return signer.default_address if isinstance(signer, Web3Wallet) else None
