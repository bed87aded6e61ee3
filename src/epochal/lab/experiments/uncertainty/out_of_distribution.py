"""Digits and photographs among clothes: what finds them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf
from sklearn.metrics import roc_auc_score

from epochal.drift.nearest import KnownRows
from epochal.lab.charts import POINT_HEIGHT
from epochal.lab.experiment import Experiment, Result, Scale, Variants
from epochal.lab.images import Images, unit_images
from epochal.lab.sources import AMERSFOORT, LAKSHMINARAYANAN, LEE, Citation
from epochal.lab.uncertain_networks import CONVOLUTIONAL, ensemble, images_of
from epochal.plots.style import label_axes, line_style, single_axes
from epochal.training import Ensemble
from epochal.training import predict as outputs
from epochal.uncertainty import predict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "fashion-mnist"
ROWS = 5000  # test images of each kind
KNOWN = 1000  # images of the training whose nearest ones are looked for, as `unlike_training` does
SAMPLES = 25
FALSE_ALARMS = 0.01
LUMINANCE = (0.299, 0.587, 0.114)


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the area under the ROC curve of each measure, for digits and for photographs."""
    images = images_of(NAME, scale)
    members = ensemble(NAME, CONVOLUTIONAL, scale, seed)
    kinds = {"": images.x_test[:ROWS], **strange_images(scale)}
    sizes = [len(each) for each in kinds.values()]
    found = measures(members, images, np.concatenate(list(kinds.values())), scale, seed)
    of_kind = np.repeat(list(kinds), sizes)
    for kind in list(kinds)[1:]:
        chosen = np.isin(of_kind, ["", kind])
        for name, values in found.items():
            area = roc_auc_score(of_kind[chosen] == kind, values[chosen])
            alarm = np.quantile(values[of_kind == ""], 1 - FALSE_ALARMS)
            part = float((values[of_kind == kind] > alarm).mean())
            yield f"{kind}: {name}", Result(value=float(area), curves={"found": [part]})


def strange_images(scale: Scale) -> dict[str, NDArray[np.float32]]:
    """Test images of other data sets, (rows, 28, 28, 1), from 0 to 1."""
    few = replace(scale, rows=1)
    digits = unit_images("mnist", few).x_test[:ROWS]
    photographs = unit_images("cifar-10", few).x_test[:ROWS, 2:-2, 2:-2]
    grey = (photographs @ np.array(LUMINANCE)).astype(np.float32)
    return {"MNIST": digits[..., np.newaxis], "CIFAR-10 in grey": grey[..., np.newaxis]}


def measures(
    members: Ensemble, images: Images, new: NDArray, scale: Scale, seed: int
) -> dict[str, NDArray]:
    """How unlike those of the training each new image is, by several measures; (rows,) each."""
    first = members.models[0]
    samples = scale.monte_carlo_samples(SAMPLES)
    single = predict(first, new, uncertainty="single", verbose=0)
    drawn = predict(first, new, uncertainty="monte_carlo", samples=samples, seed=seed, quantiles=())
    together = predict(members, new, uncertainty="ensemble", quantiles=())
    hidden_layer = keras.Model(first.inputs, first.layers[-1].input)
    hidden, of_new = (outputs(hidden_layer, x, verbose=0) for x in (images.x_train, new))
    chosen = np.random.default_rng(seed).permutation(len(hidden))[:KNOWN]
    return {
        "maximum probability, single": 1 - single.mean.max(axis=1),
        "entropy, single": single.total,
        "entropy, Monte-Carlo dropout": drawn.total,
        "mutual information, Monte-Carlo dropout": drawn.epistemic,
        "maximum probability, ensemble": 1 - together.mean.max(axis=1),
        "entropy, ensemble": together.total,
        "mutual information, ensemble": together.epistemic,
        "Mahalanobis, last hidden layer": mahalanobis(hidden, images.y_train, of_new),
        "fifth nearest, last hidden layer": 1 - KnownRows(hidden[chosen]).p_values(of_new),
        "fifth nearest, pixels": 1 - KnownRows(_flat(images.x_train[chosen])).p_values(_flat(new)),
    }


def mahalanobis(known: NDArray, labels: NDArray, new: NDArray) -> NDArray[np.float64]:
    """The squared distance to the nearest class' mean, by one covariance of all classes; (rows,).

    Parameters
    ----------
    known, new : array of shape (rows, features)
    labels : array of int of shape (rows,)
        The class of each known row.
    """
    means = {label: known[labels == label].mean(axis=0) for label in np.unique(labels)}
    centered = known - np.stack([means[label] for label in labels])
    shape = LedoitWolf(assume_centered=True).fit(centered)
    return np.asarray(np.min([shape.mahalanobis(new - mean) for mean in means.values()], axis=0))


def _flat(images: NDArray) -> NDArray:
    return images.reshape(len(images), -1)


def draw(results: Sequence[Variants]) -> "Figure":
    """A row for each measure, with a point for each kind of strange images: means of the seeds."""
    kinds, names = ([*dict.fromkeys(each)] for each in zip(*map(_split, results[0]), strict=True))
    figure, axes = single_axes(height=1.2 + POINT_HEIGHT * len(names))
    for index, kind in enumerate(kinds):
        areas = [[result[f"{kind}: {name}"].value for name in names] for result in results]
        style = {**line_style(index, markers=True), "linestyle": "none"}
        low, mean, high = (function(areas, axis=0) for function in (np.min, np.mean, np.max))
        at = np.arange(len(names)) + 0.2 * index - 0.1
        axes.errorbar(mean, at, xerr=[mean - low, high - mean], label=kind, capsize=2, **style)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    label_axes(axes, x="area under the ROC curve", y="variant")
    figure.legend(loc="outside upper center", ncols=len(kinds), frameon=False)
    return figure


def _split(variant: str) -> list[str]:
    return variant.split(": ")


EXPERIMENT = Experiment(
    name="uncertainty-out-of-distribution",
    title="Digits and photographs among clothes",
    claim="Of a network that was trained on Fashion-MNIST, an ensemble's uncertainty and distances "
    "in the last hidden layer tell images of other kinds better than the probability of the "
    "predicted class.",
    sources=(Citation(LAKSHMINARAYANAN), Citation(LEE), Citation(AMERSFOORT)),
    measure="area under the ROC curve, strange images against the test images",
    percent=False,
    seeds=(0, 1),  # many networks each
    run=run,
    draw=draw,
    discussion="So it is for digits. Photographs are told best by the distance of their pixels "
    "from the nearest clothes, which no network takes part in; no measure is best for both.",
)
