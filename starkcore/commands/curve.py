"""`starkcore keygen`, `pubkey`, `hash`, `sign` and `verify`: the curve from the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import starkcore
from starkcore import PrivateKey, PublicKey, Signature, files
from starkcore.commands.common import KEY_VARIABLE, naming, number, read_bytes, read_secret
from starkcore.commands.output import NO, OK, say, show
from starkcore.errors import InvalidInput

__all__ = ["add_key_commands"]

# Where the nonce's extra entropy begins in starknet.py and at Paradex.
PARADEX_SEED = 32
MOST_TYPED_DATA = 4 << 20

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
    """A signature with the byte that says how it was made: a wallet's own 65 bytes don't say it, and each makes
    a key.
    """
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
    result = _poseidon(args) if args.poseidon else _pedersen(args)
    show({"hash": hex(result)}, True) if args.json else say(hex(result))
    return OK


def _pedersen(args: argparse.Namespace) -> int:
    elements = args.element
    if args.list:
        raise InvalidInput("--list", "must stand beside --poseidon: Pedersen's lists are --chain starknet")
    if args.chain == "starknet":
        return starkcore.pedersen_chain_starknet(elements)
    if args.chain == "starkex":
        return starkcore.pedersen_chain_starkex(elements)
    if len(elements) == 2:
        return starkcore.pedersen_hash(*elements)
    raise InvalidInput("element", "must be given twice; for more, choose a --chain")


def _poseidon(args: argparse.Namespace) -> int:
    """Of one, of two, or of a list: the sponge over a list of two is another hash than that of two."""
    elements = args.element
    if args.chain is not None:
        raise InvalidInput("--chain", "must be left out with --poseidon")
    if args.list or len(elements) > 2:
        return starkcore.poseidon_hash_many(elements)
    return starkcore.poseidon_hash(*elements) if len(elements) == 2 else starkcore.poseidon_hash_single(*elements)


def _sign(args: argparse.Namespace) -> int:
    message_hash, seed = args.message_hash, None
    if args.typed_data is not None:
        if message_hash is not None or args.account is None:
            raise InvalidInput("--typed-data", "must stand beside --account, and in the place of a message hash")
        message_hash, seed = _typed_data(args), PARADEX_SEED
    elif message_hash is None or args.account is not None:
        raise InvalidInput("message_hash", "must be given, or --typed-data with --account")
    if args.seed is not None:
        seed = None if args.seed == "none" else number(args.seed, "seed")
    signature = _key(args).sign(message_hash, seed)
    r, s = signature
    values = {"r": hex(r), "s": hex(s), "signature": signature.to_hex()}
    if args.typed_data is not None:
        values["hash"] = hex(message_hash)
    show(values, True) if args.json else say(signature.to_hex())
    return OK


def _typed_data(args: argparse.Namespace) -> int:
    """The hash of a document of SNIP-12 for an account."""
    from starkcore.starknet import TypedData

    if args.typed_data == args.key_file == "-":
        raise InvalidInput("--typed-data", "and --key-file must not both be standard input")
    data = read_bytes(args.typed_data, "--typed-data", MOST_TYPED_DATA, secret=False)
    return TypedData.from_json(data).hash(args.account)


def _verify(args: argparse.Namespace) -> int:
    public_key = PublicKey.from_hex(args.public_key)
    right = public_key.verify(args.message_hash, Signature.from_hex(args.signature))
    show({"valid": right}, True) if args.json else say("valid" if right else "NOT valid")
    return OK if right else NO


def add_key_commands(command: Any) -> None:
    """Add these commands to the program's."""
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

    hashing = command("hash", _hash, "hash numbers with Pedersen or Poseidon")
    hashing.add_argument("element", nargs="+", help="a number in [0, p): hex digits after 0x")
    hashing.add_argument("--chain", choices=("starkex", "starknet"), help="nested without, or folded with the count")
    hashing.add_argument("--poseidon", action="store_true", help="Poseidon: of one, of two, or of a list of more")
    hashing.add_argument("--list", action="store_true", help="with --poseidon: the list's hash, of one and two as well")

    sign = command("sign", _sign, "sign a message hash, or typed data (SNIP-12)")
    sign.add_argument("message_hash", nargs="?", help="a number in [0, 2^251): hex digits after 0x")
    sign.add_argument(
        "--seed",
        help="first extra entropy of the nonce; Paradex and starknet.py use 32, as typed data here do; or none",
    )
    sign.add_argument(
        "--typed-data", metavar="FILE", help="in the place of a hash: a document, JSON; - for standard input"
    )
    sign.add_argument("--account", metavar="0x…", help="with --typed-data: the Starknet account that signs")
    sign.add_argument("--key-file", metavar="FILE", help=KEY_HELP)

    verify = command("verify", _verify, "verify a signature over a message hash")
    verify.add_argument("public_key", help="hex: x, or x and y of 64 digits each")
    verify.add_argument("message_hash", help="a number in [0, 2^251): hex digits after 0x")
    verify.add_argument("signature", help="128 hex digits: r and s")
