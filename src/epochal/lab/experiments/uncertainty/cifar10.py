"""Networks, Monte-Carlo dropout and ensembles on CIFAR-10, rightly sure or not."""

from epochal.lab.uncertainty_comparison import experiment_on

EXPERIMENT = experiment_on("cifar-10", name="uncertainty-cifar10", title="CIFAR-10")
