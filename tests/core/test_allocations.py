"""A call whose n-th allocation fails gives MemoryError or its answer: the quick form of checks/allocations.py."""

import os
import platform
import re
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "checks"))

import allocations
import python_surface

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


def test_every_public_function_is_covered():
    assert python_surface.uncovered() == []
