"""Try everything there is to try on groups of tiny order: formulas, scalar multiplication, ECDSA.

    python tests/checks/exhaustive.py                    every engine, order, planted fault; some 20 minutes of a core
    python tests/checks/exhaustive.py --order 131 --all  every signature for every hash and key; an hour for each engine
    python tests/checks/exhaustive.py --planted          the planted faults alone

Needs a C++20 compiler. What is tried, and why these orders, is said in tests/core/tiny_groups.py and
tests/native/exhaustive.cpp. Without --all, verification takes some keys and some s only, and so do signing and scalars
for the larger orders; formulas, and scalars and signing for order 131, are complete.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "core"))

import tiny_groups
from tiny_groups import FAULTS, GROUPS, LANES, Fault, Group

# For each order the steps of keys and of s that make the default run minutes.
STEPS = {131: {"verify": (10, 60)}, 617: {"scalars": (4,), "sign": (60,), "verify": (120, 700)}}
STEPS[2087] = {"scalars": (60,), "sign": (2086,), "verify": (2086, 6000)}
STEPS[178531] = {"scalars": (60_000,), "sign": (60_000, 80_021)}
# Keys, and signatures for each, whose scalars are chosen: where a group is too large for all, and beside all.
CHOSEN = {131: (10, 5000), 617: (60, 10_000), 2087: (600, 50_000), 178531: (30_000, 200_000)}


def parts(group: Group, everything: bool) -> Iterator[tuple[str, int, tuple[int, ...]]]:
    """The program's parts, the order of the group that each takes, and its steps."""
    tiny = group.order < 10_000  # all of it is too much for the others
    small = [order for order, other in GROUPS.items() if not other.windows]
    for order in [*small, *([group.order] if group.order < 1000 or (everything and tiny) else [])]:
        yield "formulas", order, ()
    for part in ("scalars", "sign", "verify"):
        if tiny or part in STEPS[group.order]:
            yield part, group.order, () if everything and tiny else STEPS[group.order].get(part, ())
    yield "chosen", group.order, CHOSEN[group.order]


def try_group(folder: Path, engine: str, group: Group, points: dict[int, Path], everything: bool) -> bool:
    print(f"{engine}, order {group.order}: compiling", flush=True)
    program = tiny_groups.build(folder, engine, group)
    right = True
    for part, order, steps in parts(group, everything):
        start = time.monotonic()
        tried, output = tiny_groups.run(program, part, points[order], *steps)
        right &= tried > 0
        said = f"{tried} tried, 0 wrong" if tried else f"WRONG\n{output}"
        print(f"{engine}, order {order}, {part}: {said}  ({time.monotonic() - start:.0f} s)", flush=True)
    return right


def find_fault(folder: Path, name: str, fault: Fault, points: dict[int, Path]) -> bool:
    order = min(order for order, group in GROUPS.items() if group.windows > LANES[fault.engine])
    steps = {"verify": (order // 2, 200), "chosen": (order // 2, 20_000), "sign": (20,), "scalars": (10,)}.get(
        fault.part, ()
    )
    program = tiny_groups.build(folder, fault.engine, GROUPS[order], fault)
    tried, output = tiny_groups.run(program, fault.part, points[order if fault.part != "formulas" else 13], *steps)
    found = tried == 0 and ": wrong for " in output
    print(f"planted, {name}: {output.splitlines()[0] if found else 'NOT FOUND'}", flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    orders = [order for order, group in GROUPS.items() if group.windows]
    parser.add_argument("--engine", choices=tiny_groups.ENGINES, action="append", help="this engine; all by default")
    parser.add_argument("--order", type=int, choices=orders, action="append", help="this order; all by default")
    parser.add_argument("--all", action="store_true", help="leave nothing out: hours, days for the larger orders")
    parser.add_argument("--planted", action="store_true", help="the planted faults alone")
    options = parser.parse_args()
    right = True
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        points = {order: tiny_groups.write_points(work, group) for order, group in GROUPS.items()}
        engines = [engine for engine in tiny_groups.engines() if engine in (options.engine or tiny_groups.ENGINES)]
        for engine in [] if options.planted else engines:
            for order in options.order or orders:
                if GROUPS[order].windows <= LANES[engine]:
                    continue
                folder = work / f"{engine}-{order}"
                folder.mkdir()
                right &= try_group(folder, engine, GROUPS[order], points, options.all)
        for number, (fault_name, fault) in enumerate(FAULTS.items()):
            if fault.engine not in engines:
                continue
            folder = work / f"planted-{number}"
            folder.mkdir()
            right &= find_fault(folder, fault_name, fault, points)
    return 0 if right else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
