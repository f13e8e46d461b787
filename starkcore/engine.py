"""What this build is, and which of its engines does the arithmetic.

An engine is the same mathematics for another CPU: every one gives the same answers, bit for bit. The fastest that this
CPU can run is chosen when the module loads; the environment variable STARKCORE_ENGINE forces another.
"""

from __future__ import annotations

from starkcore import _native

__all__ = ["compiler", "engine", "engines", "selftest", "strict", "tables", "use_engine", "use_strict", "use_tables"]


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

    Off unless the environment variable STARKCORE_STRICT is set to something but "0" when the module loads.
    docs/security.md says what the difference is.
    """
    return _native.strict()


def use_strict(on: bool = True) -> None:
    """Turn strict mode on or off, in every thread. Signing then takes about a quarter longer, a public key a tenth.

    Raises:
        InputTypeError: neither True nor False.
    """
    _native.use_strict(on)


def tables() -> int:
    """The megabytes (10^6 bytes) that the tables of the Pedersen hash take: 1 for those built in, 9 for the
    large ones.
    """
    return _native.tables()


def use_tables(megabytes: int) -> None:
    """Use the largest tables for Pedersen hashes that take at most so many megabytes (10^6 bytes), in every thread.

    With 9 or more a hash takes about a quarter less time, as long as the processor's caches have room for the tables:
    for a process that hashes or signs all the time. They are built in tens of milliseconds, shared by all threads
    and by children that fork afterwards, and freed by `use_tables(1)`, which goes back to the tables built in, as soon
    as no hash under way uses them.

    Raises:
        InvalidInput, InputTypeError: not a whole number from 1 to 2^32 − 1.
        MemoryError: there is not enough; nothing has changed.
    """
    _native.use_tables(megabytes)


def selftest() -> None:
    """Recompute published values with the engine in use, in well under a millisecond.

    Raises:
        SelfTestFailed: an answer differs: this build must not be used.
    """
    _native.selftest()
