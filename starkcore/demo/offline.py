"""`starkcore demo --offline`: published values and a made-up day, without an exchange.

First the published values: the Stark keys of a published wallet, derived from its Ethereum signatures, dYdX's own test
messages, Paradex's account and Extended's public key. Then a made-up day of market making in every market, at
each of the three venues: signed one by one and in batches, and verified.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from eth_account import Account
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from starkcore import PrivateKey, PublicKey, engine, paradex, verify_many
from starkcore.demo.venues import TITLES, Venue, venues
from starkcore.starkex import DYDX, OrderSigner, fact_to_condition

__all__ = ["run"]

# Published by dYdX: dydx-v3-python 2.1.0, tests/test_onboarding.py. The wallet is the first of Ganache's test chain.
WALLET = "0x4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d"
WALLET_KEYS = {
    "mainnet": "0x39d88860b99b1809a63add01f7dfa59676ae006bbcdf38ff30b6a69dcf55ed3",
    "sepolia": "0x15e2e074a7ac9e78edb2ee9f11a0c0c0a080c79758ab81616eea9c032c75265",
}
# Published by dYdX: the same, tests/starkex/.
TEST_KEY = "58c7d5a90b1776bde86ebac077e053ed85b0f7164f53b080304a531947f46e3"
SECOND_TEST_KEY = "65b7bb244e019b45a521ef990fb8a002f76695d1fc6c1e31911680f2ed78b84"
RECEIVER_KEY = 0x05135EF87716B0FAECEC3BA672D145A6DAAD0AA46437C365D490022115ABA674
CLIENT_ID = "This is an ID that the client came up with to describe this "
EXPIRATION = "2020-09-17T04:15:55.028Z"
SIGNATURES = {
    "order": "0500a22a8c8b14fbb3b7d26366604c446b9d059420d7db2a8f94bc52691d2626"
    "003e38aa083f72c9db89a7a80b98a6eb92edce7294d917d8489767740affc6ed",
    "order, second key": "06f593fcec14720cd895e7edf0830b668b6104c0de4be6d22befe4ced0868dc3"
    "0507259e9634a140d83a8fcfc43b5a08af6cec7f85d3606cc7a974465aff334e",
    "transfer": "02b4d393ea955be0f53029e2f8a10d31671eb9d3ada015d973c903417264688a"
    "02ffb6b7f29870208f1f860b125de95b5444142a867be9dcd80128999518ddd3",
    "conditional transfer": "030044e03ab5efbaeaa43f472aa637bca8542835da60e8dcda8d145a619546d2"
    "03c7f9007fd6b1963de156bfadf6e90fe4fe4b29674013b7de32f61527c70f00",
    "withdrawal": "01af771baee70bea9e5e0a5e600e29fa67171b32ee5d38c67c5a97630bcd8fab"
    "0563d154cd47dcf9c34e4ddf00d8fea353176807ba5f7ab62316133a8976a733",
}

# Published by Paradex and Extended: paradex-py 0.8.2, tests/api/test_account.py, and the key of
# x10-python-trading-starknet's tests.
PARADEX_ACCOUNT = 0x129C135ED63DF9353885E292BE4426B8ED6122B13C6C0E1BB787288A1F5ADFA
EXTENDED_PUBLIC_KEY = 0x61C5E7E8339B7D56F197F54EA91B776776690E3232313DE0F2ECBD0EF76F466

BATCH = 1000
# Under the table of figures.
SPREAD = (
    "p50 is the median of calls with all that Python does around them, each with another order; README's figure is the "
    "least of many (docs/benchmarks.md)."
)
POSITION_ID = 12345
DAY = 1_893_542_400  # 2030-01-02T00:00:00Z
SECONDS_A_DAY = 86_400


def run(orders: int, *, as_json: bool) -> bool:
    """Everything; True when every comparison held."""
    console = Console(stderr=as_json)
    published = published_checks()
    for name, right in published.items():
        console.print(f"  {'[green]✓[/]' if right else '[red]✗[/]'} {name}")
    console.print(f"\n{orders:,} orders of a made-up day in {len(DYDX.markets)} markets, engine {engine()}")
    day = list(market_making_day(orders))
    rows: list[dict[str, Any]] = []
    right = True
    key = PrivateKey.from_seed(b"starkcore demo: not a secret")
    with _progress(console) as progress:
        for venue in venues(key):
            own, agreed = sign_and_verify(day, _advance(progress, orders), venue)
            rows, right = rows + own, right and agreed
    everything = right and all(published.values())
    if as_json:
        print(
            json.dumps(
                {"ok": everything, "orders": orders, "venues": _rates(rows), "published": published, "measured": rows},
                indent=2,
            )
        )
    else:
        console.print(_table(rows))
        console.print("[green]everything agrees[/]" if everything else "[red]something DIFFERS[/]")
    return everything


# ---- Published values ----


def stark_key_signature(chain_id: int) -> bytes:
    """The published wallet's signature of `dYdX STARK Key`, as EIP-712 typed data: 65 bytes."""
    message = {"action": "dYdX STARK Key"} | ({"onlySignOn": "https://trade.dydx.exchange"} if chain_id == 1 else {})
    signed = Account.sign_typed_data(
        WALLET,
        {"name": "dYdX", "version": "1.0", "chainId": chain_id},
        {"dYdX": [{"name": name, "type": "string"} for name in message]},
        message,
    )
    return bytes(signed.signature)


def published_checks() -> dict[str, bool]:
    """What was compared with a published value, and whether it was the same."""
    checks = {}
    for network, expected in WALLET_KEYS.items():
        typed = stark_key_signature(DYDX.network(network).chain_id)
        public_key = PrivateKey.from_eth_signature(typed).public_key
        checks[f"Stark key of the published wallet, {network}"] = hex(public_key.x) == expected
    for name, signature in published_messages().items():
        checks[f"dYdX's published {name}"] = signature == SIGNATURES[name]
    return checks | venue_checks()


def published_messages() -> dict[str, str]:
    """dYdX's test messages, signed."""
    common: dict[str, Any] = {"expiration": EXPIRATION}
    transfer: dict[str, Any] = common | {
        "receiver_position_id": 67890, "receiver_key": RECEIVER_KEY, "amount": "49.478023",
        "client_id": CLIENT_ID + "transfer",
    }  # fmt: skip
    order: dict[str, Any] = common | {
        "market": "ETH-USD", "side": "BUY", "size": "145.0005", "price": "350.00067", "limit_fee": "0.125",
        "client_id": CLIENT_ID + "order",
    }  # fmt: skip
    condition = fact_to_condition("0x" + "12aa" * 10, "12ff" * 16)
    signer, second = (
        OrderSigner(PrivateKey(key), "sepolia", position_id=POSITION_ID, check_expiration=False)
        for key in (TEST_KEY, SECOND_TEST_KEY)
    )
    signatures = {
        "order": signer.sign_order(**order).signature,
        "order, second key": second.sign_order(**order).signature,
        "transfer": signer.sign_transfer(**transfer).signature,
        "conditional transfer": signer.sign_conditional_transfer(condition=condition, **transfer).signature,
        "withdrawal": signer.sign_withdrawal(
            amount="49.478023", client_id=CLIENT_ID + "withdrawal", **common
        ).signature,
    }
    return {name: signature.to_hex() for name, signature in signatures.items()}


def venue_checks() -> dict[str, bool]:
    """The other venues' published keys: Paradex's account, and Extended's public key."""
    paradex_key = PrivateKey("0x543b6cf6c91817a87174aaea4fb370ac1c694e864d7740d728f8344d53e815")
    account = paradex.account_address(paradex_key.public_key, "testnet")
    extended_key = PrivateKey("0x7a7ff6fd3cab02ccdcd4a572563f5976f8976899b03a39773795a3c486d4986")
    return {
        "Paradex's published account": account == PARADEX_ACCOUNT,
        "Extended's published public key": extended_key.public_key.x == EXTENDED_PUBLIC_KEY,
    }


# ---- A day of market making ----


def market_making_day(orders: int) -> Iterator[dict[str, Any]]:
    """Quotes on both sides of a price that wanders, in every market in turn; the same on every run.

    Prices start near resolution / 10^6, as dYdX chose its resolutions; they have five digits, sizes three.
    """
    dice = random.Random(2020)  # noqa: S311
    prices = {name: market.resolution / 1e6 * dice.uniform(0.5, 5) for name, market in DYDX.markets.items()}
    names = list(prices)
    for number in range(orders):
        name = names[number // 2 % len(names)]
        side = ("BUY", "SELL")[number % 2]
        prices[name] *= 1 + dice.gauss(0, 0.0002)
        away = dice.uniform(0.0002, 0.003) * (-1 if side == "BUY" else 1)
        price = prices[name] * (1 + away)
        yield {
            "market": name,
            "side": side,
            "size": _digits(dice.uniform(500, 50_000) / price, 3),
            "price": _digits(price, 5),
            "limit_fee": "0.0005",
            "client_id": f"{number}-{dice.getrandbits(48):012x}",
            "expiration": DAY + number * SECONDS_A_DAY // orders + 300,
        }


def _digits(value: float, digits: int) -> str:
    """A made-up number as decimal text of so many significant digits, and no finer than 10^-4."""
    return f"{Decimal(f'{max(value, 0.001):.{digits - 1}e}').quantize(Decimal('0.0001')):f}"


def sign_and_verify(
    day: list[dict[str, Any]], advance: Callable[[str, int], None], venue: Venue | None = None
) -> tuple[list[dict[str, Any]], bool]:
    """Sign the day one by one, again in batches, and verify it; rows of figures, and whether all agreed.

    Args:
        venue: dYdX v3 when left out.
    """
    where = venue or venues(PrivateKey.from_seed(b"starkcore demo: not a secret"))[0]
    orders = [where.order(number, quote) for number, quote in enumerate(day)]
    where.single(**orders[0])  # tables into the cache, once

    def one(part: list[dict[str, Any]]) -> list[Any]:
        return [where.single(**part[0])]

    single, single_times = _timed(orders, 1, one, advance, f"{where.title}, one by one")
    batch, batch_times = _timed(orders, BATCH, where.many, advance, f"{where.title}, by {BATCH}")
    public_key = where.key.public_key
    verified, verify_times = _timed(
        batch, BATCH, lambda part: _verify(public_key, part), advance, f"{where.title}, verifying"
    )
    rows = [
        _row(where.name, "sign, one by one", single_times, 1),
        _row(where.name, f"sign, by {BATCH}", batch_times, BATCH),
        _row(where.name, f"verify, by {BATCH}", verify_times, BATCH),
    ]
    return rows, single == batch and len(verified) == len(day) and all(verified)


def _verify(public_key: PublicKey, part: Sequence[Any]) -> list[bool]:
    return verify_many(
        [public_key] * len(part), [signed.hash for signed in part], [signed.signature for signed in part]
    )


def _timed(
    items: list[Any], size: int, work: Callable[[Any], list[Any]], advance: Callable[[str, int], None], name: str
) -> tuple[list[Any], list[tuple[int, int]]]:
    """work over slices of items: all results, and per slice how many items and nanoseconds."""
    results: list[Any] = []
    times = []
    clock = time.perf_counter_ns
    for start in range(0, len(items), size):
        part = items[start : start + size]
        before = clock()
        done = work(part)
        times.append((len(part), clock() - before))
        results += done
        if start % BATCH == 0:
            advance(name, min(start + max(size, BATCH), len(items)))
    return results, times


# ---- Figures ----


def _row(venue: str, name: str, times: list[tuple[int, int]], size: int) -> dict[str, Any]:
    """Rate, and quantiles of the time that one call took, in microseconds."""
    total = sum(nanoseconds for _, nanoseconds in times)
    ordered = sorted(nanoseconds for _, nanoseconds in times)
    quantiles = {
        f"p{share}_us": round(ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))] / 1000, 1)
        for share in (50, 99, 99.9)
    }
    count = sum(items for items, _ in times)
    return {"venue": venue, "what": name, "per_call": size, "orders_per_second": round(count / total * 1e9)} | quantiles


def _rates(rows: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Orders a second at each venue, under names that stay."""
    names = ("sign_one_by_one", "sign_in_batches", "verify_in_batches")
    rates: dict[str, dict[str, int]] = {}
    for number, row in enumerate(rows):
        rates.setdefault(row["venue"], {})[names[number % len(names)]] = row["orders_per_second"]
    return rates


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(title="One core; the times are of one call", caption=SPREAD)
    table.add_column("", no_wrap=True)
    for title in ("orders/s", "p50", "p99", "p99.9"):
        table.add_column(title, justify="right")
    for row in rows:
        times = [_time(row[name]) for name in ("p50_us", "p99_us", "p99.9_us")]
        table.add_row(f"{TITLES[row['venue']]}: {row['what']}", f"{row['orders_per_second']:,}", *times)
    return table


def _time(microseconds: float) -> str:
    return f"{microseconds:.1f} µs" if microseconds < 1000 else f"{microseconds / 1000:.1f} ms"


def _progress(console: Console) -> Progress:
    columns = TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, console=console)


def _advance(progress: Progress, total: int) -> Callable[[str, int], None]:
    """A function that moves the bar of a name, which it makes when it first sees it."""
    tasks: dict[str, Any] = {}

    def advance(name: str, done: int) -> None:
        if name not in tasks:
            tasks[name] = progress.add_task(name, total=total)
        progress.update(tasks[name], completed=done)

    return advance
