from . import (
    calibration,
    callbacks,
    data,
    distributions,
    layers,
    losses,
    models,
    optimizers,
    plots,
    schedules,
)
from .compression.comparison import CompressionReport, compress
from .compression.folding import fold_batch_normalization
from .compression.pruning import Pruning, prune
from .compression.quantization import quantize
from .compression.sparsity import PolynomialSparsity, sparsity_of
from .diagnosis.rules import Diagnosis
from .estimators import DNNClassifier, DNNRegressor
from .models import network
from .runs import evaluate_table, explain_row, predict_table, read_run, train_table
from .sweeps import Setting, Sweep, sweep
from .training import (
    Enabled,
    Ensemble,
    Population,
    Run,
    disable,
    enable,
    evaluate,
    fit,
    layer_gradients,
    layer_outputs,
    predictor,
    train_population,
)
from .transfer import Pretrained, fine_tune, pretrain_autoencoder, reuse, unfreeze
from .translation import language, set_language
from .tuning import (
    LearningRateCurve,
    RateComparison,
    compare_learning_rates,
    find_learning_rate,
)
from .uncertainty import (
    Calibrator,
    Prediction,
    calibrate,
    monte_carlo,
    predict,
    predict_monte_carlo,
)

__version__: str

__all__ = [
    "Calibrator",
    "CompressionReport",
    "DNNClassifier",
    "DNNRegressor",
    "Diagnosis",
    "Enabled",
    "Ensemble",
    "LearningRateCurve",
    "PolynomialSparsity",
    "Population",
    "Prediction",
    "Pretrained",
    "Pruning",
    "RateComparison",
    "Run",
    "Setting",
    "Sweep",
    "calibrate",
    "calibration",
    "callbacks",
    "compare_learning_rates",
    "compress",
    "data",
    "disable",
    "distributions",
    "enable",
    "evaluate",
    "evaluate_table",
    "explain_row",
    "find_learning_rate",
    "fine_tune",
    "fit",
    "fold_batch_normalization",
    "language",
    "layer_gradients",
    "layer_outputs",
    "layers",
    "losses",
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
    "set_language",
    "sparsity_of",
    "sweep",
    "train_population",
    "train_table",
    "unfreeze",
]
