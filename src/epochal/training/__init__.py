"""Training, testing and predicting with a Keras model through an engine."""

from epochal.diagnosis.rules import Diagnosis
from epochal.training.callbacks import RunCallback
from epochal.training.enabling import Enabled, disable, enable
from epochal.training.ensemble import Ensemble
from epochal.training.evaluate import evaluate
from epochal.training.fit import fit
from epochal.training.inspection import layer_gradients, layer_outputs
from epochal.training.population import Member, Population, train_population
from epochal.training.predict import predict
from epochal.training.predictor import Predictor, predictor
from epochal.training.run import Run, Timing

__all__ = [
    "Diagnosis",
    "Enabled",
    "Ensemble",
    "Member",
    "Population",
    "Predictor",
    "Run",
    "RunCallback",
    "Timing",
    "disable",
    "enable",
    "evaluate",
    "fit",
    "layer_gradients",
    "layer_outputs",
    "predict",
    "predictor",
    "train_population",
]
