"""What the largest answers cost a client: memory and processor time, by what a hostile host puts into them.

Each answer, of the size that the client takes at most, is asked for by a process of its own, which reads it once.
Shown: by how much the process's largest memory grew beyond that after a small answer, and the processor time that it
took. The bounds are those that docs/security.md states; whatever is beyond one is marked, and the check exits with 1.

First, three clients are planted, which must be found: one that gives 16 MiB of "{}," to Python's parser, as it was
once; one that keeps what comes in pieces of two bytes as a list; and one that redacts by a pattern which takes the
square of the text.

Linux only: memory is /proc's VmHWM. Takes two minutes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "http"))

from fault_server import fault_server, http

HELPERS = Path(__file__).resolve().parents[1] / "http"
LARGEST = 16 << 20
MOST_MEGABYTES, MOST_SECONDS = 256, 8.0
SMALL = http(200, b'{"a":1}')
CHUNKED = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"


def filled(begin: bytes, piece: bytes, end: bytes, count: int | None = None) -> bytes:
    """A body of the largest size, or with so many pieces and then one long text."""
    if count is None:
        return begin + piece * ((LARGEST - len(begin) - len(end)) // len(piece)) + end
    body = begin + piece * count + b'"'
    return body + b"x" * (LARGEST - len(body) - len(end) - 1) + b'"' + end


def numbered(count: int) -> bytes:
    return b",".join(b'{"%06d":""}' % number for number in range(count))


def bodies() -> dict[str, bytes]:
    """Of answers with status 200: what a host can choose."""
    most = 1 << 18
    return {
        "one long text": filled(b'{"a":"', b"x", b'"}'),
        "one long text, with one wide character": filled(b'{"a":"\xf0\x9f\x98\x80', b"x", b'"}'),
        "one long text of escapes": filled(b'{"a":"', b"\\u00e9", b'"}'),
        "one long text of quotes": filled(b'{"a":"', b'\\"', b'"}'),
        "16 MiB of {},": filled(b'{"a":[', b"{},", b"{}]}"),
        "16 MiB of [": filled(b"", b"[", b""),
        '16 MiB of "': filled(b"", b'"', b""),
        "as many {} as allowed, and a text": filled(b'{"a":[', b"{},", b"]}", most // 2 - 8),
        'as many [""] as allowed, and a text': filled(b'{"a":[', b'[""],', b"]}", most // 2 - 8),
        'as many {"a":0} as allowed, and a text': filled(b'{"a":[', b'{"a":0},', b"]}", most // 3 - 8),
        "as many names as allowed, each another": b'{"a":[' + numbered(most // 3 - 8) + b"]}",
        "as many of them, and a text with a wide character": filled(
            b'{"a":[' + numbered(most // 3 - 8) + b',"\xf0\x9f\x98\x80",', b"", b"]}", 1
        ),
    }


def answers() -> dict[str, bytes]:
    found = {name: http(200, body) for name, body in bodies().items()}
    found["a refusal of 16 MiB of tokens"] = http(400, b'{"a":"' + b"token" * ((LARGEST - 8) // 5) + b'"}')
    found["a refusal of 60 kB of tokens"] = http(400, b'{"a":"' + b"token" * 12_000 + b'"}')
    found["a refusal of as many values as 64 KiB hold"] = http(400, b'{"a":[' + b"{}," * 21_000 + b"{}]}")
    found["chunks of two bytes"] = CHUNKED + b"2\r\n  \r\n" * (LARGEST // 2)
    found["chunks of 64 bytes"] = CHUNKED + (b"40\r\n" + b" " * 64 + b"\r\n") * (LARGEST // 64) + b"0\r\n\r\n"
    found["headers of 32 KiB"] = http(200, headers=[f"x{number}: y" for number in range(3000)])
    return found


CHILD = """
import resource, sys, time
from pathlib import Path
sys.path.insert(0, {helpers!r})
from both_clients import opened
from starkcore import StarkcoreError
from starkcore.http.rules import Retries, Timeouts
from starkcore.dydx import AsyncClient, Client
{planted}
def memory():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
with opened({kind}, {url!r}, api_timeout=Timeouts(total=60, read=30), retries=Retries(attempts=1)) as client:
    client.public.get_stats()
    before, begun = memory(), time.process_time()
    try:
        outcome = client.public.get_stats()
        told = type(outcome).__name__
    except StarkcoreError as error:
        told = str(error)[:60]
    print(memory() - before, time.process_time() - begun, told)
"""
PLANTED = {
    "16 MiB of {},": "import json, starkcore.http.answer as a; "
    "a.strict_json = lambda d, b, m: json.loads(d, object_hook=m)",
    "chunks of two bytes": """
import starkcore.http.wire as w
class Pieces(list):
    def __iadd__(self, chunk):
        self.append(chunk)
        return self
w.bytearray, w.bytes = Pieces, lambda pieces: b"".join(pieces) if isinstance(pieces, list) else pieces
w._MOST_PIECES = 1 << 30
w.Bounds.too_large = None
""",
    "a refusal of 60 kB of tokens": r'''
import re, starkcore.http.redaction as r
old = re.compile(r"""((?:secret|token)[\w-]*["']?\s*[:=]\s*["']?)[^"'\s,}&]+""")
r._named = lambda text: (found.span() for found in old.finditer(text))
''',
}


def measure(answer: bytes, kind: str, planted: str = "") -> tuple[float, float, str]:
    """MiB, seconds, and what came of it."""
    with fault_server(SMALL, answer) as server:
        program = CHILD.format(helpers=str(HELPERS), kind=kind, url=server.url, planted=planted)
        done = subprocess.run(
            [sys.executable, "-P", "-c", program], capture_output=True, text=True, timeout=300, check=True
        )
    kilobytes, seconds, outcome = done.stdout.strip().split(" ", 2)
    return int(kilobytes) / 1024, float(seconds), outcome


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=["Client", "AsyncClient"], help="one client alone; both by default")
    args = parser.parse_args()
    found = answers()
    wrong = 0
    for name, planted in PLANTED.items():
        megabytes, seconds, _ = measure(found[name], "Client", planted)
        missed = megabytes <= MOST_MEGABYTES and seconds <= MOST_SECONDS
        wrong += missed
        print(f"planted, {name}: {megabytes:.0f} MiB, {seconds:.2f} s: {'MISSED' if missed else 'found'}", flush=True)
    worst = [0.0, 0.0]
    for kind in [args.kind] if args.kind else ["Client", "AsyncClient"]:
        for name, answer in found.items():
            megabytes, seconds, outcome = measure(answer, kind)
            beyond = megabytes > MOST_MEGABYTES or seconds > MOST_SECONDS
            wrong += beyond
            worst = [max(worst[0], megabytes), max(worst[1], seconds)]
            print(
                f"{kind:<11} {name:<52} {megabytes:6.0f} MiB {seconds:6.2f} s {'BEYOND' * beyond:6} {outcome}",
                flush=True,
            )
    print(f"at most {worst[0]:.0f} MiB and {worst[1]:.2f} s of processor time; {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
