"""Networks, Monte-Carlo dropout and ensembles on Fashion-MNIST, rightly sure or not."""

from epochal.lab.uncertainty_comparison import experiment_on

EXPERIMENT = experiment_on(
    "fashion-mnist",
    name="uncertainty-fashion-mnist",
    title="Fashion-MNIST",
)
