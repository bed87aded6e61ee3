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
METHODS = (
    "method",
    "passes:",
    "accuracy:",
    "log loss:",
    "after temperature:",
    "ECE:",
    "after temperature:",
    "log loss, corrupted:",
    "ECE, corrupted:",
    "s / 1,000 images:",
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
                f"{100 * _mean(of, 'accuracy'):.1f}%",
                f"{_mean(of, 'log_loss'):.3f}",
                _spread(of, "calibrated_log_loss"),
                f"{_mean(of, 'error'):.3f}",
                _spread(of, "calibrated_error"),
                f"{_mean(of, 'calibrated_log_loss', slice(1, None)):.3f}",
                f"{_mean(of, 'calibrated_error', slice(1, None)):.3f}",
                f"{_mean(of, 'seconds'):.2g}",
            )


def corruption_table() -> Iterator[str]:
    """Log loss after temperature scaling by corruption, of convolutional networks."""
    methods = (SINGLE, FEW, ENSEMBLE, HYPER_DEEP)
    yield from _head(("images", "corruption", *(f"{method}:" for method in methods)))
    for data, experiment in DATA.items():
        found = results(experiment)
        for number, corruption in enumerate(ALL_CORRUPTIONS):
            values = [
                _mean(
                    found[f"{CONVOLUTIONAL}: {method}"],
                    "calibrated_log_loss_by_corruption",
                    slice(number, number + 1),
                )
                for method in methods
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
            cells += [f"{np.mean(areas):.3f} ± {_deviation(areas):.3f}"]
            cells += [f"{100 * _mean(of, 'found'):.0f}%"]
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


def _mean(of: Iterable[Result], curve: str, part: slice = slice(0, 1)) -> float:
    """Over the seeds, and over a part of a curve; at first its first value."""
    return float(np.mean([result.curves[curve][part] for result in of]))


def _spread(of: Sequence[Result], curve: str) -> str:
    """Mean and standard deviation over the seeds of the first value of a curve."""
    firsts = [result.curves[curve][0] for result in of]
    return f"{np.mean(firsts):.3f} ± {_deviation(firsts):.3f}"


def _deviation(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


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
