"""benchmarks/cache_lines.py: what an instruction touches, and what is told when a call touches more."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
if not (ROOT / "benchmarks").exists():
    pytest.skip("not a checkout", allow_module_level=True)

sys.path.insert(0, str(ROOT / "benchmarks"))
import cache_lines  # noqa: E402


@pytest.mark.parametrize(
    ("text", "bytes_touched"),
    [
        ("mov    0x8(%rsp),%rax", 8),
        ("vmovdqu64 %zmm3,0x40(%rdi)", 64),
        ("vpaddq (%rax),%ymm1,%ymm2", 32),
        ("movaps %xmm0,(%rdi)", 16),
        ("vmovq  (%rsi),%xmm0", 8),
        ("vpmadd52luq 0x10(%rax){1to8},%zmm1,%zmm2", 8),
        ("vpbroadcastq 0x1000(%rip),%zmm4", 8),
        ("vbroadcasti64x4 (%rcx),%zmm4", 32),
    ],
)
def test_width(text, bytes_touched):
    assert cache_lines.width(text) == bytes_touched


@pytest.mark.parametrize(
    ("text", "offset"), [("push   %rbx", -8), ("call   401000 <f>", -8), ("pop    %rbx", 0), ("ret", 0), ("nop", None)]
)
def test_the_stack_of_instructions_without_an_operand(text, offset):
    assert cache_lines.implied(text) == offset


@pytest.mark.parametrize(("address", "size", "lines"), [(0, 64, 1), (63, 1, 1), (63, 2, 2), (32, 64, 2), (64, 8, 1)])
def test_lines(address, size, lines):
    assert len(cache_lines.spanned(address, size)) == lines


def counts(code: int, stack: int) -> cache_lines.Counts:
    return {"portable": {"sign": {"code": code, "tables": 10, "stack": stack, "other": 1}}}


def test_more_lines_are_named(capsys):
    assert cache_lines.report(counts(1000, 400), counts(1000, 400)) == []
    assert cache_lines.report(counts(1000, 400), counts(1000, 390)) == []  # within what a patch release may move
    (worse,) = cache_lines.report(counts(1000, 500), counts(1000, 400))
    assert worse == "portable: sign touches 1,511 lines; before 1,411"
