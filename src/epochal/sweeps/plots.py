"""Optuna's plots of a study, as figures of matplotlib."""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from optuna import Study
from optuna.exceptions import ExperimentalWarning

from epochal.errors import InputError, suggest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = {
    "history": "plot_optimization_history",
    "slice": "plot_slice",
    "parallel": "plot_parallel_coordinate",
    "contour": "plot_contour",
    "importances": "plot_param_importances",
}
WIDTH, HEIGHT = 3.4, 3.6  # inches of a parameter's plot


def drawn(study: Study, kind: str, params: Sequence[str] | None, objective: str) -> "Figure":
    """The plot of this kind, of some parameters or all."""
    if kind not in KINDS:
        raise InputError(
            f"kind must be one of {', '.join(KINDS)}, got {kind!r}.{suggest(kind, KINDS)}"
        )
    from matplotlib import pyplot  # noqa: PLC0415
    from optuna.visualization import matplotlib as plots  # noqa: PLC0415

    options: dict[str, Any] = {} if kind == "history" else {"params": params}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        warnings.filterwarnings("ignore", "Attempting to set identical")  # all have one value
        axes = getattr(plots, KINDS[kind])(study, target_name=objective, **options)
    figure: Figure = np.ravel(axes)[0].figure
    for each in figure.axes:
        for formatter in (each.xaxis.get_major_formatter(), each.yaxis.get_major_formatter()):
            if hasattr(formatter, "set_useOffset"):  # not of choices, or on a logarithmic scale
                formatter.set_useOffset(False)  # settings alike would be read as 5 of "1e-5+0.31"
    pyplot.close(figure)  # a notebook would show it twice
    if kind == "slice":
        figure.set_size_inches(WIDTH * np.size(axes), HEIGHT)  # so that ticks have room
    return figure
