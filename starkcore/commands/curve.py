"""`starkcore keygen`, `pubkey`, `hash`, `sign` and `verify`: the curve from the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import starkcore
from starkcore import PrivateKey, PublicKey, Signature, files
from starkcore.commands.common import KEY_VARIABLE, naming, number, read_secret
from starkcore.commands.output import NO, OK, say, show
from starkcore.errors import InvalidInput

__all__ = ["add_key_commands"]

KEY_HELP = f"file with the secret, - for standard input (default: ${KEY_VARIABLE}, else standard input)"


def _key(args: argparse.Namespace) -> PrivateKey:
    return PrivateKey(read_secret(args.key_file))


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


def add_key_commands(command: Any) -> None:
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
