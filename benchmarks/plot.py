"""Draws docs/benchmarks.svg from a record: each operation here and in the fastest peers.

    python benchmarks/plot.py [RECORD.json] [--output FILE]

Without a record, benchmarks/results/published.json. Needs matplotlib (the extra `bench`).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import report  # noqa: E402
from targets import BY_KEY  # noqa: E402

SHOWN = [
    "pedersen",
    "pedersen_batch",
    "public_key",
    "sign",
    "sign_batch",
    "verify_x",
    "verify",
    "verify_prepared",
    "order",
    "order_batch",
]
COLOURS = {"starkcore": "#0b6e4f", "portable": "#7fbf9f", "peer": "#9aa0a6"}
MOST_PEERS = 3
BAR = 0.8


def bars(record: dict) -> list[tuple[str, list[tuple[str, float, str]]]]:
    """Per operation (title, [(who, microseconds, kind), …]), from the top down."""
    fastest, portable = record["runs"][0], report.run_of(record, "portable")
    out = []
    for key in SHOWN:
        operation, row = BY_KEY[key], report.ours(fastest, key)
        if row is None:
            continue
        group = [("starkcore", row["min"], "starkcore")]
        plain = report.ours(portable, key) if portable and portable is not fastest else None
        if plain is not None:
            group.append(("starkcore, portable engine", plain["min"], "portable"))
        if key in (operation.against or (key,)):
            others = [peer for peer in report.peers(fastest, operation) if not peer["who"].startswith("pure Python")]
            group += [(peer["who"], peer["min"], "peer") for peer in others[:MOST_PEERS]]
        out.append((operation.title, group))
    return out


def draw(record: dict, output: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg" if output.suffix == ".svg" else "agg")
    mpl.rcParams.update(
        {"svg.hashsalt": "starkcore", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 8.5}
    )
    from matplotlib import pyplot as plt

    groups = bars(record)
    count = sum(len(group) for _, group in groups)
    figure, axes = plt.subplots(figsize=(9, 0.17 * (count + 1.8 * len(groups)) + 0.8), layout="constrained")
    place, ticks = 0.0, []
    for title, group in groups:
        ticks.append((place + 0.4, title))
        for who, value, kind in group:
            place += 1
            axes.barh(place, value, height=BAR, color=COLOURS[kind])
            axes.annotate(
                f"{report.number(value)}  {who}", (value, place), (4, 0), textcoords="offset points", va="center"
            )
        place += 1.8
    axes.set_xscale("log")
    axes.set_xlim(1, 12 * max(value for _, group in groups for _, value, _ in group))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}".replace(",", " "))
    axes.set_ylim(place - 0.8, -1.5)
    axes.set_yticks([])
    for y, title in ticks:
        axes.annotate(
            title,
            (0, y),
            (2, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            weight="bold",
            va="bottom",
        )
    axes.set_xlabel("microseconds for each operation, called from Python; less is better; logarithmic")
    axes.set_title(f"{record['machine']['cpu']}, one thread", loc="left")
    axes.spines[["top", "right", "left"]].set_visible(False)
    output.parent.mkdir(parents=True, exist_ok=True)
    metadata = {"Date": None, "Creator": None} if output.suffix == ".svg" else None
    figure.savefig(output, metadata=metadata)
    plt.close(figure)
    if output.suffix == ".svg":  # matplotlib leaves spaces at the ends of lines
        lines = output.read_text(encoding="utf-8").splitlines()
        output.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("record", nargs="?", type=Path, default=HERE / "results" / "published.json")
    parser.add_argument("--output", type=Path, default=HERE.parent / "docs" / "benchmarks.svg")
    arguments = parser.parse_args()
    draw(json.loads(arguments.record.read_text(encoding="utf-8")), arguments.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
