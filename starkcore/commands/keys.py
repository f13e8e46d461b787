"""`starkcore onboard` and `starkcore keys …`: from a wallet to keys in the key store."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from starkcore import PrivateKey, extended, files, keystore, paradex
from starkcore.commands import store
from starkcore.commands.common import answered_number, naming, number, read_bytes, read_secret, read_secret_file
from starkcore.commands.output import NO, OK, say, say_json, show, tell
from starkcore.dydx.credentials import ApiKey, Credentials
from starkcore.dydx.local_storage import LONGEST_VALUE
from starkcore.errors import InvalidInput, KeyStoreExists, StarkcoreError

__all__ = ["add_keys", "add_onboard"]

VENUES = ("dydx", "paradex", "extended")


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
    _add_makers(command)
    _add_users(command)


def _add_makers(command: Any) -> None:
    """What keeps keys that come from elsewhere."""
    derive = command("derive", _derive, "derive a wallet's Stark key, and keep it")
    derive.add_argument("--venue", choices=VENUES, default="dydx", help="where the key is for (default: dydx)")
    derive.add_argument("--account-index", metavar="N", help="of Extended's sub-accounts, 1 to 127 (default: 0)")
    derive.add_argument("--vault", metavar="N", help="the account's vault at Extended, where it is known")
    store.add_wallet(derive, "mainnet (default), sepolia, or a chain id; at Paradex and Extended mainnet or testnet")
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
    imported = command("import", _import, "keep a Stark key, an API key or both of an account at Paradex or Extended")
    imported.add_argument("--venue", choices=VENUES[1:], required=True)
    imported.add_argument("--network", default="mainnet", help="mainnet (default) or testnet")
    imported.add_argument("--address", metavar="ADDRESS", help="the Ethereum wallet; at Extended it must be given")
    imported.add_argument("--account", metavar="0x…", help="the account's Starknet address, at Paradex")
    imported.add_argument("--vault", metavar="N", help="the account's vault at Extended")
    imported.add_argument("--account-index", metavar="N", help="of Extended's sub-accounts, 1 to 127 (default: 0)")
    imported.add_argument("--stark-key-file", metavar="FILE", help="with the private key, - for standard input")
    imported.add_argument("--api-key-file", metavar="FILE", help="with the API key of Extended")
    store.add_store(imported, writes=True)


def _add_users(command: Any) -> None:
    """What is done with the key files that are there."""
    passphrase = command("passphrase", _passphrase, "give a key file another passphrase; the old file stays beside it")
    _add_choice(passphrase)
    passphrase.add_argument(
        "--new-passphrase-fd", metavar="N",
        help=f"read the new passphrase from it (default: ${store.NEW_PASSPHRASE_VARIABLE}, else the terminal)",
    )  # fmt: skip
    store.add_store(passphrase)
    exported = command("export", _export, "write what a key file holds, secrets too, as JSON")
    _add_choice(exported)
    where = exported.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", metavar="FILE", help="into a new file, mode 600")
    where.add_argument("--show", action="store_true", help="onto the screen")
    store.add_store(exported)
    listed = command("list", _list, "list the key files; needs no passphrase; exits with 1 when one is damaged")
    store.add_store(listed)
    public = command("show-public", _show_public, "show the public part of a key file; needs no passphrase")
    _add_choice(public)
    store.add_store(public)


def _add_choice(parser: argparse.ArgumentParser) -> None:
    """The options that say which key file."""
    parser.add_argument("--venue", choices=VENUES, help="which, where there are several")
    parser.add_argument("--wallet", metavar="ADDRESS", help="which, where there are several")
    parser.add_argument("--network", help="which, where there are several")
    parser.add_argument("--account-index", metavar="N", help="which, where there are several at Extended")


def _onboard(args: argparse.Namespace) -> int:
    """Refuse what can be refused first: the exchange makes nothing unless it is this wallet's, and can be kept
    afterwards.
    """
    with store.client_of_wallet(args, args.host) as client:
        address, chain = _address(client), client.network_id
        place = store.Place(args, Credentials(ethereum_address=address, network_id=chain))
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
        f"the account is registered with another Stark key, {registered:#x}, than any of the wallet's. Nothing was "
        "made: keys import-browser keeps that key, where the browser still has it"
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
    if args.venue != "dydx":
        return _derive_elsewhere(args)
    for option, value in (("--account-index", args.account_index), ("--vault", args.vault)):
        if value is not None:
            raise InvalidInput(option, "must be left out: only Extended has it")
    # Nothing is sent: the host stands for none.
    with store.client_of_wallet(args, "http://localhost") as client:
        address, chain = _address(client), client.network_id
        account = Credentials(ethereum_address=address, network_id=chain)
        place = None if args.show else store.Place(args, account)
        pair = client.onboarding.derive_stark_key(address)
    if place is None:
        show({"ethereum_address": address} | dict(pair), args.json)
        return OK
    key = PrivateKey(pair.private_key)
    place.add(Credentials(ethereum_address=address, network_id=chain, stark_key=key))
    show(_public(keystore.public_part(place.path), place.path), args.json)
    return OK


def _derive_elsewhere(args: argparse.Namespace) -> int:
    """The key of an account at Paradex or Extended: the wallet is asked at once, for the account follows from
    the key.
    """
    wallet, address = store.wallet_of(args)
    if args.venue == "paradex":
        _leave_out(args, "Extended", "account_index", "vault")
        key = paradex.derive_key(wallet, args.network, address=address)
        account = paradex.account_address(key.public_key, args.network)
        derived: Any = paradex.Credentials(
            account=account, stark_key=key, network=args.network, ethereum_address=address
        )
    else:
        index = number(args.account_index or "0", "--account-index")
        key = extended.derive_key(wallet, args.network, index, address=address)
        derived = extended.Credentials(
            ethereum_address=address, stark_key=key, network=args.network, account_index=index, vault=_vault(args)
        )
    if args.show:
        entry = derived.to_entry()
        show(_public(entry, None) | {"private_key": key.secret_hex()}, args.json)
        return OK
    return _keep(args, derived)


def _keep(args: argparse.Namespace, credentials: Any) -> int:
    place = store.Place(args, credentials)
    place.add(credentials)
    show(_public(keystore.public_part(place.path), place.path), args.json)
    return OK


def _vault(args: argparse.Namespace) -> int | None:
    return None if args.vault is None else number(args.vault, "--vault")


def _leave_out(args: argparse.Namespace, venue: str, *names: str) -> None:
    for name in names:
        if getattr(args, name) is not None:
            raise InvalidInput(f"--{name.replace('_', '-')}", f"must be left out: only {venue} has it")


def _import(args: argparse.Namespace) -> int:
    if args.stark_key_file is None and args.api_key_file is None:
        raise InvalidInput("--stark-key-file", "or --api-key-file must say what is to be kept")
    _leave_out(
        args,
        *(
            ("Extended", "vault", "account_index", "api_key_file")
            if args.venue == "paradex"
            else ("Paradex", "account")
        ),
    )
    key = api_key = None
    if args.stark_key_file is not None:
        key = PrivateKey(read_secret(args.stark_key_file, variable=None, option="--stark-key-file"))
    if args.api_key_file is not None:
        api_key = read_secret_file(Path(args.api_key_file), "--api-key-file")
    if args.venue == "paradex":
        if args.account is None:
            raise InvalidInput("--account", "must say which account: its Starknet address")
        return _keep(args, paradex.Credentials(
            account=args.account, stark_key=key, network=args.network, ethereum_address=args.address
        ))  # fmt: skip
    if args.address is None:
        raise InvalidInput("--address", "must say which Ethereum wallet has the account")
    return _keep(args, extended.Credentials(
        ethereum_address=args.address, stark_key=key, api_key=api_key, vault=_vault(args), network=args.network,
        account_index=number(args.account_index or "0", "--account-index"),
    ))  # fmt: skip


def _passphrase(args: argparse.Namespace) -> int:
    path, kept = store.change_passphrase(args)
    tell(f"the old file still opens with the old passphrase: {kept}")
    show(_public(keystore.public_part(path), path) | {"old_file": str(kept)}, args.json)
    return OK


def _export(args: argparse.Namespace) -> int:
    entry = store.open_entry(args)
    assert entry.secret is not None  # noqa: S101
    key, api = entry.secret.stark_key, entry.secret.api_key
    whole = _public(entry, None) | {
        "stark_private_key": None if key is None else key.secret_hex(),
        "api_key": None if api is None else dict(api),
    }
    if args.show:
        say_json(whole)
        return OK
    with naming("--out"):
        files.write_new(Path(args.out), (json.dumps(whole, indent=2) + "\n").encode())
    show(_public(entry, None) | {"written_to": args.out}, args.json)
    return OK


def _import_browser(args: argparse.Namespace) -> int:
    sources = {"stark_key_pairs": args.stark_key_pairs, "api_key_pairs": args.api_key_pairs}
    if list(sources.values()).count("-") > 1:
        raise InvalidInput("--stark-key-pairs", "and --api-key-pairs must not both be standard input")
    texts = {}
    for name, file in sources.items():
        if file is not None:
            # The files are read here, so that whoever lets others read them is told; their text is the library's to
            # read.
            texts[name] = read_bytes(file, f"--{name.replace('_', '-')}", LONGEST_VALUE)
    chain = store.network_id(args.network)
    credentials = Credentials.from_local_storage(**texts, ethereum_address=args.address, network_id=chain)
    return _keep(args, credentials)


def _list(args: argparse.Namespace) -> int:
    found, whole = store.survey(args)
    if args.json:
        say_json([_public(entry, path) for path, entry in found])
    else:
        rows = [
            (
                entry.address,
                entry.venue,
                entry.network,
                entry.stark_public_key or "-",
                "yes" if entry.has_api_key else "no",
            )
            for _, entry in found
        ]
        for row in [_HEADINGS, *rows] if rows else []:
            say("  ".join(_shortened(cell, width) for cell, width in zip(row, _WIDTHS, strict=True)).rstrip())
        if not rows and whole:
            say("no key files: onboard, keys derive, keys import and keys import-browser make them; --keys says where")
    return OK if whole else NO


# Of `keys list`: 80 columns in all. What is longer is shortened in its middle; show-public and --json have it whole.
_HEADINGS = ("WALLET", "VENUE", "NETWORK", "STARK KEY", "API")
_WIDTHS = (42, 8, 8, 11, 3)


def _shortened(text: str, width: int) -> str:
    if len(text) <= width:
        return f"{text:<{width}}"
    tail = (width - 2) // 2
    return f"{text[: width - 2 - tail]}..{text[-tail:]}"


def _show_public(args: argparse.Namespace) -> int:
    path = store.select(args)
    show(_public(keystore.public_part(path), path), args.json)
    return OK


def _public(entry: keystore.Entry, path: Path | None) -> dict[str, Any]:
    """What is shown of a key file. dYdX's names are those of its first release."""
    keys = {
        "stark_public_key": entry.stark_public_key,
        "stark_public_key_y_coordinate": entry.stark_public_key_y_coordinate,
        "has_api_key": entry.has_api_key,
    }
    facts = entry.facts
    own: dict[str, Any]
    if entry.venue == "dydx":
        own = {"ethereum_address": entry.address, "network": entry.network, "position_id": facts.get("position_id")}
    else:
        own = {"address": entry.address, "network": entry.network} | facts
    return {"venue": entry.venue} | own | keys | ({} if path is None else {"key_file": str(path)})
