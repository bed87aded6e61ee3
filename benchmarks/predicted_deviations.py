"""Are predicted standard deviations as large as the errors? On Friedman's function and diabetes.

``python -m benchmarks.predicted_deviations [--splits 6] [--write]`` trains networks that predict a
normal distribution, and compares squared errors on other rows with variances: of each network, of
their mixture, and with the factors that the rows left out give. 1 is right, below 1 too wide.
``--write`` puts the table into docs/decisions/0035.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_diabetes, make_friedman1

from benchmarks.document import DOCS, circumstances, write_marked
from benchmarks.machine import this_machine
from epochal import DNNRegressor
from epochal.tuning.single_fit import LeftOut

PAGE = DOCS / "decisions" / "0035-scores-of-how-sure-a-run-is.md"
DATA = {"Friedman's function": (450, 100), "diabetes": (220,)}
"""How many rows are trained on."""

TEST_ROWS = 3000
MEMBERS, LEFT_OUT_BY = 20, 4
NAMES = ("each network", "mixture", "scaled as left out", "scaled")


def drawn(name: str, rows: int, seed: int) -> tuple[NDArray, NDArray]:
    """All rows, the training's first."""
    if name == "diabetes":
        x, y = load_diabetes(return_X_y=True)
        order = np.random.default_rng(seed).permutation(len(y))
        return x[order], y[order]
    x, y = make_friedman1(rows + TEST_ROWS, noise=1.0, random_state=seed)
    return x, y


def ratios(x: NDArray, y: NDArray, rows: int, seed: int) -> Iterator[float]:
    """Squared errors over variances, in the order of `NAMES`."""
    model = DNNRegressor(distribution="gaussian", members=MEMBERS, epochs=40, random_state=seed)
    model.fit(x[:rows], y[:rows])
    new, truth = x[rows:], y[rows:]
    mixture = model.predict_distribution(new)
    means, variances = np.moveaxis(np.asarray(mixture.parameters), -1, 0)
    yield float(np.mean((truth - means) ** 2 / variances))
    squares = (truth - mixture.mean) ** 2
    plain = float(np.mean(squares / mixture.variance))
    yield plain
    yield plain / _as_left_out(model._left_out)
    yield float(np.mean(squares / model.predict(new, return_std=True)[1] ** 2))


def _as_left_out(found: LeftOut | None) -> float:
    """The factor of the errors and the variances of the few networks that left each row out."""
    assert found is not None
    assert found.noise is not None
    assert found.spread is not None
    among = found.spread * (1 - 1 / LEFT_OUT_BY) / (1 - 1 / MEMBERS)
    return float(np.mean((found.y - found.outputs) ** 2 / (found.noise + among)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=6)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    lines = [f"| data | training rows | {' | '.join(NAMES)} |", "|---|" + "---:|" * 5]
    for name, sizes in DATA.items():
        for rows in sizes:
            found = defaultdict(list)
            for seed in range(chosen.splits):
                each = ratios(*drawn(name, rows, seed), rows, seed)
                for column, value in zip(NAMES, each, strict=True):
                    found[column].append(value)
            cells = [f"{np.mean(v):.2f} ± {_error(v):.2f}" for v in found.values()]
            lines.append(f"| {name} | {rows} | {' | '.join(cells)} |")
            print(lines[-1], flush=True)
    if chosen.write:
        command = f"python -m benchmarks.predicted_deviations --splits {chosen.splits} --write"
        body = "\n".join(lines)
        write_marked(PAGE, "deviations", f"{body}\n\n{circumstances(command, this_machine())}")


def _error(values: list[float]) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


if __name__ == "__main__":
    main()
