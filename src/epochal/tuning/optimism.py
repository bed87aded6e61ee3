"""How much too small a loss is on the rows that networks stopped by.

References
----------
R. J. Tibshirani and R. Tibshirani, "A bias correction for the minimum error rate in
cross-validation", Annals of Applied Statistics 3, 2009.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from epochal.training.population import Member

_LOSSES = ("mean_squared_error", "binary_crossentropy", "sparse_categorical_crossentropy")
_LEAST = 1e-7  # Keras' own least loss of a row, below which a ratio says nothing


class Curve(NamedTuple):
    """The loss of a member after each epoch on the rows that it leaves out, and its weight."""

    candidate: str
    losses: Sequence[float]
    weight: float


def optimism_of(members: Sequence[Member], weights: Sequence[float], monitor: str) -> float:
    """That of members that stopped by rows they left out; 1 for a loss of another kind.

    `monitor` names the loss in their histories; for the rest see `optimism`.
    """
    if any(member.run.model.loss not in _LOSSES for member in members):
        return 1.0
    curves = [
        Curve(repr(sorted(member.settings.items())), member.run.history[monitor], weight)
        for member, weight in zip(members, weights, strict=True)
        if weight and member.left_out is not None
    ]
    return optimism(curves)


def optimism(curves: Sequence[Curve]) -> float:
    """How many times larger the loss is to be expected on rows that chose no epochs.

    A network keeps the epoch of its least loss on the rows that it leaves out. The rows that others
    of its kind leave out name an epoch without having seen those: there the loss is too large
    rather than too small, as the best epoch is partly the network's own. The mean of both, over the
    least, summed over all networks.

    Parameters
    ----------
    curves : sequence of Curve
        Networks of one candidate are alike but for the rows that they leave out; of a single one
        nothing is known.

    Returns
    -------
    float
        At least 1.

    Examples
    --------
    >>> optimism([Curve("a", [4.0, 1.0, 3.0], 1.0), Curve("a", [4.0, 3.0, 1.0], 1.0)])
    2.0
    """
    least = chosen_by_others = 0.0
    for name in dict.fromkeys(curve.candidate for curve in curves):
        alike = [curve for curve in curves if curve.candidate == name]
        losses = _as_long([curve.losses for curve in alike])
        if len(alike) < 2 or not np.isfinite(losses).all():
            continue
        epochs = (losses.sum(axis=0) - losses).argmin(axis=1)
        weights = np.array([curve.weight for curve in alike])
        chosen_by_others += float(weights @ losses[np.arange(len(alike)), epochs])
        least += float(weights @ losses.min(axis=1))
    return max(1.0, (1 + chosen_by_others / max(least, _LEAST)) / 2) if chosen_by_others else 1.0


def _as_long(curves: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """As an array (curves, epochs): one that ended earlier stays at its last loss."""
    epochs = max(map(len, curves))
    return np.array([[*curve, *[curve[-1]] * (epochs - len(curve))] for curve in curves], float)
