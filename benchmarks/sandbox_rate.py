"""How many orders a second the local exchange accepts over loopback: verified, matched, durable, then answered.

    python benchmarks/sandbox_rate.py                    a database on disk, 64 connections
    python benchmarks/sandbox_rate.py --memory           the same in memory: what the disk costs
    python benchmarks/sandbox_rate.py --connections 1    one after the other: what an answer takes
    python benchmarks/sandbox_rate.py --json FILE        writes the figures, too; otherwise nothing is written

The exchange is a process of its own. Orders are signed beforehand and sent as bytes, so that it is not this program's
speed that is measured; every answer is read and must be an accepted order, and at the end the database is audited.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import os
import platform
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from eth_account import Account

from starkcore import PrivateKey, sandbox
from starkcore.starkex import DYDX, OrderSigner

MARKETS = (
    "BTC-USD",
    "ETH-USD",
    "LINK-USD",
    "AAVE-USD",
    "UNI-USD",
    "SOL-USD",
    "AVAX-USD",
    "DOGE-USD",
    "ATOM-USD",
    "LTC-USD",
)
ACCOUNTS = 8
EXPIRATION = f"{datetime.now(UTC) + timedelta(days=20):%Y-%m-%dT%H:%M:%S.000Z}"


class Trader:
    """An account whose requests are bytes."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.wallet = Account.create()
        self.stark = PrivateKey.generate()
        self.key: dict[str, str] = {}
        self.signer: OrderSigner | None = None

    def onboarding(self) -> bytes:
        message = {"action": "dYdX Onboarding", "onlySignOn": "https://trade.dydx.exchange"}
        signed = Account.sign_typed_data(
            self.wallet.key,
            {"name": "dYdX", "version": "1.0", "chainId": 1},
            {"dYdX": [{"name": name, "type": "string"} for name in message]},
            message,
        )
        headers = {
            "DYDX-SIGNATURE": "0x" + bytes(signed.signature).hex() + "00",
            "DYDX-ETHEREUM-ADDRESS": self.wallet.address,
        }
        point = self.stark.public_key
        return self.request(
            "/v3/onboarding", headers, {"starkKey": hex(point.x), "starkKeyYCoordinate": hex(point.y or 0)}
        )

    def order(self, number: int, dice: random.Random) -> dict[str, object]:
        """A quote near the middle of one of the markets: about half of them cross."""
        market = DYDX.market(MARKETS[number % len(MARKETS)])
        side = dice.choice(("BUY", "SELL"))
        ticks = 10_000 + dice.randint(-20, 20)
        price = f"{ticks * market.resolution / 1e10:.7f}".rstrip("0").rstrip(".")
        size = f"{dice.randint(10, 50) * 1e6 / market.resolution:.7f}".rstrip("0").rstrip(".")
        order = {"market": market.name, "side": side, "size": size, "price": price}
        assert self.signer is not None
        signed = self.signer.sign_order(**order, limit_fee="0.001", expiration=EXPIRATION, client_id=f"{number}")
        return order | {
            "type": "LIMIT", "timeInForce": "GTT", "limitFee": "0.001", "expiration": EXPIRATION, "postOnly": False,
            "clientId": f"{number}", "signature": signed.signature.to_hex(),
        }  # fmt: skip

    def signed(self, path: str, values: dict[str, object]) -> bytes:
        body = json.dumps(values, separators=(",", ":"))
        timestamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        secret = base64.urlsafe_b64decode(self.key["secret"])
        digest = hmac.digest(secret, f"{timestamp}POST{path}{body}".encode(), hashlib.sha256)
        headers = {
            "DYDX-SIGNATURE": base64.urlsafe_b64encode(digest).decode(), "DYDX-API-KEY": self.key["key"],
            "DYDX-TIMESTAMP": timestamp, "DYDX-PASSPHRASE": self.key["passphrase"],
        }  # fmt: skip
        return self.request(path, headers, values)

    def request(self, path: str, headers: dict[str, str], values: dict[str, object]) -> bytes:
        body = json.dumps(values, separators=(",", ":"))
        lines = [f"POST {path} HTTP/1.1", f"Host: {self.host}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", body]).encode()


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    """One request's answer; anything but 201 ends the program."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    body = await reader.readexactly(length)
    if not head.startswith(b"HTTP/1.1 201"):
        sys.exit(f"refused: {body.decode()}")
    return body


def cpu_seconds(pid: int) -> float | None:
    """A process's CPU time, where there is a /proc: unlike the clock, it doesn't count what else the machine does."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(url: str, pid: int, orders: int, connections: int) -> tuple[float, float | None, list[float], int]:
    """Seconds for all orders, the exchange's CPU seconds, each order's seconds, and how many were filled at once."""
    parts = urlsplit(url)
    traders = [Trader(parts.netloc) for _ in range(ACCOUNTS)]
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    for trader in traders:
        answer = json.loads(await ask(reader, writer, trader.onboarding()))
        trader.key = answer["apiKey"]
        trader.signer = OrderSigner(trader.stark, position_id=int(answer["account"]["positionId"]))
    writer.close()
    dice = random.Random(2020)
    made = [(traders[i % ACCOUNTS], traders[i % ACCOUNTS].order(i, dice)) for i in range(orders)]
    # HMACs have a timestamp: made now, and used within half a minute.
    requests = iter([trader.signed("/v3/orders", order) for trader, order in made])
    times: list[float] = []
    filled = 0

    async def send() -> None:
        nonlocal filled
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        for request in requests:
            before = time.perf_counter()
            body = await ask(reader, writer, request)
            times.append(time.perf_counter() - before)
            filled += b'"status":"FILLED"' in body
        writer.close()

    cpu = cpu_seconds(pid)
    before = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(connections)))
    seconds = time.perf_counter() - before
    return seconds, None if cpu is None else (cpu_seconds(pid) or cpu) - cpu, times, filled


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--memory", action="store_true", help="no file")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    options = parser.parse_args()
    database = ":memory:" if options.memory else None
    with sandbox.running_process(database, "--initial-balance", "100000000") as exchange:
        assert exchange.process is not None
        seconds, cpu, times, filled = asyncio.run(
            measure(exchange.url, exchange.process.pid, options.orders, options.connections)
        )
        problems = [] if exchange.database is None else sandbox.audit(exchange.database).problems
    times.sort()
    figures = {
        "orders": options.orders,
        "connections": options.connections,
        "database": "memory" if options.memory else "file, synchronous = FULL",
        "orders_per_second": round(options.orders / seconds),
        "cpu_microseconds_per_order": None if cpu is None else round(cpu / options.orders * 1e6),
        "filled_at_once": filled,
        "milliseconds": {name: round(times[int(len(times) * q)] * 1000, 2) for name, q in (
            ("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999))},
        "python": platform.python_version(),
        "problems": problems,
    }  # fmt: skip
    print(json.dumps(figures, indent=2))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if problems:
        sys.exit("the database doesn't add up")


if __name__ == "__main__":
    main()
