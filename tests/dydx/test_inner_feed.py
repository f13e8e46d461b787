"""The feed's inner functions, one at a time, over a socket that is a script."""

import asyncio
import json
from types import SimpleNamespace

import pytest

pytest.importorskip("websockets")
from websockets.exceptions import ConnectionClosedOK

from starkcore import dydx, errors
from starkcore.dydx import websocket
from starkcore.dydx.credentials import ApiKey
from starkcore.dydx.events import Backoff, Disconnected, Gap, Reconnected, Subscribed, Unsubscribed, Update
from starkcore.dydx.sync_feed import SyncFeed
from starkcore.dydx.websocket import Feed
from starkcore.errors import StarkcoreError
from starkcore.http import sockets
from starkcore.http.answer import Unreadable

KEY = ApiKey("key-1", "c2VjcmV0LW9mLWFuLWFjY291bnQ=", "passphrase-of-it")
BOOK = ("v3_orderbook", "ETH-USD")


class Socket:
    """What comes, text by text, and what was sent. Once nothing comes, it is silent."""

    def __init__(self, *comes):
        self.comes, self.sent, self.aborted, self.closed = list(comes), [], False, False
        self.transport = SimpleNamespace(abort=self.abort)

    def abort(self):
        self.aborted = True

    async def send(self, text):
        self.sent.append(json.loads(text))

    async def recv(self):
        if not self.comes:
            await asyncio.Event().wait()
        text = self.comes.pop(0)
        if isinstance(text, Exception):
            raise text
        return text

    async def close(self):
        self.closed = True


def feed(*sockets, **options):
    """A feed whose connections are these, one after the other; an exception is an attempt that fails."""
    made = Feed("http://127.0.0.1:1", **options)
    waiting = list(sockets)

    async def connect():
        found = waiting.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    made._connect = connect
    return made


def run(work):
    """Run it, with a generous end."""

    async def main():
        async with asyncio.timeout(60):
            return await work()

    return asyncio.run(main())


def message(number, kind, **more):
    return {"type": kind, "message_id": number, "connection_id": "c"} | more


def test_what_may_be_subscribed_to():
    plain, signed = feed(), feed(api_key=KEY)
    assert plain._topic(*BOOK) == BOOK
    assert signed._topic("v3_accounts", "") == ("v3_accounts", "")
    for channel, market, rule in (
        ("v4_orderbook", "ETH-USD", "channel must be one of"), ("v3_orderbook", "", "market must be given"),
        ("v3_accounts", "ETH-USD", "market must be given"), ("v3_orderbook", 5, "market must be text"),
        ("v3_accounts", "", "api_key must be given"),
    ):  # fmt: skip
        with pytest.raises((errors.InvalidInput, errors.InputTypeError), match=f"^{rule}"):
            plain._topic(channel, market)


def test_a_subscription_is_sent_and_awaited():
    async def work():
        one = feed(api_key=KEY)
        one._socket = Socket()
        await one._send_subscription(BOOK)
        await one._send_subscription(("v3_accounts", ""))
        return one

    one = run(work)
    plain, signed = one._socket.sent
    assert plain == {"type": "subscribe", "channel": "v3_orderbook", "id": "ETH-USD"}
    # dYdX, API reference, "Accounts channel": these members, and the signature of GET /ws/accounts.
    assert sorted(signed) == ["accountNumber", "apiKey", "channel", "passphrase", "signature", "timestamp", "type"]
    from starkcore.dydx.auth import hmac_signature

    assert signed["signature"] == hmac_signature(KEY.secret, signed["timestamp"], "GET", "/ws/accounts")
    assert list(one._unanswered) == [BOOK, ("v3_accounts", "")]


def test_one_attempt_subscribes_to_everything():
    async def work():
        one, socket = feed(Socket()), None
        one._topics = {BOOK: None, ("v3_markets", ""): None}
        one._failed = one._next_id = 9
        await one._attempt()
        socket = one._socket
        await one.close()
        return one, socket

    one, socket = run(work)
    assert [sent["channel"] for sent in socket.sent] == ["v3_orderbook", "v3_markets"]
    assert (one._next_id, one._connection_id, one._answering) == (0, None, False)


@pytest.mark.parametrize(
    ("problem", "told"),
    [(TimeoutError(), "didn't answer in time"), (OSError("refused"), "refused"), (OSError(), "OSError"),
     (OSError(f"no {KEY.secret}"), r"no \[removed\]")],
)  # fmt: skip
def test_an_attempt_that_fails(problem, told):
    with pytest.raises(websocket.FeedFailed, match=told) as caught:
        run(feed(problem, api_key=KEY)._attempt)
    assert KEY.secret not in str(caught.value)


def test_attempts_end():
    async def work(one):
        try:
            await one._open()
        finally:
            await one.close()

    backoff = Backoff(first=0.001, longest=0.001, attempts=3)
    one = feed(OSError("a"), OSError("b"), Socket(), backoff=backoff)
    run(lambda: work(one))
    assert list(one._ready) == [Reconnected(3)]
    with pytest.raises(websocket.FeedFailed, match=r"3 attempts in a row failed.*: c$"):
        run(lambda: work(feed(*map(OSError, "abc"), backoff=backoff)))


def test_who_gives_up_waiting_does_not_give_up_the_attempt():
    async def work():
        one, gate, opened = feed(), asyncio.Event(), []

        async def open_():
            await gate.wait()
            opened.append(1)

        one._open = open_
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await one._opened_again()
        assert one._opening is not None
        gate.set()
        await one._opened_again()
        assert (opened, one._opening) == ([1], None)

    run(work)


def received(*texts, prepare=lambda one: None, **options):
    """What `_receive` makes of one message."""

    async def work():
        one = feed(Socket(*texts), **options)
        await one._attempt()
        prepare(one)
        try:
            return one, await one._receive()
        finally:
            await one.close()

    return run(work)


def test_the_event_of_the_next_message():
    _, event = received(json.dumps(message(0, "channel_data", channel=BOOK[0], id=BOOK[1], contents={"a": 1})))
    assert event == Update(*BOOK, {"a": 1}, 0)
    assert received(json.dumps(message(0, "connected")))[1] is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [(b"{}", "a message isn't text"), ("{", "can't be read"), ("[]", "no JSON object"),
     (ConnectionClosedOK(None, None), "no close frame"), (RuntimeError("s3cret"), "RuntimeError")],
)  # fmt: skip
def test_a_connection_that_is_given_up(text, reason):
    _, event = received(text)
    assert isinstance(event, Disconnected)
    assert reason in event.reason


def test_a_subscription_that_is_not_answered():
    def wait_no_longer(one):
        one._unanswered[BOOK] = 0.0

    _, event = received(prepare=wait_no_longer)
    assert event == Disconnected("the subscription to v3_orderbook ETH-USD wasn't answered")


def test_whether_a_connection_lived_decides_what_the_next_one_is():
    def dropped(seconds, answering):
        async def work():
            one, socket = feed(), Socket()
            one._socket, one._inbox = socket, websocket._Inbox(socket, 9, 999)
            one._failed, one._answering, one._opened = 5, answering, websocket._clock() - seconds
            one._drop()
            assert (one._socket, one._inbox, socket.aborted) == (None, None, True)
            await asyncio.sleep(0)
            return one._failed

        return run(work)

    assert dropped(3600, True) == 0
    assert dropped(3600, False) == 5
    assert dropped(0, True) == 5


def test_messages_are_numbered():
    one = feed()
    assert one._read(message(0, "connected")) is None
    assert one._read(message(1, "unsubscribed", channel="v3_trades", id="X")) == Unsubscribed("v3_trades", "X")
    assert one._read(message(3, "pong")) == Gap(2, 3)
    other = feed()
    other._read(message(0, "connected"))
    assert other._read(message(1, "pong") | {"connection_id": "d"}) == Gap(1, 1)
    for wrong in ([], {}, {"message_id": True}, {"message_id": "0"}):
        with pytest.raises(Unreadable):
            feed()._read(wrong)


def test_kinds_of_messages():
    one = feed(api_key=KEY)
    one._topics, one._unanswered = {BOOK: None}, {BOOK: 1.0}
    assert one._event({"type": "subscribed", "channel": BOOK[0], "id": BOOK[1], "contents": 5}, 0) == Subscribed(
        *BOOK, 5
    )
    assert (one._unanswered, one._answering) == ({}, True)
    one._unanswered = {("v3_accounts", ""): 1.0}
    one._event({"type": "subscribed", "channel": "v3_accounts", "id": "an-account", "contents": 5}, 0)
    assert one._unanswered == {}
    for wrong in (
        {"type": "other", "channel": "a"},
        {"type": "subscribed"},
        {"type": "subscribed", "channel": "a", "id": 5},
    ):
        with pytest.raises(Unreadable, match="no known kind"):
            one._event(wrong, 0)
    one._topics, one._unanswered = {BOOK: None}, {BOOK: 1.0}
    with pytest.raises(websocket.SubscriptionRefused, match=r"bad \[removed\]"):
        one._event({"type": "error", "message": f"bad {KEY.passphrase}"}, 0)
    assert (one._topics, one._unanswered) == ({}, {})


def test_what_waits_is_bounded():
    async def work(most, most_bytes):
        inbox = websocket._Inbox(socket := Socket("a" * 10, "b" * 10, "c" * 10), most, most_bytes)
        for _ in range(10):
            await asyncio.sleep(0)
        taken = [inbox.take() for _ in range(4)]
        await asyncio.wait([inbox.close()])
        return taken, socket.aborted, inbox.ended

    assert run(lambda: work(5, 10_000)) == (["a" * 10, "b" * 10, "c" * 10, None], False, "the feed was closed")
    taken, aborted, ended = run(lambda: work(2, 10_000))
    assert (taken, aborted) == (["a" * 10, "b" * 10, None, None], True)
    assert "2 messages of" in ended
    assert run(lambda: work(5, 1))[:2] == (["a" * 10, None, None, None], True)  # one message always may


def test_the_first_reason_stands():
    async def work():
        inbox = websocket._Inbox(Socket(ConnectionClosedOK(None, None)), 5, 999)
        await inbox.filled()
        first = inbox.ended
        inbox._end("later")
        assert inbox.ended == first
        assert first
        other = websocket._Inbox(Socket(), 5, 999)
        other._end("")
        assert other.ended == "the connection ended"
        await asyncio.wait([inbox.close(), other.close()])

    run(work)


def test_a_connector_follows_no_redirect_and_leaves_no_log(monkeypatch):
    import websockets.asyncio.client as client

    seen = {}

    class Connect:
        def __init__(self, url, **options):
            seen.update(options, url=url, kind=type(self))

        def __await__(self):
            async def nothing():
                return "connected"

            return nothing().__await__()

    monkeypatch.setattr(client, "connect", Connect)
    connected = run(websocket._connector("ws://127.0.0.1:1/v3/ws", None, 3.0, 20.0, None))
    assert (connected, seen["open_timeout"], seen["proxy"], "ssl" in seen) == ("connected", 3.0, None, False)
    problem = OSError("redirect")
    assert seen["kind"].process_redirect(None, problem) is problem
    assert not seen["logger"].isEnabledFor(40)
    elsewhere = SimpleNamespace(remote_address=("192.0.2.1", 80))  # RFC 5737: of nobody
    with pytest.raises(OSError, match=sockets.NOT_THIS_MACHINE):
        run(lambda: seen["create_connection"].handshake(elsewhere))
    run(websocket._connector("wss://api.test/v3/ws", None, 3.0, 20.0, "context"))
    assert (seen["ssl"], seen["create_connection"]) == ("context", client.ClientConnection)


# ---- Without asyncio ----


def test_a_feed_runs_in_its_with_block_alone():
    made = SyncFeed("http://127.0.0.1:1")

    async def work():
        return 5

    try:
        with pytest.raises(RuntimeError, match="with block"):
            made._run(work())
        made._thread.start()
        assert made._run(work()) == 5

        async def refuse():
            raise StarkcoreError("no")

        with pytest.raises(StarkcoreError, match="no"):
            made._run(refuse())
    finally:
        made._stop()


def test_whoever_waits_learns_that_the_feed_is_closed():
    made = SyncFeed("http://127.0.0.1:1")
    closed = []

    async def waiter():
        while not closed:
            await asyncio.sleep(0.001)
        return "learnt"

    async def close():
        closed.append(1)

    made._feed = SimpleNamespace(close=close)
    made._thread.start()
    try:
        future = asyncio.run_coroutine_threadsafe(waiter(), made._loop)
        made._run(made._end())
        assert future.done()
        assert future.result() == "learnt"
    finally:
        made._stop()


def test_refusals_are_counted_until_they_are_all_that_is_missing():
    """A refusal doesn't say what it refuses, and comes before answers to what was asked for earlier."""
    one, other = feed(), ("v3_trades", "ETH-USD")
    one._topics, one._unanswered, one._refused = {BOOK: None, other: None}, {BOOK: 1.0, other: 1.0}, 1
    one._settle()
    assert (list(one._topics), one._answering) == ([BOOK, other], False)
    del one._unanswered[other]
    one._settle()
    assert (list(one._topics), one._unanswered, one._refused, one._answering) == ([other], {}, 0, True)


@pytest.mark.parametrize(
    ("chain", "told"),
    [(1, "mainnet, chain 1"), (11155111, "sepolia, chain 11155111"), (5, "a network, chain 5"), (None, "")],
)
def test_whose_credentials_were_refused(chain, told):
    one = feed(api_key=KEY)
    one._api_key = SimpleNamespace(network_id=chain)
    assert one._whose() == (
        f" (these are a wallet's credentials for {told}: on another network it has others)" if told else ""
    )
    one._api_key = None
    assert one._whose() == ""


def test_a_feed_that_is_closed_has_no_next_event():
    """As an iterator's end, whether it is asked for by a loop or by itself."""

    async def events():
        yield "one"

    feed = SimpleNamespace(_feed=events())
    with asyncio.Runner() as runner:
        feed._run = runner.run
        assert SyncFeed.next(feed, 5) == "one"
        with pytest.raises(StopIteration):
            SyncFeed.next(feed, 5)


def test_the_package_lists_its_feeds_before_they_are_imported():
    assert {"Client", "Feed", "SyncFeed"} <= set(dir(dydx))
    assert dydx.Feed is Feed
    with pytest.raises(AttributeError, match="no attribute 'Fed'"):
        _ = dydx.Fed
