"""The tests of the core's inner layers and of its C interface on 64-bit Arm, by an interpreter for it under qemu.

    python tests/checks/emulated_tests.py            the tests below
    python tests/checks/emulated_tests.py FILE …     those files; words after -- are pytest's

On Debian and Ubuntu. The interpreter and its libraries are the distribution's, unpacked into a folder of its own: nothing is
installed. The core is compiled by the cross compiler, which runs as it is; what it made is loaded under qemu. Of the answers
of both engines and portable code, everything is compared that is compared on other processors. It needs

    apt install g++-aarch64-linux-gnu qemu-user
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    *(f"tests/core/test_whitebox_{layer}.py" for layer in ("field", "inversion", "curve", "ecdsa", "poseidon")),
    "tests/core/test_exhaustive.py",
    "tests/core/test_engines.py",
    "tests/core/test_c_interface.py",
]
PACKAGES = ("pytest", "hypothesis", "cffi")
EMULATOR = "qemu-aarch64"
COMPILER = "aarch64-linux-gnu-g++"

APT = """
APT::Architecture "arm64";
APT::Architectures {{ "arm64"; }};
APT::Sandbox::User "root";
Dir::State "{0}/state";
Dir::State::status "{0}/state/status";
Dir::Cache "{0}/cache";
"""
# Tests start the interpreter again, by the name that it has for itself.
SITE = "import os, sys\nsys.executable = os.environ['EMULATED_PYTHON']\n"


def run(command: list[str], **environment: str) -> str:
    done = subprocess.run(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=sys.stderr, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ends with {done.returncode}")
    return done.stdout


def unpacked_interpreter(folder: Path) -> Path:
    """A script that runs Debian's python3 for arm64, which is unpacked there with the libraries that it needs."""
    apt, system = folder / "apt", folder / "system"
    for name in ("state/lists/partial", "cache/archives/partial"):
        (apt / name).mkdir(parents=True)
    (apt / "state" / "status").touch()
    settings = apt / "apt.conf"
    settings.write_text(APT.format(apt), encoding="utf-8")
    run(["apt-get", "update", "-qq"], APT_CONFIG=str(settings))
    wanted = ["python3", "libstdc++6"]
    run(["apt-get", "install", "-qq", "-y", "-d", "--no-install-recommends", *wanted], APT_CONFIG=str(settings))
    system.mkdir()
    for package in sorted((apt / "cache" / "archives").glob("*.deb")):
        run(["dpkg-deb", "-x", str(package), str(system)])
    script = folder / "python"
    inside = system / "usr" / "bin" / "python3"
    script.write_text(f'#!/bin/sh\nexec {EMULATOR} -L {system} {inside} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return script


def installed_packages(folder: Path, python: Path) -> Path:
    """The libraries that the tests need, as wheels for that interpreter."""
    target = folder / "site"
    version = run([str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]).strip()
    platforms = [word for name in ("manylinux_2_17", "manylinux2014") for word in ("--platform", f"{name}_aarch64")]
    command = [sys.executable, "-m", "pip", "install", "-q", "--target", str(target), *platforms]
    run([*command, "--only-binary=:all:", "--implementation", "cp", "--python-version", version, *PACKAGES])
    (target / "sitecustomize.py").write_text(SITE, encoding="utf-8")
    return target


def main() -> int:
    words = sys.argv[1:]
    if {"-h", "--help"} & set(words):
        print(__doc__)
        return 0
    split = words.index("--") if "--" in words else len(words)
    files, more = words[:split] or FILES, words[split + 1 :]
    if lacking := [tool for tool in (EMULATOR, COMPILER, "apt-get", "dpkg-deb") if shutil.which(tool) is None]:
        print(f"not installed: {', '.join(lacking)}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        python = unpacked_interpreter(Path(name))
        site = installed_packages(Path(name), python)
        environment = {**os.environ, "CXX": COMPILER, "PYTHONPATH": str(site), "EMULATED_PYTHON": str(python)}
        command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *files, *more]
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
