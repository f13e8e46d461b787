"""Cold caches."""

from __future__ import annotations

import os
from pathlib import Path


class ColdCaches:
    """Empties the caches, by reading what is larger than they are: for a byte that isn't there, as quickly as memory
    gives it. Four times as large: a last cache that protects itself against streams keeps some lines of what is read
    once, and after twice its size was read a call took 0.7 to 1 times what it takes after more.
    """

    def __init__(self):
        size = max(128 << 20, 4 * largest_cache())
        self.buffer = bytearray(os.urandom(1 << 20).replace(b"\0", b"\1")) * (size >> 20)

    def __call__(self):
        return self.buffer.find(0)


def largest_cache() -> int:
    """In bytes; 32 MB where the system doesn't tell."""
    sizes = [32 << 20]
    for path in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size"):
        text = path.read_text().strip()
        if text.endswith("K"):
            sizes.append(int(text[:-1]) << 10)
    return max(sizes)
