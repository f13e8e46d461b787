"""The exchange: what comes from outside is checked, changes the engine, and goes through the committer to the database.

Every method that changes something works in one go, without awaiting, so that requests come one after the other;
whoever answers must await `durable` first. What goes wrong within one request undoes that request alone: memory is then
made anew from the database, which has all that came before.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from time import time
from uuid import UUID, uuid4, uuid5

from eth_keys.datatypes import PrivateKey as EthereumKey
from eth_utils.exceptions import ValidationError

from starkcore import PrivateKey
from starkcore.sandbox.accounts import Account, Transfer
from starkcore.sandbox.auth import ApiKey, default_api_key, registration
from starkcore.sandbox.book import Order
from starkcore.sandbox.committer import Committer
from starkcore.sandbox.engine import MOST_MONEY, Changes, Engine
from starkcore.sandbox.errors import Refused, SandboxError
from starkcore.sandbox.markets import rules_of
from starkcore.sandbox.requests import MILLION, Reader, read_json, stark_key_of, text_of
from starkcore.sandbox.rows import account_row, load, rows_of
from starkcore.sandbox.store import MEMORY, Row, Store
from starkcore.sandbox.views import Views
from starkcore.starkex import DYDX
from starkcore.starkex.amounts import quantums

__all__ = ["Exchange", "Settings"]

_ACCOUNTS = UUID("0f9da948-a6fb-4c45-9edc-4685c3f3317d")
_FIRST_POSITION = 1001
_PROVIDER_POSITION = 1
_MOST_API_KEYS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the exchange runs.

    Attributes:
        database: a file, or ":memory:".
        network: "mainnet" or "sepolia", or its chain id: what clients sign for. A database keeps the one it began with.
        initial_balance: what each new account is given, in USDC.
        faucet_amount: what the faucet gives, unless the request says.
        maker_fee, taker_fee: as fractions.
        window: by how many seconds a request's timestamp may differ from the exchange's clock.
        ethereum_key: the exchange's own key, 32 bytes, for registrations; None: the database's, made at the start.
        most_accounts: how many there may be: each costs memory for good, and its open orders are in everybody's books.
        clock: seconds since the epoch.
    """

    database: str | Path = MEMORY
    network: str | int = "mainnet"
    initial_balance: str | int | Decimal = 0
    faucet_amount: str | int | Decimal = 10_000
    maker_fee: str = "0.0002"
    taker_fee: str = "0.0005"
    window: float = 30
    ethereum_key: bytes | None = None
    most_accounts: int = 10_000
    clock: Callable[[], float] = time


class Exchange:
    """An exchange over one database.

    Raises:
        SandboxError: the database is another network's, or none, or damaged, or in use; a fee is more than all.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.network = DYDX.network(settings.network)
        money = self.network.collateral_resolution
        self._fees = _quantums(settings, "maker_fee", MILLION, 1), _quantums(settings, "taker_fee", MILLION, 1)
        self.initial_balance = _quantums(settings, "initial_balance", money, MOST_MONEY // money)
        self.faucet_amount = _quantums(settings, "faucet_amount", money, MOST_MONEY // money)
        self.window = round(settings.window * 1000)
        self._rules = rules_of(DYDX, self.network)
        self.reader = Reader(DYDX, self.network, self._rules, self._fees)
        self.listeners: list[Callable[[Changes], Callable[[], None] | None]] = []
        self.restarted: list[Callable[[], None]] = []
        self.undone: list[Callable[[], None]] = []
        self._rows: list[Row] | None = None
        self._news: list[Callable[[], None]] = []
        self.store = Store(settings.database)
        self.committer = Committer(self.store, self._restart)
        try:
            self._begin()
            self.committer.flush()
        except BaseException:
            self.store.close()
            raise

    def _begin(self) -> None:
        """Read the database; an empty one gets its network, the exchange's key and the liquidity provider."""
        self.engine = Engine(self._rules.values(), maker_fee=self._fees[0], taker_fee=self._fees[1])
        self.views = Views(self.engine, self.network.collateral_resolution)
        self.api_keys: dict[str, ApiKey] = {}
        self._keys_of: dict[str, dict[str, ApiKey]] = {}
        try:
            self._load()
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            what = f"{type(error).__name__}: {error}"
            raise SandboxError(f"{self.store.path} is damaged: its rows don't fit together, {what}") from error

    def _load(self) -> None:
        name = self.store.meta("network")
        if name not in (None, self.network.name):
            raise SandboxError(f"{self.store.path} is of the network {name}, not of {self.network.name}")
        kept = self.store.meta("ethereum_key") if self.settings.ethereum_key is None else self.settings.ethereum_key
        key = secrets.token_bytes(32) if kept is None else kept
        try:
            self.ethereum_key = EthereumKey(key)
        except ValidationError:
            whose = f"the key in {self.store.path}" if self.settings.ethereum_key is None else "ethereum_key"
            raise SandboxError(f"{whose} must be 32 bytes, a key of Ethereum's curve") from None
        load(self.store, self.engine)
        for row in self.store.read("SELECT key, account_id, secret, passphrase FROM api_keys"):
            self._know(ApiKey(*row))
        self._by_address = {account.address: account for account in self.engine.accounts.values()}
        self._by_stark_key = {account.stark_key[0]: account for account in self.engine.accounts.values()}
        self._next_position = max((a.position_id for a in self._by_address.values()), default=0) + 1
        if name is None:
            with self._step():
                self._found(key)
        self.provider = self._by_address[self.ethereum_key.public_key.to_address()]

    def _found(self, key: bytes) -> None:
        """What an empty database gets."""
        self._write("INSERT INTO meta VALUES ('network', ?)", self.network.name)
        if self.settings.ethereum_key is None:
            self._write("INSERT INTO meta VALUES ('ethereum_key', ?)", key)
        self._next_position = _FIRST_POSITION
        stark_key = PrivateKey.from_seed(b"liquidity provider" + key).public_key
        self._add(
            self.ethereum_key.public_key.to_address(),
            (stark_key.x, stark_key.y or 0),
            None,
            position_id=_PROVIDER_POSITION,
        )

    def _restart(self) -> None:
        """Begin again from the database, which lacks what was done last. Offsets of books go on growing."""
        self._again()
        for tell in self.restarted:
            tell()

    def _again(self) -> None:
        if self.store.meta("network") is None:
            raise SandboxError("the database couldn't even be begun")
        sequence = self.engine.sequence
        self._begin()
        self.engine.sequence = sequence

    @contextmanager
    def _step(self) -> Iterator[None]:
        """What one request changes: all of it happens, or nothing."""
        sequence = self.engine.sequence
        self._rows, self._news = [], []
        try:
            yield
            rows, news = self._rows, self._news
            self.committer.add(rows, _when_durable(news) if news else None)
        except BaseException as error:
            # What is refused was refused before anything was changed, or else it is undone, too.
            if not isinstance(error, Refused) or self._rows or self.engine.sequence != sequence:
                self._undo()
            raise
        finally:
            self._rows, self._news = None, []

    def _undo(self) -> None:
        """Memory becomes what the database is, after all requests but this one."""
        with suppress(SandboxError):  # it can't be written: the committer has gone back, or stopped
            self.committer.flush()
            self._again()
            for tell in self.undone:
                tell()

    def _write(self, statement: str, *values: object) -> None:
        """A row of the step that is under way."""
        self._collect([(statement, values)])

    def _collect(self, rows: Iterable[Row]) -> None:
        if self._rows is None:
            raise RuntimeError("what changes something must be within a step")
        self._rows.extend(rows)

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return round(self.settings.clock() * 1000)

    async def durable(self) -> None:
        """Wait until all that has happened is in the database."""
        await self.committer.durable()

    def _changed(self, changes: Changes) -> None:
        self._collect(rows_of(changes))
        for listener in self.listeners:
            publish = listener(changes)
            if publish is not None:
                self._news.append(publish)

    def ready(self) -> int:
        """Before anything changes: the database can be written, and orders whose time is over are gone. The time."""
        self.committer.check()
        now = self.now()
        if self.engine.overdue(now):
            with self._step():
                expired = self.engine.expired(now)
                if expired:
                    self._changed(self.engine.cancel(expired, now, "EXPIRED"))
        return now

    # Users

    def find(self, address: str) -> Account | None:
        """The account of an address in lower case."""
        return self._by_address.get(address)

    def account(self, account_id: str) -> Account:
        account = self.engine.accounts.get(account_id)
        if account is None:
            raise Refused("receiverAccountId must be an account of this exchange")
        return account

    def onboard(self, address: str, signature: str, body: bytes) -> tuple[Account, ApiKey]:
        """A new user, with the API key that the onboarding signature gives."""
        self.ready()
        values = read_json(body, frozenset(("starkKey", "starkKeyYCoordinate", "referredByAffiliateLink", "country")))
        stark_key = stark_key_of(values)
        country = text_of(values, "country", 2) if "country" in values else None
        if country is not None and not (len(country) == 2 and country.isascii() and country.isupper()):
            raise Refused("country must be two capital letters, ISO 3166-1")
        if "referredByAffiliateLink" in values:
            text_of(values, "referredByAffiliateLink")
        if address in self._by_address:
            raise Refused("DYDX-ETHEREUM-ADDRESS must be new: this address has been onboarded before")
        if len(self._by_address) > self.settings.most_accounts:  # with the liquidity provider's
            raise Refused(f"accounts must be at most {self.settings.most_accounts}: this exchange has them", 503)
        if stark_key[0] in self._by_stark_key:
            raise Refused("starkKey must be new: it is another user's")
        api_key = default_api_key(signature, account_id_of(address))
        if api_key.key in self.api_keys:
            raise Refused("DYDX-SIGNATURE must be new: its API key exists")
        with self._step():
            account = self._add(address, stark_key, country)
            self._add_key(api_key)
            if self.initial_balance:
                self._pay(account, "DEPOSIT", self.initial_balance, self.initial_balance, to_address=address)
        return account, api_key

    def _add(
        self, address: str, stark_key: tuple[int, int], country: str | None, position_id: int | None = None
    ) -> Account:
        if position_id is None:
            position_id, self._next_position = self._next_position, self._next_position + 1
        account = Account(
            id=account_id_of(address),
            address=address,
            position_id=position_id,
            stark_key=stark_key,
            created_at=self.now(),
            country=country,
        )
        self._collect([account_row(account)])
        self._by_address[address] = self._by_stark_key[stark_key[0]] = account
        self._changed(self.engine.add_account(account, self.now()))
        return account

    def add_api_key(self, account: Account) -> ApiKey:
        """New random credentials."""
        self.ready()
        if len(self.keys_of(account)) >= _MOST_API_KEYS:
            raise Refused(f"DYDX-ETHEREUM-ADDRESS must have fewer than {_MOST_API_KEYS} API keys: delete some first")
        secret, passphrase = (urlsafe_b64encode(secrets.token_bytes(size)).decode() for size in (30, 15))
        with self._step():
            return self._add_key(ApiKey(str(uuid4()), account.id, secret, passphrase))

    def keys_of(self, account: Account) -> list[str]:
        """The account's API keys, without their secrets."""
        return list(self._keys_of.get(account.id, ()))

    def _add_key(self, key: ApiKey) -> ApiKey:
        values = (key.key, key.account_id, key.secret, key.passphrase, self.now())
        self._write("INSERT INTO api_keys VALUES (?, ?, ?, ?, ?)", *values)
        self._know(key)
        return key

    def _know(self, key: ApiKey) -> None:
        self.api_keys[key.key] = self._keys_of.setdefault(key.account_id, {})[key.key] = key

    def delete_api_key(self, account: Account, key: str) -> None:
        self.ready()
        found = self.api_keys.get(key)
        if found is None or found.account_id != account.id:
            raise Refused("apiKey must be one of this user's", 404)
        with self._step():
            self._write("DELETE FROM api_keys WHERE key = ?", key)
            del self.api_keys[key], self._keys_of[account.id][key]

    def registration(self, account: Account) -> str:
        """The signature with which the L1 contract registers the account."""
        return registration(self.ethereum_key, account.address, account.stark_key[0])

    # Orders

    def place(self, account: Account, body: bytes) -> Order:
        """An order, and in the same step the cancellation of the one that it replaces."""
        now = self.ready()
        order, cancel_id = self.reader.order(body, account, now)
        replaced = None
        if cancel_id is not None:
            replaced = account.orders.get(cancel_id)
            if replaced is None:
                raise Refused("cancelId must be an open order of this account")
        with self._step():
            self._changed(self.engine.place(order, replaced))
        return order

    def cancel(self, orders: Iterable[Order]) -> list[Order]:
        """Cancel those of these orders that are still open."""
        now = self.ready()
        still_open = [order for order in orders if order.status == "OPEN"]
        if still_open:
            with self._step():
                self._changed(self.engine.cancel(still_open, now))
        return still_open

    # Money

    def deposit(self, account: Account, amount: int) -> Transfer:
        """The faucet."""
        with self._step():
            return self._pay(account, "DEPOSIT", amount, amount, to_address=account.address)

    def faucet(self, account: Account, body: bytes) -> Transfer:
        amount = self.reader.amount(read_json(body, frozenset(("amount",))) if body else {}, self.faucet_amount)
        self.ready()
        return self.deposit(account, amount)

    def withdraw(self, account: Account, body: bytes) -> Transfer:
        now = self.ready()
        amount, client_id, nonce, signature = self.reader.withdrawal(body, account, now)
        with self._step():
            return self._pay(
                account, "WITHDRAWAL", -amount, amount, client_id, nonce, signature, to_address=account.address
            )

    def transfer(self, account: Account, body: bytes) -> Transfer:
        now = self.ready()
        amount, client_id, nonce, signature, receiver = self.reader.transfer(body, account, self.account, now)
        with self._step():
            return self._pay(
                account, "TRANSFER_OUT", -amount, amount, client_id, nonce, signature,
                to_address=receiver.address, receiver=receiver,
            )  # fmt: skip

    def fast_withdraw(self, account: Account, body: bytes) -> Transfer:
        now = self.ready()
        amount, client_id, nonce, signature, paid, address = self.reader.fast_withdrawal(
            body, account, self.provider, now
        )
        provider = self.provider
        with self._step():
            transfer = self._pay(
                account, "FAST_WITHDRAWAL", -amount, paid, client_id, nonce, signature,
                to_address=address, receiver=provider,
            )  # fmt: skip
            if provider.quote > MOST_MONEY:
                # It takes out what it has earned: nobody can fill its account, so that it would serve no one.
                self._pay(provider, "WITHDRAWAL", -provider.quote, provider.quote, to_address=provider.address)
        return transfer

    def _pay(
        self,
        account: Account,
        kind: str,
        amount: int,
        credit_amount: int,
        client_id: str | None = None,
        nonce: int | None = None,
        signature: str | None = None,
        *,
        to_address: str,
        receiver: Account | None = None,
    ) -> Transfer:
        transfer = Transfer(
            number=0,
            id=str(uuid4() if client_id is None else uuid5(UUID(account.id), f"transfer {client_id}")),
            account_id=account.id,
            type=kind,
            amount=amount,
            credit_amount=credit_amount,
            created_at=self.now(),
            client_id=client_id,
            nonce=nonce,
            signature=signature,
            from_address=account.address if amount < 0 else None,
            to_address=to_address,
        )
        self._changed(self.engine.pay(account, transfer, receiver, unlimited=receiver is self.provider))
        return transfer


def _quantums(settings: Settings, name: str, resolution: int, most: int) -> int:
    """A setting that is an amount, in quantums."""
    amount = quantums(getattr(settings, name), resolution, name)
    if amount > most * resolution:
        raise SandboxError(f"{name} must be at most {most}")
    return amount


def _when_durable(news: Iterable[Callable[[], None]]) -> Callable[[bool], None]:
    def then(durable: bool) -> None:
        if durable:
            for publish in news:
                publish()

    return then


def account_id_of(address: str) -> str:
    """A user's account id: uuid5(ns, uuid5(ns, address in lower case) + "0")."""
    return str(uuid5(_ACCOUNTS, f"{uuid5(_ACCOUNTS, address.lower())}0"))
