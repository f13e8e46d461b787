"""Groups of tiny prime order, and the program that tries everything there is to try on them (native/exhaustive.cpp).

The field is that of the Stark curve, and so are the formulas and everything built on them; another β gives a curve
y² = x³ + x + β that has a subgroup of tiny order. tests/checks/find_tiny_curves.py finds such β. The orders are chosen
so that what is argued for the real n in csrc/curve holds for them too, and so that its exceptions are there:

- base_mul.hpp: with windows of two bits, 2·4^w < n < 3·4^w for the last one, as 32·64^41 < n < 33·64^41,
  2·32^50 < n < 3·32^50 and 8·16^62 < n < 9·16^62;
- var_mul.hpp: n mod 32 below 16, for a scalar that needs the doubling (the real n: 15); n > 62;
- var_mul_lanes.hpp: n mod 64 above 32, for a scalar that comes out as infinity (the real n: 47).
"""

import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

import engine_table
import native_build
from native_build import CSRC, TESTS, Unit
from reference import curve
from reference.curve import P

NATIVE = TESTS / "native"


@dataclass(frozen=True)
class Group:
    """A subgroup of y² = x³ + x + beta, a generator, and how many windows of two bits scalars take: none for formulas
    alone.
    """

    order: int
    beta: int
    generator: tuple[int, int]
    windows: int = 0


GROUPS = {
    group.order: group
    for group in (
        Group(
            7,
            11,
            (
                0x329AFE947A0E113596E4699F515F08ABA09FF8FAB4B3C0AA368312BE75283C1,
                0x55E25EF831600E5B0CE3C034016EF8B493E0A15F9C33DAD169DB6BE0CB8B25F,
            ),
        ),
        Group(
            13,
            16,
            (
                0x45F8EFC5A9B69178E9B421DF92BF348D987E0E3AD0CF9AC342AFCDE501E6096,
                0x6C0AC06456BA1FE6EC2E63C6BDAA85D01DA3F04639E1837B10FDBEFF181D1EC,
            ),
        ),
        Group(
            131,
            12,
            (
                0xA609E394C8A3789E6694F157C898EEBE33B9858AB1266980E8CEA0B490E068,
                0x74C4C6950B1E727F294F696E9655C4814F12F93332AC100621D060FBB12BC51,
            ),
            windows=4,
        ),
        Group(
            617,
            36,
            (
                0x7B9B93086465BDEB36F056A724FFDCE1B7615E4BC7412A4AB66B3EC3DF58E54,
                0x21AB56AEC746EC4C16BBE99E66C6AFBB1CFAC39B8388E30B197F698AFA674C,
            ),
            windows=5,
        ),
        Group(
            2087,
            36,
            (
                0x946217660EE892B319D26886876D56E384B8AC0F19D877012C6E5EA86B5E0E,
                0x51DBE69FE495837ADAE71C5707B9543033C97159E89D1A2EF63FEE89408AD6E,
            ),
            windows=6,
        ),
        Group(
            178531,
            81,
            (
                0x6E9844F76E886BCD96C50A3B5EC0D1498F453083BDBC31D91045A9C47159D45,
                0x25CBD89CBF3FC33A2929010987C7701CA1E61516F5A5ECDB5C767A25315893B,
            ),
            windows=9,
        ),
    )
}

# How many windows an engine adds up at a time: it takes more than that.
LANES = {name: engine.lanes for name, engine in engine_table.ENGINES.items()}
ENGINES = {name: (*engine_table.defines(name), *engine.target) for name, engine in engine_table.ENGINES.items()}


@dataclass(frozen=True)
class Fault:
    """A case that a header forgets, where it shows, and in which engine."""

    header: str
    right: str
    wrong: str
    part: str
    engine: str = "portable"


FAULTS = {
    "addition forgets equal points": Fault(
        "curve/point.hpp", "if (is_zero_var(p) && is_zero_var(r)) return twice(a);", "", "formulas"
    ),
    "addition forgets infinity": Fault("curve/point.hpp", "if (is_infinity_var(b)) return a;", "", "formulas"),
    "the table of a key skips a doubling": Fault(
        "ecdsa/prepared.hpp", "int i = 1; i < kGeneratorWindow", "int i = 2; i < kGeneratorWindow", "scalars"
    ),
    "u·Q forgets u = n − 2|d|": Fault(
        "curve/var_mul.hpp",
        "if (is_zero_var(add_distinct(sum, entry(digits[i])))) {",
        "if (add_distinct(sum, entry(digits[i])); false) {",
        "scalars",
    ),
    "signing forgets m + r·d = 0": Fault("ecdsa/scheme.hpp", "zero[i] = mask_if_zero(z[i]);", "zero[i] = 0;", "sign"),
    "lanes forget A = ±B": Fault(
        "ecdsa/verify_lanes.hpp", "redo |= zero_lanes_var(square);", "", "verify", engine="avx2"
    ),
    "lanes forget the scalar n − 30": Fault(
        "ecdsa/verify_lanes.hpp", "redo |= zero_lanes_var(out.zzb);", "", "verify", engine="avx2"
    ),
    "eight lanes forget A = ±B": Fault(
        "ecdsa/verify_lanes.hpp", "redo |= zero_lanes_var(square);", "", "chosen", engine="avx512ifma"
    ),
    "lanes forget exceptions of a prepared key": Fault(
        "ecdsa/verify_prepared_lanes.hpp",
        "!in[i].covered || ((redo >> i) & 1) != 0",
        "!in[i].covered",
        "verify",
        engine="avx2",
    ),
}


def write_points(folder: Path, group: Group) -> Path:
    """1·G, 2·G, … up to −G, a line each, by Python's integers."""
    x, y = group.generator
    assert (y * y - x * x * x - x - group.beta) % P == 0
    path = folder / f"points_{group.order}"
    point, lines = group.generator, []
    while point is not None:
        lines.append(f"{point[0]:x} {point[1]:x}\n")
        point = curve.add(point, group.generator)
    assert len(lines) == group.order - 1
    path.write_text("".join(lines), encoding="ascii")
    return path


def engines() -> list[str]:
    """Those that this machine's compiler has and its CPU runs."""
    arm = ["aarch64"] if platform.machine() in ("aarch64", "arm64") else []
    words = set()
    if platform.machine() == "x86_64" and Path("/proc/cpuinfo").exists():  # under an emulator it is the host's
        words.update(Path("/proc/cpuinfo").read_text(encoding="utf-8").split())
    return [*arm, *(name for name, engine in engine_table.X86.items() if words.issuperset(engine.features))]


def faulty(fault: Fault) -> str:
    """The text of the header with the fault."""
    text = (CSRC / fault.header).read_text(encoding="utf-8")
    assert text.count(fault.right) == 1, f"{fault.header} no longer has: {fault.right}"
    return text.replace(fault.right, fault.wrong)


def build(folder: Path, engine: str, group: Group, fault: Fault | None = None) -> Path:
    """The program for one engine and one group, with the fault, if any, in a copy of the header."""
    name = f"exhaustive_{engine}_{group.order}"
    quoted = [NATIVE / "tiny"]
    if fault is not None:
        header = folder / fault.header
        header.parent.mkdir()
        header.write_text(faulty(fault), encoding="utf-8")
        quoted.insert(0, folder)
    sizes = {"ORDER": group.order, "BETA": group.beta, "WINDOW": 2, "WINDOWS": group.windows}
    flags = ["-O1", *ENGINES[engine], *(f"-DTINY_{name}={value}" for name, value in sizes.items())]
    flags += [word for path in quoted for word in ("-iquote", str(path))]
    units = [Unit(NATIVE / "exhaustive.cpp"), Unit(CSRC / "field" / "inversion.cpp")]
    return native_build.build(folder / name, units, flags, native_build.compiler(), shared=False)


def run(program: Path, part: str, points: Path, *steps: int) -> tuple[int, str]:
    """How many cases were tried, 0 where any went wrong; and what the program said."""
    command = [str(program), part, str(points), *map(str, steps)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    tried, _, rest = done.stdout.splitlines()[-1].partition(" tried, ") if done.stdout else ("", "", "")
    return (int(tried) if done.returncode == 0 and rest == "0 wrong" else 0), done.stdout + done.stderr
