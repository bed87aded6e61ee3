"""Runs: from a table to a folder with a trained, tested network; and that folder put to use.

Every name is imported when it is first asked for: listing runs needs no Keras, and reading a
table can begin while Keras is still being imported.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from epochal.runs.evaluate import Evaluation, evaluate_table
    from epochal.runs.folder import RunFolder, check_out, list_runs, read_run
    from epochal.runs.plan import Plan, plan_table
    from epochal.runs.predict import predict_table
    from epochal.runs.settings import TrainSettings
    from epochal.runs.train import Observer, train_plan, train_table

_HOMES = {
    "evaluate": ("Evaluation", "evaluate_table"),
    "folder": ("RunFolder", "check_out", "list_runs", "read_run"),
    "plan": ("Plan", "plan_table"),
    "predict": ("predict_table",),
    "settings": ("TrainSettings",),
    "train": ("Observer", "train_plan", "train_table"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Evaluation",
    "Observer",
    "Plan",
    "RunFolder",
    "TrainSettings",
    "check_out",
    "evaluate_table",
    "list_runs",
    "plan_table",
    "predict_table",
    "read_run",
    "train_plan",
    "train_table",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"epochal.runs.{_HOME[name]}"), name)
    raise AttributeError(f"module 'epochal.runs' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
