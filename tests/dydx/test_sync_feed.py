"""The feed for programs without an event loop, against the local exchange."""

import inspect
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

pytest.importorskip("websockets")
pytest.importorskip("uvicorn")
pytest.importorskip("httpcore2")

from sandbox_trader import Trader

from starkcore import sandbox
from starkcore.dydx.events import Subscribed, Update
from starkcore.dydx.sync_feed import SyncFeed
from starkcore.dydx.websocket import Feed, FeedFailed, SubscriptionRefused


@pytest.fixture(scope="module")
def exchange():
    with sandbox.running(initial_balance=1_000_000) as running:
        yield running


def threads():
    return [thread.name for thread in threading.enumerate() if thread.name == "starkcore feed"]


def test_its_parameters_are_the_feeds():
    assert inspect.signature(SyncFeed) == inspect.signature(Feed)
    with pytest.raises(TypeError, match="most_mesages"):
        SyncFeed("https://api.example.com", most_mesages=1)


def test_events(exchange):
    trader = Trader(exchange.url)
    trader.onboard()
    with SyncFeed(exchange.url) as feed:
        feed.subscribe("v3_orderbook", "ETH-USD")
        assert isinstance(next(feed), Subscribed)
        with pytest.raises(TimeoutError):
            feed.next(timeout=0.1)
        trader.order("SELL", "1", "2000", market="ETH-USD")
        event = feed.next(timeout=20)
        assert isinstance(event, Update)
        assert event.contents["asks"] == [["2000", "1"]]
        feed.subscribe("v3_trades", "NO-USD")
        with pytest.raises(SubscriptionRefused):
            next(feed)
        feed.unsubscribe("v3_orderbook", "ETH-USD")
        assert feed.next(timeout=20).channel == "v3_orderbook"
    trader.close()
    assert threads() == []
    feed.close()
    with pytest.raises(RuntimeError, match="with block"):
        next(feed)


def test_iteration_ends_with_the_feed(exchange):
    with SyncFeed(exchange.url) as feed:
        closer = threading.Timer(0.2, feed.close)
        closer.start()
        assert list(feed) == []
        closer.join()
    assert threads() == []


def test_a_program_that_is_busy(exchange):
    """It asks for nothing while the exchange pings it and is pinged, and messages come: then all of them are there."""
    trader = Trader(exchange.url)
    trader.onboard()
    with SyncFeed(exchange.url, ping_interval=0.1) as feed:
        feed.subscribe("v3_orderbook", "ETH-USD")
        assert isinstance(next(feed), Subscribed)
        prices = [str(3000 + number) for number in range(150)]
        for price in prices:
            trader.order("SELL", "1", price, market="ETH-USD")  # takes some seconds in all: many times a ping's time
        news = [feed.next(timeout=20) for _ in prices]
    trader.close()
    assert [event.contents["asks"] for event in news] == [[[price, "1"]] for price in prices]


def test_nobody_is_there():
    with pytest.raises(FeedFailed):
        SyncFeed("http://127.0.0.1:1").__enter__()
    assert threads() == []


@pytest.mark.skipif(os.name != "posix", reason="a signal is sent as POSIX does")
def test_waiting_is_interrupted(exchange):
    code = (
        "import sys; from starkcore.dydx.sync_feed import SyncFeed\n"
        "with SyncFeed(sys.argv[1]) as feed:\n"
        "    print('ready', flush=True)\n"
        "    try: next(feed)\n"
        "    except KeyboardInterrupt: print('interrupted')\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", code, exchange.url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (out, err, process.returncode) == ("interrupted\n", "", 0)
