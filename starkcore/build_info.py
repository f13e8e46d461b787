"""What this build is, and which of its engines does the arithmetic.

An engine is the same mathematics for another CPU: every one gives the same answers, bit for bit. The fastest that this
CPU can run is chosen when the module loads; the environment variable STARKCORE_ENGINE forces another.
"""

from __future__ import annotations

from starkcore import _native

__all__ = ["compiler", "engine", "engines", "selftest", "strict", "use_engine", "use_strict"]


def compiler() -> str:
    """The compiler that built the native core, and its version."""
    return _native.compiler()


def engine() -> str:
    """The name of the engine in use."""
    return _native.engine()


def engines() -> list[str]:
    """The names of the engines that this CPU can run, fastest first.

    >>> engine() in engines()
    True
    """
    return _native.engines()


def use_engine(name: str) -> None:
    """Use the named engine from now on, in every thread. For tests and measurements.

    Raises:
        InvalidInput, InputTypeError: no engine of that name runs here.
    """
    _native.use_engine(name)


def strict() -> bool:
    """Whether strict mode is on: no secret is inverted in variable time, not even behind a blind that nobody knows.

    Off unless the environment variable STARKCORE_STRICT is set to something but "0". docs/security.md says what the
    difference is.
    """
    return _native.strict()


def use_strict(on: bool = True) -> None:
    """Turn strict mode on or off, in every thread. Signing then takes about a quarter longer, a public key a tenth.

    Raises:
        InputTypeError: neither True nor False.
    """
    _native.use_strict(on)


def selftest() -> None:
    """Recompute published values with the engine in use, in well under a millisecond.

    Raises:
        SelfTestFailed: an answer differs: this build must not be used.
    """
    _native.selftest()
