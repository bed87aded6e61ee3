"""What a model is wrong by on rows that it was not trained on, and what follows for new rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from epochal.conformal.intervals import absolute_scores, interval, interval_by_size
from epochal.conformal.labels import LabelConformity
from epochal.conformal.sets import ALL_SCORES, scores_named, sets_of_scores
from epochal.conformal.variances import variance_factor


@dataclass(frozen=True, kw_only=True, eq=False)
class NumberConformity:
    """Conformity scores of predicted numbers.

    Attributes
    ----------
    predicted : numpy.ndarray of shape (n, targets)
    absolute : numpy.ndarray of shape (n, targets)
        How far each prediction is off, in the units of the target.
    noise : numpy.ndarray of shape (n, targets), or None
        Of predicted distributions, the variance that the networks predict.
    spread, excess : numpy.ndarray of shape (n, targets), or None
        Of several networks, the variance of their means, and how much larger squared errors are
        than those of all networks would be.
    """

    predicted: NDArray[np.float64]
    absolute: NDArray[np.float64]
    noise: NDArray[np.float64] | None = None
    spread: NDArray[np.float64] | None = None
    excess: NDArray[np.float64] | None = None

    @classmethod
    def of(
        cls,
        truth: ArrayLike,
        predicted: ArrayLike,
        *,
        optimism: float = 1.0,
        noise: NDArray | None = None,
        spread: NDArray | None = None,
        excess: NDArray | None = None,
    ) -> Self:
        """Those of rows that the model was not trained on; all arrays (n, targets).

        `optimism`: how many times larger the mean squared error is to be expected on new rows, at
        least 1; see `epochal.tuning.optimism.optimism`.

        Examples
        --------
        >>> NumberConformity.of([[1.0], [2.0]], [[0.0], [5.0]], optimism=4.0).absolute.tolist()
        [[2.0], [6.0]]
        """
        scores = np.sqrt(optimism) * absolute_scores(truth, predicted)
        sizes = np.asarray(predicted, float)
        return cls(predicted=sizes, absolute=scores, noise=noise, spread=spread, excess=excess)

    def __len__(self) -> int:
        return len(self.absolute)

    @property
    def mean_square(self) -> NDArray[np.float64]:
        """The mean squared error of each target, (targets,): a noise that all rows share."""
        return np.asarray(np.mean(self.absolute**2, axis=0))

    @property
    def variance_factor(self) -> NDArray[np.float64]:
        """What variances are multiplied by to be as large as errors, of each target, (targets,).

        Those of predicted distributions; without them of the networks' means and `mean_square`. 1
        where there is nothing to compare.
        """
        if self.spread is None:
            return np.ones(self.absolute.shape[1])
        noise = self.mean_square if self.noise is None else self.noise
        excess = 0.0 if self.excess is None else self.excess
        return variance_factor(self.absolute**2, noise + self.spread, excess)

    def intervals(
        self,
        predicted: ArrayLike,
        coverage: float,
        *,
        by_size: bool = False,
        noise: NDArray | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper ends for predictions (rows, targets), each target with its coverage.

        `by_size`: whether ranges of predicted numbers have widths of their own; see
        `interval_by_size`. Of predicted distributions `noise`, the variance that they have in each
        row, makes the widths instead: errors are counted in the deviations that were predicted.

        Raises
        ------
        InputError
            `coverage` is not in (0, 1), or there are too few rows for it.
        """
        middles, scores = np.asarray(predicted, float), self.absolute
        if noise is not None and self.noise is not None:
            width = np.sqrt(noise)
            known = replace(self, absolute=scores / np.sqrt(self.noise), noise=None)
            low, high = known.intervals(middles / width, coverage)
            return low * width, high * width
        columns = zip(middles.T, scores.T, self.predicted.T, strict=True)
        ends = [
            interval_by_size(middle, errors, sizes, coverage)
            if by_size
            else interval(middle, errors, coverage)
            for middle, errors, sizes in columns
        ]
        return np.column_stack([low for low, _ in ends]), np.column_stack(
            [high for _, high in ends]
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class ClassConformity:
    """Conformity scores of predicted classes.

    Attributes
    ----------
    scores : dict of str to numpy.ndarray of shape (n,)
        Of the true class of each row, by the way to make sets.
    truth : numpy.ndarray of int of shape (n,)
        The class, 0 to K - 1.
    confidence : numpy.ndarray of shape (n,)
        The probability of the class that is predicted.
    wrong : numpy.ndarray of bool of shape (n,)
        Whether that is another one than the true class.
    """

    scores: dict[str, NDArray[np.float64]]
    truth: NDArray[np.integer]
    confidence: NDArray[np.float64]
    wrong: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        truth: ArrayLike,
        probabilities: ArrayLike,
        predicted: ArrayLike,
        *,
        optimism: float = 1.0,
    ) -> Self:
        """Those of rows that the model was not trained on.

        Parameters
        ----------
        truth, predicted : array_like of int of shape (n,)
            Classes, 0 to K - 1.
        probabilities : array_like of shape (n, K)
        optimism : float
            How many times larger the log loss is to be expected on new rows, at least 1; see
            `epochal.tuning.optimism.optimism`. It is in the scores of sets alone.

        Examples
        --------
        >>> found = ClassConformity.of([0, 1], [[0.75, 0.25], [0.5, 0.5]], [0, 0])
        >>> found.scores["lac"].tolist(), found.wrong.tolist()
        ([0.25, 0.5], [False, True])
        """
        values, codes = np.asarray(probabilities, float), np.asarray(truth, int)
        chosen, rows = np.asarray(predicted, int), np.arange(len(codes))
        expected = _less_sure(values, codes, optimism)
        return cls(
            # APS would take a lower probability of the likeliest class for a better score.
            scores={
                name: np.maximum(score(values), score(expected))[rows, codes]
                for name, score in ALL_SCORES.items()
            },
            truth=codes,
            confidence=values[rows, chosen],
            wrong=chosen != codes,
        )

    def __len__(self) -> int:
        return len(self.truth)

    def sets(
        self,
        probabilities: ArrayLike,
        coverage: float,
        *,
        method: str = "lac",
        by_class: bool = False,
        names: Sequence[str] = (),
    ) -> NDArray[np.bool_]:
        """Which classes the set of each row holds, (rows, K).

        With `by_class` each class has a quantile of its own (Mondrian): the coverage then holds for
        the rows of each class, and not on average only. A set may be empty where `coverage` is
        below the accuracy.

        Raises
        ------
        InputError
            `coverage` is not in (0, 1), an unknown method, or too few rows.

        Examples
        --------
        >>> known, truth = [[0.75, 0.25]] * 9 + [[0.25, 0.75]] * 10, [0] * 9 + [1] * 10
        >>> found = ClassConformity.of(truth, known, truth)
        >>> found.sets([[0.75, 0.25], [0.5, 0.5]], 0.9).tolist()
        [[True, False], [False, False]]
        """
        candidates, limits = scores_named(method)(probabilities), [self.scores[method]]
        if by_class:
            limits = [limits[0][self.truth == code] for code in range(candidates.shape[1])]
        return sets_of_scores(candidates, limits, coverage, names)


Conformity = NumberConformity | ClassConformity | LabelConformity


def _less_sure(
    probabilities: NDArray[np.float64], truth: NDArray[np.integer], times: float
) -> NDArray[np.float64]:
    """Probabilities of which the true class's log loss is so many times that of given ones."""
    rows = np.arange(len(truth))
    before = probabilities[rows, truth]
    after = before**times
    rest = np.divide(1 - after, 1 - before, out=np.ones_like(before), where=before < 1)
    changed: NDArray[np.float64] = probabilities * rest[:, None]
    changed[rows, truth] = after
    return changed
