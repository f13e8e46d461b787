"""The one native extension and its build switches; everything else is in pyproject.toml.

Environment:
    STARKCORE_VERIFY=1      turn the invariants of csrc/ into assertions: slow, for tests only
    STARKCORE_BUILD_JOBS=n  compile n files at once (default: one per CPU)
    STARKCORE_WERROR=1      warnings are errors: for checks, with the compilers that they know
"""

import os
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 installers look at requires-python, who runs this file doesn't
    sys.exit("starkcore needs Python 3.11 or newer, and this is " + sys.version.split()[0])

import tomllib

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import PlatformError

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


# What the sources ask of a compiler and a target; each line of the preprocessor's answer is a sentence for a person.
NEEDS = """
#if __SIZEOF_POINTER__ < 8
starkcore: needs a 64-bit Python
#endif
#if defined(__clang__) && __clang_major__ < 10 || !defined(__clang__) && __GNUC__ < 10
starkcore: needs a compiler for C++20: gcc 10, clang 10 or Visual Studio 2019 16.11, or newer
#endif
"""


class BuildExtension(build_ext):
    """The flags of the compiler that is in use."""

    def check_compiler(self):
        """Say what is needed, in a sentence, where the compiler would say something else or nothing."""
        command = (
            self.compiler.compiler_so_cxx if hasattr(self.compiler, "compiler_so_cxx") else self.compiler.compiler_so
        )
        try:
            done = subprocess.run(
                [*command, "-x", "c++", "-E", "-P", "-"], input=NEEDS, capture_output=True, text=True, check=False
            )
        except OSError:
            raise PlatformError(
                f"no compiler: starkcore is built by a C++20 compiler, and {command[0]} isn't there. Install one (on "
                "Debian and Ubuntu g++, on Fedora gcc-c++, on macOS by xcode-select --install), or name yours in CC "
                "and CXX"
            ) from None
        for line in done.stdout.splitlines():
            if line.startswith("starkcore: "):
                raise PlatformError(line.replace("starkcore: ", "starkcore "))

    def build_extensions(self):
        if sys.maxsize < 2**32:
            raise PlatformError("starkcore needs a 64-bit Python")
        if self.compiler.compiler_type != "msvc":  # which is told by csrc/base/config.hpp
            self.check_compiler()
        import pybind11  # not needed for metadata and source distributions
        from pybind11.setup_helpers import ParallelCompile

        include = pybind11.get_include()
        if self.compiler.compiler_type == "msvc":
            flags = ["/std:c++20", "/O2", "/utf-8", "/EHsc", "/W3"]
        else:
            flags = ["-std=c++20", "-O3", "-g0", "-fvisibility=hidden", "-pthread", "-Wall", "-Wextra"]
            if os.environ.get("STARKCORE_WERROR") == "1":
                flags.append("-Werror")
            # Where it was built does not show in what was built.
            flags += [f"-ffile-prefix-map={ROOT}=.", f"-ffile-prefix-map={include}=pybind11"]
            if not self.is_clang():
                # gcc's SLP vectoriser splits and joins limbs through memory, which doubles a multiplication's time.
                flags.append("-fno-tree-slp-vectorize")
            else:
                # x86-64's kernels in assembly need a register that clang keeps for frames where a system or a Python
                # asks for frame pointers, as macOS and CPython 3.15 do. Arm has registers enough, and its ABI wants the
                # frames.
                flags += ["-Xarch_x86_64"] if sys.platform == "darwin" else []
                flags.append("-fomit-frame-pointer")
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


def macos_target():
    """Aligned new came with macOS 10.13: a Python that was built for an older one would have us built for that, too."""
    import sysconfig

    asked = os.environ.get("MACOSX_DEPLOYMENT_TARGET") or sysconfig.get_config_var("MACOSX_DEPLOYMENT_TARGET") or ""
    parts = [int(part) for part in str(asked).split(".") if part.isdigit()]
    if sys.platform == "darwin" and parts and parts < [10, 13]:
        os.environ["MACOSX_DEPLOYMENT_TARGET"] = "10.13"


def link_flags():
    """Export the module's init symbol and nothing else, the weak symbols of std templates included."""
    if sys.platform == "darwin":
        return ["-Wl,-exported_symbol,_PyInit__native"]
    if sys.platform == "win32":
        return []  # nothing is exported there but what says so
    # All addresses are resolved on loading, and the table of them is read-only from then on; so is the stack never
    # code.
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


macos_target()
commands = {"build_ext": BuildExtension, "bdist_wheel": Wheel, "sdist": SourceDistribution}
setup(ext_modules=[extension()], cmdclass=commands)
