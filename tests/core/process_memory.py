"""Searching another process's memory for secrets, as a debugger or a core dump would show it. Linux only."""

import re
from pathlib import Path

CHUNK = 1 << 24
RUN = 8  # bytes of a secret that count as a find: no accident in 2^64 places


def forms_of(number, hashed=True):
    """Runs of a 256-bit number's bytes as memory may hold it: big-endian; little-endian, which is 64-bit limbs in
    either order as well; and, where it is `hashed`, 32-bit words as hashes load them, wherever in a word it begins.
    {run: form}.

    A copy of any 15 bytes in a row has one of the runs in it, and so has a copy of one limb.
    """
    big = number.to_bytes(32, "big")
    forms = [("big-endian", big), ("limbs", big[::-1])]
    for shift in range(4 if hashed else 0):
        words = big[shift : shift + (32 - shift) // 4 * 4]
        forms.append(("32-bit words", b"".join(words[i : i + 4][::-1] for i in range(0, len(words), 4))))
    return {data[i : i + RUN]: form for form, data in forms for i in range(0, len(data) - RUN + 1, RUN)}


def mappings(pid):
    """(start, end, name) of what a process may write."""
    with Path(f"/proc/{pid}/maps").open(encoding="utf-8") as file:
        for line in file:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw.. \S+ \S+ \S+\s*(.*)", line)
            if match:
                yield int(match[1], 16), int(match[2], 16), match[3] or "anonymous"


def contents(pid):
    """(name, bytes) of what it may write, in chunks that overlap."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for start, end, name in mappings(pid):
            for place in range(start, end, CHUNK):
                memory.seek(place)
                try:
                    yield name, memory.read(min(CHUNK + RUN, end - place))
                except OSError:  # a guard page
                    break


def places(pid, secrets):
    """Where the process holds them: secrets is {what: number}; the answer a sorted list of (what, form, mapping)."""
    runs = {}
    for what, number in secrets.items():
        runs |= {run: (what, form) for run, form in forms_of(number, hashed=what in ("input", "key")).items()}
    found = set()
    for name, data in contents(pid):
        found |= {(*place, name) for run, place in runs.items() if run in data}
    return sorted(found)
