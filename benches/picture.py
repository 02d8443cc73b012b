"""Draw what compare.py measured: bars for each workload, how many times ours the peers take."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt

from harness import HERE

COLORS = {
    "thalweg bf16": "#1f77b4",
    "scikit-learn": "#f7931e",
    "PyTorch": "#8c8c8c",
    "PyTorch fused": "#de3412",
}


def draw(report: dict[str, Any], output: Path) -> None:
    """Draw a panel for each dtype."""
    results = [result for result in report["results"] if "workload" in result]
    dtypes = list(dict.fromkeys(result["dtype"] for result in results))
    mpl.rcParams["svg.hashsalt"] = "thalweg"  # the same numbers give the same file
    figure, panels = plt.subplots(
        len(dtypes), figsize=(9, 3.2 * len(dtypes)), squeeze=False, layout="constrained"
    )
    for dtype, panel in zip(dtypes, panels[:, 0], strict=True):
        chosen = [result for result in results if result["dtype"] == dtype]
        peers = list(chosen[0]["libraries"])[1:]
        width = 0.8 / len(peers)
        for i, peer in enumerate(peers):
            ratios = [
                result["libraries"][peer]["fit"]["median"]
                / result["libraries"]["thalweg"]["fit"]["median"]
                for result in chosen
            ]
            places = [place + (i - (len(peers) - 1) / 2) * width for place in range(len(chosen))]
            bars = panel.bar(places, ratios, width, label=peer, color=COLORS[peer])
            panel.bar_label(bars, fmt="%.3g", fontsize=7)
        panel.axhline(1, color="black", linewidth=1)
        panel.set_yscale("log")
        panel.set_xticks(range(len(chosen)), [result["workload"] for result in chosen])
        panel.set_ylabel("times thalweg's epoch")
        panel.set_title(f"{dtype}, {report['machine']['threads']} threads", fontsize=10)
        panel.margins(y=0.15)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0, 0].legend(fontsize=8)
    figure.savefig(output, metadata={"Date": None})
    plt.close(figure)


def main() -> None:
    """Read, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, default=HERE / "results" / "compare.json")
    parser.add_argument("--output", type=Path, default=HERE.parent / "docs" / "performance.svg")
    arguments = parser.parse_args()
    draw(json.loads(arguments.input.read_text(encoding="utf-8")), arguments.output)


if __name__ == "__main__":
    main()
