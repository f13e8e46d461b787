"""The feed against the local exchange: every channel, an account's orders and fills, and an exchange that is
restarted.
"""

import asyncio
import contextlib

import pytest

pytest.importorskip("websockets")
pytest.importorskip("uvicorn")
pytest.importorskip("httpcore2")

from sandbox_trader import Trader

from starkcore import sandbox
from starkcore.dydx.credentials import ApiKey
from starkcore.dydx.events import Backoff, Disconnected, Reconnected, Subscribed, Update
from starkcore.dydx.websocket import Feed, SubscriptionRefused

MARKET = "ETH-USD"


@pytest.fixture(scope="module")
def exchange():
    with sandbox.running(initial_balance=1_000_000) as running:
        yield running


@pytest.fixture
def trader_at():
    """Makes traders who are on board."""
    with contextlib.ExitStack() as stack:

        def make(url):
            trader = Trader(url)
            stack.callback(trader.close)
            trader.onboard()
            return trader

        yield make


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 60))


async def until(feed, kind, channel):
    while True:
        event = await anext(feed)
        if isinstance(event, kind) and event.channel == channel:
            return event


async def apart(function, *arguments, **keywords):
    return await asyncio.to_thread(function, *arguments, **keywords)


def test_orders_become_news(exchange, trader_at):
    maker, taker = trader_at(exchange.url), trader_at(exchange.url)

    async def main():
        key = ApiKey(**{name: maker.key[name] for name in ("key", "secret", "passphrase")})
        async with Feed(exchange.url, api_key=key) as feed:
            for channel, market in (
                ("v3_orderbook", MARKET),
                ("v3_trades", MARKET),
                ("v3_markets", ""),
                ("v3_accounts", ""),
            ):
                await feed.subscribe(channel, market)
            begun = [await anext(feed) for _ in range(4)]
            assert [event.channel for event in begun] == ["v3_orderbook", "v3_trades", "v3_markets", "v3_accounts"]
            assert all(isinstance(event, Subscribed) for event in begun)
            assert begun[3].contents["account"]["positionId"] == maker.account["positionId"]
            assert MARKET in begun[2].contents["markets"]

            order = await apart(maker.order, "SELL", "1", "2000", market=MARKET)
            book = await until(feed, Update, "v3_orderbook")
            assert book.contents["asks"] == [["2000", "1"]]
            mine = await until(feed, Update, "v3_accounts")
            assert [item["id"] for item in mine.contents["orders"]] == [order["id"]]

            await apart(taker.order, "BUY", "0.4", "2000", market=MARKET)
            contents = {}
            while not ({"v3_orderbook", "v3_trades"} <= contents.keys() and "fills" in contents.get("v3_accounts", {})):
                event = await anext(feed)
                contents[event.channel] = event.contents
            assert contents["v3_orderbook"]["asks"] == [["2000", "0.6"]]
            assert [trade["size"] for trade in contents["v3_trades"]["trades"]] == ["0.4"]
            assert [fill["size"] for fill in contents["v3_accounts"]["fills"]] == ["0.4"]

    run(main())


def test_what_the_exchange_refuses(exchange):
    stranger = ApiKey("50fdcaa0-62b8-e827-02e8-a9520d46cb9f", "c2VjcmV0" * 5, "passphrase")

    async def main():
        async with Feed(exchange.url, api_key=stranger) as feed:
            await feed.subscribe("v3_markets")
            assert isinstance(await anext(feed), Subscribed)
            for channel, market in (("v3_accounts", ""), ("v3_trades", "NO-USD")):
                await feed.subscribe(channel, market)
                with pytest.raises(SubscriptionRefused):
                    await anext(feed)
            await feed.subscribe("v3_trades", MARKET)
            assert (await anext(feed)).channel == "v3_trades"

    run(main())


def test_an_exchange_that_dies_and_comes_back(tmp_path, trader_at):
    """Killed, and started again from its database at the same port: the feed says so, and begins anew, signed."""
    with contextlib.ExitStack() as first, contextlib.ExitStack() as second:
        arguments = ("--initial-balance", "100000")
        running = first.enter_context(sandbox.running_process(tmp_path / "db", *arguments))
        trader = trader_at(running.url)
        port = int(running.url.rpartition(":")[2])
        key = ApiKey(**{name: trader.key[name] for name in ("key", "secret", "passphrase")})

        async def main():
            async with Feed(running.url, api_key=key, backoff=Backoff(0.1, 0.5)) as feed:
                await feed.subscribe("v3_accounts")
                await feed.subscribe("v3_orderbook", MARKET)
                assert isinstance(await anext(feed), Subscribed)
                assert isinstance(await anext(feed), Subscribed)
                await apart(trader.order, "SELL", "1", "2000", market=MARKET)
                await until(feed, Update, "v3_orderbook")
                running.process.kill()
                running.process.wait()
                lost = await until_type(feed, Disconnected)
                assert lost.reason
                trader.close()
                again = asyncio.create_task(until_type(feed, Reconnected))
                await asyncio.sleep(0.5)  # attempts fail meanwhile
                await apart(second.enter_context, sandbox.running_process(tmp_path / "db", *arguments, port=port))
                assert (await again).attempts > 1
                state = {event.channel: event.contents for event in [await anext(feed), await anext(feed)]}
                assert [level["price"] for level in state["v3_orderbook"]["asks"]] == ["2000"]
                assert [order["price"] for order in state["v3_accounts"]["orders"]] == ["2000"]
                await apart(trader.order, "SELL", "1", "2100", market=MARKET)
                assert (await until(feed, Update, "v3_orderbook")).contents["asks"] == [["2100", "1"]]

        run(main())


async def until_type(feed, kind):
    while not isinstance(event := await anext(feed), kind):
        pass
    return event
