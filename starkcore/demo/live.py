"""`starkcore demo`: from a new wallet to a market maker on ten markets, against an exchange that checks every
signature.

The exchange is a process of its own, with its database in a temporary file; whatever ends the demo ends both. At the
end every book is compared three ways: as the exchange shows it, as the WebSocket's changes made it, and as the rows of
the database have it.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from secrets import token_bytes
from typing import Any, NamedTuple, TypeAlias

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from starkcore import engine, sandbox
from starkcore.demo.trading import Desk, Figures, Maker, MarketTerms, Taker, quantiles
from starkcore.dydx import AsyncClient
from starkcore.dydx.credentials import ApiKey
from starkcore.dydx.events import Disconnected, Event, Gap, Update
from starkcore.dydx.orderbook import OrderBook
from starkcore.dydx.websocket import Feed
from starkcore.errors import StarkcoreError

__all__ = ["run"]

Book: TypeAlias = dict[str, list[tuple[str, str]]]
"""By side, "bids" and "asks", each price and size."""

Books: TypeAlias = dict[str, Book]

BALANCE = "1000000"
# Under the table of figures.
BUSY = (
    "Signing is timed amid all else that client and exchange do on this machine, one order at a time, with cold "
    "caches. README's figure is the least of many calls in a row on a core that does nothing else (docs/benchmarks.md)."
)
_PATIENCE = 10
_PAUSE = 0.1


class Check(NamedTuple):
    """One comparison: what it says to a person, with its counts, and whether it held."""

    sentence: str
    right: bool


# What is compared in the end, by the names that JSON has: they are there whatever becomes of the run.
CHECKS = (
    "books_over_rest",
    "books_over_websocket",
    "books_with_both_sides",
    "orders_in_database",
    "trades_told",
    "nothing_lost",
    "money_conserved",
)


@dataclass
class Outcome:
    """What the run found. `checks` is empty until they are made, and then has all of CHECKS."""

    figures: Figures = field(default_factory=Figures)
    seconds: float = 0.0
    filled: int = 0
    trades: int = 0
    checks: dict[str, Check] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    reported: bool = False

    @property
    def right(self) -> bool:
        return bool(self.checks) and all(check.right for check in self.checks.values()) and not self.problems


def run(*, seconds: float, markets: int, as_json: bool, keep_running: bool = False) -> bool:
    """Everything; True when every check held and nothing was refused or lost.

    Args:
        keep_running: go on trading after the checks, until interrupted, so that a person can watch.
    """
    console = Console(stderr=as_json)
    outcome = Outcome()
    with sandbox.running_process(None, "--initial-balance", BALANCE) as exchange:
        console.print(f"an exchange of our own at {exchange.url}, engine {engine()}")
        console.print(f"to watch it: {exchange.url}/ in a browser", highlight=False)
        report = partial(_report, console, outcome, as_json) if keep_running else None
        try:
            try:
                asyncio.run(_trade(exchange, seconds, markets, console, outcome, report))
            except KeyboardInterrupt:
                if not outcome.reported:
                    raise
        except* StarkcoreError as group:
            outcome.problems += [f"{type(error).__name__}: {error}" for error in leaves(group)]
    if not outcome.reported or outcome.problems:
        _report(console, outcome, as_json)
    return outcome.right


def _report(console: Console, outcome: Outcome, as_json: bool) -> None:
    """Show what was found."""
    outcome.reported = True
    if as_json:
        print(json.dumps(_values(outcome), indent=2), flush=True)
    elif outcome.seconds:
        console.print(_table(outcome))
        for sentence, right in outcome.checks.values():
            console.print(f"  {'[green]✓[/]' if right else '[red]✗[/]'} {sentence}")
    for problem in outcome.problems:
        console.print("  ✗", problem, style="red", markup=False, highlight=False)
    console.print("[green]everything agrees[/]" if outcome.right else "[red]something is WRONG[/]")


def leaves(group: BaseExceptionGroup[Any]) -> list[BaseException]:
    """The exceptions of a group, and of those within it."""
    found: list[BaseException] = []
    for error in group.exceptions:
        found += leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


# ---- From a wallet to an account ----


async def _onboard(stack: AsyncExitStack, url: str, console: Console, name: str) -> tuple[AsyncClient, int]:
    """A new wallet's client, and the position of its account."""
    client = await stack.enter_async_context(AsyncClient(url, eth_private_key=token_bytes(32)))
    console.print(f"[bold]{name}[/]: wallet {client.default_address}")
    pair = await client.onboarding.derive_stark_key()
    console.print(
        f"  Stark key derived from the wallet's signature: {pair.public_key}", highlight=False, soft_wrap=True
    )
    user = await client.onboarding.create_user()
    console.print(f"  registered, with position {user.account.position_id}")
    created = await client.api_keys.create_api_key()
    keys = [item.key for item in (await client.private.get_api_keys()).api_keys]
    if created.api_key.key not in keys:
        raise StarkcoreError("the exchange doesn't list the API key that it made")
    console.print(f"  API keys: {', '.join(keys)}", highlight=False, soft_wrap=True)
    return client, int(user.account.position_id)


async def _terms(client: AsyncClient, count: int) -> list[MarketTerms]:
    markets = (await client.public.get_markets()).markets
    return [
        MarketTerms(
            name=name,
            tick=Decimal(market.tick_size),
            step=Decimal(market.step_size),
            smallest=Decimal(market.min_order_size),
            price=Decimal(market.index_price),
        )
        for name, market in list(markets.items())[:count]
    ]


# ---- Trading ----


async def _trade(
    exchange: sandbox.Sandbox,
    seconds: float,
    count: int,
    console: Console,
    outcome: Outcome,
    report: Callable[[], None] | None = None,
) -> None:
    """Trade, and check; with `report`, report then and trade on until this is canceled."""
    url, dice = exchange.url, random.Random()  # noqa: S311
    async with AsyncExitStack() as stack:
        maker_client, maker_position = await _onboard(stack, url, console, "maker")
        taker_client, taker_position = await _onboard(stack, url, console, "taker")
        terms = await _terms(maker_client, count)
        console.print(f"quoting {', '.join(market.name for market in terms)}", soft_wrap=True)
        credentials = maker_client.api_key_credentials
        feed = Feed(url, api_key=None if credentials is None else ApiKey(**credentials))
        watch = Watch(feed, [market.name for market in terms])
        await stack.enter_async_context(feed)
        await watch.subscribe()
        watching = asyncio.create_task(watch.follow())
        maker = Maker(Desk(maker_client, maker_position, outcome.figures), terms, dice)
        taker = Taker(Desk(taker_client, taker_position, outcome.figures), maker, terms, dice)
        try:
            await _loop(maker, taker, seconds, console, outcome)
            await _check(maker_client, watch, exchange.database or "", outcome)
            if report is not None:
                report()
                console.print(f"it goes on at {exchange.url}/ until Ctrl-C", highlight=False)
                await _go_on(maker, taker, outcome)
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching


async def _loop(maker: Maker, taker: Taker, seconds: float, console: Console, outcome: Outcome) -> None:
    """Ticks, one after the other, and a taker beside them, until the time is up."""
    begun = time.monotonic()
    columns = TextColumn("trading"), BarColumn(), TimeRemainingColumn(), TextColumn("{task.fields[figures]}")
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=seconds, figures="")

        async def make() -> None:
            while (passed := time.monotonic() - begun) < seconds:
                await maker.tick()
                accepted = outcome.figures.accepted
                progress.update(
                    bar, completed=passed, figures=f"{accepted:,} orders, {accepted / max(passed, 1e-3):,.0f}/s"
                )

        async def take() -> None:
            while time.monotonic() - begun < seconds:
                await taker.cross()
                await asyncio.sleep(0.01)

        async with asyncio.TaskGroup() as group:
            group.create_task(make())
            group.create_task(take())
        progress.update(bar, completed=seconds)
    outcome.seconds = time.monotonic() - begun


async def _go_on(maker: Maker, taker: Taker, outcome: Outcome) -> None:
    """Trade for whoever watches, at a pace that leaves the machine to others.

    Nothing is measured, so that nothing grows.
    """
    while True:
        await maker.tick()
        await taker.cross()
        outcome.figures.signing.clear()
        outcome.figures.round_trips.clear()
        await asyncio.sleep(_PAUSE)


class Watch:
    """What the WebSocket tells: the books, and the fills of the account that is signed in."""

    def __init__(self, feed: Feed, markets: list[str]) -> None:
        self.books = {market: OrderBook(market) for market in markets}
        self.fills: Counter[str] = Counter()
        self.breaks: list[Event] = []
        self._feed = feed

    async def subscribe(self) -> None:
        await self._feed.subscribe("v3_accounts")
        for market in self.books:
            await self._feed.subscribe("v3_orderbook", market)

    def book(self, market: str) -> Book | None:
        """A market's book as the changes made it; None where it isn't known."""
        book = self.books[market]
        return {"bids": book.bids(), "asks": book.asks()} if book.known else None

    def shows(self, books: Books) -> bool:
        """Whether every book is one of these."""
        return all(self.book(market) == books[market] for market in self.books)

    async def follow(self) -> None:
        async for event in self._feed:
            for book in self.books.values():
                book.apply(event)
            if isinstance(event, (Gap, Disconnected)):
                self.breaks.append(event)
            elif isinstance(event, Update) and event.channel == "v3_accounts":
                self.fills.update(fill["orderId"] for fill in event.contents.get("fills", ()))


# ---- Checking ----


async def _check(client: AsyncClient, watch: Watch, database: Path | str, outcome: Outcome) -> None:
    """Compare the books and the counts. Nobody trades any more."""
    names = list(watch.books)
    answers = await asyncio.gather(*(client.public.get_orderbook(name) for name in names))
    shown: Books = {
        name: {side: [(level.price, level.size) for level in getattr(answer, side)] for side in ("bids", "asks")}
        for name, answer in zip(names, answers, strict=True)
    }
    rows = await asyncio.to_thread(sandbox.audit, database)

    until = time.monotonic() + _PATIENCE
    while not (watch.shows(shown) and watch.fills.total() == rows.trades) and time.monotonic() < until:
        await asyncio.sleep(0.02)
    outcome.trades = rows.trades
    outcome.filled = len(watch.fills) + outcome.figures.taken
    outcome.problems += rows.problems
    outcome.checks = _compared(shown, watch, rows, outcome.figures.accepted)


def _compared(shown: Books, watch: Watch, rows: sandbox.Audit, accepted: int) -> dict[str, Check]:
    """What REST showed, what the WebSocket told and what was accepted, each with the rows of the database."""
    total = len(shown)
    same = sum(rows.books.get(name) == book for name, book in shown.items())
    followed = sum(watch.book(name) == rows.books[name] for name in watch.books)
    quoted = sum(bool(book["bids"] and book["asks"]) for book in shown.values())
    return {
        "books_over_rest": Check(f"{same} of {total} books over REST are those of the database", same == total),
        "books_over_websocket": Check(
            f"{followed} of {total} books over the WebSocket are those of the database", followed == total
        ),
        "books_with_both_sides": Check(f"{quoted} of {total} books have both sides", quoted > 0),
        "orders_in_database": Check(
            f"{rows.orders:,} orders are in the database, as many as were accepted", rows.orders == accepted
        ),
        "trades_told": Check(
            f"{rows.trades:,} trades are in the database, each of which the maker was told of",
            rows.trades == watch.fills.total() > 0,
        ),
        "nothing_lost": Check("the WebSocket lost nothing", not watch.breaks),
        "money_conserved": Check("money and positions are conserved in the database", not rows.problems),
    }


# ---- Showing ----


def _values(outcome: Outcome) -> dict[str, Any]:
    """For JSON: the same keys in every run, and null for a check that wasn't made."""
    figures, made = outcome.figures, {name: check.right for name, check in outcome.checks.items()}
    return {
        "ok": outcome.right,
        "seconds": round(outcome.seconds, 3),
        "orders": {
            "signed": figures.signed,
            "sent": figures.sent,
            "accepted": figures.accepted,
            "replaced_too_late": figures.overtaken,
            "filled": outcome.filled,
            "trades": outcome.trades,
        },
        "latency": {"signing": quantiles(figures.signing), "round_trip": quantiles(figures.round_trips)},
        "checks": {name: made.get(name) for name in CHECKS},
        "problems": outcome.problems,
    }


def _table(outcome: Outcome) -> Table:
    figures, rate = outcome.figures, outcome.figures.accepted / outcome.seconds
    table = Table(
        title=f"{outcome.seconds:.1f} s of market making: {rate:,.0f} orders/s, one client process", caption=BUSY
    )
    for title in ("", "count", "p50", "p99", "p99.9"):
        table.add_column(title, justify="left" if not title else "right", no_wrap=True)
    for name, count, times in (
        ("orders signed", figures.signed, figures.signing),
        ("orders sent, to the answer", figures.sent, figures.round_trips),
    ):
        table.add_row(name, f"{count:,}", *(_time(value) for value in quantiles(times).values()))
    table.add_row("orders accepted", f"{figures.accepted:,}", "", "", "")
    table.add_row("  too late to replace: filled", f"{figures.overtaken:,}", "", "", "")
    table.add_row("orders filled, in part or whole", f"{outcome.filled:,}", "", "", "")
    table.add_row("trades", f"{outcome.trades:,}", "", "", "")
    return table


def _time(microseconds: float) -> str:
    return f"{microseconds:.1f} µs" if microseconds < 1000 else f"{microseconds / 1000:.1f} ms"
