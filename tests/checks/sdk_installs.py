"""docs/drop-in.md's ways to install each SDK without compiling its engine, tried word for word: with uv, and with pip.

    python tests/checks/sdk_installs.py [--uv UV] [--wheel FILE] [--only TEXT] [PYTHON…]

A new environment for each Python and each way, which is a line of uv's or a block of pip's; CCXT besides. In it the
SDK's own client must sign through starkcore (`tests/compat/inside_the_sdks.py`), and no engine may be there. Where the
SDK's metadata leaves a Python out, it may be refused. `--wheel` is starkcore's, which otherwise is built for
each Python. By name: what is installed is the newest within the page's bounds, so it is no matter for a job where
everything is pinned.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "tests" / "compat" / "inside_the_sdks.py"
PAGE = ROOT / "docs" / "drop-in.md"
SECTION = "## Without compiling the SDK's engine"
# What the page installs, and what the program of the tests calls it.
SDKS = {
    "paradex-py": "paradex",
    "starknet-py": "starknet_py",
    "x10-python-trading-starknet": "extended",
    "ccxt": "ccxt",
}
ENGINES = ("crypto_cpp_py", "fast_stark_crypto", "poseidon_py", "starknet_crypto_py", "sympy")
REFUSALS = ("requires a different Python", "does not satisfy Python", "Requires-Python", "unsatisfiable")
Way = list[list[str]]


def section() -> str:
    return PAGE.read_text(encoding="utf-8").partition(f"{SECTION}\n")[2].partition("\n## ")[0]


def ways() -> tuple[str, list[Way]]:
    """The overrides, and each environment's commands."""
    overrides, found = "", []
    for block in re.findall(r"```text\n(.*?)```", section(), re.DOTALL):
        lines = [shlex.split(line) for line in block.replace("\\\n", " ").splitlines() if not line.startswith("#")]
        if block.startswith("# overrides.txt"):
            overrides = block
        elif block.startswith("uv "):
            found += [[line] for line in lines]
        else:
            found.append(lines)
    return overrides, [*found, [["pip", "install", ".", "ccxt"]]]


def sdks_of(way: Way) -> list[str]:
    """What it asks for by name, in the order of SDKS."""
    words = {word.partition("==")[0] for command in way for word in command}
    return [sdk for sdk in SDKS if sdk in words]


def ran(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=1800, **options)  # type: ignore[call-overload]


def tried(python: str, way: Way, wheel: str, uv: str, overrides: str) -> str:
    """What came of it, for a table: "signs", or "refused" by the installer; else what is wrong, after "FAILED: "."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "overrides.txt").write_text(overrides, encoding="utf-8")
        made = ran([python, "-m", "venv", str(folder / "venv")])
        if made.returncode:
            return f"FAILED: no environment: {made.stderr[-300:]}"
        inside = str(folder / "venv" / "bin" / "python")
        for command in way:
            words = [wheel if word == "." else word for word in command]
            tool = [uv, "pip", "install", "--python", inside] if words[0] == "uv" else [inside, "-m", "pip", "install"]
            done = ran([*tool, *words[words.index("install") + 1 :]], cwd=folder)
            if done.returncode:
                if any(refusal in done.stderr for refusal in REFUSALS):
                    return "refused"
                return f"FAILED: {' '.join(command)}\n{done.stderr[-1500:]}"
        there = ran([inside, "-c", f"import importlib.util as u; print(*[n for n in {ENGINES} if u.find_spec(n)])"])
        if there.stdout.strip():
            return f"FAILED: there are {there.stdout.strip()}"
        for sdk in sdks_of(way):
            signs = ran([inside, "-P", "-m", "starkcore.compat", str(PROGRAM), SDKS[sdk]], cwd=folder)
            if signs.returncode:
                return f"FAILED: {sdk} doesn't sign\n{signs.stderr[-1500:]}"
    return "signs"


def built(python: str, uv: str, folder: Path) -> str:
    """starkcore's wheel for that Python."""
    done = ran([uv, "build", "--quiet", "--wheel", "--python", python, "--out-dir", str(folder), str(ROOT)])
    if done.returncode:
        sys.exit(f"{python}: starkcore isn't built\n{done.stderr[-1500:]}")
    return str(next(folder.glob("*.whl")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uv", default="uv")
    parser.add_argument("--wheel")
    parser.add_argument("--only", default="", help="of ways that name this")
    parser.add_argument("pythons", nargs="*", default=[sys.executable])
    arguments = parser.parse_args()
    overrides, found = ways()
    failed = False
    for python in arguments.pythons:
        version = ran([python, "-c", "import platform; print(platform.python_version())"]).stdout.strip()
        with tempfile.TemporaryDirectory() as folder:
            wheel = (
                str(Path(arguments.wheel).resolve()) if arguments.wheel else built(python, arguments.uv, Path(folder))
            )
            for way in found:
                if arguments.only not in str(way):
                    continue
                result = tried(python, way, wheel, arguments.uv, overrides)
                failed = failed or result.startswith("FAILED")
                print(f"{version} {way[0][0]} {', '.join(sdks_of(way))}: {result}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
