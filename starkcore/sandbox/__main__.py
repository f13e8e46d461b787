"""`python -m starkcore.sandbox`: the exchange, until it is interrupted."""

from __future__ import annotations

import argparse
import sqlite3
import sys

from starkcore.errors import StarkcoreError
from starkcore.sandbox import Settings, serve
from starkcore.sandbox.ending import end_with_input, ended_by_signals, temporary_folder
from starkcore.sandbox.errors import CantOpen
from starkcore.terminal import escape

__all__ = ["add_arguments", "main", "run"]


def main(arguments: list[str] | None = None) -> int:
    """Run the exchange; 0 when it was stopped, 1 when it couldn't run."""
    parser = argparse.ArgumentParser(prog="python -m starkcore.sandbox", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options, for whichever command starts the exchange."""
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080, help="0 for any that is free")
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        help="a name that the exchange is reached by, beside localhost and addresses; may be given again",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--database", default="sandbox.db", help="a file, or :memory: (default: %(default)s)")
    where.add_argument("--temporary", action="store_true", help="a file that is removed at the end, whatever ends it")
    parser.add_argument("--network", default="mainnet", choices=("mainnet", "sepolia"))
    parser.add_argument("--initial-balance", default="0", help="what each new account is given, in USDC")
    parser.add_argument(
        "--until-eof", action="store_true", help="end when standard input does, or whoever started this"
    )


def run(options: argparse.Namespace) -> int:
    """Run the exchange as the options say."""
    try:
        with ended_by_signals(), temporary_folder(options.temporary) as folder:
            database = options.database if folder is None else folder / "exchange.db"
            if options.until_eof:
                end_with_input(folder)
            if folder is not None:
                print(f"starkcore sandbox database: {database}", flush=True)
            settings = Settings(database=database, network=options.network, initial_balance=options.initial_balance)
            serve(options.host, options.port, settings, names=options.name)
    except KeyboardInterrupt:
        return 0
    except CantOpen as error:
        problem = f"--database: {error}"
    except StarkcoreError as error:
        problem = str(error)
    except (sqlite3.Error, OSError, OverflowError) as error:
        problem = f"--database, --host and --port must name what can be used: {error}"
    else:
        return 0
    if sys.stderr is not None:
        print(f"error: {escape(problem)}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
