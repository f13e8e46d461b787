"""The engine for 64-bit Arm, as cross compilers make it: how many instructions its kernels take, and constant time
under qemu.

Runs are compared as in test_constant_time_traces.py: each instruction, and each address of memory, has to be the same
whatever the secret. What the engine answers is compared by tests/checks/platforms.py and
tests/checks/emulated_tests.py; counts of whole operations by benchmarks/instructions.py --aarch64.
"""

import re

import emulated
import native_build
import pytest
from native_build import CSRC, TESTS, Unit

pytestmark = pytest.mark.native

# Instructions at most, with loads, stores and the return.
KERNELS = {"product": 100, "square": 85, "sum": 15, "difference": 15}
SECRETS = [1, 2]
OPERATIONS = {"public_key": 30_000, "sign": 40_000, "hash": 300}  # each with a number of steps that it takes at least
# Times that depend on operands, and loads whose addresses come from vectors.
FORBIDDEN = re.compile(r"^(udiv|sdiv|fdiv|fsqrt|ld1\w* .*\[z|st1\w* .*\[z)")


@pytest.fixture(scope="module", params=emulated.COMPILERS)
def compiler(request):
    if lacking := emulated.lacking(request.param):
        pytest.skip(f"not installed: {', '.join(lacking)}")
    return emulated.COMPILERS[request.param]


@pytest.fixture(scope="module")
def program(compiler, tmp_path_factory):
    units = [Unit(TESTS / "native" / "trace.cpp"), *native_build.core_units()]
    flags = [*native_build.shipped_flags(compiler), "-static", "-pthread"]
    return native_build.build(tmp_path_factory.mktemp("program") / "trace", units, flags, compiler, shared=False)


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    return emulated.plugin(tmp_path_factory.mktemp("plugin"))


@pytest.fixture(scope="module")
def trace(program, plugin):
    def run(engine: str, operation: str, secret: int) -> list[tuple[int, int]]:
        """Pairs: an instruction and 0 as it begins, an instruction and the address of each access."""
        between = "trace_begin", "trace_end"
        _, numbers = emulated.follow(plugin, program, [engine, operation, "1", str(secret)], between, trace=True)
        return list(zip(numbers[::2], numbers[1::2], strict=True))

    return run


def test_kernels_take_few_instructions(compiler, tmp_path):
    unit = Unit(TESTS / "native" / "aarch64_kernels.cpp")
    flags = native_build.shipped_flags(compiler)
    (made,) = native_build.compiled(tmp_path, [unit], flags, compiler)
    counts, name = {}, None
    for line in emulated.disassembly(made):
        if start := re.match(r"^[0-9a-f]+ <(\w+)>:$", line):
            name = start[1]
        elif emulated.LINE.match(line):
            counts[name] = counts.get(name, 0) + 1
    assert counts.keys() >= KERNELS.keys()
    assert not {name: counts[name] for name, most in KERNELS.items() if counts[name] > most}


def test_assembly_names_no_register():
    """Compilers choose, who know what a system keeps: x18 on Apple's and Windows, the frame pointer."""
    sources = [path for path in sorted(CSRC.rglob("*")) if re.search(r"aarch64|_arm\.", path.name)]
    assert len(sources) > 4
    for path in sources:
        code = re.sub(r"//.*", "", path.read_text(encoding="utf-8"))
        for text in re.findall(r'"([^"\n]*)"', code):
            assert not re.search(r"(?<![%\w\[])[wxvqd]\d+\b", text), f"{path.name}: {text}"


@pytest.mark.parametrize("engine", emulated.ENGINES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_runs_are_the_same_for_all_secrets(program, trace, engine, operation):
    first, *others = [trace(engine, operation, secret) for secret in SECRETS]
    texts = emulated.instructions(program)
    assert len(first) > OPERATIONS[operation]
    for other in others:
        for (at, address), (other_at, other_address) in zip(first, other, strict=False):
            assert (hex(at), hex(address)) == (hex(other_at), hex(other_address)), texts.get(other_at)
        assert len(first) == len(other)
    assert not [texts[at] for at in {at for at, _ in first} if FORBIDDEN.match(texts[at])]


def test_public_lookups_are_noticed(trace):
    """Otherwise equality would mean nothing: a Pedersen hash reads its table where the input says."""
    first, second = trace("aarch64", "pedersen", 1), trace("aarch64", "pedersen", 2)
    differences = [i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a[0] == b[0] and a[1] != b[1]]
    assert differences
    assert [at for at, _ in first[: differences[0]]] == [at for at, _ in second[: differences[0]]]
