"""`starkcore info`, `selftest` and `demo`: what this build is, and that it works."""

from __future__ import annotations

import argparse
import sys

import starkcore
from starkcore.commands.common import number
from starkcore.commands.output import NO, OK, show
from starkcore.engine import compiler
from starkcore.errors import InvalidInput, MissingExtra, SelfTestFailed

__all__ = ["demo", "info", "selftest"]


def info(args: argparse.Namespace) -> int:
    """Version, compiler and engines."""
    values = {
        "version": starkcore.__version__,
        "compiler": compiler(),
        "engine": starkcore.engine(),
        "engines": starkcore.engines() if args.json else ", ".join(starkcore.engines()),
        "strict": starkcore.strict() if args.json else "on" if starkcore.strict() else "off",
        "tables": starkcore.tables() if args.json else f"{starkcore.tables()} MB",
        "python": sys.version.split()[0],
        "platform": sys.platform,
    }
    show(values, args.json)
    return OK


def selftest(args: argparse.Namespace) -> int:
    """Every engine that this CPU can run."""
    before, results = starkcore.engine(), {}
    for name in starkcore.engines():
        starkcore.use_engine(name)
        try:
            starkcore.selftest()
            results[name] = "ok"
        except SelfTestFailed:
            results[name] = "FAILED"
    starkcore.use_engine(before)
    show(results, args.json)
    return OK if set(results.values()) == {"ok"} else NO


def demo(args: argparse.Namespace) -> int:
    """From a wallet to a market maker, or with --offline a day of orders."""
    if args.orders is not None and not args.offline:
        raise InvalidInput("--orders", "must stand beside --offline: on the exchange, --seconds says how long")
    if args.keep_running and args.offline:
        raise InvalidInput("--keep-running", "must not stand beside --offline, where there is no exchange")
    orders, markets = (
        number("100000" if args.orders is None else args.orders, "--orders"),
        number(args.markets, "--markets"),
    )
    seconds = number(args.seconds, "--seconds")
    for name, value, most in (
        ("--orders", orders, 10_000_000),
        ("--markets", markets, 38),
        ("--seconds", seconds, 86400),
    ):
        if not 1 <= value <= most:
            raise InvalidInput(name, f"must be in [1, {most}]")
    try:
        if args.offline:
            from starkcore.demo import offline

            return OK if offline.run(orders, as_json=args.json) else NO
        from starkcore.demo import live

        options = {"seconds": seconds, "markets": markets, "as_json": args.json, "keep_running": args.keep_running}
        return OK if live.run(**options) else NO
    except ModuleNotFoundError as error:
        if isinstance(error, MissingExtra) or (error.name or "").startswith("starkcore"):
            raise
        raise MissingExtra(error.name or "a library", "demo") from None
