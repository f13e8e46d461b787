"""What a client knows of itself and of the exchange, and how it makes requests of that. It does no input or output."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from starkcore import PrivateKey, PublicKey, _native, exact
from starkcore.dydx.address import checksum_address
from starkcore.dydx.auth import TIMESTAMP, default_api_key, hmac_headers, sign_typed, timestamp
from starkcore.dydx.credentials import ApiKey
from starkcore.dydx.credentials import api_key_of as api_key_of  # where it was
from starkcore.dydx.networks import API_HOST_MAINNET, network_of, onboarding_message, request_message
from starkcore.dydx.requests import Auth, get
from starkcore.errors import StarkcoreError, _invalid
from starkcore.ethereum import (
    LocalKey,
    PersonalSigner,
    SigningFailed,
    TypedData,
    TypedDataSigner,
    sign_personal,
)  # fmt: skip
from starkcore.http.answer import Answer, Unreadable
from starkcore.http.records import D, Record, Response, shaped
from starkcore.http.request import Request
from starkcore.http.rules import (
    ApiError,
    Block,
    ConnectionLost,
    OutcomeUnknown,
    Retries,
    Steps,
    Timeouts,
    TransportError,
    UnreadableAnswer,
    ask,
    settled,
)
from starkcore.http.transport import Endpoint
from starkcore.saved_text import looks_like
from starkcore.starkex import DYDX, OrderSigner

__all__ = ["Session"]


class Session:
    """A client's settings and keys. What it wasn't given it takes from the first call that brings it.

    Attributes:
        signer: who signs for Ethereum; None: nobody does.
        default_address: the wallet, where a call names none.
        stark_key: the private key that orders are signed with.
        stark_public: its public key; or that of a private key which is kept elsewhere.
        api_key: what requests are signed with.
        positions: of accounts that the exchange has told of, by the x of their Stark key.
        cut_off: orders, transfers and withdrawals whose call was ended from outside after they were sent.
    """

    def __init__(
        self,
        host: str | None,
        *,
        network_id: int | str | Callable[[], int] | None,
        signer: TypedDataSigner | None,
        default_address: str | None,
        timeouts: Timeouts,
        retries: Retries,
    ) -> None:
        self.endpoint = None if host is None else Endpoint.parse(host, API_HOST_MAINNET)
        self._orders: OrderSigner | None = None
        self._ask_chain = network_id if callable(network_id) else None
        self._network_id: int | None = None
        if not callable(network_id):
            self.network_id = 1 if network_id is None else network_id
        self.signer = signer
        self.default_address = None if default_address is None else checksum_address(
            default_address, "default_ethereum_address"
        )  # fmt: skip
        self.timeouts = timeouts
        self.retries = retries
        self.api_key: ApiKey | None = None
        self.stark_key: PrivateKey | None = None
        self.stark_public: PublicKey | None = None
        self.positions: dict[int, int] = {}
        self._compared = False
        self._elsewhere = ""
        self.cut_off: deque[OutcomeUnknown] = deque(maxlen=1000)

    @property
    def network_id(self) -> int:
        """The chain: the one that was given, or that of the node behind web3, which is asked once."""
        if self._network_id is None and self._ask_chain is not None:
            self._network_id = _known_chain(self._ask_chain())
        assert self._network_id is not None  # noqa: S101 - one of the two is there
        return self._network_id

    @network_id.setter
    def network_id(self, value: int | str) -> None:
        self._network_id, self._orders = _known_chain(value), None

    @property
    def chain_text(self) -> str:
        """The chain, for a repr: nobody is asked for it."""
        return "not asked for so far" if self._network_id is None else str(self._network_id)

    # ---- Keys ----

    def use_stark_key(self, key: PrivateKey | None) -> None:
        self.stark_key = key
        self.stark_public = None if key is None else key.public_key
        self._orders = None

    def order_signer(self, position_id: int) -> OrderSigner:
        """Who signs orders and transfers. Its own position is whichever came first: each message names its own."""
        if self.stark_key is None:
            raise _invalid("stark_private_key", "or a signature must be given: without, nothing can be signed")
        if self._orders is None:
            self._orders = OrderSigner(self.stark_key, self.network_id, position_id=position_id)
        return self._orders

    def address(self, ethereum_address: str | None) -> str:
        """The wallet of a call, in checksum form."""
        if ethereum_address is not None:
            return checksum_address(ethereum_address)
        if self.default_address is None:
            raise _invalid("ethereum_address", "must be given: the client has no default address")
        return self.default_address

    def sign(self, data: TypedData, address: str, *, repeatable: bool = False) -> Steps[bytes]:
        """A typed signature of 66 bytes by that address, and by nobody else.

        Args:
            repeatable: keys are made of it: a wallet must sign the same each time.
        """
        signer = self._wallet()
        return (yield from self._signed(lambda: sign_typed(signer, data, address, repeatable=repeatable)))

    def sign_text(self, text: bytes, address: str) -> Steps[bytes]:
        """A signature of personal_sign, 65 bytes, by that address, which the wallet makes each time."""
        signer = self._wallet()
        if not isinstance(signer, PersonalSigner):
            raise SigningFailed("the signer has no sign_personal")
        return (yield from self._signed(lambda: sign_personal(signer, text, address, repeatable=True)))

    def _wallet(self) -> TypedDataSigner:
        if self.signer is None:
            raise _invalid("eth_private_key", "or web3, web3_account or web3_provider must be given to sign this")
        return self.signer

    def _signed(self, sign: Callable[[], bytes]) -> Steps[bytes]:
        """A key at hand signs at once; a wallet elsewhere may take as long as a person does."""
        if isinstance(self.signer, LocalKey):
            return sign()

        def outcome() -> bytes | StarkcoreError:
            try:
                return sign()
            except StarkcoreError as error:  # to be raised in these steps, which may know another way
                return error

        made: bytes | StarkcoreError = yield Block(outcome)
        if isinstance(made, StarkcoreError):
            raise made
        return made

    def can_have_api_key(self) -> bool:
        return self.api_key is not None or (self.signer is not None and self.default_address is not None)

    def default_api_key(self, ethereum_address: str | None) -> Steps[ApiKey]:
        """The credentials that the website makes of the wallet's signature."""
        address = self.address(ethereum_address)
        signature = yield from self.sign(onboarding_message(self.network_id), address, repeatable=True)
        return replace(default_api_key(signature), network_id=self.network_id)

    def known_api_key(self) -> Steps[ApiKey]:
        """The client's credentials: those that it has, or else the wallet's default ones."""
        if self.api_key is None:
            self.api_key = yield from self.default_api_key(None)
        return self.api_key

    # ---- Requests ----

    def call(self, request: Request, kind: type[D], then: Callable[[D], None] | None = None) -> Steps[Response[D]]:
        """Send a request, and make its answer what it should be.

        Args:
            kind: of record that the answer is.
            then: called with it.

        Raises:
            TransportError: one whose outcome is unknown has the request's client id, and its last attempt's time. A
                refusal says so where the exchange is on another network than this client.
        """
        if self.endpoint is None:
            raise _invalid("host", "must be given: without, client.eth alone can be used")
        if request.auth is Auth.API_KEY:
            yield from self.known_api_key()  # whose secrets no error may show, from the first request on
        request = request.hiding(self._secrets())
        signed_at: str | None = None
        refused: ApiError | None = None

        def headers() -> Steps[Mapping[str, str]]:
            nonlocal signed_at
            made = yield from self._headers(request)
            signed_at = made.get(TIMESTAMP)
            return made

        try:
            answer = yield from ask(request, headers, timeouts=self.timeouts, retries=self.retries)
            response = self._read(request, answer, kind)
        except ApiError as error:
            refused = error
        except OutcomeUnknown as error:
            error.client_id, error.signed_at = request.client_id, signed_at
            raise
        except GeneratorExit:  # Ctrl-C, or a cancelled task
            if signed_at is not None and request.client_id is not None:
                cut = OutcomeUnknown(ConnectionLost(request.method, request.path, "cut off before it was answered"))
                cut.client_id, cut.signed_at = request.client_id, signed_at
                self.cut_off.append(cut)
            raise
        if refused is not None:
            if refused.status in (400, 401) and request.auth is not None and request.auth is not Auth.NONE:
                yield from self._compare_networks()
                refused.what += self._elsewhere
            raise refused
        self._remember(response.data)
        if then is not None:
            then(response.data)
        return response

    def _compare_networks(self) -> Steps[None]:
        """Once, after the first refusal of something signed: whether the exchange is on this client's network.

        Every key and every signature is of one network, so another one's are refused, for reasons that don't name it.
        The exchange tells its own by its collateral. One whose settings can't be had, or are of no network that is
        known, is taken for the right one: the refusal stands as it is.
        """
        if self._compared or self._network_id is None:
            return
        self._compared = True
        request = get("config").hiding(self._secrets())
        once = replace(self.timeouts, total=min(self.timeouts.total, _CONFIG_SECONDS))
        retries = Retries(attempts=1)
        try:
            answer = yield from ask(request, _nothing, timeouts=once, retries=retries)
            there = network_of(self._read(request, answer, Record).data)
        except TransportError:
            return
        if there is not None and there.chain_id != self._network_id:
            own = DYDX.network(self._network_id)
            self._elsewhere = (
                f" (the exchange is on {there.name}, chain {there.chain_id}, and this client has keys of {own.name}: "
                f"network_id must be {there.chain_id})"
            )

    def _remember(self, data: object) -> None:
        """Which position an account has, of any answer that tells of one's own accounts."""
        if not isinstance(data, dict):
            return
        accounts = data.get("accounts")
        for account in (data.get("account"), *(accounts if isinstance(accounts, list) else ())):
            if isinstance(account, dict):
                key, position = account.get("starkKey", ""), account.get("positionId")
                with suppress(ValueError, TypeError):
                    self.positions[_native.number(key, "starkKey")] = int(_digits(position))

    def _headers(self, request: Request) -> Steps[Mapping[str, str]]:
        if request.auth is None or request.auth is Auth.NONE:
            return {}
        if request.auth is Auth.API_KEY:
            return hmac_headers((yield from self.known_api_key()), request, timestamp())
        address = self.address(request.ethereum_address)
        if request.auth is Auth.ONBOARDING:
            signature = yield from self.sign(onboarding_message(self.network_id), address)
            return {"DYDX-SIGNATURE": "0x" + signature.hex(), "DYDX-ETHEREUM-ADDRESS": address}
        now = timestamp()
        message = request_message(self.network_id, request.method, request.path, request.body.decode(), now)
        signature = yield from self.sign(message, address)
        return {"DYDX-SIGNATURE": "0x" + signature.hex(), TIMESTAMP: now, "DYDX-ETHEREUM-ADDRESS": address}

    def _read(self, request: Request, answer: Answer, kind: type[D]) -> Response[D]:
        problem = ""
        try:
            value = answer.json(Record)
            if value is None:
                value = Record()
            if not isinstance(value, dict):
                raise Unreadable("the answer is no JSON object")
            return Response(shaped(kind, value), answer.headers, answer.status)
        except Unreadable as error:
            problem = error.what
        except LookupError as error:
            problem = f"the answer has no {error.args[0]}"
        except TypeError as error:
            problem = f"the answer has no proper {error.args[0]}"
        excerpt = answer.excerpt(request.secrets)
        raise settled(UnreadableAnswer(request.method, request.path, problem, status=answer.status, excerpt=excerpt))

    def _secrets(self) -> frozenset[str]:
        """What no error may show of what a host sends back."""
        return frozenset() if self.api_key is None else frozenset((self.api_key.secret, self.api_key.passphrase))


_CONFIG_SECONDS = 5.0
"""How long a refusal may wait for the exchange's settings, which explain it."""


def _nothing() -> Steps[Mapping[str, str]]:
    """No headers."""
    return {}
    yield


def _digits(value: object) -> str:
    """Digits of a position, which the exchange gives as text."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,20}", value, flags=re.ASCII):
        raise ValueError("no position")
    return value


def _known_chain(value: int | str) -> int:
    """A chain that dYdX v3 was on, of its number or of its digits."""
    if exact.is_a(value, str):
        text = exact.text(value, "network_id")
        if not re.fullmatch(r"[0-9]{1,20}", text, flags=re.ASCII):
            raise _invalid("network_id", "must be a chain's number, or its digits")
        value = int(text)
    number = exact.integer(value, "network_id")
    if number not in {network.chain_id for network in DYDX.networks.values()}:
        known = ", ".join(f"{network.chain_id} ({name})" for name, network in DYDX.networks.items())
        raise _invalid("network_id", f"must be a chain that dYdX v3 was on: {known}")
    return number


def keys_of(value: Any) -> PrivateKey | None:
    """A Stark key, from hex text, a PrivateKey, or the key pair that `derive_stark_key` returned."""
    if isinstance(value, PrivateKey) or value is None:
        return value
    if isinstance(value, Mapping):
        value = value.get("private_key", value.get("privateKey"))
    kind = looks_like(value)
    if kind not in (None, "a private key or a public key"):
        hint = ", of which client.onboarding.derive_stark_key() makes one" if kind == "an Ethereum private key" else ""
        raise _invalid("stark_private_key", f"must be a Stark key, in [1, n), and not {kind}{hint}")
    problem = None
    try:
        return PrivateKey(value)
    except (TypeError, ValueError) as error:
        problem = getattr(error, "rule", "must be a private key")
    raise _invalid("stark_private_key", str(problem))


def public_key_of(x: str | None, y: str | None, known: PublicKey | None) -> PublicKey | None:
    """A Stark public key of hex texts, each of which may be missing: a missing y is that of the key that is known."""
    if x is None and y is None:
        return None
    problem = None
    try:
        if x is None and known is not None:
            x = hex(known.x)
        if x is None:
            problem = "must be given with stark_public_key_y_coordinate"
        elif y is not None:
            return PublicKey(x, y)
        else:
            point = PublicKey.from_x(x)
            return known if known is not None and known.x == point.x else point
    except (TypeError, ValueError) as error:
        problem = getattr(error, "rule", "must be a public key")
    raise _invalid("stark_public_key", problem or "must be a public key")
