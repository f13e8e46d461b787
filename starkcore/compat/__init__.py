"""Programs written for other libraries sign through starkcore, unchanged.

`install()` puts starkcore's functions in the place of those of `fast_stark_crypto`, `starknet_crypto_py`,
`crypto_cpp_py` and `poseidon_py`, and of the modules that CCXT carries along; `uninstall()` puts everything back. The
libraries needn't be installed. Nothing happens when starkcore is imported, and nothing outlives the process.

A program as it is, and its child processes: `python -m starkcore.compat script.py …`. docs/drop-in.md tells the rest.

    >>> from starkcore import compat
    >>> compat.install("poseidon_py")
    ['poseidon_py']
    >>> from poseidon_py.poseidon_hash import poseidon_hash
    >>> poseidon_hash.__module__
    'starkcore.compat.poseidon_py.poseidon_hash'
    >>> compat.uninstall()
"""

from starkcore.compat.installing import install, status, uninstall

__all__ = ["install", "status", "uninstall"]
