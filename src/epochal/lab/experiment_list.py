"""All experiments by name. A new one joins by its module's name here."""

from importlib import import_module

from epochal.errors import InputError, suggest
from epochal.lab.experiment import ALL_SCALES, Experiment, Scale

_MODULES = (
    "activations",
    "leaky_relu",
    "selu_constants",
    "depth_100",
    "initializers",
    "batch_normalization",
    "convolutions",
    "fashion_mnist_cnn",
    "clipping",
    "transfer",
    "pretraining",
    "optimizers",
    "schedules",
    "one_cycle",
    "regularization",
    "recurrence",
    "early_stopping",
    "callbacks",
    "monte_carlo",
    "cifar10.learning_rates",
    "cifar10.plain",
    "cifar10.batch_normalization",
    "cifar10.selu",
    "cifar10.alpha_dropout",
    "cifar10.dropout_and_rate",
    "cifar10.monte_carlo",
    "cifar10.one_cycle",
    "cifar10.best",
    "cifar10.cnn",
    "input_scaling",
    "hold_out",
    "lecture_classification",
    "lecture_regression",
    "over_and_underfitting",
    "guidelines",
    "compression",
    "uncertainty.fashion_mnist",
    "uncertainty.cifar10",
    "uncertainty.out_of_distribution",
)

ALL_EXPERIMENTS: tuple[Experiment, ...] = tuple(
    import_module(f"epochal.lab.experiments.{module}").EXPERIMENT for module in _MODULES
)
_BY_NAME = {experiment.name: experiment for experiment in ALL_EXPERIMENTS}


def experiment_named(name: str) -> Experiment:
    """The experiment of that name.

    Parameters
    ----------
    name : str
        One of the names that `epochal lab list` shows.

    Returns
    -------
    Experiment

    Raises
    ------
    InputError
        An unknown name; the nearest is suggested.
    """
    if name not in _BY_NAME:
        raise InputError(
            f"experiment must be one of those that `epochal lab list` shows, got {name!r}."
            f"{suggest(name, _BY_NAME) or ' Choose one.'}"
        )
    return _BY_NAME[name]


def scale_named(name: str) -> Scale:
    """The scale of that name.

    Parameters
    ----------
    name : {"small", "full"}

    Returns
    -------
    Scale

    Raises
    ------
    InputError
        Any other name.
    """
    if name not in ALL_SCALES:
        raise InputError(
            f"scale must be one of {', '.join(ALL_SCALES)}, got {name!r}."
            f"{suggest(name, ALL_SCALES) or ' Choose one.'}"
        )
    return ALL_SCALES[name]
