"""Heads, losses and metrics of each task."""

import keras
import numpy as np
import pytest

from epochal.data import TASKS, encode_target, infer_task
from tests.data.tasks.targets import EXAMPLES, ROWS


@pytest.mark.parametrize("kind", TASKS)
def test_heads_losses_and_metrics_are_known_to_keras(kind):
    task = infer_task(EXAMPLES[kind])
    head, loss = {
        "binary": ("sigmoid", "binary_crossentropy"),
        "multiclass": ("softmax", "sparse_categorical_crossentropy"),
        "multilabel": ("sigmoid", "binary_crossentropy"),
        "regression": ("linear", "mean_squared_error"),
        "unit_interval": ("sigmoid", "mean_squared_error"),
    }[kind]
    assert (task.output_activation, task.loss) == (head, loss)
    model = keras.Sequential([keras.layers.Dense(task.outputs, activation=head)])
    model.compile(loss=task.loss, metrics=list(task.metrics))
    y = encode_target(task, EXAMPLES[kind])
    results = model.evaluate(np.ones((ROWS, 2), "float32"), y, verbose=0, return_dict=True)
    assert set(results) == {"loss", *task.metrics}
