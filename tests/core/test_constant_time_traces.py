"""Constant time by comparing runs: every instruction executed, and every address of memory, is the same whatever the
secret.

native/trace.cpp runs an engine's public_key and sign, in strict mode, instruction by instruction. This is how the
engine with AVX-512 is checked, which valgrind can't run; the other engines take part so that the two checks can be
compared. What differs from test_constant_time.py: a dependence is noticed when two of the secrets tried differ in it.
Instructions whose own time depends on their operands are looked for by name.
"""

import re
import shutil
import subprocess
import sys

import engine_table
import native_build
import pytest
import single_step
from native_build import TESTS, Unit

pytestmark = pytest.mark.native

SECRETS = [1, 2]
ENGINES = [engine.called for engine in engine_table.X86.values()]
# One alone in each engine; where valgrind can't look, a batch in lanes with one left over, too.
COUNTS = [(engine, 1) for engine in ENGINES] + [("x86_64-avx512ifma", 9)]
# Times that depend on operands: division, square roots; and loads whose addresses or masks come from vectors.
FORBIDDEN = re.compile(
    r"^(v?div|idiv|div|vsqrt|sqrt|vpgather|vgather|vpscatter|vscatter|vpcompress|vpexpand|vpconflict)"
)


@pytest.fixture(scope="module")
def program(tmp_path_factory, core_objects):
    if sys.platform != "linux" or shutil.which("objdump") is None:
        pytest.skip("these runs are followed on Linux, with objdump")
    command = native_build.compiler()
    flags = [*native_build.shipped_flags(command), "-static", "-no-pie"]
    folder = tmp_path_factory.mktemp("trace")
    own = native_build.compiled(folder, [Unit(TESTS / "native" / "trace.cpp")], flags, command)
    path = native_build.link(folder / "trace", [*own, *core_objects], flags, command, shared=False)
    if not subprocess.run([str(path)], capture_output=True, text=True, check=True).stdout.startswith("x86_64"):
        pytest.skip("only x86-64's registers are known here")
    return path


@pytest.fixture(scope="module")
def instructions(program):
    """Address → text of each instruction of the program."""
    return {at: text.split("#")[0].strip() for at, text in single_step.instructions(program).items()}


@pytest.fixture(scope="module")
def operands(instructions, tmp_path_factory):
    found = {at: known for at, text in instructions.items() if (known := single_step.operand(text))}
    return single_step.write_operands(tmp_path_factory.mktemp("operands") / "table", found)


@pytest.fixture(scope="module")
def trace(program, operands, tmp_path_factory):
    folder = tmp_path_factory.mktemp("traces")

    def run(engine: str, operation: str, count: int, secret: int) -> list[tuple[int, int]]:
        output = folder / "out"
        command = [str(program), engine, operation, str(count), str(secret), str(operands), str(output)]
        done = subprocess.run(command, check=False)
        if done.returncode == 1:
            pytest.skip("following a process is not allowed here")
        assert done.returncode == 0
        return single_step.read_trace(output)

    return run


@pytest.fixture(scope="module")
def needs(program):
    names = subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout.split()

    def check(engine: str) -> None:
        if engine not in names:
            pytest.skip(f"this CPU has no engine {engine}")

    return check


@pytest.mark.parametrize("operation", ["public_key", "sign"])
@pytest.mark.parametrize(("engine", "count"), COUNTS)
def test_runs_are_the_same_for_all_secrets(needs, trace, instructions, engine, operation, count):
    needs(engine)
    first, *others = [trace(engine, operation, count, secret) for secret in SECRETS]
    assert len(first) > 5000
    for other in others:
        for (at, address), (other_at, other_address) in zip(first, other, strict=False):
            assert (hex(at), hex(address)) == (hex(other_at), hex(other_address)), instructions.get(other_at)
        assert len(first) == len(other)
    executed = {at: instructions[at] for at, _ in first}
    assert not [text for text in executed.values() if FORBIDDEN.match(text)]
    masked = [text for text in executed.values() if "{%k" in text and "(" in text]
    assert not masked, "memory under a mask"


@pytest.mark.parametrize("engine", ENGINES)
def test_public_lookups_are_noticed(needs, trace, engine):
    """Otherwise equality would mean nothing: a Pedersen hash reads its table where the input says."""
    needs(engine)
    first, second = trace(engine, "pedersen", 1, 1), trace(engine, "pedersen", 1, 2)
    differences = [i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a[0] == b[0] and a[1] != b[1]]
    assert differences
    assert [at for at, _ in first[: differences[0]]] == [at for at, _ in second[: differences[0]]]
