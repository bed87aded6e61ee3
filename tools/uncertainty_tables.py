"""The tables of docs/uncertainty.md from the lab's results: ``python -m tools.uncertainty_tables``.

Writes them between the page's marks.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np

from epochal.lab import ALL_SCALES, Result, ResultStore, experiment_named
from epochal.lab.corruptions import ALL_CORRUPTIONS
from epochal.lab.uncertain_networks import CONVOLUTIONAL, DENSE
from epochal.lab.uncertainty_comparison import ENSEMBLE, FEW, HYPER_DEEP, PASSES, SINGLE

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "uncertainty.md"
DATA = {"Fashion-MNIST": "uncertainty-fashion-mnist", "CIFAR-10": "uncertainty-cifar10"}
UNLIKE = "uncertainty-out-of-distribution"
CLEAN, CORRUPTED = slice(0, 1), slice(1, None)  # of the curves by strength
METHODS = (
    "network: method",
    "passes:",
    "accuracy:",
    "log loss:",
    "ECE:",
    "corrupted: accuracy:",
    "log loss:",
    "ECE:",
    "s per 1,000:",
)


def results(experiment: str) -> dict[str, list[Result]]:
    """Of each variant the results of all seeds that were run at full scale."""
    stored = ResultStore(DOCS / "lab", ALL_SCALES["full"]).of(experiment_named(experiment))
    return {name: [one.variants[name] for one in stored] for name in stored[0].variants}


def method_table(experiment: str) -> Iterator[str]:
    """A row for each network and method."""
    found = results(experiment)
    yield from _head(METHODS)
    for kind in (CONVOLUTIONAL, DENSE):
        for method, passes in PASSES.items():
            of = found[f"{kind}: {method}"]
            yield _row(
                f"{kind}: {method}",
                str(passes),
                _percent(of, CLEAN),
                _change(of, "log_loss", CLEAN),
                _change(of, "error", CLEAN),
                _percent(of, CORRUPTED),
                _change(of, "log_loss", CORRUPTED),
                _change(of, "error", CORRUPTED),
                f"{_values(of, 'seconds').mean():.2g}",
            )


def corruption_table() -> Iterator[str]:
    """Log loss after temperature scaling by corruption, of convolutional networks."""
    methods = (SINGLE, FEW, ENSEMBLE, HYPER_DEEP)
    yield from _head(("images", "corruption", *(f"{method}:" for method in methods)))
    for data, experiment in DATA.items():
        found = results(experiment)
        for number, corruption in enumerate(ALL_CORRUPTIONS):
            curve, at = "calibrated_log_loss_by_corruption", slice(number, number + 1)
            values = [
                _values(found[f"{CONVOLUTIONAL}: {method}"], curve, at).mean() for method in methods
            ]
            yield _row(data, corruption, *(f"{value:.3f}" for value in values))


def unlike_table() -> Iterator[str]:
    """A row for each measure, with the two kinds of strange images."""
    found = results(UNLIKE)
    kinds, names = (
        list(dict.fromkeys(part))
        for part in zip(*(variant.split(": ") for variant in found), strict=True)
    )
    yield from _head(
        ("measure", *(f"{kind}{of}:" for kind in kinds for of in ("", ", found at 1%")))
    )
    for name in names:
        cells = []
        for kind in kinds:
            of = found[f"{kind}: {name}"]
            areas = [result.value for result in of]
            cells += [_spread(areas), f"{100 * _values(of, 'found').mean():.0f}%"]
        yield _row(name, *cells)


def filled(text: str) -> str:
    """The page's text with all tables as they are now."""
    tables = {f"lab {data}": method_table(name) for data, name in DATA.items()}
    tables |= {"lab corruptions": corruption_table(), "lab unlike": unlike_table()}
    for mark, lines in tables.items():
        between = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)", re.DOTALL)
        body = "\n".join(lines)
        text, count = between.subn(rf"\g<1>{body}\n\g<2>", text)
        if count != 1:
            raise SystemExit(f"{PAGE} must have the mark <!-- {mark} --> once, got {count}.")
    return text


def _values(of: Iterable[Result], curve: str, part: slice = CLEAN) -> np.ndarray:
    """Of each seed the mean over a part of a curve."""
    return np.array([np.mean(result.curves[curve][part]) for result in of])


def _percent(of: Sequence[Result], part: slice) -> str:
    return f"{100 * _values(of, 'accuracy', part).mean():.1f}%"


def _change(of: Sequence[Result], curve: str, part: slice) -> str:
    """Before temperature scaling and after."""
    before, after = (_values(of, name, part) for name in (curve, f"calibrated_{curve}"))
    return f"{before.mean():.3f} → {_spread(after)}"


def _spread(values: Sequence[float] | np.ndarray) -> str:
    """Mean and standard deviation over the seeds."""
    mean = f"{np.mean(values):.3f}"
    return f"{mean} ± {np.std(values, ddof=1):.3f}" if len(values) > 1 else mean


def _head(names: Iterable[str]) -> Iterator[str]:
    names = list(names)
    yield _row(*(name.removesuffix(":") for name in names))
    yield _row(*("---:" if name.endswith(":") else "---" for name in names))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Fill the page."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
