"""The rows: what is measured, and what it was meant to reach. Times in microseconds, one core, native code.

From Python, a single operation may take 0.5 µs more and a whole order 2 µs more, and items of a batch nothing. The
targets were set on a Zen 3 server core at 3.2 GHz; another machine has other times, and its peers tell by how much.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """One row.

    Attributes:
        key: the name in measurements.
        title: as tables show it.
        target, stretch: in microseconds, native, the fastest engine; None: there is none.
        allowance: microseconds that the call from Python may take on top.
        portable: the target of the portable engine.
        against: the operations of peers that this one is compared with, when it isn't just the same one:
            where they have no batches or tables their single operation, and with y known also what they do with x.
        layer: the same in the native measurement.
    """

    key: str
    title: str
    target: float | None = None
    stretch: float | None = None
    allowance: float = 0.0
    portable: float | None = None
    against: tuple[str, ...] = ()
    layer: str | None = None


OPERATIONS = [
    Operation("call", "a call that does nothing"),
    Operation("pedersen", "Pedersen hash", 4.2, 3.7, 0.5, 8.0, layer="pedersen"),
    Operation(
        "pedersen_batch", "Pedersen, batch over buffers, each", 1.7, 1.3, against=("pedersen",), layer="pedersen, of 32"
    ),
    Operation("pedersen_large", "Pedersen hash, large tables", 3.3, 2.8, 0.5, against=("pedersen",)),
    Operation("pedersen_large_batch", "Pedersen, large tables, batch over buffers, each", against=("pedersen",)),
    Operation("pedersen_batch_ints", "Pedersen, batch over ints, each", against=("pedersen",)),
    Operation("pedersen_elements", "Pedersen hash of a list of ten"),
    Operation("pedersen_short", "Pedersen hash of a list of six short fields", 16.0, allowance=0.5),
    Operation("pedersen_lists", "Pedersen, lists of ten, batch over buffers, each", against=("pedersen_elements",)),
    Operation("poseidon", "Poseidon hash of two", 2.2, 1.8, 0.5, layer="poseidon"),
    Operation(
        "poseidon_batch",
        "Poseidon, batch over buffers, each",
        0.5,
        0.35,
        against=("poseidon",),
        layer="poseidon, of 32",
    ),
    Operation(
        "poseidon_elements", "Poseidon hash of a list of ten", 14.0, allowance=0.5, layer="poseidon, list of ten"
    ),
    Operation("poseidon_lists", "Poseidon, lists of ten, batch over buffers, each", against=("poseidon_elements",)),
    Operation("public_key", "public key from a private one", 4.0, 3.5, 0.5, layer="public key"),
    Operation("sign", "sign, inversions behind a blind", 6.0, 5.0, 0.5, 13.0, layer="sign"),
    Operation("sign_strict", "sign, strict: every inversion in constant time", 8.0, 7.0, 0.5, against=("sign",)),
    Operation("sign_batch", "sign, batch over buffers, each", 3.5, 2.8, against=("sign",), layer="sign, of 32"),
    Operation("sign_batch_ints", "sign, batch over ints, each", against=("sign",)),
    Operation("verify_x", "verify, the key's x known", 30.0, 27.0, 0.5, layer="verify x"),
    Operation("verify", "verify, x and y known", against=("verify", "verify_x"), layer="verify x, y"),
    Operation(
        "verify_prepared",
        "verify, key with its table",
        5.5,
        4.5,
        0.5,
        against=("verify", "verify_x"),
        layer="verify prepared",
    ),
    Operation(
        "verify_batch_x", "verify, batch, x known, each", 18.0, 14.0, against=("verify_x",), layer="verify x, of 32"
    ),
    Operation(
        "verify_batch",
        "verify, batch, x and y known, each",
        18.0,
        14.0,
        against=("verify", "verify_x"),
        layer="verify x, y, of 32",
    ),
    Operation("prepare", "make a key's table"),
    Operation("order", "StarkEx order, amounts in, hex signature out", 10.5, 9.0, 2.0, 22.0, layer="order"),
    Operation("order_call", "StarkEx order, `sign_order` alone in a loop", layer="order"),
    Operation("order_batch", "StarkEx orders, batch of dicts, each", against=("order",)),
    Operation(
        "order_columns", "StarkEx orders, batch in columns, each", 6.0, 5.0, against=("order",), layer="order, of 32"
    ),
    Operation("paradex_order", "Paradex order, amounts in", 27.0, 24.0),
    Operation("paradex_order_batch", "Paradex orders, batch of dicts, each", 13.0, 11.0),
    Operation("paradex_order_columns", "Paradex orders, batch in columns, each", 11.0, 9.0),
    Operation("extended_order", "Extended order, amounts in", 24.0, 20.0),
    Operation("extended_order_batch", "Extended orders, batch of dicts, each", 8.0, 7.0),
    Operation("extended_order_columns", "Extended orders, batch in columns, each", 7.0, 6.0),
    Operation("typed_data_0", "typed data of revision 0, types compiled: hash and sign", 60.0),
    Operation("typed_data_1", "typed data of revision 1, types compiled: hash and sign", 60.0),
    Operation("key_from_eth_signature", "key pair from an Ethereum signature"),
    Operation("import", "import", 12_000.0),
]

BY_KEY = {operation.key: operation for operation in OPERATIONS}

# Rows of the goals that a run doesn't measure, and why.
NOT_MEASURED = {
    "Stark key from a local Ethereum key, whole": (100.0, "needs the client's extras: not in this run"),
}

IMPORT_MEGABYTES = 5.0
SIGN_ORDER_MORE = 1.2  # microseconds of a call from Python, above the same natively
TWO_THREADS = 1.9
