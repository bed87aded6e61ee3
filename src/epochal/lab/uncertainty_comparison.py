"""Ways to say how sure a network is, compared on clean and on corrupted images.

References
----------
Y. Gal and Z. Ghahramani, "Dropout as a Bayesian approximation", ICML 2016.
C. Guo et al., "On calibration of modern neural networks", ICML 2017.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from epochal.calibration import Temperature
from epochal.lab.charts import mean_curve
from epochal.lab.corruptions import ALL_CORRUPTIONS, STRENGTHS, corrupt
from epochal.lab.experiment import Experiment, Result, Scale, Variants
from epochal.lab.image_training import accuracy
from epochal.lab.images import Images
from epochal.lab.sources import GAL, GUO, LAKSHMINARAYANAN, OVADIA, WENZEL, Citation
from epochal.lab.uncertain_networks import (
    CONVOLUTIONAL,
    DENSE,
    MEMBERS,
    ensemble,
    hyper_deep_ensemble,
    images_of,
)
from epochal.plots.style import label_axes, line_style, new_figure
from epochal.scoring.calibration_error import confidence_calibration_error
from epochal.training import Ensemble
from epochal.uncertainty import calibrate, predict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SINGLE, ENSEMBLE, HYPER_DEEP = "single", "ensemble of 5", "hyper-deep ensemble"
FEW, MANY = "Monte-Carlo dropout, 5 passes", "Monte-Carlo dropout, 25 passes"
BOTH = "ensemble of 5, 5 passes each"
PASSES = {SINGLE: 1, FEW: 5, ENSEMBLE: 5, HYPER_DEEP: 5, MANY: 25, BOTH: 25}
"""How often an image goes through a network, by method."""

PART = 20  # one in so many test images is corrupted, in every way at every strength
SMALLEST = 1e-12  # a probability that float32 rounds to 0 costs no more than this
PANELS = {"log loss": "calibrated_log_loss", "expected calibration error": "calibrated_error"}


class Rows(NamedTuple):
    """All images that are predicted, in one array, and which of them are what."""

    x: NDArray[np.float32]
    y: NDArray
    parts: Mapping[tuple[str, int], slice]

    @classmethod
    def of(cls, images: Images) -> "Rows":
        """Validation and test images, and every PARTth of the latter once for each corruption."""
        few, labels = images.x_test[::PART], images.y_test[::PART]
        blocks = {
            ("validation", 0): images.validation,
            ("clean", 0): (images.x_test, images.y_test),
        }
        for strength in STRENGTHS:
            for name in ALL_CORRUPTIONS:
                blocks[name, strength] = (corrupt(few, name, strength), labels)
        ends = np.cumsum([len(y) for _, y in blocks.values()])
        starts = [0, *ends[:-1]]
        return cls(
            np.concatenate([x for x, _ in blocks.values()]),
            np.concatenate([y for _, y in blocks.values()]),
            {key: slice(*each) for key, *each in zip(blocks, starts, ends, strict=True)},
        )

    def numbers(self, name: str = "", strength: int | None = None) -> NDArray[np.intp]:
        """Of the corrupted rows: of a corruption or of all, at a strength or at all."""
        chosen = [
            np.arange(part.start, part.stop)
            for (of, at), part in self.parts.items()
            if at and name in ("", of) and strength in (None, at)
        ]
        return np.concatenate(chosen)


def compare(data: str, scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the log loss of each method on the clean test images, after temperature scaling.

    Parameters
    ----------
    data : str
        The name of the images.
    scale : Scale
    seed : int

    Yields
    ------
    tuple of str and Result
        The kind of network and the method; the curves hold `scores`.
    """
    rows = Rows.of(images_of(data, scale))
    for kind in (CONVOLUTIONAL, DENSE):
        members = ensemble(data, kind, scale, seed)
        chosen = hyper_deep_ensemble(data, kind, scale, seed)
        many = scale.monte_carlo_samples(PASSES[MANY])
        for method, arguments in methods(members, chosen, many).items():
            began = perf_counter()
            found = predict(**arguments, x=rows.x, quantiles=(), seed=seed, verbose=0)
            seconds = perf_counter() - began
            curves = scores(np.asarray(found.mean, float), rows)
            curves["seconds"] = [1000 * seconds / len(rows.x)]
            yield f"{kind}: {method}", Result(value=curves["calibrated_log_loss"][0], curves=curves)


def methods(
    members: Ensemble, chosen: Ensemble, many: int = PASSES[MANY]
) -> dict[str, dict[str, Any]]:
    """Of each method the arguments of `epochal.predict`.

    Parameters
    ----------
    members, chosen : Ensemble
        Of equal settings, and the hyper-deep one.
    many : int
        Passes of Monte-Carlo dropout where they are many.
    """
    first, few = members.models[0], MEMBERS
    several = np.count_nonzero(np.array(chosen.weights)) > 1  # or one network five times
    return {
        SINGLE: {"model": first, "uncertainty": "single"},
        FEW: {"model": first, "uncertainty": "monte_carlo", "samples": few},
        ENSEMBLE: {"model": members, "uncertainty": "ensemble"},
        HYPER_DEEP: {"model": chosen, "uncertainty": "ensemble" if several else "single"},
        MANY: {"model": first, "uncertainty": "monte_carlo", "samples": many},
        BOTH: {"model": members, "uncertainty": "both", "samples": few},
    }


def scores(probabilities: NDArray[np.float64], rows: Rows) -> dict[str, list[float]]:
    """Accuracy, log loss and calibration error, before and after temperature scaling.

    The temperature is that of the clean validation images.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
    rows : Rows

    Returns
    -------
    dict of str to list of float
        "accuracy", "log_loss", "error", "calibrated_log_loss" and "calibrated_error" on the clean
        test images and on the corrupted ones at each strength; the last two over all strengths, by
        corruption, as "..._by_corruption"; "temperature".
    """
    fitted = rows.parts["validation", 0]
    calibrator = calibrate(probabilities[fitted], rows.y[fitted])
    clean = rows.parts["clean", 0]
    by_strength = [
        np.arange(clean.start, clean.stop),
        *(rows.numbers(strength=strength) for strength in STRENGTHS),
    ]
    by_corruption = [rows.numbers(name) for name in ALL_CORRUPTIONS]
    found = {"temperature": [cast("Temperature", calibrator.map).temperature]}
    found["accuracy"] = [accuracy(probabilities[part], rows.y[part]) for part in by_strength]
    after = calibrator(probabilities)
    for prefix, values in (("", probabilities), ("calibrated_", after)):
        for name, measure in (("log_loss", log_loss), ("error", confidence_calibration_error)):
            found[prefix + name] = [measure(rows.y[p], values[p]) for p in by_strength]
            if prefix:
                found[f"{prefix}{name}_by_corruption"] = [
                    measure(rows.y[p], values[p]) for p in by_corruption
                ]
    return found


def log_loss(truth: NDArray, probabilities: NDArray[np.float64]) -> float:
    """The mean of -log of the true class' probability; (rows,) and (rows, classes)."""
    of_truth = probabilities[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(of_truth, SMALLEST)).mean())


def draw(results: Sequence[Variants]) -> "Figure":
    """Log loss and calibration error by strength, after temperature scaling: a column a network."""
    kinds = (CONVOLUTIONAL, DENSE)
    figure, grid = new_figure(len(PANELS), len(kinds), width=4.4, height=2.9)
    for row, (label, curve) in zip(grid, PANELS.items(), strict=True):
        for axes, kind in zip(row, kinds, strict=True):
            for index, method in enumerate(PASSES):
                heights = mean_curve(results, f"{kind}: {method}", curve)
                style = line_style(index, markers=True)
                axes.plot((0, *STRENGTHS), heights, label=method, **style)
            label_axes(axes, x="strength of the corruption", y=label, title=kind)
    handles = grid[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=3, frameon=False)
    return figure


def experiment_on(data_set: str, *, name: str, title: str) -> Experiment:
    """The comparison on a data set; one each, so that a run that is killed loses less."""
    return Experiment(
        name=name,
        title=f"{title}: how sure, and rightly so",
        claim="An ensemble of five networks has a lower log loss than Monte-Carlo dropout of as "
        "many passes, on clean and on corrupted images. Temperature scaling makes probabilities "
        "hold on clean images, not on corrupted ones.",
        sources=tuple(map(Citation, (GAL, LAKSHMINARAYANAN, GUO, OVADIA, WENZEL))),
        measure="log loss on the clean test images, after temperature scaling",
        percent=False,
        seeds=(0, 1),  # many networks each
        run=partial(compare, data_set),
        draw=draw,
        discussion="Small networks and the first 30,000 training images, so that it takes minutes. "
        "The ensemble is better for all corruptions together, and not for contrast alone. "
        "Accuracies, calibration errors and seconds of prediction: docs/uncertainty.md.",
    )
