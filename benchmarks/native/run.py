"""Measures the native layers: what each costs in nanoseconds and cycles, with every engine of this CPU.

    python benchmarks/native/run.py                 a table
    CXX=clang++ python benchmarks/native/run.py     the same, by another compiler
    python benchmarks/native/run.py --json FILE     and the numbers

It needs a C++20 compiler that isn't MSVC; flags are those of setup.py.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import native_build  # noqa: E402
from engine_table import ENGINES  # noqa: E402

# An engine whose inner functions are compiled for more than the baseline can only be called from code that is, too.
TARGETS = {name: engine.target for name, engine in ENGINES.items() if engine.lanes > 1}


def flags(command: list[str]) -> list[str]:
    """Those of setup.py."""
    out = ["-O3", "-g0", "-fvisibility=hidden"]
    version = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout
    return out if "clang" in version else [*out, "-fno-tree-slp-vectorize"]


def units() -> list[native_build.Unit]:
    """The core, with each engine's source inside its copy of layers.cpp."""
    folder = native_build.CSRC / "engine"
    engines = [path.stem for path in sorted(folder.glob("*.cpp")) if "make_engine(" in path.read_text(encoding="utf-8")]
    arm = platform.machine() in ("aarch64", "arm64")
    engines = [name for name in engines if name == "portable" or (name == "aarch64") == arm]
    return [
        *(
            native_build.Unit(HERE / "layers.cpp", (f"-DLAYERS_ENGINE={name}", *TARGETS.get(name, ())))
            for name in engines
        ),
        native_build.Unit(HERE / "operations.cpp"),
        *native_build.core_units(*(f"engine/{name}.cpp" for name in engines)),
    ]


def measure(milliseconds: int) -> dict:
    """{"compiler": …, "layers": [{"engine", "layer", "min", "median", "cycles"}, …]}, times in nanoseconds."""
    command = native_build.compiler()
    with tempfile.TemporaryDirectory() as folder:
        print("compiling the native layers …", file=sys.stderr, flush=True)
        program = native_build.build(Path(folder) / "layers", units(), flags(command), command, shared=False)
        out: dict = {"compiler": "", "layers": []}
        with subprocess.Popen([str(program), str(milliseconds)], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                entry = json.loads(line)
                if "compiler" in entry:
                    out["compiler"] = entry["compiler"]
                    continue
                out["layers"].append(entry)
                print(
                    f"{entry['engine']:16} {entry['layer']:32} {entry['min']:12.1f} ns {entry['cycles']:12.1f} cycles",
                    flush=True,
                )
        if process.returncode != 0:
            raise SystemExit("the measuring program failed")
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the numbers there")
    parser.add_argument("--milliseconds", type=int, default=100, help="for each measurement (default: 100)")
    arguments = parser.parse_args()
    try:
        result = measure(arguments.milliseconds)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    except native_build.BuildError as error:
        print(error, file=sys.stderr)
        return 1
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
