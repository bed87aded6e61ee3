from .evaluate import Evaluation, evaluate_table
from .explain_row import RowExplanation, explain_row
from .exporting.onnx_file import export_onnx
from .plan import Plan, plan_table
from .predict import predict_table
from .serving.row_predictor import RowPredictor
from .settings import TrainSettings
from .storage.folder import RunFolder, check_out, list_runs, read_run
from .train import Observer, train_plan, train_table

__all__ = [
    "Evaluation",
    "Observer",
    "Plan",
    "RowExplanation",
    "RowPredictor",
    "RunFolder",
    "TrainSettings",
    "check_out",
    "evaluate_table",
    "explain_row",
    "export_onnx",
    "list_runs",
    "plan_table",
    "predict_table",
    "read_run",
    "train_plan",
    "train_table",
]
