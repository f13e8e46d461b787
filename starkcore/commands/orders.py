"""`starkcore order …`: sign an order, or place, cancel and list orders with keys of the key store."""

from __future__ import annotations

import argparse
import time
from typing import Any

from starkcore.commands import store, terms
from starkcore.commands.common import answered_number, number
from starkcore.commands.output import OK, say, say_json, show
from starkcore.errors import InvalidInput
from starkcore.terminal import escape

__all__ = ["add_orders"]

KEY_HELP = terms.KEY_HELP


def add_orders(command: Any) -> None:
    """`starkcore order …`."""
    terms.add_sign(command("sign", terms.sign, "sign an order at dYdX v3, Paradex or Extended, and send nothing"))
    place = command("place", _place, "sign an order with a key of the key store, and place it")
    _add_account(place)
    terms.add_terms(place, required=True)
    terms.add_limit_fee(place, required=True)
    place.add_argument("--time-in-force", default="GTT", choices=("GTT", "FOK", "IOC"))
    place.add_argument("--post-only", action="store_true", help="never take: be refused instead")
    place.add_argument("--reduce-only", action="store_true")
    place.add_argument("--expires-in", default="3600", metavar="SECONDS", help="default: 3600")
    place.add_argument("--client-id", metavar="TEXT", help="an id of one's own (default: random)")
    place.add_argument("--replaces", metavar="ORDER_ID", help="cancel that order in the same step")
    cancel = command("cancel", _cancel, "cancel an order, or all of them")
    _add_account(cancel)
    which = cancel.add_mutually_exclusive_group(required=True)
    which.add_argument("--id", metavar="ORDER_ID")
    which.add_argument("--all", action="store_true", help="all orders, of --market if that is given")
    cancel.add_argument("--market")
    listed = command("list", _list, "list orders")
    _add_account(listed)
    listed.add_argument("--market")
    listed.add_argument("--status", choices=("PENDING", "OPEN", "FILLED", "CANCELED"))


def _add_account(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", required=True, help="such as http://127.0.0.1:8080")
    parser.add_argument("--wallet", metavar="ADDRESS", help="whose keys, where the key store has several")
    parser.add_argument("--network", help="which network's, where the key store has several")
    store.add_store(parser)
    parser.set_defaults(venue="dydx")  # whose key files count


def _client(args: argparse.Namespace) -> tuple[Any, int | None]:
    """A client with the keys of the key store, and the position of its account."""
    from starkcore.dydx import Client

    credentials = store.open_credentials(args)
    if credentials.api_key is None:
        raise InvalidInput(
            "wallet", "must have API credentials in its key file: starkcore onboard, or keys import-browser"
        )
    return Client(args.host, **credentials.client_arguments()), credentials.position_id


def _place(args: argparse.Namespace) -> int:
    client, position_id = _client(args)
    with client:
        if client.stark_private_key is None:
            raise InvalidInput("wallet", "must have a Stark key in its key file")
        if position_id is None:
            position_id = answered_number(client.private.get_account().account.position_id, 10)
        answer = client.private.create_order(
            position_id=position_id,
            market=args.market,
            side=args.side,
            order_type="LIMIT",
            post_only=args.post_only,
            size=args.size,
            price=args.price,
            limit_fee=args.limit_fee,
            time_in_force=args.time_in_force,
            cancel_id=args.replaces,
            client_id=args.client_id,
            expiration_epoch_seconds=time.time() + number(args.expires_in, "--expires-in"),
            reduce_only=args.reduce_only or None,
        )
    show(dict(answer.order), args.json)
    return OK


def _cancel(args: argparse.Namespace) -> int:
    if args.id is not None and args.market is not None:
        raise InvalidInput("--market", "must be given with --all only")
    client, _ = _client(args)
    with client:
        if args.id is not None:
            orders = [client.private.cancel_order(args.id).cancel_order]
        else:
            orders = client.private.cancel_all_orders(args.market).cancel_orders
    return _print(orders, args.json)


def _list(args: argparse.Namespace) -> int:
    client, _ = _client(args)
    with client:
        orders = client.private.get_orders(market=args.market, status=args.status).orders
    return _print(orders, args.json)


def _print(orders: list[Any], as_json: bool) -> int:
    if as_json:
        say_json(orders)
        return OK
    for order in orders:
        # The exchange's own words: of whatever kind they are, they are shown.
        members = order if isinstance(order, dict) else {"id": order}
        names = ("id", "market", "side", "remainingSize", "size", "price", "status")
        key, market, side, remaining, size, price, status = (escape(members.get(name, "-")) for name in names)
        say(f"{key}  {market:<10} {side:<4} {remaining:>12} of {size:>12} at {price:>12}  {status}")
    return OK
