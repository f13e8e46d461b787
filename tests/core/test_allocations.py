"""A call whose n-th allocation fails gives MemoryError or its answer: the quick form of checks/allocations.py."""

import dis
import os
import platform
import re
import sys
import types
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "checks"))

import allocations
import python_surface

import starkcore

pytestmark = [
    pytest.mark.native,
    pytest.mark.skipif(
        sys.platform != "linux" or platform.libc_ver()[0] != "glibc", reason="preloads a library, over glibc's malloc"
    ),
    pytest.mark.skipif("LD_PRELOAD" in os.environ, reason="something else is preloaded"),
]

# Each of these once ended the process: new objects, batches in threads, tables; and one that builds an exception.
NAMES = ["PrivateKey.generate", "PrivateKey.public_key", "grind_key", "PublicKey.prepare", "sign_many in threads",
         "sign_many of a buffer in threads", "verify_many in threads", "PreparedPublicKey.verify_many in threads",
         "pedersen_hash_many of buffers in threads", "sign_columns in threads", "use_tables",
         "OrderSigner.sign_order,"]  # fmt: skip


def test_no_allocation_that_fails_ends_the_process():
    done = allocations.preloaded_run(NAMES, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert done.stdout.count("found") == 4, done.stdout
    assert int(re.search(r"(\d+) calls with a failing allocation: 0 deaths, 0 findings", done.stdout)[1]) > 500


def codes(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


def far_handlers(source):
    """Functions with a handler that is told a place beyond the small ints, which always exist."""
    return [
        code.co_qualname
        for code in codes(compile(source, "module", "exec"))
        if any(entry.lasti and entry.end // 2 > 256 for entry in dis._parse_exception_table(code))
    ]


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="another version's code has other places")
def test_no_function_loops_where_there_is_no_memory_any_more():
    """CPython tells such a handler its place as an int; where there is no memory for that, it handles this, and so on
    for ever. A document of typed data did so.
    """
    package = Path(starkcore.__file__).parent
    names = "starkex", "starknet", "paradex", "extended"
    modules = [*package.glob("[!_c]*.py"), *(path for name in names for path in (package / name).rglob("*.py"))]
    assert len(modules) > 40
    found = {path.name: far_handlers(path.read_text(encoding="utf-8")) for path in modules}
    # What reads files is Python's own to begin with.
    assert {name: far for name, far in found.items() if far} == {"files.py": ["read_regular"]}
    long = "\n".join(f"    a{i} = f({i})" for i in range(60))
    assert far_handlers(f"def g():\n{long}\n    with f():\n        f()\n") == ["g"]


def test_every_public_function_is_covered():
    assert python_surface.uncovered() == []
