"""The command line, `starkcore …`.

Secrets come from a file (--key-file), from the environment (STARKCORE_PRIVATE_KEY) or from standard input, never from
arguments: those are in the shell's history and in every process list. What the exit status means is in
`starkcore.commands.output.STATUSES`, which `starkcore --help` shows.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

import starkcore
from starkcore import StarkcoreError
from starkcore.commands import build
from starkcore.commands.common import Parser
from starkcore.commands.curve import KEY_HELP as KEY_HELP  # where it was
from starkcore.commands.curve import add_key_commands
from starkcore.commands.output import (
    BAD_INPUT,
    INTERRUPTED,
    NO,
    OK,
    STATUSES,
    Streams,
    tell,
)

__all__ = ["main"]


def _parser(chosen: str) -> argparse.ArgumentParser:
    """The parser. Only for the command that was chosen the options of the trading commands are loaded: they take a
    second.
    """
    parser = Parser(
        prog="starkcore",
        description="Keys, signatures, Pedersen hashes and StarkEx orders on the Stark curve; onboarding and trading.",
        epilog=f"Secrets come from a file, the environment or standard input, never from arguments. {STATUSES}",
    )
    parser.add_argument("--version", action="version", version=starkcore.__version__)
    command = _commands(parser, "command")
    demo = command("demo", build.demo, "go from a new wallet to a market maker, on a local exchange")
    demo.add_argument("--seconds", default="10", help="how long to trade (default: 10)")
    demo.add_argument("--markets", default="10", help="in how many markets (default: 10)")
    demo.add_argument(
        "--keep-running", action="store_true", help="then trade on until Ctrl-C, to be watched in a browser"
    )
    demo.add_argument(
        "--offline", action="store_true", help="instead: check published values, sign and verify a day at each venue"
    )
    demo.add_argument("--orders", help="with --offline: how many orders the day has (default: 100000)")
    command("info", build.info, "show version, compiler and engines")
    command("selftest", build.selftest, "recompute published values with every engine")
    add_key_commands(command)
    _add_trading(command, chosen)
    return parser


Command = Callable[[str, Callable[[argparse.Namespace], int] | None, str], argparse.ArgumentParser]


def _commands(parser: argparse.ArgumentParser, what: str) -> Command:
    """A function that adds a command to a parser. What has a function of its own prints JSON, too."""
    commands = parser.add_subparsers(required=True, metavar=what, parser_class=Parser)

    def command(name: str, function: Callable[[argparse.Namespace], int] | None, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if function is not None:
            sub.set_defaults(function=function)
            sub.add_argument("--json", action="store_true", help="print JSON")
        return sub

    return command


def _add_trading(command: Command, chosen: str) -> None:
    onboard = command("onboard", None, "wallet, Stark key, user, API key: and all in the key store")
    kept = command("keys", None, "derive, import and list keys in the key store")
    order = command("order", None, "sign, place, cancel and list orders")
    exchange = command("sandbox", None, "run a local exchange with dYdX v3's API, which checks every signature")
    if chosen in ("onboard", "keys"):
        from starkcore.commands import keys

        keys.add_onboard(onboard) if chosen == "onboard" else keys.add_keys(_commands(kept, "action"))
    elif chosen == "order":
        from starkcore.commands import orders

        orders.add_orders(_commands(order, "action"))
    elif chosen == "sandbox":
        from starkcore.sandbox import __main__ as sandbox

        sandbox.add_arguments(exchange)
        exchange.set_defaults(function=sandbox.run)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status. Bad usage and --help exit by SystemExit, as argparse does."""
    try:
        with Streams() as streams:
            try:
                verdict = _run(sys.argv[1:] if arguments is None else arguments)
            except SystemExit as left:
                verdict, exits = _verdict(left), True
            else:
                exits = False
    except KeyboardInterrupt:  # while the last of the output was written
        return INTERRUPTED
    status = streams.status(verdict)
    if exits:
        raise SystemExit(status)
    return status


def _verdict(left: SystemExit) -> int:
    """The status of an exit: as Python has it, nothing is 0, and what is no number is 1."""
    return OK if left.code is None else left.code if isinstance(left.code, int) else NO


def _run(arguments: list[str]) -> int:
    """Run one command; its verdict, whatever becomes of what it prints."""
    try:
        args = _parser(arguments[0] if arguments else "").parse_args(arguments)
        code: int = args.function(args)
        return code
    except StarkcoreError as error:
        tell(str(error))
        return BAD_INPUT if isinstance(error, (ValueError, TypeError, ImportError, FileExistsError)) else NO
    except EOFError:
        tell("no secret was given")
        return BAD_INPUT
    except OSError as error:
        # Without the name: someone may have put the secret where a file's name belongs.
        tell(f"{error.strerror or 'the system refuses it'}: a file or folder that was named")
        return BAD_INPUT
    except KeyboardInterrupt:
        tell("interrupted")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
