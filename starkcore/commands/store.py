"""The folder of key files, and the wallets that keys are derived from, as the command line names them."""

from __future__ import annotations

import argparse
import errno
import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from starkcore import exact, files, keystore
from starkcore.commands.common import naming, number, read_passphrase, read_secret_file
from starkcore.commands.output import tell
from starkcore.dydx.address import checksum_address
from starkcore.dydx.credentials import ApiKey, Credentials
from starkcore.errors import InvalidInput, KeyStoreDamaged, KeyStoreError, StarkcoreError, WrongPassphrase
from starkcore.http.strict_json import BadJson, Bounds, strict_json
from starkcore.keyfile import open_keyfile
from starkcore.starkex import DYDX

__all__ = [
    "Place",
    "add_store",
    "add_wallet",
    "client_of_wallet",
    "network_id",
    "network_name",
    "open_credentials",
    "select",
    "survey",
]

FOLDER_VARIABLE = "STARKCORE_KEYS"
WALLET_VARIABLE = "STARKCORE_ETH_PRIVATE_KEY"
WALLET_PASSPHRASE_VARIABLE = "STARKCORE_ETH_PASSPHRASE"  # noqa: S105 - its name, not its value
_KEY_FILE = Bounds(size=1 << 16, depth=16, values=1000)
_STORE_PASSPHRASE = "passphrase of the key store"  # noqa: S105 - a prompt


# ---- The key store ----


def add_store(parser: argparse.ArgumentParser, *, writes: bool = False) -> None:
    """The options that say where key files are."""
    default = f"${FOLDER_VARIABLE}, else ~/.starkcore/keys"
    parser.add_argument("--keys", metavar="FOLDER", help=f"where key files are (default: {default})")
    parser.add_argument("--passphrase-fd", metavar="N", help="read the key store's passphrase from it")
    if writes:
        parser.add_argument(
            "--replace", action="store_true",
            help="where the wallet's key file has other API credentials or another position: put the new in their place. "
            "A Stark key is not replaced by this. The old file is kept beside the new one",
        )  # fmt: skip
        parser.add_argument(
            "--replace-key", metavar="PUBLIC",
            help="put another Stark key in the place of the one with this public key (hex), which the wallet's key file "
            "has. The old file is kept beside the new one",
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


class Place:
    """Where a wallet's keys go: its key file, which may be there, and the passphrase that opens it.

    Everything that can be refused is refused when this is made or by `check`, before anything is sent to an exchange.

    Attributes:
        path: the key file.
        old: what it holds; None where there is none.
    """

    def __init__(self, args: argparse.Namespace, address: str, chain: int) -> None:
        self._args = args
        into = folder(args) if args.keys is None else Path(exact.some_text(args.keys, "--keys"))  # may be new
        self.path = into / f"{network_name(chain)}-{address.lower()}.json"
        there = os.path.lexists(self.path)
        self._passphrase = read_passphrase(_STORE_PASSPHRASE, args.passphrase_fd, confirm=not there)
        if not self._passphrase:
            raise InvalidInput("passphrase", "must not be empty")
        self.old = self._open() if there else None

    def check(self, new: Credentials) -> None:
        """Refuse what `add` would refuse."""
        if self.old is not None:
            keystore.merged(self.old, new, replace=self._args.replace, replace_key=self._replace_key())

    def make_folder(self) -> None:
        """Make the folder, unless it is there, and see whether files can be made in it."""
        with self._naming():
            files.make_folder(self.path.parent)
            if not os.access(self.path.parent, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def add(self, new: Credentials) -> None:
        """Add to the key file, or make it."""
        self.make_folder()
        with self._naming():
            keystore.merge(
                self.path, new, self._passphrase, replace=self._args.replace, replace_key=self._replace_key()
            )

    def holds(self, api_key: ApiKey) -> bool:
        """Whether the key file has these API credentials now: a write may fail when it is done."""
        try:
            return keystore.load(self.path, self._passphrase).api_key == api_key
        except (StarkcoreError, OSError):
            return False

    def _naming(self) -> AbstractContextManager[None]:
        return naming("--keys" if self._args.keys is not None else FOLDER_VARIABLE)

    def _replace_key(self) -> str | None:
        key: str | None = self._args.replace_key
        return key

    def _open(self) -> Credentials:
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
    if args.wallet is not None:
        wallet = checksum_address(args.wallet, "wallet")
        found = [item for item in found if item[1].ethereum_address == wallet]
    if getattr(args, "network", None) is not None:
        found = [item for item in found if item[1].network_id == network_id(args.network)]
    if not found:
        raise InvalidInput("wallet", "must have a key file in the folder: there is none")
    if len(found) > 1:
        names = ", ".join(f"{entry.ethereum_address} on {network_name(entry.network_id)}" for _, entry in found)
        raise InvalidInput("wallet", f"must say which, with --wallet and --network: there are {names}")
    return found[0][0]


def open_credentials(args: argparse.Namespace) -> Credentials:
    """What the chosen key file holds."""
    path = select(args)
    return keystore.load(path, read_passphrase(_STORE_PASSPHRASE, args.passphrase_fd))


# ---- Wallets ----


def add_wallet(parser: argparse.ArgumentParser) -> None:
    """The options that say which Ethereum wallet signs."""
    parser.add_argument("--network", default="mainnet", help="mainnet (default), sepolia, or a chain id")
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
