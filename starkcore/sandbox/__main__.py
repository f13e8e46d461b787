"""`python -m starkcore.sandbox`: the exchange, until it is interrupted."""

from __future__ import annotations

import argparse
import sys

from starkcore.errors import StarkcoreError
from starkcore.sandbox import Settings, serve


def main(arguments: list[str] | None = None) -> int:
    """Run the exchange; 0 when it was stopped, 1 when it couldn't run."""
    parser = argparse.ArgumentParser(prog="python -m starkcore.sandbox", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options, for whichever command starts the exchange."""
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080, help="0 for any that is free")
    parser.add_argument("--database", default="sandbox.db", help="a file, or :memory: (default: %(default)s)")
    parser.add_argument("--network", default="mainnet", choices=("mainnet", "sepolia"))
    parser.add_argument("--initial-balance", default="0", help="what each new account is given, in USDC")


def run(options: argparse.Namespace) -> int:
    """Run the exchange as the options say."""
    settings = Settings(database=options.database, network=options.network, initial_balance=options.initial_balance)
    try:
        serve(options.host, options.port, settings)
    except StarkcoreError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
