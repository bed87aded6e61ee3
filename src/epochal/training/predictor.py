"""`epochal.predictor`: a model as it is now, as a function of rows that answers in microseconds."""

from collections.abc import Callable
from typing import Any

import jax
import keras
import numpy as np

from epochal.bridge.checks import check_model, check_row_shape
from epochal.bridge.index_inputs import index_inputs
from epochal.bridge.state import read_weights
from epochal.data.arrays import check_indices
from epochal.data.numeric import check_dtype, check_unmasked
from epochal.engine import Tree
from epochal.errors import InputError
from epochal.training.arguments import check_engine
from epochal.training.engine_choice import Choice, choose
from epochal.training.ensemble import Ensemble
from epochal.training.one_thread import in_use

# Types of rows that both engines take as they are; others become what Keras' layers compute in.
_AS_GIVEN = (np.float32, np.uint8, np.int32, np.bool_)


class Predictor:
    """What `predictor` returns: call it with rows.

    Attributes
    ----------
    engine, engine_reason : str
        What answers, and why.
    """

    def __init__(
        self, choice: Choice, outputs_of: Callable[[Tree], Tree], shape: Any, indices: bool
    ) -> None:
        self.engine, self.engine_reason = choice.engine.name, choice.reason
        self._outputs_of = outputs_of
        self._numbers = _index_numbers if indices else _numbers
        self._shape = shape  # of a row, without lengths that may vary; None for several inputs

    def __call__(self, x: Any) -> Any:
        """The outputs of the rows `x` (rows, ...): as `epochal.predict` gives them.

        Raises
        ------
        InputError
            Rows of another shape than the model's input, or none; texts, objects, dates, complex
            numbers or masked values.
        """
        if self._shape is None:
            return self._outputs_of(jax.tree.map(self._numbers, x))
        x = self._numbers(x)
        if x.shape[1:] != self._shape or not len(x):
            check_row_shape(x.shape, self._shape)
        return self._outputs_of(x)


def predictor(model: keras.Model | Ensemble, *, engine: str = "auto") -> Predictor:
    """A model as it is now, as a function of rows to outputs.

    `epochal.predict` reads the model anew at every call, and checks what it is given closely. To
    answer one row after another, as a service does, read it once: on the `native` engine a row of
    a small network then takes microseconds. Later changes of the model change nothing here: make
    another predictor after further training. It can be called from several threads.

    Parameters
    ----------
    model : keras.Model or Ensemble
        Built; need not be compiled. All members of an ensemble answer in one program.
    engine : "auto", "native" or "xla"
        As in `epochal.fit`. On "xla" each power of two of rows is compiled when it is first met.

    Returns
    -------
    Predictor
        Takes rows (rows, ...) as a NumPy array, or the model's structure of such, and returns
        outputs (rows, ...). Values are not looked at: those that are not finite give such. A
        layer that is random in predictions draws the same numbers at every call.

    Raises
    ------
    InputError
        A model that is not built, or that "native" does not know.

    Examples
    --------
    >>> import keras, numpy as np, epochal
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "softmax")])
    >>> predict = epochal.predictor(model)
    >>> predict(np.zeros((1, 4))).shape
    (1, 3)
    """
    if isinstance(model, Ensemble):
        model = model.model
    check_model(model, "predict")
    check_engine(engine)
    if not model.built:
        raise InputError(
            "model must be built, got one without weights: give it an Input, or call it on some "
            "rows first."
        )
    choice = choose(engine, model, "predict", ())
    program = choice.engine.prepare(choice.description)
    with in_use(model, "reads", alone=False):
        outputs_of = choice.engine.predictor(program, read_weights(model))
    inputs = getattr(model, "inputs", None) or []
    shape = tuple(inputs[0].shape[1:]) if len(inputs) == 1 else None
    indices = any(index_inputs(model, max(1, len(inputs))))
    return Predictor(choice, outputs_of, shape, indices)


def _numbers(given: Any) -> np.ndarray:
    array = np.asarray(given)
    check_unmasked(given, "x")
    if array.dtype in _AS_GIVEN:
        return array
    check_dtype(array.dtype, "x")
    rows: np.ndarray = array.astype(np.float32)
    return rows


def _index_numbers(array: Any) -> np.ndarray:
    """Whole numbers as such, because they are looked up."""
    given: np.ndarray = np.asanyarray(array)
    if given.dtype.kind not in "iu" or given.dtype in _AS_GIVEN:
        return _numbers(given)
    check_indices(given, "x")
    return given.astype(np.int32)
