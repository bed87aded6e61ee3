"""The packages in their layers, lowest first, and their picture: ``python -m tools.layers``.

`tests/test_architecture.py` holds every import to these layers; `docs/assets/layers.svg` is drawn
from them.
"""

from html import escape
from pathlib import Path

PICTURE = Path(__file__).parents[1] / "docs" / "assets" / "layers.svg"

# A package imports packages of a lower layer only. Each layer has a word for what it is about.
LAYERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("errors, private names", ("errors", "characters", "interrupts", "whole_files", "compat")),
    ("languages", ("translation",)),
    ("what arguments must be", ("checks",)),
    ("plots, distributions", ("plots", "summary", "distributions")),
    ("what Keras lacks", ("schedules", "optimizers", "layers", "losses")),
    ("data and scores", ("data", "scoring")),
    ("why a prediction is so", ("explanation",)),
    ("how sure a prediction is", ("conformal", "drift", "calibration")),
    ("what runs epochs", ("engine",)),
    ("a Keras model as values", ("bridge",)),
    ("into the engine", ("batches", "lowering")),
    ("before and after a fit", ("models", "diagnosis")),
    ("a fit", ("training",)),
    ("around fits", ("tuning", "sweeps", "uncertainty", "transfer", "compression", "callbacks")),
    ("the page", ("report",)),
    ("tables and estimators", ("runs", "estimators")),
    ("experiments", ("lab",)),
    ("the command line", ("cli",)),
)

WIDTH, ROW, GAP, LABEL, MARGIN = 760, 34, 8, 180, 10


def picture() -> str:
    """The layers as an SVG, the highest on top; it follows the reader's light or dark colours."""
    height = MARGIN * 2 + len(LAYERS) * (ROW + GAP) - GAP
    rows = [
        part
        for number, (about, packages) in enumerate(reversed(LAYERS))
        for part in _row(about, packages, MARGIN + number * (ROW + GAP))
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            'font-family="system-ui, sans-serif" font-size="15">',
            "<style>",
            "rect { fill: #eef2f7; stroke: #5b7083; } text { fill: #1f2933; }",
            "text.about { fill: #52616b; font-size: 13px; }",
            "@media (prefers-color-scheme: dark) {",
            "rect { fill: #22303c; stroke: #8aa1b4; } text { fill: #e6edf3; }",
            "text.about { fill: #a9b8c4; } }",
            "</style>",
            *rows,
            "</svg>",
            "",
        ]
    )


def _row(about: str, packages: tuple[str, ...], top: float) -> list[str]:
    room = WIDTH - 2 * MARGIN - LABEL
    width = (room - GAP * (len(packages) - 1)) / len(packages)
    middle = top + ROW / 2 + 5
    parts = [f'<text class="about" x="{MARGIN}" y="{middle}">{escape(about)}</text>']
    for place, package in enumerate(packages):
        left = MARGIN + LABEL + place * (width + GAP)
        parts += [
            f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{ROW}" rx="4"/>',
            f'<text x="{left + width / 2:.1f}" y="{middle}" text-anchor="middle">{package}</text>',
        ]
    return parts


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(picture(), encoding="utf-8")
