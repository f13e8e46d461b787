"""The folder of key files, and the wallets that keys are derived from, as the command line names them."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from starkcore import exact, keystore
from starkcore.commands.common import read_passphrase, read_secret_file
from starkcore.dydx.address import checksum_address
from starkcore.dydx.credentials import Credentials
from starkcore.errors import InvalidInput, KeyStoreExists
from starkcore.extras import require
from starkcore.http.strict_json import BadJson, Bounds, strict_json
from starkcore.starkex import DYDX

__all__ = [
    "add_store",
    "add_wallet",
    "client_of_wallet",
    "network_id",
    "new_path",
    "open_credentials",
    "save",
    "select",
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
    parser.add_argument("--passphrase-fd", type=int, metavar="N", help="read the key store's passphrase from it")
    if writes:
        parser.add_argument("--replace", action="store_true", help="write over the wallet's key file, if there is one")


def folder(args: argparse.Namespace) -> Path:
    if args.keys is not None:
        return Path(exact.some_text(args.keys, "--keys"))
    return Path(os.environ.get(FOLDER_VARIABLE) or Path.home() / ".starkcore" / "keys")


def network_id(name: str) -> int:
    """The chain id of a network's name, or of the text of a chain id."""
    return DYDX.network(int(name) if name.isascii() and name.isdigit() else name).chain_id


def new_path(args: argparse.Namespace, address: str, chain: int) -> Path:
    """Where a wallet's key file goes; an error when one is there, before anything else is done."""
    path = folder(args) / f"{DYDX.network(chain).name}-{address.lower()}.json"
    if path.exists() and not args.replace:
        raise KeyStoreExists(f"there is a key file of {address} already: --replace writes over it")
    return path


def save(args: argparse.Namespace, path: Path, credentials: Credentials, passphrase: str) -> None:
    """Write a key file, making the folder for it where there is none."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    keystore.save(path, credentials, passphrase, replace=args.replace)


def new_passphrase(args: argparse.Namespace) -> str:
    passphrase = read_passphrase(_STORE_PASSPHRASE, args.passphrase_fd, confirm=True)
    if not passphrase:
        raise InvalidInput("passphrase", "must not be empty")
    return passphrase


def select(args: argparse.Namespace) -> Path:
    """The key file of the wallet that is named, or the only one."""
    found = list(keystore.entries(folder(args)))
    if args.wallet is not None:
        wallet = checksum_address(args.wallet, "wallet")
        found = [item for item in found if item[1].ethereum_address == wallet]
    if getattr(args, "network", None) is not None:
        found = [item for item in found if item[1].network_id == network_id(args.network)]
    if not found:
        raise InvalidInput("wallet", "must have a key file in the folder: there is none")
    if len(found) > 1:
        names = ", ".join(f"{entry.ethereum_address} on {DYDX.network(entry.network_id).name}" for _, entry in found)
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
        "--eth-passphrase-fd", type=int, metavar="N",
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
    text = read_secret_file(Path(args.eth_key_file))
    if not text.startswith("{"):
        return text
    eth_keyfile = require("eth_keyfile", "client")
    passphrase = read_passphrase(
        "passphrase of the Ethereum key file", args.eth_passphrase_fd, WALLET_PASSPHRASE_VARIABLE
    )
    try:
        key: bytes = eth_keyfile.decode_keyfile_json(strict_json(text, _KEY_FILE), passphrase.encode())
    except (BadJson, ValueError, TypeError, KeyError, NotImplementedError, AttributeError):
        pass
    else:
        return key
    raise InvalidInput("--eth-key-file", "must be an Ethereum key file that the passphrase opens")
