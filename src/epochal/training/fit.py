"""`epochal.fit`: `model.fit` as whole epochs in one program, with the same numbers."""

from collections.abc import Sequence
from time import perf_counter
from typing import Any

import keras
from keras.callbacks import CallbackList

from epochal.batches.dataset import Dataset
from epochal.interrupts import interruptible
from epochal.training.arguments import FitArguments
from epochal.training.callbacks import flatten_callbacks
from epochal.training.fitting import checked_data, prepare_fit
from epochal.training.keras_loop import fit_with_keras
from epochal.training.monitoring import check_not_tracked, names_to_track
from epochal.training.one_thread import in_use
from epochal.training.run import Run
from epochal.training.session import eager_reason, lacking_reason


def fit(
    model: keras.Model,
    x: Any = None,
    y: Any = None,
    *,
    batch_size: int | None = None,
    epochs: int = 1,
    verbose: Any = "auto",
    callbacks: Sequence[keras.callbacks.Callback] | CallbackList | None = None,
    validation_split: float = 0.0,
    validation_data: Any = None,
    shuffle: Any = True,
    class_weight: dict[int, float] | None = None,
    sample_weight: Any = None,
    initial_epoch: int = 0,
    steps_per_epoch: int | None = None,
    validation_steps: int | None = None,
    validation_batch_size: int | None = None,
    validation_freq: Any = 1,
    seed: int | None = None,
    engine: str = "auto",
    schedule: keras.optimizers.schedules.LearningRateSchedule | None = None,
    track: Sequence[str] = (),
) -> Run:
    """Train a compiled Keras model: `model.fit`, as one program an epoch.

    All that `model.fit` takes means here what it means there; the model afterwards is as after
    `model.fit`: trained weights, optimiser state, iteration count. Cross-entropies of a softmax or
    sigmoid output are exact, where Keras on JAX clips probabilities at 1e-7.

    Parameters
    ----------
    model : keras.Model
        A compiled model, of any kind.
    x, y, sample_weight : array_like, or x alone a generator or data set
        Inputs, targets and weights, (rows, ...); lists or dicts of arrays for several inputs or
        outputs; NumPy (memory-mapped too), pandas, JAX arrays; for `x`, also `PyDataset`, Python
        generators, `tf.data`, torch and grain loaders.
    batch_size : int, optional
        Batch size; None means 32. Not for data that comes in batches.
    epochs, initial_epoch : int
        Train the epochs ``initial_epoch`` (0 or more) to ``epochs`` - 1.
    verbose : "auto", 0, 1 or 2
        0 is silent, 1 and "auto" a bar, 2 a line an epoch; without a terminal 1 means lines.
    callbacks : list of keras.callbacks.Callback
        Epoch hooks cost nothing. Batch hooks are called at every batch, which is slower:
        ``run.engine_reason`` then says so.
    validation_split, validation_data, validation_steps, validation_batch_size, validation_freq
        As in Keras; the split takes the last rows, before shuffling.
    shuffle : bool or "batch"
        Whether each epoch sees the rows in a new order.
    class_weight : dict, optional
        A weight for each class index.
    steps_per_epoch : int, optional
        Steps an epoch; None means all rows once.
    seed : int, optional
        Decides everything that is random in the fit: the order of the rows, dropout, and the
        initial weights of a model that is not yet built. None takes the order from NumPy's global
        generator, as `model.fit` does, and leaves the model's own seeds alone.
    engine : "auto", "native" or "xla"
        What runs the epochs: "native" is the fastest on a CPU and runs dense, convolutional and
        recurrent networks, "xla" runs any model; "auto" takes "native" where it can, unless dense
        layers alone have batches of 4,096 rows or more, or of 256 and half a million weights
        each, and ``run.engine_reason`` says why.
    schedule : keras.optimizers.schedules.LearningRateSchedule, optional
        The learning rate of each step of this fit, counted from 0 (with `initial_epoch`, from
        where the epochs before would have ended). The optimiser's own rate stays as it is. One of
        `epochal.schedules` may take its length from the fit, and may cycle the momentum; then
        ``run.momenta`` holds that of every step.
    track : sequence of {"gradient_norm", "weight_change", "loss_change"}
        Norms and changes to record of each epoch in ``run.history``, defined in
        `epochal.training.monitoring`. A callback that monitors one of them asks for it as well:
        ``EarlyStopping(monitor="gradient_norm")``.

    Returns
    -------
    Run
        A `keras.callbacks.History` that also holds the rate and loss of every step, the timing,
        which engine ran and why, and a diagnosis of what the run shows. Unless `verbose` is 0, the
        diagnosis is the last line.

    Raises
    ------
    InputError
        Where an argument or the data is wrong; see `epochal.data.check_arrays`.

    Examples
    --------
    >>> import keras, numpy as np, epochal
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> run = epochal.fit(model, np.ones((64, 4)), np.ones(64), epochs=2, verbose=0, seed=1)
    >>> len(run.history["loss"]), len(run.losses)
    (2, 4)
    """
    began = perf_counter()
    arguments = FitArguments(
        batch_size=batch_size,
        epochs=epochs,
        initial_epoch=initial_epoch,
        verbose=verbose,
        shuffle=shuffle,
        class_weight=class_weight,
        steps_per_epoch=steps_per_epoch,
        validation_split=validation_split,
        validation_steps=validation_steps,
        validation_batch_size=validation_batch_size,
        validation_freq=validation_freq,
        seed=seed,
        engine=engine,
        schedule=schedule,
        track=track,
    )
    if (reason := lacking_reason()) is not None:
        given = Dataset(x=x, y=y, sample_weight=sample_weight, are_arrays=False)
        split = {"validation_split": validation_split}
        return fit_with_keras(model, given, validation_data, callbacks, arguments, reason, **split)
    data, validation = checked_data(
        model, x, y, sample_weight, validation_data, callbacks, arguments
    )
    if (reason := eager_reason(model)) is not None:
        check_not_tracked(names_to_track(track, flatten_callbacks(callbacks)))
        return fit_with_keras(model, data, validation, callbacks, arguments, reason)
    with interruptible(), in_use(model, "fits", alone=True):
        return prepare_fit(model, data, validation, arguments, callbacks, began=began).train()
