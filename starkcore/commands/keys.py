"""`starkcore onboard` and `starkcore keys …`: from a wallet to keys in the key store."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from starkcore import PrivateKey, keystore
from starkcore.commands import store
from starkcore.commands.common import answered_number, read_bytes
from starkcore.commands.output import NO, OK, say, say_json, show
from starkcore.dydx.credentials import ApiKey, Credentials
from starkcore.dydx.local_storage import LONGEST_VALUE
from starkcore.errors import InvalidInput, KeyStoreExists, StarkcoreError

__all__ = ["add_keys", "add_onboard"]


def add_onboard(parser: argparse.ArgumentParser) -> None:
    """`starkcore onboard`."""
    parser.set_defaults(function=_onboard)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--host", required=True, help="such as http://127.0.0.1:8080")
    parser.add_argument("--country", help="ISO 3166-1 alpha-2")
    store.add_wallet(parser)
    store.add_store(parser, writes=True)


def add_keys(command: Any) -> None:
    """`starkcore keys …`."""
    derive = command("derive", _derive, "derive a wallet's Stark key, and keep it")
    store.add_wallet(derive)
    store.add_store(derive, writes=True)
    derive.add_argument("--show", action="store_true", help="print the private key, and keep nothing")
    browser = command("import-browser", _import_browser, "keep the keys out of the browser's local storage")
    browser.add_argument(
        "--stark-key-pairs", metavar="FILE", help="with the value of STARK_KEY_PAIRS, - for standard input"
    )
    browser.add_argument(
        "--api-key-pairs", metavar="FILE", help="with the value of API_KEY_PAIRS, - for standard input"
    )
    browser.add_argument("--address", help="which wallet, where there are several")
    browser.add_argument("--network", default="mainnet", help="mainnet (default), sepolia, or a chain id")
    store.add_store(browser, writes=True)
    listed = command("list", _list, "list the key files; needs no passphrase; exits with 1 when one is damaged")
    store.add_store(listed)
    public = command("show-public", _show_public, "show the public part of a key file; needs no passphrase")
    public.add_argument("--wallet", metavar="ADDRESS", help="which, where there are several")
    public.add_argument("--network", help="which, where there are several")
    store.add_store(public)


def _onboard(args: argparse.Namespace) -> int:
    """Refuse what can be refused first: the exchange makes nothing unless it is this wallet's, and can be kept afterwards."""
    with store.client_of_wallet(args, args.host) as client:
        address, chain = _address(client), client.network_id
        place = store.Place(args, address, chain)
        if place.old is not None and place.old.api_key is not None and not args.replace:
            raise KeyStoreExists(
                "the wallet's key file has API credentials already: --replace puts new ones in their place, and keeps "
                "the old file beside it"
            )
        pair = client.onboarding.derive_stark_key(address)
        exists = client.public.check_if_user_exists(address).exists
        if exists:
            pair = _registered(client, address, pair)
        own = Credentials(ethereum_address=address, network_id=chain, stark_key=PrivateKey(pair.private_key))
        place.check(own)
        place.make_folder()
        if exists:
            api_key = client.api_keys.create_api_key(address).api_key
        else:
            api_key = client.onboarding.create_user(ethereum_address=address, country=args.country).api_key
        # The exchange shows the secret this once: it is kept before anything else can fail.
        kept = ApiKey(key=api_key.key, secret=api_key.secret, passphrase=api_key.passphrase)
        try:
            place.add(Credentials(ethereum_address=address, network_id=chain, api_key=kept))
        except StarkcoreError as error:
            undone = not place.holds(kept) and _deleted(client, kept.key, address)
            what = "was deleted again" if undone else "is lost"
            raise StarkcoreError(
                f"the exchange has made the API key {kept.key}, which couldn't be kept, and {what}: {error}"
            ) from None
        client.api_key_credentials = api_key
        account = client.private.get_account(address).account
        if answered_number(account.stark_key, 16) != int(pair.public_key, 16):
            raise StarkcoreError(
                "the account is registered with another Stark key than the wallet's. The API credentials are kept: "
                "keys import-browser adds the Stark key to them"
            )
        place.add(replace(own, position_id=answered_number(account.position_id, 10)))
    show(_public(keystore.public_part(place.path), place.path) | {"user": "was there" if exists else "new"}, args.json)
    return OK


def _registered(client: Any, address: str, pair: Any) -> Any:
    """Of the Stark keys that this wallet could have had, the one that the exchange has registered.

    It is asked for before anything is made there: an API key is of no use to who can't sign.
    """
    registered = answered_number(client.api_keys.recovery(address).stark_key, 16)
    if registered == int(pair.public_key, 16):
        return pair
    for other in client.onboarding.derive_all_stark_keys(address):
        if int(other.public_key, 16) == registered:
            return other
    raise StarkcoreError(
        f"the account is registered with another Stark key, {registered:#x}, than any of the wallet's. Nothing was made: "
        "keys import-browser keeps that key, where the browser still has it"
    )


def _deleted(client: Any, key: str, address: str) -> bool:
    """Whether an API key that nobody has could be deleted at the exchange."""
    try:
        client.api_keys.delete_api_key(key, address)
    except StarkcoreError:
        return False
    return True


def _address(client: Any) -> str:
    """The wallet: the client's, or the only account of the provider."""
    if client.default_address is not None:
        return str(client.default_address)
    accounts = client.web3.eth.accounts
    if len(accounts) != 1:
        raise InvalidInput("--address", f"must say which of the provider's {len(accounts)} accounts is the wallet")
    return str(accounts[0])


def _derive(args: argparse.Namespace) -> int:
    # Nothing is sent: the host stands for none.
    with store.client_of_wallet(args, "http://localhost") as client:
        address, chain = _address(client), client.network_id
        place = None if args.show else store.Place(args, address, chain)
        pair = client.onboarding.derive_stark_key(address)
    if place is None:
        show({"ethereum_address": address} | dict(pair), args.json)
        return OK
    key = PrivateKey(pair.private_key)
    place.add(Credentials(ethereum_address=address, network_id=chain, stark_key=key))
    show(_public(keystore.public_part(place.path), place.path), args.json)
    return OK


def _import_browser(args: argparse.Namespace) -> int:
    sources = {"stark_key_pairs": args.stark_key_pairs, "api_key_pairs": args.api_key_pairs}
    if list(sources.values()).count("-") > 1:
        raise InvalidInput("--stark-key-pairs", "and --api-key-pairs must not both be standard input")
    texts = {}
    for name, file in sources.items():
        if file is not None:
            # The files are read here, so that whoever lets others read them is told; their text is the library's to read.
            texts[name] = read_bytes(file, f"--{name.replace('_', '-')}", LONGEST_VALUE)
    chain = store.network_id(args.network)
    credentials = Credentials.from_local_storage(**texts, ethereum_address=args.address, network_id=chain)
    place = store.Place(args, credentials.ethereum_address, chain)
    place.add(credentials)
    show(_public(keystore.public_part(place.path), place.path), args.json)
    return OK


def _list(args: argparse.Namespace) -> int:
    found, whole = store.survey(args)
    if args.json:
        say_json([_public(entry, path) for path, entry in found])
    else:
        for _, entry in found:
            api_key = "API key" if entry.has_api_key else "no API key"
            network = store.network_name(entry.network_id)
            say(f"{entry.ethereum_address}  {network:<8}  {entry.stark_public_key or '-':<66}  {api_key}")
    return OK if whole else NO


def _show_public(args: argparse.Namespace) -> int:
    path = store.select(args)
    show(_public(keystore.public_part(path), path), args.json)
    return OK


def _public(entry: keystore.Entry, path: Path) -> dict[str, Any]:
    return {
        "ethereum_address": entry.ethereum_address,
        "network": store.network_name(entry.network_id),
        "position_id": entry.position_id,
        "stark_public_key": entry.stark_public_key,
        "stark_public_key_y_coordinate": entry.stark_public_key_y_coordinate,
        "has_api_key": entry.has_api_key,
        "key_file": str(path),
    }
