"""Every case of formulas, scalar multiplication and ECDSA on tiny groups; tests/checks/exhaustive.py tries more of
them.
"""

import pytest
import tiny_groups
from tiny_groups import FAULTS, GROUPS

pytestmark = pytest.mark.native

# Of the larger group some keys, and not every s; that of the smaller one takes seconds.
SCALAR = (131, (1, 3, 13, 200))
CHOSEN = {
    "portable": SCALAR,
    **({"aarch64": SCALAR} if "aarch64" in tiny_groups.engines() else {}),
    "avx2": (617, (200, 310, 310, 2000)),
}


@pytest.fixture(scope="module")
def points(tmp_path_factory):
    folder = tmp_path_factory.mktemp("points")
    return {order: tiny_groups.write_points(folder, group) for order, group in GROUPS.items() if order < 1000}


@pytest.mark.parametrize("engine", CHOSEN)
def test_tiny_groups(tmp_path, points, engine):
    if engine not in tiny_groups.engines():
        pytest.skip(f"this CPU has no {engine} engine")
    order, (some_points, some_keys, verified_keys, some_s) = CHOSEN[engine]
    program = tiny_groups.build(tmp_path, engine, GROUPS[order])
    for part, of, *steps in [
        *(("formulas", of) for of in (7, 13, 131)),
        ("scalars", order, some_points),
        ("sign", order, some_keys),
        ("verify", order, verified_keys, some_s),
    ]:
        tried, output = tiny_groups.run(program, part, points[of], *steps)
        assert tried > 0, f"{part} of order {of}: {output[-2000:]}"


def test_a_forgotten_case_is_found(tmp_path, points):
    fault = FAULTS["addition forgets equal points"]
    program = tiny_groups.build(tmp_path, "portable", GROUPS[131], fault)
    tried, output = tiny_groups.run(program, fault.part, points[13])
    assert tried == 0
    assert "add_complete_var: wrong for 1 1" in output
