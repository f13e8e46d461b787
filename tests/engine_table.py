"""The engines of csrc/engine/, in one table: what tests, checks and benchmarks that compile or choose one have to know.

Which of them valgrind can run, or is worth a count, each of these says for itself.
"""

from dataclasses import dataclass

__all__ = ["ENGINES", "X86", "Engine", "defines"]


@dataclass(frozen=True)
class Engine:
    """An engine, by the name of its file.

    Attributes:
        called: what the package calls it.
        lanes: how many numbers its lanes have; 1 where it has none.
        macros: which of make_engine.hpp's macros are on, beside its name.
        features: of a CPU, as Linux and compilers call them.
    """

    called: str
    lanes: int = 1
    macros: tuple[str, ...] = ()
    features: tuple[str, ...] = ()

    @property
    def target(self) -> tuple[str, ...]:
        """Flags by which a compiler may use all that it needs."""
        return tuple(f"-m{feature}" for feature in self.features)


_SCALAR = ("bmi2", "adx")
_AVX512 = ("avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512ifma")
ENGINES = {
    "portable": Engine("portable"),
    "aarch64": Engine("aarch64", 1, ("STARKCORE_ENGINE_AARCH64=1",)),
    "adx": Engine("x86_64-adx", 1, ("STARKCORE_ENGINE_ADX=1",), _SCALAR),
    "avx2": Engine("x86_64-avx2", 4, ("STARKCORE_ENGINE_ADX=1", "STARKCORE_ENGINE_LANES=4"), (*_SCALAR, "avx2", "fma")),
    "avx512ifma": Engine(
        "x86_64-avx512ifma", 8, ("STARKCORE_ENGINE_ADX=1", "STARKCORE_ENGINE_LANES=8"), (*_SCALAR, *_AVX512)
    ),
}
X86 = {name: engine for name, engine in ENGINES.items() if name != "aarch64"}


def defines(name: str) -> tuple[str, ...]:
    """Flags by which a source is compiled as that engine's."""
    return (f"-DSTARKCORE_ENGINE={name}", *(f"-D{macro}" for macro in ENGINES[name].macros))
