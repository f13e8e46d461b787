"""What native/single_step.hpp needs to know of a program's instructions, and what it wrote down."""

from __future__ import annotations

import re
import struct
import subprocess
from pathlib import Path

REGISTERS = ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", *(f"r{i}" for i in range(8, 16))]
NARROWER = {f"e{name[1:]}": name for name in REGISTERS[:8]} | {f"r{i}d": f"r{i}" for i in range(8, 16)}
NONE = 2**64 - 1
NUMBERS = {"": NONE, **{name: i for i, name in enumerate(REGISTERS)}}
NUMBERS |= {narrow: NUMBERS[wide] for narrow, wide in NARROWER.items()}
_LINE = re.compile(r"^\s*([0-9a-f]+):\t(\S.*)$")
_MEMORY = re.compile(r"(?P<segment>%[cdefgs]s:)?(?P<displacement>-?0x[0-9a-f]+)?\((?P<registers>[^)]*)\)")


def instructions(program: Path) -> dict[int, str]:
    """Address → text of each instruction of the program, with objdump's remark behind a #."""
    text = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", str(program)], capture_output=True, text=True, check=True
    ).stdout
    return {int(match[1], 16): match[2].strip() for match in map(_LINE.match, text.splitlines()) if match}


def operand(text: str) -> tuple[int, int, int, int] | None:
    """Base, index, scale and displacement of the memory operand; None for none, for one at a fixed place, and
    for lea.
    """
    match = _MEMORY.search(text)
    if not match or match["segment"] == "%fs:" or text.startswith(("lea", "nop")):
        return None
    base, index, scale = [*(part.strip().lstrip("%") for part in match["registers"].split(",")), "", ""][:3]
    if base not in NUMBERS or index not in NUMBERS:
        return None  # %rip; vectors of indices
    return NUMBERS[base], NUMBERS[index], int(scale or "1"), int(match["displacement"] or "0", 16) % 2**64


def write_operands(path: Path, operands: dict[int, tuple[int, int, int, int]]) -> Path:
    """The table that the program reads."""
    path.write_bytes(b"".join(struct.pack("<5Q", at, *found) for at, found in sorted(operands.items())))
    return path


def read_trace(path: Path) -> list[tuple[int, int]]:
    """(address of the instruction, address of its memory operand or 0), in the order of execution."""
    return list(struct.iter_unpack("<2Q", path.read_bytes()))
