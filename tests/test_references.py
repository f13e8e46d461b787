"""No call leaves objects behind, whether it answers or refuses: what the binding forgets to let go of adds up."""

import contextlib
import gc
import random
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent / "checks"))

import python_surface as surface

CALLS = 60
WRONG = (None, True, -1, 1 << 300, 1.5, "x", "0x1", "1e9999", b"", bytearray(40), [], ["x"], {}, object())


def objects_left_by(function, name):
    """How many more memory blocks there are after calls, good and refused, that were made before; the least of four times."""
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

    calls()
    return min(-calls() + calls() for _ in range(4))


@pytest.mark.parametrize("name", surface.FUNCTIONS)
def test_calls_leave_nothing(name):
    assert objects_left_by(surface.FUNCTIONS[name], name) < CALLS / 10


def test_one_kept_object_in_five_calls_is_found():
    kept = []

    def forgetful(value):
        if value % 5 == 0:
            kept.append(object())

    planted = surface.Function(
        forgetful, (surface.Kind(lambda chance: 10 * chance.randrange(10**6) + chance.randrange(10)),)
    )
    assert objects_left_by(planted, "planted") >= CALLS / 10
