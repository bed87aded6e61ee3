"""Géron's guidelines: which initializer, activation, normalisation and optimiser go together.

=====================  ==============================  ==========================
hyperparameter         ``"default"``                   ``"self-normalizing"``
=====================  ==============================  ==========================
kernel initializer     He                              LeCun
activation             ELU                             SELU
normalisation          none when shallow, batch        none (the network is
                       normalisation when deep         self-normalizing)
regularization         early stopping (L2 if needed)   alpha dropout if needed
optimiser              Nadam (or momentum, RMSProp)    Nadam (or momentum, RMSProp)
learning rate          1cycle                          1cycle
inputs                 scaled                          standardised
=====================  ==============================  ==========================

Three variants of the default:

==================  ==================================================================
``"sparse"``        L1 on the hidden kernels; for a very sparse network, prune it
                    (`epochal.Pruning`)
``"low-latency"``   one hidden layer fewer, ReLU; batch normalisation folded into the
                    layers before it (`epochal.fold_batch_normalization`)
``"risk-aware"``    dropout, also at prediction (`epochal.predict_monte_carlo`)
==================  ==================================================================

Early stopping and the learning rate belong to the fit, not to the network.

References
----------
A. Géron, "Hands-On Machine Learning with Scikit-Learn, Keras, and TensorFlow", 2nd edition, 2019,
chapter 11, tables 11-3 and 11-4, and the exceptions listed after them.
"""

from dataclasses import dataclass, replace
from math import ceil, log2, sqrt

from epochal.errors import InputError, suggest
from epochal.translation import translatable

NARROWEST, WIDEST = 32, 512
ROWS_FOR_THREE_LAYERS = 10_000


@dataclass(frozen=True, kw_only=True)
class Variant:
    """What networks of one guideline may differ in.

    Attributes
    ----------
    hidden : tuple of int
        Units of each hidden layer.
    dropout : float
        Rate after each hidden layer, in [0, 1).
    l1 : float
        Of the penalty ``l1 * sum(abs(w))`` of the first hidden layer's kernel, which lets inputs
        that do not help go out; at least 0.
    l2 : float
        Of the penalty ``l2 * sum(w**2)`` of the kernels of all hidden layers, at least 0.
    learning_rate : float or None
        From which the rate falls to 0 along a cosine; None for 1cycle up to the peak that a range
        test finds.
    """

    hidden: tuple[int, ...]
    dropout: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    learning_rate: float | None = None


@dataclass(frozen=True, kw_only=True)
class Guideline:
    """The parts of a network that go together.

    Attributes
    ----------
    initializer, activation : str
        Keras' names, for the hidden layers.
    batch_normalization_from : int or None
        Number of hidden layers from which on each is normalised; None for never.
    alpha_dropout : bool
        Whether dropout is `keras.layers.AlphaDropout`, which keeps mean and variance.
    optimizer : str
        One of `epochal.models.optimizers.OPTIMIZERS`.
    standardized_inputs : bool
        Whether the guideline requires inputs of mean 0 and standard deviation 1.
    source : str
        The reference.
    dropout, l1 : float
        Defaults of the dropout rate after each hidden layer and of the penalty
        ``l1 * sum(abs(w))`` of its kernel.
    fewer_layers : int
        Number of hidden layers fewer than `hidden_sizes` gives.
    afterwards : str
        What to do once the network is trained; "" for nothing.
    variants : tuple of Variant
        The networks that are trained and averaged; () for one of `hidden_sizes`.
    folds : int
        How often each variant is trained: each time on all rows but one of so many parts, which it
        stops early by.
    numeric_encoding : str
        One of `epochal.data.preprocessing.table.NUMERIC_ENCODINGS`.
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
    variants: tuple[Variant, ...] = ()
    folds: int = 1
    numeric_encoding: str = "standard"


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

TABULAR = Guideline(
    initializer="he_normal",
    activation="mish",
    batch_normalization_from=None,
    alpha_dropout=False,
    optimizer="adamw",
    standardized_inputs=False,
    source="docs/tables-recipe.md: chosen on 31 tables beside gradient boosting",
    variants=(
        Variant(hidden=(256, 256), dropout=0.1, learning_rate=2e-3),
        Variant(hidden=(256, 256), dropout=0.1, l1=1e-3, learning_rate=2e-3),
        Variant(hidden=(256, 256), dropout=0.1, l1=3e-4, learning_rate=5e-3),
        Variant(hidden=(), learning_rate=5e-3),
    ),
    folds=5,
    numeric_encoding="piecewise-linear",
)

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
        afterwards=translatable("prune with epochal.Pruning for more zeros"),
        source=_EXCEPTION,
    ),
    "low-latency": replace(
        _DEFAULT,
        activation="relu",
        fewer_layers=1,
        afterwards=translatable("fold with epochal.fold_batch_normalization"),
        source=_EXCEPTION,
    ),
    "risk-aware": replace(
        _DEFAULT,
        dropout=0.2,
        afterwards=translatable("predict with epochal.predict_monte_carlo"),
        source=_EXCEPTION,
    ),
    "tabular": TABULAR,
}


def guideline_named(name: str) -> Guideline:
    """The guideline of this name; `InputError` with the nearest where there is none."""
    if name not in ALL_GUIDELINES:
        raise InputError(
            f"guideline must be one of {', '.join(ALL_GUIDELINES)}, got {name!r}."
            f"{suggest(name, ALL_GUIDELINES)}"
        )
    return ALL_GUIDELINES[name]


def hidden_for(guideline: str, rows: int, features: int) -> tuple[int, ...]:
    """The default units of each hidden layer: `hidden_sizes`, adjusted by the guideline.

    Parameters
    ----------
    guideline : str
        One of `epochal.models.ALL_GUIDELINES`.
    rows, features : int
        Those of the training data, at least 1 each.

    Returns
    -------
    tuple of int
        Units, from the first hidden layer to the last.

    Raises
    ------
    InputError
        An unknown guideline (the nearest is suggested), or a table without rows or columns.

    Examples
    --------
    >>> hidden_for("default", 891, 12), hidden_for("low-latency", 891, 12)
    ((64, 64), (64,))
    """
    rules = guideline_named(guideline)
    if rules.variants:
        return rules.variants[0].hidden
    sizes = hidden_sizes(rows, features)
    return sizes[: max(1, len(sizes) - rules.fewer_layers)]


def hidden_sizes(rows: int, features: int) -> tuple[int, ...]:
    """The units of each hidden layer for a table of `rows` x `features`.

    All layers are equally wide: the power of two at or above ``2 * sqrt(rows)``, but not wider than
    the one at or above ``8 * features``, and between 32 and 512. The number of weights between two
    layers thus grows with the number of rows. There are two layers, or three from 10,000 rows on.
    This is a rule of thumb to start from; early stopping guards against too large a network.

    Parameters
    ----------
    rows, features : int
        Those of the training data, at least 1 each.

    Returns
    -------
    tuple of int
        Units, from the first hidden layer to the last.

    Raises
    ------
    InputError
        A table without rows or columns.

    Examples
    --------
    >>> from epochal.models import hidden_sizes
    >>> hidden_sizes(891, 12), hidden_sizes(60_000, 784)
    ((64, 64), (512, 512, 512))
    """
    for name, value in (("rows", rows), ("features", features)):
        if value < 1:
            raise InputError(f"{name} must be at least 1, got {value!r}: give the table's shape.")
    width = min(_power_of_two(2 * sqrt(rows)), _power_of_two(8 * features))
    layers = 2 if rows < ROWS_FOR_THREE_LAYERS else 3
    return (max(NARROWEST, min(width, WIDEST)),) * layers


def _power_of_two(least: float) -> int:
    return int(2 ** ceil(log2(least)))
