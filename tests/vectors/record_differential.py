"""Records vectors from engines that others wrote. Nothing of ours computes an expected value here.

`python tests/vectors/record_differential.py dydx3` writes dydx3.json and needs `dydx-v3-python`.
`python tests/vectors/record_differential.py cairo` writes cairo_lang.json and needs `cairo-lang`'s Python on the path,
`crypto-cpp-py`, `fast-stark-crypto`, `starknet-pathfinder-crypto`, and StarkWare's stark-perpetual checkout
(`services/perpetual/public`) for the messages.

An engine that is missing stops the run: a file is recorded whole or not at all. Inputs come from seeded generators,
so another run with the same versions writes the same bytes.
"""

import sys


def main() -> None:
    if sys.argv[1:] == ["dydx3"]:
        import record_dydx3

        record_dydx3.record()
    elif sys.argv[1:] == ["cairo"]:
        import record_cairo

        record_cairo.record()
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
