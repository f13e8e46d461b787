"""The libraries whose place starkcore takes: a line each."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LIBRARIES", "Library"]


@dataclass(frozen=True, slots=True)
class Library:
    """A library, and what stands for it.

    Attributes:
        name: what programs import.
        package: whose modules, of the same names, stand for the library's. They are imported when a program imports
            them.
        patched: instead of that, where only some functions of a library are replaced: the module with the table
            `FUNCTIONS`, {module of the library: {name: function}}.
    """

    name: str
    package: str = ""
    patched: str = ""


_ALL = (
    Library("fast_stark_crypto", "starkcore.compat.fast_stark_crypto"),
    Library("starknet_crypto_py", "starkcore.compat.starknet_crypto_py"),
    Library("crypto_cpp_py", "starkcore.compat.crypto_cpp_py"),
    Library("poseidon_py", "starkcore.compat.poseidon_py"),
    Library("dydx3", "starkcore.compat.dydx3"),
    Library("ccxt", patched="starkcore.compat.ccxt"),
)

LIBRARIES = {library.name: library for library in _ALL}
