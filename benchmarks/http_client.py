"""What one order costs the client's process, in microseconds of CPU: from the call to the answer's attributes.

    python benchmarks/http_client.py                 each way to place orders, and how idle connections count
    python benchmarks/http_client.py --orders 300    fewer of each
    python benchmarks/http_client.py --json FILE     writes the figures, too; otherwise nothing is written

The exchange is the local one, a process of its own, with its database in memory; what is measured is this process
alone, by `time.process_time`, which counts all its threads. What else the machine does changes it little, but not by
nothing: caches and clock rates are shared. So the ways take turns, and each round is shown by its minimum and its
median.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starkcore import PrivateKey, engine, sandbox
from starkcore.dydx import AsyncClient, Client
from starkcore.starkex import OrderSigner

WALLET = "0x" + "17" * 32
TOGETHER = 16
IDLE = (1, 8, 31)


def terms(position: str) -> dict[str, Any]:
    """An order that is matched with none."""
    return {
        "position_id": position, "market": "ETH-USD", "side": "BUY", "order_type": "LIMIT", "post_only": False,
        "size": "0.01", "price": "1", "limit_fee": "0.001", "expiration_epoch_seconds": time.time() + 20 * 86_400,
    }  # fmt: skip


class Account:
    """One's own account at the local exchange, with both clients of it."""

    def __init__(self, url: str) -> None:
        self.url = url
        client = Client(url, eth_private_key=WALLET)
        client.onboarding.derive_stark_key()
        client.onboarding.create_user()
        self.position = client.private.get_account().account.position_id
        self.keys = {"api_key_credentials": client.api_key_credentials, "stark_private_key": client.stark_private_key}
        client.close()

    def open(self, kind: Callable[..., Any]) -> Any:
        return kind(self.url, **self.keys)


def cost(orders: int, run: Callable[[], object]) -> float:
    """Microseconds of CPU for each of so many orders."""
    before = time.process_time()
    run()
    return (time.process_time() - before) / orders * 1e6


def cleared(client: Client) -> None:
    """No order is left: what an exchange has in its books is its own work, and must not grow."""
    client.private.cancel_all_orders()


def one_by_one(client: Client, order: dict[str, Any], orders: int) -> float:
    return cost(orders, lambda: [client.private.create_order(**order) for _ in range(orders)])


async def awaited(account: Account, order: dict[str, Any], orders: int, at_once: int) -> float:
    async with account.open(AsyncClient) as client:
        place = client.private.create_order
        await asyncio.gather(*(place(**order) for _ in range(at_once)))
        before = time.process_time()
        for _ in range(orders // at_once):
            if at_once == 1:
                await place(**order)
            else:
                await asyncio.gather(*(place(**order) for _ in range(at_once)))
        return (time.process_time() - before) / (orders // at_once * at_once) * 1e6


def many(client: Client, order: dict[str, Any], orders: int) -> float:
    return cost(orders, lambda: client.private.create_orders([order] * orders))


def signature(order: dict[str, Any], orders: int) -> float:
    """What of all that is the signature."""
    signer = OrderSigner(PrivateKey(5), position_id=int(order["position_id"]))
    names = ("market", "side", "size", "price", "limit_fee")
    signed = {name: order[name] for name in names} | {"expiration": order["expiration_epoch_seconds"]}
    return cost(orders, lambda: [signer.sign_order(**signed, client_id=str(i)) for i in range(orders)])


def measure(account: Account, orders: int, rounds: int) -> dict[str, list[float]]:
    """By way, what an order took in each round."""
    order = terms(account.position)
    found: dict[str, list[float]] = {}
    # A client opens connections as it needs them: so many orders at once leave so many idle.
    idle = {count: account.open(Client) for count in IDLE}
    for count, client in idle.items():
        client.private.create_orders([order] * count)
    with account.open(Client) as batches, account.open(Client) as sweeper:
        many(batches, order, 64)
        for _ in range(rounds):
            for name, run in {
                "signature": lambda: signature(order, orders),
                **{f"Client, {count} idle": lambda client=client: one_by_one(client, order, orders)
                   for count, client in idle.items()},
                "AsyncClient": lambda: asyncio.run(awaited(account, order, orders, 1)),
                f"AsyncClient, {TOGETHER} at once": lambda: asyncio.run(awaited(account, order, orders, TOGETHER)),
                "Client, create_orders": lambda: many(batches, order, orders),
            }.items():  # fmt: skip
                found.setdefault(name, []).append(run())
                cleared(sweeper)
    for client in idle.values():
        client.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=500, help="a round, each way")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    options = parser.parse_args()
    with sandbox.running_process(":memory:", "--initial-balance", "100000000") as exchange:
        found = measure(Account(exchange.url), options.orders, options.rounds)
    figures = {
        "python": platform.python_version(),
        "engine": engine(),
        "microseconds": {
            name: {"minimum": round(min(times)), "median": round(statistics.median(times))}
            for name, times in found.items()
        },
    }
    print(json.dumps(figures, indent=2))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
