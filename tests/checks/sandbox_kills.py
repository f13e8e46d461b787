"""The exchange, killed with SIGKILL in the midst of orders, again and again on one database: nothing acknowledged may
be lost.

Each time four new traders place, cross and cancel orders over four connections until the process is killed, at a random
moment. Then the database is audited, the exchange is started again, and every order compared with what its trader was
told. Shown at the end: orders and cancels acknowledged, how many of them are lost, client ids that are there twice,
orders that nobody sent, and of those that were under way and never answered how many were stored.

First, a fault is planted, which must be found: an exchange that answers before its database has written.

Needs the tests' packages, and a system with SIGKILL. A kill takes three seconds, or more on a busy machine. Exits with
1 when something was found. Ctrl-C stops it, and shows what there was so far.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sandbox"))

from sandbox_makers import Compared, Maker, compare

from starkcore import sandbox

MAKERS = 4
MOST_ORDERS = 150

# Python runs this before the exchange: answers no longer wait for the database, which takes its time.
EAGER = """
import sys
if "starkcore.sandbox" in sys.orig_argv:
    import time
    from starkcore.sandbox.exchange import Exchange
    from starkcore.sandbox.store import Store
    commit = Store.commit
    async def durable(self): pass
    def slow(self): time.sleep(0.2); commit(self)
    Exchange.durable, Store.commit = durable, slow
"""


def compare_and_kill(database: Path, dead: list[Maker], enough: int | None) -> tuple[Compared, list[Maker]]:
    """Start the exchange, compare it with what earlier traders were told, trade until `enough` orders are there, and
    kill it.

    Args:
        enough: None: don't trade, and don't kill.
    """
    with sandbox.running_process(database) as exchange:
        found = compare(dead, exchange.url)
        for maker in dead:
            maker.trader.close()
        if enough is None:
            return found, []
        makers = [Maker(exchange.url, number, MOST_ORDERS) for number in range(MAKERS)]
        for maker in makers:
            maker.start()
        while sum(len(maker.placed) for maker in makers) < enough and any(maker.is_alive() for maker in makers):
            time.sleep(0.002)
        os.kill(exchange.process.pid, signal.SIGKILL)
        exchange.process.wait(30)
        for maker in makers:
            maker.join(60)
        return found, makers


def run(times: int, seed: int, database: Path) -> int:
    """Kill so many times, and show what came of it. How many things were wrong."""
    chance, before = random.Random(seed), time.monotonic()
    total, kills = Compared(), 0
    makers: list[Maker] = []
    audited: list[str] = []
    problems: list[str] = []
    with suppress(KeyboardInterrupt):
        for number in range(times + 1):
            enough = chance.randrange(1, MAKERS * MOST_ORDERS // 2) if number < times else None
            found, makers = compare_and_kill(database, makers, enough)
            if number:
                kills = number
                problems += audited
                for name in vars(total):
                    setattr(total, name, getattr(total, name) + getattr(found, name))
                print(
                    f"kill {number} of {times}: {found.orders} orders and {found.cancels} cancels acknowledged, "
                    f"lost {len(found.lost)}, twice {len(found.duplicated)}, unasked {len(found.unasked)}; "
                    f"never answered and stored {found.stored}",
                    flush=True,
                )
                for problem in audited:
                    print(f"  audit: {problem}", flush=True)
            audited = list(sandbox.audit(database).problems)
    print(
        f"kills {kills}, {time.monotonic() - before:.0f} s: orders acknowledged {total.orders}, cancels acknowledged "
        f"{total.cancels}, lost {len(total.lost)}, duplicated {len(total.duplicated)}, unasked {len(total.unasked)}, "
        f"never answered and stored {total.stored}, audit's problems {len(problems)}"
    )
    return len(total.problems) + len(problems)


def planted(seed: int) -> bool:
    """Whether an exchange that answers too early is found out."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "sitecustomize.py").write_text(EAGER, encoding="utf-8")
        path = os.pathsep.join(filter(None, (folder, os.environ.get("PYTHONPATH"))))
        with mock.patch.dict(os.environ, {"PYTHONPATH": path}):
            print("planted: an exchange that answers before its database has written")
            return run(2, seed, Path(folder, "exchange.db")) > 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=100, help="how often it is killed (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments (default: %(default)s)")
    parser.add_argument("--planted", action="store_true", help="the planted fault alone")
    options = parser.parse_args()
    if not planted(options.seed):
        print("the planted fault was not found: this check proves nothing")
        return 1
    if options.planted:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        return 1 if run(options.times, options.seed, Path(folder, "exchange.db")) else 0


if __name__ == "__main__":
    sys.exit(main())
