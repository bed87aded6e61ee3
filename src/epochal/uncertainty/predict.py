"""`epochal.predict`: outputs of a model, or a `Prediction` that says how sure they are."""

from collections.abc import Iterable, Sequence
from typing import Any

import keras

from epochal.bridge.checks import check_model
from epochal.errors import InputError, suggest
from epochal.training import Ensemble
from epochal.training.arguments import check_sizes
from epochal.training.predict import predict as predict_outputs
from epochal.uncertainty.arguments import LEVELS, check_draws, checked_arrays, checked_levels
from epochal.uncertainty.draws import Networks, plain_draws, sampled_draws
from epochal.uncertainty.summary import ONE_OF_MANY, YES_OR_NO

SOURCES = ("single", "monte_carlo", "ensemble", "both")


def predict(
    model: keras.Model | Ensemble,
    x: Any,
    *,
    batch_size: int | None = None,
    verbose: Any = "auto",
    steps: int | None = None,
    callbacks: Sequence[keras.callbacks.Callback] | None = None,
    uncertainty: str | None = None,
    samples: int = 100,
    seed: int = 0,
    quantiles: Iterable[float] = LEVELS,
    task: str | None = None,
) -> Any:
    """The outputs of a model: `model.predict`, as one program; or how sure they are, too.

    Parameters
    ----------
    model : keras.Model or Ensemble
        Need not be compiled.
    x : array_like, generator or data set
        Inputs, (rows, ...), as in `epochal.fit`; with `uncertainty` arrays.
    batch_size : int, optional
        Batch size. None leaves the choice to epochal: rows are independent in a prediction.
    verbose, steps, callbacks
        As in `model.predict`; the last two not with `uncertainty`.
    uncertainty : {"single", "monte_carlo", "ensemble", "both"}, optional
        Where it is to come from: "single" takes the outputs of the network as they are;
        "monte_carlo" draws it many times with its dropout on (see `epochal.predict_monte_carlo`);
        "ensemble" compares the members of an ensemble; "both" draws each of them. None gives
        outputs alone.
    samples, seed : int
        Of the draws, of each network.
    quantiles : iterable of float
        Levels in [0, 1]; none for an empty one.
    task : {"multiclass", "binary", "multilabel", "regression", "unit_interval"}, optional
        What the outputs are, where the model does not show it.

    Returns
    -------
    numpy.ndarray or Prediction
        (rows, ...); a list or dict of arrays for several outputs. With `uncertainty` a
        `Prediction`.

    Raises
    ------
    InputError
        Where an argument or the data is wrong; see `epochal.data.check_arrays`. A source that the
        model is none of: no dropout, no ensemble, or a network that predicts numbers alone.

    Examples
    --------
    >>> import keras, numpy as np, epochal
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "softmax")])
    >>> epochal.predict(model, np.zeros((5, 4)), verbose=0).shape
    (5, 3)
    >>> epochal.predict(model, np.zeros((5, 4)), uncertainty="single").total.shape
    (5,)
    """
    if uncertainty is None:
        model = model.model if isinstance(model, Ensemble) else model
        return predict_outputs(
            model, x, batch_size=batch_size, verbose=verbose, steps=steps, callbacks=callbacks
        )
    if uncertainty not in SOURCES:
        raise InputError(
            f"uncertainty must be one of {', '.join(SOURCES)}, got {uncertainty!r}."
            f"{suggest(str(uncertainty), SOURCES)}"
        )
    for name, given in (("steps", steps), ("callbacks", callbacks)):
        if given is not None:
            raise InputError(f"{name} must be left out with uncertainty, got {given!r}: drop it.")
    levels = checked_levels(quantiles)
    if not isinstance(model, Ensemble):
        check_model(model, "predict")
    check_sizes(batch_size=batch_size)
    networks = Networks.of(model, task)
    _check_source(networks, uncertainty)
    data = checked_arrays(networks.model, x, "predict")
    if uncertainty in ("monte_carlo", "both"):
        check_draws(model, samples, seed, batch_size)
        drawn = sampled_draws(networks, data, samples=samples, seed=seed, batch_size=batch_size)
    else:
        drawn = plain_draws(networks, data, batch_size)
    return drawn.prediction(levels)


def _check_source(networks: Networks, uncertainty: str) -> None:
    if uncertainty in ("ensemble", "both") and networks.count == 1:
        raise InputError(
            f"model must be an ensemble of several networks for uncertainty={uncertainty!r}, got "
            "one network: ask for 'monte_carlo', or make an epochal.Ensemble."
        )
    tells = networks.task in (*ONE_OF_MANY, *YES_OR_NO) or networks.family is not None
    if uncertainty == "single" and networks.count > 1:
        raise InputError(
            f"model must be one network for uncertainty='single', got {networks.count} that are "
            "averaged: ask for 'ensemble'."
        )
    if uncertainty == "single" and not tells:
        raise InputError(
            "model must give probabilities, or end in a head for a distribution (epochal.layers), "
            "for uncertainty='single', got one that predicts numbers alone: ask for 'monte_carlo', "
            "or for 'ensemble' of an epochal.Ensemble."
        )
