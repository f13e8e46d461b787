"""Cold caches."""

from __future__ import annotations

import os
from pathlib import Path


class ColdCaches:
    """Empties the caches, by reading what is larger than they are."""

    def __init__(self):
        size = max(64 << 20, 2 * largest_cache())
        self.buffer = bytearray(os.urandom(1 << 20)) * (size >> 20)

    def __call__(self):
        return self.buffer.count(b"no such text")


def largest_cache() -> int:
    """In bytes; 32 MB where the system doesn't tell."""
    sizes = [32 << 20]
    for path in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size"):
        text = path.read_text().strip()
        if text.endswith("K"):
            sizes.append(int(text[:-1]) << 10)
    return max(sizes)
