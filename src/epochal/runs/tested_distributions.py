"""How the distributions that a run predicts stand to the truth of its test rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from epochal.conformal.conformity import Conformity, NumberConformity
from epochal.runs.predicted import Predicted


@dataclass(frozen=True, kw_only=True, eq=False)
class TestedDistributions:
    """Of each test row and target.

    Attributes
    ----------
    levels : numpy.ndarray of shape (rows, targets)
        That of the truth in its distribution, in [0, 1]: `epochal.distributions.Mixture.pit`.
    deviations : numpy.ndarray of shape (rows, targets)
        Standard deviations, in the units of the targets, as `epochal.predict_table` gives them.
    """

    levels: NDArray[np.float64]
    deviations: NDArray[np.float64]

    __test__ = False  # no class of tests, whatever its name says

    @classmethod
    def of(
        cls, truth: NDArray, predicted: Predicted, found: Conformity | None, *, seed: int
    ) -> "TestedDistributions | None":
        """Those of what is predicted; None where that is no distribution.

        `seed` decides the levels of counts; see `Mixture.pit`.
        """
        mixture = predicted.mixture
        if mixture is None:
            return None
        factor = found.variance_factor if isinstance(found, NumberConformity) else 1.0
        return cls(levels=mixture.pit(truth, seed), deviations=np.sqrt(factor * mixture.variance))

    @classmethod
    def joined(
        cls, parts: Sequence["TestedDistributions"], order: NDArray
    ) -> "TestedDistributions":
        """Those of several parts of the rows as one, in another order."""
        return cls(
            levels=np.concatenate([part.levels for part in parts])[order],
            deviations=np.concatenate([part.deviations for part in parts])[order],
        )
