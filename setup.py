"""The one native extension and its build switches; everything else is in pyproject.toml.

Environment:
    STARKCORE_VERIFY=1      turn the invariants of csrc/ into assertions: slow, for tests only
    STARKCORE_BUILD_JOBS=n  compile n files at once (default: one per CPU)
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))  # an isolated build does not look here

from setup_archives import SourceDistribution, Wheel  # noqa: E402

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def sources():
    """Every C++ file but the programs that write tables."""
    core = [path for path in (ROOT / "csrc").rglob("*.cpp") if "tools" not in path.relative_to(ROOT).parts]
    files = sorted(core) + sorted((ROOT / "bindings").glob("*.cpp"))
    return [path.relative_to(ROOT).as_posix() for path in files]


def headers():
    """What the sources depend on: a changed header means building again."""
    folders = (ROOT / "csrc", ROOT / "bindings")
    files = [path for folder in folders for suffix in ("*.h", "*.hpp", "*.map") for path in folder.rglob(suffix)]
    return sorted(path.relative_to(ROOT).as_posix() for path in files)


class BuildExtension(build_ext):
    """The flags of the compiler that is in use."""

    def build_extensions(self):
        import pybind11  # not needed for metadata and source distributions
        from pybind11.setup_helpers import ParallelCompile

        include = pybind11.get_include()
        if self.compiler.compiler_type == "msvc":
            flags = ["/std:c++20", "/O2", "/utf-8", "/EHsc", "/W3"]
        else:
            flags = ["-std=c++20", "-O3", "-g0", "-fvisibility=hidden", "-pthread", "-Wall", "-Wextra"]
            # Where it was built does not show in what was built.
            flags += [f"-ffile-prefix-map={ROOT}=.", f"-ffile-prefix-map={include}=pybind11"]
            if not self.is_clang():
                # gcc's SLP vectoriser splits and joins limbs through memory, which doubles a multiplication's time.
                flags.append("-fno-tree-slp-vectorize")
        for extension in self.extensions:
            extension.extra_compile_args += flags
            extension.include_dirs.append(include)
        with ParallelCompile("STARKCORE_BUILD_JOBS", default=0):
            super().build_extensions()

    def is_clang(self):
        if sys.platform == "darwin":
            return True
        version = subprocess.run(
            [self.compiler.compiler_so[0], "--version"], capture_output=True, text=True, check=False
        )
        return "clang" in version.stdout


def link_flags():
    """Export the module's init symbol and nothing else, the weak symbols of std templates included."""
    if sys.platform == "darwin":
        return ["-Wl,-exported_symbol,_PyInit__native"]
    if sys.platform == "win32":
        return []  # nothing is exported there but what says so
    # All addresses are resolved on loading, and the table of them is read-only from then on; so is the stack never code.
    hardening = ["-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack"]
    return ["-pthread", "-Wl,--version-script=bindings/exports.map", *hardening]


def extension():
    macros = [("STARKCORE_VERSION", VERSION)]
    if os.environ.get("STARKCORE_VERIFY") == "1":
        macros.append(("STARKCORE_VERIFY", "1"))
    return Extension(
        "starkcore._native",
        sources=sources(),
        depends=headers(),
        include_dirs=["csrc"],
        define_macros=macros,
        extra_link_args=link_flags(),
        libraries=["bcrypt"] if sys.platform == "win32" else [],
        language="c++",
    )


commands = {"build_ext": BuildExtension, "bdist_wheel": Wheel, "sdist": SourceDistribution}
setup(ext_modules=[extension()], cmdclass=commands)
