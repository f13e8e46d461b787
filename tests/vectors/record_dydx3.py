"""What dydx3, the exchange's own Python client, makes of orders, transfers and withdrawals.

Started by record_differential.py.
"""

import inspect
import random
from importlib.metadata import version

import layout

# parsimonious 0.8, which dydx3's web3 5 pins, still asks for the name that Python 3.11 dropped.
if not hasattr(inspect, "getargspec"):
    inspect.getargspec = inspect.getfullargspec

from dydx3.constants import (
    ASSET_RESOLUTION,
    NETWORK_ID_MAINNET,
    NETWORK_ID_SEPOLIA,
    SYNTHETIC_ASSET_MAP,
)
from dydx3.modules.onboarding import Onboarding
from dydx3.starkex import helpers
from dydx3.starkex.conditional_transfer import SignableConditionalTransfer
from dydx3.starkex.order import SignableOrder
from dydx3.starkex.transfer import SignableTransfer
from dydx3.starkex.withdrawal import SignableWithdrawal

NETWORKS = {"mainnet": NETWORK_ID_MAINNET, "sepolia": NETWORK_ID_SEPOLIA}
N = 0x800000000000010FFFFFFFFFFFFFFFFB781126DCAE7B2321E66A241ADC64D2F
PARTS = ("a", "Z", "7", " ", "-", "_", "é", "ß", "Ж", "漢", "🙂", "\\", '"', "\n", "\x7f")


class Source:
    """Inputs of one section, from a generator seeded with its name."""

    def __init__(self, section: str) -> None:
        self.random = random.Random(f"starkcore {section}")
        self.keys = [hex(k) for k in (1, N - 1, 2**251 - 1, *(self.random.randrange(1, N) for _ in range(5)))]

    def number(self, bits: int) -> int:
        """Any width up to `bits`, with both ends often."""
        r = self.random
        return r.choice([0, 1, 2**bits - 1, *(r.getrandbits(r.randint(1, bits)) for _ in range(5))])

    def spell(self, coefficient: int, exponent: int) -> str:
        """coefficient·10^exponent in one of the ways a person or a program writes it."""
        r, digits = self.random, str(coefficient)
        if exponent < 0:
            digits = digits.rjust(1 - exponent, "0")
            plain = digits[:exponent] + "." + digits[exponent:]
        else:
            plain = digits + "0" * exponent
        scientific = f"{coefficient}{r.choice('eE')}{exponent:+d}"
        padded = "00" + plain + ("000" if "." in plain else "")
        return r.choice(
            [plain, plain, plain.rstrip("0").rstrip(".") if "." in plain else plain, scientific, padded, "+" + plain]
        )

    def quantums(self) -> int:
        return self.random.getrandbits(self.random.randint(1, 63)) or 1

    def client_id(self) -> str:
        r = self.random
        return "".join(r.choice(PARTS) for _ in range(r.randint(0, 6))) or str(r.getrandbits(53))

    def expiration(self) -> int | float:
        r = self.random
        hour = 3600 * r.randrange(400_000, 600_000)
        return r.choice(
            [hour, hour + 1, hour - 1, hour + r.randrange(3600), hour + 0.001, hour + r.randrange(3_600_000) / 1000]
        )

    def order(self, market: str) -> dict:
        """An order whose quantums fit in 64 bits; dydx3 itself checks no bound."""
        r = self.random
        decimals = len(str(int(float(ASSET_RESOLUTION[SYNTHETIC_ASSET_MAP[market]])))) - 1
        size = self.quantums()
        digits = r.choice([1, 2, 3, 4, 6, 9, 15, 28, 29, 40])
        # size·price·10^6 < 10^18 leaves room for a fee below one
        magnitude = 18 - 6 - len(str(size)) + decimals - r.randrange(4)
        price = r.randrange(10 ** (digits - 1), 10**digits)
        fee = r.choice(
            [
                (0, 0),
                (1, -3),
                (5, -4),
                (1, -6),
                (999999, -6),
                (1999, -9),
                (r.getrandbits(60), -18 - r.randrange(3)),
                (r.randrange(10**40), -41),
            ]
        )
        return {
            "size": self.spell(size, -decimals),
            "price": self.spell(price, magnitude - digits),
            "limit_fee": self.spell(*fee),
        }


def orders() -> list[dict]:
    source, rows = Source("orders"), []
    for network, network_id in NETWORKS.items():
        for market in SYNTHETIC_ASSET_MAP:
            for side in ("BUY", "SELL", "BUY", "SELL"):
                row = {
                    "network": network,
                    "market": market,
                    "side": side,
                    "position_id": source.number(64),
                    **source.order(market),
                    "client_id": source.client_id(),
                    "expiration": source.expiration(),
                    "d": source.random.choice(source.keys),
                }
                order = SignableOrder(
                    network_id,
                    market,
                    side,
                    row["position_id"],
                    row["size"],
                    row["price"],
                    row["limit_fee"],
                    row["client_id"],
                    row["expiration"],
                )
                message = order.to_starkware()
                rows.append(
                    row
                    | {
                        "quantums_synthetic": message.quantums_amount_synthetic,
                        "quantums_collateral": message.quantums_amount_collateral,
                        "quantums_fee": message.quantums_amount_fee,
                        "nonce": message.nonce,
                        "expiration_hours": message.expiration_epoch_hours,
                        "hash": hex(order.hash),
                        "signature": order.sign(row["d"]),
                    }
                )
    return rows


ODD_SIZES = [
    "0",
    "-0",
    "1e-9",
    "1e-10",
    "0.5",
    "1e0",
    "1E+3",
    ".5",
    "5.",
    "-1",
    "NaN",
    "sNaN",
    "Infinity",
    "",
    ".",
    " 1",
    "1_0",
    "１２",
    "18446744073.709551615",
    "18446744073.709551616",
    "1." + "0" * 40,
    "1234567890123456789.1234567891",
    "1" * 29,
    "1e400",
]
ODD_PRICES = [
    "0",
    "1e-30",
    "0.0000000000000000000000000001",
    "3333333333.333333333333333333",
    "9" * 28,
    "0." + "3" * 40,
    "1e-999999",
    "1e999999",
    "-5",
    "NaN",
    "1_000.5",
    "",
    "1e5",
    "00.10",
]
ODD_FEES = [
    "0",
    "0.0000009999999",
    "0.000001",
    "1",
    "1e3",
    "1e22",
    "-0.001",
    "1e-400",
    "0.1234567891234567891234567891234",
    "NaN",
    "",
    "1e-6",
]


def amounts() -> list[dict]:
    """Quantums alone, without a hash: more random orders, and texts at and past the edges of `decimal`."""
    source, rows = Source("amounts"), []
    cases = [(source.random.choice(list(SYNTHETIC_ASSET_MAP)), side) for side in ("BUY", "SELL") for _ in range(20)]
    inputs = [(market, side, source.order(market)) for market, side in cases]
    plain = {"size": "1.5", "price": "350.00067", "limit_fee": "0.001"}
    for field, texts in (("size", ODD_SIZES), ("price", ODD_PRICES), ("limit_fee", ODD_FEES)):
        inputs += [("ETH-USD", side, plain | {field: text}) for text in texts for side in ("BUY", "SELL")]
    for market, side, texts in inputs:
        row = {"market": market, "side": side, **texts}
        try:
            message = SignableOrder(1, market, side, 1, *texts.values(), "", 0).to_starkware()
            row["quantums"] = [
                message.quantums_amount_synthetic,
                message.quantums_amount_collateral,
                message.quantums_amount_fee,
            ]
        except (ArithmeticError, ValueError) as error:
            row["raises"] = type(error).__name__
        rows.append(row)
    return rows


def collateral(source: Source) -> dict:
    return {
        "amount": source.spell(source.quantums(), -6),
        "client_id": source.client_id(),
        "expiration": source.expiration(),
        "d": source.random.choice(source.keys),
    }


def result(signable, nonce: int, key: str) -> dict:
    message = signable.to_starkware()
    return {
        "quantums_amount": message.quantums_amount,
        "nonce": nonce,
        "expiration_hours": message.expiration_epoch_hours,
        "hash": hex(signable.hash),
        "signature": signable.sign(key),
    }


def transfers(conditional: bool) -> list[dict]:
    source, rows = Source(f"transfers {conditional}"), []
    for i in range(100):
        network = ("mainnet", "sepolia")[i % 2]
        row = {
            "network": network,
            "sender_position_id": source.number(64),
            "receiver_position_id": source.number(64),
            "receiver_public_key": hex(source.random.randrange(2**251)),
            **collateral(source),
        }
        common = {
            "network_id": NETWORKS[network],
            "sender_position_id": row["sender_position_id"],
            "receiver_position_id": row["receiver_position_id"],
            "receiver_public_key": row["receiver_public_key"],
            "human_amount": row["amount"],
            "client_id": row["client_id"],
            "expiration_epoch_seconds": row["expiration"],
        }
        if conditional:
            row |= {
                "fact_registry": f"0x{source.random.getrandbits(160):040x}",
                "fact": source.random.randbytes(32).hex(),
            }
            signable = SignableConditionalTransfer(
                **common, fact_registry_address=row["fact_registry"], fact=bytes.fromhex(row["fact"])
            )
            row["condition"] = hex(signable.to_starkware().condition)
            nonce = signable.to_starkware().nonce
        else:
            signable = SignableTransfer(**common)
            nonce = signable.to_starkware().nounce
        rows.append(row | result(signable, nonce, row["d"]))
    return rows


def withdrawals() -> list[dict]:
    source, rows = Source("withdrawals"), []
    for i in range(100):
        network = ("mainnet", "sepolia")[i % 2]
        row = {"network": network, "position_id": source.number(64), **collateral(source)}
        signable = SignableWithdrawal(
            NETWORKS[network], row["position_id"], row["amount"], row["client_id"], row["expiration"]
        )
        rows.append(row | result(signable, signable.to_starkware().nonce, row["d"]))
    return rows


def facts() -> list[dict]:
    """Whole amounts below 2^53 base units: dydx3 multiplies in floating point and is wrong or refuses beyond that."""
    source, rows = Source("facts"), []
    for i in range(20):
        recipient, token = (f"0x{source.random.getrandbits(160):040x}" for _ in range(2))
        amount, decimals, salt = str(source.random.getrandbits(30)), i % 7, source.number(32)
        fact = helpers.get_transfer_erc20_fact(_checksum(recipient), decimals, amount, _checksum(token), salt)
        rows.append(
            {
                "recipient": recipient,
                "token_decimals": decimals,
                "amount": amount,
                "token": token,
                "salt": hex(salt),
                "fact": fact.hex(),
            }
        )
    return rows


def _checksum(address: str) -> str:
    return helpers.Web3.toChecksumAddress(address)


class FixedSigner:
    """Stands in for a wallet: answers with the signature under test."""

    def __init__(self, signature: str) -> None:
        self.signature = signature

    def sign(self, *_args) -> str:
        return self.signature


def legacy_keys() -> list[dict]:
    """`derive_stark_key` over chosen signatures, some with leading zeros, which it loses."""
    source, rows = Source("legacy keys"), []
    for zeros in (0, 0, 0, 0, 1, 1, 2, 3, 8, 31, 32, 33, 34, 40):
        signature = bytes(zeros) + source.random.randbytes(64 - zeros) + bytes([source.random.choice([0x1B, 0x1C]), 0])
        onboarding = Onboarding("", FixedSigner("0x" + signature.hex()), NETWORK_ID_MAINNET, "", 0)
        pair = onboarding.derive_stark_key("")
        rows.append(
            {
                "signature": signature.hex(),
                "d_legacy": pair["private_key"],
                "x": pair["public_key"],
                "y": pair["public_key_y_coordinate"],
            }
        )
    return rows


def nonces() -> list[dict]:
    source = Source("nonces")
    ids = [source.client_id() for _ in range(30)] + ["\x00", "a" * 200]
    return [{"client_id": text, "nonce": helpers.nonce_from_client_id(text)} for text in ids]


PROVENANCE = {
    "about": "Messages, hashes and signatures by dydx3's own Python, its pure-Python Pedersen hash and ECDSA included. "
    "It checks no bounds and takes odd texts (negative amounts, a price of '1_0', digits of other scripts): where our "
    "rule is stricter, `amounts` still shows what dydx3 says.",
    "engines": {name: version(name) for name in ("dydx-v3-python", "web3", "ecdsa", "sympy")},
    "program": "tests/vectors/record_differential.py dydx3",
    "encoding": "Keys, hashes and conditions are hex with 0x; facts and signatures hex without; expiration is seconds.",
}


def record() -> None:
    layout.write(
        "dydx3.json",
        PROVENANCE,
        {
            "orders": orders(),
            "amounts": amounts(),
            "transfers": transfers(False),
            "conditional_transfers": transfers(True),
            "withdrawals": withdrawals(),
            "facts": facts(),
            "nonces": nonces(),
            "legacy_keys": legacy_keys(),
        },
    )
