"""Which extras come as wheels for which Python and system, and which packages lack them: docs/install.md's table.

`python tests/checks/extras.py` resolves each extra of pyproject.toml that people install, by uv, for each Python that
is claimed and each system, without installing anything; `--pythons 3.15 --systems linux-x86_64` for some of them. It
asks the registry that uv and pip are set up for. Where no set of wheels is found it names the packages that have none:
a compiler may do there. uv knows no Python without the interpreter's lock but one that is installed: for 3.14t it
chooses as for 3.14, and pip is asked for wheels of the packages.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = ("client", "ethereum", "sandbox", "demo")
PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.14t", "3.15", "3.15t")
SYSTEMS = {
    "linux-x86_64": "x86_64-manylinux_2_28",
    "linux-aarch64": "aarch64-manylinux_2_28",
    "musl-x86_64": "x86_64-unknown-linux-musl",
    "macos-aarch64": "aarch64-apple-darwin",
    "macos-x86_64": "x86_64-apple-darwin",
    "windows-x86_64": "x86_64-pc-windows-msvc",
    "windows-aarch64": "aarch64-pc-windows-msvc",
}
# The names that pip has for them: of what is older and runs there, too, it wants each.
TAGS = {
    "linux-x86_64": [f"manylinux{version}_x86_64" for version in ("_2_28", "_2_24", "_2_17", "2014")],
    "linux-aarch64": [f"manylinux{version}_aarch64" for version in ("_2_28", "_2_24", "_2_17", "2014")],
    "musl-x86_64": ["musllinux_1_2_x86_64", "musllinux_1_1_x86_64"],
    "macos-aarch64": ["macosx_14_0_arm64"],
    "macos-x86_64": ["macosx_14_0_x86_64"],
    "windows-x86_64": ["win_amd64"],
    "windows-aarch64": ["win_arm64"],
}
SECONDS = 300
NOT_FOUND = re.compile(r"No matching distribution found for (\S+)")
LACKS = re.compile(
    r"([a-z][\w.-]*?)(?:(?:[<>=!~]=?)[^ ]*)?(?: and all later versions)? has\s+no\s+(?:usable\s+)?wheels", re.IGNORECASE
)


def without_wheels(said: str) -> set[str]:
    """The packages that uv's explanation says have no wheels for what was asked."""
    return {name.lower() for name in LACKS.findall(" ".join(said.split()))}


def resolved(uv: str, python: str, system: str, extra: str, *options: str) -> tuple[bool, str]:
    """Whether there is a set of packages, and which, or why not."""
    command = [uv, "pip", "compile", "-q", "--no-header", "--no-annotate", "--python-version", python]
    command += ["--python-platform", SYSTEMS[system], "--extra", extra, *options, str(ROOT / "pyproject.toml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    return done.returncode == 0, done.stdout if done.returncode == 0 else done.stderr


def not_to_be_had(python: str, system: str, packages: list[str]) -> str | None:
    """The first of these versions that pip would not install from a wheel for a Python without its lock."""
    version = python.removesuffix("t")
    command = [sys.executable, "-m", "pip", "install", "-q", "--dry-run", "--no-deps", "--only-binary", ":all:"]
    command += ["--implementation", "cp", "--python-version", version, "--abi", f"cp{version.replace('.', '')}t"]
    command += ["--abi", "abi3t"] if version not in ("3.13", "3.14") else []  # PEP 803
    command += [word for tag in TAGS[system] for word in ("--platform", tag)]
    with tempfile.TemporaryDirectory() as folder:
        command += ["--target", folder, *packages]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    if done.returncode == 0:
        return None
    found = NOT_FOUND.search(done.stderr)
    if found is None or found[1] not in packages:
        raise SystemExit(done.stderr)
    return found[1]


@cache
def asked_before(python: str, system: str) -> dict[str, bool]:
    """Of packages that were asked for: whether they come as wheels."""
    return {}


def without_free_threaded_wheels(python: str, system: str, packages: list[str]) -> set[str]:
    """All at once, without those that lack one, until the rest can be had: pip names one at a time."""
    known = asked_before(python, system)
    rest = [package for package in packages if package not in known]
    while rest and (lacking := not_to_be_had(python, system, rest)) is not None:
        known[lacking] = False
        rest.remove(lacking)
    known.update(dict.fromkeys(rest, True))
    return {package.partition("==")[0] for package in packages if not known[package]}


def free_threaded_verdict(uv: str, python: str, system: str, extra: str) -> str:
    found, said = resolved(uv, python.removesuffix("t"), system, extra)
    if not found:
        return f"not resolved: {' '.join(said.split())[:300]}"
    packages = [line.split(" ")[0] for line in said.splitlines() if "==" in line]
    lacking = without_free_threaded_wheels(python, system, packages)
    return f"wheels, but for {', '.join(sorted(lacking))}" if lacking else "wheels"


def verdict(uv: str, python: str, system: str, extra: str) -> str:
    if python.endswith("t"):
        return free_threaded_verdict(uv, python, system, extra)
    found, said = resolved(uv, python, system, extra, "--only-binary", ":all:")
    if found:
        return "wheels"
    lacking = without_wheels(said)
    built = [option for name in sorted(lacking) for option in ("--no-binary", name)]
    if lacking and resolved(uv, python, system, extra, *built)[0]:
        return f"wheels, but for {', '.join(sorted(lacking))}"
    return f"not resolved: {' '.join(said.split())[:300]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pythons", nargs="*", default=PYTHONS, metavar="VERSION")
    parser.add_argument("--systems", nargs="*", default=list(SYSTEMS), choices=SYSTEMS, metavar="SYSTEM")
    parser.add_argument("--extras", nargs="*", default=EXTRAS, choices=EXTRAS, metavar="EXTRA")
    arguments = parser.parse_args()
    uv = shutil.which("uv")
    if uv is None:
        raise SystemExit("not found: uv")
    wrong = 0
    for python in arguments.pythons:
        for system in arguments.systems:
            answers = {extra: verdict(uv, python, system, extra) for extra in arguments.extras}
            wrong += sum(answer.startswith("not") for answer in answers.values())
            groups: dict[str, list[str]] = {}
            for extra, answer in answers.items():
                groups.setdefault(answer, []).append(extra)
            print(
                f"{python} {system}: " + "; ".join(f"{', '.join(names)}: {answer}" for answer, names in groups.items()),
                flush=True,
            )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
