"""starkcore: the Stark curve for people who trade with it.

Keys, signatures and Pedersen hashes are here; whole orders, as exchanges take them, in `starkcore.starkex`.

    >>> from starkcore import PrivateKey
    >>> key = PrivateKey.generate()
    >>> signature = key.sign(0x1234)
    >>> key.public_key.verify(0x1234, signature)
    True
"""

from starkcore import errors

try:
    from starkcore._native import version as _version
except ModuleNotFoundError as _missing:
    if _missing.name != "starkcore._native":
        raise
    raise ImportError(
        "this is starkcore's source tree, without its compiled part: start Python in another folder to use the package "
        "that is installed, or build in place with `python setup.py build_ext --inplace` (CONTRIBUTING.md)",
        name=_missing.name,
    ) from None

# The name `engine` is the function from here on; who wants the module imports from it.
from starkcore.engine import (
    engine,
    engines,
    selftest,
    strict,
    tables,
    use_engine,
    use_strict,
    use_tables,
)
from starkcore.errors import StarkcoreError
from starkcore.hashing import (
    keccak256,
    pedersen_chain_starkex,
    pedersen_chain_starknet,
    pedersen_hash,
    pedersen_hash_elements,
    pedersen_hash_lists,
    pedersen_hash_many,
    poseidon_hash,
    poseidon_hash_lists,
    poseidon_hash_many,
    poseidon_hash_pairs,
    poseidon_hash_single,
)
from starkcore.keys import PreparedPublicKey, PrivateKey, PublicKey, Signature, grind_key, verify_many

__all__ = [
    "PreparedPublicKey",
    "PrivateKey",
    "PublicKey",
    "Signature",
    "StarkcoreError",
    "engine",
    "engines",
    "errors",
    "grind_key",
    "keccak256",
    "pedersen_chain_starkex",
    "pedersen_chain_starknet",
    "pedersen_hash",
    "pedersen_hash_elements",
    "pedersen_hash_lists",
    "pedersen_hash_many",
    "poseidon_hash",
    "poseidon_hash_lists",
    "poseidon_hash_many",
    "poseidon_hash_pairs",
    "poseidon_hash_single",
    "selftest",
    "strict",
    "tables",
    "use_engine",
    "use_strict",
    "use_tables",
    "verify_many",
]

__version__ = _version()

TYPE_CHECKING = False
if TYPE_CHECKING:
    from starkcore import compat as compat
    from starkcore import dydx as dydx
    from starkcore import ethereum as ethereum
    from starkcore import extended as extended
    from starkcore import keystore as keystore
    from starkcore import paradex as paradex
    from starkcore import sandbox as sandbox
    from starkcore import starkex as starkex
    from starkcore import starknet as starknet
    from starkcore.dydx import AsyncClient as AsyncClient
    from starkcore.dydx import Client as Client

# What is imported when it is first asked for: most programs need one of these, and some need an extra.
_MODULES = frozenset(
    ("build_info", "compat", "dydx", "ethereum", "extended", "keystore", "paradex", "sandbox", "starkex", "starknet")
)
_CLIENTS = frozenset(("AsyncClient", "Client"))


def __getattr__(name: str) -> object:
    """The packages, and the clients, which need the extra `client`."""
    if name in _MODULES or name in _CLIENTS:
        from importlib import import_module

        return (
            import_module(f"starkcore.{name}") if name in _MODULES else getattr(import_module("starkcore.dydx"), name)
        )
    raise AttributeError(f"module 'starkcore' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(globals().keys() | _MODULES | _CLIENTS)
