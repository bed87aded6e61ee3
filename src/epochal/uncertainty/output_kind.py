"""What the outputs of a model are: probabilities of classes, of yes or no, or numbers."""

from typing import Any

import keras
import numpy as np

from epochal.bridge.combining import activation_of
from epochal.data.tasks.heads import head_of

# A loss by the start of its name, and the task that has such a loss.
_TASKS_OF_LOSSES = {
    "categorical": "multiclass",
    "sparse_categorical": "multiclass",
    "binary": "multilabel",
}
_LINKS = {"multiclass": "softmax", "multilabel": "sigmoid", "binary": "sigmoid"}


def task_of(model: keras.Model, last: Any, asked: str | None = None) -> tuple[str, str]:
    """The task, and the link that makes probabilities of the outputs: "none" where they are.

    `last` is the operation that gives the outputs; of an average, those of its first member.
    The last activation decides, and where it is unknown the loss, which also says whether the
    outputs are logits. A sigmoid that was trained with a loss for numbers is a bounded number.
    """
    if asked is not None:
        head_of(asked)
    loss, logits = _loss(model)
    ended = activation_of(last)
    of_loss = next((task for name, task in _TASKS_OF_LOSSES.items() if loss.startswith(name)), "")
    if ended == "softmax":
        found = "multiclass"
    elif ended == "sigmoid":
        found = "unit_interval" if loss and not of_loss else "multilabel"
    else:
        found = of_loss or "regression"
    if found == "multilabel" and model.built and getattr(model, "output_shape", ())[-1:] == (1,):
        found = "binary"
    task = asked or found
    return task, _LINKS.get(task, "none") if logits and not ended else "none"


def linked(outputs: np.ndarray, link: str) -> np.ndarray:
    """What a model returned as probabilities where it returns logits; float32 unless float64."""
    outputs = np.asarray(outputs)
    outputs = outputs if outputs.dtype == np.float64 else outputs.astype(np.float32)
    if link == "softmax":
        powers = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
        outputs = powers / powers.sum(axis=-1, keepdims=True)
    if link == "sigmoid":
        outputs = np.exp(-np.logaddexp(outputs.dtype.type(0), -outputs))
    return outputs


def _loss(model: keras.Model) -> tuple[str, bool]:
    """Its name, "" where there is none or several, and whether it takes logits."""
    loss = model.loss if model.compiled else None
    if isinstance(loss, str):
        loss = keras.losses.get(loss)
    if isinstance(loss, keras.losses.Loss):
        return loss.name or "", bool(loss.get_config().get("from_logits", False))
    return getattr(loss, "__name__", ""), False
