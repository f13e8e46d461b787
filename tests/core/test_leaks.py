"""No call leaves objects behind, whether it answers or refuses: what the binding forgets to let go of adds up."""

import contextlib
import gc
import random
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "checks"))

import message_surface
import python_surface as surface

pytestmark = pytest.mark.long

CALLS = 40
WRONG = (None, True, -1, 1 << 300, 1.5, "x", "0x1", "1e9999", b"", bytearray(40), [], ["x"], {}, object())


def objects_left_by(function, name):
    """How many more memory blocks there are after calls, good and refused, that were made before; the least of four
    times.
    """
    kinds = [*function.positional, *function.keywords.values()]
    split = len(function.positional)

    def call(chance):
        values = [chance.choice(WRONG) if chance.random() < 0.1 else kind.good(chance) for kind in kinds]
        with contextlib.suppress(Exception):
            function.call(*values[:split], **dict(zip(function.keywords, values[split:], strict=True)))

    def calls():
        for i in range(CALLS):
            call(random.Random(f"{name} {i}"))
        gc.collect()
        return sys.getallocatedblocks()

    for _ in range(3):  # the interpreter's own caches fill slowly
        calls()
    return min(-calls() + calls() for _ in range(4))


# Of Starknet's messages and their venues, what goes into the binding by calls of its own.
NAMES = [name for name in surface.FUNCTIONS if name not in message_surface.FUNCTIONS or ".sign_" in name]


@pytest.mark.parametrize("name", NAMES)
def test_calls_leave_nothing(name):
    assert objects_left_by(surface.FUNCTIONS[name], name) < 3 * CALLS / 4


def test_an_object_kept_by_each_call_is_found():
    planted = surface.Function([].append, (surface.Kind(lambda chance: chance.random()),))
    assert objects_left_by(planted, "planted") >= 3 * CALLS / 4
