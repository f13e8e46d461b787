"""What is measured: keys, hashes and orders, made up but the same in every run and for every library.

Each call of a measurement gets other values, so that tables are read all over and branches can't be learned by heart;
with one value again and again, every library would look faster than it is.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

P = 2**251 + 17 * 2**192 + 1
N = 0x800000000000010FFFFFFFFFFFFFFFFB781126DCAE7B2321E66A241ADC64D2F

CASES = 256  # different values of one operation
BATCH = 4096  # items of one batch call
LIST = 10  # elements of a list

# dYdX's published test key, so that nobody takes these for secrets.
KEY = 0x58C7D5A90B1776BDE86EBAC077E053ED85B0F7164F53B080304A531947F46E3
POSITION_ID = 12345
EXPIRATION = 4_070_908_800  # 2099-01-01 in seconds: a signer that asks the clock takes it
MARKETS = ("BTC-USD", "ETH-USD", "SOL-USD", "DOGE-USD")


@dataclass(frozen=True)
class Workload:
    """Values for CASES calls, and batches of BATCH items that repeat them in another order."""

    pairs: list[tuple[int, int]]
    lists: list[list[int]]
    short_lists: list[list[int]]
    keys: list[int]
    hashes: list[int]
    orders: list[dict[str, object]]
    eth_signatures: list[str]

    def batch(self, items: list) -> list:
        """BATCH of the items."""
        return [items[(i * 7) % len(items)] for i in range(BATCH)]


def make() -> Workload:
    rng = random.Random(2019)
    return Workload(
        pairs=[(rng.randrange(P), rng.randrange(P)) for _ in range(CASES)],
        lists=[_list(random.Random(i)) for i in range(CASES)],
        short_lists=[_short_list(random.Random(i)) for i in range(CASES)],
        keys=[rng.randrange(1, N) for _ in range(CASES)],
        hashes=[rng.randrange(2**251) for _ in range(CASES)],
        orders=[_order(rng, i) for i in range(CASES)],
        eth_signatures=[f"0x{rng.getrandbits(512):0128x}1b00" for _ in range(CASES)],
    )


def _list(rng: random.Random) -> list[int]:
    """Elements as messages have them: two hashes and an address among short numbers and texts."""
    return [rng.getrandbits(bits) for bits in (250, 128, 250, 64, 8, 64, 250, 32, 120, 64)]


def _short_list(rng: random.Random) -> list[int]:
    """The six fields of an order as Paradex signs it: a time, a market, a side, a type, a size and a price."""
    return [rng.getrandbits(bits) for bits in (41, 96, 2, 48, 40, 56)]


def _order(rng: random.Random, i: int) -> dict[str, object]:
    """An order as a market maker has it: amounts of some digits, a fee of five hundredths of a per cent."""
    return {
        "market": MARKETS[i % len(MARKETS)],
        "side": rng.choice(("BUY", "SELL")),
        "size": f"{rng.randrange(1, 10**6) / 10**4:.4f}",
        "price": f"{rng.randrange(1, 10**7) / 10**2:.2f}",
        "limit_fee": "0.0005",
        "client_id": f"maker-{rng.randrange(10**9)}",
        "expiration": EXPIRATION,
    }


def packed(numbers: list[int]) -> bytes:
    """Numbers as consecutive 32-byte big-endian items."""
    return b"".join(number.to_bytes(32, "big") for number in numbers)
