"""Installs starkcore and its peers, measures them in one run, and prints how many times faster which is.

    python benchmarks/run.py                       with the fastest engine of this CPU
    python benchmarks/run.py --engine portable     with another; repeat the option for several
    python benchmarks/run.py --here                with this Python as it is: nothing is installed
    python benchmarks/run.py --write-docs          the fastest engine, the fastest without AVX-512 and the portable one,
                                                   the native layers, and then the tables and the plot of
                                                   docs/benchmarks.md, and README's
    python benchmarks/run.py --from RECORD.json    what an earlier run found; with --write-docs, the document of it

Everything goes into .venv-bench/ and benchmarks/results/. Ctrl-C stops it and leaves no result behind.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RESULTS = HERE / "results"
sys.path.insert(0, str(HERE))

import report  # noqa: E402

PEERS = ["fast-stark-crypto", "starknet-pathfinder-crypto", "crypto-cpp-py", "fastecdsa"]

# Peers that no Python of ours can install as a wheel, or whose operations we don't have yet.
LEFT_OUT = {
    "starknet-crypto-py": "wheels for Linux on x86-64 end with CPython 3.10",
    "poseidon-py": "Poseidon only",
    "cairo-lang, dydx-v3-python": "pure Python, with old versions of its dependencies: tests/reference stands for it",
}

ABOUT = """
import importlib.metadata as metadata, json, platform, sys
import starkcore
from starkcore.engine import compiler
versions = {}
for name in sys.argv[1:]:
    try:
        versions[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
print(json.dumps({"version": starkcore.__version__, "engine": starkcore.engine(), "engines": starkcore.engines(),
    "compiler": compiler(), "peers": versions,
    "python": f"{platform.python_implementation()} {platform.python_version()}"}))
"""


class StepError(Exception):
    """A step went wrong; the text says which."""


def say(text: str) -> None:
    print(text, flush=True)


def call(command: list[str | Path], what: str, environment: dict[str, str] | None = None, folder: Path = ROOT) -> None:
    """Run a step that prints its own progress. On Ctrl-C it gets the signal, too: wait for it to go."""
    with subprocess.Popen(command, cwd=folder, env=os.environ | (environment or {})) as process:
        try:
            status = process.wait()
        except KeyboardInterrupt:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
            raise
    if status != 0:
        raise StepError(f"{what} failed")


def installed(skipped: dict[str, str]) -> Path:
    """The Python of .venv-bench with starkcore, the measuring tools and the peers that have wheels."""
    folder = ROOT / ".venv-bench"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        say(f"making {folder.name} …")
        venv.create(folder, with_pip=True)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    say("installing pytest-benchmark and matplotlib …")
    call([*pip, "pytest>=8", "pytest-benchmark>=5", "matplotlib>=3.8"], "installing the tools")
    for name in PEERS:
        say(f"installing {name} …")
        done = subprocess.run([*pip, "--only-binary", ":all:", name], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            skipped[name] = "no wheel for this Python and platform"
            say(f"  skipped: {skipped[name]}")
    say("compiling and installing starkcore from this tree …")
    call([*pip, "--force-reinstall", "--no-deps", "."], "installing starkcore")
    return python


def about(python: Path) -> dict:
    done = subprocess.run([python, "-P", "-c", ABOUT, *PEERS], capture_output=True, text=True, check=False, cwd=HERE)
    if done.returncode != 0:
        raise StepError(f"starkcore can't be imported:\n{done.stderr}")
    return json.loads(done.stdout)


def machine() -> dict:
    """What the figures depend on, and nothing that says whose machine it is."""
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "system": platform.system(),
        "caches": caches(),
    }


def cpu_model() -> str:
    if sys.platform == "darwin":
        done = subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, check=False)
        return done.stdout.strip() or platform.processor()
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or "unknown"
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "Model", "cpu model"):
            return value.strip()
    return platform.processor() or "unknown"


def caches() -> str:
    """Sizes of the first core's caches, where Linux tells them."""
    out = []
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((folder / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            out.append(f"L{level} {size}")
    return ", ".join(out)


def commit() -> str:
    """The commit, with a word when the sources are not what it has."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False, cwd=ROOT)
        return done.stdout.strip() if done.returncode == 0 else ""

    changed = git("status", "--porcelain", "--", "csrc", "bindings", "starkcore", "setup.py")
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + (" with changes" if changed else "")


def measured(python: Path, engine: str, with_peers: bool, seconds: float) -> dict:
    """One engine's run."""
    files = ["test_bench_core.py", "test_bench_messages.py", *(["test_bench_peers.py"] if with_peers else [])]
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "measured.json"
        options = ["-q", "--progress", "--benchmark-quiet", f"--benchmark-storage={Path(folder).as_uri()}"]
        options += [f"--benchmark-max-time={seconds}", f"--benchmark-json={output}"]
        call([python, "-P", "-m", "pytest", *options, *files], "measuring", {"STARKCORE_ENGINE": engine}, HERE)
        found = json.loads(output.read_text(encoding="utf-8"))
    info = found["machine_info"]
    return {"engine": info["engine"], "compiler": info["starkcore_compiler"], "rows": report.rows_of(found)}


def native(python: Path) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "native.json"
        call([python, HERE / "native" / "run.py", "--json", output], "measuring the native layers")
        return json.loads(output.read_text(encoding="utf-8"))


def record_of(arguments: argparse.Namespace) -> dict:
    skipped = dict(LEFT_OUT)
    python = Path(sys.executable) if arguments.here else installed(skipped)
    facts = about(python)
    engines = arguments.engine or [facts["engine"]]
    if arguments.write_docs:
        more = [report.next_without_avx512(engines[0], facts["engines"]), "portable"]
        engines = list(dict.fromkeys(name for name in (*engines, *more) if name is not None))
    for engine in engines:
        if engine not in facts["engines"]:
            raise StepError(f"this CPU has no engine {engine!r}; it has {', '.join(facts['engines'])}")
    missing = {name: "not installed" for name in PEERS if name not in facts["peers"] and name not in skipped}
    record = {
        "machine": machine(),
        "python": facts["python"],
        "version": facts["version"],
        "commit": commit(),
        "peers": facts["peers"],
        "skipped": skipped | missing,
        "runs": [],
    }
    for i, engine in enumerate(engines):
        say(f"\nmeasuring with the engine {engine}; microseconds, the least of many")
        record["runs"].append(measured(python, engine, i == 0, arguments.seconds))
    if arguments.native or arguments.write_docs:
        record["native"] = native(python)
    return record


def save(record: dict) -> Path:
    name = f"{record['commit']} {record['runs'][0]['engine']}.json".replace(" ", "-")
    return write_json(RESULTS / name, record)


def write_json(path: Path, record: dict) -> Path:
    """One line a measurement, so that records can be read and compared."""
    text = json.dumps(record, indent=1, ensure_ascii=False)
    text = re.sub(r"\{[^{}]*\}", lambda found: re.sub(r"\n\s*", " ", found[0]), text)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def write_docs(record: dict, python: Path) -> None:
    # Other programs' parts, until they run again.
    published = json.loads(report.PUBLISHED.read_text(encoding="utf-8"))
    record |= {part: published[part] for part in ("loop", "drop_in", "archive")}
    report.write(record)
    write_json(report.PUBLISHED, record)
    call([python, HERE / "plot.py", report.PUBLISHED], "drawing the plot")
    say("README.md, docs/benchmarks.md, docs/benchmarks.svg and benchmarks/results/published.json are written")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--engine", action="append", help="measure with it; may be repeated; peers run beside the first"
    )
    parser.add_argument("--here", action="store_true", help="use this Python and what is installed in it")
    parser.add_argument("--native", action="store_true", help="measure the native layers, too")
    parser.add_argument("--seconds", type=float, default=0.4, help="for each measurement (default: 0.4)")
    parser.add_argument("--write-docs", action="store_true", help="write the tables and the plot of the pages")
    parser.add_argument("--from", dest="source", type=Path, metavar="RECORD", help="measure nothing: take this record")
    return parser.parse_args()


def main() -> int:
    arguments = parsed()
    try:
        if arguments.source:
            record = json.loads(arguments.source.read_text(encoding="utf-8"))
        else:
            record = record_of(arguments)
            path = save(record)
        for run in record["runs"]:
            say("\n" + report.terminal(run))
        if not arguments.source:
            say(f"\nsaved {path.relative_to(ROOT).as_posix()}")
        if arguments.write_docs:
            of_venv = ROOT / ".venv-bench" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
            write_docs(record, Path(sys.executable) if arguments.here or not of_venv.exists() else of_venv)
    except KeyboardInterrupt:
        print("\nstopped; no result was written", file=sys.stderr)
        return 130
    except StepError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
