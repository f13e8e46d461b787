"""`starkcore order sign` at each venue: which options a venue has, and what is printed of a signed order."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from starkcore import PrivateKey
from starkcore.commands import store
from starkcore.commands.common import KEY_VARIABLE, number, read_bytes, read_secret
from starkcore.commands.output import OK, show
from starkcore.errors import InvalidInput
from starkcore.http.strict_json import BadJson, strict_json

__all__ = ["KEY_HELP", "VENUES", "add_limit_fee", "add_sign", "add_terms", "sign"]

KEY_HELP = f"file with the secret, - for standard input (default: ${KEY_VARIABLE}, else standard input)"
VENUES = ("dydx", "paradex", "extended")
_MOST_MARKETS = 4 << 20

# What must be given at a venue, and what may be; nothing else.
_COMMON = {"market", "side", "size"}
_REQUIRED = {
    "dydx": _COMMON | {"position_id", "price", "limit_fee", "expiration"},
    "paradex": _COMMON,
    "extended": _COMMON | {"market_file", "price", "taker_fee", "expiration"},
}
_OPTIONAL = {
    "dydx": {"allow_past", "client_id", "nonce"},
    "paradex": {"account", "price", "order_type", "timestamp", "order_id", "wallet"},
    "extended": {"vault", "builder_fee", "nonce", "wallet", "account_index"},
}
_OWN = set().union(*_REQUIRED.values(), *_OPTIONAL.values())


def add_sign(parser: argparse.ArgumentParser) -> None:
    """The options of `order sign`."""
    parser.set_defaults(function=sign)
    parser.add_argument("--venue", choices=VENUES, default="dydx", help="where the order is for (default: dydx)")
    parser.add_argument("--key-file", metavar="FILE", help=KEY_HELP)
    networks = "mainnet (default), sepolia, or a chain id; at Paradex and Extended mainnet or testnet"
    parser.add_argument("--network", default="mainnet", help=networks)
    add_terms(parser, market="such as ETH-USD, at Paradex ETH-USD-PERP", price="; a market order at Paradex has none")
    parser.add_argument("--expiration", metavar="TIME", help="at dYdX and Extended: ISO 8601 with a time zone")
    parser.add_argument("--nonce", metavar="NUMBER", help="at dYdX and Extended")
    dydx = parser.add_argument_group("dYdX v3")
    dydx.add_argument("--position-id", metavar="NUMBER")
    add_limit_fee(dydx)
    dydx.add_argument("--allow-past", action="store_true", default=None, help="accept an expiration that has passed")
    dydx.add_argument("--client-id", metavar="TEXT", help="the nonce is made from it")
    paradex = parser.add_argument_group("Paradex")
    paradex.add_argument("--account", metavar="0x…", help="the account's Starknet address (default: the key's own)")
    paradex.add_argument("--order-type", metavar="TYPE", help="LIMIT (default), MARKET, STOP_LIMIT and so on")
    paradex.add_argument("--timestamp", metavar="MS", help="milliseconds since the epoch (default: now)")
    paradex.add_argument("--order-id", metavar="TEXT", help="of the order that is changed")
    extended = parser.add_argument_group("Extended")
    extended.add_argument("--vault", metavar="NUMBER", help="the account's vault (default: the key file's)")
    extended.add_argument("--market-file", metavar="FILE", help="the exchange's answer on markets, JSON")
    extended.add_argument("--taker-fee", help="the highest fee as a fraction: 0.0005 is 0.05 %%")
    extended.add_argument("--builder-fee", help="a fraction as well, which is added")
    kept = parser.add_argument_group("Paradex and Extended, with a key of the key store")
    kept.add_argument("--wallet", metavar="ADDRESS", help="take the key, the account and the vault from its key file")
    kept.add_argument("--account-index", metavar="N", help="which of its accounts, at Extended")
    store.add_store(kept)


def add_terms(
    parser: argparse.ArgumentParser, *, required: bool = False, market: str = "such as ETH-USD", price: str = ""
) -> None:
    """What every order says, at each venue. `market` and `price` are (the end of) their help."""
    parser.add_argument("--market", required=required, help=market)
    parser.add_argument("--side", required=required, help="BUY or SELL")
    parser.add_argument("--size", required=required, help="in units of the synthetic asset")
    parser.add_argument("--price", required=required, help=f"of one unit, in the collateral{price}")


def add_limit_fee(parser: Any, *, required: bool = False) -> None:
    """What an order at dYdX says beside that."""
    parser.add_argument("--limit-fee", required=required, help="as a fraction: 0.001 is 0.1 %%")


def sign(args: argparse.Namespace) -> int:
    """Sign an order, and send nothing."""
    required, optional = _REQUIRED[args.venue], _OPTIONAL[args.venue]
    for name in sorted(_OWN):
        option, given = f"--{name.replace('_', '-')}", getattr(args, name) is not None
        if name in required and not given:
            raise InvalidInput(option, f"must be given for an order at {args.venue}")
        if given and name not in required | optional:
            raise InvalidInput(option, f"must be left out: an order at {args.venue} has none")
    show(_SIGN[args.venue](args), args.json)
    return OK


def _dydx(args: argparse.Namespace) -> dict[str, Any]:
    from starkcore.starkex import OrderSigner

    if (args.client_id is None) == (args.nonce is None):
        raise InvalidInput("--client-id", "or --nonce must be given, and not both")
    network = number(args.network, "network") if args.network[:1].isdigit() else args.network
    signer = OrderSigner(
        PrivateKey(read_secret(args.key_file)),
        network=network,
        position_id=number(args.position_id, "position_id"),
        check_expiration=not args.allow_past,
    )
    signed = signer.sign_order(
        market=args.market,
        side=args.side,
        size=args.size,
        price=args.price,
        limit_fee=args.limit_fee,
        expiration=args.expiration,
        client_id=args.client_id,
        nonce=_number(args.nonce, "nonce"),
    )
    return signed._asdict() | {"signature": signed.signature.to_hex(), "hash": hex(signed.hash)}


def _paradex(args: argparse.Namespace) -> dict[str, Any]:
    from starkcore import paradex

    if args.wallet is not None:
        signer = _kept(args, "account").order_signer()
    else:
        key = PrivateKey(read_secret(args.key_file))
        account = args.account
        if account is None:
            account = paradex.account_address(key.public_key, args.network)
        signer = paradex.OrderSigner(key, account, args.network)
    signed = signer.sign_order(
        market=args.market,
        side=args.side,
        order_type=args.order_type or "LIMIT",
        size=args.size,
        price=args.price,
        timestamp=_number(args.timestamp, "timestamp"),
        order_id=args.order_id,
    )
    return {
        "signature": signed.signature_text,
        "signature_timestamp": signed.timestamp,
        "account": hex(signer.account),
        "size_units": signed.size,
        "price_units": signed.price,
        "hash": hex(signed.hash),
    }


def _extended(args: argparse.Namespace) -> dict[str, Any]:
    from starkcore import extended

    market = _market(args)
    if args.wallet is not None:
        signer = _kept(args, "vault").order_signer()
    else:
        if args.vault is None:
            raise InvalidInput("--vault", "or --wallet must say whose order it is")
        vault = number(args.vault, "vault")
        signer = extended.OrderSigner(PrivateKey(read_secret(args.key_file)), vault, args.network)
    signed = signer.sign_order(
        market=market,
        side=args.side,
        size=args.size,
        price=args.price,
        taker_fee=args.taker_fee,
        builder_fee=args.builder_fee,
        expire_time=args.expiration,
        nonce=_number(args.nonce, "nonce"),
    )
    return {
        "settlement": signed.settlement(),
        "debuggingAmounts": signed.debugging_amounts(),
        "nonce": signed.nonce,
        "expiration": signed.expiration,
        "hash": hex(signed.hash),
    }


_SIGN: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "dydx": _dydx,
    "paradex": _paradex,
    "extended": _extended,
}


def _number(text: str | None, field: str) -> int | None:
    return None if text is None else number(text, field)


def _kept(args: argparse.Namespace, own: str) -> Any:
    """The credentials of the key file that --wallet names; its account or vault stands in it."""
    for name in ("key_file", own):
        if getattr(args, name) is not None:
            raise InvalidInput(f"--{name.replace('_', '-')}", "must be left out: --wallet's key file says it")
    return store.open_credentials(args)


def _market(args: argparse.Namespace) -> Any:
    """Extended's market out of the exchange's answer, or out of one entry of it."""
    from starkcore.extended import Market

    option = "--market-file"
    try:
        answer = strict_json(read_bytes(args.market_file, option, _MOST_MARKETS, secret=False))
    except BadJson as error:
        what = error.what
    else:
        found = answer.get("data", answer) if isinstance(answer, dict) else answer
        for entry in found if isinstance(found, list) else [found]:
            if isinstance(entry, dict) and entry.get("name") == args.market:
                return Market.from_api(entry)
        what = "has no market of that name"
    raise InvalidInput(option, f"must have the exchange's answer on markets: it {what}")
