"""How vector files are written: one JSON object of a `provenance` and named lists, one entry a line."""

import hashlib
import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def pick(label: str, bound: int) -> int:
    """A fixed number in [1, bound) that follows no pattern and depends on no generator's version."""
    return int.from_bytes(hashlib.sha512(label.encode()).digest(), "big") % (bound - 1) + 1


def write(name: str, provenance: dict, sections: dict[str, list]) -> None:
    """Write `name` beside this file; numbers come in as they shall be stored."""
    lines = ['"provenance": ' + json.dumps(provenance, indent=1, ensure_ascii=False)]
    for title, entries in sections.items():
        rows = ",\n".join(json.dumps(entry, separators=(",", ":"), ensure_ascii=False) for entry in entries)
        lines.append(f"{json.dumps(title)}: [\n{rows}\n]")
    (FOLDER / name).write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")


def read(name: str) -> dict:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))
