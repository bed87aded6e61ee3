"""The documents' guidelines: which parts go together in a network.

=====================  ==============================  ==========================
hyperparameter         ``"default"``                   ``"self-normalizing"``
=====================  ==============================  ==========================
kernel initialisation  He                              LeCun
activation             ELU                             SELU
normalisation          none when shallow, batch        none: the activations
                       normalisation when deep         normalise themselves
regularisation         early stopping (L2 if needed)   alpha dropout if needed
optimiser              Nadam (or momentum, RMSProp)    Nadam (or momentum, RMSProp)
learning rate          1cycle                          1cycle
inputs                 any scale near 1                standardised
=====================  ==============================  ==========================

Three exceptions start from the default:

==================  ==================================================================
``"sparse"``        L1 on the hidden kernels; for a very sparse network, prune it
                    (`epochal.Pruning`)
``"low-latency"``   one hidden layer fewer, ReLU; batch normalisation folded into the
                    layers before it (`epochal.fold_batch_normalization`)
``"risk-aware"``    dropout, kept while predicting (`epochal.predict_monte_carlo`)
==================  ==================================================================

Source: A. Géron, "Hands-On Machine Learning", 2nd edition, chapter 11, tables 11-3 and 11-4, and
the exceptions after them. Early stopping and the learning rate belong to the fit, not to the
network.
"""

from dataclasses import dataclass, replace

from epochal.errors import InputError, suggest
from epochal.models.sizes import hidden_sizes


@dataclass(frozen=True, kw_only=True)
class Guideline:
    """What one guideline puts into a network.

    Attributes
    ----------
    initializer, activation : str
        Keras' names; the initializer is that of the hidden layers.
    batch_normalization_from : int or None
        Number of hidden layers from which on each is normalised; None: never.
    alpha_dropout : bool
        Whether dropout, where asked for, keeps mean and variance (`keras.layers.AlphaDropout`).
    optimizer : str
        A name of `epochal.models.optimizers.OPTIMIZERS`.
    standardized_inputs : bool
        Whether the guideline's promise only holds on inputs of mean 0 and deviation 1.
    source : str
        Where it is from.
    dropout, l1 : float
        The rate after each hidden layer and the penalty l1 * sum |w| of its kernel, where nothing
        else is asked for.
    fewer_layers : int
        By how many hidden layers the network is shallower than `hidden_sizes` says.
    afterwards : str
        What belongs to the guideline once the network is trained; empty for nothing.
    """

    initializer: str
    activation: str
    batch_normalization_from: int | None
    alpha_dropout: bool
    optimizer: str
    standardized_inputs: bool
    source: str
    dropout: float = 0.0
    l1: float = 0.0
    fewer_layers: int = 0
    afterwards: str = ""


_DEFAULT = Guideline(
    initializer="he_normal",
    activation="elu",
    batch_normalization_from=4,
    alpha_dropout=False,
    optimizer="nadam",
    standardized_inputs=False,
    source="Géron, Hands-On Machine Learning, 2nd edition, table 11-3",
)
_EXCEPTION = f"{_DEFAULT.source}, and the exceptions after table 11-4"

ALL_GUIDELINES: dict[str, Guideline] = {
    "default": _DEFAULT,
    "self-normalizing": Guideline(
        initializer="lecun_normal",
        activation="selu",
        batch_normalization_from=None,
        alpha_dropout=True,
        optimizer="nadam",
        standardized_inputs=True,
        source="Géron, Hands-On Machine Learning, 2nd edition, table 11-4",
    ),
    "sparse": replace(
        _DEFAULT,
        l1=1e-4,
        afterwards="prune with epochal.Pruning for more zeros",
        source=_EXCEPTION,
    ),
    "low-latency": replace(
        _DEFAULT,
        activation="relu",
        fewer_layers=1,
        afterwards="fold with epochal.fold_batch_normalization",
        source=_EXCEPTION,
    ),
    "risk-aware": replace(
        _DEFAULT,
        dropout=0.2,
        afterwards="predict with epochal.predict_monte_carlo",
        source=_EXCEPTION,
    ),
}


def guideline_named(name: str) -> Guideline:
    """The guideline of that name, or `InputError` with the nearest one."""
    if name not in ALL_GUIDELINES:
        raise InputError(
            f"guideline must be one of {', '.join(ALL_GUIDELINES)}, got {name!r}."
            f"{suggest(name, ALL_GUIDELINES)}"
        )
    return ALL_GUIDELINES[name]


def hidden_for(guideline: str, rows: int, features: int) -> tuple[int, ...]:
    """The units of each hidden layer where none are given: `hidden_sizes`, and the guideline.

    Parameters
    ----------
    guideline : str
        A name of `epochal.models.ALL_GUIDELINES`.
    rows, features : int
        Those of the training data, at least 1 each.

    Returns
    -------
    tuple of int
        Units, from the first hidden layer to the last.

    Examples
    --------
    >>> hidden_for("default", 891, 12), hidden_for("low-latency", 891, 12)
    ((64, 64), (64,))
    """
    sizes = hidden_sizes(rows, features)
    return sizes[: max(1, len(sizes) - guideline_named(guideline).fewer_layers)]
