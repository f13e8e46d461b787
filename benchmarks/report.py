"""From measurements to what people read: ratios in the terminal, the tables of docs/benchmarks.md, and README's.

`python benchmarks/report.py` writes the tables again from the record that is published.

A record is what benchmarks/results/*.json hold: {"machine", "python", "version", "commit", "peers", "skipped", "runs",
"native"}. A run is an engine and its rows; a row is one measurement, in microseconds for each item.
"""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path

from targets import BY_KEY, IMPORT_MEGABYTES, NOT_MEASURED, OPERATIONS, SIGN_ORDER_MORE, TWO_THREADS, Operation

ROOT = Path(__file__).parents[1]
PUBLISHED = ROOT / "benchmarks" / "results" / "published.json"
# The pages with measured sections.
DOCUMENTS = (ROOT / "docs" / "benchmarks.md", ROOT / "docs" / "scale.md", ROOT / "README.md")

OURS = "starkcore"
# The operations of README's table, each against the peer that is best at it.
SUMMARY = ("sign", "pedersen", "verify_x", "order")
# What comes before each call in a loop (loop.py), and the columns' heads.
CONDITIONS = {
    "tight": "tight",
    "book": "25 KB book parsed",
    "slept": "1 ms slept",
    "flushed": "caches flushed",
    "warmed": "flushed, then `warm()`",
    "demo": "the demo's loop",
}


def rows_of(measured: dict) -> list[dict]:
    """pytest-benchmark's JSON as rows."""
    return [row_of(entry["extra_info"], entry["stats"]) for entry in measured["benchmarks"]]


def row_of(info: dict, stats: dict) -> dict:
    seconds = info.get("seconds", stats)
    row = {name: info[name] for name in ("operation", "who", "form", "threads", "cold")}
    row["min"], row["median"] = (float(f"{seconds[name] / info['items'] * 1e6:.4g}") for name in ("min", "median"))
    row["rounds"] = stats["rounds"]
    if "resident_bytes" in info:
        row["resident_megabytes"] = round(info["resident_bytes"] / 1e6, 1)
    return row


# ---- Looking things up ----


def ours(run: dict, operation: str, *, threads: int = 1, cold: bool = False, form: str | None = None) -> dict | None:
    for row in run["rows"]:
        asked = (row["operation"], row["who"], row["threads"], row["cold"])
        if asked == (operation, OURS, threads, cold) and form in (None, row["form"]):
            return row
    return None


def peers(run: dict, operation: Operation) -> list[dict]:
    """The peers' rows that an operation is compared with: the fastest of each, the fastest first."""
    keys = operation.against or (operation.key,)
    rows = [row for row in run["rows"] if row["operation"] in keys and row["who"] != OURS]
    best: dict[str, dict] = {}
    for row in sorted(rows, key=lambda row: row["min"]):
        best.setdefault(row["who"], row)
    return list(best.values())


def layer(record: dict, engine: str, name: str | None) -> float | None:
    """Microseconds of a native operation, or None."""
    for entry in record.get("native", {}).get("layers", []):
        if (entry["engine"], entry["layer"]) == (engine, name):
            return entry["min"] / 1000
    return None


def run_of(record: dict, engine: str) -> dict | None:
    return next((run for run in record["runs"] if run["engine"] == engine), None)


# ---- Numbers ----


def number(value: float | None) -> str:
    """Microseconds with three digits."""
    if value is None:
        return "–"
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:,.{digits}f}".replace(",", " ")


def times(ratio: float) -> str:
    return f"{ratio:,.1f}×".replace(",", " ") if ratio < 100 else f"{ratio:,.0f}×".replace(",", " ")


def pair(row: dict | None) -> str:
    return "–" if row is None else f"{number(row['min'])} ({number(row['median'])})"


# ---- The terminal ----


def terminal(run: dict) -> str:
    """The ratio table of one run."""
    lines = [
        f"engine {run['engine']}, microseconds: least (median)",
        "",
        f"{'operation':44} {'starkcore':>20} {'best peer':>22} {'ratio':>16}  peer",
    ]
    for operation in OPERATIONS:
        row = ours(run, operation.key)
        if row is None:
            continue
        line = f"{operation.title:44} {pair(row):>20}"
        others = peers(run, operation)
        if others:
            best = others[0]
            ratio = f"{times(best['min'] / row['min'])} ({times(best['median'] / row['median'])})"
            line += f" {pair(best):>22} {ratio:>16}  {best['who']}"
        lines.append(line)
    return "\n".join(lines)


def loop_terminal(loop: dict) -> str:
    """The figures of one run of loop.py."""
    lines = [
        f"engine {loop['engine']}, microseconds: p50 / p99 / p99.9",
        "",
        f"{'operation':46} {'who':20}" + "".join(f" {head:>22}" for head in CONDITIONS.values()),
    ]
    for title, who, cells in loop_cells(loop):
        lines.append(f"{title:46} {who:20}" + "".join(f" {cell:>22}" for cell in cells))
    return "\n".join(lines)


def loop_cells(loop: dict) -> list[tuple[str, str, list[str]]]:
    """Operation, who, and a cell for each condition; the fastest of an operation first."""
    found: dict[tuple[str, str], dict[str, dict]] = {}
    for row in loop["rows"]:
        found.setdefault((row["operation"], row["who"]), {})[row["condition"]] = row
    order = [operation.key for operation in OPERATIONS]
    keys = sorted(found, key=lambda key: (order.index(key[0]), next(iter(found[key].values()))["p50"]))
    return [
        (BY_KEY[operation].title, who, [percentiles(found[operation, who].get(name)) for name in CONDITIONS])
        for operation, who in keys
    ]


def percentiles(row: dict | None) -> str:
    return "–" if row is None else " / ".join(number(row[name]) for name in ("p50", "p99", "p99.9"))


# ---- The document ----


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; all columns but the first to the right."""
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, rule, *rows])


def wrapped(line: str, indent: str = "") -> str:
    """Prose in lines of at most 100 columns."""
    return textwrap.fill(line, 100, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def machine(record: dict) -> str:
    about, run = record["machine"], record["runs"][0]
    lines = [
        f"CPU: {about['cpu']}, {about['cores']} cores, {about['architecture']}, {about['system']}",
        f"caches: {about['caches']}" if about.get("caches") else "",
        f"engine: {run['engine']}; beside it {', '.join(other['engine'] for other in record['runs'][1:]) or 'none'}",
        f"compiler: {run['compiler']} (extension), {record.get('native', {}).get('compiler') or '–'} (native layers)",
        f"Python: {record['python']}",
        f"starkcore {record['version']}, commit {record['commit']}",
        "peers: " + (", ".join(f"{name} {version}" for name, version in record["peers"].items()) or "none"),
        *(f"not measured: {name} ({why})" for name, why in record.get("skipped", {}).items()),
    ]
    return "\n".join(wrapped(f"- {line}", "  ") for line in lines if line)


def ratios(record: dict) -> str:
    run, rows = record["runs"][0], []
    for operation in OPERATIONS:
        row, others = ours(run, operation.key), peers(run, operation)
        if row is None or not others:
            continue
        if operation.key not in (operation.against or (operation.key,)):
            others = others[:1]  # they are listed at their own operation
        for i, other in enumerate(others):
            ratio = f"{times(other['min'] / row['min'])} ({times(other['median'] / row['median'])})"
            rows.append(
                [operation.title if i == 0 else "", pair(row) if i == 0 else "", other["who"], pair(other), ratio]
            )
    return table(["operation", "starkcore", "peer", "its time", "ratio"], rows)


def summary(record: dict) -> str:
    """README's table, and what it was measured on."""
    run, rows = record["runs"][0], []
    for operation in (operation for operation in OPERATIONS if operation.key in SUMMARY):
        row, best = ours(run, operation.key), peers(run, operation)[0]
        figures = [number(row["min"]), f"{number(best['min'])}, {best['who']}", times(best["min"] / row["min"])]
        rows.append([operation.title, *figures])
    about = f"Least microseconds from {record['python']}, on one core of {record['machine']['cpu']} ({run['engine']})."
    return (
        table(["operation", "starkcore", "best peer with a wheel", "ratio"], rows)
        + "\n\n"
        + wrapped(f"{about} {loop_summary(record['loop'])}")
    )


def loop_summary(loop: dict) -> str:
    """What the same order takes where a program does something else in between."""
    ours = {row["condition"]: row["p50"] for row in loop["rows"] if (row["operation"], row["who"]) == ("order", OURS)}
    words = {
        "book": "after a book of 25 KB was parsed",
        "slept": "after a millisecond's sleep",
        "flushed": "with the caches flushed",
        "warmed": "after that and the signer's `warm()`",
        "demo": "in the demo's loop",
    }
    parts = [f"{number(ours[name])} {text}" for name, text in words.items() if name in ours]
    return f"In a loop an order takes more: medians of {number(ours['tight'])} right after another, {', '.join(parts)}."


def verdict(value: float | None, target: float | None) -> str:
    if value is None or target is None:
        return "–"
    return "reached" if value <= target else f"**{value / target:.2f}×**"


def compared(record: dict, run: dict, operation: Operation, target: float | None) -> tuple[str, str, str]:
    """(native, from Python, verdict): the native time against the target; without one, Python's less its allowance."""
    native, row = layer(record, run["engine"], operation.layer), ours(run, operation.key)
    python = None if row is None else row["min"]
    value = native if native is not None else python and python - operation.allowance
    return number(native), number(python), verdict(value, target)


def targets(record: dict) -> str:
    run, rows = record["runs"][0], []
    for operation in OPERATIONS:
        if operation.target is None:
            continue
        native, python, result = compared(record, run, operation, operation.target)
        rows.append([operation.title, number(operation.target), number(operation.stretch), native, python, result])
    rows += [[title, number(target), "–", "–", "–", why] for title, (target, why) in NOT_MEASURED.items()]
    return (
        table(["operation", "target", "stretch", "native", "from Python", "result"], rows)
        + "\n\n"
        + footing(record, run)
    )


def footing(record: dict, run: dict) -> str:
    """What the table says, and what an import takes of memory."""
    missed = [operation.title for operation in OPERATIONS if is_missed(record, run, operation)]
    lines = ["Not reached: " + ("; ".join(missed) if missed else "none") + "."]
    call, core = ours(run, "order_call"), layer(record, run["engine"], "order")
    if call is not None and core is not None:
        lines.append(
            f"`sign_order` alone, in a loop over orders of plain texts and ints, takes {number(call['min'])} µs, "
            f"{call['min'] - core:.2f} more than the same natively (target: {SIGN_ORDER_MORE})."
        )
    for module in ("starkcore", "starkcore.starkex"):
        imported = ours(run, "import", form=module)
        if imported is not None:
            lines.append(
                f"`import {module}` takes {imported['min'] / 1000:.1f} ms and {imported['resident_megabytes']} MB over "
                f"the interpreter (target: {(BY_KEY['import'].target or 0) / 1000:.0f} ms, {IMPORT_MEGABYTES:.0f} MB)."
            )
    return "\n\n".join(wrapped(line) for line in lines)


def is_missed(record: dict, run: dict, operation: Operation) -> bool:
    return compared(record, run, operation, operation.target)[2].startswith("**")


def portable(record: dict) -> str:
    return one_engine(record, run_of(record, "portable"))


def without_avx512(record: dict) -> str:
    """What the same CPU would run if it had no AVX-512, where that is another engine than the fastest."""
    engines = [run["engine"] for run in record["runs"]]
    name = next_without_avx512(engines[0], engines)
    return one_engine(record, run_of(record, name) if name else None)


def next_without_avx512(fastest: str, engines: list[str]) -> str | None:
    """The fastest engine of those that needs no AVX-512, the fastest first; None where the fastest needs none."""
    return next((name for name in engines if "avx512" not in name), None) if "avx512" in fastest else None


def one_engine(record: dict, run: dict | None) -> str:
    if run is None:
        return "Not measured in this run."
    rows = []
    for operation in OPERATIONS:
        target = operation.portable if run["engine"] == "portable" else None
        native, python, result = compared(record, run, operation, target)
        if target is not None or operation.layer is not None:
            rows.append([operation.title, number(target), native, python, result])
    return table(["operation", "target", "native", "from Python", "result"], rows)


def cold(record: dict) -> str:
    rows = []
    for operation in OPERATIONS:
        warm, flushed = (ours(record["runs"][0], operation.key, cold=cold) for cold in (False, True))
        if flushed is not None:
            rows.append([operation.title, pair(warm), pair(flushed)])
    return table(["operation", "warm", "cold"], rows)


def threads(record: dict) -> str:
    rows = []
    for operation in OPERATIONS:
        one, two = (ours(record["runs"][0], operation.key, threads=count) for count in (1, 2))
        if one is not None and two is not None:
            gain = [one[name] / two[name] for name in ("min", "median")]
            rows.append([operation.title, pair(one), pair(two), f"{gain[0]:.2f} ({gain[1]:.2f})"])
    return table(["operation", "one thread", "two threads", f"gain (target {TWO_THREADS})"], rows)


def layers(record: dict) -> str:
    """One row a layer, one column an engine: nanoseconds, and cycles in brackets."""
    entries = record.get("native", {}).get("layers", [])
    if not entries:
        return "Not measured in this run."
    names = list(dict.fromkeys(entry["layer"] for entry in entries))
    engines = list(dict.fromkeys(entry["engine"] for entry in entries))
    cells = {(entry["layer"], entry["engine"]): entry for entry in entries}
    rows = [[name, *(cell(cells.get((name, engine))) for engine in engines)] for name in names]
    heads = ["every engine" if engine == "all" else engine for engine in engines]
    return table(["layer", *heads], rows)


def cell(entry: dict | None) -> str:
    if entry is None:
        return ""
    cycles = f" ({entry['cycles']:,.0f})".replace(",", " ") if entry["cycles"] else ""
    return f"{entry['min']:,.{1 if entry['min'] < 100 else 0}f}".replace(",", " ") + cycles


def loop(record: dict) -> str:
    """The table of loop.py's run, and what that was made on."""
    loop, titles = record["loop"], set()
    rows = []
    for title, who, cells in loop_cells(loop):
        rows.append(["" if title in titles else title, who, *cells])
        titles.add(title)
    about = (
        f"{loop['python']}, {loop['machine']['cpu']}, {loop['engine']}, {loop['compiler']}, commit {loop['commit']}; "
        "p50 / p99 / p99.9. A dash stands where too few calls were made for a percentile, or none."
    )
    return table(["operation", "", *CONDITIONS.values()], rows) + "\n\n" + wrapped(about)


def loop_engines(record: dict) -> str:
    """Medians of the same ways with each engine of that CPU, and of each the ratio to the tight one."""
    loop = record["loop"]
    names = [name for name in CONDITIONS if name != "demo"]
    rows = []
    for operation in ("order", "sign"):
        for i, each in enumerate([loop, *loop.get("other_engines", [])]):
            found = {row["condition"]: row["p50"] for row in each["rows"]
                     if (row["operation"], row["who"]) == (operation, OURS)}  # fmt: skip
            cells = [number(found.get(name)) for name in names]
            for place, name in enumerate(names):
                if name in ("book", "slept") and name in found:
                    cells[place] += f" ({found[name] / found['tight']:.2f}×)"
            rows.append(["" if i else BY_KEY[operation].title, each["engine"], *cells])
    return table(["operation", "engine", *(CONDITIONS[name] for name in names)], rows)


def drop_in(record: dict) -> str:
    """The SDKs' calls with their engines and with ours, of drop_in.py's run."""
    drop, rows = record["drop_in"], []
    for row in drop["rows"]:
        theirs, mine, target = row["theirs"], row["ours"], row["target"]
        reached = "–" if target is None else f"{target}, {'reached' if mine <= target else f'**{mine / target:.2f}×**'}"
        figures = ["–" if value is None else whole(value) for value in (theirs, mine)]
        rows.append([row["call"], *figures, "–" if theirs is None else times(theirs / mine), reached])
    libraries = ", ".join(f"{name} {version}" for name, version in drop["libraries"].items())
    made_on = (drop["python"], drop["machine"]["cpu"], drop["engine"], drop["compiler"], f"commit {drop['commit']}")
    about = f"{', '.join(made_on)}; {libraries}."
    return table(["call", "with its own engine", "with starkcore", "ratio", "target"], rows) + "\n\n" + wrapped(about)


# README's rows: a call of drop_in.py, the SDK, and the line.
ONE_LINE = (
    ("paradex-py sign_order", "paradex-py"),
    ("extended create_order_object", "Extended's SDK"),
    ("ccxt paradex create_order", "CCXT at Paradex"),
    ("ccxt extended create_order", "CCXT at Extended"),
    ("starknet.py sign_message, revision 1", "starknet.py"),
)


def sdks(record: dict) -> str:
    """README's sentence of that table."""
    found = {row["call"]: row for row in record["drop_in"]["rows"]}
    parts = []
    for call, name in ONE_LINE:
        theirs, mine = (found[call][engine] for engine in ("theirs", "ours"))
        parts.append(f"{name} {times(theirs / mine)} ({whole(theirs)} µs become {whole(mine)})")
    return wrapped(f"{', '.join(parts)}.")


ARCHIVE_ROWS = 10**8


def archive(record: dict) -> str:
    """docs/scale.md's figure, of archive.py's run."""
    found = record["archive"]
    each = found["microseconds"]
    made_on = (
        found["python"],
        found["machine"]["cpu"],
        found["engine"],
        found["compiler"],
        f"commit {found['commit']}",
    )
    return wrapped(
        "Measured as a task of the recipe below, files read included: a row, a Pedersen hash and a verification where "
        f"the key's x is known, takes {number(each)} µs of a core's time, so a core does {whole(1e6 / each)} a second. "
        f"Eight such cores would do a hundred million orders in {number(ARCHIVE_ROWS * each / 8 / 60e6)} minutes, and "
        f"{ARCHIVE_ROWS * found['row_bytes'] / 1e9:.0f} GB have to be read for them. ({', '.join(made_on)}: the least "
        f"of {found['ranges']} ranges of {whole(found['rows'])} rows, `python benchmarks/archive.py`.)"
    )


def whole(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ")


SECTIONS = {
    "summary": summary,
    "machine": machine,
    "ratios": ratios,
    "targets": targets,
    "without_avx512": without_avx512,
    "portable": portable,
    "cold": cold,
    "loop": loop,
    "loop_engines": loop_engines,
    "threads": threads,
    "layers": layers,
    "drop_in": drop_in,
    "sdks": sdks,
    "archive": archive,
}


def write(record: dict) -> None:
    """Fill every page. Each section stands on one of them.

    Raises:
        ValueError: one of them is missing, or stands twice.
    """
    texts = {page: page.read_text(encoding="utf-8") for page in DOCUMENTS}
    found = sorted(re.findall(r"<!-- measured: (\w+) -->", "".join(texts.values())))
    if found != sorted(SECTIONS):
        raise ValueError(f"the pages have the sections {', '.join(found)}")
    for page, text in texts.items():
        page.write_text(filled(text, record), encoding="utf-8")


def filled(document: str, record: dict) -> str:
    """The document with what is between its markers `<!-- measured: name -->` and `<!-- end -->` made anew."""

    def fill(match: re.Match) -> str:
        return f"{match[1]}\n{SECTIONS[match[2]](record)}\n{match[3]}"

    return re.sub(r"(<!-- measured: (\w+) -->)\n.*?(<!-- end -->)", fill, document, flags=re.DOTALL)


if __name__ == "__main__":
    write(json.loads(PUBLISHED.read_text(encoding="utf-8")))
