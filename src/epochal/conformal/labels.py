"""Whether a row has each of several labels: yes, no, or not to be told.

References
----------
V. Vovk, "Conditional validity of inductive conformal predictors", ACML 2012 (by label).
M. Sadinle, J. Lei and L. Wasserman, "Least ambiguous set-valued classifiers with bounded error
levels", Journal of the American Statistical Association 114, 2019.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from epochal.conformal.coverage import conformal_quantile
from epochal.errors import InputError

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelConformity:
    """Conformity scores of several labels, each of which a row has or has not.

    Attributes
    ----------
    scores : numpy.ndarray of shape (n, labels)
        One minus the probability of what is true of each label.
    truth : numpy.ndarray of bool of shape (n, labels)
        Whether a row has the label.
    """

    scores: Floats
    truth: NDArray[np.bool_]

    @classmethod
    def of(cls, truth: ArrayLike, probabilities: ArrayLike, *, optimism: float = 1.0) -> Self:
        """Those of rows that the model was not trained on; both arrays (n, labels).

        `optimism`: how many times larger the log loss is to be expected on new rows, at least 1;
        see `epochal.tuning.optimism.optimism`.

        Examples
        --------
        >>> LabelConformity.of([[1, 0]], [[0.75, 0.25]]).scores.tolist()
        [[0.25, 0.25]]
        """
        known, shown = np.asarray(truth).astype(bool), np.asarray(probabilities, float)
        return cls(scores=1 - np.where(known, shown, 1 - shown) ** optimism, truth=known)

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
        """Whether the set of each label holds 0 and 1, (rows, labels, 2).

        Each label has quantiles of its own, so that the coverage holds for each. What is likelier
        is always held: no set is empty, so that a label that is told right more often than asked
        is covered more often.

        Parameters
        ----------
        probabilities : array_like of shape (rows, labels)
        coverage : float
            In (0, 1).
        method : {"lac"}
            Of two values the others hold both in nearly all rows.
        by_class : bool
            Whether the coverage shall hold among the rows that have a label, and among those that
            have it not: of a rare label, most of what is covered is else that rows have it not.
        names : sequence of str
            Those of the labels, for a message; else their numbers.

        Raises
        ------
        InputError
            `coverage` is not in (0, 1), another method, or too few rows.

        Examples
        --------
        >>> found = LabelConformity.of([[0]] * 10 + [[1]] * 9, [[0.25]] * 10 + [[0.625]] * 9)
        >>> found.sets([[0.125], [0.5], [0.75]], 0.9).tolist()
        [[[True, False]], [[True, True]], [[False, True]]]
        """
        if method != "lac":
            raise InputError(
                f"method must be 'lac' for several labels, got {method!r}: of yes and no, the "
                "others hold both in nearly all rows."
            )
        shown = np.asarray(probabilities, float)
        candidates = 1 - np.stack([1 - shown, shown], axis=2)
        likelier = candidates <= candidates.min(axis=2, keepdims=True)
        limits = self._limits(coverage, by_class, names or list(map(str, range(shown.shape[1]))))
        held: NDArray[np.bool_] = (candidates <= limits) | likelier
        return held

    def _limits(self, coverage: float, by_class: bool, names: Sequence[str]) -> Floats:
        """The largest score that is held, of the values of each label, (labels, 1 or 2)."""
        if not by_class:
            return np.array([[conformal_quantile(each, coverage)] for each in self.scores.T])
        words = ("rows without label", "rows with label")
        return np.array(
            [
                [
                    conformal_quantile(scores[has == value], coverage, f"{words[value]} {name!r}")
                    for value in (0, 1)
                ]
                for scores, has, name in zip(self.scores.T, self.truth.T, names, strict=True)
            ]
        )
