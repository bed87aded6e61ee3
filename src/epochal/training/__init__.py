"""Training, testing and predicting with a Keras model through an engine."""

from epochal.training.evaluate import evaluate
from epochal.training.fit import fit
from epochal.training.history import Run, Timing
from epochal.training.inspection import layer_gradients, layer_outputs
from epochal.training.predict import predict
from epochal.training.predictor import Predictor, predictor
from epochal.training.run_callback import RunCallback
from epochal.training.verdict import Verdict

__all__ = [
    "Predictor",
    "Run",
    "RunCallback",
    "Timing",
    "Verdict",
    "evaluate",
    "fit",
    "layer_gradients",
    "layer_outputs",
    "predict",
    "predictor",
]
