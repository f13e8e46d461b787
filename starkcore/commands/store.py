"""The folder of key files, and the wallets that keys are derived from, as the command line names them."""

from __future__ import annotations

import argparse
import errno
import os
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from starkcore import exact, files, keystore
from starkcore.commands.common import PASSPHRASE_VARIABLE, naming, number, read_passphrase, read_secret_file
from starkcore.commands.output import tell
from starkcore.dydx.address import checksum_address
from starkcore.dydx.credentials import ApiKey
from starkcore.errors import InvalidInput, KeyStoreDamaged, KeyStoreError, StarkcoreError, WrongPassphrase
from starkcore.http.strict_json import BadJson, Bounds, strict_json
from starkcore.keyfile import open_keyfile
from starkcore.starkex import DYDX

__all__ = [
    "Place",
    "add_store",
    "add_wallet",
    "change_passphrase",
    "client_of_wallet",
    "network_id",
    "network_name",
    "open_credentials",
    "open_entry",
    "select",
    "survey",
    "wallet_of",
]

FOLDER_VARIABLE = "STARKCORE_KEYS"
WALLET_VARIABLE = "STARKCORE_ETH_PRIVATE_KEY"
WALLET_PASSPHRASE_VARIABLE = "STARKCORE_ETH_PASSPHRASE"  # noqa: S105 - its name, not its value
NEW_PASSPHRASE_VARIABLE = "STARKCORE_NEW_PASSPHRASE"  # noqa: S105 - its name, not its value
_KEY_FILE = Bounds(size=1 << 16, depth=16, values=1000)
_STORE_PASSPHRASE = "passphrase of the key store"  # noqa: S105 - a prompt


# ---- The key store ----


def add_store(parser: argparse._ActionsContainer, *, writes: bool = False) -> None:
    """The options that say where key files are."""
    default = f"${FOLDER_VARIABLE}, else ~/.starkcore/keys"
    parser.add_argument("--keys", metavar="FOLDER", help=f"where key files are (default: {default})")
    parser.add_argument(
        "--passphrase-fd", metavar="N",
        help=f"read the key store's passphrase from it (default: ${PASSPHRASE_VARIABLE}, else the terminal)",
    )  # fmt: skip
    if writes:
        parser.add_argument(
            "--replace", action="store_true",
            help="where the wallet's key file has other API credentials or another position: put the new in their "
            "place. A Stark key is not replaced by this. The old file is kept beside the new one",
        )  # fmt: skip
        parser.add_argument(
            "--replace-key", metavar="PUBLIC",
            help="put another Stark key in the place of the one with this public key (hex), which the wallet's key "
            "file has. The old file is kept beside the new one",
        )  # fmt: skip


def folder(args: argparse.Namespace) -> Path:
    """Where key files are. One that the option names must be there."""
    if args.keys is None:
        return Path(os.environ.get(FOLDER_VARIABLE) or Path.home() / ".starkcore" / "keys")
    exact.some_text(args.keys, "--keys")
    if not os.path.isdir(args.keys):  # noqa: PTH112 - which doesn't raise, whatever the name
        raise InvalidInput("--keys", "must name a folder that is there")
    return Path(args.keys)


def network_id(name: str) -> int:
    """The chain id of a network's name, or of the text of a chain id."""
    return DYDX.network(number(name, "network") if name.isascii() and name.isdigit() else name).chain_id


def network_name(chain: int) -> str:
    """The name of a chain; its number, where it is none that dYdX has."""
    return next((network.name for network in DYDX.networks.values() if network.chain_id == chain), str(chain))


def file_name(entry: keystore.Entry) -> str:
    """The name of an account's key file. dYdX's have none of the venue: they are older than the others."""
    parts = [entry.network, entry.address.lower()]
    if entry.venue != "dydx":
        parts.insert(0, entry.venue)
    index = entry.facts.get("account_index")
    return "-".join([*parts, *([str(index)] if index else [])]) + ".json"


class Place:
    """Where a wallet's keys go: its key file, which may be there, and the passphrase that opens it.

    Everything that can be refused is refused when this is made or by `check`, before anything is sent to an exchange.

    Attributes:
        path: the key file.
        old: what it holds; None where there is none.
    """

    def __init__(self, args: argparse.Namespace, account: Any) -> None:
        """`account` is the venue's Credentials, whose keys don't count yet."""
        self._args = args
        into = folder(args) if args.keys is None else Path(exact.some_text(args.keys, "--keys"))  # may be new
        self.path = into / file_name(account.to_entry())
        there = os.path.lexists(self.path)
        self._passphrase = read_passphrase(_STORE_PASSPHRASE, args.passphrase_fd, confirm=not there)
        if not self._passphrase:
            raise InvalidInput("passphrase", "must not be empty")
        self.old = self._open() if there else None

    def check(self, new: Any) -> None:
        """Refuse what `add` would refuse."""
        if self.old is not None:
            keystore.merged(self.old, new, replace=self._args.replace, replace_key=self._replace_key())

    def make_folder(self) -> None:
        """Make the folder, unless it is there, and see whether files can be made in it."""
        with self._naming():
            files.make_folder(self.path.parent)
            if not os.access(self.path.parent, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def add(self, new: Any) -> None:
        """Add to the key file, or make it."""
        self.make_folder()
        with self._naming():
            keystore.merge(
                self.path, new, self._passphrase, replace=self._args.replace, replace_key=self._replace_key()
            )

    def holds(self, api_key: ApiKey) -> bool:
        """Whether the key file has these API credentials now: a write may fail when it is done."""
        try:
            return bool(keystore.load(self.path, self._passphrase).api_key == api_key)
        except (StarkcoreError, OSError):
            return False

    def _naming(self) -> AbstractContextManager[None]:
        return naming("--keys" if self._args.keys is not None else FOLDER_VARIABLE)

    def _replace_key(self) -> str | None:
        key: str | None = self._args.replace_key
        return key

    def _open(self) -> Any:
        try:
            return keystore.load(self.path, self._passphrase)
        except WrongPassphrase:
            raise WrongPassphrase(
                "the wallet has a key file, and what is new goes into it: the passphrase must be the one that opens it"
            ) from None


def survey(args: argparse.Namespace) -> tuple[list[tuple[Path, keystore.Entry]], bool]:
    """The key files of the folder, and whether all could be read. Those that couldn't are told of."""
    bad = []

    def unreadable(path: Path, error: KeyStoreError | OSError) -> None:
        bad.append(path)
        tell(f"warning: {path.name}: {error.strerror if isinstance(error, OSError) else error}")

    return list(keystore.entries(folder(args), unreadable=unreadable)), not bad


def select(args: argparse.Namespace) -> Path:
    """The key file of the wallet that is named, or the only one."""
    found, _ = survey(args)
    venue = getattr(args, "venue", None)
    if venue is not None:
        found = [item for item in found if item[1].venue == venue]
    if args.wallet is not None:
        wallets = _wallet_forms(args.wallet)
        found = [item for item in found if wallets & {item[1].address, item[1].ethereum_address}]
    if getattr(args, "network", None) is not None:
        found = [item for item in found if item[1].network == _network_as_kept(item[1], args.network)]
    if getattr(args, "account_index", None) is not None:
        index = number(args.account_index, "--account-index")
        found = [item for item in found if item[1].facts.get("account_index") == index]
    if not found:
        raise InvalidInput("wallet", "must have a key file in the folder: there is none")
    if len(found) > 1:
        names = ", ".join(_shown(entry) for _, entry in found)
        raise InvalidInput("wallet", f"must say which, with --wallet and --network: there are {names}")
    return found[0][0]


def _wallet_forms(text: str) -> set[str]:
    """What --wallet may stand for: an Ethereum address, or an account's at Starknet."""
    digits = text.removeprefix("0x").lower()
    if len(digits) == 40:
        return {checksum_address(text, "wallet"), f"0x{digits.lstrip('0')}"}
    if not text.startswith("0x") or not 1 <= len(digits) <= 64 or not set(digits) <= set("0123456789abcdef"):
        raise InvalidInput("wallet", "must be an address: 0x and hex digits")
    return {f"0x{digits.lstrip('0')}"}


def _network_as_kept(entry: keystore.Entry, name: str) -> str:
    """A network that was typed as an entry of that venue has it."""
    if entry.venue == "dydx":
        with suppress(InvalidInput):  # a name of other venues
            return network_name(network_id(name))
    return name


def _shown(entry: keystore.Entry) -> str:
    venue = "" if entry.venue == "dydx" else f" at {entry.venue}"
    index = entry.facts.get("account_index")
    return f"{entry.address}{f' ({index})' if index else ''}{venue} on {entry.network}"


def open_credentials(args: argparse.Namespace) -> Any:
    """What the chosen key file holds, as its venue's Credentials."""
    path = select(args)
    return keystore.load(path, read_passphrase(_STORE_PASSPHRASE, args.passphrase_fd))


def open_entry(args: argparse.Namespace) -> keystore.Entry:
    """What the chosen key file holds, of whatever venue."""
    path = select(args)
    return keystore.load_entry(path, read_passphrase(_STORE_PASSPHRASE, args.passphrase_fd))


def change_passphrase(args: argparse.Namespace) -> tuple[Path, Path]:
    """Give the chosen key file another passphrase; the file, and where the old one is kept."""
    path = select(args)
    old = read_passphrase(_STORE_PASSPHRASE, args.passphrase_fd)
    new = read_passphrase(
        "new passphrase", args.new_passphrase_fd, NEW_PASSPHRASE_VARIABLE, confirm=True, option="--new-passphrase-fd"
    )
    if not new:
        raise InvalidInput("new passphrase", "must not be empty")
    return path, keystore.change_passphrase(path, old, new)


# ---- Wallets ----


def add_wallet(parser: argparse.ArgumentParser, networks: str = "mainnet (default), sepolia, or a chain id") -> None:
    """The options that say which Ethereum wallet signs. `networks` is the help for --network."""
    parser.add_argument("--network", default="mainnet", help=networks)
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--eth-key-file", metavar="FILE",
        help=f"an Ethereum key file, or a file with the key as hex (default: the key in ${WALLET_VARIABLE})",
    )  # fmt: skip
    source.add_argument("--provider", metavar="URL", help="a node or wallet that signs (eth_signTypedData_v4)")
    parser.add_argument(
        "--eth-passphrase-fd", metavar="N",
        help=f"read the key file's passphrase from it (default: ${WALLET_PASSPHRASE_VARIABLE}, else the terminal)",
    )  # fmt: skip
    parser.add_argument("--address", help="the wallet; needed where a provider has several")


def client_of_wallet(args: argparse.Namespace, host: str) -> Any:
    """A client whose wallet is the one that the options name."""
    from starkcore.dydx import Client

    chain = network_id(args.network)
    address = None if args.address is None else checksum_address(args.address, "address")
    if args.provider is not None:
        return Client(host, network_id=chain, web3_provider=args.provider, default_ethereum_address=address)
    client = Client(host, network_id=chain, eth_private_key=_wallet_key(args))
    if address not in (None, client.default_address):
        raise InvalidInput("address", f"must be the wallet's, {client.default_address}")
    return client


def wallet_of(args: argparse.Namespace) -> tuple[Any, str]:
    """The wallet that the options name, and its address: what signs for venues that have no client here."""
    from starkcore.ethereum import LocalKey, Web3Wallet, wallet_address
    from starkcore.ethereum.node import web3_at
    from starkcore.http.rules import Timeouts

    address = None if args.address is None else checksum_address(args.address, "address")
    if args.provider is None:
        wallet: Any = LocalKey(_wallet_key(args))
        if address not in (None, wallet.address):
            raise InvalidInput("address", f"must be the wallet's, {wallet.address}")
        return wallet, wallet.address
    # A person may have the wallet in their hand.
    wallet = Web3Wallet(web3_at(args.provider, Timeouts(read=60.0, total=60.0)))
    return wallet, wallet_address(wallet, address)


def _wallet_key(args: argparse.Namespace) -> str | bytes:
    if args.eth_key_file is None:
        if WALLET_VARIABLE not in os.environ:
            raise InvalidInput("--eth-key-file", f"or --provider or ${WALLET_VARIABLE} must say which wallet signs")
        return os.environ[WALLET_VARIABLE].strip()
    option = "--eth-key-file"
    text = read_secret_file(args.eth_key_file, option)
    if not text.startswith("{"):
        return text
    passphrase = read_passphrase(
        "passphrase of the Ethereum key file", args.eth_passphrase_fd, WALLET_PASSPHRASE_VARIABLE,
        option="--eth-passphrase-fd",
    )  # fmt: skip
    try:
        # What of the environment isn't UTF-8 stays the bytes that it was.
        return open_keyfile(strict_json(text, _KEY_FILE), passphrase.encode("utf-8", "surrogateescape"))
    except BadJson as error:
        reason = f"its text {error.what}"
    except WrongPassphrase:
        reason = "this one doesn't, or the file was changed"
    except KeyStoreDamaged as error:
        reason = str(error)
    raise InvalidInput(option, f"must be an Ethereum key file that the passphrase opens: {reason}")
