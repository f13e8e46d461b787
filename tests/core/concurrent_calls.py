"""Calls of the whole native surface, whose answers must not depend on who else is calling.

For tests/core/test_threads.py and tests/checks/threads.py.
"""

import contextlib
import random
import sys
import threading
from array import array

import starkcore
from starkcore import PrivateKey, PublicKey, Signature, StarkcoreError, extended, paradex, starkex
from starkcore.starkex import OrderSigner

FAR = "2200-01-01T00:00:00Z"
EXTENDED_MARKET = extended.Market("BTC-USD", 5, 10**6, 1, 10**6)
MARKETS = ("BTC-USD", "ETH-USD", "LINK-USD", "DOGE-USD")


class Calls:
    """One set of keys, tables and signers, which all threads share; `calls` by name, each of a number that it depends
    on.
    """

    def __init__(self, seed=1):
        chance = random.Random(seed)
        self.keys = [PrivateKey(chance.randrange(1, 1 << 250)) for _ in range(3)]
        self.prepared = [key.public_key.prepare() for key in self.keys]
        self.by_x = PublicKey.from_x(self.keys[0].public_key.x).prepare()
        self.signers = [OrderSigner(key, position_id=i) for i, key in enumerate(self.keys)]
        self.paradex, self.extended = paradex.OrderSigner(self.keys[0], 5), extended.OrderSigner(self.keys[1], 7)
        self.calls = {
            name: getattr(self, name) for name in dir(type(self)) if not name.startswith("_") and name != "run"
        }

    def run(self, name, number):
        """The answer of a call, or the exception of ours that it raises, in a form that can be compared."""
        try:
            return self.calls[name](random.Random(f"{name} {number}"))
        except StarkcoreError as error:
            return type(error), str(error)

    def new_keys(self, chance):
        key = PrivateKey(chance.randrange(1, 1 << 250))
        other = PrivateKey.from_seed(chance.randbytes(20))
        ground = starkcore.grind_key(chance.randbytes(32))
        return key.public_key, other.public_key, ground.secret_hex(), key == other

    def sign(self, chance):
        key = chance.choice(self.keys)
        m = chance.randrange((1 << 251) + (1 << 249))  # some are out of range
        return key.sign(m, chance.choice((None, 32)), chance.choice((None, bytes(32))))

    def sign_many(self, chance):
        hashes = [chance.randrange(1 << 251) for _ in range(100)]
        return self.keys[0].sign_many(hashes, threads=2), self.keys[1].sign_many(
            b"".join(m.to_bytes(32, "big") for m in hashes), threads=3
        )

    def verify(self, chance):
        which, m = chance.randrange(3), chance.randrange(1 << 251)
        signature = self.keys[which].sign(m)
        wrong = Signature(signature.r, signature.s ^ 1)
        key = self.keys[which].public_key
        tables = self.prepared[which], self.by_x
        return [k.verify(m, s) for k in (key, PublicKey.from_x(key.x), *tables) for s in (signature, wrong)]

    def verify_many(self, chance):
        hashes = [chance.randrange(1 << 251) for _ in range(90)]
        signatures = [chance.choice(self.keys).sign(m) for m in hashes]
        packed = b"".join(m.to_bytes(32, "big") for m in hashes), b"".join(s.to_bytes() for s in signatures)
        key = self.keys[0].public_key
        return (
            starkcore.verify_many([key] * 90, hashes, signatures, threads=2),
            starkcore.verify_many(key.to_bytes() * 90, *packed),
            self.prepared[0].verify_many(*packed, threads=2),
            self.by_x.verify_many(*packed),
        )

    def hashes(self, chance):
        words = [chance.randrange(1 << 251) for _ in range(80)]
        return (
            starkcore.pedersen_hash(*words[:2]),
            starkcore.pedersen_hash_many(list(zip(words[::2], words[1::2], strict=True)), threads=2),
            starkcore.pedersen_chain_starkex(words[:5]),
            starkcore.pedersen_chain_starknet(words[:3]),
            starkcore.keccak256(chance.randbytes(300)),
        )

    def points(self, chance):
        key = chance.choice(self.keys).public_key
        bare = PublicKey.from_x(key.x)
        return [bare.lift(odd) for odd in (False, True)], PublicKey(key.x, key.y), PublicKey.from_hex(key.to_hex())

    def orders(self, chance):
        signer = chance.choice(self.signers)
        orders = [
            {
                "market": chance.choice(MARKETS), "side": chance.choice(("BUY", "SELL")), "size": chance.randrange(50),
                "price": f"{chance.randrange(1, 9000)}.5", "limit_fee": "0.001", "client_id": str(chance.random()),
                "expiration": 4_102_444_800 + 3600 * chance.randrange(100), "position_id": chance.randrange(1 << 64),
            } for _ in range(40)
        ]  # fmt: skip
        outcomes = [(type(o), str(o)) for o in signer.sign_orders(orders, threads=chance.choice((1, 2)))]
        with contextlib.suppress(StarkcoreError):  # a size of 0
            outcomes.append(signer.sign_order(**orders[0]))
        return outcomes

    def columns(self, chance):
        nonces = array("I", (chance.randrange(1 << 32) for _ in range(70)))
        signed = chance.choice(self.signers).sign_columns(
            markets=MARKETS, size_decimals=3, price_decimals=[0, 1, 2, 3], market=chance.randrange(4), side=1,
            size=chance.randrange(1, 10**6), price=30_000, limit_fee=1000, nonce=nonces, expiration=4_102_444_800,
            threads=2,
        )  # fmt: skip
        return signed.hashes, signed.signatures, signed.statuses.tolist()

    def venues(self, chance):
        """One message template of each venue for all threads."""
        order = {
            "market": f"{chance.choice(MARKETS)}-PERP", "side": chance.choice(("BUY", "SELL")), "order_type": "LIMIT",
            "size": chance.randrange(50), "price": "0.5", "timestamp": chance.randrange(10**12, 2 * 10**12),
        }  # fmt: skip
        other = {"market": EXTENDED_MARKET, "side": "BUY", "size": chance.randrange(50), "price": 2,
                 "taker_fee": "0.001", "expire_time": 4_102_444_800, "nonce": chance.randrange(1, 1 << 31)}  # fmt: skip
        column = array("q", (chance.randrange(-3, 1 << 40) for _ in range(70)))
        at_paradex = self.paradex.sign_columns(
            markets=MARKETS, order_types=["LIMIT"], size_decimals=3, price_decimals=2, market=chance.randrange(4),
            side=1, order_type=0, size=column, price=5, timestamp=10**12, threads=2,
        )  # fmt: skip
        at_extended = self.extended.sign_columns(
            market=EXTENDED_MARKET, size_decimals=3, price_decimals=2, side=0, size=column, price=5, taker_fee=500,
            expire_time=4_102_444_800, nonce=7, threads=2,
        )  # fmt: skip
        outcomes = [
            *self.paradex.sign_orders([order] * 40, threads=2),
            *self.extended.sign_orders([other] * 40, threads=2),
        ]
        tables = [(one.hashes, one.signatures, one.statuses.tolist()) for one in (at_paradex, at_extended)]
        return [(type(one), str(one)) for one in outcomes], tables

    def messages(self, chance):
        signer = chance.choice(self.signers)
        common = {"amount": chance.randrange(1 << 40), "nonce": chance.randrange(1 << 32), "expiration": FAR}
        return (
            signer.sign_transfer(receiver_position_id=1, receiver_key=chance.randrange(1 << 251), **common),
            signer.sign_withdrawal(**common),
            starkex.to_quantums(common["amount"], 10**6),
            starkex.expiration_hours(FAR),
        )

    def planted_fault(self, chance):
        """A call that keeps its argument where other threads find it. Not among `calls`, unless it is asked for."""
        self._shared = chance.randrange(1 << 251)
        signature = self.keys[0].sign(chance.randrange(1 << 251))  # time for another to come
        return self._shared, signature


def names_of(calls, planted=False):
    return [name for name in calls.calls if planted == (name == "planted_fault")]


def differences(calls, names, threads, rounds, stop=lambda: False):
    """Make each call in every thread at once, in another order in each.

    Returns [(name, number)] of the answers that aren't the serial ones, and how many calls were made.
    """
    wanted = {(name, number): calls.run(name, number) for name in names for number in range(rounds)}
    wrong, done, start = [], [0] * threads, threading.Barrier(threads)

    def work(i):
        order = list(wanted)
        random.Random(i).shuffle(order)
        start.wait()
        for name, number in order:
            if stop():
                return
            if calls.run(name, number) != wanted[name, number]:
                wrong.append((name, number))
            done[i] += 1

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        workers = [threading.Thread(target=work, args=(i,)) for i in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    finally:
        sys.setswitchinterval(before)
    return wrong, sum(done)
