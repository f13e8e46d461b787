"""The command line, `starkcore …`.

Secrets come from a file (--key-file), from the environment (STARKCORE_PRIVATE_KEY) or from standard input, never from
arguments: those are in the shell's history and in every process list. What the exit status means is in
`starkcore.commands.output.STATUSES`, which `starkcore --help` shows.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import starkcore
from starkcore import PrivateKey, PublicKey, Signature, StarkcoreError, files
from starkcore.commands.common import KEY_VARIABLE, Parser, naming, number, read_secret
from starkcore.commands.output import (
    BAD_INPUT,
    INTERRUPTED,
    NO,
    OK,
    STATUSES,
    Streams,
    say,
    show,
    tell,
)
from starkcore.engine import compiler
from starkcore.errors import InvalidInput, MissingExtra, SelfTestFailed

__all__ = ["main"]

KEY_HELP = f"file with the secret, - for standard input (default: ${KEY_VARIABLE}, else standard input)"


def _key(args: argparse.Namespace) -> PrivateKey:
    return PrivateKey(read_secret(args.key_file))


def _info(args: argparse.Namespace) -> int:
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


def _selftest(args: argparse.Namespace) -> int:
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


def _derive(args: argparse.Namespace) -> PrivateKey:
    if args.source == "entropy":
        return PrivateKey.generate()
    secret = read_secret(args.input, variable=None, option="--input")
    if args.source == "eth-signature":
        return PrivateKey.from_eth_signature(_typed(secret, args.signature_type))
    return starkcore.grind_key(secret)


def _typed(signature: str, kind: str | None) -> str:
    """A signature with the byte that says how it was made: a wallet's own 65 bytes don't say it, and each makes a key."""
    bare = len(signature.removeprefix("0x").removeprefix("0X")) == 130
    if bare and kind is None:
        raise InvalidInput(
            "--signature-type",
            "must say how the wallet made this signature, which is 65 bytes: typed-data (eth_signTypedData), or "
            "personal (personal_sign, wallets with legacySigning). Each makes another key",
        )
    if not bare and kind is not None:
        raise InvalidInput("--signature-type", "must stand beside 65 bytes alone: 66 say it themselves")
    return signature + {None: "", "typed-data": "00", "personal": "03"}[kind]


def _keygen(args: argparse.Namespace) -> int:
    if not args.out and not args.show:
        raise InvalidInput("--out", "or --show must say where the secret goes")
    key = _derive(args)
    if args.out:
        with naming("--out"):
            files.write_new(Path(args.out), f"{key.secret_hex()}\n".encode())
    values = {"private_key": key.secret_hex()} if args.show else {}
    show(values | _public_values(key.public_key), args.json)
    return OK


def _public_values(public_key: PublicKey) -> dict[str, str]:
    y = public_key.y
    return {"public_key": hex(public_key.x)} | ({} if y is None else {"public_key_y_coordinate": hex(y)})


def _pubkey(args: argparse.Namespace) -> int:
    show(_public_values(_key(args).public_key), args.json)
    return OK


def _hash(args: argparse.Namespace) -> int:
    elements = args.element
    if args.chain == "starknet":
        result = starkcore.pedersen_chain_starknet(elements)
    elif args.chain == "starkex":
        result = starkcore.pedersen_chain_starkex(elements)
    elif len(elements) == 2:
        result = starkcore.pedersen_hash(*elements)
    else:
        raise InvalidInput("element", "must be given twice; for more, choose a --chain")
    show({"hash": hex(result)}, True) if args.json else say(hex(result))
    return OK


def _sign(args: argparse.Namespace) -> int:
    seed = None if args.seed is None else number(args.seed, "seed")
    signature = _key(args).sign(args.message_hash, seed)
    r, s = signature
    values = {"r": hex(r), "s": hex(s), "signature": signature.to_hex()}
    show(values, True) if args.json else say(signature.to_hex())
    return OK


def _verify(args: argparse.Namespace) -> int:
    public_key = PublicKey.from_hex(args.public_key)
    right = public_key.verify(args.message_hash, Signature.from_hex(args.signature))
    show({"valid": right}, True) if args.json else say("valid" if right else "NOT valid")
    return OK if right else NO


def _demo(args: argparse.Namespace) -> int:
    if args.orders is not None and not args.offline:
        raise InvalidInput("--orders", "must stand beside --offline: on the exchange, --seconds says how long")
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

        return OK if live.run(seconds=seconds, markets=markets, as_json=args.json) else NO
    except ModuleNotFoundError as error:
        if isinstance(error, MissingExtra) or (error.name or "").startswith("starkcore"):
            raise
        raise MissingExtra(error.name or "a library", "demo") from None


def _parser(chosen: str) -> argparse.ArgumentParser:
    """The parser. Only for the command that was chosen the options of the trading commands are loaded: they take a second."""
    parser = Parser(
        prog="starkcore",
        description="Keys, signatures, Pedersen hashes and StarkEx orders on the Stark curve; onboarding and trading.",
        epilog=f"Secrets come from a file, the environment or standard input, never from arguments. {STATUSES}",
    )
    parser.add_argument("--version", action="version", version=starkcore.__version__)
    command = _commands(parser, "command")
    demo = command("demo", _demo, "go from a new wallet to a market maker, on a local exchange")
    demo.add_argument("--seconds", default="10", help="how long to trade (default: 10)")
    demo.add_argument("--markets", default="10", help="in how many markets (default: 10)")
    demo.add_argument("--offline", action="store_true", help="instead: check published values, sign and verify a day")
    demo.add_argument("--orders", help="with --offline: how many orders the day has (default: 100000)")
    command("info", _info, "show version, compiler and engines")
    command("selftest", _selftest, "recompute published values with every engine")
    _add_key_commands(command)
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
    exchange = command("sandbox", None, "run a local exchange that checks every signature")
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


def _add_key_commands(command: Any) -> None:
    keygen = command("keygen", _keygen, "make a private key")
    keygen.add_argument("--out", metavar="FILE", help="write the secret to a new file, mode 600")
    keygen.add_argument("--show", action="store_true", help="print the secret")
    keygen.add_argument(
        "--from",
        dest="source",
        choices=("entropy", "eth-signature", "grind"),
        default="entropy",
        help="entropy of the system (default); dYdX's derivation from a typed Ethereum signature; grind_key of a seed",
    )
    keygen.add_argument(
        "--signature-type",
        choices=("typed-data", "personal"),
        help="with --from eth-signature, how a signature of 65 bytes was made",
    )
    keygen.add_argument("--input", metavar="FILE", help="the signature or seed as hex text (default: standard input)")

    pubkey = command("pubkey", _pubkey, "show the public key of a private key")
    pubkey.add_argument("--key-file", metavar="FILE", help=KEY_HELP)

    hashing = command("hash", _hash, "hash numbers with Pedersen")
    hashing.add_argument("element", nargs="+", help="a number in [0, p): hex digits after 0x")
    hashing.add_argument("--chain", choices=("starkex", "starknet"), help="nested without, or folded with the count")

    sign = command("sign", _sign, "sign a message hash")
    sign.add_argument("message_hash", help="a number in [0, 2^251): hex digits after 0x")
    sign.add_argument("--seed", help="first extra entropy of the nonce; Paradex and starknet.py use 32")
    sign.add_argument("--key-file", metavar="FILE", help=KEY_HELP)

    verify = command("verify", _verify, "verify a signature over a message hash")
    verify.add_argument("public_key", help="hex: x, or x and y of 64 digits each")
    verify.add_argument("message_hash", help="a number in [0, 2^251): hex digits after 0x")
    verify.add_argument("signature", help="128 hex digits: r and s")


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
