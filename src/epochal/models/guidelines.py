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

Source: A. Géron, "Hands-On Machine Learning", 2nd edition, chapter 11, tables 11-3 and 11-4.
Early stopping and the learning rate belong to the fit, not to the network.
"""

from dataclasses import dataclass

from epochal.errors import InputError, suggest


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
    """

    initializer: str
    activation: str
    batch_normalization_from: int | None
    alpha_dropout: bool
    optimizer: str
    standardized_inputs: bool
    source: str


ALL_GUIDELINES: dict[str, Guideline] = {
    "default": Guideline(
        initializer="he_normal",
        activation="elu",
        batch_normalization_from=4,
        alpha_dropout=False,
        optimizer="nadam",
        standardized_inputs=False,
        source="Géron, Hands-On Machine Learning, 2nd edition, table 11-3",
    ),
    "self-normalizing": Guideline(
        initializer="lecun_normal",
        activation="selu",
        batch_normalization_from=None,
        alpha_dropout=True,
        optimizer="nadam",
        standardized_inputs=True,
        source="Géron, Hands-On Machine Learning, 2nd edition, table 11-4",
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
