"""What a reader takes in within a minute: the figures of "Breadth", as a table and as a chart."""

import io
import re
from collections.abc import Mapping
from statistics import median
from typing import Any

import matplotlib

from benchmarks.markdown import table
from epochal.plots.style import COLORS, MARKERS, label_axes, reference_line, single_axes

SUMMARIZED = "Breadth"
PEERS = {"jax": "Keras on JAX", "tensorflow": "Keras on TensorFlow", "torch": "torch"}
LEAST = 0.95  # of Keras' speed: the rest is noise

NOTES = """
Seconds per epoch, in brackets how many times as long as with `epochal.fit`; the faster of torch's
eager loop as it comes and with channels last and fused optimisers. The last column is the share of
the peak speed of float32 matrix products that the products and convolutions of an epoch reach.
"""


def summary(data: Mapping[str, Any], date: str, drawing: str) -> str:
    """The paragraphs at the top of the page."""
    parts = [
        f"## Summary\n\n{overall(data['kinds'])} Measured on {date}.",
        rows(data),
        NOTES.strip(),
        f"![How many times as long the peers take](benchmarks/{drawing})",
    ]
    return "\n\n".join(parts)


def overall(kinds: Mapping[str, Any]) -> str:
    """How all kinds compare with Keras on JAX."""
    ratios = {name: kind["ratio"] for name, kind in kinds.items()}
    behind = [f"{name} {ratio:.2f}x" for name, ratio in ratios.items() if ratio < LEAST]
    least = min(ratios, key=lambda name: ratios[name])
    return (
        f"Of {len(ratios)} kinds of networks and optimisers ([Breadth](#breadth)), "
        f"**{len(ratios) - len(behind)} train at least as fast as with `model.fit`** on JAX "
        f"(noise of {1 - LEAST:.0%} left out), the median {median(ratios.values()):.1f}x as fast, "
        f"the slowest {ratios[least]:.2f}x ({least}). "
        + (f"Slower: {', '.join(behind)}." if behind else "None is slower.")
    )


def compared(kinds: Mapping[str, Any]) -> dict[str, Any]:
    """The kinds that every peer trains."""
    return {name: kind for name, kind in kinds.items() if set(PEERS) <= set(kind["seconds"])}


def rows(data: Mapping[str, Any]) -> str:
    lines = []
    for kind in compared(data["kinds"]).values():
        seconds = kind["seconds"]
        ours = seconds["epochal"]
        share = kind["operations"] / 1e9 / data["peak"] / ours
        others = [f"{seconds[peer]:.2f} s ({seconds[peer] / ours:.1f}x)" for peer in PEERS]
        lines.append([kind["title"], f"{ours:.3f} s", *others, kind["engine"], f"{share:.0%}"])
    header = ["", "epochal.fit", *PEERS.values(), "engine", "of the peak"]
    return table(header, lines)


def chart(data: Mapping[str, Any]) -> str:
    """The ratios as SVG: one line a kind, one mark a peer."""
    kinds = compared(data["kinds"])
    figure, axes = single_axes(width=8.0, height=1.4 + 0.32 * len(kinds))
    places = list(range(len(kinds)))[::-1]
    for number, (peer, title) in enumerate(PEERS.items()):
        ratios = [kind["seconds"][peer] / kind["seconds"]["epochal"] for kind in kinds.values()]
        axes.plot(
            ratios,
            places,
            linestyle="none",
            marker=MARKERS[number],
            color=COLORS[number + 1],
            label=title,
        )
    axes.set_xscale("log")
    reference_line(axes, x=1.0)
    axes.set_yticks(places, [kind["title"] for kind in kinds.values()])
    label_axes(axes, x="times as long as epochal.fit", y="")
    ticks = [tick for tick in (0.5, 1, 2, 5, 10, 20, 50, 100) if tick <= axes.get_xlim()[1]]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.legend(fontsize="small", frameon=False, loc="best")
    file = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": SUMMARIZED}):  # the same names in every drawing
        figure.savefig(file, format="svg", metadata={"Date": None})
    return re.sub(r"[ \t]+$", "", file.getvalue(), flags=re.MULTILINE)
