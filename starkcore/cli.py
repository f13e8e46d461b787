"""The command line, `starkcore …`.

Secrets come from a file (--key-file), from the environment (STARKCORE_PRIVATE_KEY) or from standard input, never from
arguments: those are in the shell's history and in every process list. Exit codes: 0 done and right, 1 a "no" (a wrong
signature, a failed self-test), 2 bad input, 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import Any, NoReturn

import starkcore
from starkcore import PrivateKey, PublicKey, Signature, StarkcoreError, build_info
from starkcore.errors import InvalidInput, SelfTestFailed

__all__ = ["main"]

OK, NO, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
KEY_VARIABLE = "STARKCORE_PRIVATE_KEY"
KEY_HELP = f"file with the secret, - for standard input (default: ${KEY_VARIABLE}, else standard input)"


class _Parser(argparse.ArgumentParser):
    """argparse, but its messages don't repeat what was typed: it may have been a secret in the wrong place."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords | {"allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        message = re.sub(r"invalid choice: .* \(choose", "invalid choice (choose", message, flags=re.DOTALL)
        message = re.sub(r"(unrecognized arguments|ambiguous option).*", r"\1", message, flags=re.DOTALL)
        message = re.sub(r"(invalid \w+ value|expected one argument|ignored explicit argument):? .*", r"\1", message)
        super().error(message)


def _show(values: dict[str, Any], as_json: bool) -> None:
    """Print named values for a person, or for a program."""
    if as_json:
        print(json.dumps(values, indent=2))
        return
    width = max(map(len, values))
    for name, value in values.items():
        print(f"{name:<{width}}  {value}")


def _number(text: str, field: str) -> int:
    """A whole number that was typed: decimal digits, or hex digits after 0x."""
    if re.fullmatch(r"[0-9]{1,100}", text, flags=re.ASCII):
        return int(text)
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,100}", text, flags=re.ASCII):
        return int(text, 16)
    raise InvalidInput(field, "must be a whole number, in decimal digits or in hex digits after 0x")


def _read_secret(key_file: str | None, variable: str | None = KEY_VARIABLE) -> str:
    """A secret as text, from the first of its sources that there is."""
    if key_file is not None and key_file != "-":
        return _read_secret_file(Path(key_file))
    if key_file is None and variable and variable in os.environ:
        return os.environ[variable].strip()
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass("secret: ").strip()
    return _text(sys.stdin.buffer.read(1 << 16))


def _read_secret_file(path: Path) -> str:
    with path.open("rb") as file:
        if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
            print(f"starkcore: warning: others can read {path}: chmod 600 it", file=sys.stderr)
        return _text(file.read(1 << 16))


def _text(data: bytes) -> str:
    """What was read, without white space around it. The exception of a failed decode() would carry the bytes along."""
    if not data.isascii():
        raise InvalidInput("secret", "must be ASCII text")
    return data.decode().strip()


def _key(args: argparse.Namespace) -> PrivateKey:
    return PrivateKey(_read_secret(args.key_file))


def _info(args: argparse.Namespace) -> int:
    values = {
        "version": starkcore.__version__,
        "compiler": build_info.compiler(),
        "engine": build_info.engine(),
        "engines": build_info.engines() if args.json else ", ".join(build_info.engines()),
        "strict": build_info.strict() if args.json else "on" if build_info.strict() else "off",
        "python": sys.version.split()[0],
        "platform": sys.platform,
    }
    _show(values, args.json)
    return OK


def _selftest(args: argparse.Namespace) -> int:
    """Every engine that this CPU can run."""
    before, results = build_info.engine(), {}
    for name in build_info.engines():
        build_info.use_engine(name)
        try:
            build_info.selftest()
            results[name] = "ok"
        except SelfTestFailed:
            results[name] = "FAILED"
    build_info.use_engine(before)
    _show(results, args.json)
    return OK if set(results.values()) == {"ok"} else NO


def _derive(args: argparse.Namespace) -> PrivateKey:
    if args.source == "entropy":
        return PrivateKey.generate()
    secret = _read_secret(args.input, variable=None)
    if args.source == "eth-signature":
        return PrivateKey.from_eth_signature(secret)
    return starkcore.grind_key(secret)


def _keygen(args: argparse.Namespace) -> int:
    if not args.out and not args.show:
        raise InvalidInput("--out", "or --show must say where the secret goes")
    key = _derive(args)
    if args.out:
        # Exclusive, and for the owner alone from the start: never over another key, never readable for a moment.
        descriptor = os.open(args.out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key.secret_hex() + "\n")
    values = {"private_key": key.secret_hex()} if args.show else {}
    _show(values | _public_values(key.public_key), args.json)
    return OK


def _public_values(public_key: PublicKey) -> dict[str, str]:
    y = public_key.y
    return {"public_key": hex(public_key.x)} | ({} if y is None else {"public_key_y_coordinate": hex(y)})


def _pubkey(args: argparse.Namespace) -> int:
    _show(_public_values(_key(args).public_key), args.json)
    return OK


def _hash(args: argparse.Namespace) -> int:
    elements = [_number(text, "element") for text in args.element]
    if args.chain == "starknet":
        result = starkcore.pedersen_chain_starknet(elements)
    elif args.chain == "starkex":
        result = starkcore.pedersen_chain_starkex(elements)
    elif len(elements) == 2:
        result = starkcore.pedersen_hash(*elements)
    else:
        raise InvalidInput("element", "must be given twice; for more, choose a --chain")
    _show({"hash": hex(result)}, True) if args.json else print(hex(result))
    return OK


def _sign(args: argparse.Namespace) -> int:
    seed = None if args.seed is None else _number(args.seed, "seed")
    signature = _key(args).sign(_number(args.message_hash, "message_hash"), seed)
    r, s = signature
    values = {"r": hex(r), "s": hex(s), "signature": signature.to_hex()}
    _show(values, True) if args.json else print(signature.to_hex())
    return OK


def _verify(args: argparse.Namespace) -> int:
    public_key = PublicKey.from_hex(args.public_key)
    message_hash = _number(args.message_hash, "message_hash")
    right = public_key.verify(message_hash, Signature.from_hex(args.signature))
    _show({"valid": right}, True) if args.json else print("valid" if right else "NOT valid")
    return OK if right else NO


def _order(args: argparse.Namespace) -> int:
    from starkcore.starkex import OrderSigner

    network = _number(args.network, "network") if args.network[:1].isdigit() else args.network
    signer = OrderSigner(
        _key(args),
        network=network,
        position_id=_number(args.position_id, "position_id"),
        check_expiration=not args.allow_past,
    )
    signed = signer.sign_order(
        market=args.market,
        side=args.side,
        size=args.size,
        price=args.price,
        limit_fee=args.limit_fee,
        expiration=args.expiration,
        client_id=args.client_id,
        nonce=None if args.nonce is None else _number(args.nonce, "nonce"),
    )
    _show(signed._asdict() | {"signature": signed.signature.to_hex(), "hash": hex(signed.hash)}, args.json)
    return OK


def _demo(args: argparse.Namespace) -> int:
    orders = _number(args.orders, "orders")
    if not 1 <= orders <= 10_000_000:
        raise InvalidInput("orders", "must be in [1, 10000000]")
    try:
        from starkcore import demo
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("starkcore"):
            raise
        print(f"starkcore: the demo needs {error.name}: install starkcore-native[demo]", file=sys.stderr)
        return BAD_INPUT
    return OK if demo.run(orders, as_json=args.json) else NO


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="starkcore",
        description="Keys, signatures, Pedersen hashes and StarkEx orders on the Stark curve.",
        epilog="Secrets come from a file, the environment or standard input, never from arguments. "
        "Exit codes: 0 done and right, 1 a no, 2 bad input.",
    )
    parser.add_argument("--version", action="version", version=starkcore.__version__)
    commands = parser.add_subparsers(required=True, metavar="command", parser_class=_Parser)

    def command(name: str, function: object, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        sub.set_defaults(function=function)
        sub.add_argument("--json", action="store_true", help="print JSON")
        return sub

    demo = command("demo", _demo, "check against published values, then sign and verify a market-making day")
    demo.add_argument("--orders", default="100000", help="how many orders the day has (default: 100000)")
    command("info", _info, "show version, compiler and engines")
    command("selftest", _selftest, "recompute published values with every engine")
    _add_key_commands(command)
    _add_order(command("order", _order, "sign a limit order of dYdX v3"))
    return parser


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
    keygen.add_argument("--input", metavar="FILE", help="the signature or seed as hex text (default: standard input)")

    pubkey = command("pubkey", _pubkey, "show the public key of a private key")
    pubkey.add_argument("--key-file", metavar="FILE", help=KEY_HELP)

    hashing = command("hash", _hash, "hash numbers with Pedersen")
    hashing.add_argument("element", nargs="+", help="a number in [0, p), decimal or hex with 0x")
    hashing.add_argument("--chain", choices=("starkex", "starknet"), help="nested without, or folded with the count")

    sign = command("sign", _sign, "sign a message hash")
    sign.add_argument("message_hash", help="a number in [0, 2^251), decimal or hex with 0x")
    sign.add_argument("--seed", help="first extra entropy of the nonce; Paradex and starknet.py use 32")
    sign.add_argument("--key-file", metavar="FILE", help=KEY_HELP)

    verify = command("verify", _verify, "verify a signature over a message hash")
    verify.add_argument("public_key", help="hex: x, or x and y of 64 digits each")
    verify.add_argument("message_hash", help="a number in [0, 2^251), decimal or hex with 0x")
    verify.add_argument("signature", help="128 hex digits: r and s")


def _add_order(order: argparse.ArgumentParser) -> None:
    order.add_argument("--key-file", metavar="FILE", help=KEY_HELP)
    order.add_argument("--network", default="mainnet", help="mainnet (default), sepolia, or a chain id")
    order.add_argument("--position-id", required=True, metavar="NUMBER")
    order.add_argument("--market", required=True, help="such as ETH-USD")
    order.add_argument("--side", required=True, help="BUY or SELL")
    order.add_argument("--size", required=True, help="in units of the synthetic asset")
    order.add_argument("--price", required=True, help="of one unit, in the collateral")
    order.add_argument("--limit-fee", required=True, help="as a fraction: 0.001 is 0.1 %%")
    order.add_argument("--expiration", required=True, help="ISO 8601 with a time zone")
    order.add_argument("--allow-past", action="store_true", help="accept an expiration that has passed")
    nonce = order.add_mutually_exclusive_group(required=True)
    nonce.add_argument("--client-id", metavar="TEXT", help="the nonce is made from it")
    nonce.add_argument("--nonce", metavar="NUMBER")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code. Bad usage exits by SystemExit(2), as argparse does."""
    try:
        args = _parser().parse_args(arguments)
        code: int = args.function(args)
        sys.stdout.flush()
        return code
    except StarkcoreError as error:
        print(f"starkcore: {error}", file=sys.stderr)
        return BAD_INPUT
    except EOFError:
        print("starkcore: no secret was given", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:
        # The reader has gone; let the interpreter's own flush at exit find no pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        # Without the name: someone may have put the secret where a file's name belongs.
        print(f"starkcore: {error.strerror}: the file that was named", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("starkcore: interrupted", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
