"""`warm()` of each signer: it fetches what an order needs, and leaves nothing behind."""

import pytest

from starkcore import PrivateKey, StarkcoreError, extended, paradex
from starkcore.starkex import DYDX, Network, OrderSigner, Venue
from starkcore.starknet.warming import of_nobody

KEY = PrivateKey(0x1234)
MARKET = extended.Market("BTC-USD", 5, 10**6, 1, 10**6)
NEW = {
    "starkex": (
        lambda: OrderSigner(KEY, position_id=1),
        {"market": "ETH-USD", "side": "BUY", "size": "1", "price": "2000", "limit_fee": "0.001",
         "expiration": 4_102_444_800, "nonce": 7},
    ),
    "paradex": (
        lambda: paradex.OrderSigner(KEY, 5),
        {"market": "BTC-USD-PERP", "side": "BUY", "order_type": "LIMIT", "size": "1", "price": "2",
         "timestamp": 10**12},
    ),
    "extended": (
        lambda: extended.OrderSigner(KEY, 7),
        {"market": MARKET, "side": "BUY", "size": "1", "price": "2", "taker_fee": "0.0005",
         "expire_time": 4_000_000_000, "nonce": 5},
    ),
}  # fmt: skip


@pytest.fixture
def signed_by(monkeypatch):
    """The keys that anything is signed with: each signer reads its key out of one attribute."""
    seen = []
    for kind, name in ((OrderSigner, "_secret"), (paradex.OrderSigner, "_key"), (extended.OrderSigner, "_key")):
        slot = vars(kind)[name]

        def read(self, slot=slot):
            seen.append(slot.__get__(self))
            return seen[-1]

        monkeypatch.setattr(kind, name, property(read, slot.__set__))
    return seen


@pytest.mark.parametrize("venue", NEW)
def test_a_warm_signer_signs_what_a_cold_one_does(venue):
    make, order = NEW[venue]
    cold, warm = make(), make()
    for _ in range(3):
        assert warm.warm() is None
    assert warm.sign_order(**order) == cold.sign_order(**order)


@pytest.mark.parametrize("venue", NEW)
def test_an_order_is_signed_for_it_but_not_with_the_signer_s_key(venue, signed_by):
    signer = NEW[venue][0]()
    own = KEY._secret if venue == "starkex" else KEY
    signed_by.clear()
    signer.warm()
    assert signed_by
    assert not any(key is own for key in signed_by)
    signed_by.clear()
    signer.sign_order(**NEW[venue][1])
    assert signed_by
    assert all(key is own for key in signed_by)


@pytest.mark.parametrize("kind", [paradex.OrderSigner, extended.OrderSigner])
def test_nobody_s_signer_shares_all_but_the_key(kind):
    signer = kind(KEY, 5)
    nobody = of_nobody(kind, signer)
    others = [name for name in kind.__slots__ if name != "_key"]
    assert others
    assert all(getattr(nobody, name) is getattr(signer, name) for name in others)
    assert nobody._key is not KEY
    assert nobody._key.secret_hex() == PrivateKey(1).secret_hex()


def test_a_venue_s_markets_may_be_none_or_odd():
    """No market, and units so small that a price of 1.5 has no room in the message."""
    nowhere = Venue(name="empty", markets={}, networks=DYDX.networks)
    tiny = Network("mainnet", 1, 7, 2**64 - 1)
    fine = Venue(name="fine", markets=DYDX.markets, networks={"mainnet": tiny})
    for venue in (nowhere, fine):
        OrderSigner(KEY, position_id=1, venue=venue).warm()
    with pytest.raises(StarkcoreError):
        OrderSigner(KEY, position_id=1, venue=fine).sign_order(**NEW["starkex"][1])
