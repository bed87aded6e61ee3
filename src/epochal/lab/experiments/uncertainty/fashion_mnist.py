"""Networks, Monte-Carlo dropout and ensembles on Fashion-MNIST, rightly sure or not."""

from collections.abc import Iterator

from epochal.lab.experiment import Experiment, Result, Scale
from epochal.lab.sources import GAL, GUO, LAKSHMINARAYANAN, OVADIA, WENZEL, Citation
from epochal.lab.uncertainty_comparison import compare, draw


def run(scale: Scale, seed: int) -> Iterator[tuple[str, Result]]:
    """Yield the log loss of each method, by a convolutional and by a dense network."""
    yield from compare("fashion-mnist", scale, seed)


EXPERIMENT = Experiment(
    name="uncertainty-fashion-mnist",
    title="Fashion-MNIST: how sure, and rightly so",
    claim="An ensemble of five networks has a lower log loss than Monte-Carlo dropout of as many "
    "passes, on clean and on corrupted images. Temperature scaling makes probabilities hold on "
    "clean images, not on corrupted ones.",
    sources=tuple(map(Citation, (GAL, LAKSHMINARAYANAN, GUO, OVADIA, WENZEL))),
    measure="log loss on the clean test images, after temperature scaling",
    percent=False,
    seeds=(0, 1),  # many networks each
    run=run,
    draw=draw,
    discussion="Small networks and the first 30,000 training images, so that it takes minutes. "
    "The ensemble is better for all corruptions together, and not for contrast alone. Accuracies, "
    "calibration errors and seconds of prediction: docs/uncertainty.md.",
)
