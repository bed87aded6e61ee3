"""Train deep networks that generalise, fast, and that know when they don't know.

Keras in, Keras out. Every public name is imported when it is first asked for, so that
``import epochal`` costs nothing and ``epochal --help`` does not wait for Keras.
"""

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from epochal.errors import suggest

if TYPE_CHECKING:
    from epochal import callbacks, data, layers, models, optimizers, plots, schedules
    from epochal.compaction import (
        Compaction,
        PolynomialSparsity,
        Pruning,
        compact,
        fold_batch_normalization,
        prune,
        quantize,
        sparsity_of,
    )
    from epochal.estimators import DNNClassifier, DNNRegressor
    from epochal.models import network
    from epochal.runs import evaluate_table, predict_table, read_run, train_table
    from epochal.training import (
        Run,
        Verdict,
        evaluate,
        fit,
        layer_gradients,
        layer_outputs,
        predict,
        predictor,
    )
    from epochal.transfer import Pretrained, fine_tune, pretrain_autoencoder, reuse, unfreeze
    from epochal.tuning import (
        LearningRateCurve,
        RateComparison,
        compare_learning_rates,
        find_learning_rate,
    )
    from epochal.uncertainty import MonteCarloPrediction, monte_carlo, predict_monte_carlo

__version__ = "0.1.0"

__all__ = [
    "Compaction",
    "DNNClassifier",
    "DNNRegressor",
    "LearningRateCurve",
    "MonteCarloPrediction",
    "PolynomialSparsity",
    "Pretrained",
    "Pruning",
    "RateComparison",
    "Run",
    "Verdict",
    "__version__",
    "callbacks",
    "compact",
    "compare_learning_rates",
    "data",
    "evaluate",
    "evaluate_table",
    "find_learning_rate",
    "fine_tune",
    "fit",
    "fold_batch_normalization",
    "layer_gradients",
    "layer_outputs",
    "layers",
    "models",
    "monte_carlo",
    "network",
    "optimizers",
    "plots",
    "predict",
    "predict_monte_carlo",
    "predict_table",
    "predictor",
    "pretrain_autoencoder",
    "prune",
    "quantize",
    "read_run",
    "reuse",
    "schedules",
    "sparsity_of",
    "train_table",
    "unfreeze",
]

_ROOMS = {
    "Compaction": "compaction",
    "DNNClassifier": "estimators",
    "DNNRegressor": "estimators",
    "LearningRateCurve": "tuning",
    "MonteCarloPrediction": "uncertainty",
    "PolynomialSparsity": "compaction",
    "Pretrained": "transfer",
    "Pruning": "compaction",
    "RateComparison": "tuning",
    "Run": "training",
    "Verdict": "training",
    "compact": "compaction",
    "compare_learning_rates": "tuning",
    "evaluate": "training",
    "evaluate_table": "runs",
    "find_learning_rate": "tuning",
    "fine_tune": "transfer",
    "fit": "training",
    "fold_batch_normalization": "compaction",
    "layer_gradients": "training",
    "layer_outputs": "training",
    "monte_carlo": "uncertainty",
    "network": "models",
    "predict": "training",
    "predict_monte_carlo": "uncertainty",
    "predict_table": "runs",
    "predictor": "training",
    "pretrain_autoencoder": "transfer",
    "prune": "compaction",
    "quantize": "compaction",
    "read_run": "runs",
    "reuse": "transfer",
    "sparsity_of": "compaction",
    "train_table": "runs",
    "unfreeze": "transfer",
}
_FAMILIES = {"callbacks", "data", "layers", "models", "optimizers", "plots", "schedules"}


def _choose_backend() -> None:
    """Keras reads its backend once, at its first import: choose JAX before that."""
    if "keras" in sys.modules:
        backend = sys.modules["keras"].backend.backend()
        how = "import epochal before keras, or set KERAS_BACKEND=jax"
    else:
        backend = os.environ.setdefault("KERAS_BACKEND", "jax")
        how = "unset KERAS_BACKEND, or set it to jax"
    if backend != "jax":
        raise ImportError(
            f"epochal needs Keras on JAX, but Keras is set to run on {backend!r}: {how}."
        )


_choose_backend()


def __getattr__(name: str) -> Any:
    if name in _FAMILIES:
        return import_module(f"epochal.{name}")
    if name in _ROOMS:
        return getattr(import_module(f"epochal.{_ROOMS[name]}"), name)
    raise AttributeError(f"module 'epochal' has no attribute {name!r}.{suggest(name, __all__)}")


def __dir__() -> list[str]:
    return __all__
