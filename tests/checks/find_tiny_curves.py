"""Find curves y² = x³ + x + β over the Stark curve's field that have subgroups of tiny prime order:
core/tiny_groups.py's.

    python tests/checks/find_tiny_curves.py --betas 1 100
    python tests/checks/find_tiny_curves.py --betas 1 400 --orders 131073 196607

Counts the points of the curve for each β (Schoof, Elkies and Atkin, by PARI/GP's ellcard), about five seconds each, and
prints the small prime factors of the number, each with a generator of the subgroup of that order: the cofactor's
multiple of the first point that has one, by x and then the smaller y. An order l is a factor for about one β in l.
Needs the program gp; without the package pari-seadata it takes four times as long.
"""

import argparse
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "core"))

from reference import curve

# Prints "l x y" for each prime l of the order. A point of the subgroup has order l when it isn't infinity.
SCRIPT = """
default(parisizemax, 2000000000);
E = ellinit([1, {beta}], {p}); N = ellcard(E);
tiny = select(l -> l >= {lowest} && l <= {highest} && isprime(l) && N % l^2 != 0, factor(N, {highest} + 1)[, 1]~);
generator(l) = for (x = 1, oo, ys = ellordinate(E, x); if (#ys == 0, next); \
  Q = ellmul(E, [x, vecmin(lift(ys))], N / l); if (#Q == 2, return (lift(Q))));
for (i = 1, #tiny, Q = generator(tiny[i]); print(tiny[i], " ", Q[1], " ", Q[2]));
"""


def tiny_subgroups(beta: int, lowest: int, highest: int) -> list[tuple[int, tuple[int, int]]]:
    """The prime orders of subgroups in that range, with a generator of each."""
    script = SCRIPT.format(beta=beta, p=curve.P, lowest=lowest, highest=highest)
    done = subprocess.run(["gp", "-q", "-f"], input=script, capture_output=True, text=True, check=True)
    rows = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    return [(order, (x, y)) for order, x, y in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--betas", type=int, nargs=2, metavar=("FIRST", "LAST"), default=(1, 40))
    parser.add_argument("--orders", type=int, nargs=2, metavar=("LOWEST", "HIGHEST"), default=(5, 3000))
    options = parser.parse_args()
    first, last = options.betas
    for beta in range(first, last + 1):
        for order, (x, y) in tiny_subgroups(beta, *options.orders):
            assert (y * y - x * x * x - x - beta) % curve.P == 0
            print(f"order {order}, beta {beta}, generator ({x:#x}, {y:#x})", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
